"""``standoff seal`` and ``unseal``: a round with hidden labels, without a host."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from standoff.cli.options import DataDir, Format, Output, SplitSet, print_json
from standoff.errors import printable

if TYPE_CHECKING:
    from standoff.tasks.task import LoadedTask


def seal_command(
    task: Annotated[str, typer.Argument(help="A task (see: standoff tasks list), or a task file.")],
    public: Annotated[
        Path, typer.Option(help="Folder to publish: items, what is labelled, the commitment.", file_okay=False)
    ],
    private: Annotated[
        Path, typer.Option(help="File for the labels, outside that folder; readable by you alone.", dir_okay=False)
    ],
    split: Annotated[str, typer.Option(help="The split to seal, or one fold.")] = "test",
    split_set: SplitSet = None,
    data_dir: DataDir = None,
    output: Output = Format.TEXT,
) -> None:
    """Move the labels of a split into a private file, and publish its items with a salted commitment.

    Train on the public folder's task.toml, predict its items file, and send the predictions to whoever has the
    private file. Nothing is overwritten. Keep a copy of the private file: its salt cannot be made again.

    Example: standoff seal my-task.toml --split test --public round --private gold.jsonl
    """
    from standoff.files import refuse_existing
    from standoff.tasks.registry import load_task
    from standoff.tasks.sealed.commitment import NAME
    from standoff.tasks.sealed.seal import seal

    refuse_existing(public, remedy="name another folder with --public")  # before the task is read
    refuse_existing(private, remedy="name another file with --private; the salt in it cannot be made again")
    loaded = load_task(task, data_dir=data_dir, split_set=split_set)
    made = seal(loaded, split, public, private)
    notes = _notes(loaded)
    if output is Format.JSON:
        print_json({"public": str(public), "private": str(private), "commitment": made.to_json(), "notes": notes})
        return
    for line in (
        f"sealed: {made.items} labels in {made.groups} groups of {made.task}, {made.split}",
        f"public: {public}, with {', '.join([*made.files, NAME])}",
        f"private: {private}; keep it, and a copy: without it nothing can be scored or proven",
        f"commitment: {made.commitment}",
        *(f"note: {note}" for note in notes),
    ):
        typer.echo(printable(line))


def unseal_command(
    commitment: Annotated[Path, typer.Argument(help="The published commitment.json.", dir_okay=False)],
    private: Annotated[
        Path, typer.Argument(help="The file with the labels: the private one, or a published one.", dir_okay=False)
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="Write the labels with their salt to this new file, for everybody.", dir_okay=False),
    ] = None,
    output: Output = Format.TEXT,
) -> None:
    """Prove that labels are those that were sealed; with --out, publish them.

    The exit code is 1 where they are not, and the error says what differs.

    Example: standoff unseal round/commitment.json gold.jsonl --out labels.jsonl
    """
    from standoff.files import refuse_existing
    from standoff.tasks.sealed.gold import publish, unseal

    if out is not None:
        refuse_existing(out, remedy="name another file with --out")
    gold = unseal(commitment, private)
    if out is not None:
        publish(gold, out)
    facts = gold.facts
    if output is Format.JSON:
        written = None if out is None else str(out)
        print_json({"commitment": gold.commitment, "facts": facts.to_json(), "published": written})
        return
    typer.echo(
        printable(f"these are the labels that were sealed: {facts.items} items of {facts.task}, {facts.split}")
    )
    typer.echo(f"commitment: {gold.commitment}")
    if out is not None:
        typer.echo(printable(f"written: {out}"))


def _notes(loaded: LoadedTask) -> list[str]:
    """Return what is to be thought of before the folder is published."""
    from standoff.tasks.registry import TASKS

    found = [f"the texts are published too; terms of the task: {loaded.task.terms}"]
    if loaded.task.name in TASKS:
        found.append(f"{loaded.task.name} is a public set: who looks its labels up there needs no private file")
    return found
