"""One label from several coders', by majority, Dawid-Skene and MACE: to compare, never to publish.

What the corpus publishes is agreed or decided by somebody who gives a reason. A model of the coders has no reason
to give; it shows where the decisions depend on the way of counting.

- ``majority``: the label that more than half of a unit's coders chose.
- ``dawid-skene``: each coder has a confusion matrix, estimated with the labels (Dawid and Skene 1979, Maximum
  likelihood estimation of observer error-rates using the EM algorithm, JRSS C 28:20-28).
- ``mace``: each coder either knows the label or guesses from habit (Hovy, Berg-Kirkpatrick, Vaswani and Hovy 2013,
  Learning whom to trust with MACE, NAACL-HLT, 1120-1130), with variational Bayes.

Both models take coders to err independently of each other; runs of one language model do not. MACE takes all
labels to be equally frequent: where one is not, it reads agreement on the frequent one as habit.
"""

from __future__ import annotations

import warnings
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from standoff.errors import InputError, NotFoundError, unknown_name
from standoff.records import LABEL_FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import pandas as pd

    from standoff.evaluation.metrics import FloatArray, IntArray
    from standoff.records import Labelled

UnitId = tuple[str, ...]
"""What identifies a unit: the three ids of the corpus', or any others."""

SEED = 12345
RESTARTS = 5
"""Starting points of MACE, of which the likeliest fit is kept."""
STEPS = 1_000
"""Steps of Dawid and Skene's EM, which creeps with two coders. crowd-kit's own limit (1.4.2: its bound grows by
less than 1e-5) ends it after five, with other labels than it comes to; after these, the probabilities of this
corpus's fields are within .05 of where it comes to, and the labels are the same."""
LEVEL = 1e-4
"""Probabilities that differ by less are level: MACE's 50 steps leave what is level apart by 1e-5 and less."""


class Rating(NamedTuple):
    """One coder's label of one unit."""

    unit: UnitId
    coder: str
    label: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a method makes of one unit's ratings.

    ``label`` is None without a winner, and ``why_none`` then says why: ``tie`` or ``no majority``. ``probability``
    is that of the most probable label; of a majority, the share of the coders who chose it.
    """

    label: str | None
    probability: float
    n_coders: int
    why_none: str = ""


@dataclass(frozen=True, slots=True)
class CoderQuality:
    """What a method makes of one coder.

    Attributes:
        coder: Who.
        n: Units that the coder labelled.
        quality: Of majority, the share of them with the majority's label, where there is one (None if nowhere);
            of Dawid-Skene, the probability that the coder gives the true label; of MACE, that the coder knows it.
        confusion: Of Dawid-Skene: for each true label the probability of each answer.
    """

    coder: str
    n: int
    quality: float | None
    confusion: Mapping[str, Mapping[str, float]] | None = None


@dataclass(frozen=True, slots=True)
class Aggregated:
    """What a method makes of all ratings: of each unit, and of each coder, both sorted."""

    method: str
    units: Mapping[UnitId, Chosen]
    coders: tuple[CoderQuality, ...]

    @property
    def labels(self) -> dict[UnitId, str]:
        """The units' labels, of those that have one."""
        return {unit: chosen.label for unit, chosen in self.units.items() if chosen.label is not None}


class Agreement(NamedTuple):
    """On how many units two ways of choosing both have a label, and on how many it is the same."""

    first: str
    second: str
    n: int
    same: int


def ratings_of(records: Iterable[Labelled], field: str, coder: Callable[[Any], str]) -> list[Rating]:
    """Return what records say in one label field, without those in which it is null, as no position is taken.

    Args:
        records: Judgements, or decisions.
        field: A label field.
        coder: From a record to its coder.

    Raises:
        NotFoundError: There is no such field.
    """
    if field not in LABEL_FIELDS:
        raise unknown_name("label field", field, LABEL_FIELDS)
    values = ((record, getattr(record, field)) for record in records)
    return [Rating(record.key, coder(record), str(value)) for record, value in values if value is not None]


def aggregate(ratings: Iterable[Rating], method: str, *, seed: int = SEED) -> Aggregated:
    """Return one label per unit. The order of the ratings does not matter.

    Args:
        ratings: At least one; at most one per unit and coder.
        method: A name of :data:`METHODS`.
        seed: For MACE's starting points.

    Raises:
        NotFoundError: There is no such method, or the extra ``aggregate`` is not installed.
        InputError: No ratings, or two of one coder on one unit.
    """
    if method not in METHODS:
        raise unknown_name("method", method, METHODS)
    rows = sorted(ratings)
    if not rows:
        raise InputError("there is nothing to aggregate", expected="at least one rating")
    for one, other in pairwise(rows):
        if one[:2] == other[:2]:
            raise InputError("a coder rated a unit twice", where=" / ".join(one.unit), got=one.coder)
    return METHODS[method](rows, seed)


def agreements(ways: Mapping[str, Mapping[UnitId, str]]) -> list[Agreement]:
    """Return for each pair of ways to label (methods, decisions) how often they agree."""
    return [
        Agreement(one, other, len(both), sum(ways[one][unit] == ways[other][unit] for unit in both))
        for one, other in combinations(ways, 2)
        for both in [ways[one].keys() & ways[other].keys()]
    ]


def _majority(rows: Sequence[Rating], _: int) -> Aggregated:
    votes: dict[UnitId, Counter[str]] = defaultdict(Counter)
    for row in rows:
        votes[row.unit][row.label] += 1
    units = {unit: _winner(counts) for unit, counts in votes.items()}
    hits: dict[str, list[bool]] = defaultdict(list)
    for row in rows:
        label = units[row.unit].label
        hits[row.coder] += [] if label is None else [row.label == label]
    coders = tuple(
        CoderQuality(coder, n, sum(hits[coder]) / len(hits[coder]) if hits[coder] else None)
        for coder, n in sorted(Counter(row.coder for row in rows).items())
    )
    return Aggregated("majority", units, coders)


def _winner(counts: Counter[str]) -> Chosen:
    (label, most), *others = counts.most_common()
    n = counts.total()
    if most * 2 > n:
        return Chosen(label, most / n, n)
    return Chosen(None, most / n, n, "tie" if others[0][1] == most else "no majority")


def _dawid_skene(rows: Sequence[Rating], _: int) -> Aggregated:
    table = _Table(rows)
    with _quiet():
        fitted = _crowdkit().DawidSkene(n_iter=STEPS, tol=-np.inf).fit(table.frame())
    labels = range(len(table.labels))
    # P(answer | truth), of shape (coders, answers, truths); an answer that a coder never gave has no row.
    errors = np.zeros((len(table.coders), len(labels), len(labels)))
    for (coder, answer), row in fitted.errors_.iterrows():
        errors[coder, answer] = row.reindex(labels, fill_value=0.0)
    priors = fitted.priors_.reindex(labels, fill_value=0.0).to_numpy()
    coders = tuple(
        CoderQuality(
            name,
            table.n_rated(index),
            float(priors @ np.diagonal(errors[index])),
            {
                truth: {answer: float(errors[index, a, t]) for a, answer in enumerate(table.labels)}
                for t, truth in enumerate(table.labels)
            },
        )
        for index, name in sorted(enumerate(table.coders), key=lambda item: item[1])
    )
    return Aggregated("dawid-skene", table.chosen(fitted.probas_), coders)


def _mace(rows: Sequence[Rating], seed: int) -> Aggregated:
    table = _Table(rows)
    mace = _crowdkit().MACE
    with _quiet():
        # Its own restarts begin from one and the same random state, so that they are one start ten times.
        fits = [mace(n_restarts=1, random_state=seed + start).fit(table.frame()) for start in range(RESTARTS)]
    best = max(fits, key=lambda fit: table.log_likelihood(fit.spamming_, fit.thetas_))
    knows = best.spamming_[:, 1] / best.spamming_.sum(axis=1)
    coders = tuple(
        CoderQuality(name, table.n_rated(index), float(knows[index]))
        for index, name in sorted(enumerate(table.coders), key=lambda item: item[1])
    )
    return Aggregated("mace", table.chosen(best.probas_), coders)


METHODS: dict[str, Callable[[Sequence[Rating], int], Aggregated]] = {
    "majority": _majority,
    "dawid-skene": _dawid_skene,
    "mace": _mace,
}


class _Table:
    """Ratings as numbers, counted in the order of first appearance.

    crowd-kit's MACE takes its parameters' rows in the order of appearance at one place and in sorted order at
    another (1.4.2); with these numbers the two are the same.
    """

    def __init__(self, rows: Sequence[Rating]) -> None:
        self.units = list(dict.fromkeys(row.unit for row in rows))
        self.coders = list(dict.fromkeys(row.coder for row in rows))
        self.labels = list(dict.fromkeys(row.label for row in rows))
        self.unit = self._numbers(self.units, (row.unit for row in rows))
        self.coder = self._numbers(self.coders, (row.coder for row in rows))
        self.label = self._numbers(self.labels, (row.label for row in rows))

    @staticmethod
    def _numbers(names: Sequence[Any], values: Iterable[Any]) -> IntArray:
        number = {name: index for index, name in enumerate(names)}
        return np.array([number[value] for value in values], dtype=np.int64)

    def frame(self) -> pd.DataFrame:
        """Return the ratings as crowd-kit takes them."""
        import pandas as pd  # noqa: PLC0415 - a heavy import, for the models only

        return pd.DataFrame({"task": self.unit, "worker": self.coder, "label": self.label})

    def n_rated(self, coder: int) -> int:
        """Return how many units a coder rated."""
        return int((self.coder == coder).sum())

    def chosen(self, probabilities: pd.DataFrame) -> dict[UnitId, Chosen]:
        """Return the most probable label of each unit, from a frame of units and labels by number."""
        table = probabilities.sort_index().reindex(columns=range(len(self.labels)), fill_value=0.0).to_numpy()
        n_coders = np.bincount(self.unit)
        found = {}
        for unit, row, n in zip(self.units, table, n_coders, strict=True):
            level = np.flatnonzero(row > row.max() - LEVEL)
            label = self.labels[level[0]] if len(level) == 1 else None
            found[unit] = Chosen(label, float(row.max()), int(n), "" if label is not None else "tie")
        return found

    def log_likelihood(self, spamming: FloatArray, habits: FloatArray) -> float:
        """Return MACE's log marginal likelihood (Hovy et al. 2013, eq. 1).

        Args:
            spamming: Shape (coders, 2): the weights of guessing and of knowing.
            habits: Shape (coders, labels): what a coder guesses.
        """
        guessed = spamming[self.coder, 0] * habits[self.coder, self.label]
        known = spamming[self.coder, 1][:, None] * (self.label[:, None] == np.arange(len(self.labels)))
        by_unit = np.zeros((len(self.units), len(self.labels)))
        np.add.at(by_unit, self.unit, np.log(guessed[:, None] + known))
        return float(np.logaddexp.reduce(by_unit - np.log(len(self.labels)), axis=1).sum())


def _quiet() -> warnings.catch_warnings[None]:
    """Return a context without the warnings, one a step, of a library that pandas has moved on from."""
    return warnings.catch_warnings(action="ignore", category=DeprecationWarning)


def _crowdkit() -> Any:
    try:
        from crowdkit import aggregation  # noqa: PLC0415 - an extra, and a heavy import
    except ImportError:
        raise NotFoundError(
            "Dawid-Skene and MACE need crowd-kit, which is not installed",
            expected="the extra `aggregate`",
            remedy="pip install 'standoff[aggregate]', or use the method majority",
        ) from None
    return aggregation
