"""Runs, their records, and the board."""
