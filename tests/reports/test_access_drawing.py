from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.access_drawing import HEADING, MOST_DRAWN, ROW, TARGET, WAY, drawing
from reports.access_entries import BANDS, Entry
from reports.access_phrases import SHORT_WAYS
from reports.text_width import ems
from reports.visible import visible
from tests.reports.estates import principal, way

if TYPE_CHECKING:
    from reports.access_drawing import Drawing
    from reports.access_entries import Band
    from reports.access_lines import Label

PHONE, PAPER = 324, 660
READING: tuple[Band, ...] = ("fail", "unknown", "let_in")


def _drawn(*entries: Entry, name: str = "production/openai", region: str = "us-east-1") -> Drawing:
    found = drawing(name, region, "111122223333", entries)
    assert found is not None
    return found


def _entries(band: Band, number: int, kind: str = "direct", *conditions: str) -> list[Entry]:
    return [_entry(band, f"{band}-{n:03}", kind, *conditions) for n in range(number)]


def _entry(band: Band, name: str, kind: str = "direct", *conditions: str) -> Entry:
    return Entry(
        band=band,
        principal=name,
        name=name,
        facts=principal("role"),
        approving=(name,) if band == "pass" else (),
        ways=[way(kind, *conditions)],
    )


def _shape(drawn: Drawing) -> dict[str, int]:
    return {band.band: len(band.rows) for band in drawn.bands}


def test_nobody_makes_no_drawing() -> None:
    assert drawing("production/openai", "us-east-1", "111122223333", []) is None


def test_a_drawing_is_said_in_words() -> None:
    drawn = _drawn(
        _entry("fail", "alice", "direct", "aws:SourceIp", "aws:SourceVpc"),
        _entry("pass", "workload"),
        _entry("let_in", "github", "web_identity", "sub"),
        _entry("round", "bob", "write_policy"),
    )

    assert drawn.title == "Who can read production/openai in us-east-1"
    assert drawn.description == (
        "Can read it, not approved: 1. "
        "alice, no class: directly, on aws:SourceIp and 1 more. "
        "Can read it, approved, by class: 1. workload, workload: directly. "
        "Let in by an identity provider, not judged: 1. "
        "github, no class: web identity, on sub. "
        "Could make it possible for themselves, not judged: 1. "
        "bob, no class: edits policies."
    )


def test_bands_and_rows_stand_one_below_the_other() -> None:
    drawn = _drawn(*_entries("fail", 2), *_entries("pass", 3), *_entries("round", 1))

    assert [band.band for band in drawn.bands] == ["fail", "pass", "round"]
    for band in drawn.bands:
        places = [row.y for row in band.rows]
        assert places == [band.y + HEADING + n * ROW for n in range(len(places))]
        assert band.end == places[-1] + ROW
    assert all(after.y == before.end for before, after in pairwise(drawn.bands))
    assert drawn.height >= drawn.bands[-1].end


@pytest.mark.parametrize(
    ("numbers", "shape"),
    [
        ({"fail": 12}, {"fail": 12}),
        ({"fail": 13}, {"fail": 12}),
        ({"fail": 3, "pass": 6, "let_in": 3}, {"fail": 3, "pass": 6, "let_in": 3}),
        ({"fail": 3, "pass": 6, "let_in": 9}, {"fail": 3, "pass": 6, "let_in": 3}),
        ({"fail": 30, "pass": 30}, {"fail": 10, "pass": 2}),
        (
            {"fail": 30, "unknown": 30, "pass": 30, "let_in": 30},
            {"fail": 6, "unknown": 2, "pass": 2, "let_in": 2},
        ),
        ({"fail": 1, "pass": 1, "let_in": 40}, {"fail": 1, "pass": 1, "let_in": 10}),
    ],
)
def test_the_least_urgent_gives_way(numbers: dict[Band, int], shape: dict[str, int]) -> None:
    entries = [entry for band, number in numbers.items() for entry in _entries(band, number)]

    drawn = _drawn(*entries)

    assert _shape(drawn) == shape
    assert sum(shape.values()) <= MOST_DRAWN


def test_the_last_row_counts_what_is_left_out() -> None:
    drawn = _drawn(*_entries("fail", 13), _entry("fail", "z", "role_chain", "aws:SourceIp"))

    (band,) = drawn.bands

    assert band.heading.wide == "Can read it, not approved: 14"
    assert [row.name.wide for row in band.rows[:11]] == [f"fail-{n:03}" for n in range(11)]
    last = band.rows[-1]
    told = (last.name.wide, last.detail.wide, last.way.wide, last.remark.wide, last.sure)
    assert told == ("3 more", "in the table below", "in several ways", "1 on aws:SourceIp", True)


def test_ways_that_are_left_out_are_counted_as_ways() -> None:
    kinds = [kind for kind in SHORT_WAYS if kind not in {"direct", "role_chain", "saml"}]
    drawn = _drawn(*_entries("fail", 12), *(_entry("round", kind, kind) for kind in kinds))

    about = drawn.bands[-1]

    assert [row.name.wide for row in about.rows] == [
        "create_grant",
        f"{len(kinds) - 1} more ways",
    ]
    assert about.heading.wide == f"Could make it possible for themselves, not judged: {len(kinds)}"


@pytest.mark.parametrize(
    ("conditions", "unseen", "wide", "narrow"),
    [
        ([], [], "", ""),
        (["aws:SourceIp"], [], "on aws:SourceIp", "on a condition"),
        (["b", "a", "c"], [], "on a and 2 more", "on a condition"),
        (
            ["token.actions.githubusercontent.com:sub"],
            [],
            "on token.actions.gith…ent.com:sub",
            "on a condition",
        ),
        (["aws:SourceIp"], ["scp"], "not all was seen", "not all was seen"),
        ([], ["scp"], "not all was seen", "not all was seen"),
        (["\u202eevil"], [], "on \\u202eevil", "on a condition"),
    ],
)
def test_a_row_says_on_what_it_depends(
    conditions: list[str], unseen: list[str], wide: str, narrow: str
) -> None:
    entry = Entry(
        band="fail",
        principal="a",
        name="a",
        facts=principal("role"),
        approving=(),
        ways=[way("direct", *conditions, unseen=unseen)],
    )

    (row,) = _drawn(entry).bands[0].rows

    assert (row.remark.wide, row.remark.narrow) == (wide, narrow)
    assert row.sure is (not wide)


def test_a_condition_that_nobody_could_decide_is_one() -> None:
    entry = _entry("fail", "a")
    entry.ways[0]["decision"] = "conditional"

    (row,) = _drawn(entry).bands[0].rows

    assert (row.remark.wide, row.sure) == ("on a condition", False)


def test_some_of_many_depend_on_something() -> None:
    together = [
        Entry(
            band="pass",
            principal=f"role-{n}",
            name=f"role-{n}",
            facts=principal("role"),
            approving=("workload",),
            ways=[way("direct", *(["k"] if n < 2 else []))],
        )
        for n in range(40)
    ]

    (row,) = _drawn(*together).bands[0].rows

    assert (row.name.wide, row.detail.wide, row.remark.wide, row.sure) == (
        "workload",
        "40 principals",
        "2 on k",
        True,
    )


def test_of_several_those_of_whom_not_all_was_seen_are_in_doubt() -> None:
    together = [_entry("pass", "workload"), _entry("pass", "workload", "direct", "k")]
    together[1].ways[0]["unseen"] = ["scp"]

    (row,) = _drawn(*together).bands[0].rows

    assert (row.remark.wide, row.remark.narrow) == ("1 in doubt", "1 in doubt")


def test_arrows_grow_with_each_power_of_ten() -> None:
    widths = []
    for number in (1, 2, 9, 10, 99, 100, 100_000):
        entries = [_entry("pass", "workload")] * number
        widths.append(_drawn(*entries).bands[0].rows[0].width)

    assert widths == sorted(widths)
    assert widths[0] < widths[1] == widths[2] < widths[3] == widths[4] < widths[5] <= 8
    assert widths[-1] == 8


def _fits(label: Label, share: float, pixels: float) -> None:
    for text, width in ((label.narrow, PHONE), (label.wide, PAPER)):
        assert ems(text) * pixels <= width * share / 100
        assert visible(text) == text


@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(BANDS)),
            st.text(max_size=40),
            st.sampled_from([*SHORT_WAYS, "of another kind, with a long name"]),
            st.lists(st.text(max_size=40), max_size=3),
        ),
        min_size=1,
        max_size=30,
    ),
    st.text(max_size=60),
)
def test_whatever_is_drawn_has_room_and_is_said(
    readers: list[tuple[Band, str, str, list[str]]], name: str
) -> None:
    drawn = _drawn(*(_entry(band, who, kind, *on) for band, who, kind, on in readers), name=name)

    assert sum(_shape(drawn).values()) <= MOST_DRAWN
    assert set(_shape(drawn)) == {band for band, *_ in readers}
    _fits(drawn.secret, 100, 12)
    for band in drawn.bands:
        _fits(band.heading, TARGET, 12)
        assert band.heading.wide in drawn.description
        for row in band.rows:
            _fits(row.name, WAY, 13)
            _fits(row.detail, WAY, 12)
            _fits(row.way, TARGET - WAY, 11)
            _fits(row.remark, TARGET - WAY, 11)
            said = f"{row.name.wide}, {row.detail.wide}: {row.way.wide}"
            assert said in drawn.description
            assert row.remark.wide in drawn.description
            assert row.sure is (not row.remark.wide) or row.remark.wide[0].isdigit()
