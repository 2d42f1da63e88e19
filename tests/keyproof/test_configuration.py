from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.aws.accounts import AwsAccount
from keyproof.configuration import (
    DEFAULT_PARAMETERS,
    LARGEST,
    Configuration,
    load_configuration,
    looser_parameters,
    read_configuration,
)
from keyproof.errors import ConfigurationError

FAULTS = Path(__file__).with_name("configuration_faults.txt")
SMALLEST = """\
organisation = "Example Company"
[[aws.accounts]]
id = "111122223333"
regions = ["eu-central-1"]
"""
ENVIRONMENTS = st.sampled_from(sorted(DEFAULT_PARAMETERS["rotation_ceiling_days"]))


def load(folder: Path, content: str | bytes) -> Configuration:
    path = folder / "keyproof.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return load_configuration(path)


def faults_of(folder: Path, content: str | bytes) -> list[str]:
    with pytest.raises(ConfigurationError) as raised:
        load(folder, content)
    return str(raised.value).replace(f"{folder}/", "").split("\n")


def test_the_smallest_configuration_has_defaults_for_the_rest(tmp_path: Path) -> None:
    assert load(tmp_path, SMALLEST) == Configuration(
        organisation="Example Company",
        target_level=3,
        declarations=tmp_path / "declarations",
        evidence=tmp_path / "evidence",
        accounts=(AwsAccount(id="111122223333", regions=("eu-central-1",)),),
        parameters=DEFAULT_PARAMETERS,
        signing_key=None,
        signing_passphrase_env=None,
        content=SMALLEST.encode(),
    )


def test_everything_can_be_stated(tmp_path: Path) -> None:
    configuration = load(
        tmp_path,
        """
        organisation = "Example Company"
        target_level = 5
        declarations = "stated"
        evidence = "/var/evidence"
        parameters.rotation_ceiling_days = { production = 60, sandbox = 365 }
        signing = { key = "keys/key.pem", passphrase_env = "PASSPHRASE" }
        [[aws.accounts]]
        id = "111122223333"
        regions = ["eu-central-1", "us-east-1"]
        profile = "audit"
        role_arn = "arn:aws:iam::111122223333:role/audit/keyproof"
        external_id = "example"
        """,
    )

    assert configuration.target_level == 5
    assert configuration.declarations == tmp_path / "stated"
    assert str(configuration.evidence) == "/var/evidence"
    assert configuration.parameters["rotation_ceiling_days"] == {
        "production": 60,
        "staging": 90,
        "test": 30,
        "development": 30,
        "sandbox": 365,
    }
    assert configuration.signing_key == tmp_path / "keys" / "key.pem"
    assert configuration.signing_passphrase_env == "PASSPHRASE"
    assert configuration.accounts == (
        AwsAccount(
            id="111122223333",
            regions=("eu-central-1", "us-east-1"),
            profile="audit",
            role_arn="arn:aws:iam::111122223333:role/audit/keyproof",
            external_id="example",
        ),
    )


def test_the_caller_can_overrule_the_evidence_folder(tmp_path: Path) -> None:
    load(tmp_path, SMALLEST)
    elsewhere = tmp_path / "elsewhere"

    configuration = load_configuration(tmp_path / "keyproof.toml", evidence=elsewhere)

    assert configuration.evidence == elsewhere


def test_the_bytes_of_a_file_give_the_same_configuration(tmp_path: Path) -> None:
    loaded = load(tmp_path, SMALLEST)

    read = read_configuration(loaded.content, "keyproof.toml")

    assert (read.accounts, read.parameters, read.target_level, read.content) == (
        loaded.accounts,
        loaded.parameters,
        loaded.target_level,
        loaded.content,
    )


def _changes() -> list[tuple[str, str, list[str]]]:
    cases = []
    for case in FAULTS.read_text(encoding="utf-8").strip().split("\n\n")[1:]:
        change, *faults = case.split("\n→ ")
        before, _, after = change.partition("\n⇒ ")
        cases.append((before, after, faults))
    return cases


@pytest.mark.parametrize(("before", "after", "faults"), _changes())
def test_a_fault_says_what_was_expected(
    tmp_path: Path, before: str, after: str, faults: list[str]
) -> None:
    assert before in SMALLEST

    found = faults_of(tmp_path, SMALLEST.replace(before, after))

    assert sorted(found) == sorted(f"keyproof.toml: {fault}" for fault in faults)


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    second = SMALLEST[SMALLEST.index("[[") :]
    content = SMALLEST.replace("eu-central-1", "eu-cental-1") + second + "profil = 'a'\n"

    unknown, taken, region = faults_of(tmp_path, content)

    assert unknown == "keyproof.toml: aws.accounts[1].profil: unknown field: did you mean profile?"
    assert taken == (
        'keyproof.toml: aws.accounts[1].id: "111122223333" is taken by aws.accounts[0]'
    )
    assert region.startswith("keyproof.toml: aws.accounts[0].regions[0]: 'eu-cental-1' is no AWS")


@pytest.mark.parametrize(
    "field",
    ["aws_secret_access_key", "aws_access_key_id", "session_token", "api_key", "Password"],
)
def test_a_credential_s_field_is_refused_pointedly_and_once(tmp_path: Path, field: str) -> None:
    (fault,) = faults_of(tmp_path, SMALLEST + f'{field} = "never shown"\n')

    assert fault.startswith(
        f"keyproof.toml: aws.accounts[0].{field}: credentials never stand in this file: "
    )
    assert "never shown" not in fault


def test_a_passphrase_is_refused_where_its_variable_belongs(tmp_path: Path) -> None:
    (fault,) = faults_of(
        tmp_path, SMALLEST + '[signing]\nkey = "key.pem"\npassphrase = "never shown"\n'
    )

    assert fault.startswith("keyproof.toml: signing.passphrase: credentials never stand in this")


def test_a_key_of_a_provider_is_refused_with_its_line(tmp_path: Path) -> None:
    key = f"sk-ant-api03-{'a' * 60}"

    (fault,) = faults_of(tmp_path, SMALLEST + f'profile = "{key}"\n')

    assert fault.startswith("keyproof.toml:5: what looks like a key of anthropic: take it out")
    assert key not in fault


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("", "missing field organisation: expected text"),
        ("a = \n", ":1: is not TOML: Invalid value"),
        ("a = 1\nb\n", ":2: is not TOML: Expected '=' after a key in a key/value pair"),
        ("a = 1\na = 2\n", ": is not TOML: Cannot overwrite a value"),
        (b"\xef\xbb\xbfa = 1\n", ":1: starts with a byte order mark"),
        ("a = 'é'\n".encode("latin-1"), ":1: byte 0xe9 is not UTF-8"),
        ("a = " + "[" * 5_000, ": holds values within values without end"),
        ("a" + ".a" * 3_000 + " = 1\n", ": a: holds values within values without end"),
        ("a = " + "9" * 5_000, ": is not TOML: "),
        ("a = 0x" + "f" * 5_000, ": a: is too large a number"),
        ("target_level = nan\n", "target_level: is not stated"),
        (b"#" * (LARGEST + 1), ": has more than 1 MiB"),
    ],
)
def test_unusable_content_is_one_clear_message(
    tmp_path: Path, content: str | bytes, fault: str
) -> None:
    faults = faults_of(tmp_path, content)

    assert any(fault in line for line in faults)
    assert all(line.startswith("keyproof.toml:") and len(line) < 300 for line in faults)


def test_a_missing_file_and_a_folder_in_its_place(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"keyproof\.toml: is missing: write it with"):
        load_configuration(tmp_path / "keyproof.toml")
    with pytest.raises(ConfigurationError, match="is a folder: put a file in its place"):
        load_configuration(tmp_path)


def test_default_parameters_are_not_looser_than_themselves() -> None:
    assert looser_parameters(DEFAULT_PARAMETERS) == []


def test_a_looser_parameter_is_named_beside_its_default() -> None:
    ceilings = {**DEFAULT_PARAMETERS["rotation_ceiling_days"], "production": 365, "test": 7}

    assert looser_parameters({"rotation_ceiling_days": ceilings}) == [
        {"parameter": "rotation_ceiling_days.production", "configured": 365, "default": 90}
    ]


@settings(deadline=None)
@given(st.dictionaries(ENVIRONMENTS, st.integers(1, 36_500)))
def test_exactly_the_ceilings_above_their_default_are_looser(days: dict[str, int]) -> None:
    defaults = DEFAULT_PARAMETERS["rotation_ceiling_days"]

    looser = looser_parameters({"rotation_ceiling_days": {**defaults, **days}})

    assert {item["parameter"].split(".")[1] for item in looser} == {
        name for name, value in days.items() if value > defaults[name]
    }


@settings(deadline=None)
@given(content=st.text(max_size=100).map(str.encode) | st.binary(max_size=100))
def test_any_content_gives_a_configuration_error(content: bytes) -> None:
    with pytest.raises(ConfigurationError):
        read_configuration(content, "keyproof.toml")
