"""The start of a submission: a folder with a ``system.yaml`` to be filled in, and what to do then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from standoff.errors import InputError, RefusedError
from standoff.experiments.submission_files import addresses, name_of
from standoff.experiments.system import SYSTEM, name_fault
from standoff.files import write_text
from standoff.tasks import registry
from standoff.tasks.getting.fetch import has_data

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

TEMPLATE = """\
# What the system is, for those who read its scores. docs/submit.md says what each line means.
# `standoff submit check FOLDER` says what is still missing.

name: {name}
title:              # as a board prints it
authors:            # [Ada Berg, Bo Carlsen]
description:        # what it does, in plain words

# url: https://example.org/paper
# code_url: https://example.org/code
# contact: ada@example.org
# license: CC-BY-4.0          # of the predictions

# All labelled data that it was fitted or tuned on; [] for none.
training_data:
#   - {{name: seesaw, what: fitted on the train split}}

# All models that it was made from, with the day after which they saw no text (null: not known); [] for none.
pretrained:
#   - {{name: some-encoder, version: "1.0", cutoff: 2023-06-30}}

# No text after this day was seen in any training; null where that is not known.
cutoff: null

# Tasks whose test items or labels the system, or a model in it, may have seen; [] for none that you know of.
seen_test:
"""


@dataclass(frozen=True, slots=True)
class Step:
    """What to do for one task.

    Args:
        address: Of the task.
        file: Where its predictions go, a row with ``id`` and ``label`` for each item.
        here: Whether its data is here.
    """

    address: str
    file: Path
    here: bool


def start_submission(folder: Path, tasks: Iterable[str] = ()) -> list[Step]:
    """Write a ``system.yaml`` to be filled in; the folder is made where it is not there.

    Args:
        folder: Of the submission, whose name becomes the system's.
        tasks: Addresses of tasks that are to be predicted.

    Returns:
        What to do for each of the tasks.

    Raises:
        InputError: The folder's name is no name of a system, it is a link or cannot be made, or a task is one of a
            file.
        NotFoundError: No such task.
        RefusedError: There is a ``system.yaml`` already.
    """
    name, path = name_of(folder), folder / SYSTEM
    if fault := name_fault(name):
        raise InputError(fault, where="the folder's name", got=name, remedy="name another folder")
    steps = [_step(folder, task) for task in tasks]
    if path.exists() or path.is_symlink():
        raise RefusedError("exists already", where=path, remedy="fill it in, or remove it yourself")
    write_text(path, TEMPLATE.format(name=name))
    return steps


def _step(folder: Path, address: str) -> Step:
    if address.endswith(registry.TASK_FILE):
        raise InputError("a task of a file has no board", got=address, expected="a task of `standoff tasks list`")
    task, variant = registry.parse_address(address)
    stems = {known: stem for stem, known in addresses().items()}
    full = f"{task.name}:{variant}"
    known = full if full in stems else task.name
    return Step(known, folder / f"{stems[known]}.jsonl", has_data(task))
