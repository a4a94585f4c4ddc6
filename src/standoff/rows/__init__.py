"""Rows of files that others wrote: JSONL, CSV and Parquet, each row with its place, within bounds."""
