"""How much of a task can be answered unread: models that see the target alone, the actor alone, the length alone.

Each is fitted as a system would be, on the training items, or in turn on all folds but one. What it reaches above
chance is what a score on the task does not show about reading.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from standoff.evaluation.align import align
from standoff.evaluation.metrics import macro_f1
from standoff.evaluation.resample import bootstrap, cluster_counts, effective_groups, interval
from standoff.evaluation.scores import LEVEL, MIN_GROUPS, RESAMPLES, SEED
from standoff.tasks.duplicates import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pandas as pd

    from standoff.evaluation.metrics import FloatArray
    from standoff.tasks.task import LoadedTask

    Predict = Callable[[pd.DataFrame, pd.DataFrame], Sequence[str]]
    Round = tuple[pd.DataFrame, pd.DataFrame]

C = 1.0
"""Of the linear models; fixed, so that nothing is chosen on the few items of a small task."""
DEPTH = 4
LEAF = 5
"""Of the tree on lengths: sixteen ranges at most, each with five training items or more."""


@dataclass(frozen=True, slots=True)
class Shortcut:
    """What a model that does not read reaches.

    Attributes:
        sees: ``target``, ``actor`` or ``length``.
        macro_f1: Over the task's labels; None where there is no model.
        low: Lower end of the 95 % interval (bootstrap over groups); None where there is none.
        high: Its upper end.
        none_because: Why there is no model, or no interval; None where there are both.
    """

    sees: str
    macro_f1: float | None
    low: float | None
    high: float | None
    none_because: str | None


@dataclass(frozen=True, slots=True)
class Shortcuts:
    """What models that do not read reach, beside two that do not even look.

    Attributes:
        n: Number of items predicted: the test split, or all folds.
        chance: Macro-F1 of guessing with the training labels' frequencies. Of each label, with share p in the
            gold labels and q in the training labels, F1 = 2pq / (p + q): the expected counts put in the formula.
        majority: Macro-F1 of always saying the most frequent training label.
        models: One for each of target, actor and length; empty where there is nothing to train on or to predict.
        none_because: Why there are no models at all; None where there are.
    """

    n: int
    chance: float | None
    majority: float | None
    models: tuple[Shortcut, ...]
    none_because: str | None


def find_shortcuts(loaded: LoadedTask) -> Shortcuts:
    """Return what models of target, actor and length reach on what is scored of a task."""
    missing = [name for name in ("train", "test") if not loaded.folds and name not in set(loaded.frame["split"])]
    if missing:
        return Shortcuts(0, None, None, (), f"there are no items in {' and '.join(missing)}")
    rounds, labels = list(replace(loaded, frame=_measured(loaded.frame)).rounds()), loaded.task.labels
    reasons = {sees: _none_because(loaded.frame[sees]) for sees in ("target", "actor")} | {"length": None}
    models = {
        sees: _by_length if sees == "length" else _by_name(loaded.frame[sees])
        for sees, reason in reasons.items()
        if reason is None
    }
    reached = {one.sees: one for one in _reached(rounds, labels, models)}
    return Shortcuts(
        n=sum(len(test) for _, test in rounds),
        chance=float(macro_f1(np.sum([_guessed(train, test, labels) for train, test in rounds], axis=0))),
        majority=float(macro_f1(np.sum([_majority(train, test, labels) for train, test in rounds], axis=0))),
        models=tuple(
            reached[sees] if reason is None else Shortcut(sees, None, None, None, reason)
            for sees, reason in reasons.items()
        ),
        none_because=None,
    )


def _measured(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with the lengths of its texts; what stands between spaces is a word here."""
    texts = list(frame["text"])
    return frame.assign(n_words=[len(text.split()) for text in texts], n_characters=list(map(len, texts)))


def _none_because(column: pd.Series[str]) -> str | None:
    """Return why there is no model that sees a column."""
    if (column != column.iloc[0]).any():
        return None
    return f"every {column.name} is the same" if column.iloc[0] else f"the task has no {column.name}"


def _reached(rounds: Sequence[Round], labels: Sequence[str], models: Mapping[str, Predict]) -> Iterator[Shortcut]:
    """Yield what models reach; their intervals share the resamples, which take longer than the models."""
    gold = {item: label for _, test in rounds for item, label in zip(test["id"], test["label"], strict=True)}
    groups = [group for _, test in rounds for group in test["group"]]
    tables = []
    for predict in models.values():
        predicted = {
            item: label
            for train, test in rounds
            for item, label in zip(test["id"], predict(train, test), strict=True)
        }
        aligned = align(gold, predicted, labels)
        tables.append(cluster_counts(aligned.gold, aligned.predicted, groups, len(labels)))
    by_group = np.stack(tables, axis=1)
    values = macro_f1(by_group.sum(axis=0))
    if len(by_group) < MIN_GROUPS:
        reason = f"no interval: the items are in fewer than {MIN_GROUPS} groups"
        yield from (
            Shortcut(sees, float(one), None, None, reason) for sees, one in zip(models, values, strict=True)
        )
        return
    samples = bootstrap(by_group, macro_f1, resamples=RESAMPLES, seed=SEED)
    worth = effective_groups(by_group[:, 0])
    for sees, value, drawn in zip(models, values, samples.T, strict=True):
        yield Shortcut(sees, float(value), *interval(drawn, LEVEL, n_groups=worth), none_because=None)


def _by_length(train: pd.DataFrame, test: pd.DataFrame) -> Sequence[str]:
    """Return the labels that a small decision tree gives by the numbers of words and characters."""
    from sklearn.tree import DecisionTreeClassifier  # noqa: PLC0415 - a second that other checks need not pay

    columns = ["n_words", "n_characters"]
    tree = DecisionTreeClassifier(
        max_depth=DEPTH, min_samples_leaf=LEAF, class_weight="balanced", random_state=SEED
    )
    return list(tree.fit(train[columns], train["label"]).predict(test[columns]))


def _by_name(column: pd.Series[str]) -> Predict:
    """Return a linear support vector machine that sees a column's words and its whole value.

    Items of one value and label differ in nothing, so they are one row with a weight; the weights are balanced
    between labels: n / (number of labels · items of the label), for each item.
    """
    from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer  # noqa: PLC0415 - as above
    from sklearn.svm import LinearSVC  # noqa: PLC0415

    place = {value: number for number, value in enumerate(dict.fromkeys(column))}
    counts = CountVectorizer(analyzer=_parts).fit_transform(place)

    def predict(train: pd.DataFrame, test: pd.DataFrame) -> Sequence[str]:
        share = Counter(train["label"])
        if len(share) == 1:
            return [train["label"].iloc[0]] * len(test)
        rows = Counter(zip(train[column.name].map(place), train["label"], strict=True))
        places, labels = (list(values) for values in zip(*rows, strict=True))
        weights = [n * len(train) / (len(share) * share[label]) for (_, label), n in rows.items()]
        seen = counts[places].getnnz(axis=0) > 0  # parts that stand in test items only are unknown
        tfidf = TfidfTransformer().fit(counts[places][:, seen])
        # The dual solver hardly converges on equal rows with different labels, of which there are many here.
        model = LinearSVC(C=C, dual=False, random_state=SEED)
        model.fit(tfidf.transform(counts[places][:, seen]), labels, sample_weight=weights)
        asked, which = np.unique(test[column.name].map(place), return_inverse=True)
        answers = model.predict(tfidf.transform(counts[asked][:, seen]))
        return [str(label) for label in answers[which]]

    return predict


def _parts(value: str) -> list[str]:
    """Return the words of a name, its pairs of words, and the whole value, marked so that it is no word."""
    found = words(value).split(" ")
    return [*found, *map(" ".join, pairwise(found)), f"={value}"]


def _guessed(train: pd.DataFrame, test: pd.DataFrame, labels: Sequence[str]) -> FloatArray:
    """Return the expected counts, shape (L, L + 1), of guessing with the training labels' frequencies."""
    gold, said = _counts(test, labels), _counts(train, labels) / len(train)
    return np.append(np.outer(gold, said), np.zeros((len(labels), 1)), axis=1)


def _majority(train: pd.DataFrame, test: pd.DataFrame, labels: Sequence[str]) -> FloatArray:
    """Return the counts, shape (L, L + 1), of always saying the training label that is most frequent, or first."""
    table = np.zeros((len(labels), len(labels) + 1))
    table[:, int(np.argmax(_counts(train, labels)))] = _counts(test, labels)
    return table


def _counts(frame: pd.DataFrame, labels: Sequence[str]) -> FloatArray:
    return np.array([(frame["label"] == label).sum() for label in labels], dtype=np.float64)
