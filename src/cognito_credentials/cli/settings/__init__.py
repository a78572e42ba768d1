"""Settings of a subcommand: names, values, validation, and the provider built from them."""
