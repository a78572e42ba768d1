"""What every verb has: options, whose credentials, words for people."""
