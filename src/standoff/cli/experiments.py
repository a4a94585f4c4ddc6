"""``standoff run``, ``evaluate``, ``board`` and ``quickstart``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from standoff.cli.options import Format, Output, print_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from standoff.experiments.config import RunConfig
    from standoff.experiments.run import Run

DataDir = Annotated[
    Path | None,
    typer.Option("--data", help="Folder with the task's files, laid out as upstream.", file_okay=False),
]


def run_command(
    configs: Annotated[list[Path], typer.Argument(help="TOML files; see docs/runs.md.")],
    out: Annotated[Path, typer.Option(help="Folder for the runs, one folder each.", file_okay=False)] = Path(
        "runs"
    ),
    data_dir: DataDir = None,
) -> None:
    """Train, predict, score, and store predictions and a record of each run.

    Example: standoff run experiments/configs/tfidf_svm-seesaw.toml
    """
    from standoff.cli.boards import print_board
    from standoff.experiments.board import read_runs
    from standoff.experiments.config import read_config
    from standoff.files import refuse_existing

    read = [(path.stem, read_config(path)) for path in configs]
    for name, _ in read:
        refuse_existing(out / name)
    done = _run_all(read, out, data_dir)
    for board in read_runs(out):
        print_board(board)
    for one in done:
        typer.echo(f"written: {one.folder}")


def _run_all(named: Iterable[tuple[str, RunConfig]], out: Path, data_dir: Path | None = None) -> list[Run]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from standoff.experiments.run import run

    steps, done = list(named), []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("", total=len(steps))
        for name, config in steps:
            progress.update(bar, description=f"train and score {config.baseline} on {config.task}")
            done.append(run(config, out / name, data_dir=data_dir))
            progress.advance(bar)
    return done


def evaluate_command(
    predictions: Annotated[
        Path, typer.Argument(help='JSONL, one {"id": …, "label": …} per line; may be gzipped.')
    ],
    task: Annotated[str, typer.Option(help="A task; see: standoff tasks list.")],
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "test",
    split_set: Annotated[str | None, typer.Option(help="Which way to split; the task's default.")] = None,
    resamples: Annotated[int, typer.Option(min=1, max=1_000_000, help="Bootstrap resamples.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the bootstrap.")] = 12345,
    data_dir: DataDir = None,
    output: Output = Format.TEXT,
) -> None:
    """Score a file of predictions by id, with a 95 % interval and a signature.

    Example: standoff evaluate predictions.jsonl --task seesaw
    """
    from standoff.cli.boards import print_evaluation
    from standoff.experiments.evaluate import evaluate

    found = evaluate(
        predictions, task, split=split, split_set=split_set, data_dir=data_dir, resamples=resamples, seed=seed
    )
    if output is Format.JSON:
        print_json(found.to_json())
    else:
        print_evaluation(found)


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
    from standoff.experiments.board import read_runs
    from standoff.experiments.config import RunConfig
    from standoff.site.case import read_case

    say = Console().rule
    say("1  One article, one proposition, opposite stances", align="left")
    print_case(read_case())
    say("2  Baselines, trained on two conflicts, scored on another", align="left")
    folder = _free(out)
    configs = [RunConfig(task="intervention", baseline=name) for name in BASELINES]
    _run_all(((config.name, config) for config in configs), folder)
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


def _free(folder: Path) -> Path:
    """Return ``folder``, or the first ``folder-2``, ``folder-3``, … that does not exist: no run is overwritten."""
    number, candidate = 1, folder
    while candidate.exists():
        number += 1
        candidate = folder.with_name(f"{folder.name}-{number}")
    return candidate
