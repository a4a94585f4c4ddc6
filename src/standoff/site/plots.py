"""Plots, the same in notebooks and on pages. Needs the extra ``notebooks``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from standoff.errors import InputError, NotFoundError
from standoff.records import BoardLabel

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BAR_COLOURS = {BoardLabel.SUPPORT: "#2c7fb8", BoardLabel.OPPOSE: "#d95f0e", BoardLabel.NONE: "#bdbdbd"}
"""Blue and orange can be told apart by colour-blind readers too."""


def plot_stances(statements: pd.DataFrame, *, actors: int = 15, ax: Axes | None = None) -> Axes:
    """Draw, for the actors with the most positions, how often they support, oppose, or take no position.

    Args:
        statements: Rows of the config ``stance``; needs the columns ``actor``, ``label`` and ``kind``. Rows
            without a board label and derived rows are left out.
        actors: How many actors are drawn, most positions first.
        ax: Where to draw; a new figure by default.

    Raises:
        InputError: A column is missing, or no row is left.
        NotFoundError: matplotlib is not installed.
    """
    try:
        import matplotlib.pyplot as plt  # noqa: PLC0415 - an extra
        from matplotlib.ticker import MaxNLocator  # noqa: PLC0415
    except ImportError:
        raise NotFoundError("matplotlib is not installed", remedy="pip install 'standoff[notebooks]'") from None
    missing = sorted({"actor", "label", "kind"} - set(statements.columns))
    if missing:
        raise InputError(f"columns {', '.join(missing)} are missing", expected="rows of the config stance")
    coded = statements[(statements["kind"] != "derived") & statements["label"].notna()]
    if coded.empty:
        raise InputError("no coded statement with a board label", expected="rows of the config stance")
    labels = [label.value for label in BoardLabel]
    counts = pd.crosstab(coded["actor"], coded["label"]).reindex(columns=labels, fill_value=0)
    positions = counts[BoardLabel.SUPPORT.value] + counts[BoardLabel.OPPOSE.value]
    order = sorted(counts.index, key=lambda actor: (-positions[actor], actor))[:actors]
    shown = counts.loc[order[::-1]]
    if ax is None:
        _, ax = plt.subplots(figsize=(8, 0.8 + 0.32 * len(shown)), layout="constrained")
    left = [0] * len(shown)
    for label in BoardLabel:
        values = shown[label.value].tolist()
        ax.barh(list(shown.index), values, left=left, color=BAR_COLOURS[label], label=label.value)
        left = [a + b for a, b in zip(left, values, strict=True)]
    kinds = " and ".join(sorted(coded["kind"].unique()))
    ax.set_xlabel(f"statements (labels made by: {kinds})")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend(loc="lower right")
    ax.spines[["top", "right"]].set_visible(False)
    return ax
