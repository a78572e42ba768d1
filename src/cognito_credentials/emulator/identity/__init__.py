"""The emulated Amazon Cognito Identity service; performs no I/O."""
