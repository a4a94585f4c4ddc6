"""Hidden-label rounds without a host: labels in a private file, a commitment to them in public."""
