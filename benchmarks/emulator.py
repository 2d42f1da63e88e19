"""
moto's server in a process of its own, filled with an estate of any size.

moto is mended as for the example company. Its server keeps connections open, as AWS does,
and can wait before each answer, as a network does.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import time
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from examples.emulator import ACCOUNT, confirm_subscription, emulated_aws
from examples.estate import client

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from multiprocessing.connection import Connection
    from wsgiref.types import StartResponse, WSGIEnvironment

REGION = "us-east-1"
FUNCTION = "rotate-ai-key"

_ON_CALL = "ai-on-call@example.com"
_SECRETS_OF_A_KEY = 50
_CPU = "cpu"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmulatedAccount:
    """A running emulator: where it answers, and what answering has cost it so far."""

    url: str
    _line: Connection

    @property
    def environment(self) -> dict[str, str]:
        """This process's environment, but that botocore turns to the emulator."""
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": self.url,
        }

    def cpu_seconds(self) -> float:
        """Processor time that the emulator's process has used since it started."""
        self._line.send(_CPU)
        seconds: float = self._line.recv()
        return seconds


@contextmanager
def emulated_account(
    *, secrets: int, roles: int = 0, latency_seconds: float = 0
) -> Iterator[EmulatedAccount]:
    """Start the emulator with an estate in it; it ends with the block."""
    context = multiprocessing.get_context("spawn")
    line, other_end = context.Pipe()
    process = context.Process(target=_serve, args=(other_end, secrets, roles, latency_seconds))
    process.start()
    other_end.close()
    try:
        yield EmulatedAccount(url=line.recv(), _line=line)
    finally:
        line.close()
        process.join()


def _serve(line: Connection, secrets: int, roles: int, latency_seconds: float) -> None:
    """Answer requests until the other end of the line is closed."""
    with emulated_aws():
        _fill(secrets, roles)
        moto = DomainDispatcherApplication(create_backend_app)

        def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            time.sleep(latency_seconds)
            answered: Iterable[bytes] = moto(environ, start_response)
            return answered

        server = make_server("127.0.0.1", 0, answer, threaded=True, request_handler=_Handler)
        Thread(target=server.serve_forever, daemon=True).start()
        line.send(f"http://127.0.0.1:{server.server_port}")
        try:
            while line.recv() == _CPU:
                line.send(time.process_time())
        except EOFError:
            server.shutdown()


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # which keeps connections

    def log(self, *_: object) -> None:
        """Thousands of requests would drown the figures."""


def _fill(secrets: int, roles: int) -> None:
    for number in range(roles):
        _role(f"service-{number:03d}")
    function = _function()
    topic = client("sns", REGION).create_topic(Name="ai-spend")["TopicArn"]
    client("sns", REGION).subscribe(TopicArn=topic, Protocol="email", Endpoint=_ON_CALL)
    confirm_subscription(topic, _ON_CALL)
    key = ""
    for number in range(secrets):
        if number % _SECRETS_OF_A_KEY == 0:
            key = client("kms", REGION).create_key(Description="AI keys")["KeyMetadata"]["Arn"]
        _secret(secret_name(number), key, function)
        _alarm(number, topic)


def secret_name(number: int) -> str:
    """The name of one of the emulated secrets."""
    return f"production/openai/{number:05d}/api-key"


def alarm_name(number: int) -> str:
    """The name of the alarm on the spend of the key in one of the secrets."""
    return f"ai-spend-{number:05d}"


def _role(name: str) -> str:
    iam = client("iam", REGION)
    trust = _policy({"Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]
    allowed = {
        "Action": ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
        "Resource": f"arn:aws:secretsmanager:*:{ACCOUNT}:secret:*",
    }
    iam.put_role_policy(RoleName=name, PolicyName="read", PolicyDocument=_policy(allowed))
    arn: str = role["Arn"]
    return arn


def _function() -> str:
    functions = client("lambda", REGION)
    arn: str = functions.create_function(
        FunctionName=FUNCTION,
        Runtime="python3.13",
        Role=_role(FUNCTION),
        Handler="rotate.handler",
        Code={"ZipFile": b"an emulated archive, never run"},
    )["FunctionArn"]
    functions.add_permission(
        FunctionName=FUNCTION,
        StatementId="secrets-manager",
        Action="lambda:InvokeFunction",
        Principal="secretsmanager.amazonaws.com",
        SourceAccount=ACCOUNT,
    )
    return arn


def _secret(name: str, key: str, function: str) -> None:
    """Every secret has a policy of its own, so that each takes all four calls."""
    secrets = client("secretsmanager", REGION)
    secrets.create_secret(Name=name, KmsKeyId=key, SecretString="an emulated value, never read")
    owner = {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Resource": "*"}
    secrets.put_resource_policy(
        SecretId=name,
        ResourcePolicy=_policy({**owner, "Action": "secretsmanager:DescribeSecret"}),
    )
    secrets.rotate_secret(
        SecretId=name,
        RotationLambdaARN=function,
        RotationRules={"ScheduleExpression": "rate(30 days)"},
    )


def _alarm(number: int, topic: str) -> None:
    client("cloudwatch", REGION).put_metric_alarm(
        AlarmName=alarm_name(number),
        Namespace="ExampleCompany/AI",
        MetricName="SpendSinceMidnight",
        Dimensions=[{"Name": "Provider", "Value": "openai"}],
        Statistic="Maximum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=500.0,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        ActionsEnabled=True,
        AlarmActions=[topic],
    )


def _policy(statement: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})
