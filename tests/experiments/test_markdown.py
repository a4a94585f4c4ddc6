from __future__ import annotations

import dataclasses

import pytest

from standoff.experiments.board import Board, Row
from standoff.experiments.markdown import as_text, ends_in_points, grid, in_points, render, render_summary, score
from standoff.experiments.spread import Spread

ROW = Row(
    system="one|two",
    value=0.6184,
    low=0.5,
    high=0.7,
    spread=None,
    accuracy=0.7,
    intervention=(0.4, None, None),
    missing=2,
    n=40,
    signature="task:toy",
)
BOARD = Board(
    task="toy", split="official-test", label_kind="human", metric="macro_f1", n_intervention=12, rows=(ROW,)
)


def test_a_grid_has_a_line_for_each_row() -> None:
    assert grid(("a", "b"), [("1", "2"), ("3", "")]) == "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 |  |"
    assert grid(("a",), []) == "| a |\n|---|"


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("standoff_linear", "standoff_linear"),  # inside a word, an underscore is an underscore
        ("ein_über_2_все", "ein_über_2_все"),
        ("_emphasis_", "\\_emphasis\\_"),
        ("a_ b", "a\\_ b"),
        ("a__b", "a\\_\\_b"),
        ("x|y", "x\\|y"),
        ("*a* `b` <c>", "\\*a\\* \\`b\\` \\<c>"),
        ("\\|", "\\\\\\|"),
        ("one\n two", "one two"),
        ("[37.6, 47.3]", "[37.6, 47.3]"),
        ("[a](https://b.example)", "[a\\](https://b.example)"),
        ("&lt;b&gt; A & B", "\\&lt;b\\&gt; A & B"),
        ("~~gone~~ ~5", "\\~\\~gone\\~\\~ ~5"),
        ("$x$", "\\$x\\$"),
    ],
)
def test_a_text_is_shown_as_it_is(text: str, markdown: str) -> None:
    assert as_text(text) == markdown


def test_scores_are_in_points_with_their_interval() -> None:
    assert in_points(0.1234, 0.1, 0.2) == "12.3 [10.0, 20.0]"
    assert in_points(-0.05, -0.1, 0.02, signed=True) == "-5.0 [-10.0, +2.0]"
    assert in_points(0.5, None, None) == "50.0 (no interval)"
    assert ends_in_points(0.1, 0.2) == "[10.0, 20.0]"
    assert ends_in_points(0.1, None) == ends_in_points(None, 0.1) == ""


def test_a_board_is_a_table_above_its_signature() -> None:
    assert render([BOARD]) == (
        "**toy**, official-test, 40 items, labels by humans\n\n"
        "| system | macro-F1 | 95 % interval | accuracy | missing | on the 12 about interventions |\n"
        "|---|---|---|---|---|---|\n"
        "| one\\|two | 61.8 | [50.0, 70.0] | 70.0 | 2 | 40.0 (no interval) |\n\n"
        "`task:toy`\n"
    )
    short = dataclasses.replace(ROW, low=None, high=None, intervention=None)
    assert "| 61.8 | none | 70.0 | 2 |" in render([dataclasses.replace(BOARD, rows=(short,))])


def test_a_summary_has_a_column_for_each_system_from_the_weakest_up() -> None:
    best = dataclasses.replace(ROW, system="best", value=0.7, low=None, high=None)
    other = dataclasses.replace(BOARD, task="other", rows=(best,))
    assert render_summary([dataclasses.replace(BOARD, rows=(best, ROW)), other]) == (
        "| task | split | items | labels by | one\\|two | best |\n"
        "|---|---|---|---|---|---|\n"
        "| toy | official-test | 40 | humans | 61.8 [50.0, 70.0] | 70.0 (no interval) |\n"
        "| other | official-test | 40 | humans | - | 70.0 (no interval) |\n"
    )


def test_several_seeds_have_their_spread_in_place_of_an_interval() -> None:
    spread = Spread({1: 0.5, 2: 0.6})
    assert score(dataclasses.replace(ROW, value=0.55, spread=spread)) == "55.0 ± 7.1, 2 seeds"
