"""
Guards: statements that deny everybody but those whom they list.

Secrets have such statements in their own policies, each with a list of its own. Whoever reads
much would meet all of them; instead the few are found that list somebody.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from keyproof.access.conditions import excepted, meets, single
from keyproof.access.patterns import Unfilled, beginning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from keyproof.access.conditions import Condition
    from keyproof.access.patterns import Pattern
    from keyproof.access.policy import Principals, Statement
    from keyproof.access.resource_statements import SharedStatement
    from keyproof.access.universe import Universe
    from keyproof.access.values import Value


class Guards:
    """Those among the statements of resource policies that are nothing else."""

    def __init__(self, universe: Universe, statements: Iterable[SharedStatement]) -> None:
        self._alike: dict[tuple[Principals | None, str], _Alike] = {}
        self.others: list[SharedStatement] = []
        """The statements that are no such guards, or a second one on the same resource."""
        for each in statements:
            condition = _guarding(universe, each)
            if condition is None:
                self.others.append(each)
                continue
            key = (each.statement.principals, condition.key)
            alike = self._alike.setdefault(key, _Alike(each.statement, condition.key))
            if not alike.takes(each, condition):
                self.others.append(each)

    def denying(self, lookup: Callable[[str], Value]) -> Iterator[tuple[Statement, int]]:
        """
        The resources whose guards do not list somebody with the values that `lookup` gives.

        Each mask comes with a statement that names the same principals as those guards.
        """
        for alike in self._alike.values():
            text = _text(lookup(alike.key))
            if text is not None:
                yield alike.statement, alike.mask & ~alike.listing(text)

    def undecided(self, lookup: Callable[[str], Value]) -> Iterator[SharedStatement]:
        """The guards that `denying` says nothing of, since their key has not one known value."""
        for alike in self._alike.values():
            if _text(lookup(alike.key)) is None:
                yield from alike.members


class _Alike:
    """Guards that name the same principals and look at the same key, one for each resource."""

    def __init__(self, statement: Statement, key: str) -> None:
        self.statement = statement
        self.key = key
        self.mask = 0
        self.members: list[SharedStatement] = []
        self._by_text: dict[str, int] = defaultdict(int)
        self._by_beginning: dict[str, dict[tuple[str, Pattern], int]] = {}
        self._lengths: set[int] = set()

    def takes(self, guard: SharedStatement, condition: Condition) -> bool:
        mask = guard.resources.possible
        if self.mask & mask:
            return False
        self.mask |= mask
        self.members.append(guard)
        texts, patterns = excepted(condition) or ((), ())
        for text in texts:
            self._by_text[text] |= mask
        for pattern in patterns:
            first, _ = beginning(pattern)
            self._lengths.add(len(first))
            same = self._by_beginning.setdefault(first, {})
            key = (str(condition.comparison), pattern)
            same[key] = same.get(key, 0) | mask
        return True

    def listing(self, text: str) -> int:
        """The resources whose guards list it."""
        found = self._by_text.get(text, 0)
        for length in self._lengths:
            for (comparison, pattern), mask in self._by_beginning.get(text[:length], {}).items():
                if mask & ~found and meets(comparison, text, pattern):
                    found |= mask
        return found


def _guarding(universe: Universe, shared: SharedStatement) -> Condition | None:
    """The only condition of a statement, if all that it does is to except some texts."""
    conditions = shared.statement.conditions
    if len(conditions) != 1 or shared.resources.sure != shared.resources.possible:
        return None
    condition = conditions[0]
    if universe.decides(condition.key) or excepted(condition) is None:
        return None
    return condition


def _text(value: Value) -> str | None:
    text = single(value)
    return None if isinstance(text, Unfilled) else text
