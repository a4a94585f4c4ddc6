"""Analyses: what a model looks at, where it errs, what more data or an idea is worth; one file each."""
