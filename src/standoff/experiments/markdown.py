"""Boards as Markdown, for the README and the documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standoff.experiments.board import NOTICE, SEEDS_NOTE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from standoff.experiments.board import Board, Row


def render(boards: Sequence[Board]) -> str:
    """Return the boards as Markdown, with a note under those whose labels are made by models."""
    return "\n\n".join(_render(board) for board in boards) + "\n"


def render_summary(boards: Sequence[Board]) -> str:
    """Return one table of macro-F1 in points of 100 with its interval: a line per board, a column per system.

    Systems stand in the order of their first appearance from the weakest up; a system without a run has a dash.
    """
    systems = list(dict.fromkeys(row.system for board in boards for row in reversed(board.rows)))
    headings = ["task", "split", "items", "labels by", *systems]
    lines = [_line(headings), "|" + "---|" * len(headings)]
    for board in boards:
        found = {row.system: row for row in board.rows}
        cells = [board.task, board.split, str(board.rows[0].n), f"{board.label_kind}s"]
        lines.append(_line([*cells, *(score(found[name]) if name in found else "-" for name in systems)]))
    return "\n".join(lines) + "\n"


def score(row: Row) -> str:
    """Return macro-F1 in points of 100 with its interval; with several seeds, mean ± standard deviation."""
    return _value(row) if row.spread else f"{_value(row)} ({_interval(row.low, row.high)})"


def _value(row: Row) -> str:
    value = f"{100 * row.value:.1f}"
    return f"{value} ± {100 * row.spread.deviation:.1f}, {row.spread.n} seeds" if row.spread else value


def _render(board: Board) -> str:
    headings = ["system", board.metric.replace("_f1", "-F1"), "95 % interval", "accuracy", "missing"]
    if board.n_intervention:
        headings.append(f"on the {board.n_intervention} about interventions")
    lines = [
        f"**{board.task}**, {board.split}, {board.rows[0].n} items, labels by {board.label_kind}s",
        "",
        _line(headings),
        "|" + "---|" * len(headings),
        *(_line(_cells(row)) for row in board.rows),
        "",
        f"`{board.rows[0].signature}`",
    ]
    if any(row.spread for row in board.rows):
        lines += ["", SEEDS_NOTE]
    if board.label_kind == "model":
        lines += ["", f"*{NOTICE}*"]
    return "\n".join(lines)


def _cells(row: Row) -> list[str]:
    cells = [
        row.system,
        _value(row),
        _interval(row.low, row.high),
        f"{100 * row.accuracy:.1f}",
        str(row.missing),
    ]
    if row.intervention is not None:
        value, low, high = row.intervention
        cells.append(f"{100 * value:.1f} ({_interval(low, high)})")
    return cells


def _interval(low: float | None, high: float | None) -> str:
    return "none" if low is None or high is None else f"{100 * low:.1f} to {100 * high:.1f}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
