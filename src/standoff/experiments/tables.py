"""Tables of results, the same on a terminal and in Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from standoff.experiments.markdown import as_text, grid, in_points

if TYPE_CHECKING:
    from collections.abc import Sequence

Estimate = Mapping[str, Any]
"""``value``, ``low`` and ``high``, as a document has them."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of texts, and what must be said beside it; ``line`` is one to copy as it is, such as a signature."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    line: str = ""

    def to_markdown(self) -> str:
        """Return the table as Markdown, the title in bold above it, the notes and the line below."""
        parts = [f"**{as_text(self.title)}**", grid(self.columns, self.rows)]
        parts += [f"*{as_text(note)}*" for note in self.notes]
        return "\n\n".join(parts + ([f"`{self.line}`"] if self.line else [])) + "\n"


def as_markdown(tables: Sequence[Table]) -> str:
    """Return tables as Markdown, one below the other."""
    return "\n".join(table.to_markdown() for table in tables)


def points(estimate: Estimate | None, *, signed: bool = False, short: bool = False) -> str:
    """Return a score in points of 100 with its interval, a dash for none.

    Args:
        estimate: The score.
        signed: Whether to show a plus sign, as for differences.
        short: Whether to leave the interval out.
    """
    if estimate is None or estimate["value"] is None:
        return "-"
    if short:
        return f"{100 * estimate['value']:{'+.1f' if signed else '.1f'}}"
    return in_points(estimate["value"], estimate["low"], estimate["high"], signed=signed)


def confusion_table(head: str, confusion: Mapping[str, Any]) -> Table:
    """Return the table of a confusion: gold labels in rows, predicted ones in columns, then the missing."""
    missing = any(row[-1] for row in confusion["counts"])
    names = [name for name in confusion["predicted"] if name is not None] + (["missing"] if missing else [])
    rows = [
        (gold, *map(str, counts[: len(names)]))
        for gold, counts in zip(confusion["gold"], confusion["counts"], strict=True)
    ]
    return Table(f"{head}: gold in rows, predicted in columns", ("gold", *names), tuple(rows))
