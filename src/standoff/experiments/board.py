"""A board: stored runs side by side, human-labelled tasks apart from model-labelled ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from standoff.errors import InputError, StandoffError
from standoff.experiments.record import SCORES
from standoff.experiments.spread import Spread
from standoff.experiments.stored import find_runs, read_stored
from standoff.tasks.intervention_slice import SLICE as INTERVENTION

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from standoff.experiments.stored import StoredRun

NOTICE = (
    "The labels of this task are made by models, not by people: a score says how well a system agrees with them, "
    "and stands apart from scores on human-labelled tasks."
)

SEEDS_NOTE = "± is the standard deviation over seeds; intervals and the other columns are those of the first seed."

_Key = tuple[str, str, str, str]
"""Who made the labels, the task, the split and the digest of the data: what runs on one board share."""


@dataclass(frozen=True, slots=True)
class Row:
    """One run on a board.

    Args:
        system: The baseline.
        value: The primary metric; with several seeds the mean over them, by which the rows are ranked.
        low: Low end of the interval; with several seeds, this and all that follows is the first seed's.
        high: High end of the interval.
        spread: The primary metric of each seed; None where there is one.
        accuracy: The share of items predicted right.
        intervention: Value, low and high on the slice of that name; None where the task has none.
        missing: Number of items without a prediction.
        n: Number of items.
        signature: Of the scores.
    """

    system: str
    value: float
    low: float | None
    high: float | None
    spread: Spread | None
    accuracy: float
    intervention: tuple[float, float | None, float | None] | None
    missing: int
    n: int
    signature: str


@dataclass(frozen=True, slots=True)
class Board:
    """The runs on one task and split, best first; ``label_kind`` says who made the labels.

    ``n_intervention`` is the number of items in the slice ``intervention``, 0 where the task has none.
    """

    task: str
    split: str
    label_kind: str
    metric: str
    n_intervention: int
    rows: tuple[Row, ...]


def read_runs(folder: Path) -> list[Board]:
    """Return a board for each task that the runs under ``folder`` are on, human-labelled tasks first.

    Scores on different data or splits never share a board.

    Args:
        folder: A run, or a folder of runs.

    Raises:
        NotFoundError: No run there, or one without all its files.
        InputError: A record is broken, or predictions or scores are not the ones that were recorded.
    """
    return [_board(key, runs) for key, runs in _by_board(map(_read, find_runs([folder])))]


def read_sound_runs(folder: Path, *, holding: Collection[str]) -> tuple[list[Board], dict[Path, StandoffError]]:
    """Return the boards of the runs under ``folder`` that are not broken, and what is wrong with the others.

    Args:
        folder: A folder of runs.
        holding: Only the boards that one of the runs in these folders is on, by the folders' names.

    Raises:
        NotFoundError: No run there.
    """
    sound, broken = [], {}
    for place in find_runs([folder]):
        try:
            sound.append(_read(place))
        except StandoffError as error:
            broken[place] = error
    boards = [
        _board(key, runs) for key, runs in _by_board(sound) if any(run.folder.name in holding for run in runs)
    ]
    return boards, broken


def _read(folder: Path) -> tuple[_Key, StoredRun]:
    """Return a run, and what it shares with those on the same board."""
    run = read_stored(folder)
    task = run.record.task
    try:
        key = (task.label_kind, run.scores["task"], task.test, task.digest)
        _board(key, [run])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"does not hold the scores of a run ({error!r})",
            where=run.folder / SCORES,
            remedy=f"remove this run: {folder}",
        ) from None
    return key, run


def _by_board(runs: Iterable[tuple[_Key, StoredRun]]) -> list[tuple[_Key, list[StoredRun]]]:
    found: dict[_Key, list[StoredRun]] = {}
    for key, run in runs:
        found.setdefault(key, []).append(run)
    return sorted(found.items(), key=lambda one: one[0])


def _board(key: _Key, runs: list[StoredRun]) -> Board:
    label_kind, task, split, _ = key
    rows = sorted(map(_row, runs), key=lambda row: (-row.value, row.system))
    first = runs[0].scores
    on_slice = first["slices"].get(INTERVENTION)
    n_intervention = on_slice["scores"]["n"] if on_slice else 0
    return Board(task, split, label_kind, first["scores"]["metric"], n_intervention, tuple(rows))


def _row(run: StoredRun) -> Row:
    scores = run.scores["scores"]
    spread = Spread.from_json(run.scores["seeds"]) if "seeds" in run.scores else None
    on_slice = run.scores["slices"].get(INTERVENTION)
    return Row(
        system=run.record.config.baseline,
        value=spread.mean if spread else scores["value"],
        low=scores["low"],
        high=scores["high"],
        spread=spread,
        accuracy=scores["accuracy"]["value"],
        intervention=tuple(on_slice["scores"][end] for end in ("value", "low", "high")) if on_slice else None,
        missing=scores["n_missing"],
        n=scores["n"],
        signature=run.scores["signature"],
    )
