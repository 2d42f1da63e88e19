"""
What infrastructure code declares about secrets: their names, keys and rotation.

Only what is written there literally is taken at its word. An expression, whose value
depends on variables, on other code or on the account, stays unresolved (None) and is never
guessed.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from collectors.evidence import plain

if TYPE_CHECKING:
    from keyproof.documents import Json

_MOST = 10**9
"""No number of days comes near it, and any JSON reader can hold it."""

SECRET, ROTATION, KMS_KEY = "secret", "rotation", "kms_key"


class UnreadableCodeError(ValueError):
    """Infrastructure code that is none; the message says why, and quotes nothing of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What a member refers to: a resource by its address, or a literal; neither is unresolved."""

    address: str | None = None
    literal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationRules:
    """How often a secret is to rotate; not `resolved` where that is an expression."""

    days: int | None = None
    schedule: str | None = None
    resolved: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """
    One resource that code declares.

    `address` is what checkov calls it, and counts within its `scope`: a template, or the folder
    that Terraform is applied in. `name` and `kms_key` are a secret's (`kms_key` None:
    none is set, so that AWS's own key serves); `secret` is the one that a rotation is of.
    `conditional` resources exist only where a condition, a count or a collection says so.
    """

    kind: str
    framework: str
    scope: str
    address: str
    file: str
    line: int | None
    name: str | None = None
    secret: Reference | None = None
    kms_key: Reference | None = None
    rotation: RotationRules | None = None
    conditional: bool = False

    @property
    def record(self) -> Json:
        """The resource as the snapshot keeps it."""
        record: Json = plain(asdict(self))
        return record


def whole_number(value: object) -> int | None:
    """The number that a literal states, as such or as text; None for anything else."""
    if (
        isinstance(value, str)
        and value.isascii()
        and value.isdecimal()
        and len(value) <= len(str(_MOST))
    ):
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST:
        return value
    return None
