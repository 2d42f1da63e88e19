"""The commands: options in, stages called, results shown."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from keyproof import __version__, assessment, documents
from keyproof.cli import output, streams
from keyproof.cli.project import open_project
from keyproof.errors import UsageError
from keyproof.evidence import LATEST, open_folder, point_latest_at
from keyproof.facts.snapshot import load_snapshot

if TYPE_CHECKING:
    from keyproof.cli.project import Project
    from keyproof.documents import Json
    from keyproof.engine import Engine
    from keyproof.evidence import EvidenceFolder
    from reports.signing import PrivateKey

_CONFIG = click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="Configuration file. Without it: ./keyproof.toml, or the example company.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
_OPA = click.option(
    "--opa",
    metavar="URL",
    help="Evaluate on an OPA server that holds the policies, instead of in this process."
    " A bearer token is read from KEYPROOF_OPA_TOKEN.",
)
_FOLDER = click.argument(
    "folder", type=click.Path(path_type=Path), required=False, metavar="[FOLDER]"
)


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    invoke_without_command=True,
    subcommand_metavar="COMMAND [ARGS]...",
)
@click.version_option(__version__, prog_name="keyproof")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.pass_context
def cli(context: click.Context, *, debug: bool) -> None:
    """Prove how well an organisation manages its AI API keys (control SEC-004).

    Exit codes: 0 the target level is proven; 1 below the target, or a bundle that does
    not verify; 2 wrong usage, configuration or declaration; 3 evidence too incomplete to
    tell, or interrupted; 4 keyproof failed.
    """
    if debug:
        os.environ["KEYPROOF_DEBUG"] = "1"
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(UsageError.exit_code)


@cli.command()
@_CONFIG
@_OPA
@_JSON
def assess(*, config: Path | None, opa: str | None, as_json: bool) -> int:
    """Collect, evaluate, report and seal, in one go.

    Without a configuration it assesses the example company on emulated AWS, and never
    touches a real account.
    """
    project = open_project(config)
    key = project.signing_key()
    engine = _engine(opa)
    folder = _collect(project)
    results = _evaluate(project, folder, engine, opa)
    _report(project, folder, key)
    output.show_results(results, folder, as_json=as_json)
    return assessment.exit_code(results)


@cli.command()
@_CONFIG
def collect(*, config: Path | None) -> int:
    """Take a snapshot of every account and region, and stop there."""
    project = open_project(config)
    folder = _collect(project)
    point_latest_at(folder, project.configuration.evidence)
    output.show_coverage(documents.read(folder.coverage, "coverage"), folder)
    return 0


@cli.command()
@_FOLDER
@_CONFIG
@_OPA
@_JSON
def evaluate(*, folder: Path | None, config: Path | None, opa: str | None, as_json: bool) -> int:
    """Judge a snapshot by the declarations as they are now.

    FOLDER is an evidence folder; without it, the latest one. A report and bundle of
    earlier results are removed from it.
    """
    project = open_project(config)
    evidence = project.open_evidence(folder)
    results = _evaluate(project, evidence, _engine(opa), opa)
    output.show_results(results, evidence, as_json=as_json)
    return assessment.exit_code(results)


@cli.command()
@_FOLDER
@_CONFIG
def report(*, folder: Path | None, config: Path | None) -> int:
    """Render the report of an evaluated folder and seal the bundle.

    FOLDER is an evidence folder; without it, the latest one.
    """
    project = open_project(config)
    evidence = project.open_evidence(folder)
    _report(project, evidence, project.signing_key())
    output.show_paths(evidence)
    return 0


@cli.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option(
    "--key",
    "keys",
    type=click.Path(path_type=Path),
    multiple=True,
    required=True,
    help="Public key (PEM) that you trust; from the signer, not from the bundle. Repeatable.",
)
@click.option(
    "--replay",
    is_flag=True,
    help="Derive and evaluate anew from the bundle's own contents, and compare.",
)
@_JSON
def verify(*, bundle: Path, keys: tuple[Path, ...], replay: bool, as_json: bool) -> int:
    """Check a bundle: who signed it, that nothing was changed, and what it states."""
    from keyproof.cli.verify import verify_and_show  # noqa: PLC0415 - cryptography loads here

    verify_and_show(bundle, keys, replay=replay, as_json=as_json)
    return 0


@cli.command()
@_FOLDER
@_CONFIG
@_JSON
def inventory(*, folder: Path | None, config: Path | None, as_json: bool) -> int:
    """Print the control's table: what was declared of each key, and what was observed.

    FOLDER is an evidence folder; without it, the latest one.
    """
    evidence = open_folder(folder or open_project(config).configuration.evidence / LATEST)
    output.show_inventory(documents.read(evidence.facts, "facts"), as_json=as_json)
    return 0


@cli.command("who-can-read")
@click.argument("secret")
@_FOLDER
@click.option(
    "--explain",
    metavar="PRINCIPAL",
    help="Tell why this principal can or cannot read it: an ARN, a name, `root`, or an account.",
)
@_CONFIG
@_JSON
def who_can_read(
    *, secret: str, folder: Path | None, explain: str | None, config: Path | None, as_json: bool
) -> int:
    """Print everybody who can obtain a secret's value, and by which statements.

    SECRET is an ARN, a name, or the id of a credential. FOLDER is an evidence folder;
    without it, the latest one. It may be one that was collected and not yet evaluated.
    """
    from keyproof.cli import explanation, explanation_page, readers_page  # noqa: PLC0415
    from keyproof.cli.who_can_read import Inquiry, exit_code  # noqa: PLC0415 - IAM's evaluation

    project = open_project(config)
    snapshot = load_snapshot(project.open_evidence(folder).snapshot)
    inquiry = Inquiry(secret, snapshot, project.declarations)
    if explain is None:
        document, show = inquiry.readers_document(), readers_page.show_readers
    else:
        document = explanation.explanation_document(inquiry, explain)
        show = explanation_page.show_explanation
    if as_json:
        output.print_json(document)
    else:
        show(document)
    return exit_code(document)


@cli.command()
@click.argument(
    "paths", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="PATH..."
)
@click.option(
    "--rules",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Rules of your own, beside keyproof's: a YAML file, or a folder of them.",
)
@click.option("--no-cache", is_flag=True, help="Scan everything anew; read and keep no cache.")
@click.option("--sarif", "as_sarif", is_flag=True, help="Print SARIF 2.1.0 instead of text.")
@_JSON
def scan(
    *, paths: tuple[Path, ...], rules: Path | None, no_cache: bool, as_sarif: bool, as_json: bool
) -> int:
    """Find AI keys in git repositories: every branch, every commit, and the work tree.

    PATH is a repository's top folder, or a bare one. Nothing is sent anywhere, and no key is
    printed. Exit codes: 0 clean; 1 a key was found; 3 something could not be scanned.
    """
    from keyproof.cli.scan import exit_code, scan_paths  # noqa: PLC0415 - the engine loads here

    with output.scan_progress() as progress:
        found = scan_paths(paths, rules=rules, keep=not no_cache, progress=progress)
    if as_sarif:
        from keyproof.cli.sarif import sarif  # noqa: PLC0415

        output.print_json(sarif(found, ()))
    elif as_json:
        output.print_json(found)
    else:
        from keyproof.cli.scan_page import show_scan  # noqa: PLC0415

        show_scan(found)
    return exit_code(found)


@cli.command()
@click.argument("path", type=click.Path(path_type=Path), default="keyproof-key.pem")
@click.option(
    "--passphrase-env", metavar="NAME", help="Environment variable that holds a passphrase."
)
def keygen(*, path: Path, passphrase_env: str | None) -> int:
    """Make a signing key (ECDSA P-256) at PATH, with mode 0600, and its public half beside it."""
    from reports import signing  # noqa: PLC0415 - cryptography loads here

    passphrase = None
    if passphrase_env is not None:
        passphrase = signing.read_passphrase(passphrase_env, os.environ)
    public = signing.generate_key(path, passphrase=passphrase)
    streams.write(
        f"private key  {path}\n"
        f"public key   {public}\n"
        f"fingerprint  {signing.fingerprint(signing.load_public_key(public))}\n"
    )
    return 0


@cli.command("iam-policy")
def iam_policy() -> int:
    """Print the least IAM policy that collecting needs; it denies reading any value."""
    from collectors.aws.clients import iam_policy as policy  # noqa: PLC0415 - boto3 loads here

    output.print_json(policy())
    return 0


def _collect(project: Project) -> EvidenceFolder:
    with output.progress() as progress, project.estate() as configuration:
        return assessment.collect_stage(
            configuration,
            clock=project.clock,
            example=project.example,
            progress=progress,
            options=project.options,
        )


def _evaluate(project: Project, folder: EvidenceFolder, engine: Engine, opa: str | None) -> Json:
    options = project.options + ("" if opa is None else f" --opa {shlex.quote(opa)}")
    with folder.kept("evaluate", options), folder.exclusive():
        return assessment.evaluate_stage(
            folder, project.configuration, project.declarations, engine
        )


def _report(project: Project, folder: EvidenceFolder, key: PrivateKey) -> None:
    with folder.kept("report", project.options), folder.exclusive():
        project.keep_public_key(folder, key)
        assessment.report_stage(folder, key)
        point_latest_at(folder, project.configuration.evidence)


def _engine(opa: str | None) -> Engine:
    if opa is None:
        return assessment.shipped_engine()
    from keyproof.engine.server import server_engine  # noqa: PLC0415 - requests loads here

    return server_engine(opa, token=os.environ.get("KEYPROOF_OPA_TOKEN"))
