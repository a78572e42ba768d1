"""`ProviderConfig`, and the providers that a process has created from equal configs."""
