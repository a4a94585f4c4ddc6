"""Baselines: one scikit-learn estimator per file, over the common frame of a task."""
