"""What the repositories hold: every key of an AI provider, wherever it hides."""
