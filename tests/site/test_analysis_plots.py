from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from standoff.errors import InputError, NotFoundError
from standoff.experiments.analysis import tables
from standoff.site import analysis_plots
from standoff.site.analysis_plots import plot_analysis, save_plot
from standoff.site.drawing import refuse_format


def estimate(value: float, low: float | None = None, high: float | None = None) -> dict[str, float | None]:
    return {"value": value, "low": low, "high": high}


SLICE = {"n_groups": 9, "n_right": 20, "absent": []}
DOCUMENTS: dict[str, dict[str, Any]] = {
    "features": {
        "system": "one",
        "labels": [
            {
                "label": label,
                "speak_for": [{"feature": " yes", "weight": 2.0}, {"feature": "no", "weight": 1.0}],
                "speak_against": [{"feature": "never", "weight": -3.0}],
            }
            for label in ("neg", "pos")
        ],
    },
    "errors": {
        "system": "one",
        "task": "toy",
        "split": "official-test",
        "label_kind": "model",
        "n": 80,
        "macro_f1": estimate(0.5, 0.4, 0.6),
        "accuracy": estimate(0.6, 0.5, 0.7),
        "made_with_the_label": {"sure": "how sure the label is"},
        "slices": [
            SLICE | {"column": "sure", "value": "yes", "origin": "gold", "n": 40} | both
            for both in ({"macro_f1": None, "accuracy": estimate(0.7, 0.6, 0.8)},)
        ]
        + [
            SLICE
            | {"column": "year", "value": "2020", "origin": "input", "n": 38}
            | {"macro_f1": estimate(0.3, 0.2, 0.4), "accuracy": estimate(0.4)},
            SLICE
            | {"column": "year", "value": "2021", "origin": "input", "n": 2}
            | {"macro_f1": None, "accuracy": None},
        ],
    },
    "curve": {
        "orders": 2,
        "curves": [
            {
                "baseline": baseline,
                "task": task,
                "label_kind": "model" if task == "d" else "human",
                "points": [
                    {"n_items": 10, "mean": 0.3, "low": 0.2, "high": 0.4},
                    {"n_items": 100, "mean": 0.5, "low": 0.5, "high": 0.5},
                ],
            }
            for task in "abcd"
            for baseline in ("one", "two")
        ],
    },
    "ablation": {
        "baseline": "one",
        "whole": {task: estimate(0.5) for task in "abcdefghi"},
        "without": [
            {
                "name": name,
                "mean": estimate(-0.02, -0.03, -0.01),
                "tasks": {task: estimate(-0.01 * place, -0.1, 0.1) for place, task in enumerate("abcdefghi")},
            }
            for name in ("windows", "priors")
        ],
    },
    "against": {
        "ours": "one",
        "anchors": ["two", "three"],
        "controls": ["blind"],
        "mean": {"best_anchor": estimate(0.05, 0.02, 0.08), "best_rival": estimate(0.04, 0.01, 0.07)},
        "on_tasks": [
            {
                "task": task,
                "label_kind": kind,
                "ours": 0.6,
                "best_anchor": {"system": "two", "value": 0.5, "difference": estimate(0.1, 0.05, 0.2)},
                "best_rival": {"system": "blind", "value": 0.52, "difference": estimate(0.08, 0.04, 0.18)},
            }
            for task, kind in (("a", "human"), ("b", "model"))
        ],
    },
    "transfer": {
        "baseline": "one",
        "members": [
            {"task": "a", "language": "en", "label_kind": "human", "meaning": "stance"},
            {"task": "b", "language": "ru", "label_kind": "model", "meaning": "polarity"},
        ],
        "cells": [
            {
                "train": train,
                "test": test,
                "meaning": "stance" if train == test == "a" else "polarity",
                "value": estimate(0.7 if train == test else 0.4),
                "within": estimate(0.7),
            }
            for train in "ab"
            for test in "ab"
        ],
    },
    "stress": {
        "resamples": 1000,
        "min_items": 30,
        "results": [
            {
                "system": system,
                "task": "toy",
                "split": "official-test",
                "label_kind": "model",
                "stresses": [
                    {
                        "stress": name,
                        "label_kind": kind,
                        "n": 40,
                        "n_labels_changed": 0 if kind == "model" else 20,
                        "metric": "macro_f1",
                        "score": estimate(0.5, 0.4, 0.6),
                        "n_right": 20,
                        "n_missing": 0,
                        "originals": {
                            "score": estimate(0.6, 0.5, 0.7),
                            "drop": estimate(0.1, 0.0, 0.2),
                            "n_right": 24,
                            "n_moved": 9,
                            "n_to_follow": 10,
                            "n_followed": 2,
                        },
                        "caution": None,
                    }
                    for name, kind in (("names_masked", "model"), ("target_negated", "derived"))
                ],
            }
            for system in ("one", "two")
        ],
    },
}


def document(name: str) -> dict[str, Any]:
    return {"analysis": name, **DOCUMENTS[name]}


def texts(figure: Figure) -> str:
    found = [figure.get_suptitle(), figure.get_supxlabel(), figure.get_supylabel()]
    for ax in figure.axes:
        found += [ax.get_title(), ax.get_xlabel(), ax.get_ylabel(), *(text.get_text() for text in ax.texts)]
        found += [label.get_text() for label in (*ax.get_yticklabels(), *ax.get_xticklabels())]
    for legend in figure.legends:
        found += [text.get_text() for text in legend.get_texts()]
    return "\n".join(found)


def points(figure: Figure, panel: int = 0) -> dict[tuple[float, float], str]:
    """The drawn points, x and y, with their markers."""
    return {
        (round(x, 6), y): str(line.get_marker())
        for line in figure.axes[panel].lines
        if line.get_marker() not in {"None", ""}
        for x, y in line.get_xydata().tolist()  # type: ignore[union-attr]
    }


def bars(figure: Figure, panel: int = 0) -> set[tuple[float, float, float]]:
    """The interval bars: from, to, row."""
    found = set()
    for line in figure.axes[panel].lines:
        places = line.get_xydata().tolist()  # type: ignore[union-attr]
        if len(places) == 2 and places[0][1] == places[1][1] and line.get_marker() == "None":
            found.add((round(places[0][0], 6), round(places[1][0], 6), places[0][1]))
    return found


def test_there_is_a_plot_for_every_table() -> None:
    assert set(analysis_plots._PLOTS) == set(tables._TABLES) == set(DOCUMENTS)  # noqa: SLF001 - the registries


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_a_plot_is_the_same_bytes_each_time(name: str, suffix: str, tmp_path: Path) -> None:
    for place in ("a", "b"):
        save_plot(document(name), tmp_path / f"{place}{suffix}")
    first = (tmp_path / f"a{suffix}").read_bytes()
    assert first == (tmp_path / f"b{suffix}").read_bytes()
    if suffix == ".svg":
        assert ET.fromstring(first).tag.endswith("svg")  # noqa: S314 - just written here
    else:
        assert first.startswith(b"\x89PNG")


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_every_text_is_inside_the_picture(name: str) -> None:
    long = json.loads(json.dumps(document(name)).replace('"one"', '"standoff_linear"'))
    figure = plot_analysis(long)
    FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call]  # as matplotlib declares it
    drawn, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    assert 0 <= drawn.x0 < drawn.x1 <= width
    assert 0 <= drawn.y0 < drawn.y1 <= height


def test_errors_show_scores_of_slices_with_enough_items() -> None:
    figure = plot_analysis(document("errors"))
    assert points(figure) == {(50, 0): "D", (30, 2): "o"}
    assert points(figure, 1) == {(60, 0): "D", (70, 1): "o", (40, 2): "o"}
    assert bars(figure, 1) >= {(50, 70, 0), (60, 80, 1)}
    said = texts(figure)
    assert "sure*: yes (n = 40)" in said
    assert "2021" not in said
    assert "labels by models" in said
    assert "no input of any system" in said


def test_against_has_a_zero_line_and_the_means_last() -> None:
    figure = plot_analysis(document("against"))
    above, below = -0.16, 0.16
    assert points(figure) == {
        **{(10, row + above): "o" for row in (0, 1)},
        **{(8, row + below): "s" for row in (0, 1)},
        (5, 2 + above): "D",
        (4, 2 + below): "D",
    }
    assert bars(figure) >= {(5, 20, above), (4, 18, below), (2, 8, 2 + above), (1, 7, 2 + below)}
    assert any(list(line.get_xdata()) == [0, 0] for line in figure.axes[0].lines)  # type: ignore[arg-type]
    said = texts(figure)
    assert "mean of 1 human-labelled" in said
    assert "b (labels by models)\n60.0 against two 50.0, blind 52.0" in said
    assert "against the best anchor\nagainst the best of anchors and controls" in said


def test_without_controls_there_is_one_bar_in_the_middle_of_each_row() -> None:
    figure = plot_analysis(document("against") | {"controls": []})
    assert points(figure) == {(10, 0): "o", (10, 1): "o", (5, 2): "D"}
    assert "controls" not in texts(figure)


def test_without_a_human_labelled_task_there_is_no_mean() -> None:
    figure = plot_analysis(document("against") | {"mean": {"best_anchor": None, "best_rival": None}})
    assert len(points(figure)) == 4
    assert "mean" not in texts(figure)


def test_an_ablation_shows_every_task_apart() -> None:
    figure = plot_analysis(document("ablation"))
    found = points(figure)
    assert {place for place, marker in found.items() if marker == "D" and place[1] == int(place[1])} == {
        (-2, 0),
        (-2, 1),
    }
    assert {x for x, y in found if y == 0.22} == {0, -1, -2, -3, -4, -5, -6, -7, -8}
    # Nine tasks and six colours: those that share one have another marker. Black is for the mean alone.
    lines = [line for line in figure.axes[0].lines if line.get_label() in set("abcdefghi")]
    looks = {(str(line.get_color()), str(line.get_marker())) for line in lines}
    assert len(looks) == 9
    assert not {"black", "#000000"} & {colour for colour, _ in looks}


def test_curves_have_a_panel_for_each_task() -> None:
    figure = plot_analysis(document("curve"))
    titles = [ax.get_title() for ax in figure.axes if ax.axison]
    assert titles == ["a", "b", "c", "d (labels by models)"]
    assert set(points(figure)) == {(10, 30), (100, 50)}
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["one", "two"]


def test_a_matrix_says_what_is_compared() -> None:
    figure = plot_analysis(document("transfer"))
    shown = [text.get_text() for text in figure.axes[0].texts]
    assert shown == ["70", "40°\n(70)", "40°\n(70)", "70°"]
    said = texts(figure)
    assert "a (en)" in said
    assert "b (ru)\nlabels by models" in said
    assert "mean no stance" in said


def test_features_are_drawn_by_weight() -> None:
    figure = plot_analysis(document("features"))
    assert [patch.get_width() for patch in figure.axes[0].patches] == [2, 1, -3]  # type: ignore[attr-defined]
    assert "␣yes" in texts(figure)


def test_what_cannot_be_drawn_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no analysis with a plot named 'x'"):
        plot_analysis({"analysis": "x"})
    with pytest.raises(InputError, match=r"\.png or \.svg"):
        save_plot(document("against"), tmp_path / "x.pdf")
    refuse_format(tmp_path / "x.svg")
    assert list(tmp_path.iterdir()) == []
