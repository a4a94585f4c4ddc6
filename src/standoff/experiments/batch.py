"""Many runs: each task in a process of its own, which makes all its runs on features computed once."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import traceback
import warnings
from collections import deque
from contextlib import closing, contextmanager
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING

from standoff.baselines.features import shared_analyses
from standoff.baselines.registry import BASELINES
from standoff.errors import StandoffError
from standoff.experiments.jobs import Failed, Made, Planned, Skipped, Started, Warned
from standoff.experiments.run import run_on
from standoff.tasks.registry import load_task

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from multiprocessing.context import SpawnProcess
    from pathlib import Path

    from standoff.experiments.jobs import Event, Job, Outcome
    from standoff.tasks.task import LoadedTask


def make_all(
    groups: Sequence[Sequence[Job]],
    *,
    processes: int | None = None,
    tell: Callable[[Event], None] = lambda _: None,
    data_dir: Path | None = None,
) -> list[Outcome]:
    """Make every run of every group, a group in one process, the groups in their order.

    One group, or one process, is worked on in this process; otherwise fresh ones are started, which end when this
    one does, however it ends. A run that fails leaves the others alone, unless its process dies of it: then those
    of its group that were to come after it are not begun.

    Args:
        groups: Jobs on the same task, which share what its texts are split into.
        processes: How many groups are worked on at once; by default as many as there are processors.
        tell: Is told what happens, when it happens.
        data_dir: A folder with the tasks' files; the stored sets by default.

    Returns:
        How each run ended that was begun, in the order in which they did.
    """
    at_once = min(processes or os.cpu_count() or 1, len(groups))
    happening = _in_processes(groups, at_once, data_dir) if at_once > 1 else _in_this_process(groups, data_dir)
    outcomes: list[Outcome] = []
    tell(Planned(sum(map(len, groups))))
    with closing(happening):  # an error here, or Ctrl-C, ends the processes too
        for event in happening:
            tell(event)
            if isinstance(event, Made | Skipped | Failed):
                outcomes.append(event)
    return outcomes


def _in_this_process(groups: Sequence[Sequence[Job]], data_dir: Path | None) -> Generator[Event]:
    for group in groups:
        yield from _work(group, data_dir)


def _work(jobs: Sequence[Job], data_dir: Path | None) -> Iterator[Started | Outcome]:
    """Make the jobs of one group in this process."""
    loaded: dict[str | None, LoadedTask] = {}
    with shared_analyses():
        for number, job in enumerate(jobs):
            yield Started(job.name)
            try:
                split_set = job.config.split_set
                if split_set not in loaded:
                    loaded = {split_set: load_task(job.config.task, data_dir=data_dir, split_set=split_set)}
                if reason := _nothing_to_look_at(job.config.baseline, loaded[split_set]):
                    yield Skipped(job.name, reason)
                    continue
                done = run_on(loaded[split_set], job.config, job.folder, features_shared=number > 0)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is reported, and the other runs go on
                yield Failed(job.name, _told(error))
            else:
                primary = done.evaluation.scores.primary.value
                value = done.spread.mean if done.spread else primary
                yield Made(job.name, done.evaluation.scores.metric, value, done.seconds)


def _nothing_to_look_at(baseline: str, loaded: LoadedTask) -> str | None:
    """Return why a baseline cannot learn from any item of a task; one that looks at nothing always can."""
    sees = BASELINES[baseline].sees if baseline in BASELINES else ()
    if not sees or any(loaded.frame[column].map(bool).any() for column in sees):
        return None
    return f"nothing to look at, as no item has {' or '.join(sees)}"


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
                with _ctrl_c_waits():
                    process.start()
                    running[ours] = _Child(process, [job.name for job in group])
                theirs.close()  # theirs alone now, so that its end is heard
            heard = wait(list(running))
            for ours in [one for one in running if one in heard]:
                yield from _hear(ours, running)
    finally:
        for child in running.values():
            child.process.kill()
            child.process.join()


@contextmanager
def _ctrl_c_waits() -> Iterator[None]:
    """Let Ctrl-C wait until the block ends; processes that are started in it never hear it.

    A terminal sends it to all its processes. One that still imports would answer with a traceback, and one whose
    start is cut short would be nobody's.
    """
    if sys.platform == "win32":  # knows no masks
        yield
        return
    heard: list[int] = []
    before = signal.getsignal(signal.SIGINT)
    # Python handles signals in the main thread, whichever takes them: the mask alone would not keep it from that.
    handled = before is not None and threading.current_thread() is threading.main_thread()
    if handled:
        signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    resource_tracker.ensure_running()  # when multiprocessing starts it, it takes away the mask
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # processes inherit it
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if handled:
            signal.signal(signal.SIGINT, before)
        if heard:
            signal.raise_signal(signal.SIGINT)


def _hear(ours: Connection, running: dict[Connection, _Child]) -> Iterator[Event]:
    """Yield what a child says next; when it has ended too early, the run that it was at."""
    child = running[ours]
    try:
        event: Event = ours.recv()
    except (EOFError, OSError):  # OSError: it ended in the middle of a word
        del running[ours]
        ours.close()
        child.process.join()
        if child.left:
            at_work, *not_begun = child.left
            yield Failed(at_work, _how_it_ended(child.process.exitcode), tuple(not_begun))
        return
    if isinstance(event, Made | Skipped | Failed):
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
