"""What is known here of identities: what the store holds, what a token and STS say."""
