from __future__ import annotations

from pathlib import Path

import pytest

from standoff.errors import InputError, IntegrityError, NotFoundError
from standoff.evaluation.predictions import read_predictions
from standoff.experiments.analysis.recorded import NO_PREDICTION, RecordedRun, recorded_runs
from standoff.experiments.config import RunConfig
from standoff.experiments.run import run
from standoff.tasks.task import Task


@pytest.fixture
def folder(toy: Task, tmp_path: Path) -> Path:
    run(RunConfig(task=toy.name, baseline="stratified", seeds=2), tmp_path / "one")
    run(RunConfig(task=toy.name, baseline="majority", split_set="folds"), tmp_path / "two")
    return tmp_path


def test_a_run_is_beside_its_items(folder: Path) -> None:
    one, two = recorded_runs([folder])
    assert [one.system, two.system] == ["stratified", "majority"]
    loaded = one.load()
    predicted = one.on(loaded)
    test = loaded.split("test")
    assert predicted.gold == tuple(test["label"])
    assert predicted.groups == tuple(test["group"])
    # Of a run with several seeds, the first is meant.
    first = read_predictions(folder / "one" / "predictions.jsonl").labels
    assert predicted.predicted == tuple(first[item] for item in test["id"])
    assert two.load().split_set == "folds"
    assert len(two.on(two.load()).gold) == 44


def test_an_item_without_a_prediction_has_no_label(folder: Path) -> None:
    (one,) = recorded_runs([folder / "one"])
    ids = list(one.predictions)
    less = RecordedRun(one.folder, one.record, {item: one.predictions[item] for item in ids[1:]})
    assert less.on(one.load()).predicted.count(NO_PREDICTION) == 1


def test_other_data_is_refused(folder: Path) -> None:
    (one,) = recorded_runs([folder / "one"])
    task = one.record.task.model_copy(update={"digest": "0" * 64})
    other = RecordedRun(one.folder, one.record.model_copy(update={"task": task}), one.predictions)
    with pytest.raises(IntegrityError, match="other data or splits"):
        other.load()


def test_changed_predictions_are_refused(folder: Path) -> None:
    with (folder / "one" / "predictions.jsonl").open("a") as file:
        file.write("\n")
    with pytest.raises(InputError, match="not the file that was recorded"):
        recorded_runs([folder / "one"])


def test_a_folder_without_runs_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotFoundError, match="no runs"):
        recorded_runs([tmp_path / "empty"])
