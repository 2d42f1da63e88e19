"""Who can read the secrets of the declared credentials, as the policies and the report need it."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from keyproof.access.paths import Step
from keyproof.access.patterns import matcher
from keyproof.access.readers import EffectiveAccess
from keyproof.facts.assignments import assignments
from keyproof.facts.garbage import uncollected

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from keyproof.access.estate import Secret
    from keyproof.access.principals import Principal
    from keyproof.access.readers import Reader, Way
    from keyproof.declarations.records import Access, AccessClass
    from keyproof.documents import Json
    from keyproof.facts.snapshot import Snapshot

_OF_STEP = tuple(each.name for each in fields(Step))


@uncollected()
def effective_access(
    snapshot: Snapshot, declared: Access | None, wanted: frozenset[str] | None
) -> Json:
    """
    Give the readers of the wanted secrets (ARNs; None for all), in the facts' shape.

    The steps of paths are kept once, since many readers share them, and named by their
    places in `steps`.
    """
    access = EffectiveAccess(snapshot, wanted)
    classes = () if declared is None else declared.classes
    steps = _Steps()
    secrets: Json = {}
    principals: dict[str, Principal] = {}
    for index, secret in enumerate(access.secrets):
        readers = access.readers(index)
        principals |= {reader.principal.arn: reader.principal for reader in readers}
        secrets[secret.arn] = {
            "name": secret.name,
            "account": secret.account,
            "region": secret.region,
            "classes": [each.name for each in classes if names_secret(each, secret)],
            "gaps": access.gaps(index),
            "readers": [_reader(reader, steps) for reader in readers],
        }
    assigned = assignments(snapshot)
    return {
        "classes": {each.name: {"environments": list(each.environments)} for each in classes},
        "principals": {
            arn: {
                "type": principal.type,
                "account": principal.account or None,
                "classes": classes_of(arn, classes),
                "assigned": assigned.to(principal),
            }
            for arn, principal in sorted(principals.items())
        },
        "steps": steps.kept,
        "secrets": secrets,
    }


def classes_of(arn: str, classes: Iterable[AccessClass]) -> list[str]:
    """The classes that a principal belongs to."""
    return [
        each.name
        for each in classes
        if any(matcher((pattern,))(arn) for pattern in each.principals)
    ]


def names_secret(each: AccessClass, secret: Secret) -> bool:
    """Whether a class lets its principals read this very secret, by its ARN or name."""
    return any(
        matcher((pattern,))(text)
        for pattern in each.resources
        for text in (secret.arn, secret.name)
    )


def _reader(reader: Reader, steps: _Steps) -> Json:
    return {
        "principal": reader.principal.arn,
        "decision": reader.decision,
        "direct": reader.direct,
        "ways": [
            way_facts(way, reader.principal, steps.places(way.path.steps)) for way in reader.ways
        ],
    }


def way_facts(way: Way, principal: Principal, path: Sequence[object]) -> Json:
    """State of a principal's way what is known of it; `path` are its steps, or their places."""
    return {
        "kind": way.kind,
        "decision": way.decision,
        "vouched_for": _vouched_for(principal.arn, way),
        "path": list(path),
        "conditions": list(way.path.conditions),
        "unseen": list(way.path.unseen),
        "grants_seen": way.path.grants_seen,
    }


def _vouched_for(provider: str, way: Way) -> bool:
    """
    Whether an identity provider must say whom it vouches for, by a claim other than the audience.

    The audience of a provider that the account registered says nothing: all its users can
    have it.
    """
    if way.kind != "web_identity":
        return False
    _, registered, issuer = provider.lower().rpartition(":oidc-provider/")
    keys = {key.lower() for key in way.path.conditions}
    claims = {key for key in keys if key.startswith(f"{issuer}:")}
    return bool(claims - {f"{issuer}:aud"} if registered else claims)


def step_facts(step: Step) -> Mapping[str, str | None]:
    """A step of a path, member by member."""
    return {name: getattr(step, name) for name in _OF_STEP}


class _Steps:
    """Every step once."""

    def __init__(self) -> None:
        self.kept: list[Mapping[str, str | None]] = []
        self._places: dict[Step, int] = {}

    def places(self, steps: Sequence[Step]) -> list[int]:
        return [self._place(step) for step in steps]

    def _place(self, step: Step) -> int:
        place = self._places.setdefault(step, len(self.kept))
        if place == len(self.kept):
            self.kept.append(step_facts(step))
        return place
