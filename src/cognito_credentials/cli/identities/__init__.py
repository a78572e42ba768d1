"""Information about identities from the credential store, from login tokens and from AWS STS."""
