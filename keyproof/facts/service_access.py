"""
Whether a resource's own policy lets an AWS service act on it: yes, no, or undecided.

Two alerts and every rotation depend on it: CloudWatch and Budgets publish to a topic,
Secrets Manager invokes a function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyproof.access.evaluation import Conventions, Question
from keyproof.access.extents import Truth
from keyproof.access.policy import Reference, read_policy
from keyproof.access.principals import Principal
from keyproof.access.universe import Resource, Universe
from keyproof.access.values import ABSENT, UNKNOWN, known

if TYPE_CHECKING:
    from collections.abc import Mapping

_ANSWERS = {Truth.YES: True, Truth.NO: False, Truth.MAYBE: None}


def service_may(
    policy: str | None,
    *,
    service: str,
    action: str,
    resource: str,
    context: Mapping[str, str | None],
) -> bool | None:
    """
    Tell whether `policy` lets the service principal do `action` on `resource`.

    `context` holds, in lower case, the condition keys that the service is known to
    send; None as a value says that it is known not to send the key. The answer is None
    when it cannot be decided here: the policy is no policy, or what decides is a
    condition on another key, or an element that AWS does not document. A Deny that may
    apply is never overlooked.
    """
    if policy is None:
        return False
    principal = Principal(
        arn=service,
        type="service",
        account="",
        name=service,
        context={key: ABSENT if value is None else known(value) for key, value in context.items()},
    )
    account = resource.split(":", 5)[4] if resource.count(":") > 4 else "resource"  # noqa: PLR2004
    document = read_policy(policy, Reference(kind="resource_policy", name=resource))
    question = Question(
        action,
        Universe([Resource(arn=resource, account=account)], tag_prefixes=()),
        resource_policies=[(document,)],
        conventions=Conventions(unseen_grants=True, otherwise=UNKNOWN),
    )
    return _ANSWERS[question.answer(principal).allowed.truth(0)]
