"""Making stored runs again, from nothing but their records, and comparing."""

from __future__ import annotations

import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from standoff.errors import InputError, NotFoundError
from standoff.evaluation.predictions import read_predictions
from standoff.experiments.batch import Failed, Job, make_all
from standoff.experiments.environment import machine_differences, software_differences
from standoff.experiments.record import SCORES
from standoff.experiments.stored import altered_files, read_record
from standoff.files import read_json, sha256_file
from standoff.tasks.registry import load_task

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from standoff.experiments.batch import Event
    from standoff.experiments.record import RunRecord

Outcome = Literal["same", "different", "data differs", "failed", "not here"]
WRONG: tuple[Outcome, ...] = ("different", "data differs", "failed")


@dataclass(frozen=True, slots=True)
class Reproduction:
    """How a run came out when it was made again.

    Args:
        folder: The run.
        outcome: ``same`` to the byte; ``different`` in predictions or scores; ``data differs``, or its files are
            ``not here``, so that it was not made; or it ``failed``.
        n_different: Number of predictions that are other ones, over all seeds.
        n: Number of predictions, over all seeds.
        details: What is not the same: files, scores, data, or the error.
        surroundings: How code, packages and machine differ from the record.
        seconds: What the record says it takes.
    """

    folder: Path
    outcome: Outcome
    n_different: int
    n: int
    details: tuple[str, ...]
    surroundings: tuple[str, ...]
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return asdict(self) | {"folder": str(self.folder)}


def reproduce(run_folder: Path | str, *, data_dir: Path | None = None) -> Reproduction:
    """Make a stored run again in a temporary folder, from its recorded configuration, and compare.

    The digest of the data is compared first, then the sha256 of each seed's predictions with the recorded ones and
    with the stored files, then the scores (without signatures, which name the version of the code).

    Args:
        run_folder: The folder of the run.
        data_dir: A folder with the task's files; the set stored by ``standoff tasks get`` by default.

    Raises:
        NotFoundError: The folder holds no run, or not all of it.
        InputError: The record is broken.
    """
    (only,) = reproduce_all([Path(run_folder)], processes=1, data_dir=data_dir)
    return only


def reproduce_all(
    folders: Sequence[Path],
    *,
    processes: int | None = None,
    tell: Callable[[Event], None] = lambda _: None,
    data_dir: Path | None = None,
) -> list[Reproduction]:
    """Make stored runs again and compare each; see :func:`reproduce`.

    Args:
        folders: The folders of the runs.
        processes: How many tasks are worked on at once; by default as many as there are processors.
        tell: Is told what happens, when it happens.
        data_dir: As for :func:`reproduce`.

    Returns:
        One for each folder, in their order.
    """
    records = {folder: read_record(folder) for folder in folders}
    altered = {folder: altered_files(folder, record) for folder, record in records.items()}
    found = _unmade(records, data_dir)
    with tempfile.TemporaryDirectory(prefix="standoff-reproduce-") as temporary:
        jobs: dict[str, list[Job]] = {}
        for number, (folder, record) in enumerate(records.items()):
            if folder not in found:
                # Two folders may hold runs of one name: the number tells them apart.
                job = Job(str(folder), record.config, Path(temporary, str(number)))
                jobs.setdefault(record.config.task, []).append(job)
        groups = sorted(jobs.values(), key=lambda group: -sum(records[Path(job.name)].seconds for job in group))
        ended = make_all(groups, processes=processes or os.cpu_count() or 1, tell=tell, data_dir=data_dir)
        errors = {one.name: one.error for one in ended if isinstance(one, Failed)}
        for job in (job for group in groups for job in group):
            folder = Path(job.name)
            if job.name in errors:
                found[folder] = _outcome(folder, records[folder], "failed", [errors[job.name]])
            else:
                found[folder] = _compared(folder, records[folder], job.folder, altered[folder])
    return [found[folder] for folder in folders]


def _unmade(records: dict[Path, RunRecord], data_dir: Path | None) -> dict[Path, Reproduction]:
    """Return those that are not made again, because their data is not here, or is other data."""
    found, digests = {}, dict[tuple[str, str | None], str]()
    for folder, record in records.items():
        key = record.config.task, record.config.split_set
        try:
            if key not in digests:
                digests[key] = load_task(key[0], data_dir=data_dir, split_set=key[1]).digest
        except NotFoundError as error:
            found[folder] = _outcome(folder, record, "not here", [error.what])
            continue
        if digests[key] != record.task.digest:
            what = f"the data is #{digests[key][:8]}, #{record.task.digest[:8]} in the record"
            found[folder] = _outcome(folder, record, "data differs", [what])
    return found


def _outcome(
    folder: Path,
    record: RunRecord,
    outcome: Outcome,
    details: Sequence[str],
    n_different: int = 0,
) -> Reproduction:
    n = record.task.n_test * max(1, len(record.seeds.random_state))
    differences = tuple(software_differences(record) + machine_differences(record))
    return Reproduction(folder, outcome, n_different, n, tuple(details), differences, record.seconds)


def _compared(folder: Path, record: RunRecord, again: Path, altered: Sequence[str]) -> Reproduction:
    details, n_different = [f"{name} is not the file that was recorded" for name in altered], 0
    for name, digest in record.files.items():
        if name == SCORES or (name not in altered and sha256_file(again / name) == digest):
            continue
        try:
            then = read_predictions(folder / name)
        except InputError as error:
            details.append(f"{name} {error.what}")
            continue
        now = read_predictions(again / name)
        n_changed = sum(then.get(item) != label for item, label in now.items()) + len(then.keys() - now.keys())
        n_different += n_changed
        details.append(f"{name}: {n_changed:,} of {len(now):,} predictions differ")
    if SCORES not in altered and _numbers(read_json(folder / SCORES)) != _numbers(read_json(again / SCORES)):
        details.append("the scores differ")
    return _outcome(folder, record, "different" if details else "same", details, n_different)


def _numbers(scores: Any) -> Any:
    """Return scores without signatures."""
    if isinstance(scores, dict):
        return {name: _numbers(value) for name, value in scores.items() if name != "signature"}
    return scores
