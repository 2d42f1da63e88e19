"""
Reconciliation: which stored secret holds which declared credential.

An entry names its secret by ARN or by name; one that names none is found by the tag
`keyproof:credential` or `keyproof:provider-key-id` on the secret. How it was found,
and how far that may be trusted, goes into the facts.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from keyproof.facts.snapshot import Place, scopes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from keyproof.declarations.records import Credential, OtherSecrets
    from keyproof.documents import Json
    from keyproof.facts.snapshot import Scope, Snapshot

CREDENTIAL_TAG = "keyproof:credential"
PROVIDER_KEY_TAG = "keyproof:provider-key-id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The `binding` of a credential as the facts state it, and the secret if it is bound."""

    binding: Json
    secret: Json | None


class Reconciler:
    """Finds the secret of a credential among all stored ones, by look-up and not by search."""

    def __init__(self, secrets: Iterable[Json], snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._by_arn: dict[tuple[str, Scope], list[Json]] = defaultdict(list)
        self._by_name: dict[tuple[str, Scope], list[Json]] = defaultdict(list)
        self._by_tag: dict[tuple[str, str], list[Json]] = defaultdict(list)
        for secret in secrets:
            for scope in scopes(Place(account=secret["account"], region=secret["region"])):
                self._by_arn[secret["arn"], scope].append(secret)
                self._by_name[secret["name"], scope].append(secret)
            for tag in (CREDENTIAL_TAG, PROVIDER_KEY_TAG):
                if tag in secret["tags"]:
                    self._by_tag[tag, secret["tags"][tag]].append(secret)

    def match(self, credential: Credential) -> Match:
        """Bind one credential, or say why that cannot be done."""
        storage = credential.storage
        if storage is None or storage.secret is None:
            elsewhere = storage is not None and storage.elsewhere is not None
            return _undeclared() if elsewhere else self._match_by_tags(credential)
        if (storage.secret, _ANYWHERE) in self._by_arn:
            how, confidence, index, name = "arn", "high", self._by_arn, storage.secret
        elif storage.secret.startswith("arn:"):
            # An ARN without its six random characters names the secret all the same.
            name = storage.secret.split(":", 6)[-1]
            how, confidence, index = "name", "medium", self._by_name
        else:
            how, index, name = "name", self._by_name, storage.secret
            confidence = "high" if storage.account and storage.region else "medium"
        scope = (storage.account, storage.region)
        here = _live(index.get((name, scope), []))
        if len(here) == 1:
            return _bound(here[0], how, confidence)
        if here:
            return _unbound("ambiguous", here)
        if not self._snapshot.seen("secrets_manager", scope):
            return _unbound("unseen", [])
        anywhere = index.get((name, _ANYWHERE), [])
        return _unbound("elsewhere" if anywhere else "missing", anywhere)

    def _match_by_tags(self, credential: Credential) -> Match:
        tagged = list(self._by_tag.get((CREDENTIAL_TAG, credential.id), []))
        if credential.provider_key is not None:
            key_id = credential.provider_key.key_id
            tagged += self._by_tag.get((PROVIDER_KEY_TAG, key_id), [])
        found = _live(list({secret["arn"]: secret for secret in tagged}.values()))
        if len(found) == 1:
            return _bound(found[0], "tags", "medium")
        if found:
            return _unbound("ambiguous", found)
        seen = self._snapshot.seen("secrets_manager", _ANYWHERE)
        return _undeclared() if seen else _unbound("unseen", [])


_ANYWHERE: Scope = (None, None)


def _live(secrets: list[Json]) -> list[Json]:
    """
    Leave out replicas beside a primary, which are the same secret, and then deleted ones.

    A secret pending deletion stands for a key only where no other does.
    """
    primaries = [secret for secret in secrets if not secret["replica"]] or secrets
    return [secret for secret in primaries if not secret["pending_deletion"]] or primaries


def _bound(secret: Json, how: str, confidence: str) -> Match:
    binding = {
        "status": "bound",
        "how": how,
        "confidence": confidence,
        "candidates": [secret["arn"]],
    }
    return Match(binding=binding, secret=secret)


def _unbound(status: str, candidates: Sequence[Json]) -> Match:
    arns = sorted(secret["arn"] for secret in candidates)
    binding = {"status": status, "how": None, "confidence": None, "candidates": arns}
    return Match(binding=binding, secret=None)


def _undeclared() -> Match:
    return _unbound("undeclared", [])


def stored_facts(
    secrets: Iterable[Json], entries: Mapping[str, str], others: Sequence[OtherSecrets]
) -> list[Json]:
    """
    Give every stored secret with the entry that claims it, or the reason why none must.

    `entries` maps the ARN of a bound secret, or of a bound replica's primary, to the id of
    its entry. A replica belongs to the entry of its primary.
    """
    return [
        {
            **{name: secret[name] for name in _STORED_MEMBERS},
            "entry": entries.get(secret["primary_arn"]),
            "excluded": _exclusion(secret, others),
        }
        for secret in secrets
    ]


_STORED_MEMBERS = (
    "arn",
    "name",
    "account",
    "region",
    "provider",
    "owned_by_service",
    "pending_deletion",
    "replica",
)


def _exclusion(secret: Json, others: Sequence[OtherSecrets]) -> str | None:
    return next(
        (
            other.reason
            for other in others
            if fnmatchcase(secret["name"], other.name)
            and other.account in (None, secret["account"])
            and other.region in (None, secret["region"])
        ),
        None,
    )
