"""``standoff train`` and ``predict``: from a baseline to predictions that ``evaluate`` scores."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from standoff.baselines.saving import load_model
from standoff.cli.app import app
from standoff.errors import InputError, NotFoundError, RefusedError, StandoffError
from standoff.tasks.registry import load_task


def invoke(*arguments: str | Path) -> str:
    done = CliRunner().invoke(app, list(map(str, arguments)))
    if isinstance(done.exception, StandoffError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def model(tmp_path: Path) -> Path:
    invoke("train", "majority", "--task", "intervention", "--out", tmp_path / "model")
    return tmp_path / "model"


@pytest.fixture
def items(tmp_path: Path) -> Path:
    frame = load_task("intervention").split("test")
    path = tmp_path / "items.jsonl"
    frame[["id", "text", "actor", "target"]].to_json(path, orient="records", lines=True, force_ascii=False)
    return path


def test_training_prints_scores_and_writes_a_folder(tmp_path: Path) -> None:
    text = invoke("train", "majority", "--task", "intervention", "--out", tmp_path / "m")
    assert "macro_f1" in text
    assert "made by models" in text
    assert f"written: {tmp_path / 'm'}" in text
    assert load_model(tmp_path / "m").facts.trained_on.split == "official-train"


def test_a_configuration_is_trained_under_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_text('task = "intervention"\nbaseline = "stratified"\nseed = 4\n', encoding="utf-8")
    assert "written: models/stratified-intervention" in invoke("train", "mine.toml")
    assert load_model("models/stratified-intervention").facts.seed == 4


def test_what_is_predicted_is_what_evaluate_reads(tmp_path: Path, model: Path, items: Path) -> None:
    out = tmp_path / "p.jsonl"
    assert invoke("predict", model, items, "--out", out) == f"written: {out}\n"
    printed = json.loads(invoke("evaluate", out, "--task", "intervention", "--format", "json"))
    assert printed == load_model(model).facts.scored.evaluation
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [list(row) for row in rows] == [["id", "label"]] * len(rows)


def test_probabilities_do_not_disturb_evaluate(tmp_path: Path, model: Path, items: Path) -> None:
    out = tmp_path / "p.jsonl"
    invoke("predict", model, items, "--out", out, "--probabilities")
    first = json.loads(out.read_text(encoding="utf-8").splitlines()[0])
    assert list(first["probabilities"]) == ["support", "oppose", "none"]
    assert sum(first["probabilities"].values()) == 1
    invoke("evaluate", out, "--task", "intervention")


def test_what_exists_is_not_written_over(model: Path, items: Path) -> None:
    with pytest.raises(RefusedError, match="exists already"):
        invoke("train", "majority", "--task", "intervention", "--out", model)
    with pytest.raises(RefusedError, match="name another file with --out"):
        invoke("predict", model, items, "--out", items)


def test_nothing_is_written_of_a_file_with_a_fault_at_its_end(tmp_path: Path, model: Path, items: Path) -> None:
    with items.open("a", encoding="utf-8") as handle:
        handle.write('{"text": "x"}\n')
    with pytest.raises(InputError, match="line 114: id is None"):
        invoke("predict", model, items, "--out", tmp_path / "p.jsonl")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["items.jsonl", "model"]


def test_what_cannot_be_trained_or_loaded_is_said(tmp_path: Path, items: Path) -> None:
    with pytest.raises(InputError, match="no task"):
        invoke("train", "majority")
    with pytest.raises(InputError, match="one model is trained at a time"):
        invoke("train", tmp_path, "--task", "intervention")
    with pytest.raises(NotFoundError, match="did you mean majority"):
        invoke("train", "majorty", "--task", "intervention", "--out", tmp_path / "m")
    with pytest.raises(NotFoundError, match="no saved model"):
        invoke("predict", tmp_path / "none", items)
