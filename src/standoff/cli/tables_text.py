"""Tables on a terminal: no word or interval is broken, and what is too wide is printed in parts."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.markup import escape

from standoff.cli.options import new_table
from standoff.errors import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from standoff.experiments.tables import Table

GAP = 2
"""Characters between two columns, and together at the two edges of a table."""

EASE = 24
"""A column of a table in parts gets so many characters, if it has as many in a line."""

_INTERVAL = re.compile(r"\[[^\[\]]*\]")
_FIXED_SPACE = "\N{NO-BREAK SPACE}"


def print_tables(tables: Iterable[Table]) -> None:
    """Print tables with their notes, each followed by an empty line."""
    for table in tables:
        _print(table)
        for note in table.notes:
            typer.echo(printable(note))
        if table.line:
            typer.echo(printable(table.line))
        typer.echo()


def _print(table: Table) -> None:
    console = Console()
    # Printed by itself, as a table would break its title at its own width.
    console.print(printable(table.title), style="bold", markup=False, highlight=False)
    rows = (table.columns, *table.rows)
    # What a cell holds may come from elsewhere: it is shown, and not obeyed by the terminal.
    columns = [[_kept_together(printable(row[place])) for row in rows] for place in range(len(table.columns))]
    for part in _parts(columns, console.width):
        widths = _widths([columns[place] for place in part], console.width)
        shown = new_table()
        cells = [
            [escape(_folded(cell, width)) for cell in columns[place]]
            for place, width in zip(part, widths, strict=True)
        ]
        for heading, *_ in cells:
            # A word that is wider than the terminal is broken after all: nothing is left out.
            shown.add_column(heading, overflow="fold")
        for row in zip(*(below for _, *below in cells), strict=True):
            shown.add_row(*row)
        console.print(shown)


def _kept_together(cell: str) -> str:
    return _INTERVAL.sub(lambda found: found[0].replace(" ", _FIXED_SPACE), cell)


def _folded(cell: str, width: int) -> str:
    lines = textwrap.wrap(cell, max(1, width), break_on_hyphens=False)
    return "\n".join(lines).replace(_FIXED_SPACE, " ")


def _parts(columns: Sequence[Sequence[str]], width: int) -> list[list[int]]:
    """Return the places of the columns that are printed side by side, the first column in every part.

    Args:
        columns: The cells of each column, its heading first.
        width: Of the terminal, in characters.
    """
    if sum(_longest_word(column) + GAP for column in columns) <= width:
        return [list(range(len(columns)))]
    room = [GAP + max(_longest_word(column), min(EASE, max(map(len, column)))) for column in columns]
    parts = [[0]]
    for place in range(1, len(columns)):
        if len(parts[-1]) > 1 and sum(room[one] for one in (*parts[-1], place)) > width:
            parts.append([0])
        parts[-1].append(place)
    return parts


def _widths(columns: Sequence[Sequence[str]], width: int) -> list[int]:
    """Return the width of each column: that of its longest word, and more where there is room for more."""
    widths = [_longest_word(column) for column in columns]
    lacks = [max(map(len, column)) - longest for column, longest in zip(columns, widths, strict=True)]
    free = width - sum(one + GAP for one in widths)
    # First to those that lack least, so that as many as can be are not folded.
    for place in sorted(range(len(columns)), key=lambda place: lacks[place]):
        more = max(0, min(free, lacks[place]))
        widths[place] += more
        free -= more
    return widths


def _longest_word(column: Sequence[str]) -> int:
    return max(len(word) for cell in column for word in cell.split(" "))
