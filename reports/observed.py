"""
What a policy observed of a violating resource, said for people.

Policies give back members of the facts. A member that is a part of a credential as the
facts' schema has it is told as the inventory tells it; any other, member by member.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import orjson

from keyproof.documents import SCHEMAS
from reports import access_phrases, credential_phrases
from reports.phrases import Name, counted, distance, dollars, duration, instant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reports.phrases import Phrase, Unbroken

_DEEPEST = 5
_MOST_PARTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One member of what a policy observed; `parts` when it is made of others."""

    label: str
    phrase: Phrase = ()
    parts: tuple[Observation, ...] = ()


def observations(observed: Mapping[str, Any], as_of_ns: int) -> tuple[Observation, ...]:
    """
    The members that a policy observed, in the order of their names.

    The suffix of a member says its unit: `_at_ns`, `as_of_ns` and `expires_ns` are
    instants, other `_ns` lengths of time, `_cents` US cents, `_days` days. A reader of a
    secret is told as the section on access tells it.
    """
    reader = access_phrases.violation(observed)
    if reader is not None:
        return tuple(Observation(label=label, phrase=phrase) for label, phrase in reader.items())
    return tuple(_observation(key, observed[key], as_of_ns, 1) for key in sorted(observed))


def _observation(key: str, value: object, as_of_ns: int, depth: int) -> Observation:
    label, phrase = _tidy(key), _scalar(key, value, as_of_ns)
    if phrase is not None:
        return Observation(label=label, phrase=phrase)
    told = _told(key, value)
    if told is not None:
        if len(told) == 1:
            return Observation(label=label, phrase=told[0])
        return Observation(
            label=label, parts=_shown([Observation(label="", phrase=line) for line in told])
        )
    if depth >= _DEEPEST:
        text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
        return Observation(label=label, phrase=(Name(text),))
    if isinstance(value, dict):
        parts = [_observation(name, value[name], as_of_ns, depth + 1) for name in sorted(value)]
        return Observation(label=label, parts=_shown(parts))
    if isinstance(value, list):
        return _list(key, value, as_of_ns, depth)
    raise TypeError(f"{type(value).__name__} is no JSON value")


def _list(key: str, items: Sequence[object], as_of_ns: int, depth: int) -> Observation:
    scalars = [_scalar(key, item, as_of_ns) for item in items[:_MOST_PARTS]]
    known = [scalar for scalar in scalars if scalar is not None]
    if len(known) == len(scalars):
        return Observation(label=_tidy(key), phrase=_listed(known, len(items)))
    parts = [_observation("", item, as_of_ns, depth + 1) for item in items]
    return Observation(label=_tidy(key), parts=_shown(parts))


def _shown(parts: Sequence[Observation]) -> tuple[Observation, ...]:
    more = len(parts) - _MOST_PARTS
    if more <= 0:
        return tuple(parts)
    rest = Observation(label="", phrase=(f"and {more:,} more in results.json",))
    return (*parts[:_MOST_PARTS], rest)


def _listed(phrases: Sequence[Phrase], length: int) -> Phrase:
    words: list[str | Name | Unbroken] = []
    for place, phrase in enumerate(phrases):
        words.extend(phrase if place == 0 else (", ", *phrase))
    if length > len(phrases):
        words.append(f" and {length - len(phrases):,} more in results.json")
    return tuple(words) or ("none",)


def _scalar(key: str, value: object, as_of_ns: int) -> Phrase | None:
    """What one value says; `None` when it is made of others."""
    match value:
        case None:
            return ("not known",) if key.endswith("_ns") else ("none",)
        case bool():
            return ("yes",) if value else ("no",)
        case int():
            return (_number(key, value, as_of_ns),)
        case float():
            return (repr(value),)
        case str():
            return (Name(value),) if value else ("empty",)
        case _:
            return None


def _number(key: str, value: int, as_of_ns: int) -> str:
    if key.endswith("_at_ns") or key in {"as_of_ns", "expires_ns"}:
        return f"{instant(value)}, {distance(value, as_of_ns)}"
    if key.endswith("_ns"):
        return duration(value)
    if key.endswith("_cents"):
        return dollars(value)
    return counted(value, "day") if key.endswith("_days") else f"{value:,}"


def _tidy(key: str) -> str:
    for suffix in ("_at_ns", "_ns", "_usd_cents", "_cents", "_days"):
        key = key.removesuffix(suffix)
    return " ".join("ARN" if word == "arn" else word for word in key.split("_"))


def _told(key: str, value: object) -> tuple[Phrase, ...] | None:
    """The inventory's words for a part of a credential; `None` for anything else."""
    for name, tell, validator in _tellers():
        if key == name and validator.is_valid(value):
            return tell(value)
    return None


_Teller = tuple[str, "Callable[[Any], tuple[Phrase, ...]]", jsonschema_rs.Draft202012Validator]


@cache
def _tellers() -> tuple[_Teller, ...]:
    facts = orjson.loads((SCHEMAS / "facts.schema.json").read_bytes())
    credential = facts["properties"]["credentials"]["items"]["properties"]
    secret = next(
        shape["properties"] for shape in credential["secret"]["anyOf"] if "properties" in shape
    )
    return tuple(
        (name, tell, jsonschema_rs.Draft202012Validator(schema))
        for name, tell, schema in (
            ("owner", credential_phrases.owner, credential["owner"]),
            ("storage", credential_phrases.storage, credential["storage"]),
            ("binding", credential_phrases.binding, credential["binding"]),
            ("rotation", credential_phrases.schedule, credential["rotation"]),
            ("rotation", credential_phrases.automatic_rotation, secret["rotation"]),
            ("spend_alert", credential_phrases.spend_alert, credential["spend_alert"]),
        )
    )
