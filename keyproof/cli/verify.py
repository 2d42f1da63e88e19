"""`keyproof verify`: the checks, one by one, and what the bundle states."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from keyproof import documents
from keyproof.assessment import derive_again
from keyproof.cli.output import EXAMPLE, print_json
from keyproof.configuration import read_configuration
from keyproof.declarations.loader import read_declarations
from keyproof.engine.results import evaluate
from keyproof.engine.wasm import wasm_engine
from keyproof.errors import VerificationError
from keyproof.evidence import COMPILED_POLICY
from reports import signing
from reports.phrases import LEVELS
from reports.verification import replay as replay_results
from reports.verification import verify_bundle
from reports.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reports.verification import Verification

_POLICY = "policies/compiled/policy.wasm"


def verify_and_show(bundle: Path, keys: Sequence[Path], *, replay: bool, as_json: bool) -> None:
    """
    Run every check and say so; raises `VerificationError` at the first that fails.

    A replay derives the facts from the bundle's snapshot and declarations, evaluates
    them with the bundle's policies, and compares both with what was sealed.
    """
    verified = verify_bundle(bundle, [signing.load_public_key(key) for key in keys])
    checks = list(verified.checks)
    if replay:
        _replay_facts(verified)
        replay_results(verified, lambda policy, facts: evaluate(facts, wasm_engine(policy)))
        checks += ["facts derived again: the same", "facts evaluated again: the same results"]
    own_policies = verified.files[_POLICY] == COMPILED_POLICY.read_bytes()
    if as_json:
        print_json(
            {
                "verified": True,
                "checks": checks,
                "keyid": verified.keyid,
                "organisation": verified.organisation,
                "as_of": verified.as_of,
                "level": verified.level,
                "example": verified.example,
                "replayed": replay,
                "policies_of_this_keyproof": own_policies,
            }
        )
        return
    if verified.example:
        click.secho(EXAMPLE, fg="magenta", bold=True)
    for check in checks:
        click.echo(f"{click.style('✔', fg='green')} {check}")
    name, _ = LEVELS[verified.level]
    click.echo(f"signed by     {verified.keyid}")
    click.echo(f"organisation  {visible(verified.organisation)}")
    click.echo(f"as of         {verified.as_of}")
    click.secho(f"level proven  {verified.level} {name}", bold=True)
    if not own_policies:
        click.secho(
            "note: the bundle's policies are not those of this keyproof; read policies/ in it",
            fg="yellow",
        )
    if not replay:
        click.echo(
            "note: --replay derives and evaluates again; without it the verdict is the signer's"
        )


def _replay_facts(verified: Verification) -> None:
    files = verified.files
    prefix = "declarations/"
    declared = {
        name.removeprefix(prefix): content
        for name, content in files.items()
        if name.startswith(prefix)
    }
    configuration = read_configuration(files["keyproof.toml"], "keyproof.toml")
    again = derive_again(files, configuration, read_declarations(declared))
    if again != files["facts.json"]:
        before, after = documents.decode(files["facts.json"], ""), documents.decode(again, "")
        member = next(name for name in sorted(after) if before.get(name) != after[name])
        raise VerificationError(
            f"facts.json: {member} is not what the bundle's snapshot and declarations give"
        )
