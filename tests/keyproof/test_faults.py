from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyproof.documents import SCHEMAS
from keyproof.faults import (
    Fault,
    did_you_mean,
    expected,
    found,
    no_instant,
    place,
    repeated,
    schema_faults,
    sentence,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = ("inventory", "access", "waivers", "configuration")
KEY = f"sk-ant-api03-{'a' * 60}"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("credentials", 3, "rotation", "days"), "credentials[3].rotation.days"),
        (("dimensions", "a b"), 'dimensions."a b"'),
        (("a", "\x1b[2J\n"), 'a."\\x1b[2J\\n"'),
        (("a", KEY), "a.what looks like a key"),
        (("a", "b" * 100), f'a."{"b" * 60}…"'),
    ],
)
def test_a_place_is_a_path_as_people_write_it(path: tuple[str | int, ...], text: str) -> None:
    assert place(path) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", '"a"'),
        ("a\u202eb\x00", '"a\\u202eb\\x00"'),
        ("a" * 61, f'"{"a" * 60}…"'),
        (KEY, "what looks like a key"),
        (True, "true"),
        (False, "false"),
        (1.5, "1.5"),
        ([1], "a list"),
        ({}, "a mapping"),
    ],
)
def test_a_found_value_is_shown_safely(value: object, text: str) -> None:
    assert found(value) == text


@settings(deadline=None)
@given(st.text())
def test_no_text_breaks_a_message_s_line_or_grows_without_end(text: str) -> None:
    shown = found(text)

    assert shown.isprintable()
    assert len(shown) < 700


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("servces", "did you mean services?"),
        ("SCOPE", "did you mean scope?"),
        ("serv", "did you mean services?"),
        ("s", "known are scope, services"),
        ("colour", "known are scope, services"),
    ],
)
def test_the_name_that_was_meant_is_offered(name: str, hint: str) -> None:
    assert did_you_mean(name, ("services", "scope")) == hint


def test_entries_with_one_name_are_faults_of_all_but_the_first() -> None:
    entries = [{"id": "a"}, {"id": "b"}, "x", {"id": 3}, {"id": 3}, {"id": "a"}, {"id": "a"}]

    faults = list(repeated(entries, ("list",), "id"))

    assert faults == [
        Fault(path=("list", 5, "id"), text='"a" is taken by list[0]', other=("list", 0, "id")),
        Fault(path=("list", 6, "id"), text='"a" is taken by list[0]', other=("list", 0, "id")),
    ]


def test_a_fault_of_the_whole_document_names_no_place() -> None:
    assert sentence(Fault(path=(), text="t")) == "t"
    assert sentence(Fault(path=("a", 0), text="t")) == "a[0]: t"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("2027-01-31", 'found the date "2027-01-31" without a time'),
        ("2027-01-31T10:00:00", 'found "2027-01-31T10:00:00" without a time zone'),
        ("2027-01-31 10:00", 'found "2027-01-31 10:00" without a time zone'),
        ("tomorrow", 'found "tomorrow"'),
    ],
)
def test_why_a_text_is_no_instant(value: str, reason: str) -> None:
    wanted = "expected an instant with a time zone, such as 2027-01-31T00:00:00Z"

    assert no_instant(value) == f"{wanted}, {reason}"


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string"}, "text"),
        ({"type": ["string", "null"]}, "text"),
        ({"type": ["string", "object"]}, "text or a mapping"),
        ({"type": "integer", "minimum": 1}, "a whole number of at least 1"),
        ({"type": "number", "minimum": 1, "maximum": 5}, "a number from 1 to 5"),
        ({"enum": ["a", "b", None]}, "one of a, b"),
        ({"const": "keyproof/access/1"}, "keyproof/access/1"),
        ({"type": "string", "x-expected": "a name"}, "a name"),
    ],
)
def test_what_a_schema_accepts_in_words(schema: dict[str, Any], words: str) -> None:
    assert expected(schema) == words


def test_limits_of_a_text_and_of_a_mapping_say_the_limit() -> None:
    metric = {
        "provider": "openai",
        "namespace": "N",
        "metric": "M" * 256,
        "dimensions": {str(number): "a" for number in range(31)},
        "measures": "spend_in_period",
    }
    document = {
        "schema": "keyproof/inventory/1",
        "credentials": [{"id": "a"}],
        "spend_metrics": [metric],
    }

    assert {sentence(fault) for fault in schema_faults(document, "inventory")} == {
        "spend_metrics[0].metric: expected at most 255 characters, found 256",
        "spend_metrics[0].dimensions: expected at most 30 members",
    }


@pytest.mark.parametrize("kind", KINDS)
def test_every_keyword_of_the_schemas_has_words(kind: str) -> None:
    structure = {"$schema", "$defs", "$ref", "title", "description", "x-expected", "items"}
    said = {
        "additionalProperties", "const", "dependentRequired", "enum", "format", "maxLength",
        "maxProperties", "maximum", "minItems", "minLength", "minimum", "not", "oneOf", "pattern",
        "properties", "propertyNames", "required", "type", "uniqueItems",
    }  # fmt: skip
    schema = orjson.loads((SCHEMAS / f"{kind}.schema.json").read_bytes())

    assert set(_keywords(schema)) <= structure | said


@pytest.mark.parametrize("kind", KINDS)
def test_every_pattern_has_an_expectation_in_words(kind: str) -> None:
    schema = orjson.loads((SCHEMAS / f"{kind}.schema.json").read_bytes())

    assert [part for part in _parts(schema) if "pattern" in part and "x-expected" not in part] == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["schema", "credentials", "classes", "waivers", "aws", "accounts", "id", "owner",
                 "rotation", "storage", "spend_alert", "alerts", "principals", "expires", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)  # fmt: skip


@settings(deadline=None)
@given(kind=st.sampled_from(KINDS), document=JSON)
def test_every_fault_of_any_document_is_one_line_of_words(kind: str, document: object) -> None:
    for fault in schema_faults(document, kind):
        assert sentence(fault).isprintable()


def _parts(schema: object) -> Iterator[dict[str, Any]]:
    """A schema and all schemas in it."""
    if not isinstance(schema, dict):
        return
    yield schema
    for keyword in ("properties", "$defs"):
        for member in schema.get(keyword, {}).values():
            yield from _parts(member)
    for keyword in ("items", "additionalProperties", "propertyNames"):
        yield from _parts(schema.get(keyword))
    for option in schema.get("oneOf", ()):
        yield from _parts(option)


def _keywords(schema: object) -> Iterator[str]:
    for part in _parts(schema):
        yield from part
