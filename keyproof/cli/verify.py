"""`keyproof verify`: the checks, one by one, and what the bundle states."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from keyproof import documents
from keyproof.assessment import derive_again
from keyproof.cli.output import print_json
from keyproof.cli.page import EXAMPLE
from keyproof.cli.streams import write
from keyproof.configuration import read_configuration
from keyproof.declarations.loader import read_declarations
from keyproof.engine.results import evaluate
from keyproof.engine.wasm import wasm_engine
from keyproof.errors import KeyproofError, VerificationError
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
_CONFIGURATION = "keyproof.toml"
_DECLARATIONS = "declarations/"
_REPLAYED = ("facts derived again: the same", "facts evaluated again: the same results")
_OTHER_POLICIES = "note: the bundle's policies are not those of this keyproof; read policies/ in it"
_NO_REPLAY = "note: --replay derives and evaluates again; without it the verdict is the signer's"


def verify_and_show(bundle: Path, keys: Sequence[Path], *, replay: bool, as_json: bool) -> None:
    """
    Run every check and say so; raises `VerificationError` at the first that fails.

    A replay derives the facts from the bundle's snapshot and declarations, evaluates
    them with the bundle's policies, and compares both with what was sealed.
    """
    trusted = [signing.load_public_key(key) for key in keys]
    try:
        verified = verify_bundle(bundle, trusted)
        if replay:
            _replay(verified)
    except VerificationError as error:
        if as_json:
            print_json({"verified": False, "error": str(error)})
        raise
    checks = [*verified.checks, *(_REPLAYED if replay else ())]
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
    name, _ = LEVELS[verified.level]
    lines = [
        *([click.style(EXAMPLE, fg="magenta", bold=True)] if verified.example else []),
        *(f"{click.style('✔', fg='green')} {check}" for check in checks),
        f"signed by     {verified.keyid}",
        f"organisation  {visible(verified.organisation)}",
        f"as of         {verified.as_of}",
        click.style(f"level proven  {verified.level} {name}", bold=True),
        *([] if own_policies else [click.style(_OTHER_POLICIES, fg="yellow")]),
        *([] if replay else [_NO_REPLAY]),
    ]
    write("".join(f"{line}\n" for line in lines))


def _replay(verified: Verification) -> None:
    """Derive and evaluate again; a bundle that this cannot be done with has not been replayed."""
    try:
        _replay_facts(verified)
        replay_results(verified, lambda policy, facts: evaluate(facts, wasm_engine(policy)))
    except VerificationError:
        raise
    except KeyproofError as error:
        raise VerificationError(f"the bundle cannot be replayed: {error}") from error


def _replay_facts(verified: Verification) -> None:
    files = verified.files
    if _CONFIGURATION not in files:
        raise VerificationError(f"the bundle cannot be replayed: {_CONFIGURATION} is missing")
    declared = {
        name.removeprefix(_DECLARATIONS): content
        for name, content in files.items()
        if name.startswith(_DECLARATIONS)
    }
    configuration = read_configuration(files[_CONFIGURATION], _CONFIGURATION)
    again = derive_again(files, configuration, read_declarations(declared))
    if again != files["facts.json"]:
        before, after = documents.decode(files["facts.json"], ""), documents.decode(again, "")
        differing = [name for name in sorted(after) if before.get(name) != after[name]]
        member = differing[0] if differing else "the spelling"
        raise VerificationError(
            f"facts.json: {member} is not what the bundle's snapshot and declarations give"
        )
