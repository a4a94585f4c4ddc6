"""``standoff run``: what it makes, what it keeps, what it says, and that it goes on after any end."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from standoff.baselines.registry import BASELINES
from standoff.cli.app import app
from standoff.errors import InputError, NotFoundError, RefusedError
from standoff.experiments.stored import read_stored

COMMAND = [sys.executable, "-c", "from standoff.cli import main; main()", "run"]


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["run", "--jobs", "1", *map(str, arguments)])


def run_command(*arguments: str | Path) -> tuple[int, str]:
    done = invoke(*arguments)
    return done.exit_code, done.output


def contents(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


@pytest.mark.usefixtures("toy")
def test_a_baseline_by_name_runs_on_each_task_that_is_named(tmp_path: Path) -> None:
    code, text = run_command(
        "majority", "stratified", "--task", "toy", "--task", "intervention", "--out", tmp_path
    )
    assert code == 0, text
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "majority-intervention",
        "majority-toy",
        "stratified-intervention",
        "stratified-toy",
    ]
    assert "4 made, 0 kept, 0 failed" in text
    assert f"written: {tmp_path / 'majority-toy'}" in text
    assert ", 5 seeds" in text


@pytest.mark.usefixtures("toy")
def test_a_file_runs_on_another_task_and_split_set(tmp_path: Path) -> None:
    config = tmp_path / "mine.toml"
    config.write_text('task = "intervention"\nbaseline = "stratified"\nseed = 7\n', encoding="utf-8")
    code, text = run_command(config, "--task", "toy", "--split-set", "folds", "--out", tmp_path / "runs")
    assert code == 0, text
    record = json.loads((tmp_path / "runs" / "stratified-toy-folds" / "run.json").read_text())
    assert record["config"] == {
        "task": "toy",
        "baseline": "stratified",
        "split_set": "folds",
        "seed": 7,
        "seeds": 5,
        "parameters": {},
    }


@pytest.mark.usefixtures("toy")
def test_nothing_runs_when_one_task_is_not_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANDOFF_DATA", str(tmp_path / "empty"))
    done = invoke("majority", "--task", "each", "--out", tmp_path / "runs")
    assert isinstance(done.exception, NotFoundError)
    assert "standoff tasks get" in str(done.exception)
    assert not (tmp_path / "runs").exists()


def test_a_baseline_without_a_task_is_refused() -> None:
    done = invoke("majority")
    assert isinstance(done.exception, InputError)
    assert "--task" in str(done.exception)


@pytest.mark.parametrize("arguments", [[], ["majority", "--all"]])
def test_either_systems_or_all(arguments: list[str]) -> None:
    assert isinstance(invoke(*arguments).exception, InputError)


def test_all_leaves_out_what_is_not_here_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANDOFF_DATA", str(tmp_path / "empty"))
    monkeypatch.setattr("standoff.baselines.registry.BASELINES", {"majority": BASELINES["majority"]})
    code, text = run_command("--all", "--out", tmp_path / "runs")
    assert code == 0, text
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["majority-intervention"]
    assert "left out, as their files are not here (standoff tasks get): dse, gwsd, " in text
    done = invoke("--all", "--task", "seesaw", "--out", tmp_path / "other")
    assert "the files of task 'seesaw' are not here yet" in str(done.exception)


@pytest.mark.usefixtures("toy")
def test_all_runs_every_baseline_and_again_keeps_them(tmp_path: Path) -> None:
    code, text = run_command("--all", "--task", "toy", "--out", tmp_path)
    assert code == 0, text
    assert {path.name for path in tmp_path.iterdir()} == {f"{name}-toy" for name in BASELINES}
    before = contents(tmp_path)
    code, text = run_command("--all", "--task", "toy", "--out", tmp_path)
    assert code == 0, text
    assert f"0 made, {len(BASELINES)} kept, 0 failed" in text
    assert "majority-toy, stratified-toy" in text
    assert contents(tmp_path) == before


@pytest.mark.usefixtures("toy")
def test_named_runs_are_kept_only_when_asked(tmp_path: Path) -> None:
    arguments = ("majority", "--task", "toy", "--out", tmp_path)
    assert run_command(*arguments)[0] == 0
    assert isinstance(invoke(*arguments).exception, RefusedError)
    code, text = run_command(*arguments, "--resume")
    assert code == 0
    assert "0 made, 1 kept, 0 failed" in text


@pytest.mark.usefixtures("toy")
def test_a_folder_of_configurations_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANDOFF_DATA", str(tmp_path / "empty"))
    configs = tmp_path / "configs"
    configs.mkdir()
    for name, task in (("one", "toy"), ("two", "seesaw")):
        (configs / f"{name}.toml").write_text(f'task = "{task}"\nbaseline = "majority"\n', encoding="utf-8")
    for expected in ("1 made, 0 kept, 0 failed", "0 made, 1 kept, 0 failed"):
        code, text = run_command(configs, "--out", tmp_path / "runs")
        assert code == 0, text
        assert "not here (standoff tasks get): seesaw" in text
        assert expected in text
    done = invoke(configs, "--task", "heating", "--out", tmp_path / "runs")
    assert isinstance(done.exception, NotFoundError)


@pytest.mark.usefixtures("toy")
def test_a_failure_is_told_at_the_end_and_the_others_are_made(tmp_path: Path) -> None:
    for name, parameters in (("bad", "candidates = [-1.0]"), ("good", "candidates = [1.0]")):
        text = f'task = "toy"\nbaseline = "tfidf_svm"\n[parameters]\n{parameters}\n'
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    code, text = run_command(tmp_path / "bad.toml", tmp_path / "good.toml", "--out", tmp_path / "runs")
    assert code == 1
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["good"]
    assert "1 made, 0 kept, 1 failed" in text
    assert text.index("1 made") < text.index("failed: bad: baseline tfidf_svm cannot be fitted")


def test_lines_where_there_is_no_terminal(tmp_path: Path, new_task: Callable[..., str]) -> None:
    command = [*COMMAND, "majority", "stratified", "--task", new_task("one"), "--out", str(tmp_path / "runs")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    first, second = done.stderr.splitlines()
    assert first.startswith("1/2  0:00:0")
    assert ":" in first
    assert "majority-one: macro-F1 " in first
    assert second.startswith("2/2")
    assert "\x1b" not in done.stderr


def test_a_terminal_shows_what_is_at_work(tmp_path: Path, new_task: Callable[..., str]) -> None:
    ours, theirs = os.openpty()
    command = [*COMMAND, "majority", "tfidf_svm", "--task", new_task("one"), "--out", str(tmp_path / "runs")]
    size = {"COLUMNS": "80", "LINES": "24", "TERM": "xterm"}
    with subprocess.Popen(
        command, stderr=theirs, stdout=subprocess.DEVNULL, env={**os.environ, **size}
    ) as process:
        os.close(theirs)
        shown = b""
        # Linux ends the reading of a terminal that nobody has open with an error, other systems with nothing.
        with suppress(OSError):
            while part := os.read(ours, 4096):
                shown += part
    os.close(ours)
    assert process.returncode == 0
    lines = [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line).strip() for line in re.split(r"[\r\n]+", shown.decode())]
    assert any(line.startswith("runs ") and " 1/2 " in line for line in lines)
    assert any(line.startswith("tfidf_svm-one ━") for line in lines)
    assert any(line.startswith("2/2  0:") and "tfidf_svm-one: macro-F1 " in line for line in lines)
    assert max(map(len, lines)) <= 80


EVERY = ("--all",)
NAMED = ("majority", "stratified", "actor_blind", "tfidf_svm", "--resume")


def started(out: Path, tasks: list[str], *arguments: str) -> subprocess.Popen[str]:
    on = [word for task in tasks for word in ("--task", task)]
    return subprocess.Popen(
        [*COMMAND, *arguments, *on, "--out", str(out)],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )


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
    finished = {path.name: contents(path) for path in out.iterdir() if (path / "run.json").is_file()}
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
    assert process.stderr
    seen: set[str] = set()
    while not seen >= {"majority-one", "majority-two"}:
        seen.add(process.stderr.readline().split()[2].rstrip(":"))
    process.send_signal(signal.SIGKILL)
    process.communicate()  # until nobody holds its standard error, which they share
    assert {path.name for path in out.glob("[!.]*")} == seen


@pytest.mark.skipif(sys.platform != "linux", reason="children are looked up in /proc")
def test_ctrl_c_ends_all_processes_and_says_how_to_go_on(tmp_path: Path, new_task: Callable[..., str]) -> None:
    tasks, out = [new_task("one"), new_task("two")], tmp_path / "runs"
    process = started(out, tasks, *NAMED, "--jobs", "2")
    finished_lines(process, 1)
    family = children(process.pid)
    os.kill(process.pid, signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 130
    assert "stopped: finished runs are kept" in errors
    assert "Traceback" not in errors
    assert not any(map(is_alive, family))
    assert all((path / "run.json").is_file() for path in out.iterdir())
