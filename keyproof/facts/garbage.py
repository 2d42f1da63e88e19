"""Python's cyclic garbage collector, paused while much is made that refers to itself nowhere."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def uncollected() -> Iterator[None]:
    """
    Pause the collector, which otherwise looks through millions of records again and again.

    It only frees what refers to itself in a circle; everything else is freed as ever.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
