"""
A real browser, driven over its debugging pipe: https://chromedevtools.github.io/devtools-protocol/.

The pipe needs no port and no further package: the browser reads requests from descriptor 3
and writes answers to 4, JSON objects that end with a NUL.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DEADLINE_S = 60
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)

Json = dict[str, Any]


@dataclass(slots=True)
class Page:
    """One tab; `events` are what the browser told unasked."""

    requests: int
    answers: int
    session: str | None = None
    events: list[Json] = field(default_factory=list)
    _count: int = 0
    _rest: bytes = b""

    def call(self, method: str, **parameters: object) -> Json:
        """Send one command and wait for its answer; raises `RuntimeError` when it fails."""
        self._count += 1
        message: Json = {"id": self._count, "method": method, "params": parameters}
        if self.session is not None:
            message["sessionId"] = self.session
        os.write(self.requests, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != self._count:
            self.events.append(answer)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        result: Json = answer["result"]
        return result

    def _next(self) -> Json:
        limit = time.monotonic() + DEADLINE_S
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self.answers], [], [], max(0, limit - time.monotonic()))
            chunk = os.read(self.answers, 1 << 20) if ready else b""
            if not chunk:
                raise RuntimeError(f"the browser did not answer within {DEADLINE_S} s")
            self._rest += chunk
        line, _, self._rest = self._rest.partition(b"\0")
        message: Json = json.loads(line)
        return message

    def wait_for(self, event: str) -> None:
        """Wait until the browser has told an event."""
        while not any(told.get("method") == event for told in self.events):
            self.events.append(self._next())

    def load(self, file: Path, *, width: int, height: int = 900, dark: bool = False) -> None:
        """Show a file in a viewport of that size, and wait until it has loaded."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.events.clear()
        self.call("Page.navigate", url=file.as_uri())
        self.wait_for("Page.loadEventFired")

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer["result"].get("value")

    def screenshot(self) -> bytes:
        """The whole page as a PNG."""
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        return base64.b64decode(shot["data"])

    def pdf(self) -> bytes:
        """The page in print, on the paper that its style sheet asks for."""
        printed = self.call("Page.printToPDF", preferCSSPageSize=True)
        return base64.b64decode(printed["data"])


@contextmanager
def page(profile: Path) -> Iterator[Page]:
    """A browser with one tab; fails, rather than skips, where there is none."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        raise RuntimeError("chromium is missing: install it with `apt-get install chromium`")
    request_reader, request_writer = os.pipe()
    answer_reader, answer_writer = os.pipe()

    # The shell puts the ends where the browser looks for them, whatever their numbers are.
    script = f'exec "$0" "$@" 3<&{request_reader} 4>&{answer_writer}'
    with subprocess.Popen(
        ["bash", "-c", script, program, *_FLAGS, f"--user-data-dir={profile}"],
        pass_fds=(request_reader, answer_writer),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as browser:
        os.close(request_reader)
        os.close(answer_writer)
        try:
            tab = Page(requests=request_writer, answers=answer_reader)
            target = tab.call("Target.createTarget", url="about:blank")["targetId"]
            attached = tab.call("Target.attachToTarget", targetId=target, flatten=True)
            tab.session = attached["sessionId"]
            for domain in ("Page", "Runtime", "Log", "Network", "Audits"):
                tab.call(f"{domain}.enable")
            yield tab
        finally:
            os.close(request_writer)  # the end of the pipe is the browser's sign to leave
            os.close(answer_reader)
            browser.wait(timeout=DEADLINE_S)
