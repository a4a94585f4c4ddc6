"""The corpus: sources, checks, hydration, statements and releases."""
