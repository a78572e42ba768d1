"""Settings of a subcommand: their names, values and validation, and what is built from them."""
