"""From a snapshot to who can read its secrets: the whole document, with every way and path."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from benchmarks.access_estate import Sizes, snapshot
from benchmarks.access_extremes import EXTREMES
from benchmarks.measurement import Stopwatch, in_child, parser, show
from keyproof.facts.effective_access import effective_access
from keyproof.facts.snapshot import snapshot_from

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.measurement import Sample
    from keyproof.documents import Json

_SIZES = ("500x200", "1000x400", "2000x800", "5000x2000")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure each size in turn, as often as asked, and print the figures."""
    options = parser(__doc__)
    options.add_argument(
        "--sizes", nargs="+", default=_SIZES, metavar="PxS", help="principals x secrets"
    )
    options.add_argument(
        "--density", type=int, nargs="+", default=[15], help="secrets that a principal may read"
    )
    options.add_argument(
        "--extremes",
        nargs="+",
        default=(),
        choices=[*EXTREMES],
        help="measure these estates, of as many principals, instead of the usual one",
    )
    given = options.parse_args(arguments)
    samples: list[Sample] = []
    notes: dict[str, object] = {}
    for _ in range(given.repeat):
        for size in given.sizes:
            principals, secrets = map(int, size.split("x"))
            for name in given.extremes or given.density:
                sizes = Sizes(principals=principals, secrets=secrets)
                if name in EXTREMES:
                    what, (measured, found) = name, in_child(measure_extreme, name, principals)
                else:
                    what = f"{size}, {name} each"
                    measured, found = in_child(measure, replace(sizes, density=name))
                samples += measured
                notes[f"{what}, of {principals:,} principals"] = found
    show("Effective access", "principals", samples, notes=notes, as_json=given.json)


def measure(sizes: Sizes) -> tuple[list[Sample], str]:
    """Measure the usual estate, all steps in this process; and say what was found."""
    return _measure(snapshot(sizes), sizes.principals, f"{sizes.secrets}, {sizes.density} each: ")


def measure_extreme(name: str, principals: int) -> tuple[list[Sample], str]:
    """Measure an estate that is hard in a way of its own."""
    return _measure(EXTREMES[name](principals), principals, f"{name}: ")


def _measure(files: dict[str, bytes], principals: int, what: str) -> tuple[list[Sample], str]:
    stopwatch = Stopwatch(principals)
    seen = snapshot_from(files, "snapshot")
    samples = [stopwatch.lap(f"{what}read the snapshot")]
    document = effective_access(seen, None, None)
    samples.append(stopwatch.lap(f"{what}who can read what, and why"))
    return samples, _said(document, samples[-1].cpu_seconds or 0)


def _said(document: Json, seconds: float) -> str:
    """Readers by decision and their ways by kind, and what each reader of a secret cost."""
    readers = [reader for secret in document["secrets"].values() for reader in secret["readers"]]
    decisions = Counter(reader["decision"] for reader in readers)
    kinds = Counter(way["kind"] for reader in readers for way in reader["ways"])
    counts = [f"{name} {number:,}" for name, number in (*decisions.items(), *kinds.items())]
    each = f"{seconds / max(1, len(readers)) * 1e6:.0f} us of CPU each"
    return ", ".join((f"{len(readers):,} grants", each, *counts))


if __name__ == "__main__":
    main()
