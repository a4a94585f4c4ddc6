"""Scripts that run in Label Studio's environment: Django and Label Studio are there, this package is not."""
