"""docs/access.md names every way round, and what it takes to start a program with a role."""

from __future__ import annotations

from keyproof.access.ways import KINDS, LAUNCHES
from tests.docs.markdown import rows, text_of

DOCUMENT = text_of("docs/access.md")


def test_every_kind_of_way_is_listed() -> None:
    assert rows(_table("ways")) == [[f"`{kind}`", words] for kind, words in KINDS.items()]


def test_every_service_that_a_role_is_passed_to_is_listed() -> None:
    assert rows(_table("launches")) == [
        [
            f"`{launch.service}`",
            "; ".join(" or ".join(f"`{action}`" for action in group) for group in launch.actions),
        ]
        for launch in LAUNCHES
    ]


def _table(name: str) -> str:
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    return DOCUMENT.split(begin)[1].split(end)[0]
