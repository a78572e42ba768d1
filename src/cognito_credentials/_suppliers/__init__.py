"""Sources of login tokens: files, commands, environment variables and developer identities."""
