"""keyproof: proof of how well an organisation manages its AI API keys (control SEC-004)."""

__version__ = "0.1.0"
