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

from keyproof.facts.snapshot import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from keyproof.declarations.records import Credential, OtherSecrets, Storage
    from keyproof.documents import Json
    from keyproof.facts.snapshot import Snapshot

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
        self._places = {
            place: snapshot.complete("secrets_manager", place)
            for place, _ in snapshot.places("secrets_manager")
        }
        self._all_seen = all(self._places.values()) and not any(
            gap["source"] == "secrets_manager" for gap in snapshot.absent
        )
        self._by_arn: dict[str, list[Json]] = defaultdict(list)
        self._by_name: dict[str, list[Json]] = defaultdict(list)
        self._by_tag: dict[tuple[str, str], list[Json]] = defaultdict(list)
        for secret in secrets:
            self._by_arn[secret["arn"]].append(secret)
            self._by_name[secret["name"]].append(secret)
            for tag in (CREDENTIAL_TAG, PROVIDER_KEY_TAG):
                if tag in secret["tags"]:
                    self._by_tag[tag, secret["tags"][tag]].append(secret)

    def match(self, credential: Credential) -> Match:
        """Bind one credential, or say why that cannot be done."""
        storage = credential.storage
        if storage is None or storage.secret is None:
            elsewhere = storage is not None and storage.elsewhere is not None
            return _undeclared() if elsewhere else self._match_by_tags(credential)
        if storage.secret.startswith("arn:"):
            # An ARN without its six random characters names the secret all the same.
            how, confidence = "arn", "high"
            named = self._by_arn.get(storage.secret, [])
            if not named:
                name = storage.secret.split(":", 6)[-1]
                how, confidence, named = "name", "medium", self._by_name.get(name, [])
        else:
            how, named = "name", self._by_name.get(storage.secret, [])
            confidence = "high" if storage.account and storage.region else "medium"
        here = _primaries([secret for secret in named if _is_at(secret, storage)])
        if len(here) == 1:
            return _bound(here[0], how, confidence)
        if here:
            return _unbound("ambiguous", here)
        if not self._seen(storage):
            return _unbound("unseen", [])
        return _unbound("elsewhere" if named else "missing", named)

    def _match_by_tags(self, credential: Credential) -> Match:
        tagged = list(self._by_tag.get((CREDENTIAL_TAG, credential.id), []))
        if credential.provider_key is not None:
            key_id = credential.provider_key.key_id
            tagged += self._by_tag.get((PROVIDER_KEY_TAG, key_id), [])
        found = _primaries(list({secret["arn"]: secret for secret in tagged}.values()))
        if len(found) == 1:
            return _bound(found[0], "tags", "medium")
        if found:
            return _unbound("ambiguous", found)
        return _undeclared() if self._all_seen else _unbound("unseen", [])

    def _seen(self, storage: Storage) -> bool:
        """Whether every place where the secret may stand was listed to its end."""
        if storage.account is not None and storage.region is not None:
            return self._places.get(Place(account=storage.account, region=storage.region), False)
        return self._all_seen


def _is_at(secret: Json, storage: Storage) -> bool:
    return storage.account in (None, secret["account"]) and storage.region in (
        None,
        secret["region"],
    )


def _primaries(secrets: list[Json]) -> list[Json]:
    """Leave replicas out where a primary is among them: they are the same secret."""
    return [secret for secret in secrets if not secret["replica"]] or secrets


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

    `entries` maps the ARN of a bound secret to the id of its entry. A replica belongs
    to the entry of its primary.
    """
    return [
        {
            **{name: secret[name] for name in _STORED_MEMBERS},
            "entry": entries.get(secret["arn"]),
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
