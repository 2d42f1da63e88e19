"""What a command works on: the organisation of a `keyproof.toml`, or the example company."""

from __future__ import annotations

import os
import shlex
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from examples import AS_OF
from keyproof import documents
from keyproof.clock import system_clock
from keyproof.configuration import load_configuration
from keyproof.declarations import load_declarations
from keyproof.errors import ConfigurationError
from keyproof.evidence import LATEST, open_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from keyproof.clock import Clock
    from keyproof.configuration import Configuration
    from keyproof.declarations.records import Declarations
    from keyproof.evidence import EvidenceFolder
    from reports.signing import PrivateKey

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "company" / "keyproof.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """
    Configuration and declarations, and whether they are the example's.

    `options` name the configuration file on a command line, where the user had to.
    """

    configuration: Configuration
    declarations: Declarations
    example: bool
    clock: Clock
    options: str = ""

    def estate(self) -> AbstractContextManager[Configuration]:
        """
        The estate to collect from, and the configuration that names it.

        That is the organisation's own; the example's is made inside: its AWS account on the
        emulator, so that no call leaves the process, and its repository in a folder that goes
        again.
        """
        if self.example:
            return _emulated_company(self.configuration)
        return nullcontext(self.configuration)

    def open_evidence(self, path: Path | None) -> EvidenceFolder:
        """
        Open an evidence folder of this project, the latest one where none is named.

        Raises `ConfigurationError` for the example's folder where a configuration is in
        force, and the reverse: neither is judged or signed for the other.
        """
        folder = open_folder(path or self.configuration.evidence / LATEST)
        coverage = documents.read(folder.coverage, "coverage")
        if coverage["example"] and not self.example:
            raise ConfigurationError(
                f"{folder.path}: is of the example company; run `keyproof collect`, or name"
                " a folder of your own"
            )
        if self.example and not coverage["example"]:
            raise ConfigurationError(
                f"{folder.path}: is of {coverage['organisation']!r}, and there is no"
                " keyproof.toml here; name with --config the one that it was collected with"
            )
        return folder

    def signing_key(self) -> PrivateKey:
        """
        The key to seal with: the configured one, or for the example one made on the spot.

        Raises `ConfigurationError` where none is configured, before anything is collected.
        """
        from reports import signing  # noqa: PLC0415 - cryptography loads here

        if self.example:
            return signing.ephemeral_key()
        path = self.configuration.signing_key
        if path is None:
            raise ConfigurationError(
                "keyproof.toml: signing.key: is not set, and a bundle must be signed; make a key"
                ' with `keyproof keygen` and set key = "keyproof-key.pem" under [signing]'
            )
        variable = self.configuration.signing_passphrase_env
        passphrase = None if variable is None else signing.read_passphrase(variable, os.environ)
        return signing.load_private_key(path, passphrase=passphrase)

    def keep_public_key(self, folder: EvidenceFolder, key: PrivateKey) -> None:
        """Put the public half beside an example's bundle; nobody else has it."""
        from reports import signing  # noqa: PLC0415

        if self.example:
            documents.write_whole(folder.example_key, signing.public_pem(key.public_key()))


def open_project(config: Path | None) -> Project:
    """
    Load what a command works on.

    Without a configuration file that is the example, whatever credentials there are.
    """
    path = config or Path("keyproof.toml")
    if config is None and not os.path.lexists(path):  # a broken link is no absence
        return _example()
    configuration = load_configuration(path)
    return Project(
        configuration=configuration,
        declarations=load_declarations(configuration.declarations),
        example=False,
        clock=system_clock,
        options="" if config is None else f" --config {shlex.quote(str(config))}",
    )


def _example() -> Project:
    configuration = load_configuration(EXAMPLE, evidence=Path("evidence"))
    return Project(
        configuration=configuration,
        declarations=load_declarations(configuration.declarations),
        example=True,
        clock=lambda: AS_OF,
    )


@contextmanager
def _emulated_company(configuration: Configuration) -> Iterator[Configuration]:
    try:
        from examples import repository  # noqa: PLC0415
        from examples.emulator import emulated_aws  # noqa: PLC0415 - moto takes long to import
        from examples.estate import build_estate  # noqa: PLC0415
        from examples.flaws import add_flaws  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"there is no keyproof.toml here, and the example needs {error.name}, which is not"
            " installed; write a keyproof.toml, or install keyproof[example]"
        ) from error
    with TemporaryDirectory() as folder, emulated_aws():
        build_estate()
        add_flaws()
        (only,) = configuration.repositories
        path = Path(folder, only.name)
        repository.build_repository(path, repository.commits(flawed=True))
        yield replace(configuration, repositories=(replace(only, path=path),))
