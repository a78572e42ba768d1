"""Where the settings of a `ClientConfig` come from, and how they are validated."""
