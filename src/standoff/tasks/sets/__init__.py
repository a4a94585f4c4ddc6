"""The built-in tasks: one file for each set, and what it declares: checksums, split lists, slices."""
