"""Tasks: what systems are scored on."""
