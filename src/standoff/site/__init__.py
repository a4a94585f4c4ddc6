"""Pictures and pages: cases with their evidence, plots."""
