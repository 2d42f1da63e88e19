"""The flawless estate, assessed whole or changed in one place."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from examples import AS_OF, repository
from examples.emulator import emulated_aws
from examples.estate import build_estate
from keyproof.assessment import collect_stage, evaluate_stage, shipped_engine
from keyproof.cli.project import EXAMPLE
from keyproof.configuration import load_configuration
from keyproof.declarations import load_declarations
from keyproof.engine.results import evaluate
from keyproof.engine.server import server_engine
from keyproof.evidence import EvidenceFolder
from tests.keyproof.opa_server import opa_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from keyproof.documents import Json

Edit = tuple[str, str]
"""A text of a declaration and what stands in its place."""


@dataclass(frozen=True, kw_only=True)
class Company:
    """A copy of the example company's files in a folder of its own."""

    folder: Path

    def collect(self) -> Path:
        """Take a snapshot of the emulated account as it is now; gives the evidence folder."""
        configuration = load_configuration(self.folder / "keyproof.toml")
        return collect_stage(
            configuration, clock=lambda: AS_OF, example=True, progress=lambda _: None
        ).path

    def evaluate(self, evidence: Path) -> Json:
        """
        Judge a snapshot by the declarations as they are now.

        Both engines do, and must give the same bytes.
        """
        configuration = load_configuration(self.folder / "keyproof.toml")
        folder = EvidenceFolder(path=evidence)
        results = evaluate_stage(
            folder, configuration, load_declarations(configuration.declarations), _ENGINE
        )
        server = server_engine(opa_server())
        assert evaluate(folder.facts.read_bytes(), server) == folder.results.read_bytes()
        return results

    def edit(self, name: str, *edits: Edit) -> None:
        """Change a declaration or the configuration; each edit must hit, once."""
        path = self.folder / name
        text = path.read_text()
        for old, new in edits:
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
            text = text.replace(old, new)
        path.write_text(text)


_ENGINE = shipped_engine()


def new_company(folder: Path) -> Company:
    """
    Copy the example company's files, and make its repository.

    The waiver and the infrastructure code are of the flawed example and stay behind.
    """
    shutil.copytree(EXAMPLE.parent, folder)
    (folder / "declarations" / "waivers.yaml").unlink()
    repository.build_repository(folder / "support-assistant", repository.commits(flawed=False))
    company = Company(folder=folder)
    company.edit(
        "keyproof.toml",
        # Nothing above level 3 can be proven yet, and so nothing here depends on luck.
        ("target_level = 3", "target_level = 4"),
        ('\n[[infrastructure]]\npath = "infrastructure"\nreport = "checkov.json"\n', ""),
    )
    return company


@contextmanager
def flawless_estate() -> Iterator[None]:
    """The flawless AWS account, to be changed inside."""
    with emulated_aws():
        build_estate()
        yield


def verdicts(results: Json) -> dict[str, str]:
    """The verdict of each criterion."""
    return {slug: result["verdict"] for slug, result in results["criteria"].items()}


def difference(before: dict[str, str], after: dict[str, str]) -> dict[str, str]:
    """The criteria whose verdict is another, with the new one."""
    return {slug: verdict for slug, verdict in after.items() if before[slug] != verdict}
