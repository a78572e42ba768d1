"""What explain knows of texts."""
