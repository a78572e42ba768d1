"""Resolution and validation of the settings of a `ClientConfig`."""
