"""
Where code runs, and as which role: functions, containers, builds and machines.

Whoever can change that code, or start such a thing with a role of their choice, can do what
the role can. AWS answers with environment variables as well, which hold keys: nothing of
them is kept but the names of the secrets that a service itself puts in
(`collectors.aws.keeping`).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from collectors.aws.calls import Miss, answered

if TYPE_CHECKING:
    from collectors.aws.calls import Calls
    from keyproof.documents import Json

MEMBERS = ("functions", "task_definitions", "projects", "instance_profiles")

_LISTS: tuple[tuple[str, str, Json], ...] = (
    ("lambda:ListFunctions", "Functions", {}),
    ("ecs:ListTaskDefinitionFamilies", "families", {"status": "ACTIVE"}),
    ("codebuild:ListProjects", "projects", {}),
    ("ec2:DescribeIamInstanceProfileAssociations", "IamInstanceProfileAssociations", {}),
)
_PROJECTS = "codebuild:BatchGetProjects"
_PROJECTS_AT_ONCE = 100


def collect(calls: Calls) -> Json:
    """
    Describe what runs in a region with a role of the account.

    Of each family of ECS task definitions the latest active revision is read. A
    `task_definition` or `project` is None where its call failed; a project that was deleted
    meanwhile is left out.
    """
    functions, families, names, profiles = calls.each(partial(_listed, calls), _LISTS)
    batches = [
        names[start : start + _PROJECTS_AT_ONCE]
        for start in range(0, len(names), _PROJECTS_AT_ONCE)
    ]
    return {
        "functions": functions,
        "task_definitions": calls.each(partial(_task_definition, calls), families),
        "projects": [
            project for batch in calls.each(partial(_projects, calls), batches) for project in batch
        ],
        "instance_profiles": profiles,
    }


def _listed(calls: Calls, listing: tuple[str, str, Json]) -> list[Json]:
    operation, member, parameters = listing
    listed = calls.pages(operation, parameters)
    return listed[member] if listed else []


def _task_definition(calls: Calls, family: str) -> Json:
    answer = calls.call(
        "ecs:DescribeTaskDefinition",
        {"taskDefinition": family},
        resource=family,
        has=("taskDefinition",),
    )
    return {"family": family, "task_definition": answered(answer, "taskDefinition")}


def _projects(calls: Calls, names: list[str]) -> list[Json]:
    answer = calls.call(_PROJECTS, {"names": names}, has=("projects",))
    if isinstance(answer, Miss):
        return [{"name": name, "project": None} for name in names]
    found = {project.get("name"): project for project in answer["projects"]}
    gone = set(answer.get("projectsNotFound", ()))
    for name in names:
        if name not in found and name not in gone:
            calls.malformed(_PROJECTS, resource=name)
    return [{"name": name, "project": found.get(name)} for name in names if name not in gone]
