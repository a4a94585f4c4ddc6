"""Scores under stress: what a system loses on changed items against the items that they were made of."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from standoff.baselines.features import shared_analyses
from standoff.baselines.registry import BASELINES
from standoff.errors import InputError, NotFoundError, RefusedError
from standoff.evaluation.align import align
from standoff.evaluation.metrics import get_metric
from standoff.evaluation.resample import bootstrap, caution, cluster_counts, effective_groups, interval
from standoff.evaluation.scores import LEVEL, MIN_GROUPS, SEED, Estimate
from standoff.experiments.analysis.results import document
from standoff.experiments.analysis.systems import resolve
from standoff.experiments.fitting import ask, fit, shown
from standoff.tasks.stress.items import ORIGINAL
from standoff.tasks.stress.registry import make_sets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sklearn.base import ClassifierMixin

    from standoff.evaluation.align import Alignment
    from standoff.evaluation.metrics import FloatArray, Metric
    from standoff.experiments.analysis.systems import System
    from standoff.tasks.stress.registry import StressSet
    from standoff.tasks.task import LoadedTask

Asked = tuple["ClassifierMixin", "pd.DataFrame"]
"""A fitted model, and the items that it is asked about."""

MIN_ITEMS = 30
"""A smaller set is counted and not scored."""

RESAMPLES = 10_000
"""Resamples behind the intervals, as behind those of other paired differences."""


@dataclass(frozen=True, slots=True)
class Originals:
    """What a system made of the originals of a stress set, and what became of that.

    Attributes:
        score: On the originals; None where there are too few items.
        drop: That minus the score on the changed items, paired: above zero is a loss. None as before.
        n_right: How many originals are predicted right.
        n_moved: How many changed items have another prediction than their original.
        n_to_follow: How many originals are predicted right and have another label when changed.
        n_followed: How many of these are right when changed: the prediction has followed the label.
    """

    score: Estimate | None
    drop: Estimate | None
    n_right: int
    n_moved: int
    n_to_follow: int
    n_followed: int


@dataclass(frozen=True, slots=True)
class StressScore:
    """What a system reached on a stress set.

    Attributes:
        stress: The name of the stress.
        version: Of the stress.
        digest: Of the set.
        label_kind: Who made the labels of the changed items: ``human``, ``model``, or ``derived``, by rule.
        n: Number of items.
        n_groups: Number of their groups.
        n_labels_changed: How many have another label than their original.
        metric: What scores and drop are in: the task's metric; or accuracy, where a label has no gold item among
            the originals or among the changed items, so that its F1 would be 0 whatever is predicted.
        score: On the changed items; None where there are too few.
        n_right: How many are predicted right.
        n_missing: How many have no prediction, which is wrong.
        originals: The same for the originals; None without predictions for them.
        caution: Why the intervals may be too narrow; None where they can be believed, or there are none.
    """

    stress: str
    version: int
    digest: str
    label_kind: str
    n: int
    n_groups: int
    n_labels_changed: int
    metric: str
    score: Estimate | None
    n_right: int
    n_missing: int
    originals: Originals | None
    caution: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Stressed:
    """The scores of one system on stress sets of one task.

    Attributes:
        system: The name of the baseline, or of the system from elsewhere.
        loaded: The task.
        scores: One for each set, in the order of the sets.
    """

    system: str
    loaded: LoadedTask
    scores: tuple[StressScore, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the scores as JSON-ready values."""
        return {
            "system": self.system,
            "task": self.loaded.address,
            "split": self.loaded.split_label(self.loaded.scored),
            "label_kind": self.loaded.task.label_kind,
            "stresses": [asdict(one) for one in self.scores],
        }


def stress_document(
    results: Sequence[Stressed], *, resamples: int = RESAMPLES, seed: int = SEED
) -> dict[str, Any]:
    """Return scores under stress as a document; see :func:`standoff.experiments.analysis.results.document`."""
    content = {"resamples": resamples, "min_items": MIN_ITEMS, "results": [one.to_json() for one in results]}
    tasks = {one.loaded.address: one.loaded for one in results}
    return document("stress", content, tasks=tasks.values(), seeds={"random_state": seed, "bootstrap": seed})


def run_stresses(
    system: str,
    loaded: LoadedTask,
    sets: Sequence[StressSet],
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
    report: Callable[[str], None] = lambda _: None,
) -> Stressed:
    """Return the scores of a saved model or a baseline on stress sets of a task.

    A baseline is fitted as for a run: with folds, an item, as it was or changed, is predicted by the model that
    has not seen its fold. A saved model has to be one that has seen none of the items.

    Args:
        system: The name of a baseline, or a folder that ``standoff train`` wrote.
        loaded: The task.
        sets: Made of the task.
        resamples: Number of resamples of the bootstrap over groups.
        seed: Of the baseline, and of the resamples.
        report: Called with a line before each model is fitted.

    Raises:
        NotFoundError: Neither a baseline nor a saved model.
        RefusedError: The saved model has seen the items, or may have.
        InputError: The saved model predicts other labels than the task's.
    """
    models: Iterable[Asked]
    if system in BASELINES:
        name, models = system, _fitted(system, loaded, seed, report)
    else:
        name, models = _saved(system, loaded)
    predicted: dict[str, str] = {}
    for model, items in models:
        changed = [one.frame[one.frame[ORIGINAL].isin(items["id"])] for one in sets]
        asked = pd.concat([shown(part) for part in (items, *changed)], ignore_index=True)
        predicted.update(zip(asked["id"], ask(model, asked), strict=True))
    scores = []
    for one in sets:
        ours = {item: predicted[item] for item in one.frame["id"]}
        before = {item: predicted[item] for item in one.frame[ORIGINAL]}
        scores.append(score_stress(one, ours, before, resamples=resamples, seed=seed))
    return Stressed(name, loaded, tuple(scores))


def stress_all(
    systems: Sequence[str],
    tasks: Sequence[LoadedTask],
    names: Sequence[str] = (),
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
    report: Callable[[str], None] = lambda _: None,
) -> list[Stressed]:
    """Return the scores of each system on each task, by task; see :func:`run_stresses`.

    Args:
        systems: Names of baselines, or folders of saved models.
        tasks: The tasks.
        names: Of the stresses; all by default. A task is left out when none of them changes an item of it.
        resamples: Number of resamples of the bootstrap over groups.
        seed: Of the baselines, and of the resamples.
        report: Called with a line before each model is fitted, and for each stress named that changes no item.

    Raises:
        NotFoundError: As :func:`run_stresses`; no such stress; or those named change no item of any task.
        RefusedError: As :func:`run_stresses`.
        InputError: As :func:`run_stresses`.
    """
    found = []
    for loaded in tasks:
        sets = make_sets(loaded, names)
        for name in names:
            if name not in {one.stress.name for one in sets}:
                report(f"{name} changes no item of {loaded.address}")
        with shared_analyses():
            found += [
                run_stresses(system, loaded, sets, resamples=resamples, seed=seed, report=report)
                for system in systems
                if sets
            ]
    if not found:
        raise NotFoundError(
            "there is nothing to score: these stresses change no item of these tasks",
            got=f"{', '.join(names)} on {', '.join(one.address for one in tasks)}",
            remedy="`standoff stress list TASK` shows what there is",
        )
    return found


def _fitted(baseline: str, loaded: LoadedTask, seed: int, report: Callable[[str], None]) -> Iterator[Asked]:
    """Yield models of a baseline, each with the items that it has not seen."""
    for train, items in loaded.rounds():
        report(f"fit {baseline} on {len(train)} items of {loaded.address}")
        yield fit(baseline, train, seed=seed), items


def _saved(folder: str, loaded: LoadedTask) -> tuple[str, list[Asked]]:
    """Return the name of a saved model, and the model with all items that are scored."""
    saved, items = resolve(folder, task=None), loaded.split(loaded.scored)
    _refuse_unfit(saved, loaded, items, where=folder)
    return saved.name, [(saved.model, items)]


def _refuse_unfit(saved: System, loaded: LoadedTask, items: pd.DataFrame, *, where: str) -> None:
    baseline = (
        f"name the baseline, to fit it without them: standoff stress run {saved.name} --task {loaded.address}"
    )
    if saved.has_seen(items, loaded.digest):
        raise RefusedError(
            "the model was trained on these very items, so that it would know them by heart",
            where=where,
            expected="a model that has not seen the items",
            remedy=baseline,
        )
    if saved.address == loaded.address and saved.task.digest != loaded.digest:
        raise RefusedError(
            "the model was trained on other data or splits of this task, so that it may have seen these items",
            where=where,
            got=f"{saved.task.split_set} splits, digest {saved.task.digest[:8]}",
            expected=f"{loaded.split_set} splits, digest {loaded.digest[:8]}",
            remedy=f"name its splits with --split-set; or {baseline}",
        )
    labels = {str(label) for label in saved.model.classes_}
    if not labels <= set(loaded.task.labels):
        raise InputError(
            "the model predicts other labels than the task has",
            where=where,
            got=", ".join(sorted(labels)),
            expected=", ".join(loaded.task.labels),
            remedy="name the task that it was trained on, or one with the same labels",
        )


def score_stress(
    made: StressSet,
    predicted: Mapping[str, str],
    original: Mapping[str, str] | None = None,
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> StressScore:
    """Return what predictions for a stress set are worth, and what they lose against those for the originals.

    Changed items and originals make two tables of counts of the same groups. One draw of groups resamples both, so
    the interval of the drop is paired.

    Args:
        made: The set.
        predicted: Id of a changed item to predicted label.
        original: Id of a scored item of the task to predicted label, for the originals at least.
        resamples: Number of resamples of the bootstrap over groups.
        seed: Its seed.

    Raises:
        InputError: Ids that are no items, or labels outside the inventory: see
            :func:`standoff.evaluation.align.align`.
    """
    labels, groups = made.loaded.task.labels, made.frame["group"].tolist()
    after = align(_gold(made.frame), predicted, labels)
    before = [] if original is None else [_originals(made, original)]
    # Shape (G, S, L, L + 1); S is 1, or 2 where there are predictions for the originals.
    tables = [cluster_counts(one.gold, one.predicted, groups, len(labels)) for one in (after, *before)]
    counts, metric = np.stack(tables, axis=1), _metric(made)
    values = metric.compute(counts.sum(axis=0))
    samples = bootstrap(counts, metric.compute, resamples=resamples, seed=seed)
    enough, worth = len(made.frame) >= MIN_ITEMS, effective_groups(counts[:, 0])

    def estimate(value: float, samples: FloatArray) -> Estimate | None:
        ends = interval(samples, LEVEL, n_groups=worth) if len(counts) >= MIN_GROUPS else (None, None)
        return Estimate(float(value), *ends) if enough else None

    originals = None
    if before:
        score = estimate(values[1], samples[:, 1])
        originals = _against(
            after, before[0], score, estimate(values[1] - values[0], samples[:, 1] - samples[:, 0])
        )
    return StressScore(
        stress=made.stress.name,
        version=made.stress.version,
        digest=made.digest,
        label_kind=made.label_kind,
        n=len(made.frame),
        n_groups=len(counts),
        n_labels_changed=made.n_labels_changed,
        metric=metric.name,
        score=estimate(values[0], samples[:, 0]),
        n_right=_n_right(after),
        n_missing=len(after.missing),
        originals=originals,
        caution=caution(counts[:, 0], labels) if enough else None,
    )


def _gold(items: pd.DataFrame) -> dict[str, str]:
    return dict(zip(items["id"], items["label"], strict=True))


def _originals(made: StressSet, predicted: Mapping[str, str]) -> Alignment:
    """Return the predictions for the originals, in the order of the changed items."""
    labels, gold = made.loaded.task.labels, _gold(made.originals)
    align(
        _gold(made.loaded.split(made.loaded.scored)), predicted, labels
    )  # what is no item of the task is refused
    return align(gold, {item: predicted[item] for item in gold if item in predicted}, labels)


def _metric(made: StressSet) -> Metric:
    whole = all(set(one["label"]) == set(made.loaded.task.labels) for one in (made.frame, made.originals))
    return get_metric(made.loaded.task.metric if whole else "accuracy")


def _n_right(one: Alignment) -> int:
    return int((one.predicted == one.gold).sum())


def _against(after: Alignment, before: Alignment, score: Estimate | None, drop: Estimate | None) -> Originals:
    follow = (before.predicted == before.gold) & (before.gold != after.gold)
    return Originals(
        score=score,
        drop=drop,
        n_right=_n_right(before),
        n_moved=int((before.predicted != after.predicted).sum()),
        n_to_follow=int(follow.sum()),
        n_followed=int((follow & (after.predicted == after.gold)).sum()),
    )
