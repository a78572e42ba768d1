"""The settings of a subcommand: names, resolution, validation."""
