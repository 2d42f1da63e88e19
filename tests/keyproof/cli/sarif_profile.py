"""
What a SARIF log of keyproof must be.

`SARIF_SCHEMA` may name the official schema (sarif-schema-2.1.0.json of OASIS, which is not
kept here); logs are then held against it too. `PROFILE` is narrower than that schema wherever
the two overlap: it has the members that keyproof writes, and no other.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema_rs

Json = dict[str, Any]


def closed(required: list[str], **properties: object) -> Json:
    """An object with these members and no other."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": required,
        "properties": properties,
    }


TEXT: Json = {"type": "string", "minLength": 1}
MESSAGE = closed(["text"], text=TEXT)
BAG: Json = {"type": "object", "not": {"required": ["tags"]}}
LEVEL: Json = {"const": "error"}
ARTIFACT = closed(["uri"], uri={"type": "string", "format": "uri-reference"}, uriBaseId=TEXT)
PROFILE = closed(
    ["$schema", "version", "runs"],
    **{"$schema": {"type": "string", "format": "uri"}},
    version={"const": "2.1.0"},
    runs={
        "type": "array",
        "minItems": 1,
        "maxItems": 1,
        "items": closed(
            ["tool", "invocations", "results"],
            tool=closed(
                ["driver"],
                driver=closed(
                    ["name", "version", "rules"],
                    name={"const": "keyproof"},
                    version=TEXT,
                    properties=BAG,
                    rules={
                        "type": "array",
                        "uniqueItems": True,
                        "items": closed(
                            ["id", "shortDescription"],
                            id=TEXT,
                            name=TEXT,
                            shortDescription=MESSAGE,
                            defaultConfiguration=closed(["level"], level=LEVEL),
                            properties=BAG,
                        ),
                    },
                ),
            ),
            invocations={
                "type": "array",
                "items": closed(
                    ["executionSuccessful", "toolExecutionNotifications"],
                    executionSuccessful={"type": "boolean"},
                    toolExecutionNotifications={
                        "type": "array",
                        "items": closed(["message"], message=MESSAGE, level=LEVEL, properties=BAG),
                    },
                ),
            },
            originalUriBaseIds={
                "type": "object",
                "additionalProperties": closed(
                    [],
                    uri={"type": "string", "format": "uri", "pattern": "/$"},
                    description=MESSAGE,
                ),
            },
            versionControlProvenance={
                "type": "array",
                "uniqueItems": True,
                "items": closed(
                    ["repositoryUri"],
                    repositoryUri={"type": "string", "format": "uri"},
                    revisionId=TEXT,
                    branch=TEXT,
                    mappedTo=closed(["uriBaseId"], uriBaseId=TEXT),
                ),
            },
            results={
                "type": "array",
                "items": closed(
                    ["ruleId", "ruleIndex", "level", "message", "locations"],
                    ruleId=TEXT,
                    ruleIndex={"type": "integer", "minimum": 0},
                    level=LEVEL,
                    message=MESSAGE,
                    locations={
                        "type": "array",
                        "maxItems": 1,
                        "items": closed(
                            [],
                            physicalLocation=closed(
                                ["artifactLocation"],
                                artifactLocation=ARTIFACT,
                                region=closed(
                                    ["startLine"], startLine={"type": "integer", "minimum": 1}
                                ),
                            ),
                            logicalLocations={
                                "type": "array",
                                "uniqueItems": True,
                                "items": closed(["name", "kind"], name=TEXT, kind=TEXT),
                            },
                        ),
                    },
                    partialFingerprints={
                        "type": "object",
                        "additionalProperties": {"type": "string"},
                    },
                    properties=BAG,
                    suppressions={
                        "type": "array",
                        "uniqueItems": True,
                        "items": closed(
                            ["kind"],
                            kind={"enum": ["inSource", "external"]},
                            status={"enum": ["accepted", "underReview", "rejected"]},
                        ),
                    },
                ),
            },
            properties=BAG,
        ),
    },
)


def schemas() -> list[Any]:
    """Give a validator of the profile, and one of the official schema where there is one."""
    found: list[Any] = [jsonschema_rs.Draft202012Validator(PROFILE, validate_formats=True)]
    official = os.environ.get("SARIF_SCHEMA")
    if official is not None:
        schema = json.loads(Path(official).read_bytes())
        found.append(jsonschema_rs.Draft4Validator(schema, validate_formats=True))
    return found
