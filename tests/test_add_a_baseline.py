"""docs/add-a-baseline.md, done: a copy of the checkout gets the file and the line, and the page's commands run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "add-a-baseline.md").read_text(encoding="utf-8")
COPIED = ("src", "docs", "experiments", "tests/baselines", "annotations", "corpus/releases")
FILES = ("pyproject.toml", "README.md", "tests/conftest.py")


def section(title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, flags=re.DOTALL | re.MULTILINE)
    assert found, title
    return found[1]


def block(title: str, language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", section(title), flags=re.DOTALL | re.MULTILINE)
    return str(found)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this checkout in which the page was followed."""
    folder = tmp_path_factory.mktemp("page") / "checkout"
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copyfile(ROOT / name, folder / name)
    named = re.search(r"`(src/\S+\.py)`", section("The file"))
    assert named
    (folder / named[1]).write_text(block("The file", "python"), encoding="utf-8")
    registry = folder / "src" / "standoff" / "baselines" / "registry.py"
    before = registry.read_text(encoding="utf-8")
    begin = before.index("BASELINES: dict")
    end = before.index("\n}\n", begin) + 1
    registry.write_text(before[:end] + block("The line", "python") + before[end:], encoding="utf-8")
    return folder


def run(checkout: Path, command: str) -> str:
    """Run a line of the page in the copy, with the programs that it names; return what it printed."""
    programs = checkout / "bin"
    programs.mkdir(exist_ok=True)
    cli = "import sys; sys.argv[0] = 'standoff'; from standoff.cli import main; main()"
    scripts = {
        "standoff": f'exec "{sys.executable}" -c "{cli}" "$@"',
        "pytest": f'exec "{sys.executable}" -m pytest --numprocesses=0 "$@"',
        "python": f'exec "{sys.executable}" "$@"',
        "uv": 'shift 2; exec "$@"',  # the environment is there: uv run --all-extras COMMAND is COMMAND
    }
    for name, script in scripts.items():
        (programs / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (programs / name).chmod(0o755)
    environment = os.environ | {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": str(checkout / "src"),
        "COLUMNS": "200",
    }
    done = subprocess.run(
        ["sh", "-ec", command], cwd=checkout, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_commands_work_in_their_order(checkout: Path) -> None:
    lines = block("Try it", "sh").splitlines()
    printed = {line.partition("#")[0].strip(): run(checkout, line) for line in lines}
    assert json.loads((checkout / "runs" / "near_actor-intervention" / "scores.json").read_text())["scores"]["n"]
    contract = next(text for command, text in printed.items() if "pytest" in command)
    assert re.search(r"^[1-9]\d+ passed", contract, flags=re.MULTILINE), contract
    assert {path.name for path in (checkout / "models" / "near_actor").iterdir()} == {
        "README.md",
        "model.json",
        "model.skops",
    }
    asked, recorded = (
        {row["id"]: row["label"] for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())}
        for path in (
            checkout / "predictions.jsonl",
            checkout / "runs" / "near_actor-intervention" / "predictions.jsonl",
        )
    )
    assert asked == recorded  # by way of files, as in memory: spans are not lost
    explained = next(text for command, text in printed.items() if " explain " in command)
    assert re.search(r"\[[+-]\w", explained), explained


def test_its_configurations_and_its_row_are_generated(checkout: Path) -> None:
    generate = block("Publish its runs", "sh").splitlines()[0]
    run(checkout, generate)
    configs = {path.stem for path in (checkout / "experiments" / "configs").glob("near_actor-*.toml")}
    assert {"near_actor-intervention", "near_actor-seesaw", "near_actor-dse-official"} < configs
    assert "[`near_actor`]" in (checkout / "docs" / "baselines.md").read_text(encoding="utf-8")


def test_the_file_is_as_the_house_wants_it(checkout: Path) -> None:
    written = "src/standoff/baselines/near_actor.py"
    typed = ["mypy", "--follow-imports=silent", "--cache-dir=.mypy"]
    for command in (["ruff", "check"], ["ruff", "format", "--check"], typed):
        done = subprocess.run(
            [sys.executable, "-m", *command, written], cwd=checkout, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
