"""Stress sets: the scored items of a task, changed by rule so that what a system leans on shows."""
