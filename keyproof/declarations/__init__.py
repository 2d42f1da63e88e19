"""Declarations: what the organisation states of its AI keys, in YAML, with faults by line."""

from keyproof.declarations.loader import load_declarations, read_declarations

__all__ = ["load_declarations", "read_declarations"]
