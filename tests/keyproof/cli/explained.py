"""What `--explain` tells about a written estate, in a form that a test can write down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from keyproof.cli.explanation import explanation_document
from keyproof.cli.who_can_read import Inquiry
from tests.keyproof.access.answers import READ
from tests.keyproof.access.snapshots import Key, Role, Secret, User, allow, estate, policy
from tests.keyproof.cli.estates import declared
from tests.keyproof.facts.builders import credential, stored_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from keyproof.declarations.records import Access
    from keyproof.documents import Json

OPENAI = Secret(name="openai")
READS = {"read": policy(allow(READ, Sid="Read"))}
WORKER = Role(name="worker", policies=READS)
ADA = User(name="ada")
KEY = Key(name="key")


def explained(wanted: str, *, access: Access | None = None, **parts: Any) -> Json:
    """Why somebody can or cannot read `OPENAI`, or what a test has in its place."""
    snapshot = estate(**{"secrets": [OPENAI], **parts})
    entry = credential(storage=stored_in("openai"))
    inquiry = Inquiry("openai", snapshot, declared(entry, access=access))
    return explanation_document(inquiry, wanted)


def outcome(document: Json) -> tuple[str, bool, list[str]]:
    """The decision, whether it reads directly, and every way."""
    ways = [f"{way['kind']} {way['decision']}" for way in document["ways"]]
    return document["decision"], document["direct"], ways


def gist(layers: Iterable[Json], action: str = READ) -> list[tuple[str, str, str, list[str]]]:
    """Each layer of an action, what it allows and denies, and its statements in short."""
    return [
        (each["layer"], each["allows"], each["denies"], statements(each))
        for each in layers
        if each["action"] == action
    ]


def statements(layer: Json) -> list[str]:
    """Each statement of a layer: whether it applies, and by what it fails."""
    return [
        f"{each['effect']} {each['statement']}: {each['applies']}"
        + (f", {each['fails_by']}" if each["fails_by"] else "")
        for each in layer["statements"]
    ]


def layer_of(document: Json, kind: str, action: str = READ) -> Json:
    """The one layer of a kind and an action."""
    (found,) = [
        each for each in document["layers"] if (each["layer"], each["action"]) == (kind, action)
    ]
    return dict(found)
