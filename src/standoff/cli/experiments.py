"""``standoff board`` and ``quickstart``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def board_command(
    runs: Annotated[Path, typer.Argument(help="A folder of runs.", file_okay=False)] = Path("runs"),
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
) -> None:
    """Print a board of stored runs for each task.

    Example: standoff board experiments/runs
    """
    from standoff.cli.boards import print_board
    from standoff.experiments.board import read_runs
    from standoff.experiments.markdown import render

    boards = read_runs(runs)
    if markdown:
        typer.echo(render(boards), nl=False)
        return
    for board in boards:
        print_board(board)


def quickstart_command(
    out: Annotated[Path, typer.Option(help="Folder for the run records.", file_okay=False)] = Path(
        "standoff-quickstart"
    ),
) -> None:
    """Show the Assad and Trump case, train and score the baselines on the corpus, print the board. Offline.

    Example: standoff quickstart
    """
    from rich.console import Console

    from standoff.baselines.registry import BASELINES
    from standoff.cli.boards import print_board, print_case
    from standoff.cli.runs_progress import make_runs, print_errors
    from standoff.experiments.board import read_runs
    from standoff.experiments.config import RunConfig
    from standoff.experiments.jobs import Failed, Job
    from standoff.files import make_folder
    from standoff.site.case import read_case

    folder = _free(out)
    make_folder(folder)
    say = Console().rule
    say("1  One article, one proposition, opposite stances", align="left")
    print_case(read_case())
    say("2  Baselines, trained on two conflicts, scored on another", align="left")
    configs = [RunConfig(task="intervention", baseline=name) for name in BASELINES]
    ended = make_runs([[Job(config.name, config, folder / config.name) for config in configs]])
    for board in read_runs(folder):
        print_board(board)
    say("3  What next", align="left")
    typer.echo(
        f"runs with predictions and records:      {folder}\n"
        "in a checkout, write uv run before each:\n"
        "score predictions of your own:          standoff evaluate predictions.jsonl --task intervention\n"
        "a human-labelled task:                  standoff tasks get seesaw && standoff tasks show seesaw\n"
        "the corpus in a notebook:               standoff.load('intervention')['test'].to_pandas()\n"
        "what is in the release:                 standoff corpus stats\n"
        "every byte as published:                standoff corpus verify"
    )
    if failed := [one for one in ended if isinstance(one, Failed)]:
        print_errors("failed", failed)
        raise typer.Exit(1)


def _free(folder: Path) -> Path:
    """Return ``folder``, or the first ``folder-2``, ``folder-3``, … that does not exist: no run is overwritten."""
    number, candidate = 1, folder
    while candidate.exists():
        number += 1
        candidate = folder.with_name(f"{folder.name}-{number}")
    return candidate
