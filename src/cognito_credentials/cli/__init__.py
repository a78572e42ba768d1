"""The `cognito-credentials` command."""
