"""Which coders read which articles: equal shares of units, and every two coders with articles in common."""

from __future__ import annotations

import random
from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING

from standoff.files import sha256_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROPOSALS = 20_000
"""Changes tried: a fifth of a second, after which ten coders of a thousand articles differ by no unit."""

Cost = tuple[int, int, int]
"""Pairs of coders without a unit in common; the sum of squared loads; the sum of squared overlaps of pairs."""


def allocate(
    sizes: Mapping[str, int],
    coders: Sequence[str],
    per_article: int,
    *,
    seed: int,
    held: Mapping[str, frozenset[str]] | None = None,
) -> dict[str, frozenset[str]]:
    """Return who reads each article: at least ``per_article`` coders, those in ``held`` among them.

    The largest articles are given out first, each to the coders with the fewest units so far. Then single changes
    are tried at random (a reader is replaced, or two articles swap a reader) and kept where they do not make it
    worse: first every pair of coders should have a unit in common, then loads should be equal, then overlaps of
    pairs. What is held stays.

    Args:
        sizes: Units of each article.
        coders: Who can be given articles.
        per_article: Readers of each article; at most as many as there are coders.
        seed: Decides ties and the changes that are tried. The order of articles and coders does not matter.
        held: Readers that articles have already; they may be others than ``coders``.
    """
    shares = _Shares(sizes, sorted(coders))
    for article, readers in sorted((held or {}).items()):
        for coder in sorted(readers):
            shares.put(article, coder)
    free: list[tuple[str, str]] = []
    for article in sorted(sizes, key=lambda article: (-sizes[article], sha256_text(f"{seed}|{article}"))):
        while len(shares.readers[article]) < min(per_article, len(coders)):
            coder = min(
                (coder for coder in shares.coders if coder not in shares.readers[article]),
                key=lambda coder: (*shares.after(article, coder), sha256_text(f"{seed}|{article}|{coder}")),
            )
            shares.put(article, coder)
            free.append((article, coder))
    if free and per_article < len(coders):
        _improve(shares, free, seed)
    return {article: frozenset(readers) for article, readers in shares.readers.items()}


class _Shares:
    """An allocation with its loads and overlaps, kept as it changes."""

    def __init__(self, sizes: Mapping[str, int], coders: list[str]) -> None:
        self.sizes, self.coders = sizes, coders
        self.readers: dict[str, set[str]] = {article: set() for article in sorted(sizes)}
        self.load: Counter[str] = Counter()
        self.overlap: Counter[tuple[str, str]] = Counter()
        self.loads_squared = self.overlaps_squared = 0
        self.pairs = frozenset(combinations(coders, 2))
        self.apart = len(self.pairs)

    @property
    def cost(self) -> Cost:
        return self.apart, self.loads_squared, self.overlaps_squared

    def after(self, article: str, coder: str) -> tuple[int, int]:
        """Return a coder's load, and the coder's overlap with those who read the article."""
        return self.load[coder], sum(self.overlap[_pair(coder, other)] for other in self.readers[article])

    def put(self, article: str, coder: str) -> None:
        for other in self.readers[article]:
            self._add(_pair(coder, other), self.sizes[article])
        self._load(coder, self.sizes[article])
        self.readers[article].add(coder)

    def take(self, article: str, coder: str) -> None:
        self.readers[article].remove(coder)
        self._load(coder, -self.sizes[article])
        for other in self.readers[article]:
            self._add(_pair(coder, other), -self.sizes[article])

    def _load(self, coder: str, units: int) -> None:
        before = self.load[coder]
        self.load[coder] = before + units
        self.loads_squared += (before + units) ** 2 - before**2

    def _add(self, pair: tuple[str, str], units: int) -> None:
        before = self.overlap[pair]
        after = self.overlap[pair] = before + units
        self.overlaps_squared += after**2 - before**2
        if pair in self.pairs:
            self.apart += (after == 0) - (before == 0)


def _pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)


def _improve(shares: _Shares, free: list[tuple[str, str]], seed: int) -> None:
    """Try changes of the free places, each an (article, coder)."""
    generator = random.Random(seed)  # noqa: S311 - a plan is to be made again by anyone, not secret
    for attempt in range(PROPOSALS):
        here = generator.randrange(len(free))
        (article, coder), other = free[here], generator.choice(shares.coders)
        there = generator.randrange(len(free)) if attempt % 2 else None
        if there is not None:
            other_article, other = free[there]
            if coder in shares.readers[other_article]:
                continue
        if other in shares.readers[article]:
            continue
        before = shares.cost
        moves = [(article, coder, other)] + ([(free[there][0], other, coder)] if there is not None else [])
        for place, old, new in moves:
            shares.take(place, old)
            shares.put(place, new)
        if shares.cost > before:
            for place, old, new in moves:
                shares.take(place, new)
                shares.put(place, old)
            continue
        free[here] = (article, other)
        if there is not None:
            free[there] = (free[there][0], coder)
