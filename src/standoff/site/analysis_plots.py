"""Plots of analyses, from the documents that hold them. Needs the extra ``notebooks``."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from standoff.errors import unknown_name
from standoff.experiments.analysis.tables import visible
from standoff.site.drawing import COLOURS, drawing, look, new_figure, save_figure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Estimate = dict[str, float | None]


def plot_analysis(document: Mapping[str, Any]) -> Figure:
    """Return the figure of an analysis; nothing is shown or written.

    Args:
        document: What ``to_json`` of an analysis returns, fresh or read from a file.

    Raises:
        NotFoundError: matplotlib is not installed, or there is no plot of such an analysis.
    """
    if document["analysis"] not in _PLOTS:
        raise unknown_name("analysis with a plot", document["analysis"], _PLOTS)
    with drawing():
        return _PLOTS[document["analysis"]](document)


def save_plot(document: Mapping[str, Any], path: Path) -> None:
    """Write the plot of an analysis, atomically; the same document gives the same bytes.

    Raises:
        InputError: The name ends neither in ``.png`` nor in ``.svg``.
        NotFoundError: As :func:`plot_analysis`.
    """
    save_figure(partial(plot_analysis, document), path)


def _bars(
    ax: Axes,
    estimates: Sequence[Estimate | None],
    *,
    colour: str = COLOURS[0],
    marker: str = "o",
    shift: float = 0,
) -> None:
    """Draw values as points and their intervals as bars, in points of 100, from the top down.

    Args:
        ax: The panel.
        estimates: One per row, None for a row without.
        colour: Of points and bars.
        marker: Of the points.
        shift: How far below the middle of its row each is drawn, in rows.
    """
    for row, one in enumerate(estimates):
        if one is None or one["value"] is None:
            continue
        place = row + shift
        if one["low"] is not None and one["high"] is not None:
            ends = [100 * one["low"], 100 * one["high"]]
            ax.plot(ends, [place, place], color=colour, lw=1.6, solid_capstyle="butt")
        ax.plot([100 * one["value"]], [place], marker=marker, color=colour, ms=5, ls="none")


def _rows(ax: Axes, names: Sequence[str]) -> None:
    """Write a name beside each row, the first on top."""
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color="#dddddd", lw=0.6)
    ax.set_axisbelow(True)


def _zero_line(ax: Axes) -> None:
    ax.axvline(0, color="black", lw=1)


def _plot_features(document: Mapping[str, Any]) -> Figure:
    labels = document["labels"]
    longest = max(len(one[side]) for one in labels for side in ("speak_for", "speak_against"))
    figure, axes = new_figure(4 * len(labels), 1.2 + 0.32 * longest, ncols=len(labels))
    for ax, one in zip(axes[0], labels, strict=True):
        shown = [*one["speak_for"], *reversed(one["speak_against"])]
        weights = [feature["weight"] for feature in shown]
        colours = [COLOURS[0] if weight > 0 else COLOURS[1] for weight in weights]
        ax.barh(range(len(shown)), weights, color=colours)
        _rows(ax, [visible(feature["feature"]) for feature in shown])
        ax.tick_params(axis="y", labelsize=6)
        _zero_line(ax)
        ax.set_title(str(one["label"]))
    figure.suptitle(f"{document['system']}: features for (right) and against (left) each label")
    return figure


def _plot_errors(document: Mapping[str, Any]) -> Figure:
    shown = [one for one in document["slices"] if one["accuracy"] is not None]
    names = [f"all (n = {document['n']})"]
    names += [
        f"{one['column']}{'*' if one['origin'] == 'gold' else ''}: {one['value']} (n = {one['n']})"
        for one in shown
    ]
    figure, axes = new_figure(9, 1.5 + 0.22 * len(names), ncols=2, sharey=True)
    for ax, metric, title in zip(axes[0], ("macro_f1", "accuracy"), ("macro-F1", "accuracy"), strict=True):
        whole = document[metric]
        _bars(ax, [whole], colour="black", marker="D")
        _bars(ax, [None, *(one[metric] for one in shown)])
        ax.axvline(100 * whole["value"], color="black", lw=0.8, ls=":")
        for place in range(1, len(shown)):
            if shown[place - 1]["column"] != shown[place]["column"]:
                ax.axhline(place + 0.5, color="#bbbbbb", lw=0.6)
        ax.axhline(0.5, color="#bbbbbb", lw=0.6)
        ax.set_xlabel(f"{title}, 95 % interval")
        ax.set_xlim(0, 100)
    _rows(axes[0][0], names)
    axes[0][1].grid(axis="x", color="#dddddd", lw=0.6)
    axes[0][1].tick_params(axis="y", length=0)
    starred = "\n* made with the gold label, no input of any system" if document["made_with_the_label"] else ""
    head = f"{document['system']} on {document['task']}, {document['split']}, labels by {document['label_kind']}s"
    figure.suptitle(head + starred)
    return figure


def _plot_curve(document: Mapping[str, Any]) -> Figure:
    curves = document["curves"]
    tasks = list(dict.fromkeys(curve["task"] for curve in curves))
    baselines = list(dict.fromkeys(curve["baseline"] for curve in curves))
    columns = min(3, len(tasks))
    rows = -(-len(tasks) // columns)
    figure, axes = new_figure(3.3 * columns + 0.4, 2.7 * rows + 0.8, nrows=rows, ncols=columns)
    panels = axes.ravel()
    for ax in panels[len(tasks) :]:
        ax.set_axis_off()
    for ax, task in zip(panels, tasks, strict=False):
        for curve in (one for one in curves if one["task"] == task):
            colour, marker = look(baselines.index(curve["baseline"]))
            items = [point["n_items"] for point in curve["points"]]
            bounds = [[100 * point[end] for point in curve["points"]] for end in ("low", "mean", "high")]
            ax.fill_between(items, bounds[0], bounds[2], color=colour, alpha=0.2, lw=0)
            ax.plot(items, bounds[1], color=colour, marker=marker, ms=4, label=curve["baseline"])
            kind = curve["label_kind"]
        ax.set_title(f"{task}{'' if kind == 'human' else ' (labels by models)'}")
        ax.grid(color="#dddddd", lw=0.6)
        ax.set_xlim(left=0)
    figure.supxlabel("training items")
    figure.supylabel("macro-F1 on held-out training items")
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper center", ncols=min(4, len(names)), frameon=False)
    return figure


def _plot_ablation(document: Mapping[str, Any]) -> Figure:
    without = document["without"]
    tasks = list(document["whole"])
    figure, axes = new_figure(7.5, 1.8 + 0.42 * len(without))
    ax = axes[0][0]
    for place, task in enumerate(tasks):
        values = [100 * one["tasks"][task]["value"] for one in without]
        colour, marker = look(place)
        # Under the means, a little lower, so that neither hides the other.
        rows = [row + 0.22 for row in range(len(without))]
        ax.plot(values, rows, color=colour, marker=marker, ms=4, ls="none", label=task, alpha=0.9)
    _bars(ax, [one["mean"] for one in without], colour="black", marker="D")
    _rows(ax, [f"without {one['name']}" for one in without])
    _zero_line(ax)
    ax.set_xlabel("macro-F1 without the idea minus with it\nin points, 95 % interval; left of zero the idea pays")
    figure.suptitle(f"{document['baseline']}: mean over human-labelled tasks (black) and each task")
    figure.legend(loc="outside lower center", ncols=min(5, len(tasks)), frameon=False)
    return figure


def _plot_against(document: Mapping[str, Any]) -> Figure:
    shown, mean = document["on_tasks"], document["mean"]
    names = [_against_row(one) for one in shown]
    if mean["best_anchor"]:
        names.append(f"mean of {sum(one['label_kind'] == 'human' for one in shown)} human-labelled")
    figure, axes = new_figure(7.5, 1.8 + 0.5 * len(names))
    ax = axes[0][0]
    kinds = [("best_anchor", "the best anchor")]
    if document["controls"]:
        kinds.append(("best_rival", "the best of anchors and controls"))
    for place, (which, called) in enumerate(kinds):
        colour, marker = look(place)
        down = 0.32 * (place - (len(kinds) - 1) / 2)
        _bars(ax, [one[which]["difference"] for one in shown], colour=colour, marker=marker, shift=down)
        _bars(ax, [None] * len(shown) + [mean[which]], colour=colour, marker="D", shift=down)
        ax.plot([], [], color=colour, marker=marker, label=f"against {called}")
    if mean["best_anchor"]:
        ax.axhline(len(shown) - 0.5, color="#bbbbbb", lw=0.8)
    _rows(ax, names)
    _zero_line(ax)
    ax.set_xlabel(f"macro-F1 of {document['ours']} minus that of the other\nin points, 95 % interval")
    figure.legend(loc="outside upper center", ncols=2, frameon=False)
    return figure


def _against_row(one: Mapping[str, Any]) -> str:
    """Return a task's name, and below it what was reached by the system, the best anchor, and who is better."""
    rivals = {one[which]["system"]: one[which]["value"] for which in ("best_anchor", "best_rival")}
    reached = ", ".join(f"{system} {100 * value:.1f}" for system, value in rivals.items())
    kind = "" if one["label_kind"] == "human" else " (labels by models)"
    return f"{one['task']}{kind}\n{100 * one['ours']:.1f} against {reached}"


def _plot_transfer(document: Mapping[str, Any]) -> Figure:
    members = document["members"]
    size = len(members)
    place = {member["task"]: at for at, member in enumerate(members)}
    grid = [[0.0] * size for _ in members]
    for cell in document["cells"]:
        grid[place[cell["train"]]][place[cell["test"]]] = 100 * cell["value"]["value"]
    figure, axes = new_figure(max(6, 2.2 + 0.85 * size), 1.8 + 0.7 * size)
    ax = axes[0][0]
    picture = ax.imshow(grid, cmap="cividis", vmin=0, vmax=100, aspect="auto")
    for cell in document["cells"]:
        row, column = place[cell["train"]], place[cell["test"]]
        value = grid[row][column]
        mark = "°" if cell["meaning"] == "polarity" else ""
        inside = "" if row == column else f"\n({100 * cell['within']['value']:.0f})"
        ax.text(
            column,
            row,
            f"{value:.0f}{mark}{inside}",
            ha="center",
            va="center",
            color="black" if value > 55 else "white",
            fontweight="bold" if row == column else "normal",
        )
    names = [
        f"{member['task']} ({member['language']})"
        + ("" if member["label_kind"] == "human" else "\nlabels by models")
        for member in members
    ]
    ax.set_xticks(range(size), names, rotation=40, ha="right")
    ax.set_yticks(range(size), names)
    ax.set_xlabel("tested on")
    ax.set_ylabel("trained on")
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    figure.colorbar(picture, ax=ax, label="macro-F1 over the labels both have", shrink=0.8)
    polarity = "\n° the labels of one of the two mean no stance" if "polarity" in str(document["members"]) else ""
    ax.set_title(f"{document['baseline']}; in brackets: trained on the tested set itself{polarity}", fontsize=9)
    return figure


def _plot_stress(document: Mapping[str, Any]) -> Figure:
    results = document["results"]
    tasks = list(dict.fromkeys(one["task"] for one in results))
    systems = list(dict.fromkeys(one["system"] for one in results))
    scored = {
        task: list(
            dict.fromkeys(
                score["stress"]
                for one in results
                if one["task"] == task
                for score in one["stresses"]
                if score["originals"] and score["originals"]["drop"]
            )
        )
        for task in tasks
    }
    derived = {score["stress"] for one in results for score in one["stresses"] if score["label_kind"] == "derived"}
    shown = [task for task in tasks if scored[task]]
    heights = [len(scored[task]) for task in shown] or [1]
    figure, axes = new_figure(
        7.5, 1.2 + 0.5 * sum(heights) + 0.5 * len(heights), nrows=len(heights), sharex=True, height_ratios=heights
    )
    for ax, task in zip(axes[:, 0], shown, strict=False):
        for one in (one for one in results if one["task"] == task):
            place = systems.index(one["system"])
            colour, marker = look(place)
            drops = {score["stress"]: (score["originals"] or {}).get("drop") for score in one["stresses"]}
            down = 0.5 * (place - (len(systems) - 1) / 2) / max(1, len(systems) - 1)
            _bars(ax, [drops.get(name) for name in scored[task]], colour=colour, marker=marker, shift=down)
        kind = next(one["label_kind"] for one in results if one["task"] == task)
        ax.set_title(f"{task}{'' if kind == 'human' else ' (labels by models)'}", loc="left")
        _rows(ax, [f"{name}\n(labels by rule)" if name in derived else name for name in scored[task]])
        _zero_line(ax)
    for place, system in enumerate(systems):
        colour, marker = look(place)
        axes[0][0].plot([], [], color=colour, marker=marker, label=system)
    axes[-1][0].set_xlabel("score on the originals minus that on the changed items\nin points, 95 % interval")
    figure.legend(loc="outside upper center", ncols=min(4, len(systems)), frameon=False)
    return figure


_PLOTS: dict[str, Callable[[Mapping[str, Any]], Figure]] = {
    "ablation": _plot_ablation,
    "against": _plot_against,
    "curve": _plot_curve,
    "errors": _plot_errors,
    "features": _plot_features,
    "stress": _plot_stress,
    "transfer": _plot_transfer,
}
