"""Exact and near duplicates among texts.

Two texts are exact duplicates when their words are equal in order, letter case, punctuation and spacing apart.
They are near duplicates when the sets of their word pairs have a Jaccard similarity of
:data:`standoff.tasks.near.THRESHOLD` or more; how they are found is in :mod:`standoff.tasks.near`.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from standoff.tasks.near import NearDuplicates

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from standoff.tasks.near import Integers

# Thai, Lao, Myanmar, Khmer, kana and Han are written without spaces: there every character counts as a word.
_UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
# The vowel signs of the scripts of India are marks, which \w leaves out; without them different words are equal.
_MARKS = r"\u0300-\u036f\u0900-\u0963\u0966-\u0dff"
_ALONE = re.compile(f"[{_UNSPACED}]")
_WORD = re.compile(rf"[\w{_UNSPACED}{_MARKS}]+")
_INSIDE = re.compile(rf"(?![{_UNSPACED}])[\w{_MARKS}]{{2}}(?<![{_UNSPACED}])")


class Twin(NamedTuple):
    """Another item with the same text or nearly so; ``similarity`` is 1 and ``exact`` True for the same words."""

    item: int
    similarity: float
    exact: bool


def words(text: str) -> str:
    """Return the words of ``text`` in order, folded and joined by spaces; the bare text where it has no word."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(_WORD.findall(_ALONE.sub(r" \g<0> ", folded))) or folded.strip()


def has_word(text: str) -> bool:
    """Return whether there is a word in ``text``: a letter or a digit at least."""
    return _WORD.search(text) is not None


def inside_word(text: str, offset: int) -> bool:
    """Return whether the characters before and after ``offset`` belong to one word."""
    return offset > 0 and _INSIDE.match(text, offset - 1) is not None


def jaccard(one: str, other: str) -> float:
    """Return the Jaccard similarity of the sets of word pairs of two results of :func:`words`."""
    a, b = _word_pairs(one), _word_pairs(other)
    return len(a & b) / len(a | b)


def _word_pairs(key: str) -> set[tuple[str, ...]]:
    found = key.split(" ")
    return set(pairwise(found)) or {(found[0],)}


class Duplicates:
    """The duplicates among n texts.

    Args:
        texts: The texts; of equally close duplicates the one that stands earlier counts.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        numbers: dict[str, int] = {}
        self._key_of = np.array([numbers.setdefault(words(text), len(numbers)) for text in texts], dtype=np.int64)
        self._near = NearDuplicates(numbers)

    def same(self) -> list[int]:
        """Return n numbers, equal where two texts are exact duplicates."""
        return [int(key) for key in self._key_of]

    def clusters(self) -> list[int]:
        """Return n numbers, equal where a chain of exact and near duplicates joins two texts."""
        everywhere = np.ones_like(self._near.limited)
        k, links = len(everywhere), self._near.links(everywhere, everywhere)
        edges = coo_array((np.ones(len(links.text)), (links.text, links.other)), shape=(k, k))
        _, component = connected_components(edges, directed=False)
        return [int(number) for number in component[self._key_of]]

    def limited(self) -> int:
        """Return how many texts so far may have had more candidates than they were compared with."""
        return int(self._near.limited[self._key_of].sum())

    def twins(self, parts: Sequence[str], sought: Sequence[Collection[str]]) -> list[Twin | None]:
        """Return for each of the n texts its closest duplicate in the parts that are sought for it.

        Args:
            parts: The part that each text is in.
            sought: For each text, the parts to look in; its own is not among them.

        Returns:
            n entries; an exact duplicate before near ones, of equally near ones the earliest; None without any.
        """
        found: list[Twin | None] = [None] * len(self._key_of)
        part = np.asarray(parts, dtype=object)
        wanted = [frozenset(names) for names in sought]
        for names in sorted(set(wanted) - {frozenset()}, key=sorted):
            asked = np.fromiter((one == names for one in wanted), dtype=bool, count=len(wanted))
            there = np.isin(part, list(names))
            for item, twin in self._twins(np.flatnonzero(asked), np.flatnonzero(there)):
                found[item] = twin
        return found

    def _twins(self, items: Integers, there: Integers) -> Iterator[tuple[int, Twin]]:
        """Yield (item, twin) for the items that have a duplicate among those that are there."""
        n, k = len(self._key_of), len(self._near.limited)
        first = np.full(k, n)
        np.minimum.at(first, self._key_of[there], there)
        alone = np.zeros(k, dtype=bool)
        alone[self._key_of[items]] = True
        alone[first < n] = False
        links = self._near.links(alone, first < n)
        order = np.lexsort((first[links.other], -links.similarity, links.text))
        text, closest = np.unique(links.text[order], return_index=True)
        near = {
            int(key): Twin(int(first[other]), float(similarity), exact=False)
            for key, other, similarity in zip(
                text, links.other[order][closest], links.similarity[order][closest], strict=True
            )
        }
        for item, key in zip(items.tolist(), self._key_of[items].tolist(), strict=True):
            if first[key] < n:
                yield item, Twin(int(first[key]), 1.0, exact=True)
            elif key in near:
                yield item, near[key]
