"""What the evaluation answers about a snapshot, in a form that a test can write down."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from keyproof.access.readers import EffectiveAccess
from tests.keyproof.access.policies import ACCOUNT, root

if TYPE_CHECKING:
    from keyproof.access.readers import Way
    from keyproof.facts.snapshot import Snapshot

Decisions: TypeAlias = dict[str, dict[str, str]]
"""By principal, the decision of each way by its kind."""

READ = "secretsmanager:GetSecretValue"
DECRYPT = "kms:Decrypt"
DIRECT = {"direct": "allow"}
PERHAPS = {"direct": "conditional"}


def readers(snapshot: Snapshot, secret: int = 0) -> Decisions:
    """Everybody who can obtain the value of a secret; secrets are in the order of their ARNs."""
    return {
        reader.principal.arn: {way.kind: way.decision for way in reader.ways}
        for reader in EffectiveAccess(snapshot).readers(secret)
    }


def others(snapshot: Snapshot, secret: int = 0, *, of: str = ACCOUNT) -> Decisions:
    """The same without the root of the secret's account, which must read it and needs no policy."""
    found = readers(snapshot, secret)
    assert found.pop(root(of)) == DIRECT
    return found


def direct(snapshot: Snapshot, secret: int = 0) -> dict[str, str]:
    """Who reads the value as they are, the root too, and the decision on it."""
    return {
        arn: ways["direct"] for arn, ways in readers(snapshot, secret).items() if "direct" in ways
    }


def way_of(snapshot: Snapshot, arn: str, kind: str = "direct", secret: int = 0) -> Way:
    """One way of a reader, of whom there is one."""
    [found] = [
        way
        for reader in EffectiveAccess(snapshot).readers(secret)
        if reader.principal.arn == arn
        for way in reader.ways
        if way.kind == kind
    ]
    return found


def steps(way: Way) -> list[tuple[str | None, ...]]:
    """A path, step by step: kind and name of the policy, statement, action, what it leads to."""
    return [
        (each.kind, each.policy, each.statement, each.action, each.to) for each in way.path.steps
    ]
