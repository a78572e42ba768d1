"""Request parsing, signature verification, access control and STS."""
