"""Where systems stand on one task: their scores, which of them can be told apart, the floor and the ceiling."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from standoff.baselines.registry import BASELINES
from standoff.errors import IntegrityError
from standoff.evaluation.align import align
from standoff.evaluation.compare import compare
from standoff.evaluation.metrics import accuracy, get_metric
from standoff.evaluation.resample import bootstrap, cluster_counts, effective_groups, interval
from standoff.evaluation.scores import LEVEL, MIN_GROUPS, RESAMPLES, SEED, Estimate
from standoff.evaluation.significance import PERMUTATIONS, randomised_differences
from standoff.experiments.analysis.paired import task_seed
from standoff.experiments.four_way import as_scored
from standoff.tasks.intervention_slice import SLICE as INTERVENTION
from standoff.tasks.intervention_slice import has_slice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from standoff.evaluation.compare import Comparison
    from standoff.evaluation.metrics import Counts, FloatArray, IntArray
    from standoff.experiments.leaderboard.entries import Entry
    from standoff.tasks.task import LoadedTask

ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

TOLD = ("text", "actor", "target")
"""What an item tells a system."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What every number of a board rests on.

    Attributes:
        resamples: Of the cluster bootstrap behind intervals of scores.
        permutations: Behind p values.
        seed: Of the bootstrap. Tests and intervals of means draw from one seed for each task made of it.
    """

    resamples: int = RESAMPLES
    permutations: int = PERMUTATIONS
    seed: int = SEED


@dataclass(frozen=True, eq=False)
class Part:
    """Systems on the same items: all that are scored of a task, or a slice of them.

    Attributes:
        address: Of the task.
        names: The S systems.
        labels: The L labels.
        metric: Name of the primary metric.
        of_seeds: For each system the counts of each group with each of its K seeds, of shape (G, K, L, L + 1).
        by_seed: For each system the primary metric of each seed.
        missing: Number of items without a prediction, of shape (S,).
        settings: What resamples and tests are made with.
    """

    address: str
    names: tuple[str, ...]
    labels: tuple[str, ...]
    metric: str
    of_seeds: tuple[IntArray, ...]
    by_seed: tuple[tuple[float, ...], ...]
    missing: tuple[int, ...]
    settings: Settings

    @cached_property
    def counts(self) -> IntArray:
        """The counts of each group, of shape (G, S, L, L + 1); of several seeds, those of the first."""
        return np.stack([counts[:, 0] for counts in self.of_seeds], axis=1)

    @property
    def means(self) -> FloatArray:
        """The primary metric, of shape (S,); of a system with several seeds, the mean over them."""
        return np.array([fmean(values) for values in self.by_seed])

    @property
    def n(self) -> int:
        """Number of items."""
        return int(self.counts[:, 0].sum())

    @property
    def n_groups(self) -> int:
        """Number of groups."""
        return len(self.counts)

    @cached_property
    def worth(self) -> float:
        """How many groups of equal size the groups are worth."""
        return effective_groups(self.counts[:, 0])

    @property
    def has_intervals(self) -> bool:
        """Whether the groups are enough for an interval."""
        return self.n_groups >= MIN_GROUPS

    def compute(self, counts: Counts) -> FloatArray:
        """Return the primary metric of counts of shape (..., L, L + 1)."""
        return get_metric(self.metric).compute(counts)

    @cached_property
    def estimates(self) -> tuple[Estimate, ...]:
        """The primary metric of each system with its interval; of several seeds, of the mean over them."""
        return self._with_intervals(self.means, self._drawn(self.settings.seed, self.compute))

    @cached_property
    def accuracies(self) -> tuple[Estimate, ...]:
        """The share of items predicted right by each system."""
        values = np.array([accuracy(counts.sum(axis=0)).mean() for counts in self.of_seeds])
        return self._with_intervals(values, self._drawn(self.settings.seed, accuracy))

    def samples(self) -> FloatArray:
        """Return the primary metric on resamples of this task's own, of shape (R, S), for a mean over tasks."""
        return self._drawn(task_seed(self.settings.seed, self.address), self.compute)

    def compare(self, systems: Sequence[str]) -> Comparison:
        """Return how some of the systems, two or more, compare on these items."""
        return compare(
            {name: self.counts[:, self.place(name)] for name in systems},
            self.labels,
            metric=get_metric(self.metric),
            permutations=self.settings.permutations,
            resamples=self.settings.resamples,
            seed=self.settings.seed,
        )

    def only(self, systems: Sequence[str]) -> Part:
        """Return the same items with some of the systems, in the order given."""
        places = [self.place(name) for name in systems]
        return replace(
            self,
            names=tuple(systems),
            of_seeds=tuple(self.of_seeds[at] for at in places),
            by_seed=tuple(self.by_seed[at] for at in places),
            missing=tuple(self.missing[at] for at in places),
        )

    def place(self, system: str) -> int:
        """Return the place of a system."""
        return self.names.index(system)

    def randomised(self, pairs: Sequence[tuple[str, str]]) -> FloatArray:
        """Return what the systems of each pair differ by under random swaps of groups, of shape (R, P)."""
        places = [(self.place(first), self.place(second)) for first, second in pairs]
        seed = task_seed(self.settings.seed, self.address)
        return randomised_differences(
            self.counts, self.compute, places, permutations=self.settings.permutations, seed=seed
        )

    def differences(self, pairs: Sequence[tuple[str, str]]) -> FloatArray:
        """Return the first one's score minus the second's for each pair, of shape (P,), by the first seeds."""
        values = self.compute(self.counts.sum(axis=0))
        return np.array([values[self.place(first)] - values[self.place(second)] for first, second in pairs])

    def _drawn(self, seed: int, compute: Callable[[Counts], FloatArray]) -> FloatArray:
        """Return a metric on resamples, the same for all systems and averaged over seeds, of shape (R, S)."""
        drawn = [
            bootstrap(counts, compute, resamples=self.settings.resamples, seed=seed).mean(axis=1)
            for counts in self.of_seeds
        ]
        return np.stack(drawn, axis=1)

    def _with_intervals(self, values: FloatArray, samples: FloatArray) -> tuple[Estimate, ...]:
        if not self.has_intervals:
            return tuple(Estimate(float(value), None, None) for value in values)
        return tuple(
            Estimate(float(value), *interval(column, LEVEL, n_groups=self.worth))
            for value, column in zip(values, samples.T, strict=True)
        )


@dataclass(frozen=True, eq=False)
class Standing:
    """All systems on one task, split in one way.

    Attributes:
        loaded: The task.
        entries: The systems, in the order of ``whole.names``.
        whole: On all items that are scored.
        intervention: On the slice of that name; None where the task has no such items.
        after: By system, on the items after the day that it declares to know nothing of; where there are any.
    """

    loaded: LoadedTask
    entries: tuple[Entry, ...]
    whole: Part
    intervention: Part | None
    after: dict[str, Part]

    @property
    def label_kind(self) -> str:
        """Who made the labels."""
        return self.loaded.task.label_kind

    @property
    def split(self) -> str:
        """What is scored."""
        return self.loaded.split_label(self.loaded.scored)

    def entry(self, system: str) -> Entry:
        """Return the entry of a system."""
        return self.entries[self.whole.place(system)]

    @property
    def ranked(self) -> tuple[str, ...]:
        """The systems that get a rank, best first: all but the controls, which are the floor."""
        return self._best_first("control", wanted=False)

    @property
    def floor(self) -> tuple[str, ...]:
        """The controls, best first."""
        return self._best_first("control", wanted=True)

    @property
    def hides_nothing(self) -> tuple[str, ...]:
        """The controls that see all there is, as what they do not look at is the same in every item."""
        rows = self.loaded.split(self.loaded.scored)
        told = [name for name in TOLD if (rows[name] != rows[name].iloc[0]).any()]
        return tuple(name for name in self.floor if name in BASELINES and {*told} <= {*BASELINES[name].sees})

    def _best_first(self, role: str, *, wanted: bool) -> tuple[str, ...]:
        means = dict(zip(self.whole.names, self.whole.means, strict=True))
        chosen = [one.system for one in self.entries if (one.role == role) is wanted]
        return tuple(sorted(chosen, key=lambda name: (-means[name], name)))


def stand(loaded: LoadedTask, entries: Sequence[Entry], settings: Settings) -> Standing:
    """Return where systems stand on a task.

    Args:
        loaded: The task.
        entries: What stands on its board.
        settings: What resamples and tests are made with.

    Raises:
        IntegrityError: A run was made on other data, or its ``scores.json`` is not what its predictions give.
        InputError: Predictions do not fit the task.
    """
    rows = loaded.split(loaded.scored)
    for entry in entries:
        if entry.digest not in {None, loaded.digest}:
            raise IntegrityError(
                f"was made on other data than task {loaded.address} has now",
                where=entry.folder,
                got=entry.digest,
                expected=loaded.digest,
                remedy="make the run again; a board of the old data can be frozen before",
            )
    whole = _part(loaded, rows, entries, settings)
    for at, entry in enumerate(entries):
        _refuse_other_scores(entry, whole.estimates[at], whole.by_seed[at])
    about = rows[rows[INTERVENTION].astype(bool)] if has_slice(rows) else rows.iloc[:0]
    after = {
        entry.system: _part(loaded, later, [entry], settings)
        for entry in entries
        if entry.declared.cutoff is not None and len(later := rows[is_after(rows, entry.declared.cutoff)])
    }
    slice_ = _part(loaded, about, entries, settings) if len(about) else None
    return Standing(loaded, tuple(entries), whole, slice_, after)


def is_after(rows: pd.DataFrame, day: str) -> pd.Series[bool]:
    """Return which items are of a later day, or of a later year where no day is known.

    Args:
        rows: Items. Those of a task with neither a column ``date`` nor ``year`` are never later.
        day: ISO date.
    """
    found = pd.Series(data=False, index=rows.index, dtype=bool)
    known = pd.Series(data=False, index=rows.index, dtype=bool)
    if "date" in rows:
        dates = rows["date"].map(lambda value: value[:10] if isinstance(value, str) and ISO.match(value) else "")
        known, found = dates != "", dates > day
    if "year" in rows:
        years = pd.to_numeric(rows["year"], errors="coerce")
        found = found | (~known & (years > int(day[:4])).fillna(value=False).astype(bool))
    return found


def _part(loaded: LoadedTask, rows: pd.DataFrame, entries: Sequence[Entry], settings: Settings) -> Part:
    labels = loaded.task.labels
    scored = loaded.split(loaded.scored)
    everything = dict(zip(scored["id"], scored["label"], strict=True))
    gold = dict(zip(rows["id"], rows["label"], strict=True))
    compute = get_metric(loaded.task.metric).compute
    by_system, by_seed, missing = [], [], []
    for entry in entries:
        seeds = []
        for predictions in entry.predictions:
            ours = as_scored(scored, labels, predictions)
            align(everything, ours, labels)  # refuses what is not for the task; nothing is dropped in silence
            aligned = align(gold, ours.only(gold), labels)
            seeds.append(cluster_counts(aligned.gold, aligned.predicted, list(rows["group"]), len(labels)))
            if len(seeds) == 1:
                missing.append(len(aligned.missing))
        by_system.append(np.stack(seeds, axis=1))
        by_seed.append(tuple(float(compute(one.sum(axis=0))) for one in seeds))
    return Part(
        address=loaded.address,
        names=tuple(entry.system for entry in entries),
        labels=labels,
        metric=loaded.task.metric,
        of_seeds=tuple(by_system),
        by_seed=tuple(by_seed),
        missing=tuple(missing),
        settings=settings,
    )


def _refuse_other_scores(entry: Entry, estimate: Estimate, by_seed: Sequence[float]) -> None:
    """Refuse a run whose stored scores are not what its predictions give."""
    if entry.scores is None:
        return
    stored = entry.scores["scores"]
    if len(by_seed) > 1:
        here = tuple(by_seed)
        there = tuple(one["value"] for one in entry.scores["seeds"]["values"])
    else:
        # NaN for an interval that is not there: it equals itself here.
        here = tuple(np.array([estimate.value, estimate.low, estimate.high], dtype=np.float64).tolist())
        there = tuple(np.array([stored[end] for end in ("value", "low", "high")], dtype=np.float64).tolist())
    if len(here) != len(there) or not np.allclose(here, there, rtol=0, atol=1e-9, equal_nan=True):
        raise IntegrityError(
            "scores.json is not what the predictions give",
            where=entry.folder,
            got=there,
            expected=str(here),
            remedy="make the run again",
        )
