# ruff: noqa: INP001, T201 - a script, in no package, that prints
"""How far the probabilities of the baselines that have any can be believed, on validation folds.

The expected calibration error (Naeini et al., 2015): items are put into ten bins of equal width by the largest
probability that a model gives them; in each bin the mean of these probabilities is compared with the share of
items whose most probable label is right; the mean of the differences is weighted by the items of a bin. 0 is best.
Beside it stands how often the label that is predicted is not the most probable one.

Run: ``uv run python experiments/studies/calibration.py``
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from standoff.baselines.features import shared_analyses
from standoff.baselines.probabilities import probable_baselines
from standoff.experiments.analysis.fitting import rounds_until
from standoff.experiments.analysis.results import document, write_document
from standoff.experiments.fitting import fit, shown
from standoff.tasks.registry import load_task, names

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from standoff.tasks.task import LoadedTask

STORED = Path(__file__).with_suffix(".json")
BINS = 10
ENOUGH = 1_000
"""Validation rounds are taken until this many items are held out."""


def calibration_error(largest: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Return the expected calibration error of n items.

    Args:
        largest: The largest probability of each, shape (n,).
        right: Whether the label that has it is the gold one, shape (n,).
    """
    bins = np.minimum((largest * BINS).astype(int), BINS - 1)
    gaps = [abs(float((largest[bins == one] - right[bins == one]).sum())) for one in range(BINS)]
    return sum(gaps) / len(largest)


def study(baseline: str, loaded: LoadedTask) -> dict[str, Any]:
    """Return what the probabilities of a baseline on a task are worth."""
    largest, right, other = [], [], []
    for train, held_out in rounds_until(loaded, ENOUGH):
        model = fit(baseline, train, seed=0)
        items = shown(held_out)
        probabilities = model.predict_proba(items)
        likely = model.classes_[probabilities.argmax(axis=1)]
        largest.append(probabilities.max(axis=1))
        right.append(likely == held_out["label"].to_numpy())
        other.append(likely != model.predict(items))
    return {
        "baseline": baseline,
        "task": loaded.address,
        "n": sum(map(len, largest)),
        "calibration_error": calibration_error(np.concatenate(largest), np.concatenate(right)),
        "predicted_another": float(np.concatenate(other).mean()),
    }


def main() -> None:
    """Print and store."""
    tasks = [load_task(name) for name in names()]
    having = probable_baselines()
    found = []
    for loaded in tasks:
        with shared_analyses():
            for baseline in having:
                found.append(study(baseline, loaded))
                print(found[-1], flush=True)
    content = {"bins": BINS, "systems": found}
    write_document(STORED, document("calibration", content, tasks=tasks, seeds={"random_state": 0}))


if __name__ == "__main__":
    main()
