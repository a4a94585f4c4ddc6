"""A board: stored runs side by side, human-labelled tasks apart from model-labelled ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from standoff.errors import InputError, NotFoundError
from standoff.experiments.run import PREDICTIONS, RECORD, SCORES
from standoff.files import read_bytes, read_json, sha256_bytes
from standoff.tasks.intervention_slice import SLICE as INTERVENTION

if TYPE_CHECKING:
    from pathlib import Path

NOTICE = (
    "The labels of this task are made by models, not by people: a score says how well a system agrees with them, "
    "and stands apart from scores on human-labelled tasks."
)


@dataclass(frozen=True, slots=True)
class Row:
    """One run on a board; ``intervention`` is value, low and high on the slice of that name."""

    system: str
    value: float
    low: float | None
    high: float | None
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

    Raises:
        NotFoundError: No run there.
        InputError: A record is broken, or predictions or scores are not the ones that were recorded.
    """
    runs = sorted(path.parent for path in folder.glob(f"*/{RECORD}"))
    if not runs:
        raise NotFoundError("no runs", where=folder, remedy="make one: standoff run majority --task intervention")
    boards: dict[tuple[str, ...], list[tuple[dict[str, Any], dict[str, Any]]]] = {}
    for run in runs:
        try:
            record, scores = _read_run(run)
            task = record["task"]
            key = (task["label_kind"], scores["task"], task["test"], task["digest"])
            _row(record, scores)
        except (KeyError, TypeError) as error:
            raise InputError(
                f"is not the record of a run: {error!r} is missing",
                where=run / RECORD,
                remedy="remove the folder, or make the run again",
            ) from None
        boards.setdefault(key, []).append((record, scores))
    return [_board(key, entries) for key, entries in sorted(boards.items())]


def _read_run(run: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return record and scores of a run whose files are those that were recorded."""
    record = read_json(run / RECORD)
    for name, digest in ((PREDICTIONS, record["predictions_sha256"]), (SCORES, record["scores_sha256"])):
        if sha256_bytes(read_bytes(run / name)) != digest:
            raise InputError(
                "is not the file that was recorded",
                where=run / name,
                expected=f"sha256 {digest}",
                remedy="restore the file, or remove the run and make it again",
            )
    return record, read_json(run / SCORES)


def _board(key: tuple[str, ...], entries: list[tuple[dict[str, Any], dict[str, Any]]]) -> Board:
    label_kind, task, split, _ = key
    rows = [_row(record, evaluation) for record, evaluation in entries]
    rows.sort(key=lambda row: (-row.value, row.system))
    scores = entries[0][1]["scores"]
    on_slice = entries[0][1]["slices"].get(INTERVENTION)
    return Board(
        task, split, label_kind, scores["metric"], on_slice["scores"]["n"] if on_slice else 0, tuple(rows)
    )


def _row(record: dict[str, Any], evaluation: dict[str, Any]) -> Row:
    scores = evaluation["scores"]
    on_slice = evaluation["slices"].get(INTERVENTION)
    return Row(
        system=record["config"]["baseline"],
        value=scores["value"],
        low=scores["low"],
        high=scores["high"],
        accuracy=scores["accuracy"]["value"],
        intervention=tuple(on_slice["scores"][end] for end in ("value", "low", "high")) if on_slice else None,
        missing=scores["n_missing"],
        n=scores["n"],
        signature=evaluation["signature"],
    )
