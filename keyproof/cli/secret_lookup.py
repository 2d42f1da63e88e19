"""Which secret somebody means: by ARN, with or without its suffix, by name or by credential."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from keyproof.errors import UsageError
from keyproof.facts.reconciliation import Reconciler
from keyproof.facts.secrets import stored_secrets
from keyproof.faults import found
from reports.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from keyproof.declarations.records import Credential, Declarations
    from keyproof.documents import Json
    from keyproof.facts.snapshot import Snapshot

_SUFFIX = len("-AbCdEf")
_NEAREST = 3
_MOST_LISTED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """
    A secret with all its copies, which hold the same key.

    `secret` is the one that was asked for: the primary, unless an ARN named another.
    `copies` are the others that were collected, each in the shape of `stored_secrets`, and
    `uncollected` the ARNs of those that were not. `credentials` are bound to any of them.
    """

    secret: Json
    copies: tuple[Json, ...]
    uncollected: tuple[str, ...]
    credentials: tuple[Credential, ...]

    @property
    def members(self) -> tuple[Json, ...]:
        """The secret and its copies."""
        return (self.secret, *self.copies)

    @property
    def arns(self) -> frozenset[str]:
        """The ARNs of all that were collected."""
        return frozenset(member["arn"] for member in self.members)


def find_secret(text: str, snapshot: Snapshot, declarations: Declarations) -> Family:
    """
    Find the one secret that `text` stands for.

    Raises `UsageError` with the nearest names where it stands for none, and with their ARNs
    where it stands for several that are no copies of one another.
    """
    secrets = stored_secrets(snapshot)
    bound = _bound(secrets, snapshot, declarations)
    # Of two names that differ by what looks like a suffix, one's ARN is the other's without it.
    meant = [secret for secret in secrets if secret["arn"] == text]
    if not meant:
        meant += [each for each in secrets if text in (each["arn"][:-_SUFFIX], each["name"])]
        meant += [secret for credential, secret in bound if credential.id == text]
    primaries = {secret["primary_arn"] for secret in meant}
    if not meant:
        names = {name for secret in secrets for name in (secret["name"], secret["arn"])}
        raise UsageError(_unknown(text, names, declarations, snapshot))
    if len(primaries) > 1:
        raise UsageError(
            f"{found(text)} stands for {len(primaries):,} secrets; name one of them by its ARN:"
            f" {listed(sorted({secret['arn'] for secret in meant}))}"
        )
    return _family(meant, secrets, bound)


def _bound(
    secrets: Sequence[Json], snapshot: Snapshot, declarations: Declarations
) -> list[tuple[Credential, Json]]:
    """Each declared credential that is bound to a secret, with it."""
    reconciler = Reconciler(secrets, snapshot)
    matches = (
        (credential, reconciler.match(credential).secret)
        for credential in declarations.inventory.credentials
    )
    return [(credential, secret) for credential, secret in matches if secret is not None]


def _family(
    meant: Sequence[Json], secrets: Iterable[Json], bound: Iterable[tuple[Credential, Json]]
) -> Family:
    """All copies of the one that was meant; of several the primary was."""
    asked = min(meant, key=lambda secret: (secret["replica"], secret["arn"]))
    primary = asked["primary_arn"]
    members = [secret for secret in secrets if secret["primary_arn"] == primary]
    collected = {member["arn"] for member in members}
    replicated = {arn for member in members for arn in member["replicated_to"]}
    return Family(
        secret=asked,
        copies=tuple(member for member in members if member is not asked),
        uncollected=tuple(sorted((replicated | {primary}) - collected)),
        credentials=tuple(
            credential for credential, secret in bound if secret["primary_arn"] == primary
        ),
    )


def _unknown(
    text: str, names: Iterable[str], declarations: Declarations, snapshot: Snapshot
) -> str:
    """Why a text stands for no secret, and what may have been meant."""
    ids = {credential.id for credential in declarations.inventory.credentials}
    if text in ids:
        return f"the credential {found(text)} is bound to no secret; see `keyproof inventory`"
    said = f"no secret and no credential is called {found(text)}"
    near = nearest(text, {*names, *ids})
    if near:
        said += f"; the nearest names are {listed(near)}"
    if not snapshot.seen("secrets_manager", (None, None)):
        said += "; not all secrets could be listed, so that it may be there all the same"
    return said


def nearest(text: str, known: Iterable[str]) -> list[str]:
    """The few names that are spelt most like a text, or have it in them."""
    by_lower: dict[str, str] = {}
    for name in sorted(known):
        by_lower.setdefault(name.lower(), name)
    wanted = text[:500].lower()
    holding = [name for name in by_lower if wanted and wanted in name]
    alike = difflib.get_close_matches(wanted, by_lower, n=_NEAREST)
    return [by_lower[name] for name in dict.fromkeys([*alike, *holding])][:_NEAREST]


def listed(names: Sequence[str]) -> str:
    """Names in a row, of which an error can show so many."""
    more = len(names) - _MOST_LISTED
    rest = f" and {more:,} more" if more > 0 else ""
    return ", ".join(map(visible, names[:_MOST_LISTED])) + rest
