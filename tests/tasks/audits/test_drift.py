"""How labels differ between splits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from standoff.tasks.audits.drift import find_drift

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from standoff.tasks.task import LoadedTask

    Load = Callable[[Sequence[dict[str, Any]]], LoadedTask]


def items(split: str, **labels: int) -> list[dict[str, Any]]:
    return [{"split": split, "label": label} for label, n in labels.items() for _ in range(n)]


def test_the_distance_and_the_test_by_hand(load: Load) -> None:
    (drift,) = find_drift(load([*items("train", neg=60, pos=40), *items("test", neg=30, pos=70)]))
    # 2 x 2 table, n (ad - bc)^2 / (row and column sums): 200 (60·70 - 40·30)^2 / (100·100·90·110) = 18.18
    assert (drift.split, drift.against) == ("test", "train")
    assert drift.distance == pytest.approx(0.3)
    assert drift.p_value == pytest.approx(2.009e-5, rel=1e-3)
    assert drift.drifts


def test_a_small_distance_is_no_drift_however_sure(load: Load) -> None:
    (drift,) = find_drift(load([*items("train", neg=5200, pos=4800), *items("test", neg=4800, pos=5200)]))
    assert drift.p_value < 1e-6
    assert drift.distance == pytest.approx(0.04)
    assert not drift.drifts


def test_a_large_distance_is_no_drift_where_items_are_few(load: Load) -> None:
    (drift,) = find_drift(load([*items("train", neg=6, pos=4), *items("test", neg=3, pos=7)]))
    assert drift.distance == pytest.approx(0.3)
    assert not drift.drifts


def test_equal_shares_do_not_drift_and_a_label_that_never_occurs_does_not_matter(load: Load) -> None:
    (drift,) = find_drift(load([*items("train", neg=20, pos=40), *items("test", neg=10, pos=20)]))
    assert drift.distance == 0
    assert drift.p_value == pytest.approx(1)
    assert not drift.drifts


def test_one_label_alone_cannot_drift(load: Load) -> None:
    (drift,) = find_drift(load([*items("train", neg=3), *items("test", neg=2)]))
    assert (drift.distance, drift.p_value, drift.drifts) == (0.0, 1.0, False)


def test_later_splits_are_compared_with_train_and_folds_with_the_others(load: Load) -> None:
    splits = load([{"split": split} for split in ("train", "validation", "test")])
    assert [(one.split, one.against) for one in find_drift(splits)] == [("validation", "train"), ("test", "train")]
    folds = load([*items("fold-1", neg=2), *items("fold-2", neg=1, pos=1), *items("fold-3", pos=2)])
    assert [one.split for one in find_drift(folds)] == ["fold-1", "fold-2", "fold-3"]
    assert [one.distance for one in find_drift(folds)] == pytest.approx([0.75, 0, 0.75])


def test_without_training_items_there_is_nothing_to_compare_with(load: Load) -> None:
    assert find_drift(load(items("test", neg=1, pos=1))) == ()
