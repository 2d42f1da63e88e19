"""Real botocore clients whose answers come from a script, for what no emulator gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from collectors.aws.accounts import AwsAccount
from collectors.aws.calls import Calls
from collectors.aws.clients import Clients

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.client import BaseClient

    from collectors.aws.calls import Workers

ACCOUNT = AwsAccount(id="111122223333", regions=("us-east-1",))


@dataclass(frozen=True)
class Refusal:
    """An error code in the place of an answer."""

    code: str
    status: int = 400


@dataclass
class Script:
    """
    What a service answers: by operation, an answer or a function of the parameters.

    `requests` are the operations and parameters that were asked for, in order.
    """

    answers: dict[str, Any]
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._clients = Clients(ACCOUNT)

    def client(self, service: str, region: str) -> BaseClient:
        client = self._clients.client(service, region)
        client.meta.events.register(
            "before-parameter-build", self._remember, unique_id="script-parameters"
        )
        client.meta.events.register(
            "before-call", self._answer_of(service), unique_id="script-answer"
        )
        return client

    def calls(self, workers: Workers, source: str = "source", region: str = "us-east-1") -> Calls:
        return Calls(
            self.client,
            workers,
            source=source,
            account=ACCOUNT.id,
            region=region,
            endpoint_region="us-east-1",
        )

    @staticmethod
    def _remember(params: dict[str, Any], context: dict[str, Any], **_: object) -> None:
        context["parameters"] = dict(params)

    def _answer_of(self, service: str) -> Callable[..., Any]:
        def answer(
            model: Any, context: dict[str, Any], **_: object
        ) -> tuple[AWSResponse, dict[str, Any]]:
            operation = f"{service}:{model.name}"
            self.requests.append((operation, context["parameters"]))
            scripted = self.answers[operation]
            if callable(scripted):
                scripted = scripted(context["parameters"])
            if isinstance(scripted, Refusal):
                refused = {"Error": {"Code": scripted.code, "Message": "names a principal"}}
                metadata = {"HTTPStatusCode": scripted.status}
                return _http(scripted.status), {**refused, "ResponseMetadata": metadata}
            return _http(200), {**scripted, "ResponseMetadata": {}}

        return answer


def _http(status: int) -> AWSResponse:
    return AWSResponse("https://example.com", status, HTTPHeaders(), None)
