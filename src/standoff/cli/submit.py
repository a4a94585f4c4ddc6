"""``standoff submit``: a system that was run elsewhere becomes a line on the board."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from standoff.cli.options import DataDir, Format, Output, new_table, print_json
from standoff.errors import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from standoff.experiments.submission_check import Check

app = typer.Typer(help="Submit a system to the board.", no_args_is_help=True)

BELOW = "experiments/submissions/"

Folder = Annotated[
    Path,
    typer.Argument(help="The submission: a folder called as the system.", file_okay=False, show_default=False),
]


@app.command("init")
def init_command(
    folder: Folder,
    tasks: Annotated[
        list[str] | None, typer.Option("--task", help="A task that will be predicted; may be repeated.")
    ] = None,
) -> None:
    """Write a system.yaml to be filled in, and say what else is needed; nothing is overwritten.

    Example: standoff submit init my-system --task intervention --task seesaw
    """
    from standoff.experiments.submission_start import start_submission
    from standoff.experiments.system import SYSTEM

    steps = start_submission(folder, tasks or [])
    typer.echo(f"written: {folder / SYSTEM}, to be filled in")
    for step in steps:
        items = step.file.name.replace(".jsonl", "-items.jsonl")
        typer.echo(f"{step.address}:")
        if not step.here:
            typer.echo(f"  its data is not here yet:  standoff tasks get {step.address.partition(':')[0]}")
        typer.echo(f"  items to predict:          standoff tasks frame {step.address} --scored --out {items}")
        typer.echo(f"  predictions, id and label: {step.file}")
    if not steps:
        typer.echo(
            "items to predict: standoff tasks frame TASK --scored --out items.jsonl; tasks: standoff tasks list"
        )
        typer.echo(f"predictions, rows with task, id and label: {folder / 'predictions.jsonl'}")
    typer.echo(f"when all is there: standoff submit check {folder}")


@app.command("check")
def check_command(folder: Folder, data_dir: DataDir = None, output: Output = Format.TEXT) -> None:
    """Check a submission as the board will, and score it where the tasks' data is here. Offline.

    Example: standoff submit check my-system
    """
    from standoff.experiments.submission_check import check_submission

    found = check_submission(folder, data_dir=data_dir)
    if output is Format.JSON:
        print_json(found.to_json())
    else:
        _print_scores(found)
        for line in lines(found):
            typer.echo(printable(line))
    if not found.ready:
        raise typer.Exit(1)


def _print_scores(found: Check) -> None:
    from rich.console import Console
    from rich.markup import escape

    from standoff.experiments.markdown import in_points

    if not found.evaluations:
        return
    table = new_table()
    for heading in ("task", "labels by"):
        table.add_column(heading, no_wrap=True)
    for heading in ("macro-F1 [95 %]", "accuracy", "items", "missing"):
        table.add_column(heading, justify="right", no_wrap=True)
    for task, one in found.evaluations.items():
        scores = one.scores
        cells = (
            task,
            f"{one.label_kind}s",
            in_points(scores.primary.value, scores.primary.low, scores.primary.high),
            f"{100 * scores.accuracy.value:.1f}",
            str(scores.n),
            str(scores.n_missing),
        )
        table.add_row(*map(escape, cells))
    Console().print(table)


def lines(found: Check) -> Iterator[str]:
    """Yield what is said below the scores, what to do last."""
    for task, why in found.unchecked.items():
        yield f"not checked: the ids and scores of {task}, because {why}"
    for warning in found.warnings:
        yield f"warning: {warning}"
    if found.evaluations and found.without:
        yield (
            f"no predictions for {', '.join(found.without)}: the system is ranked on the boards of its tasks, "
            "and stands unranked where a board takes all of them together"
        )
    if found.problems:
        yield f"to be mended, {len(found.problems)} in all:"
        yield from (f"- {problem}" for problem in found.problems)
        return
    if found.unchecked:
        yield f"nothing is wrong as far as could be checked; left unchecked: {', '.join(found.unchecked)}"
    yield f"ready: open a pull request that adds this folder below {BELOW}"
