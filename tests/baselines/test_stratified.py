"""Random labels: with their shares, by the item's id and the seed and nothing else."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from standoff.baselines.stratified import Stratified

LABELS = ["support"] * 1 + ["oppose"] * 6 + ["none"] * 3


def ids(n: int, prefix: str = "item") -> pd.DataFrame:
    return pd.DataFrame({"id": [f"{prefix}-{number}" for number in range(n)]})


def fitted(seed: int | None = 7, labels: list[str] = LABELS) -> Stratified:
    return Stratified(random_state=seed).fit(ids(len(labels)), labels)


def test_shares_are_those_of_the_training_labels() -> None:
    model = fitted()
    assert list(model.classes_) == ["none", "oppose", "support"]
    np.testing.assert_allclose(model.shares_, [0.3, 0.6, 0.1])


@pytest.mark.parametrize("seed", [0, 7, 12345, None])
def test_labels_are_drawn_with_these_shares(seed: int | None) -> None:
    n = 20_000
    drawn = fitted(seed).predict(ids(n))
    for label, share in (("none", 0.3), ("oppose", 0.6), ("support", 0.1)):
        # Five standard deviations of a binomial share: one such test in a million would fail by chance.
        assert abs(np.mean(drawn == label) - share) < 5 * sqrt(share * (1 - share) / n)


def test_what_is_drawn_depends_on_id_and_seed_alone() -> None:
    model, frame = fitted(), ids(200)
    whole = model.predict(frame)
    order = np.random.default_rng(0).permutation(200)
    np.testing.assert_array_equal(model.predict(frame.iloc[order]), whole[order])
    np.testing.assert_array_equal(model.predict(frame[50:60].assign(text="other", actor="x")), whole[50:60])
    np.testing.assert_array_equal(fitted().predict(frame), whole)
    shuffled = fitted(labels=LABELS[::-1])
    np.testing.assert_array_equal(shuffled.predict(frame), whole)


def test_another_seed_and_another_id_draw_independently() -> None:
    n = 5_000
    one, other, named = fitted(1).predict(ids(n)), fitted(2).predict(ids(n)), fitted(1).predict(ids(n, "x"))
    # Two independent draws agree with probability .3² + .6² + .1² = .46, here within five standard deviations.
    for drawn in (other, named):
        assert abs(np.mean(one == drawn) - 0.46) < 5 * sqrt(0.46 * 0.54 / n)


def test_the_draw_is_the_same_on_every_machine() -> None:
    """The first eight bytes of the sha256 of "7 item-0", …: recorded once."""
    first = int("32254227f1f21735", 16) / 2**64  # sha256sum of "7 item-0"; .196 is below the share of "none"
    assert first < fitted().shares_[0]
    assert list(fitted().predict(ids(8))) == [
        "none",
        "none",
        "oppose",
        "support",
        "oppose",
        "support",
        "none",
        "support",
    ]


def test_one_label_is_always_drawn() -> None:
    assert set(fitted(labels=["oppose"] * 3).predict(ids(50))) == {"oppose"}


def test_an_unfitted_one_says_so() -> None:
    with pytest.raises(NotFittedError):
        Stratified().predict(ids(1))
