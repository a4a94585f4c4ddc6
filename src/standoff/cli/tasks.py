"""``standoff tasks``: what there is, getting it, checking it, and looking at it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from standoff.cli.audits import audit_command
from standoff.cli.custom_tasks import check_command
from standoff.cli.options import (
    DataDir,
    EveryTask,
    Format,
    Output,
    TaskNames,
    chosen_tasks,
    print_json,
    print_table,
)

if TYPE_CHECKING:
    from standoff.tasks.task import LoadedTask, Task

app = typer.Typer(help="What systems are scored on.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="A task (see: standoff tasks list), or a task file.")]


app.command("audit")(audit_command)
app.command("check")(check_command)


@app.command("list")
def list_command(output: Output = Format.TEXT) -> None:
    """List the tasks; nothing is downloaded.

    Example: standoff tasks list
    """
    from standoff.tasks.registry import get_task, names

    tasks = [get_task(name) for name in names()]
    if output is Format.JSON:
        print_json([_facts(task) for task in tasks])
        return
    print_table(
        "tasks",
        ("name", "labels by", "language", "labels", "licence", "files"),
        (
            (
                task.name,
                task.label_kind,
                task.language,
                ", ".join(task.labels),
                task.licence,
                _where(task),
            )
            for task in tasks
        ),
    )
    typer.echo("files that are not here: standoff tasks get NAME")


@app.command("show")
def show_command(name: Name, data_dir: DataDir = None, output: Output = Format.TEXT) -> None:
    """Show what a task is: who labelled it, its terms, its labels, its splits.

    Example: standoff tasks show seesaw
    """
    from standoff.tasks.frame import COLUMNS
    from standoff.tasks.getting.fetch import has_data
    from standoff.tasks.registry import load_task

    task = _task(name)
    facts = _facts(task)
    if data_dir is not None or has_data(task):
        both = {one: load_task(name, data_dir=data_dir, split_set=one) for one in task.split_sets}
        facts["digest"] = {one: loaded.digest for one, loaded in both.items()}
        facts["items"] = {one: _sizes(loaded) for one, loaded in both.items()}
        facts["slices"] = [name for name in next(iter(both.values())).frame if name not in COLUMNS]
    else:
        facts["items"] = f"not here yet: standoff tasks get {task.name}"
    if output is Format.JSON:
        print_json(facts)
        return
    for key, value in facts.items():
        typer.echo(f"{key.replace('_', ' ')}: {_shown(value) or 'none'}")


@app.command("get")
def get_command(
    names: TaskNames = None,
    every: EveryTask = False,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="Take the files from this folder, or from a folder in it that has them.",
            file_okay=False,
        ),
    ] = None,
) -> None:
    """Store tasks' files, each verified; from the address they are published at, or from a folder.

    A get that was cut off goes on where it stopped when it is run again.

    Example: standoff tasks get seesaw --from downloads/seesaw
    """
    from standoff.errors import NotFoundError, StandoffError
    from standoff.tasks.getting.fetch import get

    tasks = [_task(name) for name in chosen_tasks(names, every=every)]
    # What comes with the package is passed over when all are asked for, and refused by `get` when it is named.
    failed = []
    for task in [task for task in tasks if task.source is not None or not every]:
        try:
            found = get(task, from_dir=source, progress=lambda step: typer.echo(step, err=True))
        except StandoffError as error:
            if len(tasks) == 1:
                raise
            typer.echo(f"{task.name}: error: {error}", err=True)
            failed.append(task.name)
            continue
        typer.echo(f"{task.name}: {found.n_files} files verified and {found.how}, in {found.folder}")
    if failed:
        raise NotFoundError(f"not here: {', '.join(failed)}; the errors are above")


@app.command("where")
def where_command() -> None:
    """Print the folder that tasks' files are stored in; STANDOFF_DATA moves it.

    Example: standoff tasks where
    """
    from standoff.tasks.getting.fetch import data_home

    typer.echo(data_home())


@app.command("cite")
def cite_command(
    names: TaskNames = None,
    every: EveryTask = False,
) -> None:
    """Print the BibTeX entries of tasks.

    Example: standoff tasks cite seesaw dse > sets.bib
    """
    from standoff.errors import NotFoundError

    tasks = [_task(name) for name in chosen_tasks(names, every=every)]
    without = [task.name for task in tasks if not task.citation]
    if without and not every:
        raise NotFoundError(f"no citation is declared for {', '.join(without)}")
    typer.echo("\n".join(task.citation for task in tasks if task.citation), nl=False)


@app.command("split")
def split_command(
    name: Name,
    out: Annotated[Path | None, typer.Option(help="Write the list to this file, which must not exist.")] = None,
    folds: Annotated[int, typer.Option(min=2, help="How many folds, where there are no splits.")] = 5,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the folds.")] = 12345,
    data_dir: DataDir = None,
) -> None:
    """List what the audited splits change: items left out and why, or the fold of each item.

    A task file takes such a list as its splits, so that they never change again; see docs/custom-tasks.md.

    Example: standoff tasks split my-task.toml --out splits.tsv
    """
    from standoff.files import refuse_existing, write_text
    from standoff.tasks.registry import audited_changes
    from standoff.tasks.split_sets import list_text

    if out is not None:
        refuse_existing(out)
    changed = audited_changes(name, data_dir=data_dir, folds=folds, seed=seed)
    if out is None:
        typer.echo(list_text(changed), nl=False)
    else:
        write_text(out, list_text(changed))
        typer.echo(f"written: {out}, {len(changed)} items")


@app.command("frame")
def frame_command(
    names: TaskNames = None,
    every: EveryTask = False,
    out: Annotated[
        Path | None, typer.Option(help="Write the items to this .parquet, .csv or .jsonl, which must not exist.")
    ] = None,
    scored: Annotated[bool, typer.Option("--scored", help="Only what is scored: test, or all folds.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Show what there is in tasks side by side, and write their items as one frame.

    Example: standoff tasks frame --all --out items.parquet
    """
    import pandas as pd

    from standoff.tasks.frame import SPLITS
    from standoff.tasks.overview import task_frame, task_summary, write_frame

    frame = task_frame(chosen_tasks(names, every=every), scored=scored, data_dir=data_dir)
    table = task_summary(frame)
    if out is not None:
        write_frame(frame, out)
    rows = table.to_dict("records")
    print_table(
        f"{len(rows)} tasks, {len(frame):,} items",
        ("task", "items", "splits", "groups", "actors", "targets", "interventions"),
        (
            (
                row["task"],
                row["items"],
                f"{row['folds']} folds" if row["folds"] else "/".join(str(row[split]) for split in SPLITS),
                *(row[name] for name in ("groups", "actors", "targets")),
                "-" if pd.isna(row["intervention"]) else str(int(row["intervention"])),
            )
            for row in rows
        ),
    )
    typer.echo("splits: train/validation/test, by default; actors, targets: different names;")
    typer.echo('interventions: items in the slice of that name, "-" where it was not made')
    typer.echo("language, who labelled, labels = what they are on the board:")
    for row in rows:
        typer.echo(f"  {row['task']} ({row['language']}, by {row['label_kind']}s): {row['labels']}")
    if out is not None:
        typer.echo(f"written: {out}")


def _task(address: str) -> Task:
    """Return the task that ``name``, ``name:variant`` or a task file names; the variant must exist."""
    from standoff.tasks.registry import parse_address

    return parse_address(address)[0]


def _facts(task: Task) -> dict[str, Any]:
    fields = (
        *(
            "name",
            "version",
            "title",
            "description",
            "language",
            "label_kind",
            "annotators",
            "agreement",
            "licence",
        ),
        *(
            "terms",
            "homepage",
            "labels",
            "metric",
            "paper_metric",
            "paper_scores",
            "board_map",
            "board_map_reason",
            "holder",
        ),
        *("target_kind", "variants", "split_sets", "citation"),
    )
    facts = {field: getattr(task, field) for field in fields}
    facts["split_sets"] = tuple(task.split_sets)
    return {key: list(value) if isinstance(value, tuple) else value for key, value in facts.items()}


def _sizes(loaded: LoadedTask) -> dict[str, int]:
    from standoff.tasks.frame import SPLITS

    counts = loaded.frame["split"].value_counts()
    return {split: int(counts[split]) for split in (*SPLITS, *loaded.folds) if split in counts}


def _shown(value: object) -> str:
    """Return a fact as text: numbers by name parted by commas, other parts by semicolons."""
    if isinstance(value, dict):
        if all(isinstance(part, int) for part in value.values()):
            return ", ".join(f"{key} {part}" for key, part in value.items())
        return "; ".join(f"{key}: {_shown(part)}" for key, part in value.items())
    return ", ".join(value) if isinstance(value, list) else str(value or "")


def _where(task: Task) -> str:
    from standoff.tasks.getting.fetch import has_data

    if task.source is None:
        return "with the package"
    return "stored" if has_data(task) else "not here"
