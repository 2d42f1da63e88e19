"""The policies on an organisation's own OPA server, which keeps the decision logs."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from opa_client import OpaClient
from requests import HTTPError, RequestException, codes

from keyproof.engine import EvaluationError
from keyproof.errors import ConfigurationError

if TYPE_CHECKING:
    from keyproof.documents import Json
    from keyproof.engine import Engine

_TIMEOUT_SECONDS = 300.0
_PORTS = {"http": 8181, "https": 443}


def server_engine(url: str, *, token: str | None = None) -> Engine:
    """
    Give the engine for the OPA server at `url` (scheme, host and port).

    The server must already hold keyproof's policies: nothing is uploaded to it.
    `token` is sent as a bearer token. Raises `ConfigurationError` for a URL that
    names no server, `EvaluationError` when it does not answer with an assessment.
    """
    host, port, ssl = _parts(url)

    def evaluate(facts: Json) -> Json:
        client = OpaClient(host=host, port=port, ssl=ssl, token=token, timeout=_TIMEOUT_SECONDS)
        try:
            with client:
                answer = client.query_rule(facts, "sec004", "assessment")
        except HTTPError as error:
            raise EvaluationError(f"OPA at {url} {_refusal(error)}") from error
        except ValueError as error:  # before RequestException, which requests' own is as well
            raise EvaluationError(f"OPA at {url} answered with something else than JSON") from error
        except RequestException as error:
            raise EvaluationError(
                f"OPA at {url} did not answer: {type(error).__name__}; is it running there?"
            ) from error
        assessment = answer.get("result") if isinstance(answer, dict) else None
        if not isinstance(assessment, dict):
            raise EvaluationError(
                f"OPA at {url} has no data.sec004.assessment; load the folder policies/sec004 there"
            )
        return assessment

    return evaluate


def _refusal(error: HTTPError) -> str:
    status = "?" if error.response is None else error.response.status_code
    if status in (codes.unauthorized, codes.forbidden):
        return f"answered {status}; set KEYPROOF_OPA_TOKEN to a token that may query it"
    return f"answered {status}; its own log says why"


def _parts(url: str) -> tuple[str, int, bool]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConfigurationError(f"--opa {url}: is no URL: {error}") from error
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError(
            "--opa: a URL holds no credentials; set KEYPROOF_OPA_TOKEN to a bearer token"
        )
    beside = parts.path.strip("/") or parts.query or parts.fragment
    if parts.scheme not in _PORTS or not parts.hostname or beside:
        raise ConfigurationError(f"--opa {url}: expected http(s)://HOST[:PORT]")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return host, port or _PORTS[parts.scheme], parts.scheme == "https"
