"""From the files of a snapshot and an inventory to `facts.json`, step by step."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benchmarks.estate import Sizes, configuration, inventory, snapshot
from benchmarks.measurement import Sample, in_child, parser, peak_bytes, show
from keyproof import documents
from keyproof.configuration import read_configuration
from keyproof.declarations.loader import read_declarations
from keyproof.facts.derivation import derive_facts
from keyproof.facts.snapshot import snapshot_from

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure each size in turn, as often as asked, and print the figures."""
    options = parser(__doc__)
    options.add_argument(
        "--credentials", type=int, nargs="+", default=[1_000, 2_000, 5_000, 10_000]
    )
    options.add_argument("--recipients", type=int, default=20, help="of each alert")
    options.add_argument(
        "--metric-each",
        action="store_true",
        help="publish the spend of each credential, not of each provider and environment",
    )
    given = options.parse_args(arguments)
    samples = [
        sample
        for _ in range(given.repeat)
        for credentials in given.credentials
        for sample in in_child(
            measure,
            Sizes(
                credentials=credentials,
                recipients=given.recipients,
                metric_each=given.metric_each,
            ),
        )
    ]
    notes = {"recipients": given.recipients, "metric for each": given.metric_each}
    show("Derivation of the facts", "credentials", samples, notes=notes, as_json=given.json)


def measure(sizes: Sizes) -> list[Sample]:
    """Measure the steps, all in this process; the peak is of the files and all that follows."""
    files, declared = snapshot(sizes), {"inventory.yaml": inventory(sizes)}
    settings = read_configuration(configuration(), "keyproof.toml")
    marks = [time.perf_counter()]
    declarations = read_declarations(declared)
    marks.append(time.perf_counter())
    seen = snapshot_from(files, "snapshot")
    marks.append(time.perf_counter())
    facts = derive_facts(seen, declarations, settings)
    marks.append(time.perf_counter())
    documents.encode(facts)
    marks.append(time.perf_counter())
    steps = ("read the declarations", "read the snapshot", "derive the facts", "write the facts")
    samples = [
        Sample(what=step, size=sizes.credentials, seconds=after - before)
        for step, before, after in zip(steps, marks, marks[1:], strict=False)
    ]
    whole = Sample(
        what="all",
        size=sizes.credentials,
        seconds=marks[-1] - marks[0],
        peak_bytes=peak_bytes(),
    )
    return [*samples, whole]


if __name__ == "__main__":
    main()
