"""
The pipeline: collect, evaluate, report, seal. Each stage reads one document and writes the next.

    declarations ┐
    collectors → snapshot ┴→ facts → policies → results → report → signed bundle
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from collectors.evidence import INFRASTRUCTURE_CODE, TOOL, Snapshot, coverage_entry
from collectors.redaction import find_keys
from keyproof import documents
from keyproof.clock import text
from keyproof.engine.results import evaluate
from keyproof.errors import ConfigurationError, DocumentError
from keyproof.evidence import COMPILED_POLICY, new_folder
from keyproof.facts.derivation import derive_facts
from keyproof.facts.snapshot import load_snapshot, snapshot_from

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from collectors.aws.collection import Progress
    from keyproof.clock import Clock
    from keyproof.configuration import Configuration, InfrastructureFolder, SourceRepository
    from keyproof.declarations.records import Declarations
    from keyproof.documents import Json
    from keyproof.engine import Engine
    from keyproof.evidence import EvidenceFolder
    from keyproof.facts.snapshot import Snapshot as Collected
    from reports.signing import PrivateKey

BELOW_TARGET = 1
CHECKOV_SECONDS = 600
"""How long checkov may take for one folder."""
INCOMPLETE = 3


def collect_stage(
    configuration: Configuration,
    *,
    clock: Clock,
    example: bool,
    progress: Callable[[Progress], None],
    options: str = "",
) -> EvidenceFolder:
    """
    Collect from every account and region into a new evidence folder.

    What was seen before an interruption or a full disk stays in the folder. `options` are
    those of the command line that going on from there needs.
    """
    from collectors.aws.collection import collect  # noqa: PLC0415 - boto3 takes long to import

    as_of = clock()
    folder = new_folder(configuration.evidence, as_of)
    with folder.kept("evaluate", options):
        collect(
            configuration.accounts,
            folder.snapshot,
            as_of=as_of,
            clock=clock,
            organisation=configuration.organisation,
            example=example,
            progress=progress,
        )
        _collect_subjects(configuration, folder, clock=clock, example=example)
    return folder


def _collect_subjects(
    configuration: Configuration, folder: EvidenceFolder, *, clock: Clock, example: bool
) -> None:
    """Scan what lies outside of AWS, and add it to the coverage once it is whole."""
    tool = f"{TOOL} (EXAMPLE)" if example else TOOL
    coverage = documents.read(folder.coverage, "coverage")
    for snapshot in chain(
        _scanned(configuration.repositories, clock, keep=not example),
        _checked(configuration.infrastructure, clock),
    ):
        document = snapshot.document(tool=tool, example=example)
        content = documents.write(folder.snapshot / snapshot.file_name, "snapshot", document)
        entry = coverage_entry(document, file=snapshot.file_name, content=content)
        coverage["snapshots"] = sorted(
            [*coverage["snapshots"], entry], key=lambda each: str(each["file"])
        )
        coverage["finished"] = text(clock())
        documents.write(folder.coverage, "coverage", coverage)


def _scanned(
    repositories: Sequence[SourceRepository], clock: Clock, *, keep: bool
) -> Iterator[Snapshot]:
    if repositories:
        from collectors.repositories.collection import (  # noqa: PLC0415 - the engine loads here
            new_scanner,
            scan_named,
        )

        scanner = new_scanner(keep=keep)
        for each in repositories:
            snapshot, _ = scan_named(
                each.name,
                each.path,
                scanner,
                clock=clock,
                work_tree=False,
                reports=each.reports,
            )
            yield snapshot


def _checked(folders: Sequence[InfrastructureFolder], clock: Clock) -> Iterator[Snapshot]:
    for each in folders:
        from collectors.infrastructure.collection import (  # noqa: PLC0415 - parsers load here
            collect_infrastructure,
        )

        started = clock()
        records, gaps = collect_infrastructure(
            each.path,
            checkov=each.checkov,
            imported=each.report,
            timeout=CHECKOV_SECONDS,
            name=each.name,
        )
        yield Snapshot.of_subject(
            INFRASTRUCTURE_CODE,
            each.name,
            started=started,
            finished=clock(),
            records=records,
            gaps=gaps,
        )


def evaluate_stage(
    folder: EvidenceFolder,
    configuration: Configuration,
    declarations: Declarations,
    engine: Engine,
) -> Json:
    """Derive the facts of a collected folder and judge them; gives the results."""
    snapshot = load_snapshot(folder.snapshot)
    _require_same_scope(snapshot, configuration)
    facts = documents.encode(derive_facts(snapshot, declarations, configuration))
    results = evaluate(facts, engine)
    folder.keep_evaluation(
        declarations=declarations.files,
        configuration=configuration.content,
        facts=facts,
        results=results,
    )
    return documents.decode(results, "results.json")


def report_stage(folder: EvidenceFolder, key: PrivateKey) -> None:
    """Render the report of an evaluated folder, and seal the bundle."""
    from reports.bundle import build_bundle  # noqa: PLC0415 - only what this stage needs
    from reports.html import render_html  # noqa: PLC0415

    html = render_html(
        facts=documents.read(folder.facts, "facts"),
        results=documents.read(folder.results, "results"),
        coverage=documents.read(folder.coverage, "coverage"),
    )
    documents.write_whole(folder.report, html)
    bundle = build_bundle(folder.contents(), key=key, find_keys=find_keys)
    documents.write_whole(folder.bundle, bundle)


def derive_again(
    files: Mapping[str, bytes], configuration: Configuration, declared: Declarations
) -> bytes:
    """The bytes of `facts.json` derived anew from a bundle's snapshot and declarations."""
    prefix = "snapshot/"
    snapshot = snapshot_from(
        {name.removeprefix(prefix): files[name] for name in files if name.startswith(prefix)},
        "snapshot",
    )
    return documents.encode(derive_facts(snapshot, declared, configuration))


def shipped_engine() -> Engine:
    """The engine of the policies that come with keyproof."""
    from keyproof.engine.wasm import wasm_engine  # noqa: PLC0415 - loads the WASM runtime

    try:
        policy = COMPILED_POLICY.read_bytes()
    except OSError as error:
        raise DocumentError(f"{COMPILED_POLICY}: cannot be read: {error.strerror}") from error
    return wasm_engine(policy)


def exit_code(results: Json) -> int:
    """0 target proven; 1 out of reach even if every unknown turned out well; 3 cannot be told."""
    level = results["level"]
    if level["proven"] >= level["target"]:
        return 0
    return BELOW_TARGET if level["possible"] < level["target"] else INCOMPLETE


def _require_same_scope(snapshot: Collected, configuration: Configuration) -> None:
    """A snapshot of fewer accounts or regions than configured would prove less than it seems to."""
    collected = {
        (account["id"], region)
        for account in snapshot.coverage["accounts"]
        for region in account["regions"]
    }
    configured = {
        (account.id, region) for account in configuration.accounts for region in account.regions
    }
    if snapshot.coverage["organisation"] != configuration.organisation:
        raise ConfigurationError(
            f"the snapshot is of {snapshot.coverage['organisation']!r}, the configuration of"
            f" {configuration.organisation!r}; name the configuration that it was collected with"
        )
    if collected != configured:
        account, region = min(collected ^ configured)
        raise ConfigurationError(
            f"account {account}, region {region} is in the snapshot or in the configuration but not"
            " in both; collect again, or name the configuration that it was collected with"
        )
