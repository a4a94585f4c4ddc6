"""Boards as Markdown, for the README."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standoff.experiments.board import NOTICE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from standoff.experiments.board import Board, Row


def render(boards: Sequence[Board]) -> str:
    """Return the boards as Markdown, with a note under those whose labels are made by models."""
    return "\n\n".join(_render(board) for board in boards) + "\n"


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
    if board.label_kind == "model":
        lines += ["", f"*{NOTICE}*"]
    return "\n".join(lines)


def _cells(row: Row) -> list[str]:
    cells = [
        row.system,
        f"{100 * row.value:.1f}",
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
