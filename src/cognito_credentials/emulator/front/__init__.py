"""What every request passes first: parsing, signatures, access control and STS."""
