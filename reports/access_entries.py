"""
Who can read one secret, in the bands in which the report tells it.

What is judged here is judged as the policy of `access_restricted` does it; whether a reader
violates it is the results' word alone.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from reports.access_phrases import reader_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from keyproof.documents import Json

Band: TypeAlias = Literal["fail", "unknown", "pass", "let_in", "round"]

ENVIRONMENT = "production"
"""The one whose secrets' readers are judged."""

BANDS: Mapping[Band, str] = {
    "fail": "Can read it, not approved",
    "unknown": "Perhaps without approval",
    "pass": "Can read it, approved",
    "let_in": "Let in by an identity provider",
    "round": "Could make it possible for themselves",
}
"""The bands of readers, the most urgent first."""

PROVIDERS = frozenset({"web_identity", "saml"})
"""The ways by which an identity provider lets others in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """
    One reader in one band, with its ways of that band (as in the facts), the surest first.

    `facts` are the principal's; `approving` are those of its classes that let it read the
    secret.
    """

    band: Band
    principal: str
    name: str
    facts: Json
    approving: tuple[str, ...]
    ways: Sequence[Json]

    @property
    def classes(self) -> list[str]:
        """The principal's classes."""
        found: list[str] = self.facts["classes"]
        return found

    @property
    def sure(self) -> bool:
        """Whether one of the ways depends on nothing."""
        return any(way["decision"] == "allow" for way in self.ways)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """What `access.yaml` and the results say of readers."""

    classes: Mapping[str, Json]
    principals: Mapping[str, Json]
    violating: frozenset[tuple[str, str]]
    """Secret and principal (ARNs) of each violation."""

    def of(self, principal: str, named: Sequence[str]) -> tuple[str, ...]:
        """Those of its classes that may read a secret that the `named` classes may read."""
        return tuple(
            each
            for each in self.principals[principal]["classes"]
            if each in named or ENVIRONMENT in self.classes[each]["environments"]
        )


def approval(facts: Json, criteria: Json) -> Approval:
    """The approval that one assessment knows."""
    effective = facts["effective_access"]
    violations = criteria["access_restricted"]["violations"]
    return Approval(
        classes=effective["classes"],
        principals=effective["principals"],
        violating=frozenset(
            (str(observed.get("secret")), str(observed.get("principal")))
            for observed in (violation["observed"] for violation in violations)
        ),
    )


def entries(arn: str, secret: Json, approved: Approval) -> list[Entry]:
    """
    The readers of a secret, once for each band; by band, then name.

    Of a band the public comes first, then other accounts, then whoever depends on nothing.
    """
    found = [
        Entry(
            band=band,
            principal=reader["principal"],
            name=reader_name(reader["principal"], approved.principals[reader["principal"]]["type"]),
            facts=approved.principals[reader["principal"]],
            approving=approved.of(reader["principal"], secret["classes"]),
            ways=ways,
        )
        for reader in secret["readers"]
        for band, ways in _bands(arn, reader, secret, approved).items()
    ]
    order = list(BANDS)
    found.sort(
        key=lambda each: (
            order.index(each.band),
            _distance(each.facts, secret["account"]),
            not each.sure,
            each.name,
            each.principal,
        )
    )
    return found


def _distance(principal: Json, account: str) -> int:
    """The smaller, the farther from the secret's account a principal stands."""
    if principal["type"] == "public":
        return 0
    return 1 if principal["account"] not in {None, account} else 2


def numbers(arn: str, secret: Json, approved: Approval) -> Counter[Band]:
    """How many readers stand in each band, without telling anything of them."""
    return Counter(
        band for reader in secret["readers"] for band in _bands(arn, reader, secret, approved)
    )


def _bands(arn: str, reader: Json, secret: Json, approved: Approval) -> dict[Band, list[Json]]:
    """The bands of a reader, with its ways of each."""
    found: dict[Band, list[Json]] = {}
    for way in reader["ways"]:
        if is_judged(way):
            band = _approval_of(arn, reader["principal"], secret, approved)
        else:
            band = "let_in" if way["kind"] in PROVIDERS else "round"
        found.setdefault(band, []).append(way)
    return found


def _approval_of(arn: str, principal: str, secret: Json, approved: Approval) -> Band:
    if (arn, principal) in approved.violating:
        return "fail"
    return "pass" if approved.of(principal, secret["classes"]) else "unknown"


def is_judged(way: Json) -> bool:
    """
    Whether a way is reading, in the policy's sense, and not a way round.

    An identity provider is let in by design, where a condition says whom it vouches for.
    """
    if way["kind"] == "web_identity":
        return not way["vouched_for"]
    return way["kind"] in {"direct", "role_chain"}
