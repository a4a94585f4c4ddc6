from __future__ import annotations

import json
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from standoff.annotation.agreement import planning
from standoff.annotation.agreement.coefficients import get_coefficient
from standoff.annotation.agreement.intervals import estimate
from standoff.annotation.agreement.planning import PlanRow, planning_table
from standoff.annotation.agreement.ratings import Ratings, patterns
from standoff.errors import InputError, NotFoundError

LABELS = ("a", "b", "c")


def made(n_units: int = 200, n_coders: int = 3, groups: Any = None) -> Ratings:
    generator = np.random.default_rng(1)
    truth = generator.integers(0, 3, (n_units, 1))
    shape = (n_units, n_coders)
    values = np.where(generator.random(shape) < 0.7, truth, generator.integers(0, 3, shape))
    return Ratings.from_array(values, LABELS, groups=groups)


def half_width(row: PlanRow) -> float:
    assert row.half_width is not None
    return row.half_width


def test_rows_in_the_order_asked_for() -> None:
    table = planning_table(made(), (400, 100), resamples=50)
    assert [(row.coders, row.units, row.groups, row.panels) for row in table] == [
        (2, 400, 400, 3),
        (2, 100, 100, 3),
        (3, 400, 400, 1),
        (3, 100, 100, 1),
    ]
    assert json.loads(json.dumps(table[0].to_json()))["units"] == 400


def test_the_whole_pilot_has_the_width_of_its_own_interval() -> None:
    pilot = made()
    (row,) = planning_table(pilot, [200], [3], resamples=4000)
    found = estimate(pilot, "alpha_nominal", resamples=4000)
    assert found.high is not None
    assert found.low is not None
    assert half_width(row) == pytest.approx((found.high - found.low) / 2, rel=0.08)
    assert row.lowest == row.highest == found.value


def test_four_times_the_units_halve_the_width() -> None:
    few, many = planning_table(made(), (200, 800), [3], resamples=4000)
    assert half_width(few) == pytest.approx(2 * half_width(many), rel=0.1)


def test_lowest_and_highest_are_those_of_the_panels() -> None:
    pilot = made()
    row = planning_table(pilot, [100], [2], coefficient="alpha_ordinal", resamples=50)[0]
    values = [
        get_coefficient("alpha_ordinal").of(patterns(pilot.restrict(pair))) for pair in combinations("012", 2)
    ]
    assert (row.lowest, row.highest) == (min(values), max(values))
    assert min(values) < max(values)


def test_no_coder_is_taken_twice() -> None:
    """Coders who answer by chance never agree with themselves: no panel seems better than chance."""
    values = np.random.default_rng(1).integers(0, 3, (2000, 4))
    rows = planning_table(Ratings.from_array(values, LABELS), [100], resamples=20)
    assert all(abs(end) < 0.06 for row in rows for end in (row.lowest, row.highest) if end is not None)


def test_groups_hold_as_many_units_as_in_the_pilot() -> None:
    # 40 groups of 5 units, each five times the same, so that 100 units are worth 20.
    pilot = made(40)
    fivefold = Ratings.from_array(np.repeat(pilot.values, 5, axis=0), LABELS, groups=np.repeat(np.arange(40), 5))
    (row,) = planning_table(fivefold, [100], [3], coefficient="fleiss_kappa", resamples=4000)
    assert row.groups == 20
    (alone,) = planning_table(pilot, [20], [3], coefficient="fleiss_kappa", resamples=4000)
    assert half_width(row) == pytest.approx(half_width(alone), rel=0.08)


def test_units_count_where_the_whole_panel_rated_them() -> None:
    pilot = made(90)
    values = pilot.values.copy()
    values[:30, 0] = -1  # coder 0 is absent from the first thirty
    table = planning_table(Ratings.from_array(values, LABELS), [90], resamples=20)
    complete = Ratings.from_array(pilot.values[30:], LABELS)
    assert table[1].lowest == get_coefficient("alpha_nominal").of(patterns(complete))


def test_coders_who_never_met() -> None:
    values = np.full((40, 3), -1)
    values[:20, :2] = np.random.default_rng(1).integers(0, 3, (20, 2))
    values[20:, 2] = 0
    two, three = planning_table(Ratings.from_array(values, LABELS), [100], resamples=50)
    assert two.panels == 1
    assert two.half_width is not None
    assert three == PlanRow(3, 100, None, None, None, None, 0, three.no_interval_because, few_groups=False)
    assert three.no_interval_because is not None
    assert "no 3 coders rated the same units in 5 groups" in three.no_interval_because


def test_too_few_groups() -> None:
    (row,) = planning_table(made(200, groups=np.repeat(np.arange(10), 20)), [60], [3], resamples=20)
    assert (row.groups, row.half_width) == (3, None)
    assert row.no_interval_because == "60 units are 3 groups; resampling needs at least 5"
    assert row.lowest is not None


def test_units_too_few_for_a_rare_value() -> None:
    values = [[0, 0]] * 99 + [[1, 1]]
    (row,) = planning_table(Ratings.from_array(values, LABELS), [20])
    assert row.half_width is None
    assert row.no_interval_because is not None
    assert row.no_interval_because.endswith("of 1000 resamples of a panel: only one value occurs")


def test_many_panels_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "MAX_PANELS", 7)
    pilot = made(50, 6)
    first, again = (planning_table(pilot, [50], [3], resamples=20) for _ in range(2))
    assert first == again
    assert first[0].panels == 7
    assert planning_table(pilot, [50], [5], resamples=20)[0].panels == 6


@pytest.mark.parametrize(
    ("arguments", "keywords", "message"),
    [
        (([100], [4]), {}, "2 coders to as many as the pilot has"),
        (([100], [1]), {}, "from a pilot of 3 coders"),
        (([0],), {}, "at least 1 unit"),
        (([100],), {"resamples": 0}, "no such interval"),
        (([100],), {"seed": -1}, "no such interval"),
        (([100],), {"level": 1}, "no such interval"),
    ],
)
def test_what_cannot_be_planned(arguments: Any, keywords: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        planning_table(made(), *arguments, **keywords)


def test_a_pilot_of_one_coder() -> None:
    with pytest.raises(InputError, match="pilot of 1 coders"):
        planning_table(made(n_coders=1))


def test_an_unknown_coefficient() -> None:
    with pytest.raises(NotFoundError, match="no coefficient named 'kapa'"):
        planning_table(made(), coefficient="kapa")


def test_real_ratings(gwsd: Ratings) -> None:
    """Plain resampling of these rows: .11 for two coders on 200 units, .075 on 400, .05 for three on 400."""
    rows = planning_table(gwsd, (200, 400), (2, 3))
    widths = {(row.coders, row.units): half_width(row) for row in rows}
    assert widths[2, 200] == pytest.approx(0.11, abs=0.005)
    assert widths[2, 400] == pytest.approx(0.075, abs=0.005)
    assert widths[3, 400] == pytest.approx(0.05, abs=0.007)
    assert [row.panels for row in rows] == [28, 28, 56, 56]


def test_panels_that_show_nothing_are_not_tried() -> None:
    """One pair met on four units only, and one gave only one value where both rated."""
    values = np.full((44, 3), -1)
    values[:20, :2] = np.random.default_rng(1).integers(0, 3, (20, 2))
    values[20:40, [0, 2]] = 0
    values[40:, [1, 2]] = [[0, 1], [1, 1], [2, 2], [0, 0]]
    (row,) = planning_table(Ratings.from_array(values, LABELS), [100], [2], resamples=50)
    assert row.panels == 1
    assert row.half_width is not None
    assert (
        row.lowest
        == row.highest
        == get_coefficient("alpha_nominal").of(patterns(Ratings.from_array(values[:20, :2], LABELS)))
    )


def test_an_interval_from_few_groups_is_said_to_be() -> None:
    rows = planning_table(made(200), (10, 19, 20, 100), [3], resamples=50)
    assert [row.few_groups for row in rows] == [True, True, False, False]


def test_panels_are_planned_up_to_ten_coders() -> None:
    table = planning_table(made(30, 12), [30], resamples=5)
    assert [row.coders for row in table] == list(range(2, 11))
    assert planning_table(made(30, 12), [30], [12], resamples=5)[0].panels == 1
