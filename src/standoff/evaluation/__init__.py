"""Scores: alignment by id, metrics, resampling, signature."""
