"""Time and memory of work done in a process of its own, and how they are printed."""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

ROOT = Path(__file__).parents[1]

_KIBIBYTE = 1024
_MEBIBYTE = _KIBIBYTE * _KIBIBYTE

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """
    One measurement of one thing.

    `peak_bytes` is the most memory that its process ever held, with the interpreter and
    all that came before in that process; None where nobody looked.
    """

    what: str
    size: int
    seconds: float
    peak_bytes: int | None = None
    cpu_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """The samples of one thing, summed up; seconds and bytes are medians."""

    what: str
    size: int
    runs: int
    seconds: float
    least_seconds: float
    most_seconds: float
    peak_bytes: int | None
    cpu_seconds: float | None


def in_child(
    function: Callable[Parameters, Result],
    *arguments: Parameters.args,
    **options: Parameters.kwargs,
) -> Result:
    """Call a function in a fresh process, which shares neither memory nor caches with this one."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments, **options).result()


def peak_bytes(process: int | str = "self") -> int:
    """
    Give the most memory that a running process ever held.

    Linux tells it of the program alone; elsewhere only this process can be asked, and the
    answer is no less than what its parent held when it was started.
    """
    status = Path(f"/proc/{process}/status")
    if status.exists():
        words = status.read_text(encoding="ascii").split()
        return int(words[words.index("VmHWM:") + 1]) * _KIBIBYTE
    if process != "self":
        raise OSError(f"{platform.system()} does not tell the peak memory of another process")
    return _bytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


class Stopwatch:
    """Times what this process does, from one lap to the next."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._start = self._lap = (time.perf_counter(), time.process_time())

    def lap(self, what: str) -> Sample:
        """Give what was used since the last lap, or since the start."""
        before, self._lap = self._lap, (time.perf_counter(), time.process_time())
        return self._sample(what, before, self._lap)

    def whole(self, what: str) -> Sample:
        """Give what was used from the start to the last lap."""
        return self._sample(what, self._start, self._lap)

    def _sample(self, what: str, before: tuple[float, float], after: tuple[float, float]) -> Sample:
        return Sample(
            what=what,
            size=self._size,
            seconds=after[0] - before[0],
            cpu_seconds=after[1] - before[1],
            peak_bytes=peak_bytes(),
        )


def run_command(  # noqa: PLR0913 - a command, and how it is started and named
    what: str,
    arguments: Sequence[str | Path],
    *,
    size: int,
    folder: Path = ROOT,
    environment: Mapping[str, str] | None = None,
    accepted: Iterable[int] = (0,),
) -> Sample:
    """
    Run a program from its start to its end.

    Raises `subprocess.CalledProcessError` when it ends with another code than those accepted.
    """
    started = time.perf_counter()
    process = subprocess.Popen(
        arguments,
        cwd=folder,
        env=None if environment is None else dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in accepted:
        raise subprocess.CalledProcessError(process.returncode, [str(each) for each in arguments])
    return Sample(
        what=what,
        size=size,
        seconds=seconds,
        peak_bytes=_bytes(usage.ru_maxrss),
        cpu_seconds=usage.ru_utime + usage.ru_stime,
    )


def summed_up(samples: Iterable[Sample]) -> list[Figure]:
    """Sum up the samples of the same thing and size, in the order in which these came first."""
    groups: dict[tuple[str, int], list[Sample]] = {}
    for sample in samples:
        groups.setdefault((sample.what, sample.size), []).append(sample)
    return [_figure(group) for group in groups.values()]


def parser(description: str | None) -> argparse.ArgumentParser:
    """Options that all benchmarks have."""
    options = argparse.ArgumentParser(description=description)
    options.add_argument("--repeat", type=int, default=5, help="how often each is measured")
    options.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return options


def show(
    title: str, unit: str, samples: Iterable[Sample], *, notes: Mapping[str, object], as_json: bool
) -> None:
    """Print all figures; `unit` says what a size counts."""
    figures = summed_up(samples)
    machine = {
        "system": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
        "load": [round(load, 2) for load in os.getloadavg()],
        "python": platform.python_version(),
    }
    if as_json:
        rows = [asdict(figure) for figure in figures]
        report = {"title": title, "unit": unit, "notes": notes, "machine": machine, "rows": rows}
        json.dump(report, sys.stdout, indent=2)
        print()
        return
    print(title)
    for name, value in {**notes, **machine}.items():
        print(f"  {name}: {value}")
    width = max(len(figure.what) for figure in figures)
    print(
        f"{unit:>12}  {'':<{width}} {'median s':>9} {'least':>8} {'most':>8}"
        f" {'CPU s':>8} {'peak MiB':>9}"
    )
    for figure in figures:
        cpu = "" if figure.cpu_seconds is None else f"{figure.cpu_seconds:.3f}"
        peak = "" if figure.peak_bytes is None else f"{figure.peak_bytes / _MEBIBYTE:.0f}"
        print(
            f"{figure.size:>12,}  {figure.what:<{width}} {figure.seconds:>9.3f}"
            f" {figure.least_seconds:>8.3f} {figure.most_seconds:>8.3f} {cpu:>8} {peak:>9}"
        )


def _figure(samples: Sequence[Sample]) -> Figure:
    seconds = [sample.seconds for sample in samples]
    peaks = [sample.peak_bytes for sample in samples if sample.peak_bytes is not None]
    cpu = [sample.cpu_seconds for sample in samples if sample.cpu_seconds is not None]
    return Figure(
        what=samples[0].what,
        size=samples[0].size,
        runs=len(samples),
        seconds=statistics.median(seconds),
        least_seconds=min(seconds),
        most_seconds=max(seconds),
        peak_bytes=round(statistics.median(peaks)) if peaks else None,
        cpu_seconds=statistics.median(cpu) if cpu else None,
    )


def _bytes(maximum_resident: int) -> int:
    """The unit of `ru_maxrss`: bytes on macOS, kibibytes elsewhere."""
    return maximum_resident if sys.platform == "darwin" else maximum_resident * _KIBIBYTE
