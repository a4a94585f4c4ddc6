"""``standoff tasks``: list, show, get, where."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from standoff.cli.options import Format, Output, print_json, print_table

if TYPE_CHECKING:
    from standoff.tasks.task import Task

app = typer.Typer(help="What systems are scored on.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="A task; see: standoff tasks list.")]


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
        ("name", "labels by", "labels", "language", "licence", "files"),
        (
            (
                task.name,
                task.label_kind,
                ", ".join(task.labels),
                task.language,
                task.licence,
                _where(task),
            )
            for task in tasks
        ),
    )


@app.command("show")
def show_command(name: Name, output: Output = Format.TEXT) -> None:
    """Show what a task is: who labelled it, its terms, its labels, its splits.

    Example: standoff tasks show seesaw
    """
    from standoff.tasks.fetch import has_data
    from standoff.tasks.registry import load_task

    task = _task(name)
    facts = _facts(task)
    if has_data(task):
        loaded = load_task(name)
        counts = loaded.frame.groupby("split", sort=False).size()
        facts["digest"] = loaded.digest
        facts["items"] = {
            split: int(counts[split]) for split in ("train", "validation", "test") if split in counts
        }
    else:
        facts["items"] = f"not here yet: standoff tasks get {task.name}"
    if output is Format.JSON:
        print_json(facts)
        return
    for key, value in facts.items():
        shown = ", ".join(f"{k}: {v}" for k, v in value.items()) if isinstance(value, dict) else value
        shown = ", ".join(shown) if isinstance(shown, list) else shown
        typer.echo(f"{key.replace('_', ' ')}: {'not recorded' if shown in (None, '') else shown}")


@app.command("get")
def get_command(
    name: Name,
    source: Annotated[
        Path | None, typer.Option("--from", help="Take the files from this folder.", file_okay=False)
    ] = None,
) -> None:
    """Store a task's files, each verified; from the address they are published at, or from a folder.

    Example: standoff tasks get seesaw --from downloads/seesaw
    """
    from standoff.tasks.fetch import get

    task = _task(name)
    found = get(task, from_dir=source, progress=lambda step: typer.echo(step, err=True))
    typer.echo(f"{task.name}: {found.n_files} files verified and {found.how}, in {found.folder}")


@app.command("where")
def where_command() -> None:
    """Print the folder that tasks' files are stored in; STANDOFF_DATA moves it.

    Example: standoff tasks where
    """
    from standoff.tasks.fetch import data_home

    typer.echo(data_home())


def _task(address: str) -> Task:
    """Return the task that ``name`` or ``name:variant`` names; both must exist."""
    from standoff.tasks.registry import get_task

    name, colon, variant = address.partition(":")
    task = get_task(name)
    task.pick_variant(variant if colon else None)
    return task


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
        *("terms", "homepage", "labels", "metric", "paper_metric", "board_map", "board_map_reason", "holder"),
        *("target_kind", "variants", "split_sets", "citation"),
    )
    facts = {field: getattr(task, field) for field in fields}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in facts.items()}


def _where(task: Task) -> str:
    from standoff.tasks.fetch import has_data

    if task.source is None:
        return "with the package"
    return "stored" if has_data(task) else f"standoff tasks get {task.name}"
