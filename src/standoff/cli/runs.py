"""``standoff run`` and ``reproduce``."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from standoff.cli.options import DataDir, Format, Output, SplitSet, print_json
from standoff.errors import InputError, NotFoundError, enumerated, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from standoff.experiments.jobs import Job, Outcome
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
    if bool(systems) == every:
        what = "systems and --all are given" if systems else "no system is named"
        raise InputError(what, expected="--all, or TOML files, folders of them or names of baselines")
    from standoff.experiments.config import is_folder_of_configs
    from standoff.experiments.plan import make_plan

    many = every or any(map(is_folder_of_configs, systems or []))
    again = "the same command" if resume or many else "the same command with --resume"
    try:
        asked, left_out = _asked(
            systems or [], every=every, tasks=tasks, split_set=split_set, out=out, data_dir=data_dir
        )
        plan = make_plan(asked, resume=resume or many, data_dir=data_dir)
        _say_before(plan, left_out)
        ended = _make(plan, asked, out, alone=resume or many, processes=jobs, data_dir=data_dir)
    except KeyboardInterrupt:
        typer.echo(f"stopped: finished runs are kept, {again} makes the rest", err=True)
        raise typer.Exit(130) from None
    if not _say_after(plan, asked, ended, out, again=again, may_skip=many):
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
    from standoff.experiments.config import configs, is_folder_of_configs
    from standoff.experiments.jobs import Job
    from standoff.experiments.plan import tasks_with_files
    from standoff.tasks.registry import names, parse_address

    named = names() if tasks == [EACH] or (every and not tasks) else list(dict.fromkeys(tasks or []))
    for task in named:
        _ = parse_address(task)  # one that is misspelt is told as such
    found = [
        (one, is_folder_of_configs(system))
        for system in dict.fromkeys(systems or BASELINES)
        for one in configs(system, named, split_set)
    ]
    if not found:
        raise NotFoundError(
            f"there is nothing to run: no file in {enumerated(systems)} is on these tasks",
            got=", ".join(named),
            remedy="name other tasks, or baselines in place of the folder",
        )
    # A task that the user names is missed; one that came along with many others is left out.
    along = {
        config.task for (_, config), folder in found if (every or folder) and config.task not in (tasks or [])
    }
    missing = along - tasks_with_files(along, data_dir=data_dir)
    kept = [Job(name, config, out / name) for (name, config), _ in found if config.task not in missing]
    if not kept:
        raise NotFoundError(
            "there is nothing to run: no task's files are here",
            got=", ".join(sorted(missing)),
            remedy="standoff tasks get --all, or name other tasks",
        )
    return kept, sorted(missing)


def _say_before(plan: Plan, left_out: list[str]) -> None:
    if left_out:
        typer.echo(f"left out, as their files are not here (standoff tasks get): {', '.join(left_out)}", err=True)
    if plan.kept:
        kept = enumerated(plan.kept, limit=8)
        typer.echo(f"kept, {len(plan.kept)} finished of the same making: {kept}", err=True)
    if plan.broken:
        broken = enumerated([one.name for one in plan.broken], limit=8)
        typer.echo(f"broken, left as they are and told at the end: {broken}", err=True)


def _make(
    plan: Plan, asked: list[Job], out: Path, *, alone: bool, processes: int | None, data_dir: Path | None
) -> list[Outcome]:
    """Make what is planned, ``alone`` in the folder; clear what was left by a kill before, or by Ctrl-C now."""
    from contextlib import nullcontext

    from standoff.cli.runs_progress import make_runs
    from standoff.experiments.plan import clear_leftovers, locked
    from standoff.files import make_folder

    make_folder(out)  # what stands in its way is told before any work
    with locked(out) if alone else nullcontext():
        clear_leftovers(asked)
        try:
            return make_runs(plan.groups, processes=processes, data_dir=data_dir)
        except KeyboardInterrupt:
            clear_leftovers(asked)
            raise


def _say_after(
    plan: Plan, asked: list[Job], ended: list[Outcome], out: Path, *, again: str, may_skip: bool
) -> bool:
    """Print boards and what became of each run; return whether all is well."""
    from standoff.cli.boards import print_board
    from standoff.cli.runs_progress import print_errors
    from standoff.experiments.board import read_sound_runs
    from standoff.experiments.jobs import Failed, Made, Skipped

    made = {one.name for one in ended if isinstance(one, Made)}
    skipped = [one for one in ended if isinstance(one, Skipped)]
    failed = [one for one in ended if isinstance(one, Failed)]
    not_begun = [name for one in failed for name in one.not_begun]
    folders = {job.folder: job.name for job in asked}
    broken = list(plan.broken)
    if made or plan.kept:
        boards, beside = read_sound_runs(out, holding={folder.name for folder in folders})
        broken += [Failed(place.name, str(error)) for place, error in beside.items() if place not in folders]
        for board in boards:
            print_board(board)
    if len(made) <= 10:
        for folder in (folder for folder, name in folders.items() if name in made):
            typer.echo(f"written: {folder}")
    counts = [f"{len(made)} made", f"{len(plan.kept)} kept", f"{len(failed)} failed"]
    others = {"skipped": len(skipped), "not begun": len(not_begun), "broken": len(broken)}
    counts += [f"{count} {what}" for what, count in others.items() if count]
    typer.echo(f"{', '.join(counts)}, in {out}")
    for one in skipped:
        typer.echo(printable(f"skipped: {one.name}: {one.reason}"), err=True)
    print_errors("broken", broken)
    print_errors("failed", failed)
    if not_begun:
        names = enumerated(not_begun, limit=8)
        typer.echo(
            printable(f"not begun, as their process ended: {names}\n  what to do: {again} makes what is missing"),
            err=True,
        )
    return not (failed or plan.broken or (skipped and not may_skip))


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
    from standoff.experiments.stored import find_runs, takes_less

    found = find_runs(runs)
    chosen = [folder for folder in found if under is None or takes_less(folder, under)]
    if not chosen:
        remedy = "give --under a larger number, or leave it out"
        raise NotFoundError(f"no run took less than {under} s", where=", ".join(map(str, runs)), remedy=remedy)
    from standoff.cli.runs_progress import showing
    from standoff.experiments.reproduce import WRONG, reproduce_all

    with showing() as tell:
        reproductions = reproduce_all(chosen, processes=jobs, tell=tell, data_dir=data_dir)
    if output is Format.JSON:
        print_json([one.to_json() for one in reproductions])
    else:
        _print_reproductions(reproductions, n_left_out=len(found) - len(chosen))
    nothing_made = all(one.outcome == "not here" for one in reproductions)
    if nothing_made or any(one.outcome in WRONG for one in reproductions):
        raise typer.Exit(1)


def _print_reproductions(reproductions: list[Reproduction], *, n_left_out: int) -> None:
    from rich.console import Console

    from standoff.cli.options import print_table

    console = Console()
    skipped = Counter(one.details[0] for one in reproductions if one.outcome == "not here")
    told = [one for one in reproductions if one.outcome != "not here"]
    rows = [
        (
            one.folder.name,
            one.outcome,
            "; ".join(detail.splitlines()[0].removeprefix(f"{one.folder}/") for detail in one.details)
            or f"all {one.n:,} predictions, and scores",
        )
        for one in told
    ]
    title = _counted([one.outcome for one in reproductions]) + (
        f"; {n_left_out} left out, as they take longer" if n_left_out else ""
    )
    if rows:
        print_table(title, ("run", "outcome", "what"), rows)
    else:
        console.print(title, style="bold", markup=False, highlight=False)
    for why, count in skipped.items():
        console.print(printable(f"{count} skipped, {why}"), markup=False, highlight=False)
    for line, count in Counter(line for one in told for line in one.surroundings).items():
        console.print(printable(f"{line} (in {count} of {len(told)})"), markup=False, highlight=False)
    for one in told:
        if one.outcome in ("failed", "broken"):
            typer.echo(printable(f"{one.outcome}: {one.folder.name}: {one.details[0]}"), err=True)


def _counted(outcomes: Sequence[str]) -> str:
    """Return how many runs were made again and how they came out, then what became of the others."""
    made = Counter(outcome for outcome in outcomes if outcome in ("same", "different"))
    others = Counter(outcomes) - made
    parts = [", ".join(f"{count} {outcome}" for outcome, count in part.items()) for part in (made, others)]
    return f"{made.total()} made again" + (f": {parts[0]}" if made else "") + (f"; {parts[1]}" if others else "")
