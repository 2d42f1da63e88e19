"""What an ARN in a declaration says of its own account and region."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Arn:
    """The parts of `arn:partition:service:region:account:type:name` that declarations need."""

    region: str
    account: str
    name: str


def parse_arn(text: str) -> Arn | None:
    """Take apart the ARN of a secret or an alarm; None for a plain name."""
    if not text.startswith("arn:"):
        return None
    _, _, _, region, account, _, name = text.split(":", 6)
    return Arn(region=region, account=account, name=name)
