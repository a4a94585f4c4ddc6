"""The tasks by name. A task is one file in ``sets/`` and one line here; its module is imported when asked for."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from standoff.errors import unknown_name
from standoff.tasks.frame import check_frame, frame_digest
from standoff.tasks.getting import fetch
from standoff.tasks.split_sets import changes
from standoff.tasks.task import LoadedTask

if TYPE_CHECKING:
    import pandas as pd

    from standoff.tasks.split_sets import Change
    from standoff.tasks.task import Task

TASK_FILE = ".toml"
"""How the path of a task file ends."""

TASKS: dict[str, str] = {
    "dse": "standoff.tasks.sets.dse:TASK",
    "gwsd": "standoff.tasks.sets.gwsd:TASK",
    "handeset": "standoff.tasks.sets.handeset:TASK",
    "heating": "standoff.tasks.sets.heating:TASK",
    "intervention": "standoff.tasks.sets.intervention:TASK",
    "newsmtsc": "standoff.tasks.sets.newsmtsc:TASK",
    "polstance": "standoff.tasks.sets.polstance:TASK",
    "rusentrel": "standoff.tasks.sets.rusentrel:TASK",
    "seesaw": "standoff.tasks.sets.seesaw:TASK",
}


def names() -> list[str]:
    """Return the names of all tasks, sorted; no task is imported."""
    return sorted(TASKS)


def get_task(name: str) -> Task:
    """Return the task of that name, or the one that a task file declares.

    Args:
        name: A name in :data:`TASKS`, or a path that ends in ``.toml``.

    Raises:
        NotFoundError: No task has the name, the nearest ones are suggested; or no such file.
        InputError: The file does not declare a task.
    """
    if name.endswith(TASK_FILE):
        from standoff.tasks.custom.task import read_task  # noqa: PLC0415 - only where a task file is named

        return read_task(Path(name), reserved=TASKS)
    if name not in TASKS:
        remedy = f"`standoff tasks list` shows them; the name of a task file ends in {TASK_FILE}"
        raise unknown_name("task", name, TASKS, remedy=remedy)
    module, _, attribute = TASKS[name].partition(":")
    task: Task = getattr(import_module(module), attribute)
    return task


def parse_address(address: str) -> tuple[Task, str]:
    """Return the task and the variant that ``name``, ``name:variant`` or the path of a task file stands for.

    Raises:
        NotFoundError: No such task or variant.
        InputError: The file does not declare a task.
    """
    if address.endswith(TASK_FILE):  # a path may have a colon in it
        task = get_task(address)
        return task, task.pick_variant(None)
    name, colon, variant = address.partition(":")
    task = get_task(name)
    return task, task.pick_variant(variant if colon else None)


def refuse_missing(address: str, *, data_dir: Path | None = None) -> None:
    """Raise the error that :func:`load_task` would raise for want of files, without reading them.

    Raises:
        NotFoundError: No such task or variant, or the files are not here.
    """
    task, _ = parse_address(address)
    if task.source is not None:
        _ = fetch.data_dir(task) if data_dir is None else fetch.locate(data_dir, task.source)


def load_task(address: str, *, data_dir: Path | None = None, split_set: str | None = None) -> LoadedTask:
    """Return a task with its items, read from disk and checked.

    Args:
        address: ``name`` or ``name:variant``, such as ``seesaw`` or ``seesaw:all``, or the path of a task file.
        data_dir: A folder with the task's files, laid out as upstream, each of which is verified; or a folder that
            has such a folder in it. By default the set that ``standoff tasks get`` stored, which is
            verified too.
        split_set: Name of a split set; by default the task's first.

    Raises:
        NotFoundError: No such task, variant or split set, or the files are not here yet.
        IntegrityError: A file is not the published one.
        InputError: The task delivers a frame that does not fit; see :func:`check_frame`.
    """
    task, chosen_variant = parse_address(address)
    chosen_splits = task.pick_split_set(split_set)
    folder = _folder(task, data_dir)
    frame = task.split_sets[chosen_splits](task.read(folder, chosen_variant))
    check_frame(frame, task.labels, f"task {address}")
    return LoadedTask(
        task=task,
        variant=chosen_variant,
        split_set=chosen_splits,
        folder=folder,
        frame=frame,
        digest=frame_digest(frame),
    )


def audited_changes(address: str, *, data_dir: Path | None = None, folds: int, seed: int) -> list[Change]:
    """Return what the audited rule changes in a task, over all its variants unless one is named.

    See :func:`standoff.tasks.split_sets.changes`; an item of several variants is listed once, by the first.
    """
    task, variant = parse_address(address)
    variants = [variant] if address == f"{task.name}:{variant}" else list(task.variants)
    found: dict[str, Change] = {}
    for name in variants:
        frame = task.read(_folder(task, data_dir), name)
        for change in changes(frame, folds=folds, seed=seed):
            found.setdefault(change.id, change)
    return list(found.values())


def read_published(address: str, *, data_dir: Path | None = None) -> pd.DataFrame:
    """Return a task's frame with the splits of its source, empty where it has none; see :func:`load_task`."""
    task, variant = parse_address(address)
    return task.read(_folder(task, data_dir), variant)


def _folder(task: Task, data_dir: Path | None) -> Path:
    if task.source is None:
        return Path(__file__).parents[1]
    if data_dir is not None:
        return fetch.locate_verified(data_dir, task.source)
    folder = fetch.data_dir(task)
    # Verified when it was stored, and again, since nothing keeps a file from being changed there.
    fetch.verify(folder, task.source, remedy=f"remove {folder}, and get the files again as before")
    return folder
