"""Predictions put beside the gold labels, by item id."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np

from standoff.errors import InputError, Problem, enumerated, listed, shorten
from standoff.evaluation.predictions import Predictions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

MISSING = -1
"""The index that stands for a missing prediction."""

EXTRA_ID = "ids that are not items of the task"
UNKNOWN_LABEL = "labels outside the inventory"
UNKNOWN_PROBABILITY = "items with probabilities of labels outside the inventory"
NO_PROBABILITY = "items without the probability of a label"

KINDS = (EXTRA_ID, UNKNOWN_LABEL, UNKNOWN_PROBABILITY, NO_PROBABILITY)

LONGEST = 100
"""Characters of a label that may have been meant for another: to compare longer ones takes time for nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """Gold and predicted labels of the same items, in the same order.

    Attributes:
        ids: The n item ids, in the order of the gold labels.
        gold: Shape (n,): indices into the label inventory.
        predicted: Shape (n,): indices into the label inventory, :data:`MISSING` where there is no prediction.
        missing: The ids without a prediction, in the order of ``ids``.
        probabilities: Shape (n, L): of each label, in the order of the inventory; rows of not-a-number where there
            is no prediction. None where the predictions have no probabilities.
    """

    ids: tuple[str, ...]
    gold: npt.NDArray[np.int64]
    predicted: npt.NDArray[np.int64]
    missing: tuple[str, ...]
    probabilities: npt.NDArray[np.float64] | None = None


def align(
    gold: Mapping[str, str], predictions: Predictions | Mapping[str, str], labels: Sequence[str]
) -> Alignment:
    """Return ``predictions`` in the order of ``gold``, both as indices into ``labels``.

    A missing prediction is kept as a hole, to be scored as wrong; anything that would have to be dropped or made
    up is refused. Ids and labels are compared as they are written.

    Args:
        gold: Item id to gold label.
        predictions: With or without probabilities; or item id to predicted label.
        labels: The inventory of L labels, in the order fixed by the task.

    Raises:
        InputError: Among the predictions an extra id, a label outside the inventory, or probabilities that are not
            those of the inventory's labels, with the number of each and the first twenty; a gold label outside the
            inventory; no gold labels; a repeated label.
    """
    index = {label: position for position, label in enumerate(labels)}
    if len(index) != len(labels):
        raise InputError("a label inventory names each label once", got=list(labels))
    if not isinstance(predictions, Predictions):
        predictions = Predictions(dict(predictions))
    _check_gold(gold, index)
    _check_predictions(gold, predictions, index)
    predicted = predictions.labels
    return Alignment(
        ids=tuple(gold),
        gold=np.array([index[label] for label in gold.values()], dtype=np.int64),
        predicted=np.array([index[predicted[i]] if i in predicted else MISSING for i in gold], dtype=np.int64),
        missing=tuple(item for item in gold if item not in predicted),
        probabilities=_probabilities(gold, predictions, labels),
    )


def _probabilities(
    gold: Mapping[str, str], predictions: Predictions, labels: Sequence[str]
) -> npt.NDArray[np.float64] | None:
    given = predictions.probabilities
    if given is None:
        return None
    hole = dict.fromkeys(labels, np.nan)
    rows = (given.get(item, hole) for item in gold)
    return np.array([[row[label] for label in labels] for row in rows], dtype=np.float64)


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


def _check_predictions(gold: Mapping[str, str], predictions: Predictions, labels: Mapping[str, int]) -> None:
    found = list(_misfits(gold, predictions, labels))
    if not found:
        return
    totals = Counter(kind for kind, _ in found)
    summary = " and ".join(f"{kind}: {totals[kind]}" for kind in KINDS if totals[kind])
    problems = [_problem(kind, item, gold, predictions, labels) for kind, item in found[:20]]
    heading = f"the predictions do not fit the task; {summary}"
    if len(found) > len(problems):
        heading += f"; the first {len(problems)}"
    raise InputError(
        f"{heading}:\n{listed(problems)}",
        expected=f"one prediction for each of the task's {len(gold)} items, each {_inventory(labels)}",
        remedy="check that the predictions are for this task, variant and split; nothing was scored",
    )


def _misfits(
    gold: Mapping[str, str], predictions: Predictions, labels: Mapping[str, int]
) -> Iterator[tuple[str, str]]:
    """Yield (kind, id) for all that does not fit, in the order of the predictions."""
    probabilities = predictions.probabilities
    for item, label in predictions.labels.items():
        if item not in gold:
            yield EXTRA_ID, item
        if label not in labels:
            yield UNKNOWN_LABEL, item
        if probabilities is not None and (given := probabilities[item].keys()) != labels.keys():
            if given - labels.keys():
                yield UNKNOWN_PROBABILITY, item
            if labels.keys() - given:
                yield NO_PROBABILITY, item


def _problem(
    kind: str, item: str, gold: Mapping[str, str], predictions: Predictions, labels: Mapping[str, int]
) -> Problem:
    given = {} if predictions.probabilities is None else predictions.probabilities[item]
    if kind == EXTRA_ID:
        what = f"not an item of the task{_other_spelling(item, gold)}"
    elif kind == UNKNOWN_LABEL:
        label = predictions.labels[item]
        near = _nearest(label, labels)
        hint = f" (did you mean {near!r}?)" if near is not None else ""
        what = f"label {shorten(label)} is unknown{hint}"
    elif kind == UNKNOWN_PROBABILITY:
        unknown = _some([label for label in given if label not in labels])
        what = f"there are probabilities of {unknown}, and no such labels"
    else:
        what = f"there is no probability of {_some([label for label in labels if label not in given])}"
    return Problem(f"id {shorten(item)}", what)


def _some(labels: Sequence[str]) -> str:
    return enumerated([shorten(label, 60) for label in labels], limit=5)


def _other_spelling(item: str, gold: Mapping[str, str]) -> str:
    """Return a hint where an id looks like that of an item, written with other code points."""
    if item.isascii():
        return ""
    plain = unicodedata.normalize("NFC", item)
    same = next((one for one in gold if unicodedata.normalize("NFC", one) == plain), None)
    return "" if same is None else f"; it differs from {ascii(same)[:60]} by Unicode normalisation only"


def _nearest(label: str, labels: Mapping[str, int]) -> str | None:
    plain = str(label).strip().casefold()
    folded = {known.casefold(): known for known in labels}
    # .5, not the default .6: "negative" is then near to "neg".
    near = get_close_matches(plain, folded, n=1, cutoff=0.5) if len(plain) <= LONGEST else []
    return folded[near[0]] if near else None


def _inventory(labels: Mapping[str, int]) -> str:
    return "one of " + ", ".join(repr(label) for label in labels)
