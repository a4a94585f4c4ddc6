"""What is to be made: the runs asked for, without those that are made already, the largest tasks first."""

from __future__ import annotations

import shutil
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from glob import escape
from typing import TYPE_CHECKING

from standoff.baselines.registry import make_baseline
from standoff.errors import InputError, NotFoundError, RefusedError, StandoffError, enumerated, listed
from standoff.experiments.environment import software_differences
from standoff.experiments.jobs import Failed
from standoff.experiments.stored import read_stored
from standoff.files import make_folder, refuse_existing
from standoff.tasks.registry import load_task, parse_address, refuse_missing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from standoff.experiments.jobs import Job
    from standoff.experiments.stored import StoredRun

LOCK = ".lock"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be made, and what of it is there.

    Args:
        groups: The runs to make, for :func:`standoff.experiments.batch.make_all`.
        kept: The names of the finished runs.
        broken: What lies in the place of other runs, is none, and is left there.
    """

    groups: tuple[tuple[Job, ...], ...]
    kept: tuple[str, ...]
    broken: tuple[Failed, ...]


@dataclass(frozen=True, slots=True)
class _Data:
    """The digest of a task's data, and the characters that are read to train and predict all rounds."""

    digest: str
    work: int


def tasks_with_files(tasks: Collection[str], *, data_dir: Path | None = None) -> set[str]:
    """Return those of the tasks whose files are stored, or in ``data_dir``.

    Raises:
        NotFoundError: No such task or variant.
    """
    found = set()
    for task in tasks:
        parse_address(task)
        try:
            refuse_missing(task, data_dir=data_dir)
        except NotFoundError:
            continue
        found.add(task)
    return found


def make_plan(jobs: Sequence[Job], *, resume: bool, data_dir: Path | None = None) -> Plan:
    """Return what is to be made, after refusing all that can be refused before any work.

    Args:
        jobs: The runs that are asked for.
        resume: Whether a finished run of the same configuration, data, code and packages is kept, and not refused.
        data_dir: A folder with the tasks' files; the stored sets by default.

    Raises:
        InputError: Two jobs have one name, or a baseline does not have a parameter.
        NotFoundError: No such task, split set or baseline, or a task's files are not here.
        RefusedError: A run exists; for ``resume``, one that was made of something else.
    """
    _refuse_doubled([job.name for job in jobs])
    for job in jobs:
        if not resume:
            remedy = "keep it with --resume, name another folder with --out, or leave this run out"
            refuse_existing(job.folder, remedy=remedy)
        parse_address(job.config.task)[0].pick_split_set(job.config.split_set)
        refuse_missing(job.config.task, data_dir=data_dir)
    for job in jobs:
        make_baseline(job.config.baseline, job.config.parameters)
    finished, broken = _finished(job for job in jobs if job.folder.exists())
    several = len({job.config.task for job in jobs}) > 1
    data = (
        _read({(job.config.task, job.config.split_set) for job in jobs}, data_dir) if finished or several else {}
    )
    _refuse_changed(jobs, finished, data)
    groups: dict[str, list[Job]] = {}
    for job in jobs:
        if job.name not in finished.keys() | broken.keys():
            groups.setdefault(job.config.task, []).append(job)
    for group in groups.values():  # so that each split set is loaded once
        group.sort(key=lambda job: job.config.split_set or "")
    # A large task that comes last would keep one process busy when the others are done.
    ordered = sorted(groups.values(), key=lambda group: -sum(data[_key(job)].work for job in group if data))
    return Plan(tuple(map(tuple, ordered)), tuple(finished), tuple(broken.values()))


def _finished(jobs: Iterable[Job]) -> tuple[dict[str, StoredRun], dict[str, Failed]]:
    """Return the runs that are stored in the folders of jobs, and why in other folders there is none."""
    finished, broken = {}, {}
    for job in jobs:
        try:
            finished[job.name] = read_stored(job.folder)
        except StandoffError as error:
            broken[job.name] = Failed(job.name, str(error.with_remedy(f"remove this run: {job.folder}")))
    return finished, broken


def _refuse_doubled(names: list[str]) -> None:
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(
            "two runs would have one name",
            got=", ".join(doubled),
            remedy="give each task file its own name, or run them into different folders with --out",
        )


def _refuse_changed(
    jobs: Sequence[Job], finished: dict[str, StoredRun], data: dict[tuple[str, str | None], _Data]
) -> None:
    found: dict[str, list[str]] = {}
    for job in (job for job in jobs if job.name in finished):
        for what in _differences(finished[job.name], job, data):
            found.setdefault(what, []).append(job.name)
    if found:
        raise RefusedError(
            "holds runs that were made of something else than what is here now, so nothing was done:\n"
            + listed(f"{what}: {enumerated(names, limit=8)}" for what, names in found.items()),
            where=jobs[0].folder.parent,
            expected="the same configuration, data, code and packages, so that all runs can be compared",
            remedy="make all runs in another folder with --out, or remove those that differ, to make them here",
        )


def _key(job: Job) -> tuple[str, str | None]:
    return job.config.task, job.config.split_set


def _read(keys: set[tuple[str, str | None]], data_dir: Path | None) -> dict[tuple[str, str | None], _Data]:
    found = {}
    for task, split_set in keys:
        loaded = load_task(task, data_dir=data_dir, split_set=split_set)
        characters = int(loaded.frame["text"].str.len().sum())
        found[task, split_set] = _Data(loaded.digest, characters * max(1, len(loaded.folds)))
    return found


def _differences(stored: StoredRun, job: Job, data: dict[tuple[str, str | None], _Data]) -> Iterator[str]:
    record = stored.record
    wanted, made = job.config.to_json(), record.config.to_json()
    for name, value in wanted.items():
        if value != made[name]:
            yield f"{name} was {made[name]!r}, is to be {value!r}"
    if record.task.digest != data[_key(job)].digest:
        yield f"the data was #{record.task.digest[:8]}, is #{data[_key(job)].digest[:8]}"
    yield from software_differences(record)


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Hold a folder of runs while unfinished work goes on in it; the system frees it when the process ends.

    Raises:
        RefusedError: Another process holds it.
        InputError: There is no such folder, and none can be made.
    """
    from filelock import FileLock, Timeout  # noqa: PLC0415 - reading runs does not need it

    make_folder(out)
    lock = FileLock(out / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise RefusedError(
            "another process is making runs here",
            where=out,
            remedy="wait until it ends, or name another folder with --out",
        ) from None
    try:
        yield
    finally:
        with suppress(PermissionError):  # Windows cannot remove an open file; there it stays
            (out / LOCK).unlink()  # while it is held, so that it is nobody else's
        lock.release()


def clear_leftovers(jobs: Iterable[Job]) -> None:
    """Remove what was left of these runs by a process that was killed while it wrote them."""
    for job in jobs:
        for path in job.folder.parent.glob(f".{escape(job.folder.name)}.*.tmp"):  # new_folder's names
            shutil.rmtree(path)
