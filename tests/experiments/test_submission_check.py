"""The check of a submission: all problems at once, scores where the data is here, and what was left unchecked."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from standoff.errors import InputError, NotFoundError
from standoff.experiments.evaluate import evaluate
from standoff.experiments.submission_check import Check, check_submission
from standoff.experiments.submission_files import addresses
from standoff.experiments.submissions import read_submission
from standoff.tasks import registry
from standoff.tasks.task import Task

RUNS = Path(__file__).parents[2] / "experiments" / "runs"

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

Make = Callable[[dict[str, list[dict[str, Any]]]], Path]


@pytest.fixture
def make(tmp_path: Path, toy: Task) -> Make:
    """What makes a submission of files of rows."""
    assert toy.name == "toy"

    def make(files: dict[str, list[dict[str, Any]]]) -> Path:
        folder = tmp_path / "my-system"
        folder.mkdir()
        (folder / "system.yaml").write_text(SYSTEM, encoding="utf-8")
        for name, rows in files.items():
            (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return folder

    return make


@pytest.fixture
def no_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANDOFF_DATA", str(tmp_path / "nothing"))


def predicted(label: str = "pos") -> list[dict[str, Any]]:
    """Predict one label for the twenty items that the toy task is scored on."""
    return [{"id": f"{group}/{number}", "label": label} for group in range(6, 11) for number in range(4)]


def messages(found: Check) -> str:
    return "\n".join(map(str, found.problems))


def test_a_good_submission_is_ready_and_scored_as_published(make: Make) -> None:
    rows = predicted()
    rows[0]["label"] = "neg"
    folder = make({"toy.jsonl": rows})
    found = check_submission(folder)
    assert found.ready
    assert (found.problems, found.warnings, found.unchecked) == ([], [], {})
    evaluation = found.evaluations["toy"]
    assert evaluation == evaluate(folder / "toy.jsonl", "toy")
    scores = evaluation.scores
    assert (scores.n, scores.n_missing, scores.resamples, scores.seed) == (20, 0, 1000, 12345)
    assert scores.accuracy.value == 0.55  # the ten that are pos, and the one that is neg
    assert str(evaluation.signature).count("split:official-test|n:20|") == 1


def test_what_is_missing_is_wrong_and_said_and_no_problem(make: Make) -> None:
    found = check_submission(make({"toy.jsonl": predicted()[3:]}))
    assert found.ready
    assert found.evaluations["toy"].scores.n_missing == 3
    assert found.evaluations["toy"].scores.accuracy.value == 0.45
    (warning,) = found.warnings
    assert warning == ("toy: of 20 items 3 have no prediction, which counts as wrong: '6/0', '6/1', '6/2'")


def test_of_many_missing_ones_the_first_three_are_named(make: Make) -> None:
    (warning,) = check_submission(make({"toy.jsonl": predicted()[4:]})).warnings
    assert warning.endswith("of 20 items 4 have no prediction, which counts as wrong: '6/0', '6/1', '6/2', …")


def test_what_is_too_much_is_a_problem_with_the_first_twenty(make: Make) -> None:
    rows = predicted() + [{"id": f"0/{number}", "label": "pos"} for number in range(30)]
    folder = make({"toy.jsonl": rows})
    found = check_submission(folder)
    assert not found.ready
    assert found.evaluations == {}
    (problem,) = found.problems
    assert problem.where == f"{folder / 'toy.jsonl'}, toy"
    assert "ids that are not items of the task: 30; the first 20" in problem.what
    assert problem.what.count("not an item of the task") == 20


def test_an_unknown_label_is_a_problem_with_the_nearest(make: Make) -> None:
    rows = predicted()
    rows[5]["label"] = "positive"
    found = check_submission(make({"toy.jsonl": rows}))
    assert "label 'positive' is unknown (did you mean 'pos'?)" in messages(found)


def test_probabilities_are_those_of_the_labels(make: Make) -> None:
    rows = [{**row, "probabilities": {"pos": 0.5, "other": 0.5}} for row in predicted()]
    text = messages(check_submission(make({"toy.jsonl": rows})))
    assert "'other'" in text
    assert "no probability of 'neg'" in text


def test_probabilities_that_fit_are_scored(make: Make) -> None:
    rows = [{**row, "probabilities": {"pos": 0.75, "neg": 0.25}} for row in predicted()]
    found = check_submission(make({"toy.jsonl": rows}))
    assert found.ready
    assert found.evaluations["toy"].scores.accuracy.value == 0.5


def test_it_goes_on_after_a_problem(make: Make) -> None:
    folder = make({"toy.jsonl": predicted(), "intervention-0.1.0.jsonl": [{"id": "x", "label": "support"}]})
    (folder / "system.yaml").write_text(SYSTEM.replace("A system", "<b>"), encoding="utf-8")
    (folder / "notes.txt").touch()
    found = check_submission(folder)
    assert len(found.problems) == 3
    for part in ("title: holds '<'", "notes.txt: is not a file", "intervention:0.1.0: the predictions do not fit"):
        assert part in messages(found)
    assert list(found.evaluations) == ["toy"]


def test_what_is_not_predicted_is_listed(make: Make) -> None:
    found = check_submission(make({"toy.jsonl": predicted()}))
    others = {name for name in registry.names() if name != "toy"}
    assert {address.partition(":")[0] for address in found.without} == others
    assert set(found.without) <= set(addresses().values())
    assert "newsmtsc" in found.without
    assert "newsmtsc:mt" not in found.without


@pytest.mark.usefixtures("no_data")
def test_another_variant_does_not_fill_the_hole(make: Make) -> None:
    found = check_submission(make({"newsmtsc-mt.jsonl": [{"id": "x", "label": "pos"}]}))
    assert "newsmtsc" in found.without
    assert list(found.unchecked) == ["newsmtsc:mt"]


# -- without the data -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_data")
def test_without_the_data_labels_are_checked_and_the_rest_is_said(make: Make) -> None:
    folder = make({"toy.jsonl": predicted(), "seesaw.jsonl": [{"id": "whatever", "label": "pos"}]})
    found = check_submission(folder)
    assert found.ready
    assert list(found.evaluations) == ["toy"]
    assert list(found.unchecked) == ["seesaw"]
    assert "standoff tasks get seesaw" in str(found.unchecked["seesaw"])


@pytest.mark.usefixtures("no_data")
def test_without_the_data_an_unknown_label_is_found(make: Make) -> None:
    rows = [{"id": str(number), "label": "negative"} for number in range(30)]
    found = check_submission(make({"seesaw.jsonl": rows}))
    (problem,) = found.problems
    assert "labels outside the inventory: 30; the first 20" in problem.what
    assert "did you mean 'neg'?" in problem.what
    assert problem.expected == "one of 'neg', 'pos'"
    assert list(found.unchecked) == ["seesaw"]


@pytest.mark.usefixtures("no_data")
def test_data_that_is_not_as_published_is_not_the_fault_of_the_submission(
    make: Make, shared_data: Path, tmp_path: Path
) -> None:
    shutil.copytree(shared_data / "handeset", tmp_path / "data" / "handeset")
    folder = make({"handeset.jsonl": [{"id": "x", "label": "for"}]})
    source = registry.get_task("handeset").source
    assert source is not None
    first = tmp_path / "data" / "handeset" / next(iter(source.checksums()))
    first.write_bytes(first.read_bytes() + b" ")
    found = check_submission(folder, data_dir=tmp_path / "data")
    assert found.ready
    assert "sha256" in str(found.unchecked["handeset"])


# -- with the data --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_data")
def test_published_predictions_score_as_published(make: Make, shared_data: Path) -> None:
    """The committed runs of a baseline on all tasks, as the files of a submission."""
    folder = make({})
    stems = {address: stem for stem, address in addresses().items()}
    published = {}
    for path in sorted(RUNS.glob("tfidf_svm-*")):
        scores = json.loads((path / "scores.json").read_text(encoding="utf-8"))
        split_set = json.loads((path / "run.json").read_text(encoding="utf-8"))["config"]["split_set"]
        if split_set is None:
            published[scores["task"]] = scores["scores"]
            shutil.copyfile(path / "predictions.jsonl", folder / f"{stems[scores['task']]}.jsonl")
    found = check_submission(folder, data_dir=shared_data)
    assert messages(found) == ""
    assert (found.warnings, found.unchecked, found.without) == ([], {}, ["toy"])
    assert found.evaluations.keys() == published.keys()
    assert len(published) >= 10
    for task, scores in published.items():
        assert found.evaluations[task].scores.primary.value == scores["value"]
        assert found.evaluations[task].scores.n == scores["n"]


# -- output, and hostile input --------------------------------------------------------------------------


def test_as_json(make: Make) -> None:
    rows = [*predicted(), {"id": "\u202ex", "label": "pos"}]
    found = check_submission(make({"toy.jsonl": rows}))
    value = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert list(value) == ["name", "ready", "problems", "warnings", "evaluations", "unchecked", "without"]
    assert (value["name"], value["ready"]) == ("my-system", False)
    (problem,) = value["problems"]
    assert set(problem) == {"where", "what", "got", "expected", "remedy"}
    assert r"'\u202ex'" in problem["what"]


def test_the_json_of_a_good_one(make: Make) -> None:
    value = check_submission(make({"toy.jsonl": predicted()[1:]})).to_json()
    assert value["ready"] is True
    assert value["evaluations"]["toy"]["scores"]["n_missing"] == 1
    assert len(value["warnings"]) == 1


def test_a_million_labels_are_refused_with_the_first_twenty(make: Make) -> None:
    folder = make({})
    with (folder / "predictions.csv").open("w", encoding="utf-8") as file:
        file.write("task,id,label\n")
        file.writelines(f"toy,{number},label {number}\n" for number in range(1_000_000))
    found = check_submission(folder)
    text = messages(found)
    assert "ids that are not items of the task: 1000000 and labels outside the inventory: 1000000" in text
    assert len(text) < 10_000


def test_the_check_says_no_where_reading_does(make: Make) -> None:
    folder = make({"toy.jsonl": [{"id": "6/0"}]})
    with pytest.raises(InputError) as caught:
        read_submission(folder)
    assert messages(check_submission(folder)) == str(caught.value)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no such folder"):
        check_submission(tmp_path / "none")
