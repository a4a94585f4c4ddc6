"""``standoff run``, ``evaluate``, ``board`` and ``quickstart``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from standoff.cli.options import DataDir, Format, Output, SplitSet, print_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from standoff.experiments.config import RunConfig
    from standoff.experiments.run import Run

EACH = "each"


def run_command(
    systems: Annotated[list[str], typer.Argument(help="TOML files (see docs/runs.md), or names of baselines.")],
    tasks: Annotated[
        list[str] | None,
        typer.Option("--task", help="A task in place of the file's; repeat it for more, or say: each."),
    ] = None,
    split_set: SplitSet = None,
    out: Annotated[Path, typer.Option(help="Folder for the runs, one folder each.", file_okay=False)] = Path(
        "runs"
    ),
    data_dir: DataDir = None,
) -> None:
    """Train, predict, score, and store predictions and a record of each run.

    Example: standoff run tfidf_svm --task seesaw --task handeset
    """
    from standoff.cli.boards import print_board
    from standoff.experiments.board import read_runs
    from standoff.files import refuse_existing
    from standoff.tasks.registry import names, refuse_missing

    asked = names() if tasks == [EACH] else tasks or []
    read = [named for system in systems for named in _configs(system, asked, split_set)]
    _refuse_doubled([name for name, _ in read])
    for name, config in read:
        refuse_existing(out / name, remedy="name another folder with --out, or leave this run out")
        refuse_missing(config.task, data_dir=data_dir)
    done = _run_all(read, out, data_dir)
    for board in read_runs(out):
        print_board(board)
    for one in done:
        typer.echo(f"written: {one.folder}")


def _configs(system: str, tasks: list[str], split_set: str | None) -> Iterable[tuple[str, RunConfig]]:
    """Yield name and configuration of the runs that a TOML file, or the name of a baseline, stands for."""
    from standoff.errors import InputError
    from standoff.experiments.config import RunConfig, read_config

    from_file = read_config(Path(system)) if system.endswith(".toml") else None
    changed = {"split_set": split_set} if split_set else {}
    if from_file is None and not tasks:
        raise InputError(
            "names a baseline and no task",
            got=system,
            expected="a TOML file, or the name of a baseline with --task NAME",
        )
    if from_file is not None and not tasks:
        yield Path(system).stem, from_file.model_copy(update=changed)
    for task in tasks:
        base = from_file or RunConfig(task=task, baseline=system)
        config = base.model_copy(update={"task": task, **changed})
        yield config.name, config


def _refuse_doubled(names: list[str]) -> None:
    from standoff.errors import InputError

    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(
            "two runs would have one name",
            got=", ".join(doubled),
            remedy="give each task file its own name, or run them into different folders with --out",
        )


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
    task: Annotated[str, typer.Option(help="A task (see: standoff tasks list), or a task file.")],
    split: Annotated[
        str | None, typer.Option(help="train, validation, test, or a fold; by default test, or all folds.")
    ] = None,
    split_set: SplitSet = None,
    slice_: Annotated[
        str | None, typer.Option("--slice", help="Score these items only: intervention, or COLUMN=VALUE.")
    ] = None,
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
        predictions,
        task,
        split=split,
        split_set=split_set,
        slice_=slice_,
        data_dir=data_dir,
        resamples=resamples,
        seed=seed,
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
