"""IAM policy evaluation; performs no I/O."""
