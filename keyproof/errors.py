"""
What can go wrong, as one tree; the command line turns each branch into an exit code.

    KeyproofError                  4  keyproof itself failed
    ├── UsageError                 2  the person who runs keyproof can mend it
    │   ├── ConfigurationError        keyproof.toml, credentials, regions, keys
    │   └── DeclarationError          declarations/*.yaml, all faults of a file at once
    ├── DocumentError              2  a snapshot, facts, results or bundle that cannot be used
    ├── OutputError                4  an output that cannot be written
    ├── InterruptedRunError        3  Ctrl-C; what was collected is kept
    └── VerificationError          1  a bundle that does not verify

Every message is one line for the person who must act: what happened, where, and what to do.
"""

from __future__ import annotations


class KeyproofError(Exception):
    """Anything that stops keyproof; `exit_code` is what the command line returns for it."""

    exit_code = 4


class UsageError(KeyproofError):
    """Something that the person who runs keyproof can put right."""

    exit_code = 2


class ConfigurationError(UsageError):
    """`keyproof.toml`, credentials, a region or a key cannot be used."""


class DeclarationError(UsageError):
    """A declaration that is no valid statement; `faults` names every one of the file."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class DocumentError(KeyproofError):
    """A document that is missing, malformed or of another version."""

    exit_code = 2


class OutputError(KeyproofError):
    """A file that could not be written: a full disk, a read-only folder."""


class InterruptedRunError(KeyproofError):
    """Somebody stopped the run; the message says where to go on."""

    exit_code = 3


class VerificationError(KeyproofError):
    """A bundle that is not what its signer sealed."""

    exit_code = 1
