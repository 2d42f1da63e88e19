"""
Condition operators: whether a condition of a policy holds for what is known of a request.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Literal, TypeAlias

from keyproof.access.extents import Truth
from keyproof.access.patterns import (
    Unfilled,
    arn_matchers,
    can_begin,
    fill,
    has_wildcards,
    literal,
    matcher,
    variables_of,
    widened,
)
from keyproof.access.values import Beginning, Elsewhere, Known, Since, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from keyproof.access.patterns import (
        Pattern,
        Template,
    )
    from keyproof.access.values import Value


Quantifier: TypeAlias = Literal["forallvalues", "foranyvalue"]

MULTIVALUED = frozenset(
    {
        "aws:calledvia",
        "aws:principalorgpaths",
        "aws:principalservicenameslist",
        "aws:resourceorgpaths",
        "aws:sourceorgpaths",
        "aws:tagkeys",
        "kms:encryptioncontextkeys",
        "kms:resourcealiases",
    }
)
"""
Keys that hold a list. A condition on one must say how its values count; AWS leaves open what
happens where it does not.
"""

_WITHOUT_VARIABLES = ("numeric_", "date_", "binary", "address", "null")
"""Comparisons that AWS does not fill variables in for."""

_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?")

_QUANTIFIERS: Mapping[str, Quantifier] = {
    "forallvalues": "forallvalues",
    "foranyvalue": "foranyvalue",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Condition:
    """
    One key of one operator of a Condition element, with the values it is compared with.

    `comparison` names the operator without its prefix and suffix, in lower case and not
    negated; None for a use that AWS does not document, which then decides nothing. `keys` are
    all whose values it needs, its own first. Equal conditions are one object (`condition_of`).
    """

    operator: str
    name: str
    key: str
    templates: tuple[Template, ...]
    comparison: str | None
    negated: bool
    quantifier: Quantifier | None
    if_exists: bool
    keys: tuple[str, ...]


@lru_cache(maxsize=65536)
def condition_of(operator: str, key: str, templates: tuple[Template, ...]) -> Condition:
    """Take an operator apart; operators and keys have no case."""
    quantifier, _, name = operator.lower().rpartition(":")
    bare = name.removesuffix("ifexists")
    comparison, negated = _OPERATORS.get(bare, (None, False))
    variables = tuple(name for each in templates for name in variables_of(each))
    known = not quantifier or quantifier in _QUANTIFIERS
    if comparison == "null" and bare != name:
        known = False
    if variables and comparison is not None and comparison.startswith(_WITHOUT_VARIABLES):
        known = False
    return Condition(
        operator=operator,
        name=key,
        key=key.lower(),
        templates=templates,
        comparison=comparison if known else None,
        negated=negated,
        quantifier=_QUANTIFIERS.get(quantifier),
        if_exists=bare != name,
        keys=(key.lower(), *variables),
    )


def holds(condition: Condition, lookup: Callable[[str], Value]) -> Truth:
    """Tell whether the condition holds; `lookup` gives what is known of a key's value."""
    value = lookup(condition.key)
    candidates: Sequence[Pattern | Unfilled] = _patterns(condition)
    if len(condition.keys) > 1:
        candidates = [fill(each, lambda key: single(lookup(key))) for each in condition.templates]
    if condition.comparison == "null":
        return _is_null(value, candidates)
    if condition.comparison is None:
        return Truth.MAYBE
    if isinstance(value, Known):
        return _of_known(condition, value.texts, candidates)
    compare = _UNCERTAIN[type(value)]
    found = max(
        (
            _of_unfilled(each)
            if isinstance(each, Unfilled)
            else compare(value, condition.comparison, each)
            for each in candidates
        ),
        default=Truth.NO,
    )
    present = found.negated if condition.negated else found
    if not isinstance(value, Unknown | Elsewhere):
        return present
    # The key may be absent too: what holds either way is sure.
    return present if present is _without_value(condition) else Truth.MAYBE


@lru_cache(maxsize=65536)
def _patterns(condition: Condition) -> tuple[Pattern, ...]:
    """The templates, where they have no variables, as the patterns that they are."""
    return tuple(map(widened, condition.templates))


@lru_cache(maxsize=65536)
def _parted(condition: Condition) -> tuple[frozenset[str], tuple[Pattern, ...]]:
    """The texts that a condition without variables writes out, and its other patterns."""
    exact = {literal(each): each for each in _patterns(condition) if _is_exact(condition, each)}
    others = (each for each in _patterns(condition) if exact.get(literal(each)) != each)
    return frozenset(exact), tuple(others)


_BY_TEXT = frozenset({"string", "string_like", "arn"})
"""Comparisons with a text as it is."""


def _is_exact(condition: Condition, pattern: Pattern) -> bool:
    """Whether a comparison with this pattern is one with its very text."""
    if condition.comparison == "string":
        return True
    if has_wildcards(pattern):
        return False
    arn = condition.comparison == "arn" and arn_matchers(pattern) is not None
    return arn or condition.comparison == "string_like"


def excepted(condition: Condition) -> tuple[frozenset[str], tuple[Pattern, ...]] | None:
    """The texts and patterns for which alone a condition does not hold; None if there is more."""
    plain = condition.quantifier is None and len(condition.keys) == 1
    if not (plain and condition.negated) or condition.key in MULTIVALUED:
        return None
    texts, patterns = _parted(condition)
    if condition.comparison == "arn" and any(arn_matchers(each) is None for each in patterns):
        return None
    return (texts, patterns) if condition.comparison in _BY_TEXT else None


def meets(comparison: str, text: str, pattern: Pattern) -> bool:
    """Whether a text equals a pattern, as one of the comparisons of `excepted` has it."""
    return _COMPARISONS[comparison](text, pattern) is Truth.YES


def texts_demanded(condition: Condition) -> frozenset[str]:
    """The texts one of which a key must have for its condition to hold; none if others do too."""
    open_ended = condition.negated or condition.if_exists or condition.quantifier is not None
    if open_ended or len(condition.keys) > 1 or condition.key in MULTIVALUED:
        return frozenset()
    exact, others = _parted(condition)
    return frozenset() if others else exact


def _of_known(
    condition: Condition, texts: Sequence[str], candidates: Sequence[Pattern | Unfilled]
) -> Truth:
    # A lone empty text is a set without values, AWS says of the quantifiers.
    if not texts or (condition.quantifier and texts == ("",)):
        return _without_value(condition)
    if condition.key in MULTIVALUED and condition.quantifier is None:
        return Truth.MAYBE
    return _of_values(condition, [_any(condition, text, candidates) for text in texts])


def single(value: Value) -> str | Unfilled:
    """The one text of a value, which is what a policy variable stands for."""
    if isinstance(value, Known):
        if not value.texts:
            return Unfilled.ABSENT
        if len(value.texts) == 1:
            return value.texts[0]
    return Unfilled.UNKNOWN


def _is_null(value: Value, candidates: Iterable[Pattern | Unfilled]) -> Truth:
    # Whether an empty text is null, AWS says in passing, and of quantified conditions alone.
    if isinstance(value, Unknown | Elsewhere) or value == Known(("",)):
        return Truth.MAYBE
    absent = "true" if isinstance(value, Known) and not value.texts else "false"
    wanted = {each if isinstance(each, Unfilled) else literal(each).lower() for each in candidates}
    if absent in wanted:
        return Truth.YES
    return Truth.NO if wanted <= {"true", "false"} else Truth.MAYBE


def _without_value(condition: Condition) -> Truth:
    """What an absent key makes of it: of operators, only negated ones and IfExists hold."""
    if condition.quantifier == "foranyvalue":
        return (
            Truth.MAYBE if condition.if_exists else Truth.NO
        )  # together, AWS does not document them
    if condition.if_exists or condition.quantifier == "forallvalues":
        return Truth.YES
    return Truth.YES if condition.negated else Truth.NO


def _any(condition: Condition, text: str, candidates: Iterable[Pattern | Unfilled]) -> Truth:
    """Whether one value of the request passes: equals one of the policy's, or none if negated."""
    compare = _COMPARISONS[str(condition.comparison)]
    if len(condition.keys) == 1:
        exact, candidates = _parted(condition)
        if text in exact:
            return Truth.NO if condition.negated else Truth.YES
    found = max(
        (
            _of_unfilled(each) if isinstance(each, Unfilled) else compare(text, each)
            for each in candidates
        ),
        default=Truth.NO,
    )
    return found.negated if condition.negated else found


def _of_unfilled(unfilled: Unfilled) -> Truth:
    """
    Compare with a value whose variable has none: it equals nothing, so that negations hold.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    return Truth.NO if unfilled is Unfilled.ABSENT else Truth.MAYBE


def _of_values(condition: Condition, found: Sequence[Truth]) -> Truth:
    if len(found) == 1:
        return found[0]
    if condition.quantifier == "forallvalues":
        return min(found)
    if condition.quantifier == "foranyvalue":
        return max(found)
    # Without a quantifier AWS leaves open what several values mean.
    return found[0] if len(set(found)) == 1 else Truth.MAYBE


def _truth(answer: object) -> Truth:
    return Truth.YES if answer else Truth.NO


def _equals(text: str, pattern: Pattern) -> Truth:
    return _truth(text == literal(pattern))


def _equals_ignoring_case(text: str, pattern: Pattern) -> Truth:
    return _truth(text.lower() == literal(pattern).lower())


def _bool(text: str, pattern: Pattern) -> Truth:
    wanted = literal(pattern).lower()
    return _truth(text.lower() == wanted) if wanted in {"true", "false"} else Truth.MAYBE


def _like(text: str, pattern: Pattern) -> Truth:
    return _truth(matcher(pattern)(text))


def _arn(text: str, pattern: Pattern) -> Truth:
    """ArnEquals and ArnLike behave alike: each of the six components may hold wildcards."""
    matchers = arn_matchers(pattern)
    components = text.split(":", 5)
    if matchers is None:
        # A lone star is what people write; how less than an ARN compares, AWS does not say.
        return Truth.YES if literal(pattern) == "*" else Truth.MAYBE
    if len(components) < len(matchers):
        return Truth.NO
    # From the end, where most ARNs differ.
    for match, part in zip(reversed(matchers), reversed(components), strict=True):
        if not match(part):
            return Truth.NO
    return Truth.YES


def _number(text: str) -> Decimal | None:
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def _ordered(
    read: Callable[[str], Decimal | None], compare: Callable[[Decimal, Decimal], bool]
) -> Callable[[str, Pattern], Truth]:
    def compared(text: str, pattern: Pattern) -> Truth:
        value, limit = read(text), read(literal(pattern))
        # AWS refuses to save a policy with such a value, so nothing says how it would compare.
        if value is None or limit is None:
            return Truth.MAYBE
        return _truth(compare(value, limit))

    return compared


def instant(text: str) -> Decimal | None:
    """
    Seconds since 1970 of a date as the date operators read it: ISO 8601, or epoch seconds.

    https://www.w3.org/TR/NOTE-datetime
    """
    number = _number(text)
    if number is not None and len(text) > len("2026"):
        return number
    for layout in ("%Y", "%Y-%m"):
        try:
            return Decimal(int(datetime.strptime(text, layout).replace(tzinfo=UTC).timestamp()))
        except ValueError:
            continue
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return Decimal(str(moment.timestamp()))


def _address(text: str, pattern: Pattern) -> Truth:
    try:
        address, network = ip_address(text), ip_network(literal(pattern), strict=False)
    except ValueError:
        return Truth.MAYBE
    return _truth(address.version == network.version and address in network)


def _binary(text: str, pattern: Pattern) -> Truth:
    try:
        return _truth(
            base64.b64decode(text, validate=True)
            == base64.b64decode(literal(pattern), validate=True)
        )
    except ValueError:  # of which the one for what is no base64 is a kind
        return Truth.MAYBE


_COMPARISONS: Mapping[str, Callable[[str, Pattern], Truth]] = {
    "string": _equals,
    "string_ignoring_case": _equals_ignoring_case,
    "string_like": _like,
    "arn": _arn,
    "bool": _bool,
    "binary": _binary,
    "address": _address,
    "numeric_equal": _ordered(_number, lambda value, limit: value == limit),
    "numeric_less": _ordered(_number, lambda value, limit: value < limit),
    "numeric_less_equal": _ordered(_number, lambda value, limit: value <= limit),
    "numeric_greater": _ordered(_number, lambda value, limit: value > limit),
    "numeric_greater_equal": _ordered(_number, lambda value, limit: value >= limit),
    "date_equal": _ordered(instant, lambda value, limit: value == limit),
    "date_less": _ordered(instant, lambda value, limit: value < limit),
    "date_less_equal": _ordered(instant, lambda value, limit: value <= limit),
    "date_greater": _ordered(instant, lambda value, limit: value > limit),
    "date_greater_equal": _ordered(instant, lambda value, limit: value >= limit),
}

_OPERATORS: Mapping[str, tuple[str, bool]] = {
    "stringequals": ("string", False),
    "stringnotequals": ("string", True),
    "stringequalsignorecase": ("string_ignoring_case", False),
    "stringnotequalsignorecase": ("string_ignoring_case", True),
    "stringlike": ("string_like", False),
    "stringnotlike": ("string_like", True),
    "arnequals": ("arn", False),
    "arnlike": ("arn", False),
    "arnnotequals": ("arn", True),
    "arnnotlike": ("arn", True),
    "bool": ("bool", False),
    "binaryequals": ("binary", False),
    "ipaddress": ("address", False),
    "notipaddress": ("address", True),
    "numericequals": ("numeric_equal", False),
    "numericnotequals": ("numeric_equal", True),
    "numericlessthan": ("numeric_less", False),
    "numericlessthanequals": ("numeric_less_equal", False),
    "numericgreaterthan": ("numeric_greater", False),
    "numericgreaterthanequals": ("numeric_greater_equal", False),
    "dateequals": ("date_equal", False),
    "datenotequals": ("date_equal", True),
    "datelessthan": ("date_less", False),
    "datelessthanequals": ("date_less_equal", False),
    "dategreaterthan": ("date_greater", False),
    "dategreaterthanequals": ("date_greater_equal", False),
    "null": ("null", False),
}


def _beginning(value: Beginning, comparison: str, pattern: Pattern) -> Truth:
    """Compare with a text of which only the beginning is known."""
    if comparison in {"string_like", "arn"}:
        found = _COMPARISONS[comparison](value.text, pattern)
        open_ended = bool(pattern) and isinstance(pattern[-1], str) and pattern[-1].endswith("*")
        if found is Truth.MAYBE or (found is Truth.YES and open_ended):
            return found
        return Truth.MAYBE if can_begin(pattern, value.text) else Truth.NO
    if comparison == "string":
        return Truth.MAYBE if literal(pattern).startswith(value.text) else Truth.NO
    return Truth.MAYBE


def _elsewhere(value: Elsewhere, _: str, pattern: Pattern) -> Truth:
    """Compare with a value that names none of the accounts and organisations given."""
    text = literal(pattern)
    parts = text.split(":", 5)
    named = {text, text.split("/", 1)[0]} | ({parts[4]} if len(parts) == 6 else set())  # noqa: PLR2004
    return Truth.NO if not named.isdisjoint(value.than) else Truth.MAYBE


def _since(value: Since, comparison: str, pattern: Pattern) -> Truth:
    """
    Compare the time of a request: any instant from that of the snapshot on.

    What ended before cannot be used any more; what ends later, or begins later, depends.
    """
    limit = instant(literal(pattern))
    if limit is None or not comparison.startswith(("date_", "numeric_")):
        return Truth.MAYBE
    if comparison.endswith("_greater"):
        return Truth.YES if value.seconds > limit else Truth.MAYBE
    if comparison.endswith("_greater_equal"):
        return Truth.YES if value.seconds >= limit else Truth.MAYBE
    if comparison.endswith("_less"):
        return Truth.NO if value.seconds >= limit else Truth.MAYBE
    return Truth.NO if value.seconds > limit else Truth.MAYBE


_UNCERTAIN: Mapping[type, Callable[..., Truth]] = {
    Unknown: lambda *_: Truth.MAYBE,
    Beginning: _beginning,
    Elsewhere: _elsewhere,
    Since: _since,
}
