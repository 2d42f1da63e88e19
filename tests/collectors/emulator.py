"""moto over real HTTP, with an estate in it and faults on demand."""

from __future__ import annotations

import io
import json
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs

from botocore.session import Session
from moto.budgets.responses import BudgetsResponse
from moto.core.config import default_user_config
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.secretsmanager.responses import SecretsManagerResponse
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.collectors.estates import (
    add_compute,
    add_identity_center,
    add_organization,
    archive,
    attach_aws_policy,
    leave_out_aws_policies,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    import pytest

ACCOUNT = "123456789012"
HOME = "us-east-1"
AWAY = "eu-west-1"
QUERY = {"ec2", "iam", "sns", "sts"}
"""Services that answer in XML; the others answer in JSON."""
SIGNED_AS = {"monitoring": "cloudwatch", "sso": "sso-admin"}
"""Services by the name that requests are signed with, where it is another."""
SUBSCRIBERS = [{"SubscriptionType": "EMAIL", "Address": "alerts@example.com"}]
POLICY = '{"Version": "2012-10-17", "Statement": []}'
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An HTTP answer in the place of moto's."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


@dataclass
class Emulator:
    """
    A server whose requests are noted, and whose answers can be replaced by operation.

    An operation's name may stand alone where no two services have it. A fault is called with
    the service's name as well: `sns:ListTopics`.
    """

    operations: list[str] = field(default_factory=list)
    user_agents: set[str] = field(default_factory=set)
    faults: dict[str, Callable[[str], Answer]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._session = Session()
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server = make_server(
            "127.0.0.1", 0, self._answer, threaded=True, request_handler=_Quiet
        )
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def client(self, service: str, region: str = HOME) -> Any:
        """Any client of the emulated AWS, for filling it: nothing is refused."""
        return self._session.create_client(
            service,
            region_name=region,
            endpoint_url=self.url,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        operation = _operation(environ, body)
        self.operations.append(operation)
        self.user_agents.add(environ.get("HTTP_USER_AGENT", ""))
        named = f"{_service(environ)}:{operation}"
        fault = self.faults.get(named) or self.faults.get(operation)
        if fault is None:
            answer: Iterable[bytes] = self._moto(environ, start_response)
            return answer
        replaced = fault(named)
        start_response(
            f"{replaced.status} emulated",
            [*replaced.headers, ("Content-Length", str(len(replaced.body)))],
        )
        return [replaced.body]


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Requests are noted by the emulator."""


def complete_moto(patch: pytest.MonkeyPatch) -> None:
    """Give moto the two read operations that it lacks, and let it run no containers."""
    leave_out_aws_policies(patch)
    patch.setitem(default_user_config["lambda"], "use_docker", False)  # noqa: FBT003 - as moto reads it
    patch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")  # which take most of a reset's time
    patch.setattr(
        SecretsManagerResponse, "list_resource_policies", _list_resource_policies, raising=False
    )
    patch.setattr(
        BudgetsResponse,
        "describe_subscribers_for_notification",
        lambda _: json.dumps({"Subscribers": SUBSCRIBERS}),
        raising=False,
    )


def fill(emulator: Emulator) -> None:
    """Empty moto, and put something in the way of every operation that the collectors call."""
    moto_api_backend.reset()
    kms, iam = emulator.client("kms"), emulator.client("iam")
    key = kms.create_key(Description="ai keys")["KeyMetadata"]["KeyId"]
    role = iam.create_role(RoleName="rotation", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    kms.create_grant(KeyId=key, GranteePrincipal=role, Operations=["Decrypt"])
    iam.create_user(UserName="ada")
    iam.create_group(GroupName="platform")
    attach_aws_policy(emulator.client, "rotation")
    add_organization(emulator.client)
    add_compute(emulator.client, role)
    add_identity_center(emulator.client)
    functions = emulator.client("lambda")
    function = functions.create_function(
        FunctionName="rotate",
        Runtime="python3.12",
        Role=role,
        Handler="rotate.handler",
        Code={"ZipFile": archive()},
    )["FunctionArn"]
    functions.add_permission(
        FunctionName="rotate",
        StatementId="rotation",
        Action="lambda:InvokeFunction",
        Principal="secretsmanager.amazonaws.com",
    )
    functions.put_function_concurrency(FunctionName="rotate", ReservedConcurrentExecutions=2)
    secrets = emulator.client("secretsmanager")
    arn = secrets.create_secret(Name="openai/production", SecretString="never read", KmsKeyId=key)[
        "ARN"
    ]
    secrets.put_resource_policy(SecretId=arn, ResourcePolicy=POLICY)
    secrets.rotate_secret(
        SecretId=arn,
        RotationLambdaARN=function,
        RotationRules={"AutomaticallyAfterDays": 30},
        RotateImmediately=False,
    )
    away = secrets.create_secret(Name="anthropic/production", SecretString="never read")["ARN"]
    secrets.replicate_secret_to_regions(SecretId=away, AddReplicaRegions=[{"Region": AWAY}])
    secrets.create_secret(Name="retired", SecretString="never read")
    secrets.delete_secret(SecretId="retired")
    topic = emulator.client("sns").create_topic(Name="alerts")["TopicArn"]
    emulator.client("sns").subscribe(
        TopicArn=topic, Protocol="email", Endpoint="alerts@example.com"
    )
    emulator.client("cloudwatch").put_metric_alarm(
        AlarmName="spend",
        Namespace="ai",
        MetricName="spend",
        Statistic="Maximum",
        Period=3600,
        EvaluationPeriods=1,
        Threshold=500,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[topic],
    )
    events = emulator.client("events")
    events.put_rule(Name="rotation-failed", EventPattern='{"source": ["aws.secretsmanager"]}')
    events.put_targets(Rule="rotation-failed", Targets=[{"Id": "1", "Arn": topic}])
    emulator.client("budgets").create_budget(
        AccountId=ACCOUNT,
        Budget={
            "BudgetName": "bedrock",
            "BudgetLimit": {"Amount": "500", "Unit": "USD"},
            "TimeUnit": "DAILY",
            "BudgetType": "COST",
        },
        NotificationsWithSubscribers=[
            {
                "Notification": {
                    "NotificationType": "ACTUAL",
                    "ComparisonOperator": "GREATER_THAN",
                    "Threshold": 100,
                    "ThresholdType": "PERCENTAGE",
                },
                "Subscribers": SUBSCRIBERS,
            }
        ],
    )


def answers_in_xml(operation: str) -> bool:
    return operation.partition(":")[0] in QUERY


def error(code: str, status: int = 400) -> Callable[[str], Answer]:
    """An error of a service, in its own protocol, with a message that names a principal."""
    message = "arn:aws:iam::111122223333:user/nobody is not allowed"

    def answer(operation: str) -> Answer:
        if answers_in_xml(operation):
            inner = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
            of_ec2 = f"<Response><Errors>{inner}</Errors></Response>"
            body = (
                of_ec2
                if operation.startswith("ec2:")
                else f"<ErrorResponse>{inner}</ErrorResponse>"
            )
            return Answer(
                status=status, body=body.encode(), headers=(("Content-Type", "text/xml"),)
            )
        return Answer(
            status=status,
            body=json.dumps({"__type": code, "message": message}).encode(),
            headers=(("X-Amzn-Errortype", code), ("Content-Type", "application/x-amz-json-1.1")),
        )

    return answer


def document(members: dict[str, str | list[Any]]) -> Callable[[str], Answer]:
    """An answer that has only these members, of a type that the service never gives."""

    def answer(operation: str) -> Answer:
        if answers_in_xml(operation):
            service, name = operation.split(":")
            inner = "".join(f"<{member}>{value}</{member}>" for member, value in members.items())
            if service != "ec2":
                inner = f"<{name}Result>{inner}</{name}Result>"
            body = f"<{name}Response>{inner}</{name}Response>".encode()
            return Answer(status=200, body=body, headers=(("Content-Type", "text/xml"),))
        return Answer(
            status=200,
            body=json.dumps(members).encode(),
            headers=(("Content-Type", "application/x-amz-json-1.1"),),
        )

    return answer


def _service(environ: WSGIEnvironment) -> str:
    """The service that a request is signed for, as botocore names its client; "" for none."""
    _, _, credential = str(environ.get("HTTP_AUTHORIZATION", "")).partition("Credential=")
    name = credential.split("/")[3] if credential else ""
    return SIGNED_AS.get(name, name)


def _operation(environ: WSGIEnvironment, body: bytes) -> str:
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    path = environ["PATH_INFO"]
    if target:
        return str(target).rsplit(".", 1)[-1]
    if path.startswith("/2") and environ["REQUEST_METHOD"] == "GET":
        last = path.rstrip("/").rpartition("/")[2]
        return {"functions": "ListFunctions", "policy": "GetPolicy"}.get(
            last, "GetFunctionConcurrency"
        )
    return parse_qs(body.decode("utf-8", "replace")).get("Action", [""])[0]


def _list_resource_policies(response: SecretsManagerResponse) -> str:
    secret = response.backend.secrets[response._get_param("SecretId")]
    attached = getattr(secret, "policy", None) is not None
    return json.dumps({"ResourcePolicies": [{"PolicyName": "default"}] if attached else []})
