"""The leaderboard: a pure function of the runs and submissions under ``experiments/`` and the tasks' data."""
