"""What plots have in common: a look, colours that colour-blind readers can tell apart, and files written whole.

Needs the extra ``notebooks``.
"""

from __future__ import annotations

import io
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from standoff.errors import InputError, NotFoundError
from standoff.files import write_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from matplotlib.figure import Figure

FORMATS = (".png", ".svg")

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Colours of Okabe and Ito's, which colour-blind readers can tell apart. Black is left for means."""

MARKERS = ("o", "s", "^", "v", "P", "X", "*")
"""One more than colours, so that both together come again after 42 only. The diamond is left for means."""


@contextmanager
def drawing() -> Iterator[None]:
    """Draw with the look that all plots have, inside.

    Raises:
        NotFoundError: matplotlib is not installed.
    """
    try:
        import matplotlib as mpl  # noqa: PLC0415 - an extra
    except ImportError:
        raise NotFoundError("matplotlib is not installed", remedy="pip install 'standoff[notebooks]'") from None
    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        yield


def new_figure(width: float, height: float, **panels: Any) -> tuple[Figure, Any]:
    """Return a figure that no window shows, in inches, and its panels in an array of two dimensions."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - an extra

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(squeeze=False, **panels)


def look(place: int) -> tuple[str, str]:
    """Return the colour and the marker of the system or task at a place."""
    return COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)]


def refuse_format(path: Path) -> None:
    """Raise an error where a plot cannot be written to a file of that name.

    Raises:
        InputError: The name ends neither in ``.png`` nor in ``.svg``.
    """
    if path.suffix not in FORMATS:
        raise InputError(
            "is no format for plots",
            where=path,
            got=path.suffix,
            expected=f"a name ending in {' or '.join(FORMATS)}",
        )


def save_figure(draw: Callable[[], Figure], path: Path) -> None:
    """Write what ``draw`` returns, atomically; the same figure gives the same bytes.

    Raises:
        InputError: The name ends neither in ``.png`` nor in ``.svg``.
        NotFoundError: matplotlib is not installed.
    """
    refuse_format(path)
    figure = draw()
    _fix_places(figure)
    import matplotlib as mpl  # noqa: PLC0415 - an extra

    drawn = io.BytesIO()
    # matplotlib writes the time into an SVG and random ids into its elements, unless told not to.
    with mpl.rc_context({"svg.hashsalt": "standoff", "svg.fonttype": "none"}):
        metadata = {"Date": None} if path.suffix == ".svg" else {"Software": None}
        figure.savefig(drawn, format=path.suffix[1:], dpi=150, metadata=metadata)
    write_bytes(path, drawn.getvalue())


def _fix_places(figure: Figure) -> None:
    """Let the panels stay where the layout puts them, but for the last digits of what it finds.

    Those differ now and then between two runs of its solver, and the names of an SVG's clip paths with them.
    """
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for ax in figure.axes:
        left, bottom, width, height = (round(value, 4) for value in ax.get_position().bounds)
        ax.set_position((left, bottom, width, height))
