"""Stored runs: found, read, and verified against their records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from standoff.errors import InputError, NotFoundError, StandoffError
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
                remedy=f"check the path, or make one: standoff run majority --task intervention --out {place}",
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
    try:
        return RunRecord.parse(read_json(path), where=str(path))
    except InputError as error:
        raise error.with_remedy(_remedy(folder)) from None


def takes_less(folder: Path, seconds: float) -> bool:
    """Return whether a run took less than that; one with a broken record counts, so that it is told."""
    try:
        return read_record(folder).seconds < seconds
    except StandoffError:
        return True


def altered_files(folder: Path, record: RunRecord) -> dict[str, StandoffError]:
    """Return the names of the files that are not those that were recorded, each with what is wrong with it."""
    found: dict[str, StandoffError] = {}
    for name, digest in record.files.items():
        try:
            if sha256_bytes(read_bytes(folder / name)) != digest:
                found[name] = InputError(
                    "is not the file that was recorded",
                    where=folder / name,
                    expected=f"sha256 {digest}",
                    remedy=_remedy(folder),
                )
        except StandoffError as error:
            found[name] = error.with_remedy(_remedy(folder))
    return found


def read_stored(folder: Path) -> StoredRun:
    """Return a run whose files are those that were recorded.

    Raises:
        NotFoundError: A file is gone.
        InputError: The record is broken, or a file is not the recorded one.
    """
    record = read_record(folder)
    if altered := altered_files(folder, record):
        raise next(iter(altered.values()))
    scores = read_json(folder / SCORES)
    if not isinstance(scores, dict) or not {"task", "scores"} <= scores.keys():
        raise InputError("does not hold the scores of a run", where=folder / SCORES, remedy=_remedy(folder))
    return StoredRun(folder, record, scores)


def _remedy(folder: Path) -> str:
    return f"restore the file, or remove this run: {folder}"
