# ruff: noqa: INP001, T201 - a script, in no package, that prints
"""What baselines reach on the articles of a conflict when no training article is about it.

The items of ``intervention`` that are not test items, one conflict held out at a time, all predictions scored
together; labels by models. Beside it the same items in the folds of ``validation_rounds``, where other articles of
the same conflict are trained on.

Run: ``uv run python experiments/studies/left_out_conflict.py``
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from standoff.baselines.features import shared_analyses
from standoff.baselines.registry import BASELINES
from standoff.evaluation.scores import SEED
from standoff.experiments.analysis.fitting import fit_and_ask
from standoff.experiments.analysis.paired import reached
from standoff.experiments.analysis.results import document, write_document
from standoff.experiments.validation import validation_rounds
from standoff.tasks.registry import load_task

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from standoff.tasks.task import LoadedTask

STORED = Path(__file__).with_suffix(".json")


def conflicts_out(loaded: LoadedTask) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Yield the items about other conflicts, and those about one, for each conflict in turn."""
    known = loaded.frame[loaded.frame["split"] != "test"]
    for conflict in sorted(set(known["conflict_id"])):
        about = known["conflict_id"] == conflict
        yield known[~about].reset_index(drop=True), known[about].reset_index(drop=True)


def main() -> None:
    """Print and store."""
    loaded = load_task("intervention")
    cuts = {"conflicts": list(conflicts_out(loaded)), "articles": list(validation_rounds(loaded))}
    found = []
    with shared_analyses():
        for baseline in BASELINES:
            scores = {
                cut: asdict(reached(fit_and_ask(baseline, rounds, seed=SEED), loaded.task.labels))
                for cut, rounds in cuts.items()
            }
            found.append({"baseline": baseline, **scores})
            print(found[-1], flush=True)
    content = {"n": sum(len(items) for _, items in cuts["conflicts"]), "systems": found}
    write_document(STORED, document("left-out-conflict", content, tasks=[loaded], seeds={"random_state": SEED}))


if __name__ == "__main__":
    main()
