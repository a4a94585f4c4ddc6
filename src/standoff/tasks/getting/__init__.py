"""Getting the files of a task: where they come from, and that they are what was published."""
