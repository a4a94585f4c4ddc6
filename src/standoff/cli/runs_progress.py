"""How runs in the making look on standard error: what is at work, how many have ended, and what went wrong."""

from __future__ import annotations

import datetime as dt
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from standoff.errors import enumerated, printable
from standoff.experiments.jobs import Failed, Planned, Skipped, Started, Warned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from standoff.experiments.jobs import Event, Job, Outcome


def make_runs(
    groups: Sequence[Sequence[Job]], *, processes: int | None = None, data_dir: Path | None = None
) -> list[Outcome]:
    """Make all runs with their progress on standard error; return how they ended."""
    from standoff.experiments.batch import make_all

    with showing() as tell:
        return make_all(groups, processes=processes, tell=tell, data_dir=data_dir)


@contextmanager
def showing() -> Iterator[Callable[[Event], None]]:
    """Show how many of the planned runs have ended; call what is given with each event.

    A line is left for each run that has ended. On a terminal, what is at work stands below, with its time.
    """
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[count]}"),
        TimeElapsedColumn(),
    )
    with Progress(
        *columns,
        console=Console(stderr=True),
        transient=True,
        # rich would also take FORCE_COLOR for a terminal.
        disable=not sys.stderr.isatty(),
    ) as display:
        yield _Teller(display)


class _Teller:
    """Turns events into lines.

    Args:
        display: The lines of what is at work.
    """

    def __init__(self, display: Progress) -> None:
        self._display, self._total, self._ended = display, 0, 0
        self._start = time.monotonic()
        self._at_work: dict[str, TaskID] = {}
        self._all = display.add_task("runs", total=None, count="")

    def __call__(self, event: Event) -> None:
        if isinstance(event, Planned):
            self._total = event.n
            self._display.update(self._all, total=event.n, count=f"0/{event.n}")
            return
        if isinstance(event, Started):
            self._at_work[event.name] = self._display.add_task(printable(event.name), total=None, count="")
            return
        if isinstance(event, Warned):
            self._print(f"{event.name}: warning: {event.warning}")
            return
        self._ended += 1 + (len(event.not_begun) if isinstance(event, Failed) else 0)
        if (line := self._at_work.pop(event.name, None)) is not None:  # one whose process died may not have begun
            self._display.remove_task(line)
        self._display.update(self._all, completed=self._ended, count=f"{self._ended}/{self._total}")
        elapsed = dt.timedelta(seconds=round(time.monotonic() - self._start))
        number = f"{self._ended:>{len(str(self._total))}}/{self._total}"
        self._print(f"{number}  {elapsed}  {event.name}: {_ending(event)}")

    def _print(self, text: str) -> None:
        self._display.console.print(printable(text), markup=False, highlight=False, soft_wrap=True)


def _ending(event: Outcome) -> str:
    if isinstance(event, Skipped):
        return f"skipped: {event.reason}"
    if isinstance(event, Failed):
        rest = f" ({len(event.not_begun)} after it not begun)" if event.not_begun else ""
        return f"failed{rest}: {event.error.splitlines()[0]}"
    return f"{event.metric.replace('_f1', '-F1')} {100 * event.value:.1f} in {event.seconds:.1f} s"


def print_errors(kind: str, failed: Iterable[Failed]) -> None:
    """Print the whole error of each run on standard error, after ``kind``; one that several runs share, once."""
    by_error: dict[str, list[str]] = {}
    for one in failed:
        by_error.setdefault(one.error, []).append(one.name)
    for error, names in by_error.items():
        typer.echo(printable(f"{kind}: {enumerated(names, limit=8)}: {error}"), err=True)
