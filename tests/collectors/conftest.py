from __future__ import annotations

import os
import subprocess
import threading
from multiprocessing.pool import ThreadPool
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from botocore.retries.bucket import TokenBucket

from collectors.aws.accounts import AwsAccount
from collectors.aws.calls import Workers
from collectors.aws.clients import ALLOWED_OPERATIONS, Clients
from tests.collectors.emulator import ACCOUNT, HOME, Emulator, complete_moto, fill
from tests.servers import free_port, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).parents[2]
MINISTACK = REPOSITORY / ".venv-ministack" / "bin" / "python"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _credentials_of_nobody(monkeypatch, tmp_path)


def _credentials_of_nobody(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Leave no trace of the developer's own."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            patch.delenv(name)
    patch.setenv("AWS_ACCESS_KEY_ID", "testing")
    patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    patch.setenv("AWS_CONFIG_FILE", str(folder / "config"))
    patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "credentials"))


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The adaptive mode slows a throttled client down; here nobody has to wait for it."""
    monkeypatch.setattr(TokenBucket, "acquire", lambda *_, **__: True)
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None))


@pytest.fixture
def workers() -> Iterator[Workers]:
    with ThreadPool(4) as requests:
        yield Workers(requests=requests, stopped=threading.Event())


@pytest.fixture(scope="module")
def emulated() -> Iterator[Emulator]:
    """One estate for the tests of a module, which only read it."""
    with pytest.MonkeyPatch.context() as patch:
        complete_moto(patch)
        with Emulator() as emulator:
            fill(emulator)
            yield emulator


@pytest.fixture(scope="module")
def clients(emulated: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clients]:
    """Clients of the emulated account that give up at the first fault."""
    with pytest.MonkeyPatch.context() as patch:
        _credentials_of_nobody(patch, tmp_path_factory.mktemp("aws"))
        patch.setenv("AWS_ENDPOINT_URL", emulated.url)
        made = Clients(AwsAccount(id=ACCOUNT, regions=(HOME,)), max_attempts=1)
        for service in {operation.split(":")[0] for operation in ALLOWED_OPERATIONS}:
            made.client(service, HOME)
        yield made


@pytest.fixture
def emulator(emulated: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """The module's emulator, without faults, as the environment's endpoint."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", emulated.url)
    emulated.operations.clear()
    emulated.user_agents.clear()
    yield emulated
    emulated.faults.clear()


@pytest.fixture(scope="session")
def ministack_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """MiniStack, which knows what moto does not: budget subscribers, rotation schedules."""
    if not MINISTACK.exists():
        pytest.fail(f"{MINISTACK} is missing: run `make test`, which installs it")
    port = free_port()
    folder = tmp_path_factory.mktemp("ministack")
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            [MINISTACK, "-m", "ministack"],
            cwd=folder,
            env={
                "BIND_HOST": "127.0.0.1",
                "GATEWAY_PORT": str(port),
                "HOME": str(folder),
                "IOT_MTLS_ENABLED": "0",
                "PATH": os.environ["PATH"],
                "SFTP_ENABLED": "0",
                "TMPDIR": str(folder),
            },
            stdout=log,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            wait_for(port, process, "MiniStack")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
