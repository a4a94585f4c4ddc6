"""What is wrong with a task: leaks, contradictions, drift, broken texts, shortcuts."""
