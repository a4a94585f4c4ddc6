"""Progress bars on standard error: there on a terminal, gone when done, and nothing at all elsewhere."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress, ProgressColumn, TaskID


class ByteBar:
    """One line of a display, in the words in which pooch drives a bar.

    Args:
        display: The display it is a line of.
        line: Which line.
    """

    def __init__(self, display: Progress, line: TaskID) -> None:
        self._display = display
        self._line = line
        self._offset = 0
        self._total = 0

    def start_at(self, offset: int) -> None:
        """Count from ``offset`` bytes, which are here already; pooch counts only what is still to come."""
        self._offset = offset
        # Not an update, which would count these bytes into the speed.
        self._display.reset(self._line, completed=offset)

    @property
    def total(self) -> int:
        """How many bytes are to come, 0 where the server does not say."""
        return self._total

    @total.setter
    def total(self, to_come: int) -> None:
        self._total = to_come
        if to_come:
            self._display.update(self._line, total=self._offset + to_come)

    def update(self, size: int) -> None:
        """Advance by ``size`` bytes."""
        self._display.advance(self._line, size)

    def reset(self) -> None:
        """Go back to the start; pooch does so before it sets the bar to its end."""
        self._display.update(self._line, completed=self._offset)

    def close(self) -> None:
        """Do nothing: the line goes with its display."""


@contextmanager
def counting(label: str, total: int) -> Iterator[Callable[[], None]]:
    """Show how many of ``total`` files are done; call what is given once for each."""
    from rich.progress import MofNCompleteColumn  # noqa: PLC0415 - only where files are moved or verified

    with _display(MofNCompleteColumn()) as display:
        line = display.add_task(label, total=total)
        yield lambda: display.advance(line)


@contextmanager
def arriving(label: str) -> Iterator[ByteBar]:
    """Show how many bytes of a download are here; the bar that is given is for :class:`pooch.HTTPDownloader`."""
    from rich.progress import DownloadColumn, TimeRemainingColumn, TransferSpeedColumn  # noqa: PLC0415 - as above

    with _display(DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn()) as display:
        yield ByteBar(display, display.add_task(label, total=None))


def _display(*columns: ProgressColumn) -> Progress:
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.progress import BarColumn, Progress, TextColumn  # noqa: PLC0415 - as above

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        *columns,
        console=Console(stderr=True),
        transient=True,
        # rich would also take FORCE_COLOR for a terminal.
        disable=not sys.stderr.isatty(),
    )
