"""Options and output that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from standoff.errors import printable
from standoff.files import pretty_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.table import Table


class Format(StrEnum):
    """How a command prints."""

    TEXT = "text"
    JSON = "json"


class ReportFormat(StrEnum):
    """How a command prints what may go into a document."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


Root = Annotated[
    Path,
    typer.Option("--root", help="A checkout of standoff.", show_default="the current folder", file_okay=False),
]
DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data",
        "--from",
        help="Read tasks' files from this folder, or from a folder in it, in place of the stored ones.",
        file_okay=False,
    ),
]
TaskNames = Annotated[
    list[str] | None, typer.Argument(help="Tasks (see: standoff tasks list), or task files.", show_default=False)
]
EveryTask = Annotated[bool, typer.Option("--all", help="Every task.")]
SplitSet = Annotated[
    str | None, typer.Option(help="Which way to split: audited or official; the task's default when not given.")
]
Output = Annotated[Format, typer.Option("--format", help="Print text or JSON.")]
Report = Annotated[ReportFormat, typer.Option("--format", help="Print text, JSON or Markdown.")]
Out = Annotated[Path | None, typer.Option("--out", help="Store the analysis in this JSON file.", dir_okay=False)]
Resamples = Annotated[int, typer.Option(min=1, max=1_000_000, help="Bootstrap resamples.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of models and resamples.")]
Texts = Annotated[
    Path | None, typer.Option("--texts", help="Folder of hydrated bring-your-own texts.", file_okay=False)
]


def chosen_tasks(names: list[str] | None, *, every: bool) -> list[str]:
    """Return the names given, or those of all tasks for ``--all``.

    Raises:
        InputError: Neither or both were asked for.
    """
    from standoff.errors import InputError
    from standoff.tasks import registry

    if bool(names) == every:
        what = "names and --all are given" if names else "no task is named"
        raise InputError(what, expected=f"--all, or some of {', '.join(registry.names())}")
    return registry.names() if every else list(names or [])


def print_json(value: object) -> None:
    """Print ``value`` as indented JSON."""
    typer.echo(pretty_json(value), nl=False)


def new_table() -> Table:
    """Return an empty table whose columns stand two spaces apart, so that a terminal of 80 columns holds many."""
    from rich import box
    from rich.table import Table

    return Table(header_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; numbers are set right."""
    from rich.console import Console
    from rich.markup import escape

    # Printed by itself, as a table would break its title at its own width.
    console = Console()
    console.print(title, style="bold", markup=False, highlight=False)
    table = new_table()
    listed = [list(row) for row in rows]
    for index, column in enumerate(columns):
        numeric = bool(listed) and all(isinstance(row[index], int | float) for row in listed)
        # The first column is what a reader copies: a name is never cut.
        table.add_column(
            escape(column), justify="right" if numeric else "left", overflow="fold", no_wrap=index == 0
        )
    for row in listed:
        # What a cell holds may come from elsewhere: it is shown, and not obeyed by the terminal.
        table.add_row(*(escape("" if cell is None else printable(str(cell))) for cell in row))
    console.print(table)
