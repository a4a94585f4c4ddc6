"""``standoff tasks audit``: what it prints and writes, and when it fails."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from types import ModuleType
from typing import TYPE_CHECKING

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from standoff.cli.audits import audit_command
from standoff.errors import InputError, NotFoundError
from standoff.tasks import registry
from standoff.tasks.audits.audit import audit
from standoff.tasks.sets.seesaw import TASK as SEESAW
from standoff.tasks.split_sets import as_published, without_leaks

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

TEXT = "the minister said on Monday that no troops would be sent to the border this year"


def frame(_folder: Path, _variant: str) -> pd.DataFrame:
    """Return thirty items; the last, a test item, stands in train too."""
    texts = [f"item {n} is its own text number {n} with words like w{n}" for n in range(28)]
    return pd.DataFrame(
        {
            "id": [f"i{n}" for n in range(30)],
            "group": [f"g{n}" for n in range(30)],
            "text": [TEXT, *texts, TEXT.upper()],
            "actor": "Ann",
            "target": "",
            "label": ["neg", "pos"] * 15,
            "actor_spans": [[] for _ in range(30)],
            "target_spans": [[] for _ in range(30)],
            "split": ["train"] * 20 + ["test"] * 10,
        }
    )


@pytest.fixture(autouse=True)
def tasks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Two tasks: one with its items, one whose files are not here."""
    splits = {"audited": without_leaks, "official": as_published}
    here = replace(
        SEESAW,
        name="here",
        version=1,
        variants={"all": "all"},
        made_with_label={},
        split_sets=splits,
        source=None,
        read=frame,
    )
    module = ModuleType("made_tasks")
    module.__dict__.update(HERE=here, AWAY=replace(SEESAW, name="away", split_sets=splits))
    monkeypatch.setitem(sys.modules, "made_tasks", module)
    monkeypatch.setattr(registry, "TASKS", {"here": "made_tasks:HERE", "away": "made_tasks:AWAY"})
    monkeypatch.setenv("STANDOFF_DATA", str(tmp_path / "no data"))


def run(*arguments: object) -> Result:
    app = typer.Typer()
    app.command()(audit_command)
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, [str(argument) for argument in arguments])


def error_of(result: Result) -> str:
    assert isinstance(result.exception, InputError)
    return str(result.exception)


def test_each_way_to_split_is_printed_with_what_was_found_and_what_to_do() -> None:
    result = run("here")
    assert result.exit_code == 0, result.output
    assert "here, audited splits: 29 items in 29 groups (train 20, test 9)\n" in result.output
    assert "here, official splits: 30 items in 30 groups (train 20, test 10)\n" in result.output
    audited, official = result.output.split("here, official")
    assert "nothing found" not in official
    assert "exact-duplicates-across" not in audited
    assert re.search(r"exact-duplicates-across\W+high\W+1\W+items", official)
    assert "what to do: Score on the audited splits" in official
    assert "\n  i29\n" in official
    assert "every actor is the same" in official
    assert "the task has no target" in official
    assert TEXT not in result.output


def test_one_way_to_split_only() -> None:
    result = run("here", "--split-set", "official")
    assert "audited splits:" not in result.output
    assert "official splits:" in result.output


def test_json_is_the_audits() -> None:
    result = run("here", "--format", "json")
    expected = [audit(registry.load_task("here", split_set=name)).to_json() for name in ("audited", "official")]
    assert json.loads(result.stdout) == expected


def test_out_then_reasons_then_check(tmp_path: Path) -> None:
    folder = tmp_path / "audits"
    written = run("here", "--out", folder)
    assert written.exit_code == 0, written.output
    assert "each entry needs its reason" in written.stderr
    entries = written.stderr.partition("\n\n")[2]
    assert 'finding = "exact-duplicates-across"\ncount = 1\nwhy = ""\n' in entries
    unknown = run("here", "--check", folder)
    assert "here official exact-duplicates-across (1) is new" in error_of(unknown)

    (folder / "known-issues.toml").write_text(entries.replace('""', '"Published so."'), encoding="utf-8")
    known = run("here", "--check", folder)
    assert known.exit_code == 0, known.output
    assert run("here", "--out", folder).stderr == ""

    (folder / "here.json").write_text("{}\n", encoding="utf-8")
    assert "is not what the audit gives now" in error_of(run("here", "--check", folder))


def test_all_audits_what_is_here_and_fails_for_what_is_not(tmp_path: Path) -> None:
    result = run("--all", "--out", tmp_path)
    assert (tmp_path / "here.json").exists()
    assert "here, official splits" in result.output
    message = error_of(result)
    assert "away: not audited, its files are not here: run `standoff tasks get away`" in message


def test_check_of_all_lets_tasks_be_whose_files_are_not_here(tmp_path: Path) -> None:
    entries = run("here", "--out", tmp_path).stderr.partition("\n\n")[2].replace('""', '"Published so."')
    entry = entries.split("[[issue]]")[1].replace('"here"', '"away"')
    (tmp_path / "known-issues.toml").write_text(f"{entries}\n[[issue]]{entry}", encoding="utf-8")
    (tmp_path / "away.json").write_text("{}\n", encoding="utf-8")
    (tmp_path / "gone.json").write_text("{}\n", encoding="utf-8")
    message = error_of(run("--all", "--check", tmp_path))
    assert message.startswith("2 problem(s):\n  - away: not audited")
    assert "gone.json: is of no task: remove it" in message


def test_a_misspelt_name_stops_before_the_first_audit() -> None:
    result = run("here", "hare")
    assert isinstance(result.exception, NotFoundError)
    assert "did you mean here" in str(result.exception)
    assert result.output == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--all"),
        (["here", "--all"], "--all"),
        (["here", "--split-set", "official", "--out", "x"], "a file holds every way to split"),
        (["here", "--split-set", "official", "--check", "x"], "a file holds every way to split"),
    ],
)
def test_contradicting_arguments(arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert message in error_of(result)
    assert result.output == ""


def test_control_characters_in_ids_are_not_printed_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    def with_escape(folder: Path, variant: str) -> pd.DataFrame:
        made = frame(folder, variant)
        return made.assign(id=[f"{item}\x1b[2J" for item in made["id"]])

    module = sys.modules["made_tasks"]
    monkeypatch.setattr(module, "HERE", replace(module.__dict__["HERE"], read=with_escape))
    result = run("here")
    assert "\x1b[2J" not in result.output
    assert r"i29\x1b[2J" in result.output
