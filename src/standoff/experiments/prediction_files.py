"""Predictions for several tasks: one file whose rows name their tasks, or a folder with a file for each task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standoff.errors import InputError, NotFoundError
from standoff.evaluation.predictions import read_predictions, read_predictions_by_task
from standoff.experiments.submission_files import addresses, stem_of

if TYPE_CHECKING:
    from pathlib import Path

    from standoff.evaluation.predictions import Predictions


def predictions_by_task(path: Path) -> dict[str, Predictions]:
    """Return predictions by the address of their task.

    Args:
        path: A file whose rows name their tasks; or a folder with files that are named as their tasks are, with
            ``-`` for ``:``, such as ``seesaw.jsonl`` and ``newsmtsc-mt.csv``. Other files in it are passed over.

    Raises:
        NotFoundError: There is no such file, or no file for a task in the folder.
        InputError: A task has two files, or a file does not fit; see
            :func:`standoff.evaluation.predictions.read_predictions`.
    """
    if not path.is_dir():
        return read_predictions_by_task(path)
    known = addresses()
    files: dict[str, Path] = {}
    for file in sorted(path.iterdir()):
        address = known.get(stem_of(file.name))
        if address is not None and files.setdefault(address, file) != file:
            raise InputError(
                f"holds two files for {address}", where=path, got=f"{files[address].name}, {file.name}"
            )
    found = {address: read_predictions(file, address) for address, file in files.items()}
    if not found:
        raise NotFoundError(
            "no file for a task",
            where=path,
            expected="names such as seesaw.jsonl, one file a task",
            remedy="name a file, or rename those in the folder",
        )
    return found
