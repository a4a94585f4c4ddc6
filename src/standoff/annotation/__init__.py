"""How labels come to be: coders' answers, judgements, agreement and decisions."""
