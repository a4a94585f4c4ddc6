"""NBSVM: the log-count ratio by hand, and the whole against a plain implementation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from sklearn.svm import LinearSVC

from standoff.baselines.features import FrameTfidf
from standoff.baselines.nbsvm import NaiveBayesSvm, NbSvm

Floats = np.ndarray[Any, np.dtype[np.float64]]


def made(n_labels: int, seed: int = 0) -> tuple[Floats, Any]:
    """Return counts of 30 features in 90 items, and labels that some of the features speak for."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, n_labels, 90)
    rates = random.gamma(0.3, size=(n_labels, 30))
    return random.poisson(rates[labels]).astype(float), np.array(["anti", "none", "pro"])[labels]


def plain(rows: Floats, labels: Any, c: float, alpha: float, beta: float) -> tuple[Floats, Floats]:
    """Return weights and intercepts, label by label as in section 2 of the paper."""
    binary = np.where(rows > 0, 1.0, 0.0)
    names = sorted(set(labels))
    coef, intercept = [], []
    for name in names if len(names) > 2 else names[1:]:
        p = alpha + sum(row for row, label in zip(binary, labels, strict=True) if label == name)
        q = alpha + sum(row for row, label in zip(binary, labels, strict=True) if label != name)
        r = np.log((p / np.abs(p).sum()) / (q / np.abs(q).sum()))
        machine = LinearSVC(C=c, class_weight="balanced", max_iter=20_000, random_state=0)
        machine.fit(binary * r, labels == name)
        (w,) = machine.coef_
        mean = np.abs(w).sum() / len(w)
        coef.append(((1 - beta) * mean + beta * w) * r)
        intercept.append(machine.intercept_[0])
    return np.array(coef), np.array(intercept)


@pytest.mark.parametrize("n_labels", [2, 3])
@pytest.mark.parametrize(("c", "alpha", "beta"), [(1.0, 1.0, 0.25), (0.1, 0.5, 0.8)])
def test_it_is_what_a_plain_implementation_gives(n_labels: int, c: float, alpha: float, beta: float) -> None:
    rows, labels = made(n_labels)
    model = NaiveBayesSvm(C=c, alpha=alpha, beta=beta).fit(rows, labels)
    coef, intercept = plain(rows, labels, c, alpha, beta)
    np.testing.assert_allclose(model.coef_, coef, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(model.intercept_, intercept, rtol=1e-6, atol=1e-9)
    scores = (rows > 0) @ coef.T + intercept
    np.testing.assert_allclose(model.decision_function(rows), scores[:, 0] if n_labels == 2 else scores, rtol=1e-6)
    chosen = (scores[:, 0] > 0).astype(int) if n_labels == 2 else scores.argmax(axis=1)
    np.testing.assert_array_equal(model.predict(rows), np.unique(labels)[chosen])


def test_naive_bayes_alone_weighs_by_the_log_count_ratio() -> None:
    """With beta 0 all weights are one mean times r, so that r can be read off, up to that mean."""
    rows = np.array([[1, 0, 1], [3, 1, 0], [0, 1, 1]])
    model = NaiveBayesSvm(beta=0.0).fit(rows, ["pro", "pro", "anti"])
    # pro: the features occur in 2, 1, 1 of its items; anti: in 0, 1, 1. One is added to each.
    r = np.log([3 / 7 / (1 / 5), 2 / 7 / (2 / 5), 2 / 7 / (2 / 5)])
    np.testing.assert_allclose(model.coef_[0] / model.coef_[0, 0], r / r[0], rtol=1e-12)
    assert model.coef_[0, 0] > 0


@pytest.mark.parametrize("n_labels", [2, 3])
def test_sparse_is_dense(n_labels: int) -> None:
    rows, labels = made(n_labels)
    dense, sparse = NaiveBayesSvm().fit(rows, labels), NaiveBayesSvm().fit(csr_matrix(rows), labels)
    np.testing.assert_allclose(sparse.coef_, dense.coef_, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(
        sparse.decision_function(csr_matrix(rows)), dense.decision_function(rows), rtol=1e-8
    )


def test_how_often_a_feature_occurs_does_not_count() -> None:
    rows, labels = made(3)
    once = NaiveBayesSvm().fit(np.minimum(rows, 1), labels)
    often = NaiveBayesSvm().fit(rows * 7, labels)
    np.testing.assert_array_equal(once.coef_, often.coef_)
    np.testing.assert_array_equal(once.decision_function(rows), often.decision_function(rows * 0.1))
    stored_zeros = csr_matrix(rows)
    stored_zeros.data[::2] = 0
    np.testing.assert_array_equal(
        once.decision_function(stored_zeros), once.decision_function(csr_matrix(stored_zeros.toarray()))
    )


def test_fitting_does_not_change_the_matrix() -> None:
    rows, labels = made(2)
    for matrix in (rows, csr_matrix(rows)):
        before = matrix.copy()
        NaiveBayesSvm().fit(matrix, labels).predict(matrix)
        assert abs(matrix - before).sum() == 0


def test_one_label_is_refused() -> None:
    with pytest.raises(ValueError, match="one class only: pro"):
        NaiveBayesSvm().fit(np.eye(3), ["pro"] * 3)


@pytest.mark.parametrize(("n_labels", "beta"), [(2, 1.0), (3, 1.0), (3, 0.25)])
def test_the_baseline_is_that_machine_over_words(
    n_labels: int, beta: float, items: pd.DataFrame, two_label_items: pd.DataFrame
) -> None:
    frame = items if n_labels == 3 else two_label_items
    model = NbSvm(candidates=[0.3], beta=beta).fit(frame, frame["label"])
    features = FrameTfidf(["text words", "actor words", "target words"])
    machine = NaiveBayesSvm(C=0.3, beta=beta).fit(features.fit_transform(frame), frame["label"])
    np.testing.assert_array_equal(
        model.decision_function(frame), machine.decision_function(features.transform(frame))
    )
    assert set(model.feature_weights()["feature"]) == set(features.get_feature_names_out())


def test_the_baseline_trusts_its_machine_unless_told_otherwise() -> None:
    assert NbSvm().get_params()["beta"] == 1.0
