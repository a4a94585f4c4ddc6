"""The committed runs are what their configurations give, and the board is what they reached.

Here the quickest are made again; CI does more by ``standoff reproduce --under``, and without a limit it does all.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from standoff.baselines.registry import BASELINES, is_random
from standoff.experiments.config import read_config
from standoff.experiments.evaluate import evaluate
from standoff.experiments.record import RECORD
from standoff.experiments.reproduce import reproduce
from standoff.experiments.stored import read_record, read_stored
from standoff.tasks.registry import names

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = sorted((ROOT / "experiments" / "configs").glob("*.toml"))
RUNS = ROOT / "experiments" / "runs"


def test_every_configuration_has_its_run() -> None:
    assert CONFIGS
    configured, made = {path.stem for path in CONFIGS}, {path.name for path in RUNS.iterdir()}
    missing = " ".join(f"experiments/configs/{name}.toml" for name in sorted(configured - made))
    assert not missing, f"make them: standoff run {missing} --out experiments/runs"
    assert not made - configured, "runs without a configuration: remove them"


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_record_belongs_to_its_configuration_its_files_and_clean_code(path: Path) -> None:
    record = read_stored(RUNS / path.stem).record
    assert record.config == read_config(path)
    assert {file.name for file in (RUNS / path.stem).iterdir()} == {RECORD, *record.files}
    assert record.seeds.random_state == (record.config.all_seeds if is_random(record.config.baseline) else ())
    assert len(record.code.commit or "") == 40
    assert record.code.dirty is False


def quick() -> list[str]:
    return [path.stem for path in CONFIGS if read_record(RUNS / path.stem).seconds < 0.5]


@pytest.mark.parametrize("name", quick())
def test_a_quick_run_gives_the_same_again(name: str, shared_data: Path) -> None:
    again = reproduce(RUNS / name, data_dir=shared_data)
    assert again.outcome == "same", again.details


def test_some_runs_are_quick_on_each_task() -> None:
    assert {name.partition("-")[2] for name in quick()} >= set(names())


@pytest.mark.parametrize("name", ["majority", "tfidf_svm"])
def test_the_stored_predictions_score_as_stored(name: str) -> None:
    folder = RUNS / f"{name}-intervention"
    found = evaluate(folder / "predictions.jsonl", "intervention").to_json()
    assert found == json.loads((folder / "scores.json").read_text())


def test_on_seesaw_text_alone_does_as_well_as_text_and_names(shared_data: Path) -> None:
    """The known weakness of bags of words on SEESAW: naming both adds nothing (see docs/baselines.md)."""
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
    """README and docs/baselines.md say so: the interval of the target-only model holds the other score."""
    audit = json.loads((ROOT / "experiments" / "audits" / "seesaw.json").read_text())["split_sets"]["audited"]
    (target,) = (one for one in audit["shortcuts"]["models"] if one["sees"] == "target")
    text = json.loads((RUNS / "actor_blind-seesaw" / "scores.json").read_text())["scores"]["value"]
    assert target["low"] < text < target["high"]


def test_every_task_has_every_baseline() -> None:
    wanted = {f"{baseline}-{task}" for baseline in BASELINES for task in names()}
    assert {path.stem for path in CONFIGS} >= wanted, "write them: uv run --all-extras python docs/generate.py"
