"""Agreement in finding, apart from agreement in classifying what was found.

Whether coders see the same things comes first: who takes a position at all, on what, in which words. What each
found is a set, of statements or of spans; nobody says what is *not* a statement, so that chance agreement has no
base to be computed from. The measure is therefore F1, with each coder of a pair once as reference: it does not
depend on who is. Where the things that nobody found are many, kappa approaches this same F1 (Hripcsak and
Rothschild 2005, Agreement, the F-measure, and reliability in information retrieval, JAMIA 12:296-298).

Pairs and documents are pooled (micro): F1 = sum of 2 |A and B| / sum of (|A| + |B|).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

import numpy as np

from standoff.annotation.agreement.intervals import FEW_GROUPS, MAX_UNDEFINED, cluster_interval
from standoff.evaluation.resample import bootstrap
from standoff.evaluation.scores import LEVEL, MIN_GROUPS, RESAMPLES, SEED
from standoff.records import POSITIONED, Stance

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from standoff.evaluation.metrics import Counts, FloatArray

T = TypeVar("T", bound="Hashable")


class Resampling(TypedDict):
    """How intervals are made: the number of resamples, and the seed of the generator."""

    resamples: int
    seed: int


DEFAULT_RESAMPLING = Resampling(resamples=RESAMPLES, seed=SEED)

Span = tuple[int, int]
"""Start and end, in code points, the end exclusive."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """When two things found are the same.

    Attributes:
        name: A word for files.
        describes: One sentence for people.
        size: How much a coder found.
        shared: How much of it two coders share; symmetric, and at most the smaller of their sizes.
    """

    name: str
    describes: str
    size: Callable[[AbstractSet[Any]], int]
    shared: Callable[[AbstractSet[Any], AbstractSet[Any]], int]


@dataclass(frozen=True, slots=True)
class Compared:
    """What two coders found in one document: how much each, and how much of it both did."""

    document: str
    group: str
    coders: tuple[str, str]
    shared: int
    sizes: tuple[int, int]


@dataclass(frozen=True, slots=True)
class PairwiseF1:
    """An F1 over documents and pairs of coders, with its interval.

    Attributes:
        value: None where it is undefined.
        low: Lower end of the interval; None where there is no interval.
        high: Upper end of the interval; None where there is no interval.
        level: Level of the interval.
        undefined: Why there is no value; None where there is one.
        no_interval_because: Why there is a value and no interval; None otherwise.
        few_groups: Whether there is an interval from so few groups that it comes out too narrow.
        shared: Things that both coders of a pair found, summed over documents and pairs.
        found: Things that either coder of a pair found, summed over coders, documents and pairs.
        n_pairs: Number of (document, pair of coders) compared.
        n_documents: Number of documents.
        n_groups: Number of groups.
        resamples: Number of resamples.
        left_out: Number of resamples in which nobody found anything, left out of the interval.
        seed: Seed of the resampling.
    """

    value: float | None
    low: float | None
    high: float | None
    level: float
    undefined: str | None
    no_interval_because: str | None
    few_groups: bool
    shared: int
    found: int
    n_pairs: int
    n_documents: int
    n_groups: int
    resamples: int
    left_out: int
    seed: int


def position(stance: Stance) -> str | None:
    """Return ``position`` or ``no_position``; None for ``cannot_tell``, which says neither."""
    if stance is Stance.CANNOT_TELL:
        return None
    return "position" if stance in POSITIONED else "no_position"


def polarity(stance: Stance) -> str | None:
    """Return ``for`` or ``against``; None where the stance is neither, ``mixed`` included, as it is both."""
    if stance in {Stance.SEEKS, Stance.SUPPORTS}:
        return "for"
    return "against" if stance is Stance.OPPOSES else None


def match_spans(first: Iterable[Span], second: Iterable[Span]) -> list[tuple[Span, Span]]:
    """Return the spans of two coders that overlap, one to one, the largest overlap first.

    The two spans that share most characters are a pair and leave the rest, and so on, until none overlap. One
    long span thus stands for one of the short ones below it, not for all. Exchanging the coders exchanges the
    spans within the pairs and changes nothing else.
    """
    # Of equal overlaps the earlier one. Only pairs with a span in common compete, and their order is that of the
    # other span, whoever comes first.
    candidates = sorted(
        (-overlap, a, b)
        for a in set(first)
        for b in set(second)
        if (overlap := min(a[1], b[1]) - max(a[0], b[0])) > 0
    )
    pairs, taken_first, taken_second = [], set(), set()
    for _, a, b in candidates:
        if a not in taken_first and b not in taken_second:
            pairs.append((a, b))
            taken_first.add(a)
            taken_second.add(b)
    return pairs


def _characters(spans: AbstractSet[Span]) -> set[int]:
    return {offset for start, end in spans for offset in range(start, end)}


SAME = Criterion("same", "The same in every part.", len, lambda first, second: len(first & second))
EXACT = Criterion("exact", "Spans with the same start and end.", SAME.size, SAME.shared)
OVERLAP = Criterion(
    "overlap",
    "Spans that share a character, matched one to one, the largest overlap first.",
    len,
    lambda first, second: len(match_spans(first, second)),
)
CHARACTERS = Criterion(
    "characters",
    "Characters within a span, however they are cut into spans or words.",
    lambda spans: len(_characters(spans)),
    lambda first, second: len(_characters(first) & _characters(second)),
)
SPAN_CRITERIA = (OVERLAP, EXACT, CHARACTERS)


def compare(
    found: Mapping[str, Mapping[str, AbstractSet[T]]],
    criterion: Criterion = SAME,
    *,
    groups: Mapping[str, str] | None = None,
) -> list[Compared]:
    """Compare each pair of coders on each document that both read.

    Args:
        found: What each coder found in each document: document, then coder, then the set. A coder who read a
            document and found nothing has an empty set; one who did not read it has none.
        criterion: When two things found are the same.
        groups: The group of each document that is resampled as a whole, as the article of a unit; by default
            each document is its own.

    Returns:
        One entry per document and pair, documents and coders in sorted order.
    """
    return [
        Compared(
            document,
            document if groups is None else groups[document],
            (first, second),
            criterion.shared(by_coder[first], by_coder[second]),
            (criterion.size(by_coder[first]), criterion.size(by_coder[second])),
        )
        for document, by_coder in sorted(found.items())
        for first, second in combinations(sorted(by_coder), 2)
    ]


def pairwise_f1(compared: Sequence[Compared], *, resamples: int = RESAMPLES, seed: int = SEED) -> PairwiseF1:
    """Return the F1 over all comparisons, with the interval of a cluster bootstrap over the groups.

    Only counts are resampled: each group has a numerator and a denominator, and all resamples are one matrix
    product with the groups' weights. Resamples in which nobody found anything have no F1 and are left out and
    counted; there is no interval where they are more than 5 %, or the groups fewer than five.

    Args:
        compared: From :func:`compare`, or a part of it.
        resamples: Number of resamples.
        seed: Seed of the generator; one seed draws the same groups for every criterion.
    """
    totals: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for one in compared:
        totals[one.group][0] += one.shared
        totals[one.group][1] += sum(one.sizes)
    # Groups in sorted order: what is drawn does not depend on the order of the comparisons.
    counts = np.array([totals[group] for group in sorted(totals)], dtype=np.int64).reshape(-1, 2)
    shared, found = (int(total) for total in counts.sum(axis=0))
    undefined = why_not = None
    samples: FloatArray = np.empty(0)
    if not compared:
        undefined = "nothing was read by two coders"
    elif not found:
        undefined = "nobody found anything"
    elif len(counts) < MIN_GROUPS:
        why_not = f"{len(counts)} groups; resampling them needs at least {MIN_GROUPS}"
    else:
        samples = bootstrap(counts[:, None, :], _ratio, resamples=resamples, seed=seed)
    left_out = int(np.isnan(samples).sum())
    if left_out > MAX_UNDEFINED * resamples:
        why_not = f"in {left_out} of {resamples} resamples nobody found anything"
    value = 2 * shared / found if found else None
    ends = None
    if value is not None and not why_not:
        ends = cluster_interval(samples[~np.isnan(samples)], value, len(counts), level=LEVEL, lowest=0)
    return PairwiseF1(
        value=value,
        low=ends and ends[0],
        high=ends and ends[1],
        level=LEVEL,
        undefined=undefined,
        no_interval_because=why_not,
        few_groups=ends is not None and len(counts) < FEW_GROUPS,
        shared=shared,
        found=found,
        n_pairs=len(compared),
        n_documents=len({one.document for one in compared}),
        n_groups=len(counts),
        resamples=resamples,
        left_out=left_out,
        seed=seed,
    )


def _ratio(counts: Counts) -> FloatArray:
    """Return the F1 of counts of shape (R, 1, 2); a resample in which nobody found anything has none (NaN)."""
    shared, found = counts[..., 0, 0], counts[..., 0, 1]
    f1: FloatArray = np.divide(2.0 * shared, found, out=np.full(found.shape, np.nan), where=found > 0)
    return f1
