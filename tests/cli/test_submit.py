"""``standoff submit`` in the terminal."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from standoff.cli.submit import BELOW, app
from standoff.errors import NotFoundError, RefusedError, StandoffError
from standoff.tasks.registry import load_task

SYSTEM = """\
name: my-system
title: A system
authors: [Ada Berg]
description: Words.
training_data: []
pretrained: []
cutoff: null
seen_test: []
"""

READY = f"ready: open a pull request that adds this folder below {BELOW}"


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    """The label of every scored item of ``intervention``, as predictions."""
    loaded = load_task("intervention")
    items = loaded.split(loaded.scored)
    pairs = zip(items["id"], items["label"], strict=True)
    return [{"task": loaded.address, "id": item, "label": label} for item, label in pairs]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a submission without predictions, below the current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STANDOFF_DATA", str(tmp_path / "nothing"))
    made = Path("my-system")
    made.mkdir()
    (made / "system.yaml").write_text(SYSTEM, encoding="utf-8")
    return made


def fill(folder: Path, rows: list[dict[str, str]], name: str = "predictions.jsonl") -> None:
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def submit(*arguments: object) -> Any:
    return CliRunner().invoke(app, list(map(str, arguments)), env={"COLUMNS": "80"})


# -- check ----------------------------------------------------------------------------------------------


def test_a_good_submission(folder: Path, rows: list[dict[str, str]]) -> None:
    fill(folder, rows)
    done = submit("check", folder)
    assert done.exit_code == 0, done.output
    assert re.search(
        rf"intervention:0\.1\.0 +models +100\.0 \[100\.0, 100\.0\] +100\.0 +{len(rows)} +0 ", done.output
    )
    assert done.output.splitlines()[-1] == READY
    assert "no predictions for dse, gwsd" in done.output
    assert "unranked" in done.output
    assert "warning" not in done.output


def test_missing_predictions_are_shown(folder: Path, rows: list[dict[str, str]]) -> None:
    fill(folder, rows[2:])
    done = submit("check", folder)
    assert done.exit_code == 0
    assert f"warning: intervention:0.1.0: of {len(rows)} items 2 have no prediction" in done.output
    assert repr(rows[0]["id"]) in done.output
    assert re.search(rf" {len(rows)} +2 ", done.output)
    assert READY in done.output


def test_what_is_to_be_mended_is_listed_and_the_exit_code_is_1(folder: Path, rows: list[dict[str, str]]) -> None:
    fill(folder, [*rows, {**rows[0], "id": "elsewhere"}])
    (folder / "model.bin").touch()
    done = submit("check", folder)
    assert done.exit_code == 1
    assert (
        "to be mended, 2 in all:\n- my-system/model.bin: is not a file of a submission\n  expected: "
        in done.output
    )
    assert "- my-system/predictions.jsonl, intervention:0.1.0: the predictions do not fit the task" in done.output
    assert "id 'elsewhere': not an item of the task" in done.output
    assert "ready" not in done.output
    assert "macro-F1" not in done.output


def test_without_the_data(folder: Path) -> None:
    fill(folder, [{"task": "seesaw", "id": "x", "label": "pos"}])
    done = submit("check", folder)
    assert done.exit_code == 0
    assert "not checked: the ids and scores of seesaw, because " in done.output
    assert "standoff tasks get seesaw" in done.output
    assert "nothing is wrong as far as could be checked; left unchecked: seesaw" in done.output
    assert READY in done.output


def test_with_data_from_elsewhere(folder: Path, shared_data: Path) -> None:
    loaded = load_task("handeset", data_dir=shared_data)
    items = loaded.split(loaded.scored)
    fill(folder, [{"id": item, "label": "for"} for item in items["id"]], "handeset.jsonl")
    done = submit("check", folder, "--data", shared_data)
    assert done.exit_code == 0
    assert re.search(rf"handeset +humans +\d.* {len(items)} +0 ", done.output)
    assert "not checked" not in done.output


def test_as_json(folder: Path, rows: list[dict[str, str]]) -> None:
    fill(folder, rows)
    done = submit("check", folder, "--format", "json")
    assert done.exit_code == 0
    found = json.loads(done.output)
    assert found["ready"] is True
    assert found["evaluations"]["intervention:0.1.0"]["scores"]["value"] == 1
    (folder / "x.txt").touch()
    done = submit("check", folder, "--format", "json")
    assert done.exit_code == 1
    assert json.loads(done.output)["problems"][0]["where"] == "my-system/x.txt"


def test_no_folder(folder: Path) -> None:
    done = submit("check", folder / "none")
    assert isinstance(done.exception, NotFoundError)


HOSTILE = "\x1b[31m\x1b]8;;http://x\x07\u202e\x9b2J"


@pytest.mark.parametrize("output", ["text", "json"])
def test_nothing_hostile_reaches_the_terminal(folder: Path, rows: list[dict[str, str]], output: str) -> None:
    """Whatever is in names, values, ids and labels, one line at a time and all together."""
    system = SYSTEM.replace("A system", json.dumps(HOSTILE)).replace("Words.", '"[red]x[/red] <b>"')
    system += '"\\e[31m\\nready: yes": 1\n'
    (folder / "system.yaml").write_text(system, encoding="utf-8")
    (folder / "README.md").write_text(HOSTILE, encoding="utf-8")
    (folder / f"x{HOSTILE.replace('/', '')}\nready: yes").touch()
    (folder / "[red]x.md").touch()
    fill(folder, [*rows, {**rows[0], "id": "\u202e[bold]x"}], "intervention-0.1.0.jsonl")
    fill(folder, [{"id": "x", "label": "\u202e[link=http://x]x"}], "seesaw.jsonl")
    fill(folder, [{"id": HOSTILE, "label": "a\nready: yes", "task": HOSTILE}], "dse.jsonl")
    fill(folder, [{"id": "x", "label": "pos", "task": "\u202edse"}], "gwsd.jsonl")
    done = submit("check", folder, "--format", output)
    assert done.exit_code == 1
    assert [c for c in done.output if not c.isprintable() and c != "\n"] == []
    assert not re.search(r"^ready", done.output, flags=re.MULTILINE)
    for part in ("[bold]x", "[link=http://x]x", "[red]x.md"):
        assert part in done.output  # shown as it is, and not obeyed
    count = len(json.loads(done.output)["problems"]) if output == "json" else done.output.count("\n- ")
    assert count == 8


@pytest.mark.parametrize("output", ["text", "json"])
def test_the_path_of_the_folder_is_escaped_too(tmp_path: Path, output: str) -> None:
    folder = tmp_path / "a\x9b\u202eb" / "my-system"
    folder.mkdir(parents=True)
    done = submit("check", folder, "--format", output)
    assert done.exit_code == 1
    assert [c for c in done.output if not c.isprintable() and c != "\n"] == []
    assert "has no predictions" in done.output


# -- init -----------------------------------------------------------------------------------------------


def test_init_says_what_to_do_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STANDOFF_DATA", str(tmp_path / "nothing"))
    done = submit("init", "mine", "--task", "intervention", "--task", "newsmtsc:mt")
    assert done.exit_code == 0
    assert (
        done.output
        == """\
written: mine/system.yaml, to be filled in
intervention:0.1.0:
  items to predict:          standoff tasks frame intervention:0.1.0 --scored --out intervention-0.1.0-items.jsonl
  predictions, id and label: mine/intervention-0.1.0.jsonl
newsmtsc:mt:
  its data is not here yet:  standoff tasks get newsmtsc
  items to predict:          standoff tasks frame newsmtsc:mt --scored --out newsmtsc-mt-items.jsonl
  predictions, id and label: mine/newsmtsc-mt.jsonl
when all is there: standoff submit check mine
"""
    )
    assert [path.name for path in Path("mine").iterdir()] == ["system.yaml"]


def test_what_init_says_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from standoff.cli import tasks

    monkeypatch.chdir(tmp_path)
    said = submit("init", "mine", "--task", "intervention").output
    command = re.search(r"standoff tasks (frame .*)", said)
    place = re.search(r"predictions, id and label: (.*)", said)
    assert command
    assert place
    words = command[1].split()
    assert CliRunner().invoke(tasks.app, words).exit_code == 0
    items = map(json.loads, Path(words[-1]).read_text(encoding="utf-8").splitlines())
    fill(Path("mine"), [{"id": item["id"], "label": "none"} for item in items], Path(place[1]).name)
    Path("mine/system.yaml").write_text(SYSTEM.replace("my-system", "mine"), encoding="utf-8")
    done = submit("check", "mine")
    assert done.exit_code == 0, done.output
    assert READY in done.output


def test_init_without_tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = submit("init", "mine")
    assert "standoff tasks frame TASK --scored --out items.jsonl" in done.output
    assert "mine/predictions.jsonl" in done.output
    again = submit("init", "mine")
    assert isinstance(again.exception, RefusedError)


def test_what_init_wrote_is_not_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    submit("init", "mine")
    done = submit("check", "mine")
    assert done.exit_code == 1
    assert "title: is empty; write a text" in done.output
    assert "has no predictions" in done.output


@pytest.mark.parametrize("command", ["init", "check"])
def test_help_ends_with_an_example(command: str) -> None:
    group = typer.main.get_command(app)
    help_text = group.commands[command].help  # type: ignore[attr-defined]  # it is a group
    assert help_text.strip().splitlines()[-1].strip().startswith(f"Example: standoff submit {command} my-system")


def test_errors_are_those_of_the_package(tmp_path: Path) -> None:
    done = submit("init", tmp_path / "No Name")
    assert isinstance(done.exception, StandoffError)
    assert done.exception.remedy
