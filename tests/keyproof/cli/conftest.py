from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import pytest

from examples import AS_OF
from keyproof.assessment import collect_stage
from keyproof.cli import main
from keyproof.configuration import load_configuration
from reports import signing
from tests.collectors.emulator import Emulator, complete_moto
from tests.keyproof.cli import account
from tests.keyproof.cli.command import Outcome, run
from tests.keyproof.cli.estates import write_organisation
from tests.keyproof.flawless import flawless_estate, new_company

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Command = Callable[..., Outcome]
    Organisation = Callable[..., Path]

SIGNING = '\n[signing]\nkey = "keyproof-key.pem"\n'


@dataclass(frozen=True, kw_only=True)
class Assessed:
    """The working folder of an example run of the installed command, and what the run said."""

    folder: Path
    outcome: Outcome

    @property
    def evidence(self) -> Path:
        return self.folder / "evidence" / "latest"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No trace of the developer's own settings."""
    for name in os.environ:
        if name.startswith(("AWS_", "KEYPROOF_")):
            monkeypatch.delenv(name)


@pytest.fixture
def keyproof(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command in this process, from the outermost frame on."""

    def command(*arguments: str | Path) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["keyproof", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Outcome(code=ended.value.code, out=said.out, err=said.err)

    return command


@pytest.fixture(scope="session")
def assessed(tmp_path_factory: pytest.TempPathFactory) -> Assessed:
    """The example, assessed once for all the tests that only read it."""
    folder = tmp_path_factory.mktemp("example")
    return Assessed(folder=folder, outcome=run("assess", cwd=folder))


@pytest.fixture
def example(assessed: Assessed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the assessed example's evidence; its parent is the working folder."""
    shutil.copytree(assessed.folder / "evidence", tmp_path / "evidence", symlinks=True)
    monkeypatch.chdir(tmp_path)
    return (tmp_path / "evidence" / "latest").resolve()


@pytest.fixture(scope="session")
def collected_company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The flawless company as a real one: its own configuration, key and snapshot."""
    folder = tmp_path_factory.mktemp("company") / "company"
    company = new_company(folder)
    signing.generate_key(folder / "keyproof-key.pem")
    configuration = folder / "keyproof.toml"
    configuration.write_text(configuration.read_text() + SIGNING)
    with flawless_estate():
        collected = collect_stage(
            load_configuration(company.folder / "keyproof.toml"),
            clock=lambda: AS_OF,
            example=False,
            progress=lambda _: None,
        )
    (folder / "evidence" / "latest").symlink_to(collected.path.name)
    return folder


@pytest.fixture
def company(collected_company: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the collected company, which is the working folder."""
    folder = tmp_path / "company"
    shutil.copytree(collected_company, folder, symlinks=True)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def organisation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Organisation:
    """Write an organisation's folder, with an estate of the test's own, and work in it."""
    monkeypatch.chdir(tmp_path)
    return partial(write_organisation, tmp_path)


@pytest.fixture
def aws() -> Iterator[Emulator]:
    """A server with the organisation's account in it."""
    with pytest.MonkeyPatch.context() as patch:
        complete_moto(patch)
        with Emulator() as emulator:
            account.fill(emulator)
            yield emulator


@pytest.fixture
def environment(aws: Emulator) -> dict[str, str]:
    """Ordinary credentials, and the server in the place of AWS."""
    return {
        "AWS_ENDPOINT_URL": aws.url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


@pytest.fixture(scope="session")
def signing_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("key") / "keyproof-key.pem"
    signing.generate_key(path)
    return path


@pytest.fixture
def kestrel(tmp_path: Path, signing_key: Path) -> Path:
    """The organisation's working folder: configuration, declarations and key."""
    folder = tmp_path / "kestrel"
    account.declare(folder)
    for key in (signing_key, signing_key.with_name("keyproof-key.pub.pem")):
        shutil.copy2(key, folder)
    return folder
