"""Custom tasks: a TOML file says what a set's files hold, and the set is scored as the built-in ones are."""
