"""Where a recorded run errs: its scores on each slice of what was scored, and the confusions of labels."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from standoff.evaluation.scores import RESAMPLES, SEED, Estimate, score
from standoff.experiments.analysis.results import document
from standoff.tasks.coder_labels import agreement_by_item
from standoff.tasks.frame import COLUMNS, occurrences
from standoff.tasks.slices import seen_in_training, spelt_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from standoff.evaluation.scores import Scores
    from standoff.experiments.analysis.recorded import RecordedRun
    from standoff.tasks.task import LoadedTask

MAX_VALUES = 15
"""A column with more values is not divided by: most of its slices would be too small to say anything."""

MIN_ITEMS = 30
"""A smaller slice is counted and not scored."""

QUARTILES = (0.25, 0.5, 0.75)

UNANIMITY = "unanimity"
COMPUTED_WITH_LABEL = {UNANIMITY: "how far the coders agree on the label: all, most (more than half), or split"}
"""Computed columns that are made with the gold label, as the tasks' own are that ``made_with_label`` names."""

_ISO_DATE = re.compile(r"([0-9]{4})-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Slice:
    """The items of which a column has one value.

    Attributes:
        column: A slice column of the task, or a computed one.
        value: Its value, as text; null where there is none.
        origin: ``input`` where the column is known before the label is, ``gold`` where it is made with the label.
        n: Number of items.
        n_groups: Number of their groups.
        n_right: How many are predicted right.
        macro_f1: None where there are too few items, or where a label has no gold item in the slice and its F1
            would be 0 whatever is predicted.
        accuracy: None where there are too few items.
        absent: The labels that no item of the slice has as gold label.
    """

    column: str
    value: str
    origin: str
    n: int
    n_groups: int
    n_right: int
    macro_f1: Estimate | None
    accuracy: Estimate | None
    absent: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ErrorAnalysis:
    """The scores of a run as a whole and by slice.

    Attributes:
        run: The name of the run's folder.
        system: The name of the baseline.
        loaded: The task.
        scores: On all items that are scored.
        slices: By column, then by value.
        notes: Column -> how it depends on the gold label, for the columns that do.
        left_out: Columns with one value, or with more than :data:`MAX_VALUES`.
    """

    run: str
    system: str
    loaded: LoadedTask
    scores: Scores
    slices: tuple[Slice, ...]
    notes: dict[str, str]
    left_out: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the analysis as a document; see :func:`standoff.experiments.analysis.results.document`."""
        scores = self.scores.to_json()
        return document(
            "errors",
            {
                "run": self.run,
                "system": self.system,
                "task": self.loaded.address,
                "split": self.loaded.split_label(self.loaded.scored),
                "label_kind": self.loaded.task.label_kind,
                "n": self.scores.n,
                "n_groups": self.scores.n_groups,
                "macro_f1": asdict(self.scores.primary),
                "accuracy": scores["accuracy"],
                "per_class": scores["per_class"],
                "confusion": scores["confusion"],
                "slices": [asdict(one) for one in self.slices],
                "made_with_the_label": self.notes,
                "left_out": list(self.left_out),
                "resamples": self.scores.resamples,
                "min_items": MIN_ITEMS,
            },
            tasks=[self.loaded],
            seeds={"bootstrap": self.scores.seed},
        )


def analyse_errors(
    run: RecordedRun, *, data_dir: Path | None = None, resamples: int = RESAMPLES, seed: int = SEED
) -> ErrorAnalysis:
    """Return the scores of a recorded run by slice.

    Args:
        run: See :func:`standoff.experiments.analysis.recorded.recorded_runs`.
        data_dir: A folder with the task's files; the stored set by default.
        resamples: Number of resamples of the bootstrap over groups.
        seed: Its seed, that of every published interval by default.

    Raises:
        IntegrityError: The task's data is not what the run was made on.
        InputError: The predictions do not fit the task.
    """
    return by_slice(
        run.load(data_dir=data_dir),
        run.predictions,
        run=run.folder.resolve().name,
        system=run.system,
        resamples=resamples,
        seed=seed,
    )


def by_slice(
    loaded: LoadedTask,
    predictions: Mapping[str, str],
    *,
    run: str,
    system: str,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> ErrorAnalysis:
    """Return the scores of predictions by slice of the items that are scored by default.

    Args:
        loaded: The task.
        predictions: Item id to predicted label.
        run: What the predictions are called.
        system: Whose they are.
        resamples: Number of resamples of the bootstrap over groups.
        seed: Its seed.

    Raises:
        InputError: The predictions do not fit the task.
    """
    items = with_computed_slices(loaded)

    def scored(rows: pd.DataFrame) -> Scores:
        ids = rows["id"].tolist()
        return score(
            dict(zip(ids, rows["label"], strict=True)),
            {item: predictions[item] for item in ids if item in predictions},
            dict(zip(ids, rows["group"], strict=True)),
            loaded.task.labels,
            resamples=resamples,
            seed=seed,
        )

    computed = {name: why for name, why in COMPUTED_WITH_LABEL.items() if name not in loaded.frame}
    notes = {**computed, **loaded.task.made_with_label}
    slices: list[Slice] = []
    left_out = []
    for column in (name for name in items.columns if name not in COLUMNS):
        spelt = items[column].map(spelt_out, na_action=None)
        if not 1 < spelt.nunique() <= MAX_VALUES:
            left_out.append(column)
            continue
        origin = "gold" if column in notes else "input"
        for value in in_order(items[column]):
            rows = items[spelt == value]
            absent = tuple(label for label in loaded.task.labels if label not in set(rows["label"]))
            slices.append(_slice(column, value, origin, absent, scored(rows)))
    return ErrorAnalysis(
        run=run,
        system=system,
        loaded=loaded,
        scores=scored(items),
        slices=tuple(slices),
        notes={column: notes[column] for column in dict.fromkeys(one.column for one in slices) if column in notes},
        left_out=tuple(left_out),
    )


def _slice(column: str, value: str, origin: str, absent: tuple[str, ...], scores: Scores) -> Slice:
    n_right = sum(row[position] for position, row in enumerate(scores.confusion))
    enough = scores.n >= MIN_ITEMS
    return Slice(
        column=column,
        value=value,
        origin=origin,
        n=scores.n,
        n_groups=scores.n_groups,
        n_right=n_right,
        macro_f1=scores.primary if enough and not absent else None,
        accuracy=scores.accuracy if enough else None,
        absent=absent,
    )


def with_computed_slices(loaded: LoadedTask) -> pd.DataFrame:
    """Return the items that are scored with slice columns that any task can have added.

    ``seen_actor`` and ``seen_target``: whether an item that the model was trained on in that round has the same
    actor or target. ``named_actor``: whether a span or the exact name is in the text. ``n_words``: quartiles of
    the number of words. ``year``: of an ISO ``date``. ``unanimity``: how far the coders agree, where their labels
    are known; see :func:`standoff.tasks.coder_labels.unanimity`. A task without actors has no slice about them,
    and a column that the task has itself is kept.
    """
    items = loaded.split(loaded.scored)
    sides: tuple[Literal["actor", "target"], ...] = ("actor", "target")
    for side in sides:
        seen = seen_in_training(loaded, side)
        if f"seen_{side}" not in items and not seen.empty:
            items[f"seen_{side}"] = items["id"].map(seen)
    if items["actor"].str.strip().any():
        items["named_actor"] = [
            bool(spans) or bool(occurrences(text, actor))
            for spans, text, actor in zip(items["actor_spans"], items["text"], items["actor"], strict=True)
        ]
    if "year" not in items and "date" in items and any(years := [_year(date) for date in items["date"]]):
        items["year"] = pd.Series(years, dtype=object)  # whole numbers, also where one is missing
    coders = loaded.coder_labels()
    if UNANIMITY not in items and coders is not None and any(agreed := agreement_by_item(items["id"], coders)):
        items[UNANIMITY] = agreed
    return items.assign(n_words=_quartiles([len(text.split()) for text in items["text"]]))


def _year(date: object) -> int | None:
    match = _ISO_DATE.match(date) if isinstance(date, str) else None
    return int(match[1]) if match else None


def _quartiles(numbers: Sequence[int]) -> list[str]:
    """Return for each number the range of whole numbers that its quarter of the numbers spans."""
    ends = sorted({int(np.quantile(numbers, share)) for share in QUARTILES} | {max(numbers)})
    starts = [min(numbers), *(end + 1 for end in ends[:-1])]
    names = [f"{start}-{end}" for start, end in zip(starts, ends, strict=True)]
    return [names[int(np.searchsorted(ends, number))] for number in numbers]


def in_order(column: pd.Series[Any]) -> Iterator[str]:
    """Yield a column's values as text: numbers and ranges of numbers by size, others by name, null last."""

    def key(name: str) -> tuple[bool, float, str]:
        start = name.partition("-")[0]
        return (name == "null", float(start) if start.replace(".", "", 1).isdigit() else float("inf"), name)

    yield from sorted({spelt_out(value) for value in column}, key=key)
