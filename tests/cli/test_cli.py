"""The command line: help for everything, readable errors, exit codes; no traceback for what a user can mend."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import standoff
from standoff.cli.app import app
from standoff.tasks.registry import names

ROOT = Path(__file__).resolve().parents[2]


def commands(group: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield (words, help) of each command."""
    for name, command in sorted(getattr(group, "commands", {}).items()):
        words = (*path, name)
        if hasattr(command, "commands"):
            yield from commands(command, words)
        else:
            yield words, command.help or ""


ALL = list(commands(typer.main.get_command(app)))


def standoff_command(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from standoff.cli import main; main()", *words],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
    )


def test_the_commands_are_there() -> None:
    names = {" ".join(words) for words, _ in ALL}
    assert {
        "run",
        "evaluate",
        "board",
        "quickstart",
        "corpus check",
        "corpus build",
        "corpus verify",
        "corpus diff",
        "corpus stats",
        "corpus hydrate",
        "corpus fingerprint",
        "annotate units",
        "annotate import",
        "annotate differences",
        "annotate decide",
        "tasks list",
        "tasks show",
        "tasks get",
        "tasks where",
    } <= names


@pytest.mark.parametrize(
    ("words", "text"), ALL, ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_a_command_has_help_that_ends_with_an_example(words: tuple[str, ...], text: str) -> None:
    result = CliRunner().invoke(app, [*words, "--help"])
    assert result.exit_code == 0
    assert text.strip().splitlines()[-1].strip().startswith("Example: standoff " + " ".join(words))


@pytest.mark.parametrize(
    ("words", "text"), ALL, ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_a_command_is_documented(words: tuple[str, ...], text: str) -> None:
    docs = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
    )
    assert f"standoff {' '.join(words)}" in docs, text


def test_the_version() -> None:
    done = standoff_command("--version")
    assert done.stdout == f"standoff {standoff.__version__}\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("evaluate", "none.jsonl", "--task", "intervention"), "no such file"),
        (("evaluate", "none.jsonl", "--task", "intervenshun"), "did you mean intervention"),
        (("tasks", "show", "sesaw"), "did you mean seesaw"),
        (("corpus", "check", "--root", "/"), "holds no corpus/sources"),
        (("corpus", "verify", "."), "holds no release"),
        (("corpus", "hydrate", "syria-2024-voz-assad-beg", "x.txt"), "did you mean syria-2024-voz-assad-begs"),
        (("corpus", "build", "one"), "not a version"),
        (("board", "."), "no runs"),
        (("run", "none.toml"), "no such file"),
        (("tasks", "get", "intervention"), "package"),
    ],
)
def test_what_a_user_can_mend_is_one_message_and_exit_code_1(
    words: tuple[str, ...], says: str, tmp_path: Path
) -> None:
    done = standoff_command(*words, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_wrong_usage_is_exit_code_2() -> None:
    assert standoff_command("corpus", "check", "--level", "9").returncode == 2
    assert standoff_command("nonsense").returncode == 2


def test_terminal_escapes_in_a_file_name_are_not_obeyed(tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[31mred.jsonl"
    path.write_text("nothing\n")
    done = standoff_command("evaluate", str(path), "--task", "intervention")
    assert done.returncode == 1
    assert "\x1b" not in done.stderr
    assert "\\x1b[31mred" in done.stderr


def test_a_closed_pipe_is_not_an_error() -> None:
    command = f'{sys.executable} -c "from standoff.cli import main; main()" corpus check --rules | head -n 1'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert "rules" in done.stdout
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


def test_tasks_are_listed_without_reading_or_writing_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANDOFF_DATA", str(tmp_path / "home"))
    result = CliRunner().invoke(app, ["tasks", "list", "--format", "json"])
    kinds = {task["name"]: task["label_kind"] for task in json.loads(result.output)}
    assert sorted(kinds) == names()
    assert [name for name, kind in kinds.items() if kind != "human"] == ["intervention"]
    assert not (tmp_path / "home").exists()


def test_seesaw_from_a_folder_to_a_shown_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared_data: Path
) -> None:
    monkeypatch.setenv("STANDOFF_DATA", str(tmp_path / "home"))
    assert "not here yet" in CliRunner().invoke(app, ["tasks", "show", "seesaw"]).output
    got = CliRunner().invoke(app, ["tasks", "get", "seesaw", "--from", str(shared_data / "seesaw")])
    assert got.exit_code == 0
    assert "non-commercial" in got.output + got.stderr
    shown = json.loads(CliRunner().invoke(app, ["tasks", "show", "seesaw", "--format", "json"]).output)
    assert shown["items"]["official"] == {"train": 4559, "validation": 1803, "test": 1397}
    assert "items: audited: train 4559, validation 1803, test 1397; official: train 4559" in " ".join(
        CliRunner().invoke(app, ["tasks", "show", "seesaw"]).output.split()
    )
    assert CliRunner().invoke(app, ["tasks", "where"]).output.strip() == str(tmp_path / "home")


def test_ctrl_c_while_libraries_are_imported_says_nothing() -> None:
    soon = "import os, signal, threading; threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()"
    ended = subprocess.run(
        [sys.executable, "-c", f"from standoff.cli import main; {soon}; main()", "tasks", "list"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (130, "")
