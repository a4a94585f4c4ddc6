"""Work done in other tools, brought in with a report of what was lost."""
