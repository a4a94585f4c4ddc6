"""Many runs: each task in a process of its own, which makes all its runs on features computed once."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import traceback
import warnings
from collections import deque
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING

from standoff.baselines.features import shared_analyses
from standoff.errors import StandoffError
from standoff.experiments.run import run_on
from standoff.tasks.registry import load_task

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from multiprocessing.context import SpawnProcess
    from pathlib import Path

    from standoff.experiments.config import RunConfig
    from standoff.tasks.task import LoadedTask


@dataclass(frozen=True, slots=True)
class Job:
    """A run to make: its name, what is trained on what, and the folder it goes to."""

    name: str
    config: RunConfig
    folder: Path


@dataclass(frozen=True, slots=True)
class Started:
    """A run was started."""

    name: str


@dataclass(frozen=True, slots=True)
class Made:
    """A run was made; ``value`` is its primary metric, the mean where there are several seeds."""

    name: str
    metric: str
    value: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Failed:
    """A run could not be made, and left nothing."""

    name: str
    error: str


@dataclass(frozen=True, slots=True)
class Warned:
    """Something that a run had to say on its way."""

    name: str
    warning: str


Outcome = Made | Failed
Event = Started | Made | Failed | Warned


def make_all(
    groups: Sequence[Sequence[Job]],
    *,
    processes: int,
    tell: Callable[[Event], None],
    data_dir: Path | None = None,
) -> list[Outcome]:
    """Make every run of every group, a group in one process, the groups in their order.

    One group, or one process, is worked on in this process; otherwise fresh ones are started, which end when this
    one does, however it ends. A run that fails leaves the others alone.

    Args:
        groups: Jobs on the same task, which share what its texts are split into.
        processes: How many groups are worked on at once.
        tell: Is told what happens, when it happens.
        data_dir: A folder with the tasks' files; the stored sets by default.

    Returns:
        How each run ended, in the order in which they did.
    """
    alone = min(processes, len(groups)) <= 1
    happening = _here(groups, data_dir) if alone else _in_processes(groups, processes, data_dir)
    outcomes: list[Outcome] = []
    with closing(happening):  # an error here, or Ctrl-C, ends the processes too
        for event in happening:
            tell(event)
            if isinstance(event, Made | Failed):
                outcomes.append(event)
    return outcomes


def _here(groups: Sequence[Sequence[Job]], data_dir: Path | None) -> Generator[Event]:
    for group in groups:
        yield from _work(group, data_dir)


def _work(jobs: Sequence[Job], data_dir: Path | None) -> Iterator[Event]:
    """Make the jobs of one group in this process."""
    loaded: dict[str | None, LoadedTask] = {}
    with shared_analyses():
        for number, job in enumerate(jobs):
            yield Started(job.name)
            try:
                split_set = job.config.split_set
                if split_set not in loaded:
                    loaded = {split_set: load_task(job.config.task, data_dir=data_dir, split_set=split_set)}
                done = run_on(loaded[split_set], job.config, job.folder, features_shared=number > 0)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is reported, and the other runs go on
                yield Failed(job.name, _told(error))
            else:
                primary = done.evaluation.scores.primary.value
                value = done.spread.mean if done.spread else primary
                yield Made(job.name, done.evaluation.scores.metric, value, done.seconds)


def _told(error: Exception) -> str:
    """Return an error as text; one that nobody raised on purpose with the line it comes from."""
    if isinstance(error, StandoffError):
        return str(error)
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error}\n  raised at {last.filename}:{last.lineno}, in {last.name}"


@dataclass(frozen=True, slots=True)
class _Child:
    """A process at work, and the names of its runs that have not ended."""

    process: SpawnProcess
    left: list[str]


def _in_processes(groups: Sequence[Sequence[Job]], processes: int, data_dir: Path | None) -> Generator[Event]:
    # A fresh interpreter, not a fork of this one: a fork copies locks that threads of this process may hold.
    context = multiprocessing.get_context("spawn")
    waiting, running = deque(groups), dict[Connection, _Child]()
    try:
        while waiting or running:
            while waiting and len(running) < processes:
                group = waiting.popleft()
                ours, theirs = context.Pipe(duplex=False)
                process = context.Process(target=_child, args=(group, data_dir, theirs), daemon=True)
                process.start()
                theirs.close()  # theirs alone now, so that its end is heard
                running[ours] = _Child(process, [job.name for job in group])
            heard = wait(list(running))
            for ours in [one for one in running if one in heard]:
                yield from _hear(ours, running)
    finally:
        for child in running.values():
            child.process.kill()
            child.process.join()


def _hear(ours: Connection, running: dict[Connection, _Child]) -> Iterator[Event]:
    """Yield what a child says next; when it has ended, the runs that it did not come to."""
    child = running[ours]
    try:
        event: Event = ours.recv()
    except (EOFError, OSError):  # OSError: it ended in the middle of a word
        del running[ours]
        ours.close()
        child.process.join()
        for name in child.left:
            yield Failed(name, _how_it_ended(child.process.exitcode))
        return
    if isinstance(event, Made | Failed):
        child.left.remove(event.name)
    yield event


def _how_it_ended(code: int | None) -> str:
    if code is not None and code < 0:
        hint = "; the system does so when memory is short: try --jobs 1" if -code == signal.SIGKILL else ""
        return f"its process was ended by signal {-code} ({signal.Signals(-code).name}){hint}"
    return f"its process ended early with exit code {code}"


def _child(jobs: Sequence[Job], data_dir: Path | None, pipe: Connection) -> None:
    # Ctrl-C reaches all processes of a terminal; the parent takes it and ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    name = jobs[0].name

    def warn(message: Warning | str, *_: object, **__: object) -> None:
        pipe.send(Warned(name, str(message)))

    warnings.showwarning = warn
    for event in _work(jobs, data_dir):
        name = event.name
        pipe.send(event)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
