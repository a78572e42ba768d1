"""The AWS config and credentials files as the command reads and writes them."""
