from __future__ import annotations

from typing import Any

import pytest

from standoff.errors import NotFoundError
from standoff.experiments.analysis.tables import tables, visible
from standoff.experiments.markdown import as_text
from standoff.experiments.tables import Table, as_markdown, points


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
    assert as_markdown(tables(FEATURES)).startswith("**counts: features for and against neg**")


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
    assert first.columns == ("training groups", "items", "one", "two")
    assert first.rows == (
        ("10%", "10", "30.0 [20.0, 40.0]", "30.0 [20.0, 40.0]"),
        ("100%", "100", "50.0", "50.0"),
    )
    assert "40 held-out" in first.title
    assert not any("made by models" in note for note in first.notes)
    assert any("made by models" in note for note in second.notes)


@pytest.mark.parametrize(
    ("feature", "shown"),
    [
        ("text words: never", "text words: never"),
        ("text characters:  no", "text characters: ␣no"),
        ("text characters: no ", "text characters: no␣"),
        ("text characters:   a b  ", "text characters: ␣␣a b␣␣"),
        ("text words: two  words", "text words: two␣␣words"),
        (" no", "␣no"),
        ("yes", "yes"),
        ("text characters: : a", "text characters: : a"),
        ("text characters:  ", "text characters: ␣"),
    ],
)
def test_spaces_at_the_ends_of_a_term_are_visible(feature: str, shown: str) -> None:
    assert visible(feature) == shown
    # Nothing of it is lost in Markdown, which makes one of several spaces.
    assert as_text(visible(feature)) == shown


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
        ("all", "70", "10", "50.0 [40.0, 60.0]", "60.0 [50.0, 70.0]"),
        ("sure*: yes", "40", "8", "lacks pos", "75.0 [70.0, 80.0]"),
        ("year: 2020", "10", "2", "-", "4 right"),
        ("year: 2021", "60", "9", "40.0 [30.0, 50.0]", "63.0 [50.0, 70.0]"),
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
    "resamples": 10_000,
    "provenance": {"tasks": {task: {"label_kind": "model" if task == "c" else "human"} for task in "abc"}},
    "whole": {"a": estimate(0.6, 0.5, 0.7), "b": estimate(0.55, 0.5, 0.6), "c": estimate(0.5)},
    "without": [
        {
            "name": "windows",
            "mean": estimate(-0.02, -0.03, -0.01),
            "p": 0.0491,
            "tasks": {"a": estimate(-0.05, -0.06, -0.04), "b": estimate(0.01, -0.01, 0.03), "c": estimate(-0.1)},
        },
        {
            "name": "priors",
            "mean": estimate(0.015, 0.005, 0.025),
            "p": 0.05,
            "tasks": {"a": estimate(0.02, 0.01, 0.03), "b": estimate(0.01, -0.01, 0.03), "c": estimate(0.3)},
        },
    ],
}


def test_an_ablation_marks_means_by_what_is_adjusted_for_their_number() -> None:
    mean, by_task = tables(ABLATION)
    assert mean.columns == ("taken out", "mean difference", "p", "below zero on")
    # The interval of the second leaves zero out: alone it would pass for a finding.
    assert mean.rows == (
        ("windows", "-2.0 [-3.0, -1.0]*", "0.049", "1 of 2"),
        ("priors", "+1.5 [+0.5, +2.5]", "0.050", "0 of 2"),
    )
    (about,) = mean.notes
    assert "over the 2 human-labelled task(s)" in about
    assert "10,000 resamples" in about
    assert "adjusted for the 2 rows (Holm)" in about
    assert by_task.columns == ("taken out", "a", "b", "c")
    assert by_task.rows == (
        ("nothing: macro-F1", "60.0", "55.0", "50.0"),
        ("windows", "-5.0", "+1.0", "-10.0"),
        ("priors", "+2.0", "+1.0", "+30.0"),
    )
    _, models = by_task.notes
    assert models.startswith("c: The labels of this task are made by models")


def test_an_ablation_on_no_human_labelled_task_has_no_mean() -> None:
    without = [one | {"mean": None, "p": None} for one in ABLATION["without"]]
    kinds = {task: {"label_kind": "model"} for task in "abc"}
    mean, _ = tables(ABLATION | {"without": without, "provenance": {"tasks": kinds}})
    assert mean.rows[0] == ("windows", "-", "-", "0 of 0")


def against(task: str, kind: str, anchor: dict[str, Any], rival: dict[str, Any]) -> dict[str, Any]:
    return {
        "task": task,
        "label_kind": kind,
        "n": 100,
        "ours": 0.6,
        "best_anchor": {"system": "two", "value": 0.5, "difference": anchor},
        "best_rival": {"system": "blind", "value": 0.65, "difference": rival},
    }


AGAINST: dict[str, Any] = {
    "analysis": "against",
    "provenance": {"tasks": {"a": {"label_kind": "human"}}},
    "ours": "one",
    "anchors": ["two", "three"],
    "controls": ["blind"],
    "resamples": 10_000,
    "mean": {"best_anchor": estimate(0.1, 0.05, 0.2), "best_rival": estimate(-0.05, -0.1, 0.01)},
    "on_tasks": [
        against("a", "human", estimate(0.1, 0.05, 0.2), estimate(-0.05, -0.1, 0.01)),
        against("b", "human", estimate(0.1, -0.05, 0.2), estimate(-0.05, -0.1, -0.01)),
        against("c", "human", estimate(0.0, -0.05, 0.05), estimate(0.02)),
        against("d", "model", estimate(0.1, 0.05, 0.2), estimate(-0.05, -0.1, -0.01)),
    ],
}


def test_a_comparison_ends_in_its_mean() -> None:
    anchors, everyone = tables(AGAINST)
    assert anchors.title == "one against the best anchor"
    assert anchors.rows[0] == ("a", "humans", "100", "60.0", "two 50.0", "+10.0 [+5.0, +20.0]")
    assert anchors.rows[-1] == ("mean of 3", "humans", "", "", "", "+10.0 [+5.0, +20.0]")
    assert "10,000 resamples" in anchors.notes[0]
    assert everyone.title == "one against the best of anchors and controls"
    assert everyone.columns[4] == "best of anchors and controls"
    assert everyone.rows[0] == ("a", "humans", "100", "60.0", "blind 65.0", "-5.0 [-10.0, +1.0]")
    assert everyone.rows[-1] == ("mean of 3", "humans", "", "", "", "-5.0 [-10.0, +1.0]")
    assert "less than the task shows: blind." in everyone.notes[0]


def test_a_comparison_says_on_how_many_tasks_it_is_won() -> None:
    anchors, everyone = tables(AGAINST)
    said = "Of the 3 human-labelled task(s), 2 lie above zero (1 with the whole interval), 0 below (0 with"
    assert anchors.notes[1].startswith(said)
    said = "Of the 3 human-labelled task(s), 1 lie above zero (0 with the whole interval), 2 below (1 with"
    assert everyone.notes[1].startswith(said)


def test_a_comparison_without_controls_or_people_is_shorter() -> None:
    (only,) = tables(AGAINST | {"controls": []})
    assert only.title == "one against the best anchor"
    made = [one for one in AGAINST["on_tasks"] if one["label_kind"] == "model"]
    (table, _) = tables(AGAINST | {"on_tasks": made, "mean": {"best_anchor": None, "best_rival": None}})
    assert [row[0] for row in table.rows] == ["d"]
    assert len(table.notes) == 1


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
