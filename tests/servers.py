"""Servers that tests start as processes of their own."""

from __future__ import annotations

import socket
import subprocess

import pytest


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def wait_for(port: int, process: subprocess.Popen[bytes], name: str) -> None:
    """Return once the server listens; fail when it has ended, or does not in half a minute."""
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            try:  # waits for a moment, and sees if it died meanwhile
                code = process.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                continue
            printed = process.stdout.read() if process.stdout else b""
            pytest.fail(f"{name} ended with {code}: {printed!r}")
        else:
            return
    pytest.fail(f"{name} does not answer on port {port}")
