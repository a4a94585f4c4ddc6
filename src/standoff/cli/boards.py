"""How boards, scores and cases look on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from standoff.cli.options import new_table
from standoff.experiments.board import NOTICE, SEEDS_NOTE
from standoff.experiments.markdown import in_points

if TYPE_CHECKING:
    from standoff.experiments.board import Board, Row
    from standoff.site.case import Case

COLOURS = {"support": "black on green", "oppose": "white on red", None: "black on yellow"}


def print_board(board: Board) -> None:
    """Print one board; under model-made labels it says so."""
    console = Console()
    first = board.rows[0]
    title = f"{board.task}, {board.split}: {first.n} items, labels by {board.label_kind}s"
    console.print(title, style="bold", markup=False, highlight=False)
    table = new_table()
    table.add_column("system")
    headings = ["macro-F1 [95 %]", "accuracy", "missing"]
    if board.n_intervention:
        headings.append(f"interventions: {board.n_intervention} [95 %]")
    for heading in headings:
        table.add_column(heading, justify="right")
    for row in board.rows:
        table.add_row(
            escape(row.system),
            _row_score(row),
            f"{100 * row.accuracy:.1f}",
            str(row.missing),
            *([in_points(*row.intervention)] if row.intervention else []),
        )
    console.print(table)
    if any(row.spread for row in board.rows):
        console.print(SEEDS_NOTE, style="dim", highlight=False)
    if board.label_kind == "model":
        console.print(f"Note: {NOTICE}", style="bold", highlight=False)
    console.print("signature of the first row:", style="dim")
    console.print(first.signature, style="dim", soft_wrap=True, highlight=False, markup=False)


def _row_score(row: Row) -> str:
    if row.spread is None:
        return in_points(row.value, row.low, row.high)
    return f"{100 * row.value:.1f} ± {100 * row.spread.deviation:.1f}, {row.spread.n} seeds"


def print_case(case: Case) -> None:
    """Print an article with the evidence of each actor's stance marked and numbered."""
    console, article = Console(), case.article
    labels = {number: row["label"] for number, row in enumerate(case.statements, start=1)}
    console.print(Text(f"{article['published']}, {article['outlet']}: {article['article_id']}", style="dim"))
    marked = Text()
    for piece in case.pieces:
        if not piece.statements:
            marked.append(piece.text)
            continue
        # Brackets and numbers, not colour alone: the output may be a file, or the reader colour-blind.
        numbers = ",".join(map(str, piece.statements))
        marked.append(f"[{numbers}: {piece.text}]", style=COLOURS[labels[piece.statements[0]]])
    console.print(marked)
    console.print()
    console.print(Text(f"Proposition: {case.proposition}", style="bold"))
    for number, row in enumerate(case.statements, start=1):
        role = f" ({'; '.join(row['actor_roles'])})" if row["actor_roles"] else ""
        line = Text(f"[{number}] {row['actor']}{role}: ")
        line.append(row["stance"], style=COLOURS[row["label"]])
        details = (
            row["attribution"],
            row["commitment"],
            "no condition" if row["condition"] == "none" else row["condition"],
            "no relay" if row["relay"] == "none" else f"{row['relay']} relay",
        )
        line.append(f"; {', '.join(details)}; labelled by a {row['kind']}")
        console.print(line)
    if case.without:
        console.print(f"Named, no position: {', '.join(map(escape, case.without))}.", highlight=False)
