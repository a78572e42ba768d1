"""Changes to the AWS config file, and the credential sources in its profiles."""
