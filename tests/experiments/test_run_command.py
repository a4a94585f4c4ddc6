"""``standoff run``: what it makes, keeps, skips and refuses, and what it says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from standoff.baselines.registry import BASELINES
from standoff.cli.app import app
from standoff.errors import InputError, NotFoundError, RefusedError

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


@pytest.mark.usefixtures("toy")
def test_what_is_named_twice_is_run_once(tmp_path: Path) -> None:
    code, text = run_command("majority", "majority", "--task", "toy", "--task", "toy", "--out", tmp_path)
    assert code == 0
    assert "1 made, 0 kept, 0 failed" in text


def test_below_a_file_nothing_is_begun(tmp_path: Path, new_task: Callable[..., str]) -> None:
    (tmp_path / "file").touch()
    for arguments in (("majority",), ("majority", "--resume"), ("--all",)):
        done = invoke(*arguments, "--task", new_task("one"), "--out", tmp_path / "file" / "runs")
        assert isinstance(done.exception, InputError)
        assert "this folder cannot be made (Not a directory)" in str(done.exception)
        assert done.output == ""


REFUSED = {
    "systems and --all are given": ["run", "majority", "--all"],
    "no baseline named 'majorty'": ["run", "majorty", "--task", "gwsd"],
    "no task named 'gwds'": ["run", "majority", "--task", "gwds"],
    "no split set of task gwsd named": ["run", "majority", "--task", "gwsd", "--split-set", "none"],
    "none.toml: no such file": ["run", "none.toml"],
    "nowhere: no runs": ["reproduce", "nowhere"],
    "no run took less than 0.0 s": ["reproduce", "here", "--under", "0"],
}


@pytest.mark.usefixtures("toy")
def test_what_is_refused_at_once_does_not_wait_for_scikit_learn(tmp_path: Path) -> None:
    assert run_command("majority", "--task", "toy", "--out", tmp_path / "here")[0] == 0
    code = f"""
import sys
from standoff.cli import main
for arguments in {list(REFUSED.values())!r}:
    sys.argv[1:] = arguments
    try:
        main()
    except SystemExit as end:
        assert end.code == 1, arguments
    assert "sklearn" not in sys.modules, arguments
"""
    environment = {**os.environ, "STANDOFF_DATA": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    errors = [line.removeprefix("error: ") for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == len(REFUSED)
    assert all(what in error for what, error in zip(REFUSED, errors, strict=True))


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
    assert f"no file in {configs} is on these tasks" in str(done.exception)
    done = invoke(configs, "--task", "seesw", "--out", tmp_path / "runs")
    assert "did you mean seesaw?" in str(done.exception)


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


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize("how", ["--all", "--resume", "folder"])
def test_broken_runs_are_told_with_what_to_do_and_the_others_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    chosen = ("majority", "stratified", "actor_blind", "text_blind")
    monkeypatch.setattr("standoff.baselines.registry.BASELINES", {name: BASELINES[name] for name in chosen})
    for name in chosen:
        (tmp_path / f"{name}-toy.toml").write_text(f'task = "toy"\nbaseline = "{name}"\n', encoding="utf-8")
    out = tmp_path / "runs"
    assert run_command("majority", "stratified", "actor_blind", "--task", "toy", "--out", out)[0] == 0
    (out / "majority-toy" / "run.json").write_text("{")
    (out / "stratified-toy" / "predictions-12347.jsonl").unlink()
    before = contents(out)
    arguments = {"--all": ["--all"], "--resume": [*chosen, "--resume"], "folder": [str(tmp_path)]}[how]
    done = invoke(*arguments, "--task", "toy", "--out", out)
    assert done.exit_code == 1
    assert f"1 made, 1 kept, 0 failed, 2 broken, in {out}" in done.stdout
    assert "actor_blind " in done.stdout
    assert "broken, left as they are and told at the end: majority-toy, stratified-toy" in done.stderr
    for name, file in (("majority-toy", "run.json:1"), ("stratified-toy", "predictions-12347.jsonl")):
        assert done.stderr.count(f"\nbroken: {name}: {out / name}/{file}: ") == 1
        assert f"\n  what to do: remove this run: {out / name}\n" in done.stderr
    assert {name: data for name, data in contents(out).items() if not name.startswith("text_blind")} == before
    for name in ("majority-toy", "stratified-toy"):
        shutil.rmtree(out / name)
    code, text = run_command(*arguments, "--task", "toy", "--out", out)
    assert code == 0
    assert f"2 made, 2 kept, 0 failed, in {out}" in text


@pytest.mark.usefixtures("toy")
def test_a_broken_run_beside_those_that_are_asked_for_is_told_and_no_failure(tmp_path: Path) -> None:
    assert run_command("majority", "--task", "toy", "--out", tmp_path)[0] == 0
    (tmp_path / "majority-toy" / "scores.json").write_text("[]")
    done = invoke("stratified", "--task", "toy", "--out", tmp_path)
    assert done.exit_code == 0
    assert f"written: {tmp_path / 'stratified-toy'}" in done.stdout
    assert "1 made, 0 kept, 0 failed, 1 broken" in done.stdout
    assert f"broken: majority-toy: {tmp_path / 'majority-toy'}/scores.json: is not the file" in done.stderr


@pytest.mark.usefixtures("toy")
def test_boards_are_those_of_what_is_asked_for(tmp_path: Path) -> None:
    assert run_command("majority", "--task", "intervention", "--out", tmp_path)[0] == 0
    _, text = run_command("majority", "--task", "toy", "--out", tmp_path)
    assert "toy, official-test" in text
    assert "intervention" not in text.replace("interventions:", "")


def test_what_has_nothing_to_look_at_is_skipped_among_many_and_missed_by_name(
    tmp_path: Path, new_task: Callable[..., str]
) -> None:
    task = Path(new_task("mine"))
    named = task.read_text()
    task.write_text(named.replace('actor = "speaker"\n', "").replace('target = "claim"\n', ""), encoding="utf-8")
    done = invoke("--all", "--task", task, "--out", tmp_path / "runs")
    assert done.exit_code == 0, done.stderr
    reason = "nothing to look at, as no item has actor or target"
    assert done.stderr.splitlines()[-1] == f"skipped: text_blind-mine: {reason}"
    assert f"{len(BASELINES) - 1} made, 0 kept, 0 failed, 1 skipped" in done.stdout
    done = invoke("text_blind", "--task", task, "--out", tmp_path / "named")
    assert done.exit_code == 1
    assert reason in done.stderr


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


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize(
    ("arguments", "says"),
    [(("--all",), "the same command makes"), (("majority",), "the same command with --resume")],
)
def test_ctrl_c_says_which_command_makes_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], says: str
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        (
            tmp_path / "runs" / ".majority-toy.x1y2.tmp"
        ).mkdir()  # as a process leaves it that is ended while it writes
        raise KeyboardInterrupt

    monkeypatch.setattr("standoff.cli.runs_progress.make_runs", interrupted)
    done = invoke(*arguments, "--task", "toy", "--out", tmp_path / "runs")
    assert done.exit_code == 130
    assert f"stopped: finished runs are kept, {says}" in done.stderr
    assert list((tmp_path / "runs").iterdir()) == []
