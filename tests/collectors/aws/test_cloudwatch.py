from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.model import ListShape, StringShape
from botocore.session import Session

from collectors.aws.cloudwatch import collect
from tests.collectors.script import Refusal, Script

if TYPE_CHECKING:
    from collectors.aws.calls import Workers

ALARMS = "cloudwatch:DescribeAlarms"


def test_alarms_of_every_type_that_aws_has_are_asked_for(workers: Workers) -> None:
    script = Script(
        {
            ALARMS: {
                "MetricAlarms": [{"AlarmName": "m"}],
                "CompositeAlarms": [{"AlarmName": "c"}],
                "LogAlarms": [{"AlarmName": "l"}],
            }
        }
    )

    assert collect(script.calls(workers)) == {
        "metric_alarms": [{"AlarmName": "m"}],
        "composite_alarms": [{"AlarmName": "c"}],
        "log_alarms": [{"AlarmName": "l"}],
    }
    types = Session().get_service_model("cloudwatch").shape_for("AlarmTypes")
    assert isinstance(types, ListShape)
    assert isinstance(types.member, StringShape)
    assert set(script.requests[0][1]["AlarmTypes"]) == set(types.member.enum)


def test_no_alarm_can_be_described(workers: Workers) -> None:
    calls = Script({ALARMS: Refusal("AccessDenied")}).calls(workers)

    assert collect(calls) == {"metric_alarms": [], "composite_alarms": [], "log_alarms": []}
    assert [gap.operation for gap in calls.gaps] == [ALARMS]


def test_an_alarm_without_a_name_is_a_gap(workers: Workers) -> None:
    alarms = {"MetricAlarms": [{"AlarmArn": "a"}], "CompositeAlarms": [], "LogAlarms": []}
    calls = Script({ALARMS: alarms}).calls(workers)

    collect(calls)

    assert [(gap.operation, gap.code) for gap in calls.gaps] == [(ALARMS, "MalformedResponse")]
