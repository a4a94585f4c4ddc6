"""Who has stood where toward whom in the training items: what names alone tell, also by way of third parties."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy.sparse import csr_matrix, diags
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from standoff.baselines.vocabulary import packed, places

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ids = NDArray[np.int64]


class Relations(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Numbers about an item's actor and target from the training items that name them.

    *Priors*: how much more frequent each label is than overall, as a smoothed log ratio, and how often it was
    seen: for the actor, the target, the pair, the pair with roles changed, the actor as a target, the target as an
    actor.

    *Paths*: whether third parties tie the two. Let P hold, for one label, actor and target, (k - s·n) / (n + 1):
    the surplus of the k items with that label among the n of the pair, where s is the label's overall share. Let R
    be P with each row and column divided by the root of 1 + how often its actor or target was seen, and S the same
    of P + Pᵀ, roles put aside. The numbers are the pair's entries in P + Pᵀ, S·S ("the friend of a friend", "the
    enemy of an enemy"), R·R, R·Rᵀ ("they agree on others"), Rᵀ·R ("others agree on them"), R·Rᵀ·R and S·S·S.
    Signed paths of this kind are what structural balance speaks of (Cartwright and Harary, 1956, "Structural
    balance: a generalization of Heider's theory").

    Training items must not see their own labels: fit it on other groups than it transforms, as
    :class:`standoff.baselines.standoff_linear.StandoffLinear` does.

    Args:
        priors: Whether to give priors.
        paths: Whether to give paths.
        smoothing: Items with the overall shares of labels that are added to each count.

    Attributes:
        classes_: The labels, sorted.
        columns_: Those of actor and target that are not the same everywhere; another column says nothing.
        names_: Of the actors and targets, sorted, :func:`standoff.baselines.vocabulary.packed`.
        pairs_: Each pair seen, as actor · (number of names + 1) + target, ascending; the place after the last name
            stands for no name.
        counts_: How often each pair had each label, shape (n_pairs, n_labels).
    """

    def __init__(self, *, priors: bool = True, paths: bool = True, smoothing: float = 2.0) -> None:
        self.priors = priors
        self.paths = paths
        self.smoothing = smoothing

    def fit(self, X: pd.DataFrame, y: ArrayLike) -> Self:  # noqa: N803 - scikit-learn's name
        """Count the labels of each pair of a frame of n items."""
        labels = np.asarray(y)
        self.classes_, label = np.unique(labels, return_inverse=True)
        self.columns_ = [name for name in ("actor", "target") if len(set(X[name])) > 1]
        actors, targets = self._named(X)
        self.names_ = packed(sorted({*actors, *targets} - {""}))
        self._places = places(self.names_)
        codes = self._ids(actors) * self._width + self._ids(targets)
        self.pairs_, pair = np.unique(codes, return_inverse=True)
        self.counts_ = np.zeros((len(self.pairs_), len(self.classes_)))
        np.add.at(self.counts_, (pair, label), 1)
        return self

    def transform(self, X: pd.DataFrame) -> Floats:  # noqa: N803 - scikit-learn's name
        """Return the numbers of n items, shape (n, n_features); those of names never seen say nothing."""
        check_is_fitted(self)
        actors, targets = map(self._ids, self._named(X))
        parts: list[Floats] = [np.zeros((len(X), 0))]
        if self.priors:
            parts += self._priors(actors, targets)
        if self.paths:
            parts += self._paths(actors, targets)
        return np.hstack(parts)

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:  # noqa: ARG002
        """Return what each number is."""
        check_is_fitted(self)
        labels = [str(label) for label in self.classes_]
        names = []
        if self.priors:
            names += [f"prior of {key}: {what}" for key in _KEYS for what in (*labels, "times seen")]
        if self.paths:
            asked = labels if len(labels) > 2 else labels[1:]
            names += [f"path {path}: {label}" for label in asked for path in _PATHS]
        return np.asarray(names, dtype=object)

    @property
    def _nobody(self) -> int:
        """What stands for a name that is empty or unknown: the place after the last."""
        return len(self._places)

    @property
    def _width(self) -> int:
        return len(self._places) + 1

    def _named(self, frame: pd.DataFrame) -> tuple[list[str], list[str]]:
        """Return actors and targets in lower case without punctuation; empty in a column that says nothing."""
        actors, targets = (
            [" ".join(re.findall(r"\w+", name.lower())) for name in frame[column].tolist()]
            if column in self.columns_
            else [""] * len(frame)
            for column in ("actor", "target")
        )
        return actors, targets

    def _ids(self, names: Iterable[str]) -> Ids:
        return np.array([self._places.get(name, self._nobody) for name in names], dtype=np.int64)

    def _priors(self, actors: Ids, targets: Ids) -> Iterator[Floats]:
        by_actor, by_target = (self._summed(ids) for ids in np.divmod(self.pairs_, self._width))
        share = self.counts_.sum(axis=0) / self.counts_.sum()
        for counts in (
            by_actor[actors],
            by_target[targets],
            self._of_pairs(actors, targets),
            self._of_pairs(targets, actors),
            by_target[actors],
            by_actor[targets],
        ):
            seen = counts.sum(axis=1, keepdims=True)
            yield np.log((counts + self.smoothing * share) / (seen + self.smoothing) / share)
            yield np.log1p(seen)

    def _summed(self, ids: Ids) -> Floats:
        """Return the counts of labels by name, shape (n_names + 1, n_labels); those of nobody are 0."""
        summed = np.zeros((self._width, len(self.classes_)))
        np.add.at(summed, ids, self.counts_)
        summed[self._nobody] = 0
        return summed

    def _of_pairs(self, actors: Ids, targets: Ids) -> Floats:
        codes = actors * self._width + targets
        at = np.minimum(np.searchsorted(self.pairs_, codes), len(self.pairs_) - 1)
        met = (self.pairs_[at] == codes) & (actors != self._nobody) & (targets != self._nobody)
        return np.where(met[:, None], self.counts_[at], 0.0)

    def _paths(self, actors: Ids, targets: Ids) -> Iterator[Floats]:
        rows, columns = np.divmod(self.pairs_, self._width)
        named = (rows != self._nobody) & (columns != self._nobody)  # nobody ties nobody to anybody
        rows, columns, counts = rows[named], columns[named], self.counts_[named]
        seen = counts.sum(axis=1)
        shape = (self._width, self._width)
        out, into = (np.bincount(ids, weights=seen, minlength=self._width) for ids in (rows, columns))
        share = self.counts_.sum(axis=0) / self.counts_.sum()
        for label in range(0 if len(self.classes_) > 2 else 1, len(self.classes_)):
            surplus = (counts[:, label] - share[label] * seen) / (seen + 1)
            plain = csr_matrix((surplus, (rows, columns)), shape=shape)
            both = plain + plain.T
            one = diags((out + 1) ** -0.5) @ plain @ diags((into + 1) ** -0.5)
            two = diags((out + into + 1) ** -0.5) @ both @ diags((out + into + 1) ** -0.5)
            a, t = actors, targets
            yield _at(both.tocsr()[a], _unit(t, self._width))
            yield _at(two[a], two.T.tocsr()[t])
            yield _at(one[a], one.T.tocsr()[t])
            yield _at(one[a], one[t])
            yield _at(one.T.tocsr()[a], one.T.tocsr()[t])
            yield _at(one[a] @ one.T, one.T.tocsr()[t])
            yield _at(two[a] @ two, two.T.tocsr()[t])

    def _check(self) -> None:
        """Refuse a state that no fit leaves behind, as a file made to harm may have it."""
        pairs, counts = self.pairs_, self.counts_
        shape = (len(pairs), len(self.classes_))
        if pairs.dtype != np.int64 or counts.dtype != np.float64 or pairs.ndim != 1 or counts.shape != shape:
            raise ValueError(
                f"pairs {pairs.dtype} {pairs.shape} do not go with counts {counts.dtype} {counts.shape}"
            )
        if not len(pairs) or pairs[0] < 0 or pairs[-1] >= self._width**2 or not (np.diff(pairs) > 0).all():
            raise ValueError("pairs are not those of the names, in ascending order")

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = dict(super().__getstate__())
        state.pop("_places", None)  # made of the names
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "names_" in state:
            self._places = places(self.names_)
            self._check()


_KEYS = ("actor", "target", "pair", "pair with roles changed", "actor as target", "target as actor")
_PATHS = ("P + Pᵀ", "S·S", "R·R", "R·Rᵀ", "Rᵀ·R", "R·Rᵀ·R", "S·S·S")


def _unit(ids: Ids, width: int) -> csr_matrix:
    return csr_matrix((np.ones(len(ids)), (np.arange(len(ids)), ids)), shape=(len(ids), width))


def _at(left: csr_matrix, right: csr_matrix) -> Floats:
    """Return the product of each row of ``left`` with the same row of ``right``, shape (n, 1)."""
    return np.asarray(left.multiply(right).sum(axis=1)).reshape(-1, 1)
