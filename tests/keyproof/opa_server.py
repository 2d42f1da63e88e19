"""Real OPA servers: one with keyproof's policies for each process, others for a while."""

from __future__ import annotations

import atexit
import subprocess
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from tests.policies.opa import OPA, POLICIES
from tests.servers import free_port, wait_for

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
    port = free_port()
    with subprocess.Popen(
        [OPA, "run", "--server", "--addr", f"127.0.0.1:{port}", "--log-level", "error", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        try:
            wait_for(port, process, "OPA")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
