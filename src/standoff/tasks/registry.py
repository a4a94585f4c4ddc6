"""The tasks by name. A task is one file and one line here; its module is imported when it is asked for."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from standoff.errors import unknown_name
from standoff.tasks import fetch
from standoff.tasks.frame import check_frame, frame_digest
from standoff.tasks.task import LoadedTask

if TYPE_CHECKING:
    from standoff.tasks.task import Task

TASKS: dict[str, str] = {
    "intervention": "standoff.tasks.intervention:TASK",
    "seesaw": "standoff.tasks.seesaw:TASK",
}


def names() -> list[str]:
    """Return the names of all tasks, sorted; no task is imported."""
    return sorted(TASKS)


def get_task(name: str) -> Task:
    """Return the task of that name.

    Raises:
        NotFoundError: No task has the name; the nearest ones are suggested.
    """
    if name not in TASKS:
        raise unknown_name("task", name, TASKS, remedy="`standoff tasks list` shows them")
    module, _, attribute = TASKS[name].partition(":")
    task: Task = getattr(import_module(module), attribute)
    return task


def load_task(address: str, *, data_dir: Path | None = None, split_set: str | None = None) -> LoadedTask:
    """Return a task with its items, read from disk and checked.

    Args:
        address: ``name`` or ``name:variant``, such as ``seesaw`` or ``seesaw:all``.
        data_dir: A folder with the task's files, laid out as upstream, each of which is verified. By default the
            set that ``standoff tasks get`` stored, verified when it was stored.
        split_set: Name of a split set; by default the task's first.

    Raises:
        NotFoundError: No such task, variant or split set, or the files are not here yet.
        IntegrityError: A file in ``data_dir`` is not the published one.
        InputError: The task delivers a frame that does not fit; see :func:`check_frame`.
    """
    name, colon, variant = address.partition(":")
    task = get_task(name)
    chosen_variant = task.pick_variant(variant if colon else None)
    chosen_splits = task.pick_split_set(split_set)
    frame = task.read(_folder(task, data_dir), chosen_variant)
    check_frame(frame, task.labels, f"task {address}")
    return LoadedTask(
        task=task,
        variant=chosen_variant,
        split_set=chosen_splits,
        frame=frame,
        digest=frame_digest(frame),
    )


def _folder(task: Task, data_dir: Path | None) -> Path:
    if data_dir is not None:
        if task.source is not None:
            fetch.verify(data_dir, task.source)
        return data_dir
    if task.source is None:
        return Path(__file__).parents[1]
    return fetch.data_dir(task)
