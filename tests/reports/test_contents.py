from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from keyproof import __version__, documents
from keyproof.errors import DocumentError
from reports import contents
from tests.reports import assessed

if TYPE_CHECKING:
    from collections.abc import Callable


def _agree(files: dict[str, bytes]) -> None:
    judged = orjson.loads(files["results.json"])
    manifest = contents.manifest(files, judged)
    listed = {**files, "manifest.json": documents.encode(manifest)}
    contents.require_agreement(listed, contents.read_documents(listed))


def _changed(name: str, change: Callable[[Any], None]) -> dict[str, bytes]:
    files = assessed.assessment()
    document = orjson.loads(files[name])
    change(document)
    return {**files, name: documents.encode(document)}


def test_the_manifest_lists_every_file_with_digest_size_and_type() -> None:
    manifest = contents.manifest({"a.json": b"abc", "b/c.bin": b""}, assessed.results())

    documents.validate(manifest, "manifest", "manifest.json")
    assert manifest == {
        "schema": "keyproof/manifest/1",
        "tool": {"name": "keyproof", "version": __version__},
        "example": False,
        "organisation": "Kestrel",
        "as_of": assessed.AS_OF,
        "level": {"proven": 3, "possible": 5, "target": 3},
        "files": [
            {
                "path": "a.json",
                "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                "bytes": 3,
                "media_type": "application/json",
            },
            {
                "path": "b/c.bin",
                "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "bytes": 0,
                "media_type": "application/octet-stream",
            },
        ],
    }


def test_checksums_are_in_the_form_of_sha256sum() -> None:
    assert contents.checksums({"b": b"", "a": b"abc"}) == (
        b"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a\n"
        b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  b\n"
    )


def test_a_good_assessment_agrees() -> None:
    _agree(assessed.assessment())


@pytest.mark.parametrize("name", contents.REQUIRED)
def test_a_file_that_every_bundle_needs_is_missed(name: str) -> None:
    files = assessed.assessment()
    del files[name]

    with pytest.raises(DocumentError, match=f"^{name} is missing$"):
        contents.read_documents(files)


@pytest.mark.parametrize(
    "name", ["facts.json", "results.json", "snapshot/coverage.json", "snapshot/kms.json"]
)
def test_every_document_is_held_against_its_schema(name: str) -> None:
    files = _changed(name, lambda document: document.update(surprise=1))

    with pytest.raises(DocumentError, match=f"^{name}: .*surprise"):
        contents.read_documents(files)


@pytest.mark.parametrize(
    ("name", "member", "value"),
    [
        ("facts.json", "organisation", "Another"),
        ("facts.json", "as_of", "2026-07-02T08:00:00Z"),
        ("facts.json", "example", True),
        ("facts.json", "target_level", 2),
        ("facts.json", "parameters", {"rotation_ceiling_days": {"production": 900}}),
        (
            "facts.json",
            "looser_parameters",
            [{"parameter": "rotation_ceiling_days.production", "configured": 900, "default": 90}],
        ),
        ("snapshot/coverage.json", "organisation", "Another"),
        ("snapshot/coverage.json", "as_of", "2026-07-02T08:00:00Z"),
        ("snapshot/coverage.json", "example", True),
    ],
)
def test_documents_that_contradict_the_results_are_named(
    name: str, member: str, value: object
) -> None:
    files = _changed(name, lambda document: document.update({member: value}))

    with pytest.raises(DocumentError, match=f"^{name}: {member} is .*, but results.json has"):
        _agree(files)


def test_a_snapshot_of_an_example_is_no_evidence() -> None:
    files = _changed("snapshot/kms.json", lambda document: document.update(example=True))

    with pytest.raises(DocumentError, match=r"^snapshot/kms\.json: example is True"):
        _agree(files)


def test_a_snapshot_that_was_changed_is_named() -> None:
    files = _changed("snapshot/kms.json", lambda document: document.update(region="eu-west-2"))

    with pytest.raises(DocumentError, match=r"has another digest for 'snapshot/kms\.json'"):
        _agree(files)


def test_a_snapshot_that_was_taken_away_is_named() -> None:
    files = assessed.assessment()
    del files["snapshot/kms.json"]

    with pytest.raises(DocumentError, match=r"lists 'snapshot/kms\.json', which is missing"):
        _agree(files)


def test_a_snapshot_that_was_slipped_in_is_named() -> None:
    files = assessed.assessment()
    files["snapshot/iam.json"] = files["snapshot/kms.json"]

    with pytest.raises(DocumentError, match=r"does not list 'snapshot/iam\.json'"):
        _agree(files)


@pytest.mark.parametrize("member", ["proven", "possible"])
@pytest.mark.parametrize("stated", [1, 2, 4, 5])
def test_a_level_that_the_verdicts_do_not_give_is_refused(member: str, stated: int) -> None:
    judged = assessed.results(proven=3, possible=3)
    judged["level"][member] = stated

    with pytest.raises(DocumentError, match=f"level/{member} is {stated}, but the verdicts give 3"):
        _agree(assessed.assessment(judged))


def test_a_criterion_that_does_not_apply_holds_its_level() -> None:
    judged = assessed.results(proven=3)
    judged["criteria"]["rotation_documented"]["verdict"] = "not_applicable"

    _agree(assessed.assessment(judged))


def test_a_level_without_criteria_is_never_reached() -> None:
    judged = assessed.results(proven=5)
    for result in judged["criteria"].values():
        if result["level"] == 4:
            result["level"] = 5

    with pytest.raises(DocumentError, match="level/proven is 5, but the verdicts give 3"):
        _agree(assessed.assessment(judged))


@pytest.mark.parametrize("member", ["proven", "possible", "target"])
def test_a_manifest_of_another_level_is_refused(member: str) -> None:
    files = assessed.assessment()
    manifest = contents.manifest(files, assessed.results())
    manifest["level"][member] = 4
    files["manifest.json"] = documents.encode(manifest)

    with pytest.raises(DocumentError, match=rf"^manifest\.json: level/{member} is 4"):
        contents.require_agreement(files, contents.read_documents(files))
