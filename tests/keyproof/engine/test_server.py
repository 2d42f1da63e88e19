from __future__ import annotations

import http.server
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import orjson
import pytest

from keyproof.engine import EvaluationError
from keyproof.engine.server import server_engine
from keyproof.errors import ConfigurationError
from tests.keyproof.opa_server import opa_server, running_opa
from tests.policies.opa import POLICIES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from keyproof.documents import Json

TOKEN = "a-bearer-token"


@contextmanager
def answering(status: int, body: bytes) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A server with one answer for everybody; gives its URL and the headers of each request."""
    asked: list[dict[str, str]] = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            asked.append({"path": self.path, **dict(self.headers.items())})
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Requests are noted."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


def test_the_facts_are_posted_and_the_assessment_comes_back() -> None:
    with answering(200, b'{"result": {"level": {}}}') as (url, asked):
        assert server_engine(f"{url}/", token=TOKEN)({"as_of": "é"}) == {"level": {}}

    assert [each["path"] for each in asked] == ["/v1/data/sec004/assessment"]
    assert asked[0]["Authorization"] == f"Bearer {TOKEN}"


def test_without_a_token_none_is_sent() -> None:
    with answering(200, b'{"result": {}}') as (url, asked):
        server_engine(url)({})

    assert "Authorization" not in asked[0]


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (200, b"<html>", "answered with something else than JSON"),
        (200, b"", "answered with something else than JSON"),
        (200, b"\xff\xfe\x00", "answered with something else than JSON"),
        (200, b"[]", "has no data.sec004.assessment; load the folder policies/sec004 there"),
        (200, b"{}", "has no data.sec004.assessment; load the folder policies/sec004 there"),
        (200, b'{"result": []}', "has no data.sec004.assessment; load the folder"),
        (401, b"{}", "answered 401; set KEYPROOF_OPA_TOKEN to a token that may query it"),
        (403, b"{}", "answered 403; set KEYPROOF_OPA_TOKEN to a token that may query it"),
        (404, b"", "answered 404; its own log says why"),
        (503, b"", "answered 503; its own log says why"),
    ],
)
def test_an_answer_that_is_no_assessment(status: int, body: bytes, told: str) -> None:
    with (
        answering(status, body) as (url, _),
        pytest.raises(EvaluationError, match=r"^OPA at http://") as caught,
    ):
        server_engine(url, token=TOKEN)({})

    assert str(caught.value).startswith(f"OPA at {url} {told}")
    assert TOKEN not in str(caught.value)


def test_a_server_that_is_not_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"

    with pytest.raises(EvaluationError, match="did not answer: ConnectionError; is it running"):
        server_engine(url)({})


def test_a_server_that_hangs_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def hang_up() -> None:
            listening.accept()[0].close()
            listening.close()

        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises(EvaluationError, match="did not answer: "):
            server_engine(url)({})
        thread.join()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "opa.test",
        "opa.test:8181",
        "ftp://opa.test",
        "http://",
        "http://:8181",
        "http://opa.test/v1",
        "http://opa.test?x=1",
        "http://opa.test#x",
        "http://opa.test:port",
        "http://opa.test:99999",
        "http://[::1",
    ],
)
def test_a_url_that_names_no_server(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^--opa ") as caught:
        server_engine(url)

    assert url in str(caught.value)


@pytest.mark.parametrize(
    "url", ["http://auditor:hunter2@opa.test", "https://hunter2@opa.test", "http://:hunter2@opa"]
)
def test_credentials_in_a_url_are_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ConfigurationError, match="a URL holds no credentials") as caught:
        server_engine(url)

    assert "hunter2" not in str(caught.value)


# A real server


def test_an_address_of_ipv6(estates: dict[str, Json]) -> None:
    expected = server_engine(opa_server())(estates["example"])

    with socket.socket(socket.AF_INET6) as free:
        free.bind(("::1", 0))
        port = free.getsockname()[1]
    with running_opa(str(POLICIES / "sec004"), "--addr", f"[::1]:{port}"):
        assert server_engine(f"http://[::1]:{port}")(estates["example"]) == expected


def test_a_server_without_the_policies() -> None:
    with running_opa() as url, pytest.raises(EvaluationError, match="load the folder"):
        server_engine(url)({})


def test_a_server_that_asks_for_a_token(tmp_path: Path, estates: dict[str, Json]) -> None:
    rule = (
        f'package system.authz\n\ndefault allow := false\n\nallow if input.identity == "{TOKEN}"\n'
    )
    (tmp_path / "authz.rego").write_text(rule)
    guarded = ("--authentication=token", "--authorization=basic", str(tmp_path / "authz.rego"))

    with running_opa(str(POLICIES / "sec004"), *guarded) as url:
        with pytest.raises(EvaluationError, match="answered 401; set KEYPROOF_OPA_TOKEN"):
            server_engine(url)(estates["example"])
        with pytest.raises(EvaluationError, match="answered 401; set KEYPROOF_OPA_TOKEN"):
            server_engine(url, token="another")(estates["example"])
        answer = server_engine(url, token=TOKEN)(estates["example"])

    assert orjson.dumps(answer["level"]["proven"]) == b"1"
