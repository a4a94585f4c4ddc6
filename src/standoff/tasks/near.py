"""Near duplicates among distinct texts: candidates by MinHash, each verified on the sets of word pairs themselves.

MinHash and its bands: Broder 1997, On the resemblance and containment of documents; Leskovec, Rajaraman and Ullman
2020, Mining of Massive Datasets, chapter 3. All texts are worked on at once in arrays; no loop runs over pairs.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from itertools import count
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from rensa import RMinHash
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Integers: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Booleans: TypeAlias = npt.NDArray[np.bool_]
Hashes: TypeAlias = npt.NDArray[np.uint64]

THRESHOLD = 0.7
PERMUTATIONS = 128
BANDS = 32
"""With bands of 4 rows, a pair at the threshold is a candidate with probability 1 - (1 - 0.7^4)^32 = 0.9998."""
SLACK = 0.2
"""A candidate is verified when its estimate reaches the threshold less this: 4.9 standard errors, √(.7·.3/128)."""
COMPARISONS = 2_000_000
LEAST = 20
"""Of k texts each is compared with :data:`COMPARISONS` / k candidates, at least 20, so that a template that stands
a hundred thousand times does not cost its square. Up to 1,400 texts that is all of them; above, it bites only
where so many texts are alike, and those that look most alike come first."""

_SEED = 12345
_SKETCHED = 4096  # texts sketched at once
_ESTIMATED = 1 << 16  # pairs estimated at once
_VERIFIED = 1 << 22  # word pairs on each side that are intersected at once


class Links(NamedTuple):
    """Verified near duplicates, arrays of shape (m,): a link leads from a text that was asked for to another."""

    text: Integers
    other: Integers
    similarity: Floats


class NearDuplicates:
    """Near duplicates among k distinct texts.

    Args:
        keys: The texts, as :func:`standoff.tasks.duplicates.words` gives them.

    Attributes:
        limited: Shape (k,): whether the text may have had more candidates than it was compared with.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        self._sets = word_pairs(keys)
        self._bands, self._low = _sketches(self._sets)
        self._sizes = np.diff(self._sets.indptr)
        self._known = np.empty(0, dtype=np.int64)
        self._similarity: Floats = np.empty(0)
        self.limited = np.zeros(len(self._sizes), dtype=bool)

    def links(self, asked: Booleans, sought: Booleans) -> Links:
        """Return the near duplicates that texts asked for have among those sought.

        Args:
            asked: Shape (k,): the texts whose near duplicates are wanted.
            sought: Shape (k,): the texts to look among.

        Returns:
            Links in order of text; of one text the most similar first, of equally similar ones the earliest.
        """
        k = len(asked)
        limit = max(LEAST, COMPARISONS // max(k, 1))
        left = np.where(asked, limit, 0)
        compared = np.empty(0, dtype=np.int64)
        found = [Links(compared, compared, np.empty(0))]
        for band in range(BANDS):
            text, other = self._candidates(band, left > 0, sought, limit)
            new = ~_in_order(text * k + other, compared)
            text, other = self._most_alike(text[new], other[new], left)
            left -= np.bincount(text, minlength=k)
            compared = np.sort(np.concatenate((compared, text * k + other)))
            similarity = self._verified(text, other)
            near = similarity >= THRESHOLD
            found.append(Links(text[near], other[near], similarity[near]))
        self.limited |= asked & (left == 0)
        text, other, similarity = (np.concatenate(parts) for parts in zip(*found, strict=True))
        order = np.lexsort((other, -similarity, text))
        return Links(text[order], other[order], similarity[order])

    def _candidates(self, band: int, asked: Booleans, sought: Booleans, reach: int) -> tuple[Integers, Integers]:
        """Return pairs that agree in a band: each text asked for with the sought ones nearest to it in order.

        Where more agree than ``reach`` on either side, the order by the next band brings the likest together.
        """
        key = self._bands[band]
        order = np.lexsort((self._bands[(band + 1) % BANDS], key))
        bucket = key[order]
        askers, places = np.flatnonzero(asked[order]), np.flatnonzero(sought[order])
        texts, others = [askers[:0]], [askers[:0]]
        for first, step in (
            (np.searchsorted(places, askers, "right"), 1),
            (np.searchsorted(places, askers) - 1, -1),
        ):
            asker, at = askers, first
            for reached in count():
                inside = (at >= 0) & (at < len(places))
                asker, at = asker[inside], at[inside]
                same = bucket[places[at]] == bucket[asker]
                asker, at = asker[same], at[same]
                if reached == reach:
                    self.limited[order[asker]] = True
                if reached == reach or not len(asker):
                    break
                texts.append(order[asker])
                others.append(order[places[at]])
                at = at + step
        return np.concatenate(texts), np.concatenate(others)

    def _most_alike(self, text: Integers, other: Integers, left: Integers) -> tuple[Integers, Integers]:
        """Return the pairs that may be near, of each text no more than it has comparisons left."""
        blocks = range(0, len(text), _ESTIMATED)
        agreed = np.concatenate(
            [
                np.empty(0, dtype=np.int64),
                *(
                    (self._low[text[at : at + _ESTIMATED]] == self._low[other[at : at + _ESTIMATED]]).sum(axis=1)
                    for at in blocks
                ),
            ]
        )
        kept = agreed >= (THRESHOLD - SLACK) * PERMUTATIONS
        text, other, agreed = text[kept], other[kept], agreed[kept]
        order = np.lexsort((other, -agreed, text))
        text, other = text[order], other[order]
        rank = np.arange(len(text)) - np.searchsorted(text, text)
        chosen = rank < left[text]
        return text[chosen], other[chosen]

    def _verified(self, text: Integers, other: Integers) -> Floats:
        """Return the Jaccard similarities of pairs; each is computed once in the life of this object."""
        code = np.minimum(text, other) * len(self._sizes) + np.maximum(text, other)
        new = np.sort(code[~_in_order(code, self._known)])
        new = new[_runs(new)[0]]
        if len(new):
            known = np.concatenate((self._known, new))
            similarity: Floats = np.concatenate(
                (self._similarity, *self._jaccard(*np.divmod(new, len(self._sizes))))
            )
            order = np.argsort(known)
            self._known, self._similarity = known[order], similarity[order]
        found: Floats = self._similarity[np.searchsorted(self._known, code)]
        return found

    def _jaccard(self, one: Integers, other: Integers) -> Iterator[Floats]:
        """Yield the similarities of pairs, block by block."""
        both = self._sizes[one] + self._sizes[other]
        block = np.cumsum(both) // _VERIFIED
        for start, end in zip(*_runs(block), strict=True):
            product = self._sets[one[start:end]].multiply(self._sets[other[start:end]])
            shared = np.diff(product.tocsr().indptr)
            yield shared / (both[start:end] - shared)


def word_pairs(keys: Iterable[str]) -> csr_array:
    """Return the set of word pairs of each of k texts: a (k, 2^62) array of ones, in sorted columns.

    A word has a number below 2^31, and a pair the number of its first word · 2^31 + that of its second: equal
    numbers are equal pairs, without a hash between. A text of one word has the pair of it and nothing.
    """
    number: defaultdict[str, int] = defaultdict(count(1).__next__, {"": 0})
    flat, ends = array("i"), array("q", [0])
    for key in keys:
        found = key.split(" ")
        flat.extend(map(number.__getitem__, found))
        if len(found) == 1:
            flat.append(0)
        ends.append(len(flat))
    words, indptr = np.frombuffer(flat, dtype=np.intc), np.frombuffer(ends, dtype=np.int64)
    within = np.ones(max(len(words) - 1, 0), dtype=bool)
    within[indptr[1:-1] - 1] = False  # the last word of a text and the first of the next
    pairs = words[:-1].astype(np.int64)
    pairs <<= 31
    pairs |= words[1:]
    pairs = pairs[within]
    shape = (len(indptr) - 1, 1 << 62)
    sets = csr_array((np.ones(len(pairs), dtype=bool), pairs, indptr - np.arange(len(indptr))), shape=shape)
    sets.sum_duplicates()
    return sets


def _sketches(sets: csr_array) -> tuple[Hashes, npt.NDArray[np.uint8]]:
    """Return a hash per band and text, shape (BANDS, k), and the low bytes of the sketches, (k, PERMUTATIONS).

    The low bytes estimate the similarity J as J + (1 - J) / 256 in a quarter of the memory (b-bit minwise hashing,
    Li and König 2010).
    """
    k = sets.shape[0]
    low = np.empty((k, PERMUTATIONS), dtype=np.uint8)
    bands = np.empty((BANDS, k), dtype=np.uint64)
    for start in range(0, k, _SKETCHED):
        ends = sets.indptr[start : start + _SKETCHED + 1]
        hashes = _mixed(sets.indices[ends[0] : ends[-1]].astype(np.uint64))
        matrix = RMinHash.digest_matrix_from_flat_token_hashes(hashes, ends - ends[0], PERMUTATIONS, _SEED)
        sketch = np.array(matrix.to_rows(), dtype=np.uint64)
        rows = slice(start, start + len(sketch))
        low[rows] = sketch & 0xFF
        bands[:, rows] = _folded(sketch.reshape(len(sketch), BANDS, -1)).T
    return bands, low


def _folded(values: Hashes) -> Hashes:
    """Return one hash of the values along the last axis."""
    folded = np.zeros(values.shape[:-1], dtype=np.uint64)
    for column in range(values.shape[-1]):
        folded = _mixed(folded ^ values[..., column])
    return folded


def _mixed(values: Hashes) -> Hashes:
    """Return the values mixed by SplitMix64's finalizer (Steele, Lea and Flood 2014), which maps one to one."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _in_order(values: Integers, ordered: Integers) -> Booleans:
    """Return whether each value is in an ordered array; ``np.isin`` took minutes on such numbers (NumPy 2.4)."""
    return np.searchsorted(ordered, values, "right") > np.searchsorted(ordered, values)


def _runs(numbers: Integers) -> tuple[Integers, Integers]:
    """Return where runs of equal numbers start and end."""
    starts = np.flatnonzero(np.diff(numbers, prepend=-1))
    return starts, np.append(starts[1:], len(numbers))
