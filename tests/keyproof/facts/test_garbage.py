"""The pause of the garbage collector ends as it began, whatever happens inside."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from keyproof.facts.garbage import uncollected

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    enabled = gc.isenabled()
    yield
    (gc.enable if enabled else gc.disable)()


def test_it_is_paused_inside_and_runs_again_after() -> None:
    gc.enable()
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_stays_paused_where_it_was() -> None:
    gc.disable()
    with uncollected():
        assert not gc.isenabled()
    assert not gc.isenabled()


def test_it_runs_again_after_an_error() -> None:
    gc.enable()
    with pytest.raises(LookupError), uncollected():
        raise LookupError
    assert gc.isenabled()
