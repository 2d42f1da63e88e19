"""
`keyproof who-can-read`: everybody who can obtain one secret's value, in the shape of `--json`.

It needs a snapshot and the declarations, and derives everything from them anew.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from keyproof.access.readers import EffectiveAccess
from keyproof.cli.reader_gaps import NOTES, reader_gaps
from keyproof.cli.secret_lookup import find_secret
from keyproof.facts.assignments import assignments
from keyproof.facts.effective_access import (
    classes_of,
    names_secret,
    step_facts,
    way_facts,
)

if TYPE_CHECKING:
    from keyproof.access.estate import Secret
    from keyproof.access.principals import Principal
    from keyproof.access.readers import Reader, Way
    from keyproof.declarations.records import Declarations
    from keyproof.documents import Json
    from keyproof.facts.snapshot import Snapshot

INCOMPLETE = 3


class Inquiry:
    """One question about one secret and its copies."""

    def __init__(self, wanted: str, snapshot: Snapshot, declarations: Declarations) -> None:
        """Raises `UsageError` where `wanted` does not stand for one secret."""
        self.snapshot = snapshot
        self.family = find_secret(wanted, snapshot, declarations)
        self.access = EffectiveAccess(snapshot, self.family.arns)
        self._declared = declarations.access
        self._assigned = assignments(snapshot)
        self._environments = {
            credential.environment
            for credential in self.family.credentials
            if credential.environment is not None
        }

    def index(self, member: Json) -> int:
        """The index of a secret of the family in `access`."""
        place = member["arn"], member["account"], member["region"]
        return next(
            number
            for number, secret in enumerate(self.access.secrets)
            if (secret.arn, secret.account, secret.region) == place
        )

    @cached_property
    def heading(self) -> Json:
        """Which secret it is about, as of when."""
        coverage, secret = self.snapshot.coverage, self.family.secret
        return {
            **{name: coverage[name] for name in ("example", "organisation", "as_of")},
            **place(secret),
            "credentials": sorted(credential.id for credential in self.family.credentials),
            "pending_deletion": secret["pending_deletion"],
        }

    @cached_property
    def unseen(self) -> Json:
        """What may hide a reader or take one away, and what tells of ways round and of people."""
        declared = self._declared is not None
        return {
            "gaps": reader_gaps(self.access, self.family, classes_declared=declared),
            "notes": [each for source in NOTES for each in self.snapshot.gaps(source)],
        }

    def readers_document(self) -> Json:
        """Everybody who can obtain the value, from the secret or from a copy, and how."""
        return {
            **self.heading,
            "readers": self._readers(self.family.secret),
            "copies": [
                {**place(copy), "readers": self._readers(copy)} for copy in self.family.copies
            ],
            **self.unseen,
        }

    def _readers(self, member: Json) -> list[Json]:
        index = self.index(member)
        return [self._reader(reader, index) for reader in self.access.readers(index)]

    def _reader(self, reader: Reader, index: int) -> Json:
        principal = reader.principal
        ways = [way_document(way, principal) for way in reader.ways]
        return {
            "principal": principal.arn,
            "type": principal.type,
            "account": principal.account or None,
            "decision": reader.decision,
            **self.approval(principal, self.access.secrets[index]),
            "assigned": self._assigned.to(principal),
            "direct": reader.direct,
            "way": ways[0]["kind"],
            **{name: ways[0][name] for name in ("path", "conditions", "unseen")},
            "ways": ways,
        }

    def approval(self, principal: Principal, secret: Secret) -> Json:
        """
        The classes of a principal, the one that lets it read, and whether one does.

        A class lets its principals read the secrets that it names, and those of its
        environments; whether one does is null where nobody declared classes, or the
        environment of the secret.
        """
        declared = () if self._declared is None else self._declared.classes
        environments = {each.name: each.environments for each in declared}
        classes = classes_of(principal.arn, declared)
        naming = {each.name for each in declared if names_secret(each, secret)}
        allowing = [
            name
            for name in classes
            if name in naming or not self._environments.isdisjoint(environments[name])
        ]
        covered = {each for name in classes for each in environments[name]}
        approved = not naming.isdisjoint(classes)
        approved |= bool(self._environments) and self._environments <= covered
        known = self._declared is not None and (approved or bool(self._environments))
        return {
            "class": next(iter([*allowing, *classes]), None),
            "classes": classes,
            "approved": approved if known else None,
        }


def exit_code(document: Json) -> int:
    """0 answered; 3 answered, but there may be readers whom nobody saw."""
    hidden = any(each["may_hide_readers"] for each in document["gaps"])
    return INCOMPLETE if hidden else 0


def way_document(way: Way, principal: Principal) -> Json:
    """One way of a principal with every step of its path."""
    return way_facts(way, principal, [step_facts(step) for step in way.path.steps])


def place(member: Json) -> Json:
    """Which of the family a member is."""
    return {"secret": member["arn"]} | {
        name: member[name] for name in ("name", "account", "region")
    }
