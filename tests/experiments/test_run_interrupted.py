"""``standoff run`` that is killed or stopped in the middle: nothing is lost, nobody is left, and it goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from standoff.baselines.registry import BASELINES
from standoff.experiments.stored import read_stored

COMMAND = [sys.executable, "-c", "from standoff.cli import main; main()", "run"]
EVERY = ("--all",)
NAMED = ("majority", "stratified", "actor_blind", "tfidf_svm", "--resume")


def contents(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in out.iterdir()}


def started(out: Path, tasks: list[str], *arguments: str) -> subprocess.Popen[str]:
    on = [word for task in tasks for word in ("--task", task)]
    return subprocess.Popen(
        [*COMMAND, *arguments, *on, "--out", str(out)],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,  # a process group of its own, as a terminal gives it
    )


def told(process: subprocess.Popen[str], *names: str) -> str:
    """Return what is told until a line of each of these runs has come."""
    assert process.stderr
    text, left = "", set(names)
    while left:
        line = process.stderr.readline()
        assert line, text
        text += line
        left -= {line.split()[2].rstrip(":")}
    return text


def finished_lines(process: subprocess.Popen[str], count: int) -> None:
    """Wait until so many runs have ended."""
    assert process.stderr
    for _ in range(count):
        assert "macro-F1" in process.stderr.readline()


def children(pid: int) -> list[int]:
    """Return the processes that make runs; multiprocessing has one more, which ends a moment later."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(one) for one in found if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def is_deaf(pid: int) -> bool:
    """Return whether Ctrl-C does not reach a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    blocked = next(int(line.split()[1], 16) for line in lines if line.startswith("SigBlk:"))
    return bool(blocked >> (signal.SIGINT - 1) & 1)


@pytest.mark.skipif(sys.platform != "linux", reason="children are looked up in /proc")
@pytest.mark.parametrize(("systems", "jobs"), [(EVERY, "1"), (NAMED, "2")])
def test_after_kill_9_in_the_middle_the_same_command_goes_on(
    tmp_path: Path, new_task: Callable[..., str], systems: tuple[str, ...], jobs: str
) -> None:
    tasks, out = [new_task("one"), new_task("two")], tmp_path / "runs"
    process = started(out, tasks, *systems, "--jobs", jobs)
    finished_lines(process, 3)
    family = children(process.pid)
    assert bool(family) == (jobs == "2")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    for _ in range(1000):  # they end by themselves when the parent has
        if not any(map(is_alive, family)):
            break
        time.sleep(0.05)
    assert not any(map(is_alive, family))
    # A kill in the middle of writing leaves a folder like this one, and the lock's file.
    (out / ".tfidf_svm-two.x1y2.tmp").mkdir()
    (out / ".lock").touch()
    finished = {path.name: contents(path) for path in out.glob("[!.]*") if (path / "run.json").is_file()}
    names = BASELINES if systems == EVERY else NAMED[:-1]
    assert 3 <= len(finished) < 2 * len(names)
    for name in finished:
        read_stored(out / name)
    again = started(out, tasks, *systems, "--jobs", jobs)
    _, errors = again.communicate()
    assert again.returncode == 0, errors
    assert f"kept, {len(finished)} finished of the same making: " in errors
    assert {path.name for path in out.iterdir()} == {f"{name}-{task}" for name in names for task in ("one", "two")}
    for name, files in finished.items():
        assert contents(out / name) == files


def test_processes_end_at_once_with_a_parent_that_is_killed(tmp_path: Path, new_task: Callable[..., str]) -> None:
    tasks, out = [new_task("one", articles=600), new_task("two", articles=600)], tmp_path / "runs"
    process = started(out, tasks, "majority", "tfidf_svm", "--resume", "--jobs", "2")
    told(process, "majority-one", "majority-two")
    process.send_signal(signal.SIGKILL)
    process.communicate()  # until nobody holds its standard error, which they share
    assert {path.name for path in out.glob("[!.]*")} == {"majority-one", "majority-two"}


@pytest.mark.skipif(sys.platform != "linux", reason="children are looked up in /proc")
def test_of_a_process_that_is_killed_one_error_tells_and_resume_makes_the_rest(
    tmp_path: Path, new_task: Callable[..., str]
) -> None:
    tasks, out = [new_task("one", articles=300), new_task("two")], tmp_path / "runs"
    process = started(out, tasks, *NAMED[:-1], "--jobs", "2")
    before = told(process, "stratified-one")
    on_the_largest, _ = children(process.pid)
    os.kill(on_the_largest, signal.SIGKILL)
    _, errors = process.communicate()
    assert process.returncode == 1
    assert (before + errors).count("SIGKILL") == 2  # when it happens, and at the end
    *_, failed, not_begun, remedy = errors.splitlines()
    assert failed.startswith("failed: actor_blind-one: its process was ended by signal 9 (SIGKILL); ")
    assert not_begun == "not begun, as their process ended: tfidf_svm-one"
    assert remedy == "  what to do: the same command with --resume makes what is missing"
    again = started(out, tasks, *NAMED, "--jobs", "1")
    _, errors = again.communicate()
    assert again.returncode == 0, errors
    assert {path.name for path in out.iterdir()} == {
        f"{name}-{task}" for name in NAMED[:-1] for task in ("one", "two")
    }


@pytest.mark.skipif(sys.platform != "linux", reason="children are looked up in /proc")
@pytest.mark.parametrize("when", ["a process was started", "a run has ended"])
def test_ctrl_c_ends_all_processes_and_says_how_to_go_on(
    tmp_path: Path, new_task: Callable[..., str], when: str
) -> None:
    """A terminal sends it to every process, also to one that has only begun to import."""
    tasks, out = [new_task("one"), new_task("two")], tmp_path / "runs"
    process = started(out, tasks, *NAMED, "--jobs", "2")
    if when == "a run has ended":
        finished_lines(process, 1)
    while not (family := children(process.pid)):
        assert process.poll() is None
    assert all(map(is_deaf, family))  # from its first moment: nothing is printed whenever it comes
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 130
    assert errors.splitlines()[-1] == "stopped: finished runs are kept, the same command makes the rest"
    assert "Traceback" not in errors
    assert not any(map(is_alive, family))
    assert all((path / "run.json").is_file() for path in out.iterdir())
