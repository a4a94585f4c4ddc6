"""Boards as Markdown, for the README."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standoff.experiments.board import NOTICE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from standoff.experiments.board import Board


def render(boards: Sequence[Board]) -> str:
    """Return the boards as Markdown, with a note under those whose labels are made by models."""
    return "\n\n".join(_render(board) for board in boards) + "\n"


def _render(board: Board) -> str:
    lines = [
        f"**{board.task}**, {board.split}, {board.rows[0].n} items, labels by {board.label_kind}s",
        "",
        f"| system | {board.metric.replace('_f1', '-F1')} | 95 % interval | accuracy | missing |",
        "|---|---|---|---|---|",
    ]
    for row in board.rows:
        interval = (
            "none" if row.low is None or row.high is None else f"{100 * row.low:.1f} to {100 * row.high:.1f}"
        )
        lines.append(
            f"| {row.system} | {100 * row.value:.1f} | {interval} | {100 * row.accuracy:.1f} | {row.missing} |"
        )
    lines += ["", f"`{board.rows[0].signature}`"]
    if board.label_kind == "model":
        lines += ["", f"*{NOTICE}*"]
    return "\n".join(lines)
