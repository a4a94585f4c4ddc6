"""Reliability plots: how often the most probable label is right, by its probability.

Needs the extra ``notebooks``.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from standoff.errors import InputError
from standoff.experiments.evaluate import Evaluation
from standoff.site.drawing import COLOURS, drawing, new_figure, save_figure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from standoff.evaluation.scores import Calibration


def plot_reliability(evaluations: Evaluation | Sequence[Evaluation]) -> Figure:
    """Return a figure with a panel for each evaluation that has probabilities; nothing is shown or written.

    A point is a bin: its items' mean probability, and the share of them whose most probable label is right; the
    bars below say how many items it holds. On the diagonal, probabilities are what they say.

    Raises:
        InputError: No evaluation has probabilities.
        NotFoundError: matplotlib is not installed.
    """
    several = [evaluations] if isinstance(evaluations, Evaluation) else evaluations
    shown = [(one.task, one.scores.calibration) for one in several if one.scores.calibration]
    if not shown:
        raise InputError(
            "there are no probabilities to draw",
            expected="predictions with the probability of each label",
            remedy="add them: standoff predict writes them with --probabilities",
        )
    with drawing():
        figure, axes = new_figure(
            0.6 + 3.2 * len(shown),
            4.2,
            ncols=len(shown),
            nrows=2,
            gridspec_kw={"height_ratios": [3, 1]},
            sharex=True,
        )
        for place, (task, calibration) in enumerate(shown):
            _draw(axes[0][place], axes[1][place], task, calibration)
        axes[0][0].set_ylabel("share that is right")
        axes[1][0].set_ylabel("items")
        figure.supxlabel("probability of the most probable label", fontsize=9)
    return figure


def save_reliability(evaluations: Evaluation | Sequence[Evaluation], path: Path) -> None:
    """Write the figure as ``.svg`` or ``.png``; raises as :func:`plot_reliability` and for another ending."""
    save_figure(partial(plot_reliability, evaluations), path)


def _draw(upper: Axes, lower: Axes, task: str, calibration: Calibration) -> None:
    filled = [(one.mean, one.right) for one in calibration.bins if one.mean is not None and one.right is not None]
    upper.plot([0, 1], [0, 1], color="#999999", lw=0.8, ls="--")
    upper.plot([mean for mean, _ in filled], [right for _, right in filled], color=COLOURS[0], marker="o", lw=1.2)
    upper.set(xlim=(0, 1), ylim=(0, 1))
    brier, error = calibration.brier.value, calibration.error.value
    upper.set_title(f"{task}\nBrier {brier:.3f}, calibration error {error:.3f}")
    lower.bar(
        [one.low for one in calibration.bins],
        [one.n for one in calibration.bins],
        width=0.1,
        align="edge",
        color=COLOURS[0],
        edgecolor="white",
    )
