"""The files of a submission's folder, told by their names and kinds before any of them is opened.

The folder may be hostile: whatever is not one of the files that belong there is refused, and nothing is followed
out of it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from standoff.errors import InputError, NotFoundError, StandoffError, shorten, unknown_name
from standoff.experiments.system import SYSTEM
from standoff.tasks import registry

if TYPE_CHECKING:
    from pathlib import Path

README = "README.md"

TOGETHER = "predictions"
"""Stem of the file that holds the predictions for all tasks."""

ENDINGS = (".jsonl", ".jsonl.gz", ".csv", ".parquet")
"""How a file of predictions may end."""

MAX_ENTRIES = 100
"""Files in a folder that are looked at."""

LAYOUT = f"{SYSTEM}, perhaps {README}, and {TOGETHER} or a file for each task, ending in {', '.join(ENDINGS)}"


@dataclass(slots=True)
class Files:
    """What is in a folder.

    Args:
        name: The folder's name.
        system: The file ``system.yaml``; None where there is none.
        readme: The file ``README.md``; None where there is none.
        predictions: Stem -> file of predictions.
        problems: What does not belong there, or is missing.
    """

    name: str
    system: Path | None = None
    readme: Path | None = None
    predictions: dict[str, Path] = field(default_factory=dict)
    problems: list[StandoffError] = field(default_factory=list)


def addresses() -> dict[str, str]:
    """Return the address of each variant of each task, by the stem of its file of predictions.

    The stem is the address with ``-`` for ``:``. Addresses are spelled as those of loaded tasks are: without a
    default variant, unless it moves, so that predictions stay with the release that they were made for.
    """
    found = {}
    for task in map(registry.get_task, registry.names()):
        for variant in task.variants:
            fixed_default = variant == task.pick_variant(None) and not task.default_moves
            address = task.name if fixed_default else f"{task.name}:{variant}"
            found[address.replace(":", "-")] = address
    return found


def list_files(folder: Path) -> Files:
    """Return the files of a submission's folder, and what is wrong with them as far as names and kinds tell.

    Raises:
        NotFoundError: No such folder.
        InputError: It is a link, cannot be read, has more than :data:`MAX_ENTRIES` files, or a name that cannot be
            printed.
    """
    found, stems = Files(name_of(folder)), (TOGETHER, *addresses())
    for entry in _entries(folder):
        path = folder / entry.name
        if fault := _fault(entry, path, stems):
            found.problems.append(fault)
        elif entry.name == SYSTEM:
            found.system = path
        elif entry.name == README:
            found.readme = path
        elif (first := found.predictions.setdefault(stem_of(entry.name), path)) != path:
            what = f"there is {first.name} already"
            found.problems.append(InputError(what, where=path, remedy="keep the one that is meant"))
    found.problems += _missing(found, folder)
    return found


def name_of(folder: Path) -> str:
    """Return a folder's name, that of the current one too.

    Raises:
        InputError: It is a link, or has a name that cannot be printed.
    """
    if folder.is_symlink():
        remedy = "name the folder itself"
        raise InputError("is a link", where=shorten(str(folder)), expected="a folder", remedy=remedy)
    name = folder.resolve().name
    if not name.isprintable():
        raise InputError("the folder's name cannot be printed", where=shorten(name), remedy="rename it")
    return name


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """Return what is in a folder, by name."""
    try:
        with os.scandir(folder) as entries:
            found = list(islice(entries, MAX_ENTRIES + 1))
    except (FileNotFoundError, NotADirectoryError):
        remedy = "check the path; `standoff submit init FOLDER` makes a submission's folder"
        raise NotFoundError("no such folder", where=folder, remedy=remedy) from None
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", where=folder, remedy="check its rights") from None
    if len(found) > MAX_ENTRIES:
        raise InputError(
            f"has more than {MAX_ENTRIES} files", where=folder, expected=LAYOUT, remedy="take the others out"
        )
    return sorted(found, key=lambda entry: entry.name)


def _fault(entry: os.DirEntry[str], path: Path, stems: tuple[str, ...]) -> StandoffError | None:
    """Return what keeps an entry of a folder from being a file of a submission."""
    name, stem, remedy = entry.name, stem_of(entry.name), "take it out of the folder"
    where = path if name.isprintable() else path.parent / shorten(name)
    if entry.is_symlink():
        return InputError("is a link", where=where, expected="a file", remedy="put the file itself here")
    if not entry.is_file(follow_symlinks=False):
        return InputError("is not a file", where=where, expected=LAYOUT, remedy=remedy)
    if name in {SYSTEM, README} or stem in stems:
        return None
    if not stem:
        return InputError("is not a file of a submission", where=where, expected=LAYOUT, remedy=remedy)
    unknown = unknown_name("file of predictions", stem, stems)
    return InputError(unknown.what, where=where, expected=unknown.expected, remedy=f"rename it, or {remedy}")


def stem_of(name: str) -> str:
    """Return a name without the ending of a file of predictions; empty where it has none."""
    return next((name.removesuffix(ending) for ending in ENDINGS if name.endswith(ending)), "")


def _missing(found: Files, folder: Path) -> list[StandoffError]:
    """Return what is not there, or not together."""
    problems: list[StandoffError] = []
    # What is there and no file, or a link, is a problem already.
    if found.system is None and not os.path.lexists(folder / SYSTEM):
        remedy = "write it: `standoff submit init FOLDER` makes one to be filled in"
        problems.append(NotFoundError(f"has no {SYSTEM}", where=folder, remedy=remedy))
    others = [path.name for stem, path in found.predictions.items() if stem != TOGETHER]
    if not found.predictions:
        remedy = "add the predictions; docs/submit.md says how they are made"
        problems.append(NotFoundError("has no predictions", where=folder, expected=LAYOUT, remedy=remedy))
    elif others and TOGETHER in found.predictions:
        what = f"is for all tasks, and there are files for single ones too: {', '.join(others)}"
        where = found.predictions[TOGETHER]
        problems.append(InputError(what, where=where, remedy="keep one or the other"))
    return problems
