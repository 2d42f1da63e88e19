"""
The policies on the facts of a large estate: both engines of keyproof, and `opa eval`.

Each measurement has a process of its own, and the engines take turns, so that whatever
else the machine does meets them alike.
"""

from __future__ import annotations

import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.estate import Sizes, configuration, inventory, snapshot
from benchmarks.measurement import (
    ROOT,
    Stopwatch,
    in_child,
    parser,
    peak_bytes,
    run_command,
    show,
)
from keyproof import documents
from keyproof.assessment import shipped_engine
from keyproof.configuration import read_configuration
from keyproof.declarations.loader import read_declarations
from keyproof.engine.results import evaluate
from keyproof.engine.server import server_engine
from keyproof.evidence import POLICIES
from keyproof.facts.derivation import derive_facts
from keyproof.facts.snapshot import snapshot_from

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.measurement import Sample

POLICY_SOURCES = POLICIES / "sec004"
QUERY = "data.sec004.assessment"
START_SECONDS = 30


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure each size in turn, as often as asked, and print the figures."""
    options = parser(__doc__)
    options.add_argument("--credentials", type=int, nargs="+", default=[10_000])
    options.add_argument("--recipients", type=int, default=20, help="of each alert")
    options.add_argument("--violating", type=float, default=0.05, help="share of credentials")
    options.add_argument("--opa", type=Path, default=ROOT / ".tools" / "opa")
    given = options.parse_args(arguments)
    samples: list[Sample] = []
    notes: dict[str, object] = {"recipients": given.recipients, "violating": given.violating}
    with tempfile.TemporaryDirectory() as folder:
        facts = {size: Path(folder) / f"facts-{size}.json" for size in given.credentials}
        for size, path in facts.items():
            sizes = Sizes(credentials=size, recipients=given.recipients, violating=given.violating)
            notes[f"facts of {size:,}"] = in_child(write_facts, sizes, path)
        for _ in range(given.repeat):
            for size, path in facts.items():
                samples += in_child(measure_wasm, size, path)
                samples.append(in_child(measure_whole, size, path))
                samples.append(measure_server(size, path, given.opa))
                samples.append(measure_opa_eval(size, path, given.opa))
    show("Evaluation", "credentials", samples, notes=notes, as_json=given.json)


def write_facts(sizes: Sizes, path: Path) -> str:
    """Derive the facts of an estate, write them, and say what they amount to."""
    facts = derive_facts(
        snapshot_from(snapshot(sizes), "snapshot"),
        read_declarations({"inventory.yaml": inventory(sizes)}),
        read_configuration(configuration(), "keyproof.toml"),
    )
    content = documents.write(path, "facts", facts)
    results = documents.decode(evaluate(content, shipped_engine()), "results.json")
    violations = sum(len(each["violations"]) for each in results["criteria"].values())
    failed = sum(each["verdict"] == "fail" for each in results["criteria"].values())
    return f"{len(content):,} bytes, {violations:,} violations of {failed} criteria"


def measure_wasm(size: int, path: Path) -> list[Sample]:
    """Measure the WASM engine alone: loading the policies, and judging facts already parsed."""
    stopwatch = Stopwatch(size)
    facts = documents.decode(path.read_bytes(), path.name)
    parsed = stopwatch.lap("WASM: parse the facts")
    engine = shipped_engine()
    loaded = stopwatch.lap("WASM: load")
    engine(facts)
    return [parsed, loaded, stopwatch.lap("WASM: judge")]


def measure_whole(size: int, path: Path) -> Sample:
    """Measure what `keyproof evaluate` does between the bytes of the two documents."""
    stopwatch = Stopwatch(size)
    evaluate(path.read_bytes(), shipped_engine())
    return stopwatch.lap("facts to results")


def measure_server(size: int, path: Path, opa: Path) -> Sample:
    """Measure a request to an OPA server on this machine; the peak is the server's."""
    with opa_server(opa) as (url, process):
        request = in_child(ask_server, size, url, path)
        return replace(request, cpu_seconds=None, peak_bytes=peak_bytes(process))


def ask_server(size: int, url: str, path: Path) -> Sample:
    """Measure a request whose facts are already parsed, as its sender sees it."""
    facts = documents.decode(path.read_bytes(), path.name)
    engine = server_engine(url)
    stopwatch = Stopwatch(size)
    engine(facts)
    return stopwatch.lap("OPA server: request")


def measure_opa_eval(size: int, path: Path, opa: Path) -> Sample:
    """Measure OPA's own command line as a whole, the parsing of facts and policies included."""
    command: list[str | Path] = [
        opa,
        "eval",
        "--format=raw",
        f"--data={POLICY_SOURCES}",
        f"--input={path}",
        QUERY,
    ]
    return run_command("opa eval: process", command, size=size)


@contextmanager
def opa_server(opa: Path) -> Iterator[tuple[str, int]]:
    """Start an OPA server with the policies; gives its URL and process id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command: list[str | Path] = [
        opa,
        "run",
        "--server",
        f"--addr=127.0.0.1:{port}",
        "--log-level=error",
    ]
    with subprocess.Popen([*command, POLICY_SOURCES]) as process:
        try:
            _wait_for(port, process)
            yield f"http://127.0.0.1:{port}", process.pid
        finally:
            process.terminate()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    latest = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < latest:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"the OPA server does not answer on port {port}")


if __name__ == "__main__":
    main()
