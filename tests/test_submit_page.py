"""docs/submit.md, done: a stranger's first submission, from the items to a folder that is ready."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from standoff.experiments import submissions, system
from standoff.experiments.submission_files import ENDINGS, addresses
from standoff.experiments.submissions import find_submissions, read_submission
from standoff.experiments.system import SYSTEM, System
from standoff.tasks.registry import load_task

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "submit.md").read_text(encoding="utf-8")
WALK = PAGE.partition("## In five minutes")[2].partition("## The folder")[0]

# The two groups of commands that the page uses.
CLI = """
import sys
import typer
from standoff.cli import submit, tasks
sys.argv[0] = "standoff"
app = typer.Typer(rich_markup_mode=None)
app.add_typer(tasks.app, name="tasks")
app.add_typer(submit.app, name="submit")
app()
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", WALK, flags=re.DOTALL | re.MULTILINE)


def run(command: str, folder: Path) -> str:
    """Run a line of the page in a folder, with the programs that it names; return what it printed."""
    programs = folder / "bin"
    programs.mkdir(exist_ok=True)
    (programs / "cli.py").write_text(CLI, encoding="utf-8")
    for name, arguments in (("standoff", f'"{programs / "cli.py"}"'), ("python", "")):
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n', encoding="utf-8")
        (programs / name).chmod(0o755)
    environment = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}", "COLUMNS": "100"}
    done = subprocess.run(
        ["sh", "-ec", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The folder in which the page was followed from top to bottom, and what its commands printed."""
    folder = tmp_path_factory.mktemp("page")
    printed: dict[str, str] = {}
    for language, block in re.findall(r"^```(sh|python|yaml)\n(.*?)^```", WALK, flags=re.DOTALL | re.MULTILINE):
        if language == "python":
            (folder / "predict.py").write_text(block, encoding="utf-8")
        elif language == "yaml":
            (folder / "my-system" / SYSTEM).write_text(block, encoding="utf-8")
        else:
            printed |= {line: run(line, folder) for line in block.splitlines()}
    return folder, printed


def test_the_page_leads_to_a_submission_that_is_ready(walked: tuple[Path, dict[str, str]]) -> None:
    folder, printed = walked
    assert [command.split()[0] for command in printed] == ["standoff", "standoff", "python", "standoff"]
    last = printed["standoff submit check my-system"]
    (promised,) = blocks("text")
    assert last.endswith(promised)
    assert "warning" not in last
    number = len(load_task("intervention").split("test"))
    assert re.search(rf"intervention:0\.1\.0 +models +\d+\.\d \[\d+\.\d, \d+\.\d\] +\d+\.\d +{number} +0 ", last)
    found = read_submission(folder / "my-system")
    assert found.system.title == "A negation rule"
    assert set(found.predictions["intervention:0.1.0"].labels.values()) == {"support", "oppose"}


def test_it_is_found_where_the_page_puts_it(walked: tuple[Path, dict[str, str]]) -> None:
    folder, printed = walked
    place = re.search(r"below (\S+)", printed["standoff submit check my-system"])
    assert place
    target = folder / "checkout" / place[1]
    target.mkdir(parents=True)
    (folder / "my-system").rename(target / "my-system")
    assert [read_submission(one).system.name for one in find_submissions(target)] == ["my-system"]
    (target / "my-system").rename(folder / "my-system")


def test_the_items_are_as_the_page_says(walked: tuple[Path, dict[str, str]]) -> None:
    items = [json.loads(line) for line in (walked[0] / "items.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {"task", "id", "text", "actor", "target", "label"} <= items[0].keys()


def test_the_script_has_five_lines() -> None:
    (script,) = blocks("python")
    assert len([line for line in script.splitlines() if line]) == 5


def test_the_yaml_names_fields_in_the_order_of_the_template() -> None:
    (text,) = blocks("yaml")
    names = list(yaml.safe_load(text))
    assert names == [name for name in System.model_fields if name in names]


def rows(heading: str) -> list[list[str]]:
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    table = [line.strip("|").split(" | ") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in table[2:]]


def test_every_field_is_explained() -> None:
    explained: list[str] = []
    for row in rows("The declarations"):
        explained += re.findall(r"`([a-z_]+)`", row[0])
    assert sorted(explained) == sorted(System.model_fields)


def limits(name: str) -> dict[str, Any]:
    found: dict[str, Any] = System.model_json_schema()["properties"][name]
    return found


def test_the_bounds_are_those_of_the_code() -> None:
    (row,) = [row for row in rows("The declarations") if "`title`" in row[0]]
    title, description = limits("title")["maxLength"], limits("description")["maxLength"]
    assert f"{title} characters, {limits('authors')['maxItems']} authors, {description:,} characters" in row[1]
    (row,) = [row for row in rows("What is checked") if "MiB" in row[0]]
    assert f"of at most {submissions.MAX_BYTES >> 20} MiB unpacked" in row[0]
    assert submissions.MAX_README == system.MAX_BYTES
    assert f"of {system.MAX_BYTES >> 10} KiB; a million predictions" in row[0]
    assert submissions.MAX_PREDICTIONS == 10**6


def test_the_files_are_those_of_the_code() -> None:
    table = rows("The folder")
    files = [name for row in table for name in re.findall(r"`([^`]+)`", row[0])]
    assert files == ["system.yaml", "predictions.jsonl", "seesaw.jsonl", "newsmtsc-mt.jsonl", "README.md"]
    assert {"seesaw", "newsmtsc-mt", "intervention-0.1.0"} <= addresses().keys()
    assert "`intervention-0.1.0.jsonl`" in PAGE
    sentence = re.search(r"Predictions may be (.*?)\. Each", PAGE)
    assert sentence
    assert tuple(re.findall(r"`(\S+?)`", sentence[1])) == ENDINGS
