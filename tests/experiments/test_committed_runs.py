"""The committed runs are what their configurations give, and the board is what they reached."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from standoff.baselines.registry import BASELINES
from standoff.experiments.config import read_config
from standoff.experiments.evaluate import evaluate
from standoff.experiments.run import run
from standoff.files import sha256_file
from standoff.tasks.registry import names

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = sorted((ROOT / "experiments" / "configs").glob("*.toml"))
RUNS = ROOT / "experiments" / "runs"


def test_every_configuration_has_its_run() -> None:
    assert CONFIGS
    assert {path.name for path in RUNS.iterdir()} == {path.stem for path in CONFIGS}


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_record_belongs_to_its_configuration_and_clean_code(path: Path) -> None:
    record = json.loads((RUNS / path.stem / "run.json").read_text())
    assert record["config"] == read_config(path).to_json()
    assert record["predictions_sha256"] == sha256_file(RUNS / path.stem / "predictions.jsonl")
    assert len(record["code"]["commit"]) == 40
    assert record["code"]["dirty"] is False


def again(path: Path, folder: Path, data_dir: Path | None) -> None:
    run(read_config(path), folder / "again", data_dir=data_dir)
    first = json.loads((RUNS / path.stem / "run.json").read_text())
    second = json.loads((folder / "again" / "run.json").read_text())
    assert second["task"] == first["task"]
    assert second["predictions_sha256"] == first["predictions_sha256"]
    assert (folder / "again" / "scores.json").read_bytes() == (RUNS / path.stem / "scores.json").read_bytes()


@pytest.mark.parametrize(
    "path", [p for p in CONFIGS if p.stem.endswith("-intervention")], ids=lambda path: path.stem
)
def test_a_run_on_the_corpus_gives_the_same_again(path: Path, tmp_path: Path) -> None:
    again(path, tmp_path, None)


@pytest.mark.parametrize(
    "path", [p for p in CONFIGS if not p.stem.endswith("-intervention")], ids=lambda path: path.stem
)
def test_a_run_on_a_public_set_gives_the_same_again(path: Path, tmp_path: Path, shared_data: Path) -> None:
    again(path, tmp_path, shared_data)


@pytest.mark.parametrize("name", ["majority", "tfidf_svm"])
def test_the_stored_predictions_score_as_stored(name: str) -> None:
    folder = RUNS / f"{name}-intervention"
    found = evaluate(folder / "predictions.jsonl", "intervention").to_json()
    assert found == json.loads((folder / "scores.json").read_text())


def test_on_seesaw_text_alone_does_as_well_as_text_and_names(shared_data: Path) -> None:
    """The known weakness of bags of words on SEESAW: naming holder and target adds nothing (see docs/runs.md)."""
    blind, seeing = (
        evaluate(RUNS / f"{name}-seesaw" / "predictions.jsonl", "seesaw", data_dir=shared_data / "seesaw").scores
        for name in ("actor_blind", "tfidf_svm")
    )
    floor = json.loads((RUNS / "stratified-seesaw" / "scores.json").read_text())["scores"]["high"]
    assert blind.primary.low is not None
    assert blind.primary.low > floor
    assert seeing.primary.value <= blind.primary.value


def test_leaks_lift_scores_on_the_official_splits_of_dse() -> None:
    """Without the copies a bag of words loses nearly half of its score."""
    scores = {
        split_set: json.loads((RUNS / f"tfidf_svm-dse{split_set}" / "scores.json").read_text())["scores"]
        for split_set in ("", "-official")
    }
    assert scores[""]["high"] < scores["-official"]["low"] - 0.15


def test_the_slice_of_seesaw_is_too_small_for_an_interval() -> None:
    scores = json.loads((RUNS / "tfidf_svm-seesaw" / "scores.json").read_text())["slices"]["intervention"][
        "scores"
    ]
    assert scores["n_groups"] < 5
    assert scores["low"] is None


def test_on_seesaw_the_target_alone_tells_as_much_as_the_text() -> None:
    """README and docs/runs.md say so: the interval of the target-only model holds the other score."""
    audit = json.loads((ROOT / "experiments" / "audits" / "seesaw.json").read_text())["split_sets"]["audited"]
    (target,) = (one for one in audit["shortcuts"]["models"] if one["sees"] == "target")
    text = json.loads((RUNS / "actor_blind-seesaw" / "scores.json").read_text())["scores"]["value"]
    assert target["low"] < text < target["high"]


def test_every_task_has_every_baseline() -> None:
    assert {path.stem for path in CONFIGS} >= {f"{baseline}-{task}" for baseline in BASELINES for task in names()}
