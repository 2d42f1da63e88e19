"""Real OPA servers: one with keyproof's policies for each process, others for a while."""

from __future__ import annotations

import atexit
import socket
import subprocess
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.policies.opa import OPA, POLICIES

if TYPE_CHECKING:
    from collections.abc import Iterator


@cache
def opa_server() -> str:
    """The URL of a server with keyproof's policies; it ends with the process that asked."""
    server = running_opa(str(POLICIES / "sec004"))
    url = server.__enter__()
    atexit.register(server.__exit__, None, None, None)
    return url


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
