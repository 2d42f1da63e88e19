from __future__ import annotations

import threading
from multiprocessing.pool import ThreadPool
from typing import TYPE_CHECKING, Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.session import Session

import keyproof
from collectors.aws.accounts import AwsAccount
from collectors.aws.clients import (
    ALLOWED_OPERATIONS,
    REQUESTS_AT_ONCE,
    Clients,
    RefusedOperationError,
    iam_policy,
)
from keyproof.errors import ConfigurationError
from tests.collectors.emulator import ACCOUNT, HOME, error

if TYPE_CHECKING:
    from pathlib import Path

    from tests.collectors.emulator import Emulator

OWN = AwsAccount(id=ACCOUNT, regions=(HOME,))
OTHER = "111122223333"
ROLE = f"arn:aws:iam::{OTHER}:role/auditor"
FORBIDDEN = [
    ("secretsmanager", "GetSecretValue", {"SecretId": "openai/production"}),
    ("secretsmanager", "BatchGetSecretValue", {"SecretIdList": ["openai/production"]}),
    ("secretsmanager", "DeleteSecret", {"SecretId": "openai/production"}),
    ("lambda", "GetFunction", {"FunctionName": "rotate"}),
    ("lambda", "GetFunctionConfiguration", {"FunctionName": "rotate"}),
    ("codebuild", "BatchGetBuilds", {"ids": ["build:1"]}),
    ("ec2", "DescribeInstanceAttribute", {"InstanceId": "i-1", "Attribute": "userData"}),
    ("kms", "Decrypt", {"CiphertextBlob": b"x"}),
    ("sts", "AssumeRole", {"RoleArn": ROLE, "RoleSessionName": "x-x"}),
    ("s3", "ListBuckets", {}),
]
MODELS = Session()
OPERATIONS = sorted(ALLOWED_OPERATIONS)


@pytest.mark.parametrize(("service", "operation", "parameters"), FORBIDDEN)
def test_nothing_else_leaves_the_machine(
    emulator: Emulator, service: str, operation: str, parameters: dict[str, Any]
) -> None:
    client = Clients(OWN).client(service, HOME)

    with pytest.raises(RefusedOperationError, match=f"{service}:{operation} is not on"):
        getattr(client, xform_name(operation))(**parameters)

    assert emulator.operations == []


def test_a_call_past_the_first_guard_is_refused_before_it_is_sent(emulator: Emulator) -> None:
    client = Clients(OWN).client("secretsmanager", HOME)
    model = client.meta.service_model.operation_model("GetSecretValue")
    request = client._convert_to_request_dict(  # type: ignore[attr-defined] # on purpose below the public interface
        api_params={"SecretId": "openai/production"},
        operation_model=model,
        endpoint_url=emulator.url,
        context={"client_region": HOME, "auth_type": "v4"},
    )

    with pytest.raises(RefusedOperationError):
        client._make_request(model, request, {})  # type: ignore[attr-defined] # as above

    assert emulator.operations == []


@pytest.mark.parametrize("operation", ["get_secret_value", "list_secrets"])
def test_no_presigned_url_is_made(emulator: Emulator, operation: str) -> None:
    client: Any = Clients(OWN).client("secretsmanager", HOME)

    with pytest.raises(RefusedOperationError):
        client.generate_presigned_url(operation, Params={})

    assert emulator.operations == []


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_allowed_operation_exists_and_only_reads(operation: str) -> None:
    service, name = operation.split(":")

    MODELS.get_service_model(service).operation_model(name)

    assert name.startswith(("Describe", "Get", "List")) or operation == "codebuild:BatchGetProjects"


def test_clients_are_made_once_and_shared(emulator: Emulator) -> None:
    clients = Clients(OWN)
    with ThreadPool(8) as pool:
        made = pool.map(lambda _: clients.client("kms", HOME), range(16))

    assert {id(client) for client in made} == {id(made[0])}
    assert clients.client("kms", "eu-west-1") is not made[0]
    assert emulator.operations == []


def test_clients_retry_adaptively_and_say_who_they_are(emulator: Emulator) -> None:
    client = Clients(OWN, max_attempts=3, connect_timeout=2, read_timeout=4).client("sts", HOME)
    client.get_caller_identity()  # type: ignore[attr-defined] # of this service only
    config: Any = client.meta.config

    assert config.retries == {"mode": "adaptive", "total_max_attempts": 3}
    assert (config.connect_timeout, config.read_timeout) == (2, 4)
    assert config.max_pool_connections == REQUESTS_AT_ONCE
    assert all(f"keyproof/{keyproof.__version__}" in agent for agent in emulator.user_agents)
    assert emulator.operations == ["GetCallerIdentity"]


def test_an_endpoint_of_one_service_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:9")
    clients = Clients(OWN)

    assert clients.client("kms", HOME).meta.endpoint_url == "http://127.0.0.1:9"
    assert clients.client("sns", HOME).meta.endpoint_url == "https://sns.us-east-1.amazonaws.com"


def test_a_role_is_assumed_once_for_all_calls(emulator: Emulator) -> None:
    account = AwsAccount(id=OTHER, regions=(HOME,), role_arn=ROLE, external_id="a-secret-of-two")
    clients = Clients(account)
    client: Any = clients.client("sts", HOME)

    callers = [client.get_caller_identity() for _ in range(2)]

    assert [caller["Account"] for caller in callers] == [OTHER] * 2
    assert callers[0]["Arn"] == f"arn:aws:sts::{OTHER}:assumed-role/auditor/keyproof"
    assert emulator.operations == ["AssumeRole", "GetCallerIdentity", "GetCallerIdentity"]


def test_a_role_that_may_not_be_assumed_is_an_error_of_the_call(emulator: Emulator) -> None:
    emulator.faults["AssumeRole"] = error("AccessDenied", 403)
    account = AwsAccount(id=OTHER, regions=(HOME,), role_arn=ROLE)
    client: Any = Clients(account, max_attempts=1).client("kms", HOME)

    with pytest.raises(ClientError, match="AccessDenied"):
        client.describe_key(KeyId="any")

    assert emulator.operations == ["AssumeRole"]


def test_one_thread_refreshes_while_others_make_clients(emulator: Emulator) -> None:
    account = AwsAccount(id=OTHER, regions=(HOME,), role_arn=ROLE)
    clients = Clients(account)
    ready = threading.Barrier(4)

    def call(region: str) -> str:
        ready.wait()
        client: Any = clients.client("sts", region)
        return str(client.get_caller_identity()["Account"])

    with ThreadPool(4) as pool:
        regions = [HOME, HOME, "eu-west-1", "eu-central-1"]
        assert pool.map(call, regions, chunksize=1) == [OTHER] * 4
    assert emulator.operations.count("AssumeRole") == 1


@pytest.mark.parametrize("role_arn", [None, ROLE])
def test_an_unknown_profile_is_named(role_arn: str | None) -> None:
    account = AwsAccount(id=ACCOUNT, regions=(HOME,), profile="nobody", role_arn=role_arn)

    with pytest.raises(ConfigurationError, match="no profile 'nobody' for account 123456789012"):
        Clients(account).client("sts", HOME)


def test_an_endpoint_that_is_no_url_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "localhost")

    with pytest.raises(ConfigurationError, match="Invalid endpoint: localhost"):
        Clients(OWN).client("sts", HOME)


def test_a_broken_configuration_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("no section")

    with pytest.raises(ConfigurationError, match=r"Unable to parse config file: .*config"):
        Clients(OWN).client("sts", HOME)


def test_the_policy_allows_what_is_called_and_denies_the_values() -> None:
    allow, deny = iam_policy()["Statement"]

    assert (allow["Effect"], deny["Effect"]) == ("Allow", "Deny")
    assert deny["Action"] == [
        "kms:Decrypt",
        "secretsmanager:BatchGetSecretValue",
        "secretsmanager:GetSecretValue",
    ]
    assert allow["Action"] == sorted(
        {"budgets:ViewBudget"}
        | {
            operation.replace("sso-admin:", "sso:")
            for operation in OPERATIONS
            if not operation.startswith("budgets:")
        }
    )
    assert allow["Resource"] == deny["Resource"] == "*"
