"""Predictions put beside the gold labels, by item id."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np

from standoff.errors import InputError, Problem, listed, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

MISSING = -1
"""The index that stands for a missing prediction."""

EXTRA_ID = "ids that are not items of the task"
UNKNOWN_LABEL = "labels outside the inventory"


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """Gold and predicted labels of the same items, in the same order.

    Attributes:
        ids: The n item ids, in the order of the gold labels.
        gold: Shape (n,): indices into the label inventory.
        predicted: Shape (n,): indices into the label inventory, :data:`MISSING` where there is no prediction.
        missing: The ids without a prediction, in the order of ``ids``.
    """

    ids: tuple[str, ...]
    gold: npt.NDArray[np.int64]
    predicted: npt.NDArray[np.int64]
    missing: tuple[str, ...]


def align(gold: Mapping[str, str], predicted: Mapping[str, str], labels: Sequence[str]) -> Alignment:
    """Return ``predicted`` in the order of ``gold``, both as indices into ``labels``.

    A missing prediction is kept as a hole, to be scored as wrong; anything that would have to be dropped is
    refused.

    Args:
        gold: Item id to gold label.
        predicted: Item id to predicted label.
        labels: The inventory, in the order fixed by the task.

    Raises:
        InputError: An extra id or a label outside the inventory among the predictions, with the number of each
            and the first twenty; a gold label outside the inventory; no gold labels; a repeated label.
    """
    index = {label: position for position, label in enumerate(labels)}
    if len(index) != len(labels):
        raise InputError("a label inventory names each label once", got=list(labels))
    _check_gold(gold, index)
    _check_predicted(gold, predicted, index)
    return Alignment(
        ids=tuple(gold),
        gold=np.array([index[label] for label in gold.values()], dtype=np.int64),
        predicted=np.array([index[predicted[i]] if i in predicted else MISSING for i in gold], dtype=np.int64),
        missing=tuple(item for item in gold if item not in predicted),
    )


def _check_gold(gold: Mapping[str, str], labels: Mapping[str, int]) -> None:
    if not gold:
        raise InputError("there are no gold labels to score against", remedy="check the task, split and filters")
    outside = [
        Problem(f"item {shorten(item)}", f"label {shorten(label)}")
        for item, label in gold.items()
        if label not in labels
    ]
    if outside:
        raise InputError(
            f"the gold data has labels outside the task's inventory, {len(outside)} in all:\n{listed(outside)}",
            expected=_inventory(labels),
            remedy="correct the task's labels or its data; the predictions are not at fault",
        )


def _check_predicted(gold: Mapping[str, str], predicted: Mapping[str, str], labels: Mapping[str, int]) -> None:
    found = list(_misfits(gold, predicted, labels))
    if not found:
        return
    totals = Counter(kind for kind, _, _ in found)
    summary = " and ".join(f"{kind}: {totals[kind]}" for kind in (EXTRA_ID, UNKNOWN_LABEL) if totals[kind])
    problems = [_problem(kind, item, label, labels) for kind, item, label in found[:20]]
    heading = f"the predictions do not fit the task; {summary}"
    if len(found) > len(problems):
        heading += f"; the first {len(problems)}"
    raise InputError(
        f"{heading}:\n{listed(problems)}",
        expected=f"one prediction for each of the task's {len(gold)} items, each {_inventory(labels)}",
        remedy="check that the predictions are for this task, variant and split; nothing was scored",
    )


def _misfits(
    gold: Mapping[str, str], predicted: Mapping[str, str], labels: Mapping[str, int]
) -> Iterator[tuple[str, str, str]]:
    """Yield (kind, id, label) for all that does not fit, in the order of the predictions."""
    for item, label in predicted.items():
        if item not in gold:
            yield EXTRA_ID, item, label
        if label not in labels:
            yield UNKNOWN_LABEL, item, label


def _problem(kind: str, item: str, label: str, labels: Mapping[str, int]) -> Problem:
    if kind == EXTRA_ID:
        return Problem(f"id {shorten(item)}", "not an item of the task")
    near = _nearest(label, labels)
    hint = f" (did you mean {near!r}?)" if near is not None else ""
    return Problem(f"id {shorten(item)}", f"label {shorten(label)} is unknown{hint}")


def _nearest(label: str, labels: Mapping[str, int]) -> str | None:
    folded = {known.casefold(): known for known in labels}
    # .5, not the default .6: "negative" is then near to "neg".
    near = get_close_matches(str(label).strip().casefold(), folded, n=1, cutoff=0.5)
    return folded[near[0]] if near else None


def _inventory(labels: Mapping[str, int]) -> str:
    return "one of " + ", ".join(repr(label) for label in labels)
