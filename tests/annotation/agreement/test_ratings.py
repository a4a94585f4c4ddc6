# ruff: noqa: PD011 - `Ratings.values` are no frame's values
from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest

from standoff.annotation.agreement import ratings as module
from standoff.annotation.agreement.ratings import Patterns, Ratings, Row, patterns
from standoff.errors import InputError, NotFoundError

LABELS = ("support", "none", "oppose")
ROWS: list[Row] = [
    ("u1", "bo", "support", "a1"),
    ("u1", "al", "none", "a1"),
    ("u2", "al", "oppose", "a1"),
    ("u2", "bo", None, "a1"),
    ("u3", "cy", "support", "a2"),
    ("u3", "bo", "support", "a2"),
]


def test_from_rows() -> None:
    ratings = Ratings.from_rows(ROWS, LABELS)
    assert ratings.coders == ("al", "bo", "cy")
    assert ratings.units == ("u1", "u2", "u3")
    assert ratings.values.tolist() == [[1, 0, -1], [2, -1, -1], [-1, 0, 0]]
    assert ratings.groups is not None
    assert ratings.groups.tolist() == [0, 0, 1]


def test_rows_without_groups() -> None:
    assert Ratings.from_rows([("u", "al", "none"), ("u", "bo", "none")], LABELS).groups is None


def test_units_may_be_keys_of_several_parts() -> None:
    ratings = Ratings.from_rows([(("article", "actor"), "al", "none")], LABELS)
    assert ratings.units == (("article", "actor"),)


def test_no_rows() -> None:
    ratings = Ratings.from_rows([], LABELS)
    assert ratings.values.shape == (0, 0)
    assert patterns(ratings).n_units == 0


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (("u1", "bo", "none", "a1"), "'bo' rates 'u1' twice"),
        (("u4", "bo", "nnone", "a1"), "'bo' gives 'u4' the unknown label 'nnone'"),
        (("u1", "cy", "none", "a2"), "'u1' is in the groups 'a1' and 'a2'"),
        (("u4", "bo", "none"), "rows are all"),
    ],
)
def test_rows_that_do_not_fit(extra: Row, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Ratings.from_rows([*ROWS, extra], LABELS)


def test_all_rows_that_do_not_fit_are_counted() -> None:
    with pytest.raises(InputError, match="30 ratings do not fit") as caught:
        Ratings.from_rows([(number, "al", "x") for number in range(30)], LABELS)
    assert "and 10 more" in str(caught.value)
    assert "support, none, oppose" in str(caught.value)


def test_from_frame_equals_from_rows() -> None:
    frame = pd.DataFrame(ROWS, columns=["id", "who", "stance", "article"])
    columns = {"unit": "id", "coder": "who", "label": "stance"}
    made = Ratings.from_frame(frame, LABELS, **columns, group="article")
    expected = Ratings.from_rows(ROWS, LABELS)
    assert made.values.tolist() == expected.values.tolist()
    assert made.coders == expected.coders
    assert made.groups is not None
    assert made.groups.tolist() == [0, 0, 1]
    assert Ratings.from_frame(frame, LABELS, **columns).groups is None


def test_a_missing_label_in_a_frame_is_not_rated() -> None:
    frame = pd.DataFrame({"unit": [1, 1, 2], "coder": ["a", "b", "a"], "label": ["none", np.nan, pd.NA]})
    assert Ratings.from_frame(frame, LABELS).values.tolist() == [[1, -1], [-1, -1]]


def test_a_frame_without_a_column() -> None:
    with pytest.raises(InputError, match=r"lacks columns(.|\n)*'coder'(.|\n)*'unit'"):
        Ratings.from_frame(pd.DataFrame({"unit": [], "label": []}), LABELS)


def test_from_array_of_positions() -> None:
    ratings = Ratings.from_array([[0, 2], [1, -1]], LABELS, coders=["al", "bo"], units=["x", "y"], groups=[7, 7])
    assert ratings.values.tolist() == [[0, 2], [1, -1]]
    assert ratings.groups is not None
    assert ratings.groups.tolist() == [0, 0]


@pytest.mark.parametrize("groups", [["b", "a", "b"], np.array([90, -5, 90]), np.array(["b", "a", "b"])])
def test_groups_are_numbered(groups: Any) -> None:
    numbers = Ratings.from_array([[0], [0], [0]], LABELS, groups=groups).groups
    assert numbers is not None
    assert numbers[0] == numbers[2] != numbers[1]
    assert sorted(set(numbers.tolist())) == [0, 1]


def test_group_names_that_differ_by_a_trailing_nul_stay_apart() -> None:
    groups = Ratings.from_array([[0], [0]], LABELS, groups=["a", "a\x00"]).groups
    assert groups is not None
    assert len(set(groups.tolist())) == 2


@pytest.mark.parametrize("missing", [None, np.nan, ""])
def test_from_array_of_labels(missing: Any) -> None:
    ratings = Ratings.from_array(np.array([["oppose", missing], ["none", "support"]], dtype=object), LABELS)
    assert ratings.values.tolist() == [[2, -1], [1, 0]]
    assert ratings.coders == ("0", "1")
    assert list(ratings.units) == [0, 1]


def test_an_array_with_unknown_labels() -> None:
    with pytest.raises(InputError, match=r"1 ratings(.|\n)*unit 1, coder 0: 'No'(.|\n)*support, none, oppose"):
        Ratings.from_array([["none", ""], ["No", "none"]], LABELS)


@pytest.mark.parametrize(
    ("values", "keywords", "message"),
    [
        ([[0, 3]], {}, r"out of range\s+got: 3"),
        ([[-2, 0]], {}, r"out of range\s+got: -2"),
        ([[0.5, 1.0]], {}, "whole numbers"),
        ([0, 1], {}, "a row per unit and a column per coder"),
        ([[0, 1]], {"coders": ["a", "a"]}, r"a coder occurs twice among the coders\s+got: 'a'"),
        ([[0], [1]], {"units": ["u", "u"]}, r"a unit occurs twice among the units\s+got: 'u'"),
        ([[0, 1]], {"coders": ["a"]}, r"lengths differ\s+got: 'values of shape \(1, 2\), 1 units, 1 coders'"),
        ([[0, 1]], {"units": ["u", "v"]}, "lengths differ"),
        ([[0, 1]], {"groups": ["g", "g"]}, r"groups of shape \(2,\)"),
    ],
)
def test_an_array_that_does_not_fit(values: Any, keywords: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Ratings.from_array(values, LABELS, **keywords)


def test_a_label_twice_in_the_inventory() -> None:
    with pytest.raises(InputError, match=r"a label occurs twice among the labels\s+got: 'none'"):
        Ratings.from_array([[0, 1]], ("none", "none"))


@pytest.mark.parametrize("number", [-1, 1])
def test_group_numbers_out_of_range(number: int) -> None:
    with pytest.raises(InputError, match="a group is out of range"):
        Ratings(np.zeros((1, 2), dtype=np.int16), LABELS, ("a", "b"), ("u",), np.array([number]))


def test_ratings_do_not_follow_the_array_they_came_from() -> None:
    given = np.array([[0, 1]], dtype=np.int16)
    ratings = Ratings.from_array(given, LABELS)
    given[0, 0] = 2
    assert ratings.values.tolist() == [[0, 1]]
    with pytest.raises(ValueError, match="read-only"):
        ratings.values[0, 0] = 2


def test_restrict_keeps_the_order_of_the_coders() -> None:
    pair = Ratings.from_rows(ROWS, LABELS).restrict(["cy", "al"])
    assert pair.coders == ("al", "cy")
    assert pair.values.tolist() == [[1, -1], [2, -1], [-1, 0]]


def test_restrict_to_an_unknown_coder() -> None:
    with pytest.raises(NotFoundError, match=r"no coder named 'ai'\s+expected: one of al, bo, cy"):
        Ratings.from_rows(ROWS, LABELS).restrict(["bo", "ai"])


def test_keep_some_units() -> None:
    kept = Ratings.from_rows(ROWS, LABELS).keep(np.array([True, False, True]))
    assert kept.units == ["u1", "u3"]
    assert kept.values.tolist() == [[1, 0, -1], [-1, 0, 0]]
    assert kept.groups is not None
    assert kept.groups.tolist() == [0, 1]


def test_keep_leaves_groups_in_range() -> None:
    kept = Ratings.from_rows(ROWS, LABELS).keep(np.array([False, False, True]))
    assert kept.groups is not None
    assert kept.groups.tolist() == [0]


def test_map_labels_to_gate_and_polarity() -> None:
    ratings = Ratings.from_rows(ROWS, LABELS)
    gate = ratings.map_labels({"support": "position", "none": "none", "oppose": "position"})
    assert gate.labels == ("position", "none")
    assert gate.values.tolist() == [[1, 0, -1], [0, -1, -1], [-1, 0, 0]]
    polarity = ratings.map_labels({"support": "support", "none": None, "oppose": "oppose"})
    assert polarity.labels == ("support", "oppose")
    assert polarity.values.tolist() == [[-1, 0, -1], [1, -1, -1], [-1, 0, 0]]
    assert patterns(polarity).n_units == 1


def test_map_labels_to_a_given_inventory() -> None:
    mapping = {"support": "yes", "none": "no", "oppose": "yes"}
    mapped = Ratings.from_rows(ROWS, LABELS).map_labels(mapping, labels=("no", "perhaps", "yes"))
    assert mapped.labels == ("no", "perhaps", "yes")
    assert mapped.values.tolist() == [[0, 2, -1], [2, -1, -1], [-1, 2, 2]]


@pytest.mark.parametrize(
    ("mapping", "labels", "message"),
    [
        ({"support": "yes", "none": "no"}, None, r"lacks labels\s+got: \['oppose'\]"),
        (dict.fromkeys(LABELS, "yes"), ("no",), r"unknown labels\s+got: \['yes'\]"),
    ],
)
def test_map_labels_that_do_not_fit(mapping: dict[str, str | None], labels: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Ratings.from_rows(ROWS, LABELS).map_labels(mapping, labels)


def as_counter(counted: Patterns) -> Counter[tuple[int, ...]]:
    rows = map(tuple, counted.rows.tolist())
    return Counter(dict(zip(rows, counted.counts.tolist(), strict=True)))


def test_patterns_by_hand() -> None:
    values = [[0, 0, 1], [0, 0, 1], [2, -1, -1], [-1, 1, 1], [-1, -1, -1]]
    counted = patterns(Ratings.from_array(values, LABELS))
    assert counted.rows.tolist() == [[-1, 1, 1], [0, 0, 1]]
    assert counted.counts.tolist() == [1, 2]
    assert counted.tallies.tolist() == [[0, 2, 0], [2, 1, 0]]
    assert (counted.n_units, counted.n_ratings, counted.n_groups, counted.n_coders) == (3, 8, 3, 3)
    assert counted.cells is None


def test_coders_without_a_pairable_rating_do_not_count() -> None:
    assert patterns(Ratings.from_array([[0, 0, -1], [-1, -1, 1]], LABELS)).n_coders == 2


def test_cells_by_hand() -> None:
    values = [[0, 0], [1, 1], [0, 0], [0, -1], [1, 1], [0, 0]]
    groups = ["a", "a", "a", "gone", "b", "b"]
    counted = patterns(Ratings.from_array(values, LABELS, groups=groups))
    assert counted.n_groups == 2
    assert counted.cells is not None
    found = zip(counted.cells.group, counted.cells.pattern, counted.cells.count, strict=True)
    assert [tuple(map(int, cell)) for cell in found] == [(0, 0, 2), (0, 1, 1), (1, 0, 1), (1, 1, 1)]


@pytest.mark.parametrize("n_coders", [2, 8, 45])  # 4**45 does not fit into 64 bits
@pytest.mark.parametrize("grouped", [False, True])
def test_patterns_count_what_a_counter_counts(n_coders: int, *, grouped: bool) -> None:
    generator = np.random.default_rng(n_coders)
    values = generator.integers(-1, 3, (300, n_coders))[generator.integers(0, 300, 600)]
    groups = generator.integers(0, 40, 600) if grouped else None
    counted = patterns(Ratings.from_array(values, LABELS, groups=groups))
    pairable = [tuple(row) for row in values.tolist() if sum(value >= 0 for value in row) >= 2]
    assert as_counter(counted) == Counter(pairable)
    assert counted.rows.tolist() == sorted(counted.rows.tolist())
    assert counted.n_units == len(pairable)
    if groups is not None:
        cells = counted.cells
        assert cells is not None
        expected = Counter(
            (group, tuple(row))
            for group, row in zip(groups.tolist(), values.tolist(), strict=True)
            if sum(value >= 0 for value in row) >= 2
        )
        names = sorted({group for group, _ in expected})
        found = {
            (names[group], tuple(counted.rows[pattern].tolist())): count
            for group, pattern, count in zip(
                cells.group.tolist(), cells.pattern.tolist(), cells.count.tolist(), strict=True
            )
        }
        assert found == dict(expected)
        assert counted.n_groups == len(names)


def test_the_order_of_rows_does_not_matter() -> None:
    shuffled = random.Random(1).sample(ROWS, len(ROWS))  # noqa: S311 - no secret
    first, second = (patterns(Ratings.from_rows(rows, LABELS)) for rows in (ROWS, shuffled))
    assert as_counter(first) == as_counter(second)
    assert first.coders == second.coders


def test_importing_is_light() -> None:
    rooms = "coefficients, intervals, group_types, planning, ratings"
    code = f"import sys\nfrom standoff.annotation.agreement import {rooms}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert {"pandas", "scipy", "sklearn", "krippendorff"}.isdisjoint(done.stdout.split())
    assert module.__name__ in done.stdout.split()
