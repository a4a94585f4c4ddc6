"""Features over the common frame: TF-IDF of its views, each text split once however often it is asked for."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.utils.validation import check_is_fitted

from standoff.baselines.cues import STEM, actor_cues, between_cues, near_characters, target_cues, word_grams
from standoff.baselines.mentions import marked_words
from standoff.baselines.vocabulary import packed, places

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from standoff.baselines.mentions import Item, MarkedWords

    Ids = NDArray[np.int32]

_WORD = re.compile(r"\b\w\w+\b")
"""What scikit-learn's vectorisers take for a word: two or more word characters."""


class Splitter:
    """Splits keys, most often texts, into terms and counts them; keeps what it has seen, and numbers the terms.

    Args:
        terms: Gives the terms of a key, one after the other, doubled ones too.
    """

    def __init__(self, terms: Callable[[Any], Iterable[str]]) -> None:
        self._terms = terms
        self._numbers: dict[str, int] = {}
        self._counted: dict[Hashable, tuple[Ids, Ids]] = {}
        self._ordered: list[str] = []
        self._ranks = np.empty(0, dtype=np.int64)

    @property
    def terms(self) -> list[str]:
        """The terms seen so far, by number."""
        if len(self._ordered) < len(self._numbers):
            self._ordered = list(self._numbers)
        return self._ordered

    @property
    def ranks(self) -> NDArray[np.int64]:
        """The place of each term in code-point order, by number, shape (n terms seen so far,)."""
        if len(self._ranks) < len(self._numbers):
            terms = self.terms
            self._ranks = np.empty(len(terms), dtype=np.int64)
            self._ranks[sorted(range(len(terms)), key=terms.__getitem__)] = np.arange(len(terms))
        return self._ranks

    def counts(self, keys: Iterable[Hashable]) -> csr_matrix:
        """Return how often each term occurs in each key, shape (n keys, n terms seen so far), by term number."""
        counted = [self._counted.get(key) or self._count(key) for key in keys]
        nothing = np.empty(0, dtype=np.int32)
        columns = np.concatenate([nothing, *(ids for ids, _ in counted)])
        values = np.concatenate([nothing, *(number for _, number in counted)]).astype(np.float64)
        ends = np.concatenate([[0], np.cumsum([len(ids) for ids, _ in counted], dtype=np.int64)])
        return csr_matrix((values, columns, ends), shape=(len(counted), len(self._numbers)))

    def _count(self, key: Hashable) -> tuple[Ids, Ids]:
        ids, number = np.unique(self._split(key), return_counts=True)
        self._counted[key] = found = (ids, number.astype(np.int32))
        return found

    def _split(self, key: Any) -> Ids:
        return self._number(self._terms(key))

    def _number(self, terms: Iterable[str]) -> Ids:
        numbers = self._numbers
        return np.fromiter((numbers.setdefault(term, len(numbers)) for term in terms), dtype=np.int32)


class CharacterSplitter(Splitter):
    """Character 3- to 5-grams within word boundaries, as scikit-learn's ``char_wb``.

    A word's n-grams depend on the word alone, so each word is split once.
    """

    def __init__(self) -> None:
        super().__init__(word_grams)
        self._words: dict[str, Ids] = {}

    def _split(self, key: str) -> Ids:
        parts = [self._word(word) for word in key.lower().split()]
        return np.concatenate(parts) if parts else np.empty(0, dtype=np.int32)

    def _word(self, word: str) -> Ids:
        known = self._words.get(word)
        if known is None:
            self._words[word] = known = self._number(self._terms(word))
        return known


def word_terms(text: str) -> list[str]:
    """Return the words of a text in lower case, then its pairs of neighbouring words, as scikit-learn does."""
    words = _WORD.findall(text.lower())
    return [*words, *map(" ".join, pairwise(words))]


def stem_terms(text: str) -> list[str]:
    """Return the words of a text, cut after their first letters as cues are, then the pairs of neighbours."""
    stems = [word[:STEM] for word in _WORD.findall(text.lower())]
    return [*stems, *map(" ".join, pairwise(stems))]


SPLITTERS: Mapping[str, Callable[[], Splitter]] = {
    "words": lambda: Splitter(word_terms),
    "stems": lambda: Splitter(stem_terms),
    "characters": CharacterSplitter,
    "actor cues": lambda: Splitter(actor_cues),
    "target cues": lambda: Splitter(target_cues),
    "between cues": lambda: Splitter(between_cues),
    "near characters": lambda: Splitter(near_characters),
}


class Analyses:
    """What texts were split into so far.

    Attributes:
        marked: Words with actor and target marked, as :func:`standoff.baselines.mentions.marked_words` keeps them.
    """

    def __init__(self) -> None:
        self.marked: dict[Item, MarkedWords] = {}
        self._splitters: dict[str, Splitter] = {}

    def splitter(self, name: str) -> Splitter:
        """Return the splitter of a name in :data:`SPLITTERS`, always the same one."""
        if name not in self._splitters:
            self._splitters[name] = SPLITTERS[name]()
        return self._splitters[name]


class _Shared(threading.local):
    """Of each thread its own: two that number terms at once would give one number twice."""

    analyses: Analyses | None = None


_shared = _Shared()


@contextmanager
def shared_analyses() -> Iterator[Analyses]:
    """Let all models fitted and asked inside, in this thread, share what texts were split into.

    What is kept grows with the number of different texts, so it is given up at the end. Inside a context of the
    same kind nothing changes.
    """
    if _shared.analyses is not None:
        yield _shared.analyses
        return
    _shared.analyses = made = Analyses()
    try:
        yield made
    finally:
        _shared.analyses = None


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at an item: what of it is split (``keys`` of a frame, hashable, one an item), and how."""

    keys: Callable[[pd.DataFrame, Analyses], Sequence[Hashable]]
    splitter: str


def _column_view(column: str, splitter: str) -> View:
    return View(lambda frame, _: frame[column].tolist(), splitter)


def _cue_view(splitter: str) -> View:
    return View(lambda frame, analyses: marked_words(frame, analyses.marked), splitter)


CUES = ("actor cues", "target cues", "between cues", "near characters")
"""The views that look at the words around and between actor and target."""

VIEWS: Mapping[str, View] = {
    **{
        f"{column} {splitter}": _column_view(column, splitter)
        for column in ("text", "actor", "target")
        for splitter in ("words", "characters")
    },
    "text stems": _column_view("text", "stems"),
    **{name: _cue_view(name) for name in CUES},
}
"""A view has a vocabulary of its own: a name in the column ``actor`` is another feature than it is in the text."""


class FrameTfidf(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """TF-IDF of views of a frame, side by side: sublinear counts, smoothed idf, each view's rows of length 1.

    For ``words`` and ``characters`` the features are those of scikit-learn's ``TfidfVectorizer`` on the column, to
    the last bit of its ``transform``, made from counts that are kept.

    Args:
        views: Names in :data:`VIEWS`.

    Attributes:
        vocabularies_: For each view its terms in code-point order, :func:`standoff.baselines.vocabulary.packed`.
        weights_: For each view its fitted idf weights; None where training items gave no term.
    """

    def __init__(self, views: Sequence[str]) -> None:
        self.views = views

    def fit(self, X: pd.DataFrame, y: object = None) -> Self:  # noqa: N803 - scikit-learn's name
        """Learn vocabularies and idf weights from a frame."""
        self.fit_transform(X, y)
        return self

    def fit_transform(self, X: pd.DataFrame, y: object = None) -> csr_matrix:  # noqa: ARG002, N803 - as above
        """Learn from a frame of n items and return its features, shape (n, n_features)."""
        self._indexes: list[dict[str, int]] = []
        self.weights_: list[TfidfTransformer | None] = []
        blocks = []
        with shared_analyses() as analyses:
            for splitter, counts in self._counts(X, analyses):
                present = np.unique(counts.indices)
                order = present[np.argsort(splitter.ranks[present])]
                found = _placed(counts, order, np.arange(len(order)), len(order))
                weights = TfidfTransformer(sublinear_tf=True).fit(found) if len(order) else None
                terms = splitter.terms
                self._indexes.append({terms[at]: place for place, at in enumerate(order.tolist())})
                self.weights_.append(weights)
                blocks.append(weights.transform(found) if weights else found)
        return beside(blocks, len(X))

    def transform(self, X: pd.DataFrame) -> csr_matrix:  # noqa: N803 - scikit-learn's name
        """Return the features of a frame of n items, shape (n, n_features); unknown terms count for nothing."""
        check_is_fitted(self)
        blocks = []
        with shared_analyses() as analyses:
            views = zip(self._counts(X, analyses), self._indexes, self.weights_, strict=True)
            for (splitter, counts), index, weights in views:
                terms, present = splitter.terms, np.unique(counts.indices)
                places_ = np.array([index.get(terms[at], -1) for at in present.tolist()], dtype=np.int64)
                found = _placed(counts, present, places_, len(index))
                blocks.append(weights.transform(found) if weights else found)
        return beside(blocks, len(X))

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:  # noqa: ARG002
        """Return ``view: term`` for each feature."""
        check_is_fitted(self)
        of_views = zip(self.views, self._indexes, strict=True)
        return np.asarray([f"{view}: {term}" for view, index in of_views for term in index], dtype=object)

    @property
    def n_features_(self) -> int:
        """The number of features."""
        return sum(map(len, self._indexes))

    @property
    def vocabularies_(self) -> list[NDArray[np.uint8]]:
        """For each view its terms in code-point order, :func:`standoff.baselines.vocabulary.packed`."""
        check_is_fitted(self)
        return [packed(index) for index in self._indexes]

    def _counts(self, frame: pd.DataFrame, analyses: Analyses) -> Iterator[tuple[Splitter, csr_matrix]]:
        """Yield for each view its splitter, and how often each item has each term."""
        for name in self.views:
            splitter = analyses.splitter(VIEWS[name].splitter)
            counts = splitter.counts(VIEWS[name].keys(frame, analyses))
            yield splitter, counts

    def _check(self) -> None:
        """Refuse a state that no fit leaves behind, as a file made to harm may have it."""
        if not len(self.views) == len(self._indexes) == len(self.weights_) or not set(self.views) <= set(VIEWS):
            raise ValueError("vocabularies and weights are not those of known views")
        for view, index, weights in zip(self.views, self._indexes, self.weights_, strict=True):
            idf = np.empty(0) if weights is None else weights.idf_
            if idf.dtype != np.float64 or idf.shape != (len(index),):
                raise ValueError(f"{view}: {len(index)} terms, and idf weights {idf.dtype} of shape {idf.shape}")

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = dict(super().__getstate__())
        if "_indexes" in state:
            state["vocabularies_"] = self.vocabularies_
            del state["_indexes"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        vocabularies = state.pop("vocabularies_", None)
        super().__setstate__(state)
        if vocabularies is not None:
            # Columns follow from the terms' positions, so that a stored file cannot say otherwise.
            self._indexes = [places(vocabulary) for vocabulary in vocabularies]
            self._check()


def _placed(counts: csr_matrix, present: NDArray[np.integer], to: NDArray[np.int64], width: int) -> csr_matrix:
    """Return the counts with the present columns moved to their places among ``width``; one at -1 is left out."""
    moved = np.full(counts.shape[1], -1, dtype=np.int64)
    moved[present] = to
    columns = moved[counts.indices]
    kept = columns >= 0
    ends = np.concatenate([[0], np.cumsum(kept)])[counts.indptr]
    placed = csr_matrix((counts.data[kept], columns[kept], ends), shape=(counts.shape[0], width))
    placed.sort_indices()
    return placed


def beside(blocks: Sequence[csr_matrix], n: int) -> csr_matrix:
    """Return the features of n items in one matrix."""
    return hstack([csr_matrix((n, 0)), *blocks], format="csr")  # of no view, there are no features
