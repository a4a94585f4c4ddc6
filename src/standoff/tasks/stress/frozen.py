"""Frozen stress sets: a file per task says what each set was, by number and digest, and never by its texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from standoff.errors import InputError, NotFoundError, Problem, RefusedError
from standoff.files import pretty_json, read_json, write_text
from standoff.tasks.registry import load_task, refuse_missing
from standoff.tasks.stress.registry import make_sets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from standoff.tasks.stress.registry import StressSet
    from standoff.tasks.task import LoadedTask

FILES = ".json"


def facts(loaded: LoadedTask) -> dict[str, Any]:
    """Return what a task's file holds: the data, and of each stress that changes items what comes out."""
    return {
        "task": loaded.address,
        "task_version": loaded.task.version,
        "split_set": loaded.split_set,
        "task_digest": loaded.digest,
        "label_kind": loaded.task.label_kind,
        "stresses": {one.stress.name: _facts(one) for one in make_sets(loaded)},
    }


def _facts(made: StressSet) -> dict[str, Any]:
    return {
        "version": made.stress.version,
        "items": len(made.frame),
        "groups": made.n_groups,
        "labels_changed": made.n_labels_changed,
        "label_kind": made.label_kind,
        "digest": made.digest,
    }


def freeze(loaded: LoadedTask, folder: Path) -> Path:
    """Write the file of a task, and return its path.

    Raises:
        RefusedError: The folder has a file of the same data and of the same version of a stress, from which other
            items come out now: what is frozen under a version stays.
        InputError: The file that is there is none of these.
    """
    path = folder / f"{loaded.task.name}{FILES}"
    found = facts(loaded)
    if path.exists():
        _refuse_new_items_of_an_old_version(path, found)
    write_text(path, pretty_json(found))
    return path


def _refuse_new_items_of_an_old_version(path: Path, found: Mapping[str, Any]) -> None:
    frozen = _read(path)
    same_data = all(frozen[name] == found[name] for name in ("task", "split_set", "task_digest"))
    changed = [
        name
        for name, one in frozen["stresses"].items()
        if name in found["stresses"]
        and found["stresses"][name]["version"] == one["version"]
        and found["stresses"][name] != one
    ]
    if same_data and changed:
        raise RefusedError(
            f"{', '.join(changed)} would be frozen anew under the same version",
            where=path,
            remedy="raise `version` in STRESSES, so that scores on the two can be told apart",
        )


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of making frozen sets again.

    Attributes:
        n_tasks: Number of tasks that were looked at.
        n_sets: Number of their frozen sets.
        problems: What is not as it was frozen.
        not_here: The files of the tasks whose data is not here.
    """

    n_tasks: int
    n_sets: int
    problems: tuple[Problem, ...]
    not_here: tuple[str, ...]


def check(folder: Path, *, data_dir: Path | None = None) -> Checked:
    """Make the sets of every frozen file of a folder again, and compare.

    Args:
        folder: Of files that :func:`freeze` wrote.
        data_dir: As in :func:`standoff.tasks.registry.load_task`.

    Raises:
        NotFoundError: The folder has no such files.
        InputError: A file is not such a file.
    """
    paths = sorted(folder.glob(f"*{FILES}"))
    if not paths:
        raise NotFoundError("has no frozen stress sets", where=folder, remedy="standoff stress freeze --all")
    problems: list[Problem] = []
    not_here = []
    n_sets = 0
    for path in paths:
        frozen = _read(path)
        try:
            refuse_missing(frozen["task"], data_dir=data_dir)
        except NotFoundError:
            not_here.append(path.name)
            continue
        n_sets += len(frozen["stresses"])
        problems += _differences(path.name, frozen, data_dir)
    return Checked(len(paths) - len(not_here), n_sets, tuple(problems), tuple(not_here))


def _differences(name: str, frozen: Mapping[str, Any], data_dir: Path | None) -> Iterator[Problem]:
    found = facts(load_task(frozen["task"], data_dir=data_dir, split_set=frozen["split_set"]))
    for field, value in frozen.items():
        if field != "stresses" and found[field] != value:
            yield Problem(name, f"{field} is {found[field]}, frozen was {value}")
    for stress in dict.fromkeys([*frozen["stresses"], *found["stresses"]]):
        then, now = frozen["stresses"].get(stress, {}), found["stresses"].get(stress, {})
        if not then or not now:
            yield Problem(f"{name}, {stress}", "is not frozen" if now else "changes no item now")
            continue
        for field in dict.fromkeys([*then, *now]):
            if then.get(field) != now.get(field):
                yield Problem(f"{name}, {stress}", f"{field} is {now.get(field)}, frozen was {then.get(field)}")


def _read(path: Path) -> dict[str, Any]:
    frozen = read_json(path)
    wanted = {"task", "task_version", "split_set", "task_digest", "label_kind", "stresses"}
    if (
        not isinstance(frozen, dict)
        or set(frozen) != wanted
        or not isinstance(frozen["stresses"], dict)
        or not all(isinstance(one, dict) and "version" in one for one in frozen["stresses"].values())
    ):
        raise InputError(
            "is no file of frozen stress sets",
            where=path,
            expected=f"an object with {', '.join(sorted(wanted))}",
            remedy="restore it, or write it again: standoff stress freeze TASK",
        )
    return frozen
