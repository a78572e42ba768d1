"""The rules of Amazon Cognito Identity, without I/O and independent of moto."""
