"""Terminal output, prompts, and text formats for other programs."""
