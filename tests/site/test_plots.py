from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.axes import Axes

from standoff.errors import InputError
from standoff.site.plots import plot_stances

mpl.use("agg")


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    plt.close("all")


def rows(*given: tuple[str, str | None, str]) -> pd.DataFrame:
    return pd.DataFrame(given, columns=["actor", "label", "kind"])


MADE = rows(
    ("Ada", "support", "model"),
    ("Ada", "support", "model"),
    ("Ada", "oppose", "model"),
    ("Ada", None, "model"),
    ("Ada", "oppose", "derived"),
    ("Ben", "none", "model"),
    ("Cid", "oppose", "model"),
)


def widths(ax: Axes) -> dict[str, dict[str, float]]:
    names = [label.get_text() for label in ax.get_yticklabels()]
    return {
        str(bars.get_label()): {name: bar.get_width() for name, bar in zip(names, bars, strict=True)}
        for bars in ax.containers
    }


def test_bars_are_the_counts_of_coded_statements() -> None:
    assert widths(plot_stances(MADE)) == {
        "support": {"Ben": 0, "Cid": 0, "Ada": 2},
        "oppose": {"Ben": 0, "Cid": 1, "Ada": 1},
        "none": {"Ben": 1, "Cid": 0, "Ada": 0},
    }


def test_only_the_actors_with_most_positions_are_drawn() -> None:
    assert list(widths(plot_stances(MADE, actors=1))["support"]) == ["Ada"]


def test_it_says_who_made_the_labels() -> None:
    assert "labels made by: model" in plot_stances(MADE).get_xlabel()


def test_it_draws_where_it_is_told() -> None:
    _, ax = plt.subplots()
    assert plot_stances(MADE, ax=ax) is ax


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (MADE.drop(columns="label"), "columns label"),
        (MADE[:0], "no coded statement"),
        (MADE[MADE["kind"] == "derived"], "no coded statement"),
    ],
)
def test_what_cannot_be_drawn_is_refused(frame: pd.DataFrame, says: str) -> None:
    with pytest.raises(InputError, match=says):
        plot_stances(frame)
