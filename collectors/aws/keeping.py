"""
What is kept of answers that hold more than keyproof may have.

AWS has no operation that lists which role a function, a container or a build runs as, and
only that: the same answers hold environment variables, where keys are found, and those
about people hold their addresses. Of each operation in `KEPT` only the members that are
named here are kept. `collectors.aws.calls` drops the rest as soon as an answer is in,
before it can reach a record, a file or a message.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from keyproof.documents import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """
    What is kept of a structure, or of each structure in a list.

    `members` are kept by name, as a whole where None stands. Of a list only those items are
    kept whose member `where[0]` is `where[1]`, if there is a `where`.
    """

    members: Mapping[str, Kept | None]
    where: tuple[str, str] | None = None

    def of(self, value: Any) -> Any:  # noqa: ANN401 - JSON of the shape that the model says
        """Give what is kept of a value, which conforms to its service's model."""
        if isinstance(value, list):
            return [self.of(item) for item in value if self._counts(item)]
        return {
            name: value[name] if inner is None else inner.of(value[name])
            for name, inner in self.members.items()
            if name in value
        }

    def _counts(self, item: Mapping[str, Any]) -> bool:
        return self.where is None or item.get(self.where[0]) == self.where[1]


def _only(*whole: str, **inner: Kept) -> Kept:
    return Kept(members=MappingProxyType({**dict.fromkeys(whole), **inner}))


_REFERENCES = Kept(
    members=MappingProxyType(dict.fromkeys(("name", "type", "value"))),
    where=("type", "SECRETS_MANAGER"),
)
"""Of a build's variables those whose value is the name of a secret, and no key."""

KEPT: Mapping[str, Kept] = MappingProxyType(
    {
        "codebuild:BatchGetProjects": _only(
            "projectsNotFound",
            projects=_only(
                "arn", "name", "serviceRole", environment=_only(environmentVariables=_REFERENCES)
            ),
        ),
        "ec2:DescribeIamInstanceProfileAssociations": _only(
            "NextToken",
            IamInstanceProfileAssociations=_only(
                "InstanceId", "State", IamInstanceProfile=_only("Arn")
            ),
        ),
        "ecs:DescribeTaskDefinition": _only(
            taskDefinition=_only(
                "executionRoleArn",
                "family",
                "taskDefinitionArn",
                "taskRoleArn",
                containerDefinitions=_only("name", secrets=_only("name", "valueFrom")),
            )
        ),
        "identitystore:DescribeGroup": _only("DisplayName", "GroupId"),
        "identitystore:DescribeUser": _only("DisplayName", "UserId", "UserName", "UserStatus"),
        "lambda:ListFunctions": _only(
            "NextMarker", Functions=_only("FunctionArn", "FunctionName", "Role")
        ),
        "organizations:DescribeOrganization": _only(
            Organization=_only("Arn", "FeatureSet", "Id", "MasterAccountArn", "MasterAccountId")
        ),
        "organizations:ListAccountsForParent": _only(
            "NextToken",
            Accounts=_only(
                "Arn", "Id", "JoinedMethod", "JoinedTimestamp", "Name", "State", "Status"
            ),
        ),
    }
)
"""By operation; of an operation that is not here everything is kept."""


def kept(operation: str, answer: Json) -> Json:
    """Give what is kept of an operation's answer, which conforms to its model."""
    return KEPT[operation].of(answer) if operation in KEPT else answer
