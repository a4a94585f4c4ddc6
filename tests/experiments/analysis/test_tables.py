from __future__ import annotations

from typing import Any

import pytest

from standoff.errors import NotFoundError
from standoff.experiments.analysis.tables import Table, points, tables, to_markdown


def test_a_score_is_shown_in_points_with_its_interval() -> None:
    assert points({"value": 0.1234, "low": 0.1, "high": 0.2}) == "12.3 [10.0, 20.0]"
    assert points({"value": -0.05, "low": -0.1, "high": 0.02}, signed=True) == "-5.0 [-10.0, +2.0]"
    assert points({"value": 0.5, "low": None, "high": None}) == "50.0 (no interval)"
    assert points({"value": 0.5, "low": 0.4, "high": 0.6}, short=True) == "50.0"
    assert points(None) == "-"


def test_markdown_takes_every_text_as_text() -> None:
    table = Table("a*b", ("x|y", "`z`"), (("<b>", "1\n2"), ("_u_", "\\")), ("note",))
    assert table.to_markdown() == (
        "**a\\*b**\n\n| x\\|y | \\`z\\` |\n|---|---|\n| \\<b> | 1 2 |\n| \\_u\\_ | \\\\ |\n\n*note*\n"
    )


FEATURES: dict[str, Any] = {
    "analysis": "features",
    "system": "counts",
    "labels": [
        {
            "label": "neg",
            "speak_for": [{"feature": " no", "weight": 1.5}, {"feature": "never ever", "weight": 0.5}],
            "speak_against": [{"feature": "yes", "weight": -2.0}],
        }
    ],
}


def test_features_stand_side_by_side() -> None:
    (table,) = tables(FEATURES)
    assert table.rows == (("␣no", "+1.500", "yes", "-2.000"), ("never ever", "+0.500", "", ""))
    assert "neg" in table.title
    assert to_markdown(FEATURES).startswith("**counts: features for and against neg**")


CURVE: dict[str, Any] = {
    "analysis": "curve",
    "orders": 2,
    "curves": [
        {
            "baseline": name,
            "task": task,
            "label_kind": "model" if task == "b" else "human",
            "n_held_out": 40,
            "points": [
                {"fraction": 0.1, "n_items": 10.4, "values": [0.2, 0.4], "mean": 0.3, "low": 0.2, "high": 0.4},
                {"fraction": 1.0, "n_items": 100.0, "values": [0.5], "mean": 0.5, "low": 0.5, "high": 0.5},
            ],
        }
        for task in ("a", "b")
        for name in ("one", "two")
    ],
}


def test_curves_of_a_task_share_a_table() -> None:
    first, second = tables(CURVE)
    assert first.columns == ("training groups", "items", "one (range)", "two (range)")
    assert first.rows == (
        ("10%", "10", "30.0 [20.0, 40.0]", "30.0 [20.0, 40.0]"),
        ("100%", "100", "50.0", "50.0"),
    )
    assert "40 held-out" in first.title
    assert not any("made by models" in note for note in first.notes)
    assert any("made by models" in note for note in second.notes)


def test_an_unknown_analysis_is_refused() -> None:
    with pytest.raises(NotFoundError, match="no analysis named 'curves'"):
        tables({"analysis": "curves"})


def estimate(value: float, low: float | None = None, high: float | None = None) -> dict[str, float | None]:
    return {"value": value, "low": low, "high": high}


ERRORS: dict[str, Any] = {
    "analysis": "errors",
    "run": "one-toy",
    "system": "one",
    "task": "toy",
    "split": "official-test",
    "label_kind": "human",
    "n": 70,
    "n_groups": 10,
    "macro_f1": estimate(0.5, 0.4, 0.6),
    "accuracy": estimate(0.6, 0.5, 0.7),
    "min_items": 30,
    "made_with_the_label": {"sure": "by hand", "agreed": "by hand", "stance": "the label"},
    "left_out": ["date"],
    "slices": [
        {
            "column": "sure",
            "value": "yes",
            "origin": "gold",
            "n": 40,
            "n_groups": 8,
            "n_right": 30,
            "absent": ["pos"],
            "macro_f1": None,
            "accuracy": estimate(0.75, 0.7, 0.8),
        },
        {
            "column": "year",
            "value": "2020",
            "origin": "input",
            "n": 10,
            "n_groups": 2,
            "n_right": 4,
            "absent": ["pos"],
            "macro_f1": None,
            "accuracy": None,
        },
        {
            "column": "year",
            "value": "2021",
            "origin": "input",
            "n": 60,
            "n_groups": 9,
            "n_right": 38,
            "absent": [],
            "macro_f1": estimate(0.4, 0.3, 0.5),
            "accuracy": estimate(0.63, 0.5, 0.7),
        },
    ],
    "confusion": {"gold": ["neg", "pos"], "predicted": ["neg", "pos", None], "counts": [[30, 5, 0], [23, 12, 0]]},
}


def test_errors_by_slice_say_what_is_no_input() -> None:
    by_slice, confusion = tables(ERRORS)
    assert by_slice.rows == (
        ("all", "", "70", "10", "50.0 [40.0, 60.0]", "60.0 [50.0, 70.0]"),
        ("sure*", "yes", "40", "8", "lacks pos", "75.0 [70.0, 80.0]"),
        ("year", "2020", "10", "2", "-", "4 right"),
        ("year", "2021", "60", "9", "40.0 [30.0, 50.0]", "63.0 [50.0, 70.0]"),
    )
    said = " ".join(by_slice.notes)
    assert "sure, agreed: by hand; stance: the label" in said
    assert "under 30 items" in said
    assert "of one value or of too many: date" in said
    assert "made by models" not in said
    assert confusion.rows == (("neg", "30", "5"), ("pos", "23", "12"))


def test_a_missing_prediction_has_a_column_of_its_own() -> None:
    counts = [[30, 5, 1], [23, 12, 0]]
    confusion = ERRORS["confusion"] | {"counts": counts}
    _, table = tables(ERRORS | {"confusion": confusion})
    assert table.columns == ("gold", "neg", "pos", "missing")
    assert table.rows == (("neg", "30", "5", "1"), ("pos", "23", "12", "0"))


def test_columns_that_depend_on_nothing_need_no_note() -> None:
    by_slice, _ = tables(ERRORS | {"made_with_the_label": {}, "left_out": []})
    assert len(by_slice.notes) == 1


ABLATION: dict[str, Any] = {
    "analysis": "ablation",
    "baseline": "one",
    "provenance": {"tasks": {"a": {"label_kind": "human"}, "b": {"label_kind": "model"}}},
    "whole": {"a": estimate(0.6, 0.5, 0.7), "b": estimate(0.5)},
    "without": [
        {
            "name": "windows",
            "mean": estimate(-0.02, -0.03, -0.01),
            "tasks": {"a": estimate(-0.02, -0.03, -0.01), "b": estimate(0.01, -0.01, 0.03)},
        },
        {
            "name": "priors",
            "mean": None,
            "tasks": {"a": estimate(0.02, 0.01, 0.03), "b": estimate(0.3)},
        },
    ],
}


def test_an_ablation_stars_what_is_clear_of_zero() -> None:
    (table,) = tables(ABLATION)
    assert table.columns == ("taken out", "mean", "a", "b")
    assert table.rows == (
        ("nothing", "macro-F1:", "60.0", "50.0"),
        ("windows", "-2.0 [-3.0, -1.0]", "-2.0*", "+1.0"),
        ("priors", "-", "+2.0*", "+30.0"),
    )
    about, models = table.notes
    assert "over the 1 human-labelled task(s)" in about
    assert models.startswith("b: The labels of this task are made by models")


AGAINST: dict[str, Any] = {
    "analysis": "against",
    "provenance": {"tasks": {"a": {"label_kind": "human"}}},
    "ours": "one",
    "anchors": ["two", "three"],
    "resamples": 10_000,
    "mean": estimate(0.1, 0.05, 0.2),
    "on_tasks": [
        {
            "task": "a",
            "label_kind": "human",
            "n": 100,
            "ours": 0.6,
            "theirs": 0.5,
            "anchor": "two",
            "difference": estimate(0.1, 0.05, 0.2),
        }
    ],
}


def test_a_comparison_ends_in_its_mean() -> None:
    (table,) = tables(AGAINST)
    assert table.rows == (
        ("a", "humans", "100", "60.0", "two 50.0", "+10.0 [+5.0, +20.0]"),
        ("mean of 1", "humans", "", "", "", "+10.0 [+5.0, +20.0]"),
    )
    assert "10,000 resamples" in table.notes[0]
    assert len(tables(AGAINST | {"mean": None})[0].rows) == 1


TRANSFER: dict[str, Any] = {
    "analysis": "transfer",
    "provenance": {"tasks": {"a": {"label_kind": "human"}, "b": {"label_kind": "human"}}},
    "baseline": "one",
    "left_out": {},
    "members": [
        {"task": "a", "language": "en", "meaning": "stance"},
        {"task": "b", "language": "ru", "meaning": "stance"},
    ],
    "cells": [
        {
            "train": train,
            "test": test,
            "meaning": "stance",
            "value": estimate(0.7 if train == test else 0.4),
            "within": estimate(0.75),
        }
        for train in "ab"
        for test in "ab"
    ],
}


def test_a_matrix_of_stances_needs_no_mark() -> None:
    (table,) = tables(TRANSFER)
    assert table.rows == (("a (en)", "70", "40 (75)"), ("b (ru)", "40 (75)", "70"))
    assert not any("°" in note or "Left out" in note for note in table.notes)
