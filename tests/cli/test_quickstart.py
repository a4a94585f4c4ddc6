"""The main job, as a new user runs it: in an empty folder, without a network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from standoff.baselines.registry import BASELINES


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("empty")
    code = (
        "import socket\n"
        "def refuse(*_, **__): raise AssertionError('the quickstart opened a connection')\n"
        "socket.socket.connect = refuse\n"
        "from standoff.cli import main; main()"
    )
    # The limit is a promise of the README, six times what a slow machine was seen to need.
    done = subprocess.run(
        [sys.executable, "-c", code, "quickstart"],
        timeout=60,
        cwd=folder,
        env={**os.environ, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def test_it_shows_assad_and_trump_with_their_evidence(finished: tuple[Path, str]) -> None:
    _, text = finished
    flat = " ".join(text.split())
    assert "Bashar al-Assad (President of Syria): seeks; indirect, asserted, quid_pro_quo, anonymous relay" in flat
    assert "Donald Trump (President-elect of the United States): opposes" in flat
    assert "[1: " in text
    assert "[2: " in text
    assert "labelled by a model" in flat


def test_it_prints_the_board_with_intervals_and_says_who_made_the_labels(finished: tuple[Path, str]) -> None:
    _, text = finished
    for system in BASELINES:
        assert system in text
    assert "labels by models" in text
    assert "The labels of this task are made by models, not by people" in text
    assert "macro-F1 [95 %]" in text
    assert "|ci:cluster-bs(1000,12345)" in text.replace("\n", "")


def test_it_leaves_a_record_of_each_run(finished: tuple[Path, str]) -> None:
    folder, text = finished
    runs = sorted((folder / "standoff-quickstart").iterdir())
    assert {run.name for run in runs} == {f"{name}-intervention" for name in BASELINES}
    for run in runs:
        record = json.loads((run / "run.json").read_text())
        assert record["task"]["label_kind"] == "model"
        assert (run / "predictions.jsonl").is_file()
    assert "What next" in text
    assert [path.name for path in folder.iterdir()] == ["standoff-quickstart"]


def test_a_second_quickstart_keeps_the_first(tmp_path: Path) -> None:
    from standoff.cli.experiments import _free

    first = _free(tmp_path / "q")
    assert first == tmp_path / "q"
    first.mkdir()
    assert _free(tmp_path / "q") == tmp_path / "q-2"
