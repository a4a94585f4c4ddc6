"""What is wrong with rows: counted, the first of it kept, and raised together when the file has been read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from standoff.errors import InputError, Problem, listed

if TYPE_CHECKING:
    from pathlib import Path

SHOWN = 20
"""How many problems a refusal lists."""

LONGEST = 500
"""Characters of a problem. Names that the file gives may stand in it, and may be as long as a line."""


@dataclass(slots=True)
class Problems:
    """The number of problems and the first of them: a large bad file must not fill the memory with complaints.

    Attributes:
        unit: What the numbers of rows count: ``line``, or ``row`` in a Parquet file.
        total: How many problems there are.
        first: The first :data:`SHOWN`.
    """

    unit: str = "line"
    total: int = 0
    first: list[Problem] = field(default_factory=list)

    def place(self, number: int) -> str:
        """Return how messages name a row: ``line 3``."""
        return f"{self.unit} {number}"

    def add(self, number: int, what: str) -> None:
        """Add what is wrong with a row."""
        self.total += 1
        if len(self.first) < SHOWN:
            cut = what if len(what) <= LONGEST else what[: LONGEST - 1] + "…"
            self.first.append(Problem(self.place(number), cut))

    def refuse(self, path: Path, what: str, *, expected: str, remedy: str) -> None:
        """Raise what was found, if anything was.

        Args:
            path: The file.
            what: What is wrong with it as a whole; the count is put behind.
            expected: What would have been right.
            remedy: What to do next.

        Raises:
            InputError: There is a problem.
        """
        if not self.total:
            return
        count = "1 problem" if self.total == 1 else f"{self.total} problems"
        which = f", the first {SHOWN} of them" if self.total > SHOWN else ""
        shown = listed(self.first, limit=SHOWN)
        raise InputError(f"{what}, {count}{which}:\n{shown}", where=path, expected=expected, remedy=remedy)
