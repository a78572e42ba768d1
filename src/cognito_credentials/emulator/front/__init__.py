"""First steps of every request: parsing, signatures, access control and STS."""
