"""``standoff tasks check``: what a task's TOML file makes of its data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from standoff.cli.options import Format, Output, print_json, print_table
from standoff.errors import printable, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from standoff.tasks.custom.check import Check

SHOWN = 600
"""Characters of a first item's text that are shown; an article need not pass by to see that it is one."""
LISTED = 5
"""Files that are listed; the others are counted."""

File = Annotated[Path, typer.Argument(help="A task's TOML file; see docs/custom-tasks.md.", dir_okay=False)]


def check_command(file: File, output: Output = Format.TEXT) -> None:
    """Read a custom task's file and its data, and show what will be scored.

    Example: standoff tasks check my-task.toml
    """
    from standoff.tasks.custom.check import check
    from standoff.tasks.registry import names

    found = check(file, reserved=names())
    if output is Format.JSON:
        print_json(found.to_json())
        return
    for name, splits in found.counts.items():
        print_table(
            f"{found.name}: {name} splits, items by label",
            ("split", *found.labels, "all"),
            ((split, *labels.values(), sum(labels.values())) for split, labels in splits.items()),
        )
    for line in lines(found):
        typer.echo(line)


def lines(found: Check) -> Iterator[str]:
    """Yield what is shown below the tables, line by line."""
    yield f"{found.n_items} items in {found.n_groups} groups, from {_files(found.files)}"
    if found.dropped:
        yield "left out: " + "; ".join(f"{printable(why)}: {n} rows" for why, n in found.dropped.items())
    yield "spans: " + ", ".join(f"{kind} in {number} items" for kind, number in found.n_spans.items())
    yield f"digest: {found.digest[:8]}"
    for split, item in found.first.items():
        yield ""
        yield f"first of {split}: {printable(item['id'])} (group {printable(shorten(item['group']))})"
        yield from (f"  {part}: {printable(value)}" for part, value in item.items() if _is_shown(part, value))
        yield "  text: " + printable(marked(item)).replace("\n", "\n    ")
    for warning in found.warnings:
        yield f"warning: {printable(warning)}"


def marked(item: dict[str, Any]) -> str:
    """Return the item's text with its spans marked, as in ``⟦actor: Ann⟧ backs ⟦target: Bo⟧``, cut where long."""
    text = item["text"]
    spans = [(*span, kind) for kind in ("actor", "target") for span in item[f"{kind}_spans"]]
    # At one place a span closes before another opens; the longer one opens first and closes last.
    marks = [(start, 1, -end, f"⟦{kind}: ") for start, end, kind in spans]
    marks += [(end, 0, -start, "⟧") for start, end, _ in spans]
    parts, done = [], 0
    for place, _, _, mark in sorted(marks):
        if place > SHOWN:
            break
        parts += [text[done:place], mark]
        done = place
    parts.append(text[done : max(done, SHOWN)])
    return "".join(parts) + (f" … ({len(text)} characters)" if len(text) > SHOWN else "")


def _is_shown(part: str, value: object) -> bool:
    return isinstance(value, str) and value != "" and part not in {"id", "group", "text", "split"}


def _files(rows: dict[str, int]) -> str:
    named = [f"{printable(name)}: {number} rows" for name, number in rows.items()]
    if len(named) > LISTED:
        named = [*named[:LISTED], f"… and {len(named) - LISTED} more files, {sum(rows.values())} rows in all"]
    return "; ".join(named)
