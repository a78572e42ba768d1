"""Suppliers of login tokens: files, commands and environment variables."""
