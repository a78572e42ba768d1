"""Changes of the AWS config file, and the credential sources of its profiles."""
