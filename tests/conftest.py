"""What every test needs."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from botocore.client import ClientCreator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_MAKE_CLASS = "_create_client_class"


@pytest.fixture(autouse=True, scope="session")
def _interruptible() -> Iterator[None]:
    """Let commands be interrupted even where the tests run in a shell's background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(autouse=True, scope="session")
def _classes_of_clients_made_once() -> Iterator[None]:
    """Keep botocore's classes of clients, whose hundreds of methods each session makes anew."""
    made: dict[str, Any] = {}
    make = getattr(ClientCreator, _MAKE_CLASS)

    def kept(self: ClientCreator, service_name: str, service_model: object) -> Any:
        if service_name not in made:
            made[service_name] = make(self, service_name, service_model)
        return made[service_name]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ClientCreator, _MAKE_CLASS, kept)
        yield
