"""What a mutation of the flawless estate is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FAIL, UNKNOWN = "fail", "unknown"


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """One change to the account; `changes` are the verdicts that must be other ones after it."""

    name: str
    apply: Callable[[], object]
    changes: Mapping[str, str] = field(default_factory=dict)
