"""The resources that a question is asked about, all of them at once."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from keyproof.access.extents import Extent
from keyproof.access.patterns import beginning, matcher, segment_matcher
from keyproof.access.values import ABSENT, Known

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from keyproof.access.patterns import Pattern
    from keyproof.access.values import Value

_LAST = "\U0010ffff"
_RESOURCE_TAG = "aws:resourcetag/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """
    A resource, and what is known of the condition keys that it decides.

    `account` owns it. `tags`, by key in lower case, are None when they are not known.
    """

    arn: str
    account: str
    context: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    tags: Mapping[str, Value] | None = field(default_factory=lambda: MappingProxyType({}))


class Universe:
    """
    Resources by index, which is the number of the bit that stands for each in an `Extent`.

    Several may have one ARN: the key of each secret, say.
    """

    def __init__(
        self,
        resources: Sequence[Resource],
        *,
        tag_prefixes: tuple[str, ...] = (_RESOURCE_TAG,),
        unknown: Value = ABSENT,
    ) -> None:
        """
        Take resources in any order.

        `tag_prefixes` begin the keys, in lower case, that stand for their tags. `unknown` is
        what is said of the tags of a resource whose tags are not known.
        """
        self.resources = resources
        self.full = (1 << len(resources)) - 1
        self.everything = Extent(self.full, self.full)
        self._tag_prefixes = tag_prefixes
        self._unknown = unknown
        self._of_account: dict[str, int] = defaultdict(int)
        by_arn: dict[str, int] = defaultdict(int)
        for index, resource in enumerate(resources):
            self._of_account[resource.account] |= 1 << index
            by_arn[resource.arn] |= 1 << index
        self._by_arn = dict(by_arn)
        self._arns = sorted(by_arn)
        # From the mask of all ARNs before a place in the order, the mask of any range follows.
        self._before = [0]
        for arn in self._arns:
            self._before.append(self._before[-1] | by_arn[arn])
        self._matching: dict[Pattern, Extent] = {}
        self._groups: dict[tuple[str, ...], tuple[tuple[tuple[Value, ...], int], ...]] = {}
        self._keys = frozenset(key for resource in resources for key in resource.context)

    @property
    def accounts(self) -> Iterable[str]:
        """The accounts that own the resources."""
        return self._of_account

    def of_account(self, account: str) -> int:
        """The mask of an account's resources."""
        return self._of_account.get(account, 0)

    def decides(self, key: str) -> bool:
        """Whether the resources decide this condition key."""
        return key in self._keys or key.startswith(self._tag_prefixes)

    def matching(self, pattern: Pattern) -> Extent:
        """
        The resources whose ARN matches. Case matters.

        A wildcard covers any text within its segment and, at the end of a segment, colons too.
        Whether it covers colons elsewhere AWS does not say, so that such a match is only
        possible. Only ARNs that begin like the pattern are tried.
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
        """
        found = self._matching.get(pattern)
        if found is None:
            found = self._matching[pattern] = self._match(pattern)
        return found

    def _match(self, pattern: Pattern) -> Extent:
        first, rest = beginning(pattern)
        if not rest:
            mask = self._by_arn.get(first, 0)
            return Extent(mask, mask)
        low = bisect_left(self._arns, first)
        high = bisect_left(self._arns, first + _LAST)
        if rest == ("*",):
            mask = self._before[high] & ~self._before[low]
            return Extent(mask, mask)
        match, within_segments = matcher(pattern), segment_matcher(pattern)
        sure = possible = 0
        for arn in self._arns[low:high]:
            if match(arn):
                possible |= self._by_arn[arn]
                if within_segments is None or within_segments(arn):
                    sure |= self._by_arn[arn]
        return Extent(sure, possible)

    def groups(self, keys: tuple[str, ...]) -> tuple[tuple[tuple[Value, ...], int], ...]:
        """The values that the resources give to these keys, each with the mask of those that do."""
        found = self._groups.get(keys)
        if found is None:
            masks: dict[tuple[Value, ...], int] = defaultdict(int)
            for index, resource in enumerate(self.resources):
                masks[tuple(self._value(resource, key) for key in keys)] |= 1 << index
            found = self._groups[keys] = tuple(masks.items())
        return found

    def _value(self, resource: Resource, key: str) -> Value:
        value = resource.context.get(key)
        if value is not None:
            return value
        for prefix in self._tag_prefixes:
            if key.startswith(prefix):
                if resource.tags is None:
                    return self._unknown
                return resource.tags.get(key.removeprefix(prefix), ABSENT)
        return ABSENT


def tag_values(tags: Iterable[tuple[str, str]]) -> Mapping[str, Value]:
    """
    The values of tags by key in lower case, since keys of conditions have no case.

    Two tags may then have one key; which of them counts is not told, so both do.
    """
    found: dict[str, tuple[str, ...]] = {}
    for key, value in tags:
        found[key.lower()] = (*found.get(key.lower(), ()), value)
    return {key: Known(values) for key, values in found.items()}
