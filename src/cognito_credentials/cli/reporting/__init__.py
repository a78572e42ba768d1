"""Errors, exit statuses and debug output."""
