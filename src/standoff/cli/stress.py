"""``standoff stress …``: items changed by rule, and what systems lose on them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from standoff.cli.options import (
    DataDir,
    EveryTask,
    Format,
    Out,
    Output,
    Report,
    ReportFormat,
    Resamples,
    Seed,
    SplitSet,
    TaskNames,
    chosen_tasks,
    print_json,
    print_table,
)
from standoff.errors import InputError, NotFoundError, listed, printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from standoff.tasks.task import LoadedTask

app = typer.Typer(help="Items changed by rule, and what a system loses on them.", no_args_is_help=True)

Folder = Annotated[
    Path, typer.Option("--folder", help="Folder of the frozen sets, a file per task.", file_okay=False)
]
FROZEN = Path("experiments/stress")


@app.command("list")
def list_command(
    tasks: TaskNames = None,
    every: EveryTask = False,
    split_set: SplitSet = None,
    data_dir: DataDir = None,
    output: Output = Format.TEXT,
) -> None:
    """Print what each stress asks; of tasks, how many items each changes.

    Example: standoff stress list intervention
    """
    from standoff.tasks.stress.registry import STRESSES, make_sets

    if not tasks and not every:
        known = [{name: getattr(one, name) for name in ("name", "labels", "asks")} for one in STRESSES.values()]
        _print("stresses; name a task to see how many of its items each changes", known, output)
        return
    rows = []
    for loaded in _load(chosen_tasks(tasks, every=every), split_set, data_dir):
        of_task = [
            {
                "stress": one.stress.name,
                "items": len(one.frame),
                "groups": one.n_groups,
                "labels": one.label_kind,
                "other than before": one.n_labels_changed,
            }
            for one in make_sets(loaded)
        ]
        rows += [{"task": loaded.address, **row} for row in of_task]
        if output is Format.TEXT:
            split, n = loaded.split_label(loaded.scored), len(loaded.split(loaded.scored))
            title = f"{loaded.address}, {split}: {n} items, labels by {loaded.task.label_kind}s"
            _print(title, of_task, output)
    if output is Format.JSON:
        print_json(rows)


def _print(title: str, rows: Sequence[Mapping[str, Any]], output: Format) -> None:
    if output is Format.JSON:
        print_json(rows)
    else:
        print_table(title, list(rows[0]) if rows else ["stress"], (list(row.values()) for row in rows))


@app.command("write")
def write_command(
    task: Annotated[str, typer.Argument(help="A task, or a task file.")],
    stress: Annotated[str, typer.Argument(help="A stress (see: standoff stress list).")],
    out: Annotated[Path, typer.Option(help="The file: .jsonl, .csv or .parquet.", dir_okay=False)],
    split_set: SplitSet = None,
    data_dir: DataDir = None,
) -> None:
    """Write the changed items, without labels, for standoff predict or a system of your own.

    Example: standoff stress write intervention names_masked --out items.jsonl
    """
    from standoff.tasks.overview import write_frame
    from standoff.tasks.stress.registry import get_stress, make_set, unlabelled

    get_stress(stress)
    made = make_set(_load([task], split_set, data_dir)[0], stress)
    write_frame(unlabelled(made), out)
    typer.echo(printable(f"written: {out} ({len(made.frame)} items)"))


@app.command("run")
def run_command(
    systems: Annotated[list[str], typer.Argument(help="Baselines, or folders that standoff train wrote.")],
    tasks: Annotated[
        list[str] | None,
        typer.Option(
            "--task", help="A task; repeat it for more.", show_default="a saved model's own; else every task"
        ),
    ] = None,
    stresses: Annotated[
        list[str] | None,
        typer.Option("--stress", help="A stress; repeat it for more.", show_default="all that change items"),
    ] = None,
    resamples: Resamples = 10_000,
    seed: Seed = 12345,
    split_set: SplitSet = None,
    data_dir: DataDir = None,
    out: Out = None,
    shown: Report = ReportFormat.TEXT,
) -> None:
    """Score systems on changed items and on their originals, and print what they lose, with intervals.

    A baseline is fitted on the task, and no model is asked about an item that it has seen.

    Example: standoff stress run tfidf_svm --task intervention --stress names_masked
    """
    from standoff.tasks import registry
    from standoff.tasks.stress.registry import get_stress

    own = [task for system in systems if (task := _own_task(system)) is not None]
    for name in stresses or ():
        get_stress(name)
    loaded = _load(tasks or own or registry.names(), split_set, data_dir)
    from standoff.experiments.stress import stress_all, stress_document

    found = stress_all(systems, loaded, stresses or (), resamples=resamples, seed=seed, report=_say)
    _deliver(stress_document(found, resamples=resamples, seed=seed), out, shown)


def _own_task(system: str) -> str | None:
    """Return what a saved model was trained on, None for a baseline, before scikit-learn is imported.

    Raises:
        NotFoundError: Neither a baseline nor a folder with a saved model.
        RefusedError: Half of a saved model.
        InputError: Its facts are broken.
    """
    from standoff.baselines.registry import BASELINES
    from standoff.baselines.saving import FACTS, Facts, model_folder
    from standoff.errors import unknown_name
    from standoff.files import read_json

    if system in BASELINES:
        return None
    if not Path(system).exists():
        remedy = "name a baseline, or a folder that `standoff train` wrote"
        raise unknown_name("model or baseline", system, BASELINES, remedy=remedy)
    path = model_folder(system) / FACTS
    return Facts.parse(read_json(path), where=str(path)).task.address


def _say(line: str) -> None:
    typer.echo(printable(line), err=True)


@app.command("score")
def score_command(
    predictions: Annotated[Path, typer.Argument(help="Predictions for the changed items.", dir_okay=False)],
    task: Annotated[str, typer.Option(help="The task, or its file.")],
    stress: Annotated[str, typer.Option(help="The stress.")],
    original: Annotated[
        Path | None,
        typer.Option(
            "--original", help="The same system's predictions for the items of the task.", dir_okay=False
        ),
    ] = None,
    system: Annotated[
        str | None, typer.Option("--system", help="Its name.", show_default="that of the file")
    ] = None,
    resamples: Resamples = 10_000,
    seed: Seed = 12345,
    split_set: SplitSet = None,
    data_dir: DataDir = None,
    out: Out = None,
    shown: Report = ReportFormat.TEXT,
) -> None:
    """Score predictions of a system from elsewhere for the items that standoff stress write wrote.

    Example: standoff stress score masked.jsonl --original plain.jsonl --task seesaw --stress names_masked
    """
    from standoff.tasks.stress.registry import get_stress, make_set

    get_stress(stress)
    from standoff.evaluation.predictions import read_predictions
    from standoff.experiments.stress import Stressed, score_stress, stress_document

    read = [read_predictions(path, task).labels for path in (predictions, original) if path is not None]
    made = make_set(_load([task], split_set, data_dir)[0], stress)
    score = score_stress(made, *read, resamples=resamples, seed=seed)
    found = Stressed(system or predictions.stem, made.loaded, (score,))
    _deliver(stress_document([found], resamples=resamples, seed=seed), out, shown)


@app.command("freeze")
def freeze_command(
    tasks: TaskNames = None,
    every: EveryTask = False,
    folder: Folder = FROZEN,
    data_dir: DataDir = None,
) -> None:
    """Write number and digest of each stress set of tasks; no text is written.

    Example: standoff stress freeze intervention
    """
    from standoff.tasks.stress.frozen import freeze

    for loaded in _load(chosen_tasks(tasks, every=every), None, data_dir):
        typer.echo(f"written: {freeze(loaded, folder)}")


@app.command("check")
def check_command(folder: Folder = FROZEN, data_dir: DataDir = None) -> None:
    """Make every frozen set again, and fail when one is not what it was.

    Tasks whose files are not here are named and skipped.

    Example: standoff stress check
    """
    from standoff.tasks.stress.frozen import check

    found = check(folder, data_dir=data_dir)
    for name in found.not_here:
        typer.echo(f"skipped, its files are not here (standoff tasks get): {name}", err=True)
    if found.problems:
        count = len(found.problems)
        raise InputError(
            f"{count} difference(s) from what is frozen:\n{listed(found.problems, limit=count)}", where=folder
        )
    if not found.n_sets:
        raise NotFoundError("no set could be made again", where=folder, remedy="standoff tasks get --all")
    typer.echo(f"{found.n_sets} sets of {found.n_tasks} tasks are what they were")


def _load(names: Sequence[str], split_set: str | None, data_dir: Path | None) -> list[LoadedTask]:
    """Return the tasks of these names, each once; that one is not here is told before any is read."""
    from standoff.tasks.registry import load_task, refuse_missing

    for name in names:
        refuse_missing(name, data_dir=data_dir)
    loaded = (load_task(name, data_dir=data_dir, split_set=split_set) for name in names)
    return list({one.address: one for one in loaded}.values())


def _deliver(document: Mapping[str, Any], out: Path | None, shown: ReportFormat) -> None:
    from standoff.cli.tables_text import print_tables
    from standoff.experiments.analysis.results import write_document
    from standoff.experiments.stress_tables import stress_tables

    tables = stress_tables(document)
    if shown is ReportFormat.JSON:
        print_json(document)
    elif shown is ReportFormat.MARKDOWN:
        typer.echo("\n".join(table.to_markdown() for table in tables), nl=False)
    else:
        print_tables(tables)
    if out is not None:
        write_document(out, document)
        typer.echo(f"written: {out}", err=True)
