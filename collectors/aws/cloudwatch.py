"""Amazon CloudWatch: every alarm of a region, of all types."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collectors.aws.calls import Calls
    from keyproof.documents import Json

MEMBERS = ("metric_alarms", "composite_alarms", "log_alarms")

_LISTS = ("MetricAlarms", "CompositeAlarms", "LogAlarms")
_DESCRIBE = "cloudwatch:DescribeAlarms"
_TYPES = ("MetricAlarm", "CompositeAlarm", "LogAlarm")


def collect(calls: Calls) -> Json:
    """Describe the alarms; without their types AWS would describe metric alarms only."""
    alarms = calls.pages(_DESCRIBE, {"AlarmTypes": list(_TYPES)}) or {}
    for name in _LISTS:
        for alarm in alarms.get(name, []):
            calls.text(alarm, "AlarmName", _DESCRIBE)  # one without a name is a gap
    return {member: alarms.get(name, []) for member, name in zip(MEMBERS, _LISTS, strict=True)}
