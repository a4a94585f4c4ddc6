"""What stands on the leaderboard: recorded runs and submissions, by task and way to split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from standoff.baselines.registry import BASELINES
from standoff.errors import InputError, enumerated
from standoff.evaluation.predictions import read_predictions
from standoff.experiments.record import RECORD, SCORES, predictions_name
from standoff.experiments.stored import find_runs, read_stored
from standoff.experiments.submission_files import README
from standoff.experiments.submissions import find_submissions, read_submission
from standoff.files import sha256_file
from standoff.tasks.registry import parse_address

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from standoff.evaluation.predictions import Predictions
    from standoff.experiments.system import System

RUNS, SUBMISSIONS, FROZEN = "runs", "submissions", "boards"
"""The folders below ``experiments/`` that the leaderboard is made of, and that of boards that were frozen."""

Role = Literal["control", "anchor", "ours", "submission"]

OURS_TRAINING = "the task's own training items, nothing else"
"""What every baseline is fitted on."""

BoardKey = tuple[str, str]
"""The address of a task, and the way it is split."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What those who made a system say about it.

    Attributes:
        title: Its name for readers.
        description: What it does; empty for the baselines, which docs/baselines.md describes.
        authors: Who made it; empty for the baselines of this package.
        url: Where more is said; None where nothing is.
        training: What it was fitted or tuned on.
        pretrained: Models that were trained before, with version and cut-off where known.
        cutoff: The day after which it has seen no text, in ISO form; None where that is not known.
        seen_test: Tasks of which it may have seen test items.
    """

    title: str
    description: str = ""
    authors: tuple[str, ...] = ()
    url: str | None = None
    training: tuple[str, ...] = (OURS_TRAINING,)
    pretrained: tuple[str, ...] = ()
    cutoff: str | None = None
    seen_test: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One system's predictions for one task, split in one way.

    Attributes:
        system: Its name.
        role: ``control``, ``anchor`` and ``ours`` are baselines; others are submitted.
        folder: Where it is.
        predictions: What it predicts, by seed; a submission and whatever is not random has one.
        digest: Of the data that it was made on; None for a submission.
        scores: What ``scores.json`` of a run says; None for a submission.
        declared: What is said about the system.
    """

    system: str
    role: Role
    folder: Path
    predictions: tuple[Predictions, ...]
    digest: str | None
    scores: dict[str, Any] | None
    declared: Declared


def read_entries(experiments: Path) -> dict[BoardKey, list[Entry]]:
    """Return what stands on each board, systems in the order of their names.

    Args:
        experiments: The folder with ``runs`` and ``submissions``; either may be missing.

    Raises:
        InputError: A record is broken, a file is not the recorded one, two entries of one system are on one board,
            or a submission does not fit; see :func:`standoff.experiments.submissions.read_submission`.
        NotFoundError: There is nothing.
    """
    found: dict[BoardKey, dict[str, Entry]] = {}
    for key, entry in (*_runs(experiments / RUNS), *_submissions(experiments / SUBMISSIONS)):
        before = found.setdefault(key, {}).setdefault(entry.system, entry)
        if before is not entry:
            raise InputError(
                f"{entry.system} stands twice on {key[0]}, {key[1]}",
                where=experiments,
                got=f"{before.folder.name} and {entry.folder.name}",
                remedy="remove one of them, or give a submission a name of its own",
            )
    return {key: [by_system[name] for name in sorted(by_system)] for key, by_system in sorted(found.items())}


def input_digests(experiments: Path) -> dict[str, str]:
    """Return the sha256 of every file of runs, submissions and frozen boards, by path from ``experiments``.

    Whatever lies there counts, recorded or not: a file that is not read today may be read tomorrow. Only the page
    that says what submissions are does not.

    Raises:
        InputError: There is a link.
    """
    found = {}
    for name in (RUNS, SUBMISSIONS, FROZEN):
        for path in (experiments / name).rglob("*"):
            where = path.relative_to(experiments).as_posix()
            if path.is_symlink():
                raise InputError(
                    "is a link, and what it leads to would not be checked",
                    where=path,
                    remedy="put the file in its place",
                )
            if path.is_file() and where != f"{SUBMISSIONS}/{README}":
                found[where] = sha256_file(path)
    return dict(sorted(found.items()))


def _runs(folder: Path) -> Iterator[tuple[BoardKey, Entry]]:
    places = find_runs([folder]) if folder.is_dir() else []
    if others := sorted(path.name for path in folder.glob("*") if path not in places):
        raise InputError(
            f"holds what is no run: {enumerated(others)}", where=folder, remedy="remove it, or make the run again"
        )
    for place in places:
        run = read_stored(place)
        config, record = run.record.config, run.record
        task, _ = parse_address(config.task)
        seeds = record.seeds.random_state or (config.seed,)
        names = [predictions_name(seed, seeds[0]) for seed in seeds]
        if unlisted := {*names, SCORES} - record.files.keys():
            raise InputError(
                f"does not say what was recorded of {enumerated(sorted(unlisted))}",
                where=place / RECORD,
                remedy="make the run again",
            )
        yield (
            (run.scores["task"], task.pick_split_set(config.split_set)),
            Entry(
                system=config.baseline,
                role=BASELINES[config.baseline].role,
                folder=place,
                predictions=tuple(read_predictions(place / name) for name in names),
                digest=record.task.digest,
                scores=run.scores,
                declared=Declared(config.baseline),
            ),
        )


def _submissions(folder: Path) -> Iterator[tuple[BoardKey, Entry]]:
    for place in find_submissions(folder) if folder.is_dir() else ():
        submission = read_submission(place)
        for address, predictions in submission.predictions.items():
            task, _ = parse_address(address)
            yield (
                (address, task.pick_split_set(None)),
                Entry(
                    submission.system.name,
                    "submission",
                    place,
                    (predictions,),
                    digest=None,
                    scores=None,
                    declared=_declared(submission.system),
                ),
            )


def _declared(system: System) -> Declared:
    return Declared(
        title=system.title,
        description=system.description,
        authors=system.authors,
        url=system.url,
        training=tuple(f"{one.name}: {one.what}" for one in system.training_data),
        pretrained=tuple(
            f"{one.name} {one.version}, cut-off {one.cutoff or 'not known'}" for one in system.pretrained
        ),
        cutoff=system.cutoff.isoformat() if system.cutoff else None,
        seen_test=system.seen_test,
    )
