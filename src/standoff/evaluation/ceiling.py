"""What coders reach on the metric that systems are scored by, from the labels that several gave to each item.

A system is scored against a gold label that was made of all coders' labels. There is no such question for coders,
since each had a part in the answer; three others come near, and each is off in a known direction:

- :func:`leave_one_out`: one coder against the majority of the other coders. That gold is made of fewer labels and
  so is noisier than the one of systems, which lowers the score. Items on which the others tie have no majority and
  are left out; these are hard ones, which raises it.
- :func:`panel_against_panel`: the majority of k coders against that of k others. The gold is noisier still, but
  what is scored is a consensus too. Items on which a panel ties are left out, which raises it.
- :func:`coder_against_gold`: one coder against the gold label of systems, on all items. The coder's own label is
  part of that gold, which raises the score: by much where the coders are few.

None of them bounds what a system can reach: a label of many coders is more regular than any one of them, and a
system that learns it can agree with it more than a coder does. Each says what people (or models, where those made
the labels) reach against one another on the same metric.

An item counts once, as when a system is scored, its comparisons sharing it evenly. All comparisons of an item are
in its group, and the intervals come from the bootstrap over groups.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from math import comb, lcm
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from standoff.errors import InputError, Problem, listed, shorten
from standoff.evaluation.metrics import METRICS, get_metric
from standoff.evaluation.resample import bootstrap, effective_groups, interval
from standoff.evaluation.scores import LEVEL, MIN_GROUPS, RESAMPLES, SEED, Estimate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from standoff.evaluation.metrics import IntArray, Metric

Votes: TypeAlias = tuple[int, ...]
"""How many coders gave each label to an item, in the order of the inventory; who gave it does not matter."""

_EXACT = 2**53
"""Whole numbers below this are exact in float64."""


class _Compared(NamedTuple):
    """All ``n`` comparisons of one item, of shape (L, L), rows gold; those with a tie are not in it."""

    counts: npt.NDArray[Any]
    n: int


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What coders reached.

    Attributes:
        metric: Name of the metric.
        value: The metric.
        low: Low end of its 95 % interval; None with fewer than
            :data:`standoff.evaluation.scores.MIN_GROUPS` groups that are compared.
        high: The high end.
        accuracy: The share of comparisons that agree, with its interval.
        n_items: Number of items with enough labels.
        n_left_out: How many of them are left out because of a tie, on average over the coders or the pairs of
            panels: an item of whose comparisons a quarter has a tie counts as 0.25.
        n_coders: Coders per item; where items differ, the lower median.
        k: Coders whose majority is scored; 1 where it is a single coder's label.
    """

    metric: str
    value: float
    low: float | None
    high: float | None
    accuracy: Estimate
    n_items: int
    n_left_out: float
    n_coders: int
    k: int

    def to_json(self) -> dict[str, Any]:
        """Return the attributes as JSON-ready values."""
        return asdict(self)


def leave_one_out(
    given: Mapping[str, Sequence[str]],
    groups: Mapping[str, str],
    labels: Sequence[str],
    *,
    metric: str = "macro_f1",
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Ceiling | None:
    """Return what a coder reaches against the majority of an item's other coders, over all coders.

    With two coders the other one is the gold label.

    Args:
        given: Item id to the labels that its coders gave, one for each coder, in any order. Items with fewer than
            two labels are not compared.
        groups: Item id to group (article); ids that are not in ``given`` are ignored.
        labels: The inventory, in the order fixed by the task.
        metric: Name of the metric, of those on the task's own labels.
        resamples: Number of resamples of the bootstrap over groups.
        seed: Its seed.

    Returns:
        None where no comparison is possible.

    Raises:
        InputError: A label is outside the inventory, an item has no group, or ``resamples`` or ``seed`` is out of
            range.
        NotFoundError: No such metric.
    """
    votes = _votes(given, labels, at_least=2)
    compared = {item: _each_against_others(counts) for item, counts in votes.items()}
    return _reached(votes, compared, groups, k=1, metric=get_metric(metric), resamples=resamples, seed=seed)


def panel_against_panel(
    given: Mapping[str, Sequence[str]],
    groups: Mapping[str, str],
    labels: Sequence[str],
    *,
    k: int | None = None,
    metric: str = "macro_f1",
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Ceiling | None:
    """Return what the majority of k coders of an item reaches against that of k others.

    It is the mean over all ways to draw the two panels from the item's coders, 560 for panels of three from eight,
    and not over some drawn at random: counted by combinatorics, it has no seed and no noise of its own.

    Args:
        given: As for :func:`leave_one_out`. Items with fewer than 2k labels are not compared.
        groups: As for :func:`leave_one_out`.
        labels: As for :func:`leave_one_out`.
        k: The size of a panel; by default :func:`panel_size`. One coder is no panel, but may be asked for.
        metric: As for :func:`leave_one_out`.
        resamples: As for :func:`leave_one_out`.
        seed: As for :func:`leave_one_out`; of the bootstrap alone.

    Returns:
        None where no comparison is possible, or too few coders for a panel labelled most items.

    Raises:
        InputError: As :func:`leave_one_out`; or ``k`` is even or below 1.
        NotFoundError: No such metric.
    """
    everywhere = _votes(given, labels, at_least=0)
    size = panel_size(list(map(sum, everywhere.values()))) if k is None else k
    if size is None:
        return None
    if size < 1 or size % 2 == 0:
        raise InputError("a panel has an odd number of coders, so that two labels cannot tie", got=size)
    votes = {item: counts for item, counts in everywhere.items() if sum(counts) >= 2 * size}
    tables = {counts: _panels(counts, size) for counts in set(votes.values())}
    compared = {item: tables[counts] for item, counts in votes.items()}
    return _reached(votes, compared, groups, k=size, metric=get_metric(metric), resamples=resamples, seed=seed)


def coder_against_gold(
    given: Mapping[str, Sequence[str]],
    gold: Mapping[str, str],
    groups: Mapping[str, str],
    labels: Sequence[str],
    *,
    metric: str = "macro_f1",
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Ceiling | None:
    """Return what a coder reaches against the gold label that systems are scored by, over all coders.

    This favours the coder, whose own label is part of the gold. Nothing is left out for a tie.

    Args:
        given: As for :func:`leave_one_out`; items without a label are not compared.
        gold: Item id to gold label; ids that are not in ``given`` are ignored.
        groups: As for :func:`leave_one_out`.
        labels: As for :func:`leave_one_out`.
        metric: As for :func:`leave_one_out`.
        resamples: As for :func:`leave_one_out`.
        seed: As for :func:`leave_one_out`.

    Returns:
        None where no comparison is possible.

    Raises:
        InputError: As :func:`leave_one_out`; or an item has no gold label, or one outside the inventory.
        NotFoundError: No such metric.
    """
    votes = _votes(given, labels, at_least=1)
    bad = [Problem(shorten(item), shorten(gold.get(item))) for item in votes if gold.get(item) not in labels]
    if bad:
        raise InputError(
            f"{len(bad)} items have no gold label of the inventory:\n{listed(bad)}", expected=", ".join(labels)
        )
    compared = {item: _each_against(labels.index(gold[item]), counts) for item, counts in votes.items()}
    return _reached(votes, compared, groups, k=1, metric=get_metric(metric), resamples=resamples, seed=seed)


def panel_size(numbers: Sequence[int]) -> int | None:
    """Return the largest odd k of which more than half of the items allow two panels, None where it is below 3.

    Args:
        numbers: The number of labels of each item.
    """
    half = _lower_median(numbers) // 2 if numbers else 0
    odd = half if half % 2 else half - 1
    return odd if odd >= 3 else None


def _lower_median(numbers: Sequence[int]) -> int:
    return sorted(numbers)[(len(numbers) - 1) // 2]


def _votes(given: Mapping[str, Sequence[str]], labels: Sequence[str], *, at_least: int) -> dict[str, Votes]:
    """Return the votes of each item with enough labels."""
    outside = [
        Problem(shorten(item), shorten(label))
        for item, chosen in given.items()
        for label in chosen
        if label not in labels
    ]
    if outside:
        raise InputError(
            f"{len(outside)} labels of coders are outside the inventory:\n{listed(outside)}",
            expected=", ".join(labels),
        )
    return {
        item: tuple(list(chosen).count(label) for label in labels)
        for item, chosen in given.items()
        if len(chosen) >= at_least
    }


def _leader(votes: Votes) -> int | None:
    """Return the position of the label with the most votes, None where several have as many."""
    most = max(votes)
    return votes.index(most) if votes.count(most) == 1 else None


def _each_against_others(votes: Votes) -> _Compared:
    counts = np.zeros((len(votes), len(votes)), dtype=np.int64)
    for label, n in enumerate(votes):
        others = (*votes[:label], n - 1, *votes[label + 1 :])
        if n > 0 and (gold := _leader(others)) is not None:
            counts[gold, label] = n
    return _Compared(counts, sum(votes))


def _each_against(gold: int, votes: Votes) -> _Compared:
    counts = np.zeros((len(votes), len(votes)), dtype=np.int64)
    counts[gold] = votes
    return _Compared(counts, sum(votes))


def _panels(votes: Votes, k: int) -> _Compared:
    counts = np.zeros((len(votes), len(votes)), dtype=object)  # Python's numbers, which do not overflow
    for first, ways in _draws(votes, k):
        gold = _leader(first)
        if gold is None:
            continue
        left = tuple(n - drawn for n, drawn in zip(votes, first, strict=True))
        for second, more in _draws(left, k):
            if (label := _leader(second)) is not None:
                counts[gold, label] += ways * more
    n = sum(votes)
    return _Compared(counts, comb(n, k) * comb(n - k, k))


def _draws(votes: Votes, size: int) -> Iterator[tuple[Votes, int]]:
    """Yield each outcome of drawing ``size`` of the votes, and in how many ways it is drawn."""
    first, *others = votes
    if not others:
        if size <= first:
            yield (size,), comb(first, size)
        return
    for n in range(min(first, size) + 1):
        for rest, ways in _draws(tuple(others), size - n):
            yield (n, *rest), comb(first, n) * ways


def _reached(
    votes: Mapping[str, Votes],
    compared: Mapping[str, _Compared],
    groups: Mapping[str, str],
    *,
    k: int,
    metric: Metric,
    resamples: int,
    seed: int,
) -> Ceiling | None:
    if ungrouped := [repr(item) for item in compared if item not in groups]:
        raise InputError(f"{len(ungrouped)} items have no group:\n{listed(ungrouped)}", expected="one group each")
    if not any(one.counts.any() for one in compared.values()):
        return None
    by_group, scale = _shared(compared, groups)
    counts = by_group.sum(axis=0)
    enough = int(by_group.any(axis=(1, 2)).sum()) >= MIN_GROUPS

    def estimate(one: Metric) -> Estimate:
        samples = bootstrap(by_group, one.compute, resamples=resamples, seed=seed)
        ends = interval(samples, LEVEL, n_groups=effective_groups(by_group)) if enough else (None, None)
        return Estimate(float(one.compute(counts)), *ends)

    primary = estimate(metric)
    return Ceiling(
        metric=metric.name,
        value=primary.value,
        low=primary.low,
        high=primary.high,
        accuracy=estimate(METRICS["accuracy"]),
        n_items=len(compared),
        n_left_out=(len(compared) * scale - int(counts.sum())) / scale,
        n_coders=_lower_median([sum(one) for one in votes.values()]),
        k=k,
    )


def _shared(compared: Mapping[str, _Compared], groups: Mapping[str, str]) -> tuple[IntArray, int]:
    """Return the counts of each group, of shape (G, L, L + 1), in which each item stands for ``scale``.

    The scale is a multiple of every item's number of comparisons, so that counts are whole numbers, of which sums
    do not depend on their order.
    """
    scale = lcm(*{one.n for one in compared.values()})
    rank = {group: place for place, group in enumerate(sorted({groups[item] for item in compared}))}
    places = [rank[groups[item]] for item in compared]
    if scale * len(rank) * max(Counter(places).values()) >= _EXACT:  # a resample may draw the largest group alone
        raise InputError("there are too many comparisons to count them exactly", remedy="choose a smaller panel")
    n_labels = len(next(iter(compared.values())).counts)
    by_group = np.zeros((len(rank), n_labels, n_labels + 1), dtype=np.int64)
    for place, one in zip(places, compared.values(), strict=True):
        by_group[place, :, :-1] += (one.counts * (scale // one.n)).astype(np.int64)
    return by_group, scale
