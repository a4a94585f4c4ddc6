"""``standoff run`` and ``reproduce``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from standoff.cli.options import DataDir, Format, Output, SplitSet, print_json

if TYPE_CHECKING:
    from standoff.experiments.batch import Job
    from standoff.experiments.plan import Plan
    from standoff.experiments.reproduce import Reproduction

EACH = "each"

Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs", min=1, help="How many tasks are worked on at once.", show_default="number of processors"
    ),
]


def run_command(
    systems: Annotated[
        list[str] | None,
        typer.Argument(
            help="TOML files (see docs/runs.md), folders of them, or names of baselines.", show_default=False
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every baseline on every task that is here.")] = False,
    tasks: Annotated[
        list[str] | None,
        typer.Option(
            "--task",
            help="A task in place of the file's, or those meant of a folder or --all; repeat it, or say: each.",
        ),
    ] = None,
    split_set: SplitSet = None,
    out: Annotated[Path, typer.Option(help="Folder for the runs, one folder each.", file_okay=False)] = Path(
        "runs"
    ),
    jobs: Jobs = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Keep finished runs of the same making; --all and folders do.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Train, predict, score, and store predictions and a record of each run.

    With --all or a folder, finished runs are kept: after a kill, the same command goes on.

    Example: standoff run tfidf_svm --task seesaw --task handeset
    """
    from contextlib import nullcontext

    from standoff.cli.boards import print_board
    from standoff.cli.runs_progress import make_runs, print_failed
    from standoff.experiments.board import read_runs
    from standoff.experiments.config import is_folder_of_configs
    from standoff.experiments.plan import alone, clear_leftovers, make_plan

    many = every or any(map(is_folder_of_configs, systems or []))
    asked, left_out = _asked(
        systems or [], every=every, tasks=tasks, split_set=split_set, out=out, data_dir=data_dir
    )
    plan = make_plan(asked, resume=resume or many, data_dir=data_dir)
    _say_before(plan, left_out)
    try:
        with alone(out) if resume or many else nullcontext():
            clear_leftovers(asked)
            failed = make_runs(plan.groups, processes=jobs or os.cpu_count() or 1, data_dir=data_dir)
    except KeyboardInterrupt:
        clear_leftovers(asked)
        typer.echo("stopped: finished runs are kept, and with --resume (or --all) the rest is made", err=True)
        raise typer.Exit(130) from None
    if plan.n > len(failed) or plan.kept:
        for board in read_runs(out):
            print_board(board)
    made = [job.folder for group in plan.groups for job in group if job.name not in {one.name for one in failed}]
    if len(made) <= 10:
        for folder in made:
            typer.echo(f"written: {folder}")
    typer.echo(f"{len(made)} made, {len(plan.kept)} kept, {len(failed)} failed, in {out}")
    if failed:
        print_failed(failed)
        raise typer.Exit(1)


def _asked(
    systems: list[str],
    *,
    every: bool,
    tasks: list[str] | None,
    split_set: str | None,
    out: Path,
    data_dir: Path | None,
) -> tuple[list[Job], list[str]]:
    """Return the runs that are asked for, and the tasks left out because their files are not here."""
    from standoff.baselines.registry import BASELINES
    from standoff.errors import InputError, NotFoundError
    from standoff.experiments.batch import Job
    from standoff.experiments.config import configs, is_folder_of_configs
    from standoff.experiments.plan import here
    from standoff.tasks.registry import names

    if bool(systems) == every:
        what = "systems and --all are given" if systems else "no system is named"
        raise InputError(what, expected="--all, or TOML files, folders of them or names of baselines")
    named = names() if tasks == [EACH] or (every and not tasks) else tasks or []
    found = [
        (one, is_folder_of_configs(system))
        for system in systems or BASELINES
        for one in configs(system, named, split_set)
    ]
    # A task that the user names is missed; one that came along with many others is left out.
    along = {
        config.task for (_, config), folder in found if (every or folder) and config.task not in (tasks or [])
    }
    missing = along - here(along, data_dir=data_dir)
    kept = [Job(name, config, out / name) for (name, config), _ in found if config.task not in missing]
    if not kept:
        raise NotFoundError(
            "there is nothing to run",
            got=f"tasks whose files are not here: {', '.join(sorted(missing)) or 'none'}",
            remedy="standoff tasks get --all, or name other tasks",
        )
    return kept, sorted(missing)


def _say_before(plan: Plan, left_out: list[str]) -> None:
    if left_out:
        typer.echo(f"left out, as their files are not here (standoff tasks get): {', '.join(left_out)}", err=True)
    if plan.kept:
        typer.echo(f"kept, {len(plan.kept)} finished of the same making: {', '.join(plan.kept)}", err=True)


def reproduce_command(
    runs: Annotated[list[Path], typer.Argument(help="Folders of runs, or of one run each.", file_okay=False)],
    under: Annotated[
        float | None,
        typer.Option(min=0, help="Only runs that took less than these seconds.", show_default=False),
    ] = None,
    jobs: Jobs = None,
    data_dir: DataDir = None,
    output: Output = Format.TEXT,
) -> None:
    """Make stored runs again, and compare predictions and scores with the stored ones to the byte.

    Example: standoff reproduce experiments/runs --under 5
    """
    from standoff.cli.runs_progress import showing
    from standoff.errors import NotFoundError
    from standoff.experiments.reproduce import WRONG, reproduce_all
    from standoff.experiments.stored import find_runs, read_record

    found = find_runs(runs)
    chosen = [folder for folder in found if under is None or read_record(folder).seconds < under]
    if not chosen:
        raise NotFoundError(f"no run took less than {under} s", where=", ".join(map(str, runs)))
    with showing(len(chosen)) as tell:
        reproductions = reproduce_all(chosen, processes=jobs, tell=tell, data_dir=data_dir)
    if output is Format.JSON:
        print_json([one.to_json() for one in reproductions])
    else:
        _print_reproductions(reproductions, n_left_out=len(found) - len(chosen))
    nothing_made = all(one.outcome == "not here" for one in reproductions)
    if nothing_made or any(one.outcome in WRONG for one in reproductions):
        raise typer.Exit(1)


def _print_reproductions(reproductions: list[Reproduction], *, n_left_out: int) -> None:
    from collections import Counter

    from rich.console import Console

    from standoff.cli.options import print_table
    from standoff.errors import printable

    counts = Counter(one.outcome for one in reproductions)
    rows = [
        (
            one.folder.name,
            one.outcome,
            "; ".join(detail.splitlines()[0] for detail in one.details)
            or f"all {one.n:,} predictions, and scores",
        )
        for one in reproductions
    ]
    summary = ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
    left_out = f"; {n_left_out} left out, as they take longer" if n_left_out else ""
    print_table(f"{len(rows)} made again: {summary}{left_out}", ("run", "outcome", "what"), rows)
    surroundings = Counter(line for one in reproductions for line in one.surroundings)
    console = Console()
    for line, count in surroundings.items():
        console.print(printable(f"{line} (in {count} of {len(rows)})"), markup=False, highlight=False)
    for one in reproductions:
        if one.outcome == "failed":
            typer.echo(printable(f"failed: {one.folder}: {one.details[0]}"), err=True)
