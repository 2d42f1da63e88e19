from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from keyproof import documents, evidence
from keyproof.errors import (
    ConfigurationError,
    DocumentError,
    InterruptedRunError,
    OutputError,
)
from keyproof.evidence import EvidenceFolder
from tests.keyproof.test_documents import COVERAGE

if TYPE_CHECKING:
    from pathlib import Path

AS_OF = datetime(2026, 11, 2, 9, 0, 0, 5, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> EvidenceFolder:
    """A folder into which something was collected."""
    folder = EvidenceFolder(path=tmp_path / "evidence" / "2026-11-02T090000Z")
    documents.write(folder.coverage, "coverage", COVERAGE)
    return folder


def _keep(folder: EvidenceFolder, *, inventory: bytes = b"i", results: bytes = b"r") -> None:
    folder.keep_evaluation(
        declarations={"inventory.yaml": inventory},
        configuration=b"c",
        facts=b"f",
        results=results,
    )


def _names(folder: EvidenceFolder) -> set[str]:
    return {str(path.relative_to(folder.path)) for path in folder.path.rglob("*") if path.is_file()}


# Folders


def test_a_folder_is_named_by_its_instant_without_colons(tmp_path: Path) -> None:
    folder = evidence.new_folder(tmp_path / "deep" / "evidence", AS_OF)

    assert folder.path == tmp_path / "deep" / "evidence" / "2026-11-02T090000.000005Z"
    assert list((tmp_path / "deep" / "evidence").iterdir()) == []


def test_a_folder_that_cannot_be_written_to_is_refused_before_anything_is_collected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # a read-only file system, even for root

    with pytest.raises(OutputError, match=r": cannot be written to; free the place, or set "):
        evidence.new_folder(tmp_path, AS_OF)


def test_a_folder_is_opened_by_any_of_its_names(folder: EvidenceFolder, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder.path)

    assert evidence.open_folder(tmp_path / "link").path == folder.path


def test_a_folder_without_coverage_holds_no_snapshot(folder: EvidenceFolder) -> None:
    folder.coverage.unlink()

    with pytest.raises(DocumentError, match="holds no snapshot; run `keyproof collect`"):
        evidence.open_folder(folder.path)


def test_latest_moves_in_one_step(folder: EvidenceFolder) -> None:
    parent = folder.path.parent
    (parent / "latest").symlink_to("an older one")

    evidence.point_latest_at(folder, parent)

    assert str((parent / "latest").readlink()) == folder.path.name
    assert sorted(os.listdir(parent)) == [folder.path.name, "latest"]  # noqa: PTH208


def test_latest_is_not_made_elsewhere(folder: EvidenceFolder, tmp_path: Path) -> None:
    evidence.point_latest_at(folder, tmp_path / "another")

    assert os.listdir(folder.path.parent) == [folder.path.name]  # noqa: PTH208
    assert os.listdir(tmp_path) == ["evidence"]  # noqa: PTH208


def test_a_latest_that_cannot_be_replaced_is_named(folder: EvidenceFolder) -> None:
    (folder.path.parent / "latest").mkdir()

    with pytest.raises(OutputError, match=r"/latest: cannot be written: "):
        evidence.point_latest_at(folder, folder.path.parent)

    assert sorted(os.listdir(folder.path.parent)) == [folder.path.name, "latest"]  # noqa: PTH208


# What an evaluation leaves


def test_an_evaluation_is_kept_with_what_it_was_made_from(folder: EvidenceFolder) -> None:
    _keep(folder)

    assert _names(folder) == {
        "snapshot/coverage.json",
        "declarations/inventory.yaml",
        "keyproof.toml",
        "facts.json",
        "results.json",
    }


@pytest.mark.parametrize(("inventory", "results"), [(b"other", b"r"), (b"i", b"other")])
def test_another_evaluation_takes_away_what_was_made_of_the_earlier_one(
    folder: EvidenceFolder, inventory: bytes, results: bytes
) -> None:
    _keep(folder)
    for path in (folder.report, folder.bundle, folder.example_key):
        path.write_bytes(b"of the earlier one")
    (folder.path / "declarations" / "access.yaml").write_bytes(b"withdrawn")

    _keep(folder, inventory=inventory, results=results)

    assert not {"report.html", "bundle.zip", "example-key.pub.pem"} & _names(folder)
    assert "declarations/access.yaml" not in _names(folder)
    assert folder.results.read_bytes() == results


def test_the_same_evaluation_leaves_everything_as_it_is(folder: EvidenceFolder) -> None:
    _keep(folder)
    folder.bundle.write_bytes(b"sealed")
    before = {name: (folder.path / name).stat().st_mtime_ns for name in _names(folder)}

    _keep(folder)

    assert {name: (folder.path / name).stat().st_mtime_ns for name in before} == before


def test_what_is_in_the_way_is_named(folder: EvidenceFolder) -> None:
    folder.bundle.mkdir()

    with pytest.raises(OutputError, match=r"/bundle\.zip: cannot be removed: "):
        _keep(folder)


# What a bundle holds


def test_only_what_the_coverage_lists_is_evidence(folder: EvidenceFolder) -> None:
    _keep(folder)
    folder.report.write_bytes(b"report")
    (folder.snapshot / "stray.json").write_bytes(b"{}")

    contents = folder.contents()

    assert "snapshot/stray.json" not in contents
    assert contents["declarations/inventory.yaml"] == b"i"
    assert {"snapshot/coverage.json", "keyproof.toml", "facts.json"} < contents.keys()


def test_policies_come_with_their_sources_and_without_their_tests() -> None:
    files = evidence.policy_files()

    assert "policies/sec004/assessment.rego" in files
    assert "policies/compiled/policy.wasm" in files
    assert sum(name.startswith("policies/sec004/criteria/") for name in files) == 18
    assert [name for name in files if "_test" in name] == []


def test_a_bundle_lacks_nothing(folder: EvidenceFolder) -> None:
    _keep(folder)

    with pytest.raises(DocumentError, match=r"/report\.html: cannot be read: No such file"):
        folder.contents()


# Stopping


def test_an_interruption_tells_what_is_kept(folder: EvidenceFolder) -> None:
    with (
        pytest.raises(InterruptedRunError, match=r"^interrupted\b") as caught,
        folder.kept("evaluate", " --config x"),
    ):
        raise KeyboardInterrupt

    (note,) = caught.value.__notes__
    assert note == (
        f"what was collected is kept in {folder.path};"
        f" go on with `keyproof evaluate {folder.path} --config x`"
    )


def test_a_failure_tells_what_is_kept(folder: EvidenceFolder) -> None:
    with pytest.raises(OutputError) as caught, folder.kept("report"):
        raise OutputError("bundle.zip: cannot be written")

    assert re.search(r"go on with `keyproof report \S+`$", caught.value.__notes__[0])


def test_without_a_collection_there_is_nothing_to_go_on_from(folder: EvidenceFolder) -> None:
    folder.coverage.unlink()

    with pytest.raises(InterruptedRunError) as caught, folder.kept("evaluate"):
        raise KeyboardInterrupt

    assert caught.value.__notes__ == ["there is nothing to go on from: collect again"]


def test_what_the_user_must_mend_first_is_not_gone_on_with(folder: EvidenceFolder) -> None:
    with pytest.raises(ConfigurationError) as caught, folder.kept("evaluate"):
        raise ConfigurationError("no such account")

    assert not hasattr(caught.value, "__notes__")


def test_a_name_with_spaces_can_be_pasted(tmp_path: Path) -> None:
    folder = EvidenceFolder(path=tmp_path / "of the audit")
    documents.write(folder.coverage, "coverage", COVERAGE)

    with pytest.raises(InterruptedRunError) as caught, folder.kept("evaluate"):
        raise KeyboardInterrupt

    assert f"keyproof evaluate '{folder.path}'" in caught.value.__notes__[0]


def test_a_folder_that_has_gone_cannot_be_held(tmp_path: Path) -> None:
    with (
        pytest.raises(DocumentError, match=": cannot be opened: No such file"),
        EvidenceFolder(path=tmp_path / "none").exclusive(),
    ):
        pytest.fail("it was held")
