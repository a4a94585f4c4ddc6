"""Stored runs: found, read, and verified against their records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from standoff.errors import InputError, NotFoundError
from standoff.experiments.record import RECORD, SCORES, RunRecord
from standoff.files import read_bytes, read_json, sha256_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run's folder, whose files are those that were recorded; ``scores`` is what ``scores.json`` holds."""

    folder: Path
    record: RunRecord
    scores: dict[str, Any]


def find_runs(places: Iterable[Path]) -> list[Path]:
    """Return the folders of runs: each place that is one, and those directly in each other place, by name.

    Raises:
        NotFoundError: A place is not a run and has none in it.
    """
    found: dict[Path, None] = {}
    for place in places:
        here = [place] if (place / RECORD).is_file() else sorted(path.parent for path in place.glob(f"*/{RECORD}"))
        if not here:
            raise NotFoundError(
                "no runs",
                where=place,
                expected=f"a folder with a {RECORD}, or a folder of such folders",
                remedy="make one: standoff run majority --task intervention",
            )
        found |= dict.fromkeys(here)
    return list(found)


def read_record(folder: Path) -> RunRecord:
    """Return the record of a run.

    Raises:
        NotFoundError: There is none.
        InputError: It is not the record of a run.
    """
    path = folder / RECORD
    return RunRecord.parse(read_json(path), where=str(path))


def altered_files(folder: Path, record: RunRecord) -> list[str]:
    """Return the names of the files that are not those that were recorded.

    Raises:
        NotFoundError: A file is gone.
    """
    return [name for name, digest in record.files.items() if sha256_bytes(read_bytes(folder / name)) != digest]


def read_stored(folder: Path) -> StoredRun:
    """Return a run whose files are those that were recorded.

    Raises:
        NotFoundError: A file is gone.
        InputError: The record is broken, or a file is not the recorded one.
    """
    record = read_record(folder)
    for name in altered_files(folder, record):
        raise InputError(
            "is not the file that was recorded",
            where=folder / name,
            expected=f"sha256 {record.files[name]}",
            remedy="restore the file, or remove the run and make it again",
        )
    return StoredRun(folder, record, read_json(folder / SCORES))
