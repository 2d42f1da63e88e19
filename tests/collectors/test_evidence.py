from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.evidence import (
    CollectedAccount,
    Gap,
    Operation,
    Snapshot,
    UnkeepableError,
    coverage_document,
    coverage_entry,
    plain,
)
from keyproof import documents

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
KEY = "sk-ant-" + "api03-" + "aB3_-" * 18 + "AA"
MASK = f"[redacted anthropic key sha256:{hashlib.sha256(KEY.encode()).hexdigest()[:12]}]"


def _snapshot(**changes: Any) -> Snapshot:
    members: dict[str, Any] = {
        "source": "sns",
        "account": "111122223333",
        "region": "us-east-1",
        "subject": None,
        "started": NOON,
        "finished": NOON,
        "identity": "arn:aws:iam::111122223333:user/auditor",
        "endpoint": "https://sns.us-east-1.amazonaws.com",
        "operations": (),
        "records": {"topics": []},
        "gaps": (),
    }
    return Snapshot(**{**members, **changes})


def _operation(name: str) -> Operation:
    return Operation(operation=name, parameters={}, calls=2, pages=1, records=3, failed=1)


def _gap(code: str, resource: str | None = None) -> Gap:
    return Gap(source="sns", reason="access denied", code=code, resource=resource)


def test_a_snapshot_is_a_document_of_its_schema() -> None:
    snapshot = _snapshot(operations=(_operation("sns:ListTopics"),), gaps=(_gap("AccessDenied"),))

    document = snapshot.document(tool="keyproof 1", example=True)

    documents.validate(document, "snapshot", snapshot.file_name)
    assert snapshot.file_name == "sns.111122223333.us-east-1.json"
    assert document["example"] is True
    assert document["started"] == "2026-11-23T12:00:00Z"


def test_the_order_of_threads_does_not_show() -> None:
    operations = (_operation("sns:ListTopics"), _operation("sns:GetTopicAttributes"))
    gaps = (_gap("B"), _gap("A", "x"), _gap("A"))

    one = _snapshot(operations=operations, gaps=gaps).document(tool="t", example=False)
    other = _snapshot(operations=operations[::-1], gaps=gaps[::-1]).document(
        tool="t", example=False
    )

    assert documents.encode(one) == documents.encode(other)


def test_no_key_reaches_a_document() -> None:
    snapshot = _snapshot(
        identity=f"arn:aws:sts::111122223333:assumed-role/auditor/{KEY}",
        endpoint=f"https://{KEY}.example.com",
        operations=(
            Operation(
                operation="sns:ListTopics",
                parameters={"Name": KEY},
                calls=1,
                pages=1,
                records=1,
                failed=0,
            ),
        ),
        records={"topics": [{"arn": KEY, KEY: [{"deep": f"{{{KEY}}}"}]}]},
        gaps=(_gap(KEY, KEY),),
    )

    document = snapshot.document(tool="t", example=False)

    assert KEY.encode() not in orjson.dumps(document)
    assert document["records"] == {"topics": [{"arn": MASK, MASK: [{"deep": f"{{{MASK}}}"}]}]}


def test_the_coverage_names_every_snapshot_with_its_digest() -> None:
    entries = []
    for region in ("us-east-1", "eu-west-1"):
        snapshot = _snapshot(
            region=region,
            records={"topics": [{}, {}], "others": [{}]},
            operations=(_operation("a:B"), _operation("a:C")),
            gaps=(_gap("AccessDenied"),),
        )
        document = snapshot.document(tool="t", example=False)
        entries.append(coverage_entry(document, file=snapshot.file_name, content=b"written"))

    coverage = coverage_document(
        organisation="Example",
        example=False,
        as_of=NOON,
        finished=NOON + timedelta(microseconds=1),
        accounts=[CollectedAccount(id="111122223333", regions=("us-east-1",), identity=None)],
        snapshots=entries,
    )

    documents.validate(coverage, "coverage", "coverage.json")
    assert [entry["file"] for entry in coverage["snapshots"]] == [
        "sns.111122223333.eu-west-1.json",
        "sns.111122223333.us-east-1.json",
    ]
    first = coverage["snapshots"][0]
    assert first["sha256"] == hashlib.sha256(b"written").hexdigest()
    assert (first["calls"], first["records"], len(first["gaps"])) == (4, 3, 1)
    assert coverage["finished"] == "2026-11-23T12:00:00.000001Z"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))), "2026-01-01T00:00:00Z"),
        ("a\ud800b", "a\ufffdb"),
        ("\U0001f600", "\U0001f600"),
        ({"a": (1, 2.5, None, True)}, {"a": [1, 2.5, None, True]}),
        (2**64 - 1, 2**64 - 1),
    ],
)
def test_what_can_be_kept(value: object, expected: object) -> None:
    assert plain(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        b"bytes",
        float("nan"),
        float("inf"),
        2**64,
        -(2**63) - 1,
        datetime(2026, 1, 1),  # noqa: DTZ001 - without a time zone on purpose
        datetime.max.replace(tzinfo=timezone(-timedelta(hours=1))),
        dict.fromkeys(["\ud800", "\ud801"]),
        {1: b""},
        {1},
    ],
    ids=repr,
)
def test_what_cannot_be_kept(value: object) -> None:
    with pytest.raises(UnkeepableError):
        plain({"deep": [value]})


def test_what_is_nested_too_deeply_cannot_be_kept() -> None:
    value: list[Any] = []
    for _ in range(201):
        value = [value]

    with pytest.raises(UnkeepableError, match="deeply"):
        plain(value)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters()),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(JSON)
def test_whatever_is_plain_can_be_written(value: object) -> None:
    written = orjson.dumps(plain(value))

    assert orjson.loads(written) == plain(value)
