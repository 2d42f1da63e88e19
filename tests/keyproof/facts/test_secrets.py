from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from keyproof.clock import DAY_NS
from keyproof.facts.secrets import stored_secrets
from tests.keyproof.facts.builders import (
    ACCOUNT,
    AS_OF,
    ELSEWHERE,
    FINISHED,
    OTHER_ACCOUNT,
    OTHER_REGION,
    REGION,
    Seen,
    allow,
    collected,
    failure,
    ns,
    policy,
    secret,
    secret_arn,
    secrets_seen,
    version,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from keyproof.documents import Json

NAME = "prod/openai"
ARN = secret_arn(NAME)
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:rotate"


def fact_of(record: Json, *parts: Seen, gaps: Sequence[Json] = ()) -> Json:
    (fact,) = stored_secrets(collected(secrets_seen(record, gaps=gaps), *parts))
    return fact


def described(**changes: Any) -> Json:
    return fact_of(secret(NAME, **changes))


def with_versions(*versions: Json | None) -> Json:
    record = secret(NAME)
    record["versions"] = None if versions == (None,) else list(versions)
    return record


def test_a_secret_as_it_stands() -> None:
    record = secret(NAME, Tags=[{"Key": "team", "Value": "search"}, {"Key": "empty"}])

    assert fact_of(record) == {
        "arn": ARN,
        "primary_arn": ARN,
        "name": NAME,
        "account": ACCOUNT,
        "region": REGION,
        "tags": {"team": "search", "empty": ""},
        "provider": "openai",
        "owned_by_service": None,
        "pending_deletion": False,
        "replica": False,
        "replicated_to": [],
        "current": True,
        "rotated_at_ns": ns("2026-10-02T09:30:00Z"),
        "rotation": {
            "enabled": False,
            "schedule": None,
            "interval_ns": None,
            "performed_by": None,
            "function": None,
            "last_rotated_at_ns": None,
            "next_rotation_at_ns": None,
            "stuck": False,
        },
    }


def test_secrets_of_all_places_come_in_the_order_of_their_arns() -> None:
    snapshot = collected(
        secrets_seen(secret("b"), secret("a")),
        secrets_seen(secret("c", ELSEWHERE), place=ELSEWHERE),
    )

    names = [(fact["name"], fact["region"]) for fact in stored_secrets(snapshot)]

    assert names == [("c", OTHER_REGION), ("a", REGION), ("b", REGION)]


def test_a_secret_that_two_pages_hold_is_one() -> None:
    snapshot = collected(secrets_seen(secret(NAME), secret("other"), secret(NAME)))

    assert [fact["name"] for fact in stored_secrets(snapshot)] == ["other", NAME]


def test_an_entry_without_an_arn_is_left_to_the_gap_of_its_listing() -> None:
    nameless = {"entry": {"Name": NAME}, "description": None, "versions": None}

    assert stored_secrets(collected(secrets_seen(nameless))) == []


def test_a_secret_is_known_by_its_arn_where_nothing_says_its_name() -> None:
    record = {"entry": {"ARN": ARN}, "description": None, "versions": None}

    fact = fact_of(record)

    assert (fact["arn"], fact["name"], fact["provider"]) == (ARN, NAME, "openai")


@pytest.mark.parametrize(
    "arn", ["x", "arn:aws:secretsmanager", ":::::::", "arn" * 10_000, "\x00\n"]
)
def test_an_arn_that_is_none_stops_nothing(arn: str) -> None:
    record = {"entry": {"ARN": arn}, "description": None, "versions": None}

    assert fact_of(record)["arn"] == arn


def test_a_secret_of_another_partition() -> None:
    arn = f"arn:aws-cn:secretsmanager:{REGION}:{ACCOUNT}:secret:prod/groq-AbCdEf"

    fact = fact_of({"entry": {"ARN": arn}, "description": None, "versions": None})

    assert (fact["name"], fact["replica"]) == ("prod/groq", False)


def test_the_description_counts_where_the_list_lags() -> None:
    record = secret(NAME)
    record["entry"]["DeletedDate"] = "2026-11-01T00:00:00Z"
    record["entry"]["SecretVersionsToStages"] = {"v9": ["AWSPENDING"]}

    fact = fact_of(record)

    assert not fact["pending_deletion"]
    assert not fact["rotation"]["stuck"]


def test_the_entry_counts_where_the_secret_could_not_be_described() -> None:
    record = secret(NAME)
    record["description"] = None
    record["entry"] |= {
        "DeletedDate": "2026-11-01T00:00:00Z",
        "SecretVersionsToStages": {"v2": ["AWSCURRENT"], "v3": ["AWSPENDING"]},
    }

    fact = fact_of(record)

    assert fact["pending_deletion"]
    assert fact["current"]
    assert fact["rotation"]["stuck"]


def test_a_secret_pending_deletion() -> None:
    assert described(DeletedDate="2026-11-30T00:00:00Z")["pending_deletion"]


@pytest.mark.parametrize(
    ("changes", "primary"),
    [
        ({}, ARN),
        ({"PrimaryRegion": REGION}, ARN),
        ({"PrimaryRegion": OTHER_REGION}, secret_arn(NAME, ELSEWHERE)),
        (
            {"CrossAccountPrimary": {"PrimarySecretARN": ARN.replace(ACCOUNT, OTHER_ACCOUNT)}},
            ARN.replace(ACCOUNT, OTHER_ACCOUNT),
        ),
    ],
)
def test_a_replica_knows_its_primary(changes: Json, primary: str) -> None:
    fact = described(**changes)

    assert fact["primary_arn"] == primary
    assert fact["replica"] is (primary != ARN)


class TestAge:
    def test_it_is_that_of_the_current_version_and_of_nothing_else(self) -> None:
        fact = described(
            CreatedDate="2026-01-01T00:00:00Z",
            LastChangedDate="2026-11-01T00:00:00Z",
            LastRotatedDate="2026-11-01T00:00:00Z",
            LastAccessedDate="2026-11-01T00:00:00Z",
        )

        assert fact["rotated_at_ns"] == ns("2026-10-02T09:30:00Z")

    def test_a_version_made_during_the_collection_is_as_old_as_the_collection(self) -> None:
        fact = fact_of(with_versions(version("v2", FINISHED, "AWSCURRENT")))

        assert fact["rotated_at_ns"] == ns(AS_OF)

    def test_a_version_from_the_future_keeps_its_date(self) -> None:
        fact = fact_of(with_versions(version("v2", "2027-01-01T00:00:00Z", "AWSCURRENT")))

        assert fact["rotated_at_ns"] == ns("2027-01-01T00:00:00Z")

    @pytest.mark.parametrize(
        "versions",
        [
            (None,),
            (),
            (version("v2", "2026-10-02T09:30:00Z"),),
            (version("v2", "2026-10-02T09:30:00Z", "AWSPREVIOUS"),),
            (version("v3", "2026-10-02T09:30:00Z", "AWSPENDING"),),
            ({"VersionId": "v2", "CreatedDate": "2026-10-02T09:30:00Z"},),
            ({"VersionId": "v2", "VersionStages": ["AWSCURRENT"]},),
            (
                version("v2", "2026-10-02T09:30:00Z", "AWSCURRENT"),
                version("v1", "2026-01-02T09:30:00Z", "AWSCURRENT"),
            ),
        ],
    )
    def test_it_is_unknown_where_no_listed_version_is_the_current_one(
        self, versions: tuple[Json | None, ...]
    ) -> None:
        assert fact_of(with_versions(*versions))["rotated_at_ns"] is None

    def test_the_later_call_counts_where_the_label_moved_between_two_calls(self) -> None:
        fact = fact_of(
            with_versions(
                version("v3", "2026-11-02T09:31:00Z", "AWSCURRENT"),
                version("v2", "2026-10-02T09:30:00Z", "AWSPREVIOUS"),
            )
        )

        assert fact["rotated_at_ns"] == ns(AS_OF)

    def test_it_is_unknown_where_the_versions_were_not_all_seen(self) -> None:
        fact = fact_of(secret(NAME), gaps=[failure("secretsmanager:ListSecretVersionIds", ARN)])

        assert fact["rotated_at_ns"] is None
        assert fact["current"]


class TestCurrent:
    @pytest.mark.parametrize(
        ("versions", "current"),
        [
            ((None,), True),
            ((), False),
            ((version("v2", "2026-10-02T09:30:00Z", "AWSCURRENT"),), True),
            ((version("v1", "2026-10-02T09:30:00Z", "AWSPREVIOUS"),), False),
        ],
    )
    def test_a_version_without_a_value_is_not_listed(
        self, versions: tuple[Json | None, ...], *, current: bool
    ) -> None:
        assert fact_of(with_versions(*versions))["current"] is current

    def test_a_secret_without_versions_has_none(self) -> None:
        record = with_versions(None)
        del record["description"]["VersionIdsToStages"]

        assert not fact_of(record)["current"]


class TestRotation:
    def test_as_configured(self) -> None:
        rotation = described(
            RotationEnabled=True,
            RotationLambdaARN=FUNCTION,
            RotationRules={"ScheduleExpression": "rate(10 days)", "AutomaticallyAfterDays": 3},
            LastRotatedDate="2026-10-25T00:00:00Z",
            NextRotationDate="2026-11-04T00:00:00Z",
        )["rotation"]

        assert rotation == {
            "enabled": True,
            "schedule": "rate(10 days)",
            "interval_ns": 10 * DAY_NS,
            "performed_by": "function",
            "function": {
                "arn": FUNCTION,
                "status": "unseen",
                "invocable": None,
                "throttled": None,
            },
            "last_rotated_at_ns": ns("2026-10-25T00:00:00Z"),
            "next_rotation_at_ns": ns("2026-11-04T00:00:00Z"),
            "stuck": False,
        }

    def test_a_rotation_during_the_collection_is_as_old_as_the_collection(self) -> None:
        rotation = described(LastRotatedDate=FINISHED)["rotation"]

        assert rotation["last_rotated_at_ns"] == ns(AS_OF)

    @pytest.mark.parametrize(
        ("rules", "schedule", "interval_ns"),
        [
            ({"AutomaticallyAfterDays": 30}, "rate(30 days)", 30 * DAY_NS),
            ({"AutomaticallyAfterDays": 0}, None, None),
            ({"ScheduleExpression": "cron(0 8 1 * ? *)"}, "cron(0 8 1 * ? *)", 31 * DAY_NS),
            (
                {"ScheduleExpression": "every now and then", "AutomaticallyAfterDays": 1},
                "every now and then",
                None,
            ),
            ({}, None, None),
        ],
    )
    def test_the_schedule(self, rules: Json, schedule: str | None, interval_ns: int | None) -> None:
        rotation = described(RotationRules=rules)["rotation"]

        assert (rotation["schedule"], rotation["interval_ns"]) == (schedule, interval_ns)

    @pytest.mark.parametrize(
        ("changes", "performed_by"),
        [
            ({}, None),
            ({"OwningService": "rds"}, "service"),
            ({"ExternalSecretRotationRoleArn": "arn:aws:iam::1:role/r"}, "partner"),
            ({"OwningService": "rds", "RotationLambdaARN": FUNCTION}, "function"),
        ],
    )
    def test_who_performs_it(self, changes: Json, performed_by: str | None) -> None:
        assert described(**changes)["rotation"]["performed_by"] == performed_by

    @pytest.mark.parametrize(
        ("stages", "stuck"),
        [
            ({"v2": ["AWSCURRENT"]}, False),
            ({"v2": ["AWSCURRENT"], "v1": ["AWSPREVIOUS"]}, False),
            ({"v2": ["AWSCURRENT", "AWSPENDING"]}, False),
            ({"v2": ["AWSCURRENT"], "v3": ["AWSPENDING"]}, True),
            ({"v2": ["AWSCURRENT"], "v1": ["AWSPREVIOUS", "AWSPENDING"]}, True),
            ({"v3": ["AWSPENDING"]}, True),
        ],
    )
    def test_a_pending_version_beside_the_current_one_is_stuck(
        self, stages: Json, *, stuck: bool
    ) -> None:
        assert described(VersionIdsToStages=stages)["rotation"]["stuck"] is stuck

    def test_the_listing_tells_of_a_stuck_one_where_nothing_else_does(self) -> None:
        record = with_versions(
            version("v2", "2026-10-02T09:30:00Z", "AWSCURRENT"),
            version("v3", "2026-10-31T09:30:00Z", "AWSPENDING"),
        )
        record["description"] = None

        assert fact_of(record)["rotation"]["stuck"]


INVOKE = {"action": "lambda:InvokeFunction", "resource": FUNCTION}
MAY_INVOKE = policy(
    allow(
        "secretsmanager.amazonaws.com",
        **INVOKE,
        Condition={"StringEquals": {"AWS:SourceAccount": ACCOUNT}},
    )
)


def function_fact(gaps: Sequence[Json] = (), **changes: Any) -> Json:
    function = {
        "arn": FUNCTION,
        "exists": True,
        "policy": MAY_INVOKE,
        "reserved_concurrency": None,
        **changes,
    }
    functions = Seen(source="lambda", records={"functions": [function]}, gaps=gaps)
    fact = fact_of(secret(NAME, RotationLambdaARN=FUNCTION), functions)
    found: Json = fact["rotation"]["function"]
    assert found.pop("arn") == FUNCTION
    return found


class TestFunction:
    def test_one_that_may_run(self) -> None:
        assert function_fact() == {"status": "found", "invocable": True, "throttled": False}

    @pytest.mark.parametrize(
        ("text", "invocable"),
        [
            (None, False),
            ("{", None),
            (policy(), False),
            (policy(allow("events.amazonaws.com", **INVOKE)), False),
            (
                policy(
                    allow(
                        "secretsmanager.amazonaws.com",
                        **INVOKE,
                        Condition={"ArnLike": {"AWS:SourceArn": secret_arn("other")}},
                    )
                ),
                False,
            ),
            (
                policy(
                    allow(
                        "secretsmanager.amazonaws.com",
                        **INVOKE,
                        Condition={"ArnLike": {"AWS:SourceArn": ARN}},
                    )
                ),
                True,
            ),
        ],
    )
    def test_its_policy_decides_who_invokes_it(
        self, text: str | None, *, invocable: bool | None
    ) -> None:
        assert function_fact(policy=text)["invocable"] is invocable

    @pytest.mark.parametrize(("reserved", "throttled"), [(0, True), (1, False), (None, False)])
    def test_a_concurrency_of_zero_stops_it(self, reserved: int | None, *, throttled: bool) -> None:
        assert function_fact(reserved_concurrency=reserved)["throttled"] is throttled

    def test_one_that_is_gone(self) -> None:
        assert function_fact(exists=False, policy=None) == {
            "status": "missing",
            "invocable": False,
            "throttled": None,
        }

    def test_one_that_nobody_could_look_at(self) -> None:
        assert function_fact(exists=None, policy=None) == {
            "status": "unseen",
            "invocable": None,
            "throttled": None,
        }

    @pytest.mark.parametrize("operation", ["lambda:GetPolicy", "sts:AssumeRole"])
    def test_a_policy_that_was_not_seen_decides_nothing(self, operation: str) -> None:
        gaps = [failure(operation, FUNCTION)]

        assert function_fact(gaps, policy=None)["invocable"] is None

    @pytest.mark.parametrize("operation", ["lambda:GetFunctionConcurrency", "sts:AssumeRole"])
    def test_a_concurrency_that_was_not_seen_is_not_unlimited(self, operation: str) -> None:
        gaps = [failure(operation, FUNCTION)]

        assert function_fact(gaps, reserved_concurrency=None)["throttled"] is None

    def test_the_same_function_in_another_region_is_another(self) -> None:
        function = {"arn": FUNCTION, "exists": True, "policy": None, "reserved_concurrency": None}
        there = Seen(source="lambda", records={"functions": [function]}, place=ELSEWHERE)

        fact = fact_of(secret(NAME, RotationLambdaARN=FUNCTION), there)

        assert fact["rotation"]["function"]["status"] == "unseen"
