from __future__ import annotations

import base64
import http.server
import sys
import threading
import zipfile
from typing import TYPE_CHECKING

import orjson
import pytest

from reports.html import EXAMPLE as MARK
from tests.keyproof.cli.command import AS_OF_FOLDER, documents_of, run, strays

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.keyproof.cli.conftest import Assessed, Command

EXAMPLE = "EXAMPLE: an emulated estate, which proves nothing about a real organisation."
SIGNED_ANEW = {"bundle.zip", "example-key.pub.pem"}


@pytest.fixture
def requests() -> Iterator[tuple[str, list[str]]]:
    """A server's URL, and what was asked of it."""
    received: list[str] = []

    class Recorder(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            received.append(self.path)
            self.send_error(500)

        do_POST = do_PUT = do_GET  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            """Requests are recorded."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", received
        server.shutdown()
        thread.join()


def _statements(bundle: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(bundle) as archive:
        return {
            name: base64.b64decode(orjson.loads(archive.read(name))["payload"])
            for name in archive.namelist()
            if name.startswith("attestations/")
        }


def test_the_example_is_below_its_target(assessed: Assessed) -> None:
    assert assessed.outcome.code == 1
    assert assessed.outcome.err == ""


def test_the_terminal_says_example_first_and_tells_where_things_lie(assessed: Assessed) -> None:
    lines = assessed.outcome.out.splitlines()

    assert lines[0] == EXAMPLE
    assert [line.split()[-1] for line in lines[-4:]] == [
        f"evidence/{AS_OF_FOLDER}/{name}"
        for name in ("results.json", "report.html", "bundle.zip", "example-key.pub.pem")
    ]
    assert all((assessed.folder / line.split()[-1]).is_file() for line in lines[-4:])


def test_every_document_says_example(assessed: Assessed) -> None:
    found = {
        name: orjson.loads(content)
        for name, content in documents_of(assessed.evidence).items()
        if name.endswith(".json")
    }

    assert {"facts.json", "results.json", "snapshot/coverage.json"} < found.keys()
    assert sum(name.startswith("snapshot/") for name in found) > 10
    assert {name for name, document in found.items() if document["example"] is not True} == set()


def test_every_part_of_the_report_says_example(assessed: Assessed) -> None:
    html = (assessed.evidence / "report.html").read_text()

    assert html.count(MARK) > html.count("<section") > 5
    assert "<title>EXAMPLE" in html


def test_the_bundle_says_example_in_its_manifest_and_its_verdict(assessed: Assessed) -> None:
    bundle = assessed.evidence / "bundle.zip"
    with zipfile.ZipFile(bundle) as archive:
        manifest = orjson.loads(archive.read("manifest.json"))
    verdict = orjson.loads(_statements(bundle)["attestations/svr.json"])

    assert manifest["example"] is True
    assert verdict["predicate"]["properties"] == [
        "EXAMPLE_SEC004_MATURITY_LEVEL_1",
        "EXAMPLE_SEC004_MATURITY_LEVEL_2",
    ]


def test_latest_is_a_relative_link_to_the_assessment(assessed: Assessed) -> None:
    latest = assessed.folder / "evidence" / "latest"

    assert str(latest.readlink()) == AS_OF_FOLDER


def test_nothing_but_the_documents_is_left(assessed: Assessed) -> None:
    assert list(strays(assessed.folder)) == []
    assert {path.stat().st_mode & 0o777 for path in assessed.evidence.glob("*.*")} == {0o644}


def test_the_example_asks_nothing_of_any_network_whatever_the_environment_says(
    assessed: Assessed, requests: tuple[str, list[str]], tmp_path: Path
) -> None:
    url, received = requests
    hostile = {
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "AWS_SESSION_TOKEN": "somebody's",
        "AWS_PROFILE": "there-is-no-such-profile",
        "AWS_ENDPOINT_URL": url,
        "AWS_ENDPOINT_URL_SECRETS_MANAGER": url,
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": url,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": url,
        "AWS_REGION": "nowhere-1",
        "HTTP_PROXY": url,
        "HTTPS_PROXY": url,
        "TZ": "Pacific/Kiritimati",
    }

    outcome = run("assess", cwd=tmp_path, environment=hostile)

    assert received == []
    assert (outcome.code, outcome.err) == (1, "")
    assert outcome.out == assessed.outcome.out
    before, after = documents_of(assessed.evidence), documents_of(tmp_path / "evidence" / "latest")
    assert before.keys() == after.keys()
    assert {name for name in before if before[name] != after[name]} == SIGNED_ANEW


def test_a_second_run_seals_the_same_bytes_but_for_the_signatures(
    keyproof: Command, example: Path, assessed: Assessed
) -> None:
    bundle = example / "bundle.zip"
    earlier = example.parent / "earlier.zip"
    bundle.rename(earlier)

    outcome = keyproof("assess", "--json")

    assert outcome.code == 1
    assert outcome.out.encode() == (assessed.evidence / "results.json").read_bytes()
    with zipfile.ZipFile(bundle) as new, zipfile.ZipFile(earlier) as old:
        assert new.namelist() == old.namelist()
        changed = {name for name in new.namelist() if new.read(name) != old.read(name)}
    assert changed == _statements(bundle).keys()
    assert _statements(bundle) == _statements(earlier)


def test_two_runs_at_once_leave_one_bundle_and_its_key(assessed: Assessed, example: Path) -> None:
    evidence = example.parent / "latest"
    runs = [
        threading.Thread(target=run, args=("report",), kwargs={"cwd": example.parents[1]})
        for _ in range(2)
    ]
    for each in runs:
        each.start()
    for each in runs:
        each.join()

    assert list(strays(example.parent)) == []
    assert documents_of(evidence).keys() == documents_of(assessed.evidence).keys()
    verified = run("verify", "bundle.zip", "--key", "example-key.pub.pem", cwd=evidence)
    assert verified.code == 0, verified.err


def test_without_the_emulator_there_is_no_example_and_no_real_account_either(
    keyproof: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "examples.emulator", None)

    outcome = keyproof("assess")

    assert outcome.code == 2
    assert "install keyproof[example]" in outcome.err
    assert list(tmp_path.iterdir()) == []
