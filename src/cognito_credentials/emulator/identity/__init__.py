"""The rules of Amazon Cognito Identity. Pure: no I/O, and no knowledge of moto."""
