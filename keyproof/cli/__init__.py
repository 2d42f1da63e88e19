"""The command line: `keyproof`."""

from keyproof.cli.main import main

__all__ = ["main"]
