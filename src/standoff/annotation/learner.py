"""The small models behind the choice of what to code next: TF-IDF and logistic regression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import normalize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from standoff.evaluation.metrics import FloatArray

MEMBERS = 9
"""Models in the committee."""
C = 10.0
"""Inverse strength of the penalty: with unit vectors, 1 leaves all probabilities near the labels' frequencies."""
BLOCK = 512
"""Rows compared at once: memory, not results, depends on it."""


@dataclass(frozen=True, slots=True)
class Training:
    """Coded units.

    Attributes:
        vectors: Sparse, of shape (n, d).
        answers: The coders' labels of each unit, sorted; empty where nobody asked for has coded it.
        articles: Each unit's article.
    """

    vectors: Any
    answers: Sequence[Sequence[str]]
    articles: Sequence[str]

    @property
    def labels(self) -> list[str]:
        """The labels that occur, sorted."""
        return sorted({label for given in self.answers for label in given})


def vectors(*columns: Sequence[str]) -> Any:
    """Return TF-IDF vectors of unit length, sparse, of shape (n, d).

    Each column has a vocabulary and a part of the vector of its own, all parts with the same weight.

    Args:
        columns: Of n texts each.
    """
    parts = [TfidfVectorizer(sublinear_tf=True).fit_transform(column) for column in columns]
    return normalize(sparse.hstack(parts, format="csr"))


def group_vectors(rows: Any, groups: Sequence[Sequence[int]]) -> Any:
    """Return the mean vector of each group of rows, of unit length: sparse, of shape (groups, d)."""
    columns = [index for group in groups for index in group]
    lines = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    member = sparse.csr_matrix((np.ones(len(columns)), (lines, columns)), shape=(len(groups), rows.shape[0]))
    return normalize(member @ rows)


def group_means(values: FloatArray, groups: Sequence[Sequence[int]]) -> FloatArray:
    """Return the mean value of each group, of shape (groups,)."""
    return np.array([values[list(group)].mean() for group in groups])


@dataclass(frozen=True, slots=True)
class Picked:
    """A place in the list of candidates, with its score and its distance at the time it was picked."""

    place: int
    score: float
    distance: float


def pick(candidates: Any, coded: Any, worth: FloatArray | None, *, weight: float, n: int) -> list[Picked]:
    """Return the best ``n`` candidates, one after the other, as the distance changes with what is picked.

    The score is ``(1 - weight) * worth + weight * distance``; the distance is that from the nearest vector that is
    coded or picked. Of level candidates the first is picked.

    Args:
        candidates: Sparse rows of unit length, of shape (m, d).
        coded: The same, of shape (k, d).
        worth: Shape (m,); None only with a weight of 1.
        weight: 0 to 1.
        n: How many; all where there are fewer.
    """
    near = nearest(candidates, coded)
    left = np.ones(candidates.shape[0], dtype=bool)
    picked = []
    for _ in range(min(n, len(left))):
        scores = 1 - near if worth is None else (1 - weight) * worth + weight * (1 - near)
        # Rounded, so that the last digits, which depend on the linear-algebra library, do not decide.
        place = int(np.where(left, scores.round(9), -1).argmax())
        picked.append(Picked(place, float(scores[place]), float(1 - near[place])))
        left[place] = False
        near = np.maximum(near, nearest(candidates, candidates[[place]]))
    return picked


def nearest(rows: Any, others: Any) -> FloatArray:
    """Return each row's cosine similarity with the most similar of ``others``, of shape (n,); 0 without any."""
    found = np.zeros(rows.shape[0])
    for start in range(0, others.shape[0], BLOCK):
        similar = (rows @ others[start : start + BLOCK].T).max(axis=1).toarray().ravel()
        found = np.maximum(found, similar)
    return np.clip(found, 0, 1)


def uncertainty(training: Training, candidates: Any) -> FloatArray:
    """Return the entropy of the label probabilities of each candidate, divided by its maximum: shape (n,).

    A unit whose coders differ counts once for each answer, with a share of the weight.
    """
    rows = [(unit, label, 1 / len(given)) for unit, given in enumerate(training.answers) for label in given]
    model = LogisticRegression(C=C, max_iter=1000)
    model.fit(
        training.vectors[[unit for unit, _, _ in rows]],
        [label for _, label, _ in rows],
        sample_weight=[weight for _, _, weight in rows],
    )
    return _entropy(model.predict_proba(candidates), len(training.labels))


def disagreement(training: Training, candidates: Any, seed: int) -> FloatArray:
    """Return the entropy of the committee's votes on each candidate, divided by its maximum: shape (n,).

    Each member draws articles with replacement, and of each unit one coder's answer.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    labels = training.labels
    units_of: dict[str, list[int]] = {}
    for unit, (article, given) in enumerate(zip(training.articles, training.answers, strict=True)):
        if given:
            units_of.setdefault(article, []).append(unit)
    names = sorted(units_of)
    votes = np.zeros((candidates.shape[0], len(labels)))
    for _ in range(MEMBERS):
        drawn = [
            unit for index in generator.integers(len(names), size=len(names)) for unit in units_of[names[index]]
        ]
        answers = [training.answers[unit][int(generator.integers(len(training.answers[unit])))] for unit in drawn]
        votes[np.arange(len(votes)), _votes(training.vectors[drawn], answers, candidates, labels)] += 1
    return _entropy(votes / MEMBERS, min(MEMBERS, len(labels)))


def _votes(rows: Any, answers: Sequence[str], candidates: Any, labels: Sequence[str]) -> Any:
    """Return a member's choice for each candidate, as places in ``labels``."""
    if len(set(answers)) == 1:  # a draw of articles in which only one label occurs
        return np.full(candidates.shape[0], labels.index(answers[0]))
    model = LogisticRegression(C=C, max_iter=1000).fit(rows, answers)
    return np.array([labels.index(label) for label in model.predict(candidates)])


def _entropy(shares: FloatArray, n_possible: int) -> FloatArray:
    """Return the entropy of each row of shares, of shape (n, L), divided by that of ``n_possible`` level ones."""
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    found: FloatArray = -(shares * logs).sum(axis=1) / np.log(n_possible)
    return np.clip(found, 0, 1)
