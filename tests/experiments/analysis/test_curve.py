from __future__ import annotations

import pandas as pd
import pytest

from standoff.errors import InputError, NotFoundError
from standoff.experiments.analysis.curve import FRACTIONS, learning_curves, part
from standoff.experiments.analysis.fitting import fit_and_ask, rounds_until
from standoff.experiments.analysis.paired import reached
from standoff.tasks.registry import load_task

pytestmark = pytest.mark.usefixtures("toy")


def items(groups: int) -> pd.DataFrame:
    return pd.DataFrame({"group": [f"g{number}" for number in range(groups) for _ in range(2)]})


def test_parts_are_whole_groups_and_nested() -> None:
    frame = items(30)
    before: set[str] = set()
    for fraction in FRACTIONS:
        rows = part(frame, fraction, seed=3)
        groups = set(rows["group"])
        assert len(groups) == round(30 * fraction)
        assert len(rows) == 2 * len(groups)
        assert before <= groups
        before = groups
    assert before == set(frame["group"])
    assert list(part(frame, 1, seed=3)["group"]) == list(frame["group"])


def test_a_part_is_rounded_up_and_another_seed_is_another_order() -> None:
    assert len(part(items(7), 0.1, seed=1)) == 2  # one group of two items
    assert set(part(items(30), 0.4, seed=1)["group"]) != set(part(items(30), 0.4, seed=2)["group"])
    assert set(part(items(30), 0.4, seed=1)["group"]) == set(part(items(30), 0.4, seed=1)["group"])


def test_a_curve_ends_in_what_all_training_items_reach(counts: str) -> None:
    loaded = load_task("toy")
    said: list[str] = []
    found = learning_curves([counts, "majority"], [loaded], orders=2, report=said.append)
    whole, floor = found.curves
    assert [point.fraction for point in whole.points] == list(FRACTIONS)
    rounds = rounds_until(loaded, 1000)
    for curve in (whole, floor):
        expected = reached(fit_and_ask(curve.baseline, rounds, seed=1), loaded.task.labels, resamples=10).value
        *parts, last = (list(point.values) for point in curve.points)
        assert last == pytest.approx([expected])
        assert all(len(values) == 2 for values in parts)
        assert curve.n_held_out == sum(len(held_out) for _, held_out in rounds)
        for point in curve.points:
            assert point.low <= point.mean <= point.high
            assert {point.low, point.high} <= set(point.values)
    assert whole.points[-1].mean == 1
    assert floor.points[-1].mean == pytest.approx(1 / 3)
    assert whole.points[-1].n_items == pytest.approx(4 * whole.points[-1].n_groups)
    assert len(said) == 2 * len(FRACTIONS)


def test_each_order_takes_other_groups() -> None:
    loaded = load_task("toy")
    # In even articles three items in four are against, in odd ones for: what is most frequent in a part of one
    # article depends on which it is.
    even = [int(group.partition("-")[2]) % 2 == 0 for group in loaded.frame["group"]]
    first = [item.endswith("/0") for item in loaded.frame["id"]]
    labels = ["pos" if one == other else "neg" for one, other in zip(even, first, strict=True)]
    object.__setattr__(loaded, "frame", loaded.frame.assign(label=labels))
    (curve,) = learning_curves(["majority"], [loaded], fractions=(0.2,), orders=8).curves
    (point,) = curve.points
    assert point.low < point.mean < point.high


def test_the_document_has_every_point(counts: str) -> None:
    found = learning_curves([counts], [load_task("toy")], fractions=(0.5, 1.0), orders=2).to_json()
    (curve,) = found["curves"]
    assert (curve["baseline"], curve["task"], curve["label_kind"]) == ("counts", "toy", "human")
    assert [point["fraction"] for point in curve["points"]] == [0.5, 1.0]
    assert found["provenance"]["seeds"] == {"random_state": 12345, "orders": 12345}


def test_a_curve_is_the_same_each_time(counts: str) -> None:
    first, second = (learning_curves([counts], [load_task("toy")], orders=2).to_json() for _ in range(2))
    assert first == second


def test_what_cannot_be_drawn_is_refused(counts: str) -> None:
    loaded = load_task("toy")
    for orders, fractions in ((0, (1.0,)), (1, ()), (1, (0.0, 1.0)), (1, (1.5,))):
        with pytest.raises(InputError, match="cannot be drawn"):
            learning_curves([counts], [loaded], orders=orders, fractions=fractions)
    with pytest.raises(NotFoundError, match="no baseline"):
        learning_curves(["cuonts"], [loaded])


def test_a_part_with_one_label_is_refused(counts: str) -> None:
    loaded = load_task("toy")
    # In each article all items have one label, so that one article of each sort is too little.
    one_sided = loaded.frame.assign(
        label=["neg" if int(group.partition("-")[2]) < 6 else "pos" for group in loaded.frame["group"]]
    )
    object.__setattr__(loaded, "frame", one_sided)
    with pytest.raises(InputError, match="one label only"):
        learning_curves([counts], [loaded])
