from __future__ import annotations

import socket
import subprocess
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
from tests.policies.opa import OPA

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


@contextmanager
def running_opa(*arguments: str) -> Iterator[str]:
    """An OPA server with settings of its own; gives its URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with subprocess.Popen(
        [OPA, "run", "--server", "--addr", f"127.0.0.1:{port}", "--log-level", "error", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        try:
            _wait_for(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            try:  # waits for a moment, and sees if it died meanwhile
                process.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                continue
            pytest.fail(f"OPA ended with {process.returncode}: {process.communicate()[0]!r}")
        else:
            return
    pytest.fail(f"OPA does not answer on port {port}")


def copied(document: Json) -> Json:
    copy: Json = orjson.loads(orjson.dumps(document))
    return copy
