"""Making stored runs again, from nothing but their records, and comparing."""

from __future__ import annotations

import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from standoff.errors import NotFoundError, StandoffError
from standoff.evaluation.predictions import read_predictions
from standoff.experiments.batch import make_all
from standoff.experiments.environment import machine_differences, software_differences
from standoff.experiments.jobs import Failed, Job, Skipped
from standoff.experiments.record import RECORD, SCORES
from standoff.experiments.stored import altered_files, read_record
from standoff.files import read_json, sha256_file
from standoff.tasks.registry import load_task, parse_address, refuse_missing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from standoff.experiments.jobs import Event
    from standoff.experiments.jobs import Outcome as Ended
    from standoff.experiments.record import RunRecord

Outcome = Literal["same", "different", "data differs", "failed", "broken", "not here"]
WRONG: tuple[Outcome, ...] = ("different", "data differs", "failed", "broken")


@dataclass(frozen=True, slots=True)
class Reproduction:
    """How a run came out when it was made again.

    Args:
        folder: The run.
        outcome: ``same`` to the byte; ``different`` in predictions or scores; it ``failed``; or it was not made,
            as the ``data differs``, its files are ``not here``, or the record is ``broken``.
        n_different: Number of predictions that are other ones, over all seeds.
        n: Number of predictions, over all seeds; 0 without a record.
        details: What is not the same: files, scores, data, or the error.
        surroundings: How code, packages and machine differ from the record.
        seconds: What the record says it takes; 0 without one.
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
        NotFoundError: The folder holds no run.
        InputError: The record is broken.
    """
    folder = Path(run_folder)
    _ = read_record(folder)  # raises, where one of many is only told
    (only,) = reproduce_all([folder], processes=1, data_dir=data_dir)
    return only


def reproduce_all(
    folders: Sequence[Path],
    *,
    processes: int | None = None,
    tell: Callable[[Event], None] = lambda _: None,
    data_dir: Path | None = None,
) -> list[Reproduction]:
    """Make stored runs again and compare each; see :func:`reproduce`. No broken one keeps from the others.

    Args:
        folders: The folders of the runs.
        processes: How many tasks are worked on at once; by default as many as there are processors.
        tell: Is told what happens, when it happens.
        data_dir: As for :func:`reproduce`.

    Returns:
        One for each folder, in their order.
    """
    records: dict[Path, RunRecord] = {}
    found: dict[Path, Reproduction] = {}
    for folder in folders:
        try:
            records[folder] = read_record(folder)
        except StandoffError as error:
            found[folder] = Reproduction(folder, "broken", 0, 0, (str(error),), (), 0.0)
    found |= _unmade(records, data_dir)
    with tempfile.TemporaryDirectory(prefix="standoff-reproduce-") as temporary:
        jobs: dict[str, list[Job]] = {}
        for number, (folder, record) in enumerate(records.items()):
            if folder not in found:
                # Two folders may hold runs of one name: the number tells them apart.
                job = Job(str(folder), record.config, Path(temporary, str(number)))
                jobs.setdefault(record.config.task, []).append(job)
        groups = sorted(jobs.values(), key=lambda group: -sum(records[Path(job.name)].seconds for job in group))
        errors = _errors(make_all(groups, processes=processes, tell=tell, data_dir=data_dir))
        for job in (job for group in groups for job in group):
            folder = Path(job.name)
            if job.name in errors:
                found[folder] = _outcome(folder, records[folder], "failed", [errors[job.name]])
            else:
                found[folder] = _compared(folder, records[folder], job.folder)
    return [found[folder] for folder in folders]


def _errors(ended: Sequence[Ended]) -> dict[str, str]:
    """Return why runs were not made, by their names."""
    errors = {}
    for one in ended:
        if isinstance(one, Skipped):
            errors[one.name] = one.reason
        if isinstance(one, Failed):
            errors[one.name] = one.error
            errors |= dict.fromkeys(one.not_begun, f"not begun, as the process ended that was making {one.name}")
    return errors


def _unmade(records: dict[Path, RunRecord], data_dir: Path | None) -> dict[Path, Reproduction]:
    """Return those that are not made again, because their data is not here, is other data, or cannot be read."""
    found: dict[Path, Reproduction] = {}
    digests: dict[tuple[str, str | None], str | tuple[Outcome, str]] = {}
    for folder, record in records.items():
        key = record.config.task, record.config.split_set
        if key not in digests:
            digests[key] = _digest(*key, data_dir)
        digest = digests[key]
        if isinstance(digest, tuple):
            found[folder] = _outcome(folder, record, digest[0], [digest[1]])
        elif digest != record.task.digest:
            what = f"the data is #{digest[:8]}, #{record.task.digest[:8]} in the record"
            found[folder] = _outcome(folder, record, "data differs", [what])
    return found


def _digest(task: str, split_set: str | None, data_dir: Path | None) -> str | tuple[Outcome, str]:
    """Return the digest of a task's data; without it, the outcome of its runs and why."""
    try:
        declared, _ = parse_address(task)
        try:
            refuse_missing(task, data_dir=data_dir)
        except NotFoundError as error:
            remedy = error.remedy if data_dir else f"standoff tasks get {declared.name}"
            return "not here", f"data not here: {remedy}"
        return load_task(task, data_dir=data_dir, split_set=split_set).digest
    except StandoffError as error:
        return "failed", str(error)


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


def _compared(folder: Path, record: RunRecord, again: Path) -> Reproduction:
    altered = altered_files(folder, record)
    made = {path.name for path in again.iterdir()} - {RECORD}
    details, n_different = [f"{name}: is not in the record" for name in sorted(made - record.files.keys())], 0
    for name, digest in record.files.items():
        if name in altered:
            details.append(f"{name}: {altered[name].what}")
        if name not in made:
            details.append(f"{name}: was not made again")
            continue
        if name not in altered and sha256_file(again / name) == digest:
            continue
        n_changed, what = _difference(folder / name, again / name)
        n_different += n_changed
        details += [f"{name}: {what}"] if what else []
    outcome: Outcome = "different" if details else "same"
    unique = list(dict.fromkeys(details))  # that a file is gone is noticed twice
    return _outcome(folder, record, outcome, unique, n_different)


def _difference(then: Path, now: Path) -> tuple[int, str]:
    """Return how many predictions differ between two files, and in words what does; nothing if all is the same."""
    try:
        if then.name == SCORES:
            return 0, "" if _numbers(read_json(then)) == _numbers(read_json(now)) else "the scores differ"
        before, after = read_predictions(then), read_predictions(now)
    except StandoffError as error:
        return 0, error.what.partition(":\n")[0]
    old, new = before.labels, after.labels
    n = sum(old.get(item) != label for item, label in new.items()) + len(old.keys() - new.keys())
    if not n and before.probabilities != after.probabilities:
        return 0, "the probabilities differ"
    return n, f"{n:,} of {len(new):,} predictions differ"


def _numbers(scores: Any) -> Any:
    """Return scores without signatures."""
    if isinstance(scores, dict):
        return {name: _numbers(value) for name, value in scores.items() if name != "signature"}
    return scores
