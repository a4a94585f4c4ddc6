"""A coding campaign: who codes what in which order, what has come back, and how the coders hold up."""
