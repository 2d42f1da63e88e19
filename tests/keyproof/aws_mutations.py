"""Single changes to the flawless AWS account, and the verdicts that each must change."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from examples import AS_OF
from examples.emulator import ACCOUNT, at, confirm_subscription
from examples.estate import (
    DATABASE,
    FUNCTION,
    IRELAND,
    KEYS,
    ON_CALL,
    VIRGINIA,
    client,
    function_arn,
    topic_arn,
)
from tests.keyproof.mutations import FAIL, UNKNOWN, Mutation

STORED = {"stored_in_secrets_manager": FAIL}
LOST = {
    "stored_in_secrets_manager": FAIL,
    "inventory_complete": FAIL,
    "rotated_on_schedule": FAIL,
    "rotated_automatically": FAIL,
    "access_restricted": UNKNOWN,
}
COMPLETE = {"inventory_complete": FAIL}
ON_SCHEDULE = {"rotated_on_schedule": FAIL}
AUTOMATIC = {"rotated_automatically": FAIL}
SPEND = {"spend_alerts_deliverable": FAIL}
SPEND_UNKNOWN = {"spend_alerts_deliverable": UNKNOWN}


PRODUCTION, DEVELOPMENT, ANTHROPIC, PINECONE = KEYS
ALARM = f"ai-spend-{PRODUCTION.credential}"


def secrets() -> Any:
    return client("secretsmanager", VIRGINIA)


def cloudwatch() -> Any:
    return client("cloudwatch", VIRGINIA)


def sns() -> Any:
    return client("sns", VIRGINIA)


def functions() -> Any:
    return client("lambda", VIRGINIA)


def create(name: str, **more: Any) -> None:
    secrets().create_secret(Name=name, SecretString="an emulated value", **more)


def set_by_hand(age: timedelta, *, rotation_days: int | None = None) -> None:
    """Make the Pinecone key anew, `age` before the snapshot, by hand."""
    secrets().delete_secret(SecretId=PINECONE.secret, ForceDeleteWithoutRecovery=True)
    with at(AS_OF - age):
        create(PINECONE.secret)
    if rotation_days is not None:
        # Rotation is on, its last run is recent, and then somebody put an old version back.
        rotate(rotation_days, age=timedelta(days=1))
        versions = secrets().list_secret_version_ids(SecretId=PINECONE.secret)["Versions"]
        (current,) = [v["VersionId"] for v in versions if v["VersionStages"] == ["AWSCURRENT"]]
        (previous,) = [v["VersionId"] for v in versions if v["VersionStages"] == ["AWSPREVIOUS"]]
        secrets().update_secret_version_stage(
            SecretId=PINECONE.secret,
            VersionStage="AWSCURRENT",
            MoveToVersionId=previous,
            RemoveFromVersionId=current,
        )


def rotate(days: int, *, age: timedelta = timedelta(days=10), **rules: Any) -> None:
    with at(AS_OF - age):
        secrets().rotate_secret(
            SecretId=PINECONE.secret,
            RotationLambdaARN=function_arn(VIRGINIA),
            RotationRules=rules or {"ScheduleExpression": f"rate({days} days)"},
        )


def alarm(name: str = ALARM, region: str = VIRGINIA, **changed: Any) -> None:
    """Put the production alarm again with other settings."""
    settings: dict[str, Any] = {
        "AlarmName": name,
        "Namespace": "ExampleCompany/AI",
        "MetricName": "SpendSinceMidnight",
        "Dimensions": dimensions("openai", "production"),
        "Statistic": "Maximum",
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 500.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "ActionsEnabled": True,
        "AlarmActions": [topic_arn(VIRGINIA)],
    } | changed
    client("cloudwatch", region).put_metric_alarm(
        **{name: value for name, value in settings.items() if value is not None}
    )


def move_alarm() -> None:
    cloudwatch().delete_alarms(AlarmNames=[ALARM])
    alarm(region=IRELAND)


def dimensions(provider: str, environment: str) -> list[dict[str, str]]:
    return [
        {"Name": "Provider", "Value": provider},
        {"Name": "Environment", "Value": environment},
    ]


def resubscribe(protocol: str, endpoint: str, *, confirmed: bool = True, **attributes: str) -> None:
    """Replace the only subscription of the topic."""
    topic = topic_arn(VIRGINIA)
    unsubscribe()
    sns().subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=attributes)
    if confirmed and protocol == "email":
        confirm_subscription(topic, endpoint)


def unsubscribe() -> None:
    for found in sns().list_subscriptions_by_topic(TopicArn=topic_arn(VIRGINIA))["Subscriptions"]:
        sns().unsubscribe(SubscriptionArn=found["SubscriptionArn"])


def topic_policy(*statements: dict[str, Any]) -> None:
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    topic_attribute("Policy", json.dumps(policy))


def topic_attribute(name: str, value: str) -> None:
    sns().set_topic_attributes(
        TopicArn=topic_arn(VIRGINIA), AttributeName=name, AttributeValue=value
    )


def publish_statement(effect: str, **principal: str) -> dict[str, Any]:
    return {
        "Effect": effect,
        "Principal": principal,
        "Action": "SNS:Publish",
        "Resource": topic_arn(VIRGINIA),
    }


def permit(**permission: str) -> None:
    """Replace the rotation function's permission."""
    functions().remove_permission(FunctionName=FUNCTION, StatementId="secrets-manager")
    if permission:
        functions().add_permission(
            FunctionName=FUNCTION,
            StatementId="secrets-manager",
            Action="lambda:InvokeFunction",
            **permission,
        )


def move_secret() -> None:
    """The Pinecone secret stands in Ireland now, where nobody said that it would."""
    secrets().delete_secret(SecretId=PINECONE.secret, ForceDeleteWithoutRecovery=True)
    with at(AS_OF - timedelta(days=10)):
        client("secretsmanager", IRELAND).create_secret(
            Name=PINECONE.secret, SecretString="an emulated value"
        )


def replica_only() -> None:
    """What stands in Virginia is a replica of a secret in Ireland."""
    secrets().delete_secret(SecretId=PINECONE.secret, ForceDeleteWithoutRecovery=True)
    ireland = client("secretsmanager", IRELAND)
    with at(AS_OF - timedelta(days=10)):
        ireland.create_secret(
            Name=PINECONE.secret,
            SecretString="an emulated value",
            AddReplicaRegions=[{"Region": VIRGINIA}],
        )


def empty_secret() -> None:
    secrets().delete_secret(SecretId=PINECONE.secret, ForceDeleteWithoutRecovery=True)
    secrets().create_secret(Name=PINECONE.secret)


def add_budget() -> None:
    client("budgets", VIRGINIA).create_budget(
        AccountId=ACCOUNT,
        Budget={
            "BudgetName": "everything",
            "BudgetLimit": {"Amount": "10000", "Unit": "USD"},
            "TimeUnit": "MONTHLY",
            "BudgetType": "COST",
        },
        NotificationsWithSubscribers=[
            {
                "Notification": {
                    "NotificationType": "ACTUAL",
                    "ComparisonOperator": "GREATER_THAN",
                    "Threshold": 80,
                },
                "Subscribers": [{"SubscriptionType": "EMAIL", "Address": ON_CALL}],
            }
        ],
    )


def add_reader() -> None:
    iam = client("iam", VIRGINIA)
    iam.create_user(UserName="newcomer")
    iam.create_role(RoleName="newcomer", AssumeRolePolicyDocument=json.dumps({"Statement": []}))


def add_rule() -> None:
    events = client("events", VIRGINIA)
    events.put_rule(Name="spare", EventPattern='{"source": ["aws.health"]}')
    events.put_targets(Rule="spare", Targets=[{"Id": "1", "Arn": topic_arn(VIRGINIA)}])


def add_resource_policy() -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/{FUNCTION}"},
                "Action": "secretsmanager:GetSecretValue",
                "Resource": "*",
            }
        ],
    }
    secrets().put_resource_policy(SecretId=PINECONE.secret, ResourcePolicy=json.dumps(policy))


OTHER_ACCOUNT = "arn:aws:sns:us-east-1:444455556666:alerts"

SECRETS_MUTATIONS = (
    Mutation(
        name="a secret is deleted with a recovery window",
        apply=lambda: secrets().delete_secret(SecretId=PINECONE.secret, RecoveryWindowInDays=7),
        changes=STORED,
    ),
    Mutation(
        name="a secret is deleted for good",
        apply=lambda: secrets().delete_secret(
            SecretId=PINECONE.secret, ForceDeleteWithoutRecovery=True
        ),
        changes=LOST,
    ),
    Mutation(name="a secret stands in another region", apply=move_secret, changes=LOST),
    Mutation(
        name="a secret was never given a value",
        apply=empty_secret,
        changes=STORED | ON_SCHEDULE | AUTOMATIC,
    ),
    Mutation(
        name="what stands in the declared region is a replica",
        apply=replica_only,
        changes=STORED | AUTOMATIC,
    ),
    Mutation(
        name="an OpenAI key that nobody declared",
        apply=lambda: create("trial/openai"),
        changes=COMPLETE,
    ),
    Mutation(
        name="a provider's name only in the description",
        apply=lambda: create("trial/x1", Description="Key for Anthropic's API"),
        changes=COMPLETE,
    ),
    Mutation(
        name="a provider's name only in a tag",
        apply=lambda: create("trial/x2", Tags=[{"Key": "vendor", "Value": "Hugging Face"}]),
        changes=COMPLETE,
    ),
    Mutation(
        name="a secret that says nothing of itself",
        apply=lambda: create("trial/x3"),
        changes={"inventory_complete": UNKNOWN},
    ),
    Mutation(
        name="an OpenAI key under a name that the inventory excludes",
        apply=lambda: create("production/orders/openai-key"),
        changes=COMPLETE,
    ),
    Mutation(name="one more database password", apply=lambda: create("production/orders/replica")),
    Mutation(
        name="a tag is edited today",
        apply=lambda: secrets().tag_resource(
            SecretId=PINECONE.secret, Tags=[{"Key": "team", "Value": "search"}]
        ),
    ),
    Mutation(
        name="a description is edited today",
        apply=lambda: secrets().update_secret(SecretId=PINECONE.secret, Description="Search"),
    ),
    Mutation(
        name="a replica is made in another region",
        apply=lambda: secrets().replicate_secret_to_regions(
            SecretId=PINECONE.secret, AddReplicaRegions=[{"Region": IRELAND}]
        ),
    ),
    Mutation(
        name="the database secret is deleted",
        apply=lambda: secrets().delete_secret(SecretId=DATABASE, ForceDeleteWithoutRecovery=True),
    ),
)

ROTATION_MUTATIONS = (
    Mutation(
        name="a key set by hand, on the last second of its schedule",
        apply=lambda: set_by_hand(timedelta(days=90)),
        changes=AUTOMATIC,
    ),
    Mutation(
        name="a key set by hand, one second past its schedule",
        apply=lambda: set_by_hand(timedelta(days=90, seconds=1)),
        changes=ON_SCHEDULE | AUTOMATIC,
    ),
    Mutation(
        name="an old version is current again after a good rotation",
        apply=lambda: set_by_hand(timedelta(days=91), rotation_days=60),
        changes=ON_SCHEDULE,
    ),
    Mutation(
        name="rotation is cancelled",
        apply=lambda: secrets().cancel_rotate_secret(SecretId=PINECONE.secret),
        changes=AUTOMATIC,
    ),
    Mutation(name="rotation is slower than declared", apply=lambda: rotate(91), changes=AUTOMATIC),
    Mutation(name="rotation is as slow as declared", apply=lambda: rotate(90)),
    Mutation(
        name="rotation by days instead of an expression",
        apply=lambda: rotate(0, AutomaticallyAfterDays=60),
    ),
    Mutation(
        name="rotation by cron, each first of the month",
        apply=lambda: rotate(0, ScheduleExpression="cron(0 8 1 * ? *)"),
    ),
    Mutation(name="the next rotation is overdue", apply=lambda: rotate(9), changes=AUTOMATIC),
    Mutation(
        name="a rotation is stuck",
        apply=lambda: secrets().put_secret_value(
            SecretId=PINECONE.secret, SecretString="another", VersionStages=["AWSPENDING"]
        ),
        changes=AUTOMATIC,
    ),
    Mutation(
        name="the rotation function is gone",
        apply=lambda: functions().delete_function(FunctionName=FUNCTION),
        changes=AUTOMATIC,
    ),
    Mutation(name="the rotation function may not be invoked", apply=permit, changes=AUTOMATIC),
    Mutation(
        name="the rotation function may be invoked by another service",
        apply=lambda: permit(Principal="events.amazonaws.com"),
        changes=AUTOMATIC,
    ),
    Mutation(
        name="the rotation function may be invoked for another account",
        apply=lambda: permit(
            Principal="secretsmanager.amazonaws.com", SourceAccount="444455556666"
        ),
        changes=AUTOMATIC,
    ),
    Mutation(
        name="the rotation function is throttled to nothing",
        apply=lambda: functions().put_function_concurrency(
            FunctionName=FUNCTION, ReservedConcurrentExecutions=0
        ),
        changes=AUTOMATIC,
    ),
    Mutation(
        name="the rotation function has some concurrency of its own",
        apply=lambda: functions().put_function_concurrency(
            FunctionName=FUNCTION, ReservedConcurrentExecutions=1
        ),
    ),
)

ALARM_MUTATIONS = (
    Mutation(
        name="the alarm is deleted",
        apply=lambda: cloudwatch().delete_alarms(AlarmNames=[ALARM]),
        changes=SPEND,
    ),
    Mutation(
        name="the alarm's actions are off",
        apply=lambda: cloudwatch().disable_alarm_actions(AlarmNames=[ALARM]),
        changes=SPEND,
    ),
    Mutation(
        name="the alarm fires one cent too late",
        apply=lambda: alarm(Threshold=500.01),
        changes=SPEND,
    ),
    Mutation(name="the alarm fires earlier than declared", apply=lambda: alarm(Threshold=400.0)),
    Mutation(
        name="the alarm fires below its threshold",
        apply=lambda: alarm(ComparisonOperator="LessThanThreshold"),
        changes=SPEND,
    ),
    Mutation(
        name="the alarm looks at an average",
        apply=lambda: alarm(Statistic="Average"),
        changes=SPEND,
    ),
    Mutation(
        name="the alarm waits for three days of breach",
        apply=lambda: alarm(Period=86400, EvaluationPeriods=3),
        changes=SPEND,
    ),
    Mutation(
        name="the alarm watches a metric that nobody publishes",
        apply=lambda: alarm(MetricName="SpendSinceMidnigth"),
        changes=SPEND,
    ),
    Mutation(
        name="the alarm watches another environment",
        apply=lambda: alarm(Dimensions=dimensions("openai", "development")),
        changes=SPEND,
    ),
    Mutation(
        name="the alarm watches another provider",
        apply=lambda: alarm(Dimensions=dimensions("anthropic", "production")),
        changes=SPEND,
    ),
    Mutation(
        name="the alarm watches the AWS bill",
        apply=lambda: alarm(
            Namespace="AWS/Billing",
            MetricName="EstimatedCharges",
            Dimensions=[{"Name": "Currency", "Value": "USD"}],
        ),
        changes=SPEND,
    ),
    Mutation(
        name="the alarm stands in another region",
        apply=move_alarm,
        changes=SPEND,
    ),
    Mutation(
        name="the alarm computes",
        apply=lambda: alarm(
            MetricName=None,
            Namespace=None,
            Statistic=None,
            Period=None,
            Dimensions=None,
            Metrics=[{"Id": "total", "Expression": "a + b", "ReturnData": True}],
        ),
        changes=SPEND_UNKNOWN,
    ),
    Mutation(name="the alarm tells nobody", apply=lambda: alarm(AlarmActions=[]), changes=SPEND),
    Mutation(
        name="the alarm tells a topic that does not exist",
        apply=lambda: alarm(AlarmActions=[topic_arn(VIRGINIA) + "s"]),
        changes=SPEND,
    ),
    Mutation(
        name="the alarm tells a topic of an account that nobody sees",
        apply=lambda: alarm(AlarmActions=[OTHER_ACCOUNT]),
        changes=SPEND_UNKNOWN,
    ),
    Mutation(
        name="the alarm stops a machine",
        apply=lambda: alarm(AlarmActions=["arn:aws:automate:us-east-1:ec2:stop"]),
        changes=SPEND,
    ),
    Mutation(
        name="one more alarm that no entry names", apply=lambda: alarm("spare", AlarmActions=[])
    ),
)

TOPIC_MUTATIONS = (
    Mutation(
        name="the recipient never confirmed",
        apply=lambda: resubscribe("email", "new@example.com", confirmed=False),
        changes=SPEND,
    ),
    Mutation(
        name="the recipient is another one", apply=lambda: resubscribe("email", "b@example.com")
    ),
    Mutation(name="the recipient unsubscribed", apply=unsubscribe, changes=SPEND),
    Mutation(
        name="one more recipient never confirmed",
        apply=lambda: sns().subscribe(
            TopicArn=topic_arn(VIRGINIA), Protocol="email", Endpoint="new@example.com"
        ),
    ),
    Mutation(
        name="only a queue listens",
        apply=lambda: resubscribe("sqs", f"arn:aws:sqs:us-east-1:{ACCOUNT}:alerts"),
        changes=SPEND_UNKNOWN,
    ),
    Mutation(
        name="a filter drops the alert",
        apply=lambda: resubscribe("email", ON_CALL, FilterPolicy='{"severity": ["page"]}'),
        changes=SPEND,
    ),
    Mutation(
        name="a filter on the body may drop the alert",
        apply=lambda: resubscribe(
            "email", ON_CALL, FilterPolicy='{"a": ["b"]}', FilterPolicyScope="MessageBody"
        ),
        changes=SPEND_UNKNOWN,
    ),
    Mutation(
        name="the topic is deleted",
        apply=lambda: sns().delete_topic(TopicArn=topic_arn(VIRGINIA)),
        changes=SPEND,
    ),
    Mutation(
        name="the topic's policy names another service",
        apply=lambda: topic_policy(publish_statement("Allow", Service="s3.amazonaws.com")),
        changes=SPEND,
    ),
    Mutation(
        name="the topic's policy names CloudWatch",
        apply=lambda: topic_policy(publish_statement("Allow", Service="cloudwatch.amazonaws.com")),
    ),
    Mutation(
        name="the topic's policy denies CloudWatch",
        apply=lambda: topic_policy(
            publish_statement("Allow", AWS="*"),
            publish_statement("Deny", Service="cloudwatch.amazonaws.com"),
        ),
        changes=SPEND,
    ),
    Mutation(
        name="the topic's policy hangs on a condition that cannot be known",
        apply=lambda: topic_policy(
            publish_statement("Allow", AWS="*")
            | {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-example"}}}
        ),
        changes=SPEND_UNKNOWN,
    ),
    Mutation(
        name="the topic is encrypted with the AWS-managed key",
        apply=lambda: topic_attribute("KmsMasterKeyId", "alias/aws/sns"),
        changes=SPEND,
    ),
    Mutation(
        name="the topic is encrypted with a key of which nothing is known",
        apply=lambda: topic_attribute("KmsMasterKeyId", "alias/topics"),
        changes=SPEND_UNKNOWN,
    ),
)

OTHER_MUTATIONS = (
    Mutation(name="a budget is added", apply=add_budget),
    Mutation(name="a user and a role are added", apply=add_reader),
    Mutation(name="an EventBridge rule is added", apply=add_rule),
    Mutation(name="a secret is given a policy", apply=add_resource_policy),
)

AWS_MUTATIONS = (
    *SECRETS_MUTATIONS,
    *ROTATION_MUTATIONS,
    *ALARM_MUTATIONS,
    *TOPIC_MUTATIONS,
    *OTHER_MUTATIONS,
)
