"""Many runs at once: what happens is told, and one that fails or dies takes no other with it."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

import pandas as pd
import pytest

from standoff.baselines import registry
from standoff.baselines.majority import Majority
from standoff.experiments.batch import _child, _ctrl_c_waits, make_all
from standoff.experiments.config import RunConfig
from standoff.experiments.jobs import Event, Failed, Job, Made, Planned, Skipped, Started, Warned
from standoff.experiments.stored import read_stored
from standoff.tasks.task import Task


def jobs(out: Path, task: str, *baselines: str, **changes: object) -> list[Job]:
    configs = [RunConfig.parse({"task": task, "baseline": name, **changes}, where="test") for name in baselines]
    return [Job(config.name, config, out / config.name) for config in configs]


class Broken(Majority):
    """Cannot be fitted, for a reason that nobody foresaw."""

    def fit(self, *_: object) -> Self:
        raise ZeroDivisionError("no reason")


class Loud(Majority):
    """Has something to say while it is fitted."""

    def fit(self, *frame_and_labels: object) -> Self:
        warnings.warn("too few words", stacklevel=1)
        fitted: Self = super().fit(*frame_and_labels)
        return fitted


@pytest.fixture(autouse=True)
def odd_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register the two baselines above, for this process alone."""
    for one in (Broken, Loud):
        monkeypatch.setattr(f"standoff.baselines.majority.{one.__name__}", one, raising=False)
        line = registry.Baseline(f"standoff.baselines.majority:{one.__name__}", "control", ())
        monkeypatch.setitem(registry.BASELINES, one.__name__.lower(), line)


@pytest.mark.usefixtures("toy")
def test_a_failing_run_is_told_and_the_others_are_made(tmp_path: Path) -> None:
    told: list[Event] = []
    outcomes = make_all([jobs(tmp_path, "toy", "majority", "broken", "stratified")], processes=9, tell=told.append)
    first, second, third = outcomes
    assert isinstance(first, Made)
    assert isinstance(third, Made)
    assert isinstance(second, Failed)
    assert second.error.startswith("ZeroDivisionError: no reason\n  raised at ")
    assert "test_batch.py" in second.error
    assert [type(event) for event in told] == [Planned, Started, Made, Started, Failed, Started, Made]
    assert told[0] == Planned(3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["majority-toy", "stratified-toy"]


@pytest.mark.usefixtures("toy")
def test_what_is_told_is_what_is_stored(tmp_path: Path) -> None:
    outcomes = make_all([jobs(tmp_path, "toy", "majority", "stratified")], processes=1)
    majority, stratified = (read_stored(tmp_path / f"{name}-toy") for name in ("majority", "stratified"))
    first, second = outcomes
    assert isinstance(first, Made)
    assert isinstance(second, Made)
    assert first.value == majority.scores["scores"]["value"]
    assert second.value == stratified.scores["seeds"]["mean"]
    assert (first.metric, first.seconds) == ("macro_f1", majority.record.seconds)
    assert [majority.record.features_shared, stratified.record.features_shared] == [False, True]


def without(toy: Task, monkeypatch: pytest.MonkeyPatch, *columns: str, start: int = 0) -> None:
    """Empty columns of the toy task, from one item on; an item without an actor has no span of one either."""

    def read(folder: Path, variant: str) -> pd.DataFrame:
        frame = toy.read(folder, variant)
        for name in columns:
            frame.loc[start:, name] = ""
            frame[f"{name}_spans"] = [[] for _ in range(len(frame))]
        return frame

    monkeypatch.setattr("toy_task_module.TASK", dataclasses.replace(toy, read=read), raising=True)


def test_a_baseline_that_has_nothing_to_look_at_is_skipped(
    tmp_path: Path, toy: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    without(toy, monkeypatch, "actor", "target")
    told: list[Event] = []
    asked = jobs(tmp_path, "toy", "majority", "text_blind", "actor_blind")
    outcomes = make_all([asked], processes=1, tell=told.append)
    assert [type(one) for one in outcomes] == [Made, Skipped, Made]
    assert outcomes[1] == Skipped("text_blind-toy", "nothing to look at, as no item has actor or target")
    assert told[3:5] == [Started("text_blind-toy"), outcomes[1]]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["actor_blind-toy", "majority-toy"]


@pytest.mark.parametrize(("columns", "start"), [(("actor",), 0), (("actor", "target"), 1)])
def test_one_column_or_one_item_is_something_to_look_at(
    tmp_path: Path, toy: Task, monkeypatch: pytest.MonkeyPatch, columns: tuple[str, ...], start: int
) -> None:
    without(toy, monkeypatch, *columns, start=start)
    (made,) = make_all([jobs(tmp_path, "toy", "text_blind")], processes=1)
    assert isinstance(made, Made)


@pytest.mark.usefixtures("toy")
def test_a_task_that_cannot_be_loaded_fails_each_of_its_runs(tmp_path: Path) -> None:
    groups = [jobs(tmp_path, "toy", "majority", split_set="none"), jobs(tmp_path, "toy", "majority")]
    failed, made = make_all(groups, processes=1)
    assert isinstance(failed, Failed)
    assert "no split set of task toy named 'none'" in failed.error
    assert isinstance(made, Made)


@pytest.mark.usefixtures("toy")
def test_ctrl_c_ends_the_work_and_leaves_what_is_finished(tmp_path: Path) -> None:
    def interrupt(event: Event) -> None:
        if event == Started("stratified-toy"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_all([jobs(tmp_path, "toy", "majority", "stratified")], processes=1, tell=interrupt)
    assert [path.name for path in tmp_path.iterdir()] == ["majority-toy"]


def test_processes_make_the_same_runs_as_one(tmp_path: Path, new_task: Callable[..., str]) -> None:
    tasks = [new_task("one"), new_task("two")]
    names = ("stratified", "tfidf_svm")
    for where, processes in (("alone", 1), ("apart", 2)):
        groups = [jobs(tmp_path / where, task, *names) for task in tasks]
        outcomes = make_all(groups, processes=processes)
        assert [type(one) for one in outcomes] == [Made] * 4
    for name in (f"{name}-{task}" for name in names for task in ("one", "two")):
        alone, apart = (read_stored(tmp_path / where / name) for where in ("alone", "apart"))
        assert alone.record.files == apart.record.files


def test_an_error_comes_out_of_a_process(tmp_path: Path, new_task: Callable[..., str]) -> None:
    one, two = new_task("one"), new_task("two")
    bad = jobs(tmp_path, one, "tfidf_svm", parameters={"candidates": [-1.0]})
    outcomes = make_all([bad, jobs(tmp_path, two, "majority")], processes=2)
    by_name = {outcome.name: outcome for outcome in outcomes}
    failed = by_name["tfidf_svm-one"]
    assert isinstance(failed, Failed)
    assert "tfidf_svm cannot be fitted" in failed.error
    assert isinstance(by_name["majority-two"], Made)


@pytest.mark.usefixtures("toy")
def test_a_process_tells_its_warnings_with_the_run_they_come_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # this process goes on to obey Ctrl-C
    ours, theirs = multiprocessing.Pipe(duplex=False)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        _child(jobs(tmp_path, "toy", "majority", "loud"), None, theirs)
    theirs.close()
    told = [ours.recv() for _ in range(5)]
    assert told[2:4] == [Started("loud-toy"), Warned("loud-toy", "too few words")]
    assert isinstance(told[4], Made)
    with pytest.raises(EOFError):
        ours.recv()


def test_a_process_that_is_killed_fails_its_own_runs_alone(tmp_path: Path, new_task: Callable[..., str]) -> None:
    one, two = new_task("one", articles=600), new_task("two")

    def kill(event: Event) -> None:
        if event == Started("tfidf_svm-one"):
            # They are numbered as they are started, and the first group is in the first.
            first = min(multiprocessing.active_children(), key=lambda child: int(child.name.rpartition("-")[2]))
            assert first.pid
            os.kill(first.pid, signal.SIGKILL)

    groups = [jobs(tmp_path, one, "majority", "tfidf_svm", "stratified", "nbsvm"), jobs(tmp_path, two, "majority")]
    outcomes = {outcome.name: outcome for outcome in make_all(groups, processes=2, tell=kill)}
    assert isinstance(outcomes["majority-two"], Made)
    failed = outcomes["tfidf_svm-one"]
    assert isinstance(failed, Failed)
    assert "ended by signal 9 (SIGKILL)" in failed.error
    assert failed.not_begun == ("stratified-one", "nbsvm-one")
    assert outcomes.keys() == {"majority-one", "majority-two", "tfidf_svm-one"}
    assert multiprocessing.active_children() == []


def test_no_process_is_left_when_the_one_who_listens_fails(tmp_path: Path, new_task: Callable[..., str]) -> None:
    groups = [jobs(tmp_path, new_task(name), "majority", "tfidf_svm") for name in ("one", "two")]

    def fail(event: Event) -> None:
        if isinstance(event, Started):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_all(groups, processes=2, tell=fail)
    assert multiprocessing.active_children() == []


def test_ctrl_c_waits_until_a_process_is_started() -> None:
    passed = []

    def interrupted(pool: ThreadPoolExecutor) -> None:
        with _ctrl_c_waits():
            signal.raise_signal(signal.SIGINT)
            # A thread that was there before takes it too, and Python would tell the main thread.
            pool.submit(signal.raise_signal, signal.SIGINT).result()
            passed.append("the block ends")
        passed.append("not after it")

    with ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()
        with pytest.raises(KeyboardInterrupt):
            interrupted(pool)
    assert passed == ["the block ends"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_a_process_started_meanwhile_never_hears_it() -> None:
    code = "import os, signal; os.kill(os.getpid(), signal.SIGINT); print('deaf')"
    with _ctrl_c_waits():
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "deaf\n"


def test_what_ignores_ctrl_c_goes_on_to_do_so() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with _ctrl_c_waits():
            signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_another_thread_can_make_runs(tmp_path: Path, new_task: Callable[..., str]) -> None:
    """Only the main thread may set what is done about signals."""
    groups = [jobs(tmp_path, new_task(name), "majority") for name in ("one", "two")]
    with ThreadPoolExecutor(1) as pool:
        outcomes = pool.submit(make_all, groups, processes=2).result()
    assert [type(one) for one in outcomes] == [Made, Made]
