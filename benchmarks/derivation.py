"""From the files of a snapshot and an inventory to `facts.json`, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.estate import Sizes, configuration, inventory, snapshot
from benchmarks.measurement import Stopwatch, in_child, parser, show
from keyproof import documents
from keyproof.configuration import read_configuration
from keyproof.declarations.loader import read_declarations
from keyproof.facts.derivation import derive_facts
from keyproof.facts.snapshot import snapshot_from

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.measurement import Sample


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
    """Measure the steps, all in this process; a peak is of the files and all up to that step."""
    files, declared = snapshot(sizes), {"inventory.yaml": inventory(sizes)}
    settings = read_configuration(configuration(), "keyproof.toml")
    stopwatch = Stopwatch(sizes.credentials)
    declarations = read_declarations(declared)
    samples = [stopwatch.lap("read the declarations")]
    seen = snapshot_from(files, "snapshot")
    samples.append(stopwatch.lap("read the snapshot"))
    facts = derive_facts(seen, declarations, settings)
    samples.append(stopwatch.lap("derive the facts"))
    documents.encode(facts)
    return [*samples, stopwatch.lap("write the facts"), stopwatch.whole("all")]


if __name__ == "__main__":
    main()
