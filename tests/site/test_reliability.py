from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib.patches import Rectangle

from standoff.errors import InputError
from standoff.evaluation.predictions import Predictions
from standoff.experiments.evaluate import Evaluation, evaluate
from standoff.site.reliability import plot_reliability, save_reliability
from standoff.tasks.registry import load_task

LABELS = ("support", "oppose", "none")


def evaluated(sure: float) -> Evaluation:
    """Gold labels, each given that probability, and the other two an equal share of the rest."""
    rows = load_task("intervention").split("test")
    labels = dict(zip(rows["id"], rows["label"], strict=True))
    probabilities = {
        item: {one: sure if one == label else (1 - sure) / 2 for one in LABELS} for item, label in labels.items()
    }
    return evaluate(Predictions(labels, probabilities), "intervention", resamples=10)


def test_a_point_stands_where_its_bin_is() -> None:
    figure = plot_reliability([evaluated(0.75), evaluated(0.55)])
    points = [[line for line in ax.get_lines() if line.get_marker() == "o"] for ax in figure.axes[:2]]
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for (line,) in points] == [  # type: ignore[index]
        (pytest.approx(0.75), 1.0),
        (pytest.approx(0.55), 1.0),
    ]
    heights = [bar.get_bbox().height for bar in figure.axes[2].patches if isinstance(bar, Rectangle)]
    assert sum(heights) == heights[7] == 113
    assert "Brier 0.094" in figure.axes[0].get_title()


def test_the_same_evaluation_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.svg", "b.svg"):
        save_reliability(evaluated(0.9), tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_without_probabilities_and_for_another_format_it_is_refused(tmp_path: Path) -> None:
    rows = load_task("intervention").split("test")
    plain = evaluate(dict(zip(rows["id"], rows["label"], strict=True)), "intervention", resamples=10)
    with pytest.raises(InputError, match="no probabilities to draw"):
        plot_reliability(plain)
    with pytest.raises(InputError, match="no format for plots"):
        save_reliability(evaluated(0.9), tmp_path / "a.pdf")
