"""
Engines judge: facts in, the policies' assessment out.

An engine is a function from the document `facts.json` to what `data.sec004.assessment`
says of them. There are two, and the tests hold them to the same results byte for byte:
`wasm` runs the compiled policies in this process, `server` asks an OPA server.
"""

from __future__ import annotations

from collections.abc import Callable

from keyproof.documents import Json
from keyproof.errors import KeyproofError

Engine = Callable[[Json], Json]
"""From the document `facts.json` to `data.sec004.assessment`."""


class EvaluationError(KeyproofError):
    """The policies gave no assessment: keyproof, or the OPA server, is at fault."""
