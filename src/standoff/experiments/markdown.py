"""Tables and boards as Markdown, for the README and the documentation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from standoff.experiments.board import NOTICE, SEEDS_NOTE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from standoff.experiments.board import Board, Row


_INSIDE_A_WORD = r"(?<=[^\W_])_(?=[^\W_])"
_MEANS_SOMETHING = re.compile(rf"[\\|*`<$]|&(?=#?\w+;)|~(?=~)|(?<=~)~|\](?=\()|(?!{_INSIDE_A_WORD})_")
"""Also entities, struck-out words, formulas and links; an interval's brackets mean nothing."""


def grid(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; what looks like Markdown or HTML in a cell is shown as it is."""
    lines = [_line(headings), "|" + "---|" * len(headings), *map(_line, rows)]
    return "\n".join(lines)


def as_text(text: str) -> str:
    """Return a text so that Markdown shows it as it is, on one line."""
    return " ".join(_MEANS_SOMETHING.sub(r"\\\g<0>", text).split())


def in_points(value: float, low: float | None, high: float | None, *, signed: bool = False) -> str:
    """Return a score between 0 and 1, or a difference of two (``signed``), in points of 100 with its interval."""
    return f"{100 * value:{_form(signed)}} {ends_in_points(low, high, signed=signed) or '(no interval)'}"


def ends_in_points(low: float | None, high: float | None, *, signed: bool = False) -> str:
    """Return an interval in points of 100, nothing where there is none."""
    form = _form(signed)
    return "" if low is None or high is None else f"[{100 * low:{form}}, {100 * high:{form}}]"


def _form(signed: bool) -> str:
    return "+.1f" if signed else ".1f"


def render(boards: Sequence[Board]) -> str:
    """Return the boards as Markdown, with a note under those whose labels are made by models."""
    return "\n\n".join(_render(board) for board in boards) + "\n"


def render_summary(boards: Sequence[Board]) -> str:
    """Return one table of macro-F1 in points of 100 with its interval: a line per board, a column per system.

    Systems stand in the order of their first appearance from the weakest up; a system without a run has a dash.
    """
    systems = list(dict.fromkeys(row.system for board in boards for row in reversed(board.rows)))
    headings = ["task", "split", "items", "labels by", *systems]
    rows = []
    for board in boards:
        found = {row.system: row for row in board.rows}
        cells = [board.task, board.split, str(board.rows[0].n), f"{board.label_kind}s"]
        rows.append([*cells, *(score(found[name]) if name in found else "-" for name in systems)])
    return grid(headings, rows) + "\n"


def score(row: Row) -> str:
    """Return macro-F1 in points of 100 with its interval; with several seeds, mean ± standard deviation."""
    return _value(row) if row.spread else in_points(row.value, row.low, row.high)


def _value(row: Row) -> str:
    value = f"{100 * row.value:.1f}"
    return f"{value} ± {100 * row.spread.deviation:.1f}, {row.spread.n} seeds" if row.spread else value


def _render(board: Board) -> str:
    headings = ["system", board.metric.replace("_f1", "-F1"), "95 % interval", "accuracy", "missing"]
    if board.n_intervention:
        headings.append(f"on the {board.n_intervention} about interventions")
    parts = [
        f"**{board.task}**, {board.split}, {board.rows[0].n} items, labels by {board.label_kind}s",
        grid(headings, map(_cells, board.rows)),
        f"`{board.rows[0].signature}`",
    ]
    if any(row.spread for row in board.rows):
        parts.append(SEEDS_NOTE)
    if board.label_kind == "model":
        parts.append(f"*{NOTICE}*")
    return "\n\n".join(parts)


def _cells(row: Row) -> list[str]:
    interval = ends_in_points(row.low, row.high) or "none"
    cells = [row.system, _value(row), interval, f"{100 * row.accuracy:.1f}", str(row.missing)]
    return cells if row.intervention is None else [*cells, in_points(*row.intervention)]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(as_text, cells))} |"
