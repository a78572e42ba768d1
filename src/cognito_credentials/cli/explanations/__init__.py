"""Explanations of error messages, for `explain` and the troubleshooting page."""
