# ruff: noqa: INP001, T201 - a script, in no package, that prints
"""What a bag of words was known to reach on the public sets, and what the anchor reaches asked the same way.

Each known score was measured once, while the sets were gathered, by other code: TF-IDF of words and pairs of words
and mostly of characters too, LinearSVC with balanced classes, C by 3-fold cross-validation inside the training
part. Where the published run of ``tfidf_svm`` differs, a known difference between the two questions is taken away,
and the anchor is fitted and scored again. This looks at test items: it checks what was known, and chooses nothing.

Run: ``uv run python experiments/studies/known_scores.py [TASK …]``; without a task, all, and the result is stored.
"""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sklearn.metrics import f1_score
from sklearn.model_selection import GroupKFold

from standoff.baselines.features import shared_analyses
from standoff.baselines.tfidf_svm import TfidfSvm
from standoff.experiments.analysis.results import document, write_document
from standoff.experiments.fitting import shown
from standoff.tasks.registry import load_task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

    from standoff.tasks.task import LoadedTask

    Rounds = Iterator[tuple[pd.DataFrame, pd.DataFrame]]

STORED = Path(__file__).with_suffix(".json")
SEEDS = range(10)
"""Of the other folds."""


class Words(TfidfSvm):
    """The anchor without characters."""

    splitters = ("words",)


@dataclass(frozen=True, slots=True)
class Known:
    """A known score.

    Attributes:
        task: Address of the task whose published run is nearest to it.
        split_set: As that run is split.
        score: Macro-F1 that was known, in points of 100, as it was written down.
        differs: What is different, in words; empty where nothing is known to be.
        asked: Yields training and test items asked the same way, once per way to cut them.
        anchor: What is fitted.
    """

    task: str
    split_set: str
    score: float
    differs: str = ""
    asked: Callable[[LoadedTask], Iterator[Rounds]] | None = None
    anchor: type[TfidfSvm] = TfidfSvm


def official(loaded: LoadedTask) -> Iterator[Rounds]:
    """Test on the items as published."""
    yield load_task(loaded.address, split_set="official").rounds()


def with_validation(loaded: LoadedTask) -> Iterator[Rounds]:
    """Train on the validation items too, and choose C in folds of items."""
    frame = loaded.frame.assign(group=loaded.frame["id"])
    yield iter([(frame[frame["split"] != "test"], frame[frame["split"] == "test"])])


def by_item(loaded: LoadedTask) -> Iterator[Rounds]:
    """Choose C in folds of items, in which an article can be on both sides."""
    yield ((train.assign(group=train["id"]), test) for train, test in loaded.rounds())


def all_holders(_: LoadedTask) -> Iterator[Rounds]:
    """Take the triples without a named holder or target too."""
    yield load_task("seesaw:all", split_set="official").rounds()


def speech_only(loaded: LoadedTask) -> Iterator[Rounds]:
    """Show neither speaker nor motion."""
    yield ((hide(train), hide(test)) for train, test in loaded.rounds())


def hide(items: pd.DataFrame) -> pd.DataFrame:
    """Return items with the text alone."""
    return items.assign(actor="", target="")


def other_folds(loaded: LoadedTask, *, party: bool = False) -> Iterator[Rounds]:
    """Put whole articles into five folds by chance, and show the party."""
    frame = loaded.frame
    if party:
        frame = frame.assign(actor=frame["actor"] + " " + frame["party"])
    for seed in SEEDS:
        folds = GroupKFold(5, shuffle=True, random_state=seed).split(frame, groups=frame["group"])
        yield ((frame.iloc[train], frame.iloc[test]) for train, test in folds)


KNOWN = (
    Known("seesaw", "audited", 62.1, "the triples without a named holder or target too", all_holders),
    Known(
        "dse",
        "official",
        65.6,
        "words only; validation items are trained on too; C in folds of items",
        with_validation,
        Words,
    ),
    Known("dse", "audited", 36.0, "validation items are trained on too; C in folds of items", with_validation),
    Known("newsmtsc", "official", 62.5),
    Known("newsmtsc:mt", "audited", 58.9, "the official test items", official),
    Known("rusentrel", "official", 64.4),
    Known("rusentrel", "audited", 58.2, "C in folds of items, not of articles", by_item),
    Known("polstance", "audited", 61.6, "the party is shown; other folds", partial(other_folds, party=True)),
    Known("handeset", "audited", 61.9, "neither speaker nor motion is shown; words only", speech_only, Words),
    Known("heating", "audited", 76.1, "other folds", other_folds),
    Known("gwsd", "official", 64.0),
)


def reached(rounds: Rounds, anchor: type[TfidfSvm], labels: tuple[str, ...]) -> float:
    """Return macro-F1 of an anchor over all rounds together, in points of 100."""
    gold: list[str] = []
    predicted: list[str] = []
    for train, test in rounds:
        model = anchor().fit(shown(train), train["label"])
        gold += test["label"].tolist()
        predicted += model.predict(shown(test)).tolist()
    return 100 * float(f1_score(gold, predicted, labels=labels, average="macro", zero_division=0))


def study(known: Known, *, data_dir: Path | None = None) -> dict[str, object]:
    """Return a known score with what the anchor reaches, once per way to cut."""
    loaded = load_task(known.task, split_set=known.split_set, data_dir=data_dir)
    asked = known.asked(loaded) if known.asked else iter([loaded.rounds()])
    with shared_analyses():
        found = [reached(rounds, known.anchor, loaded.task.labels) for rounds in asked]
    kept = {name: value for name, value in asdict(known).items() if name not in {"asked", "anchor"}}
    return {**kept, "asked_the_same": found}


def main() -> None:
    """Print, and store when nothing is left out."""
    asked = sys.argv[1:]
    wanted = [known for known in KNOWN if not asked or known.task in asked]
    found = []
    for known in wanted:
        found.append(study(known))
        print(found[-1], flush=True)
    if not asked:
        tasks = {known.task: load_task(known.task, split_set=known.split_set) for known in KNOWN}
        write_document(
            STORED,
            document("known-scores", {"known": found}, tasks=tasks.values(), seeds={"folds": len(SEEDS)}),
        )


if __name__ == "__main__":
    main()
