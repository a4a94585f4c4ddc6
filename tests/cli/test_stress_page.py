"""docs/stress.md, done: its commands run in their order, and its tables say what there is."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from standoff.cli.app import app as whole
from standoff.cli.stress import app
from standoff.tasks.stress.registry import STRESSES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "stress.md").read_text(encoding="utf-8")
FROZEN = ROOT / "experiments" / "stress"


def commands() -> list[list[str]]:
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in block.splitlines()]
    assert all(line.startswith("standoff ") for line in lines)
    return [shlex.split(line, comments=True)[1:] for line in lines]


def tables() -> list[list[list[str]]]:
    found = re.findall(r"(?:^\|.*\n)+", PAGE, flags=re.MULTILINE)
    return [
        [[cell.strip(" `") for cell in line.split("|")[1:-1]] for line in table.splitlines()] for table in found
    ]


def test_the_commands_run_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared_data: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(FROZEN, tmp_path / "experiments" / "stress")
    before = {path.name: path.read_bytes() for path in (tmp_path / "experiments" / "stress").iterdir()}
    output = []
    for words in commands():
        data = ["--data", str(shared_data)] if words[-1:] == ["--all"] or words[-1] == "check" else []
        resamples = ["--resamples", "100"] if words[1] in {"run", "score"} else []
        runner, arguments = (app, words[1:]) if words[0] == "stress" else (whole, words)
        done = CliRunner().invoke(runner, [*arguments, *resamples, *data])
        assert done.exit_code == 0, f"{words}: {done.output} {done.exception}"
        output.append(done.stdout)
    assert {path.name: path.read_bytes() for path in (tmp_path / "experiments" / "stress").iterdir()} == before
    assert "of 9 tasks are what they were" in "".join(output)
    assert any(re.search(r"names_masked +\d+ +model +\d+\.\d", text) for text in output)
    for name in ("masked.jsonl", "masked-predictions.jsonl"):
        assert len((tmp_path / name).read_text().splitlines()) == 75


def test_every_stress_is_on_the_page_with_whose_labels_it_has() -> None:
    (_, _, *rows), *_ = tables()
    assert {name: label.partition(":")[0] for name, _, label in rows} == {
        one.name: one.labels for one in STRESSES.values()
    }


def test_the_numbers_of_items_are_those_that_are_frozen() -> None:
    _, (heading, _, *rows), *_ = tables()
    assert heading == ["task", *STRESSES]
    frozen = {path.stem: json.loads(path.read_text())["stresses"] for path in FROZEN.iterdir()}
    found = {
        row[0]: {name: int(n) for name, n in zip(heading[1:], row[1:], strict=True) if n != "-"} for row in rows
    }
    assert found == {task: {name: one["items"] for name, one in sets.items()} for task, sets in frozen.items()}


def test_what_the_page_says_of_sizes() -> None:
    from standoff.experiments.stress import MIN_ITEMS

    assert f"Sets under {MIN_ITEMS} items are counted and not scored" in PAGE
