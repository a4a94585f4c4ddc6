"""Transfer: a baseline trained on one set and tested on another, labels brought to common ones."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from standoff.baselines.features import shared_analyses
from standoff.errors import InputError
from standoff.evaluation.scores import RESAMPLES, SEED
from standoff.experiments.analysis.fitting import asked, fit_and_ask, training_items
from standoff.experiments.analysis.paired import reached
from standoff.experiments.analysis.results import document
from standoff.experiments.fitting import fit
from standoff.tasks.task import BOARD_LABELS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd
    from sklearn.base import ClassifierMixin

    from standoff.evaluation.scores import Estimate
    from standoff.experiments.analysis.predicted import Predicted
    from standoff.tasks.task import LoadedTask, Task

POLARITY: dict[str, str] = {
    "neg": "oppose",
    "actor_neg": "oppose",
    "target_neg": "oppose",
    "against": "oppose",
    "neutral": "none",
    "pos": "support",
    "actor_pos": "support",
    "target_pos": "support",
    "for": "support",
}
"""Native label -> board label of the same polarity, for tasks whose labels mean no stance (no ``board_map``).

What such a task shares with the others is which way an attitude points, and no more: whose it is (dse says that in
its label), toward what, and whether it is a stance, differs. Its cells are marked ``polarity``.
"""

Labels = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """A set in the matrix.

    Attributes:
        task: Its address.
        language: BCP 47 tag.
        label_kind: Who made the labels.
        meaning: ``stance`` where the task maps its labels to the board's itself, ``polarity`` where
            :data:`POLARITY` does.
        why: The task's reason for having no map of its own; None where it has one.
        labels: The common labels it has, in the board's order.
        n_train: Training items. Where the tested set lacks one of the labels, a model is trained on fewer of them.
        n_test: Scored items. Where the set that was trained on lacks one of the labels, fewer of them are tested.
    """

    task: str
    language: str
    label_kind: str
    meaning: Literal["stance", "polarity"]
    why: str | None
    labels: Labels
    n_train: int
    n_test: int


@dataclass(frozen=True, slots=True)
class Cell:
    """A baseline trained on one set and tested on another.

    Attributes:
        train: Address of the set that is trained on.
        test: Address of the set that is tested; the same on the diagonal.
        meaning: ``stance`` where both sets' labels mean one, otherwise ``polarity``.
        labels: The labels that both sets have: training and test items with others are left out.
        n: Number of tested items.
        value: Macro-F1 over ``labels``.
        within: The same baseline trained on the tested set itself, on the same items and labels.
    """

    train: str
    test: str
    meaning: Literal["stance", "polarity"]
    labels: Labels
    n: int
    value: Estimate
    within: Estimate


@dataclass(frozen=True, slots=True, eq=False)
class Transfer:
    """The matrix, row by row.

    Attributes:
        baseline: Its name.
        members: The sets, in the order of rows and columns.
        cells: One for each pair of sets.
        left_out: Address -> why a set is not in the matrix.
        tasks: The tasks in it.
        seed: Of the baseline and the resamples.
        resamples: Number of resamples.
    """

    baseline: str
    members: tuple[Member, ...]
    cells: tuple[Cell, ...]
    left_out: dict[str, str]
    tasks: tuple[LoadedTask, ...]
    seed: int
    resamples: int

    def to_json(self) -> dict[str, Any]:
        """Return the matrix as a document; see :func:`standoff.experiments.analysis.results.document`."""
        return document(
            "transfer",
            {
                "baseline": self.baseline,
                "members": [asdict(member) for member in self.members],
                "cells": [asdict(cell) for cell in self.cells],
                "left_out": self.left_out,
                "resamples": self.resamples,
            },
            tasks=self.tasks,
            seeds={"random_state": self.seed, "bootstrap": self.seed},
        )


def common_map(task: Task) -> Mapping[str, str] | None:
    """Return native label -> board label: the task's own map, :data:`POLARITY`, or None where neither fits."""
    if task.board_map is not None:
        return dict(task.board_map)
    if set(task.labels) <= set(POLARITY):
        return {label: POLARITY[label] for label in task.labels}
    return None


def transfer(
    baseline: str,
    tasks: Sequence[LoadedTask],
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
    report: Callable[[str], None] = lambda _: None,
) -> Transfer:
    """Return what a baseline trained on each set reaches on each.

    Trained on ``train``, tested on ``test``; a set with folds is trained on and tested as a whole by models of
    other sets, and cross-validated on the diagonal. A model learns the labels that both sets have and no others:
    otherwise one that knows ``none`` would lose against a set without it for a reason that is no matter of text.

    Args:
        baseline: Its name.
        tasks: The tasks; those whose labels have no common names are left out, with the reason.
        resamples: Number of resamples of the bootstrap over the tested groups.
        seed: Of the baseline and the resamples.
        report: Called with a line before each fit.

    Raises:
        NotFoundError: No such baseline.
        InputError: Fewer than two sets can be compared.
    """
    maps = {loaded.address: common_map(loaded.task) for loaded in tasks}
    left_out = {
        loaded.address: loaded.task.board_map_reason or "its labels have no common names"
        for loaded in tasks
        if maps[loaded.address] is None
    }
    kept = [loaded for loaded in tasks if loaded.address not in left_out]
    if len(kept) < 2:
        raise InputError("transfer is between at least two sets", got=[loaded.address for loaded in tasks])
    with shared_analyses():
        matrix = _Matrix(baseline, kept, {task: mapped for task, mapped in maps.items() if mapped}, seed, report)
        cells = tuple(matrix.cell(one, other, resamples) for one in kept for other in kept)
    return Transfer(
        baseline,
        tuple(matrix.member(loaded) for loaded in kept),
        cells,
        left_out,
        tuple(kept),
        seed,
        resamples,
    )


class _Matrix:
    """The models and the scores of a matrix, each computed once."""

    def __init__(
        self,
        baseline: str,
        tasks: Sequence[LoadedTask],
        maps: Mapping[str, Mapping[str, str]],
        seed: int,
        report: Callable[[str], None],
    ) -> None:
        self.baseline, self.maps, self.seed, self.report = baseline, maps, seed, report
        self.tasks = {loaded.address: loaded for loaded in tasks}
        self.models: dict[tuple[str, Labels], ClassifierMixin] = {}
        self.inside: dict[tuple[str, Labels], Predicted] = {}

    def labels(self, loaded: LoadedTask) -> Labels:
        has = set(self.maps[loaded.address].values())
        return tuple(label for label in BOARD_LABELS if label in has)

    def meaning(self, *tasks: LoadedTask) -> Literal["stance", "polarity"]:
        return "stance" if all(one.task.board_map is not None for one in tasks) else "polarity"

    def mapped(self, loaded: LoadedTask, items: pd.DataFrame, labels: Labels) -> pd.DataFrame:
        """Return the items whose common label is one of ``labels``, with that label."""
        items = items.assign(label=items["label"].map(dict(self.maps[loaded.address])))
        return items[items["label"].isin(labels)].reset_index(drop=True)

    def model(self, loaded: LoadedTask, labels: Labels) -> ClassifierMixin:
        key = loaded.address, labels
        if key not in self.models:
            self.report(f"{self.baseline} on {loaded.address}, labels {', '.join(labels)}")
            train = self.mapped(loaded, training_items(loaded), labels)
            self.models[key] = fit(self.baseline, train, seed=self.seed)
        return self.models[key]

    def within(self, loaded: LoadedTask, labels: Labels) -> Predicted:
        """Return what the baseline predicts for a set after training on that set."""
        key = loaded.address, labels
        if key not in self.inside:
            if loaded.folds:
                self.report(f"{self.baseline} across the folds of {loaded.address}, labels {', '.join(labels)}")
                rounds = (
                    (self.mapped(loaded, train, labels), self.mapped(loaded, items, labels))
                    for train, items in loaded.rounds()
                )
                self.inside[key] = fit_and_ask(self.baseline, rounds, seed=self.seed)
            else:
                self.inside[key] = asked(self.model(loaded, labels), self.tested(loaded, labels))
        return self.inside[key]

    def tested(self, loaded: LoadedTask, labels: Labels) -> pd.DataFrame:
        return self.mapped(loaded, loaded.split(loaded.scored), labels)

    def cell(self, one: LoadedTask, other: LoadedTask, resamples: int) -> Cell:
        labels = tuple(label for label in self.labels(one) if label in self.labels(other))
        within = reached(self.within(other, labels), labels, seed=self.seed, resamples=resamples)
        value, tested = within, self.tested(other, labels)
        if one is not other:
            predicted = asked(self.model(one, labels), tested)
            value = reached(predicted, labels, seed=self.seed, resamples=resamples)
        meaning = self.meaning(one, other)
        return Cell(one.address, other.address, meaning, labels, len(tested), value, within)

    def member(self, loaded: LoadedTask) -> Member:
        labels = self.labels(loaded)
        return Member(
            task=loaded.address,
            language=loaded.task.language,
            label_kind=loaded.task.label_kind,
            meaning=self.meaning(loaded),
            why=loaded.task.board_map_reason,
            labels=labels,
            n_train=len(training_items(loaded)),
            n_test=len(loaded.split(loaded.scored)),
        )
