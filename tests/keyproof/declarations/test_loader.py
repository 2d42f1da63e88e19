from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keyproof.declarations import load_declarations, read_declarations
from keyproof.errors import DeclarationError
from tests.keyproof.declarations.folders import INVENTORY, credential_faults, faults_of, load

ENTRY_FAULTS = Path(__file__).with_name("entry_faults.txt")
EXAMPLE = Path(__file__).parents[3] / "examples" / "company" / "declarations"
FIELDS = st.sampled_from(
    [
        "id: a", "id:", "provider: openai", "provider: tbd", "owner: {person: Ada}", "owner: []",
        "rotation: {days: 90}", "rotation: {schedule: rate(1 day)}", "rotation: {schedule: 1}",
        "storage: {secret: a}", "storage: {secret: 'arn:x'}", "storage: {elsewhere: ~}",
        "spend_alert: {threshold_usd_per_day: 1}", "spend_alert: {alerts: [{alarm: 7}]}",
        "spend_alert: {threshold_usd_per_day: 1, alerts: [3, {budget: b}]}", "services: [1, a]",
    ]
)  # fmt: skip
YAML_LIKE = st.text(max_size=80) | st.lists(
    st.lists(FIELDS, min_size=1, max_size=5), max_size=4
).map(
    lambda entries: (
        "schema: keyproof/inventory/1\ncredentials:\n"
        + "".join("  - " + "\n    ".join(entry) + "\n" for entry in entries)
    )
)
DAYS = "a whole number from 1 to 1000"
NAME = "a name in lower case such as openai-production"
INSTANT = "an instant with a time zone, such as 2027-01-31T00:00:00Z"
OPENAI_KEY = f"sk-proj-{'a' * 40}T3BlbkFJ{'b' * 40}"
WAIVER = (
    "schema: keyproof/waivers/1\nwaivers:\n  - id: W-1\n    criterion: rotated_on_schedule\n"
    "    resource: openai-production\n    reason: moves\n    approver: Ines Okafor\n"
    "    expires: 2027-01-31T00:00:00Z\n"
)


def test_the_example_company_s_declarations_load() -> None:
    declarations = load_declarations(EXAMPLE)

    assert len(declarations.inventory.credentials) == 4


def test_an_inventory_alone_is_enough_and_what_is_missing_shows(tmp_path: Path) -> None:
    declarations = load(tmp_path)

    assert declarations.missing == ("access.yaml", "waivers.yaml")
    assert declarations.access is None
    assert declarations.waivers == ()
    assert declarations.files == {"inventory.yaml": INVENTORY.encode()}


def test_the_bytes_of_files_give_the_same_declarations(tmp_path: Path) -> None:
    declarations = load(tmp_path, waivers=WAIVER)

    assert read_declarations(declarations.files) == declarations


def test_bytes_without_an_inventory_or_under_another_name_are_refused() -> None:
    with pytest.raises(DeclarationError) as raised:
        read_declarations({"inventry.yaml": INVENTORY.encode(), "notes.txt": b""})

    missing, unknown = raised.value.faults
    assert missing.startswith("declarations/inventory.yaml: is missing: write it with at least ")
    assert (
        unknown == 'declarations: "inventry.yaml" is no declaration: did you mean inventory.yaml?'
    )


def test_all_faults_of_all_files_come_at_once_in_the_order_of_lines(tmp_path: Path) -> None:
    inventory = (
        "schema: keyproof/inventory/2\n"
        "credentials:\n"
        "  - id: openai-production\n"
        "    rotation:\n"
        '      days: "90"\n'
        "    rotation: {days: 30}\n"
        "    enviroment: production\n"
        "  - environment: production\n"
    )
    waivers = WAIVER.replace("T00:00:00Z", "").replace("rotated_on", "rotate_on")

    criterion = 'no criterion "rotate_on_schedule": did you mean rotated_on_schedule?'
    expires = f'expected {INSTANT}, found the date "2027-01-31" without a time'
    assert faults_of(tmp_path, inventory, waivers=waivers) == [
        'inventory.yaml:1: schema: expected keyproof/inventory/1, found "keyproof/inventory/2"',
        f'inventory.yaml:5: credentials[0].rotation.days: expected {DAYS}, found "90"',
        'inventory.yaml:6: the key "rotation" is there already, on line 4',
        "inventory.yaml:7: credentials[0].enviroment: unknown field: did you mean environment?",
        f"inventory.yaml:8: credentials[1]: missing field id: expected {NAME}",
        f"waivers.yaml:4: waivers[0].criterion: {criterion}",
        f"waivers.yaml:8: waivers[0].expires: {expires}",
    ]


def _entry_faults() -> list[tuple[str, list[str]]]:
    cases = ENTRY_FAULTS.read_text(encoding="utf-8").strip().split("\n\n")[1:]
    parted = [case.partition("\n→ ") for case in cases]
    return [(fields, faults.split("\n→ ")) for fields, _, faults in parted]


@pytest.mark.parametrize(("fields", "faults"), _entry_faults())
def test_a_fault_of_an_entry_says_what_was_expected(
    tmp_path: Path, fields: str, faults: list[str]
) -> None:
    assert credential_faults(tmp_path, fields) == [f"inventory.yaml:{fault}" for fault in faults]


def test_two_entries_with_one_id_are_a_fault_with_both_lines(tmp_path: Path) -> None:
    inventory = INVENTORY + "  - id: other\n  - id: openai-production\n"

    (fault,) = faults_of(tmp_path, inventory)

    taken = '"openai-production" is taken by credentials[0] (line 3)'
    assert fault == f"inventory.yaml:5: credentials[2].id: {taken}"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "1: is empty: write at least "),
        (b"# nothing but a comment\n", "1: is empty: write at least "),
        (b"---\n...\n", "1: is empty: write at least "),
        (b"- a\n", "1: expected a mapping, found a list"),
        (b"tbd\n", "1: is empty: write at least "),
        (b"schema: keyproof/inventory/1\n", "1: missing field credentials: expected a list"),
        (
            b"schema: keyproof/inventory/1\ncredentials: []\n",
            "2: credentials: expected at least 1 entry, found none",
        ),
        (b"credentials: [{id: a}]\n", "1: missing field schema: expected keyproof/inventory/1"),
        (INVENTORY.encode("utf-16"), "1: is UTF-16: save it as UTF-8"),
        (INVENTORY.encode("utf-8-sig"), "1: starts with a byte order mark: save it as UTF-8 "),
        (INVENTORY.encode() + b"# caf\xe9\n", "4: byte 0xe9 is not UTF-8: save the file as UTF-8"),
    ],
)
def test_a_file_without_usable_content_is_refused(
    tmp_path: Path, content: bytes, fault: str
) -> None:
    (only,) = faults_of(tmp_path, content)

    assert only.startswith(f"inventory.yaml:{fault}")


def test_a_key_in_a_file_is_refused_with_its_line_and_never_shown(tmp_path: Path) -> None:
    inventory = INVENTORY + f"    environment: {OPENAI_KEY}\n    {OPENAI_KEY}: a\n"

    faults = faults_of(tmp_path, inventory)

    found = "what looks like a key of openai: take it out, replace it at the provider, and keep"
    assert f"inventory.yaml:4: {found} the new one in Secrets Manager" in faults
    assert f"inventory.yaml:5: {found} the new one in Secrets Manager" in faults
    assert len(faults) == 4
    assert OPENAI_KEY[:12] not in "\n".join(faults)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("inventory.yml", "did you mean inventory.yaml?"),
        ("acess.yaml", "did you mean access.yaml?"),
        ("zebra-list.yaml", "known are access.yaml, inventory.yaml, waivers.yaml"),
    ],
)
def test_a_file_that_is_no_declaration_is_a_fault(tmp_path: Path, name: str, hint: str) -> None:
    (tmp_path / name).touch()

    (fault,) = faults_of(tmp_path)

    assert fault == f'{tmp_path}: "{name}" is no declaration: {hint}'


def test_hidden_files_and_other_kinds_are_left_alone(tmp_path: Path) -> None:
    for name in (".inventory.yaml.swp", ".draft.yaml", "README.md"):
        (tmp_path / name).touch()

    assert load(tmp_path).missing == ("access.yaml", "waivers.yaml")


def _refusal(folder: Path) -> str:
    with pytest.raises(DeclarationError) as raised:
        load_declarations(folder)
    (fault,) = raised.value.faults
    return fault


def test_a_missing_inventory_says_where_it_goes_and_what_it_holds(tmp_path: Path) -> None:
    assert _refusal(tmp_path) == (
        f"{tmp_path}/inventory.yaml: is missing: write it with at least "
        "`schema: keyproof/inventory/1` and `credentials: [{id: openai-production}]`"
    )


def test_a_missing_folder_a_file_and_a_folder_that_cannot_be_listed(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    loop = tmp_path / "loop"
    loop.symlink_to(loop)

    missing, file = tmp_path / "none", tmp_path / "file"
    assert (
        _refusal(missing)
        == f"{missing}: is missing: make this folder and write inventory.yaml in it"
    )
    assert _refusal(file) == f"{file}: is a file: name the folder that holds inventory.yaml"
    assert _refusal(loop).startswith(f"{loop}: cannot be listed: ")


def test_an_inventory_that_is_a_folder_is_refused_beside_the_other_files_faults(
    tmp_path: Path,
) -> None:
    (tmp_path / "inventory.yaml").mkdir()
    (tmp_path / "waivers.yaml").write_text("schema: keyproof/waivers/1\n")

    with pytest.raises(DeclarationError) as raised:
        load_declarations(tmp_path)

    assert raised.value.faults == (
        f"{tmp_path}/inventory.yaml: is a folder: put a file in its place",
        f"{tmp_path}/waivers.yaml:1: missing field waivers: expected a list",
    )


@pytest.mark.parametrize(
    ("waiver", "fault"),
    [
        (WAIVER.replace("moves", "tbd"), "6: waivers[0].reason: is not stated (nothing there, or"),
        (WAIVER.replace("Ines Okafor", "5"), "7: waivers[0].approver: expected a person's name, f"),
        (WAIVER.replace("Ines Okafor", "{team: x}"), "7: waivers[0].approver"),
        (WAIVER.replace("00:00Z", "00:00"), f"8: waivers[0].expires: expected {INSTANT}, found"),
        (WAIVER.replace("T00:00:00Z", "t00:00:00z"), f"8: waivers[0].expires: expected {INSTANT}"),
        (WAIVER.replace("2027-01-31T", "2027-02-30T"), "8: waivers[0].expires: expected"),
        (
            WAIVER.replace("2027-01-31T00:00:00Z", "0001-01-01T00:00:00+23:59"),
            "8: waivers[0].expires: expected",
        ),
        (
            WAIVER.replace("    resource: openai-production\n", ""),
            "3: waivers[0]: missing field re",
        ),
    ],
)
def test_a_waiver_states_a_reason_a_person_and_an_instant(
    tmp_path: Path, waiver: str, fault: str
) -> None:
    faults = faults_of(tmp_path, waivers=waiver)

    assert faults[0].startswith(f"waivers.yaml:{fault}")


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        (
            "principals: ['*'], environments: [test]",
            "principals[0]: expected the ARN of a principal",
        ),
        (
            "principals: [], environments: [test]",
            "principals: expected at least 1 entry, found none",
        ),
        (
            "principals: ['arn:aws:iam::111122223333:root']",
            "expected exactly one of environments, r",
        ),
        ("environments: [test]", "missing field principals: expected a list"),
        (
            "principals: ['arn:aws:iam::111122223333:root'], resources: ['*']",
            "resources[0]: expected",
        ),
    ],
)
def test_an_access_class_names_principals_and_what_they_may_read(
    tmp_path: Path, fields: str, fault: str
) -> None:
    access = f"schema: keyproof/access/1\nclasses:\n  - {{name: root, {fields}}}\n"

    (only,) = faults_of(tmp_path, access=access)

    assert fault in only


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(YAML_LIKE)
def test_any_inventory_loads_or_says_what_is_wrong_in_lines(content: str) -> None:
    faults: tuple[str, ...] = ()
    declarations = None
    try:
        declarations = read_declarations({"inventory.yaml": content.encode()})
    except DeclarationError as error:
        faults = error.faults

    assert (declarations is None) == bool(faults)
    assert all(fault.isprintable() for fault in faults)
