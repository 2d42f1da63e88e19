"""A real OPA server with keyproof's policies, one for each process of the tests."""

from __future__ import annotations

import atexit
import socket
import subprocess
from functools import cache
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic

REPOSITORY = Path(__file__).parents[2]
_PATIENCE_SECONDS = 60
OPA = REPOSITORY / ".tools" / "opa"


@cache
def opa_server(*policies: str) -> str:
    """
    Start a server with these folders of policies, keyproof's by default; gives its URL.

    It ends with the process that asked for it.
    """
    folders = policies or (str(REPOSITORY / "policies" / "sec004"),)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [str(OPA), "run", "--server", "--addr", address, "--log-level", "error", *folders]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    atexit.register(server.kill)
    deadline = monotonic() + _PATIENCE_SECONDS
    while not _answers(address):
        assert server.poll() is None, "OPA ended before it answered"
        assert monotonic() < deadline, "OPA does not answer"
    return f"http://{address}"


def _answers(address: str) -> bool:
    connection = HTTPConnection(address, timeout=_PATIENCE_SECONDS)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except ConnectionError:
        return False
    finally:
        connection.close()
