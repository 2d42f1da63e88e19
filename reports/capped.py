"""A table's first rows, with how many there are, since every table must have an end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_ROWS = 300
"""A browser and a printer must cope with an estate of any size."""

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Capped(Generic[Row]):
    """The first rows of a table, how many there are in all, and the document that has them."""

    rows: Sequence[Row]
    total: int
    document: str

    @property
    def more(self) -> int:
        """Rows that are not shown."""
        return self.total - len(self.rows)


def capped(rows: Sequence[Row], document: str, most: int = MOST_ROWS) -> Capped[Row]:
    """The first `most` rows."""
    return Capped(rows=rows[:most], total=len(rows), document=document)
