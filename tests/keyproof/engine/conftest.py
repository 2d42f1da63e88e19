from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import orjson
import pytest

from examples import AS_OF
from examples.emulator import emulated_aws
from examples.estate import build_estate
from examples.flaws import add_flaws
from keyproof.assessment import collect_stage
from keyproof.cli.project import EXAMPLE
from keyproof.configuration import load_configuration
from keyproof.declarations import load_declarations
from keyproof.facts.derivation import derive_facts
from keyproof.facts.snapshot import load_snapshot
from tests.keyproof.flawless import flawless_estate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from keyproof.documents import Json


@contextmanager
def _flawed_estate() -> Iterator[None]:
    with emulated_aws():
        build_estate()
        add_flaws()
        yield


def _facts(folder: Path, estate: Callable[[], AbstractContextManager[None]]) -> Json:
    configuration = load_configuration(EXAMPLE, evidence=folder)
    with estate():
        collected = collect_stage(
            configuration, clock=lambda: AS_OF, example=True, progress=lambda _: None
        )
    declarations = load_declarations(configuration.declarations)
    return derive_facts(load_snapshot(collected.snapshot), declarations, configuration)


@pytest.fixture(scope="session")
def estates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Json]:
    """The facts of the example and of the flawless estate."""
    return {
        "example": _facts(tmp_path_factory.mktemp("example"), _flawed_estate),
        "flawless": _facts(tmp_path_factory.mktemp("flawless"), flawless_estate),
    }


def copied(document: Json) -> Json:
    copy: Json = orjson.loads(orjson.dumps(document))
    return copy
