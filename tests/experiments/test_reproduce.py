"""A run made again is the same, or it is said what is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from standoff.baselines import majority
from standoff.cli.app import app
from standoff.errors import InputError, NotFoundError
from standoff.experiments.config import RunConfig
from standoff.experiments.reproduce import reproduce, reproduce_all
from standoff.experiments.run import run
from standoff.files import sha256_file

pytestmark = pytest.mark.usefixtures("toy")


def made(folder: Path, baseline: str = "stratified", **changes: Any) -> Path:
    config = RunConfig.parse({"task": "toy", "baseline": baseline, **changes}, where="test")
    run(config, folder / config.name)
    return folder / config.name


def change_record(folder: Path, part: str | None = None, **changes: object) -> None:
    path = folder / "run.json"
    record = json.loads(path.read_text())
    (record[part] if part else record).update(changes)
    path.write_text(json.dumps(record))


def flip(path: Path, count: int = 1) -> None:
    """Turn the first ``count`` predictions into the other label."""
    lines = path.read_text().splitlines(keepends=True)
    other = {"neg": "pos", "pos": "neg"}
    for number in range(count):
        row = json.loads(lines[number])
        lines[number] = lines[number].replace(f'"{row["label"]}"', f'"{other[row["label"]]}"')
    path.write_text("".join(lines))


def recorded(folder: Path, name: str) -> None:
    """Record a file as it is now, as somebody would who wants it to pass for the real one."""
    record = json.loads((folder / "run.json").read_text())
    change_record(folder, "files", **(record["files"] | {name: sha256_file(folder / name)}))


@pytest.mark.parametrize("baseline", ["majority", "stratified", "tfidf_svm"])
@pytest.mark.parametrize("split_set", [None, "folds"])
def test_the_same(tmp_path: Path, baseline: str, split_set: str | None) -> None:
    folder = made(tmp_path, baseline, split_set=split_set, seed=3)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    again = reproduce(folder)
    n = (44 if split_set else 20) * (5 if baseline == "stratified" else 1)
    assert (again.outcome, again.n_different, again.n, again.details, again.surroundings) == ("same", 0, n, (), ())
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize("name", ["predictions.jsonl", "predictions-12347.jsonl"])
def test_altered_predictions_differ_and_are_counted(tmp_path: Path, name: str) -> None:
    folder = made(tmp_path)
    flip(folder / name, 3)
    again = reproduce(folder)
    assert (again.outcome, again.n_different) == ("different", 3)
    assert again.details == (f"{name} is not the file that was recorded", f"{name}: 3 of 20 predictions differ")


def test_altered_predictions_with_a_record_to_match_differ(tmp_path: Path) -> None:
    folder = made(tmp_path)
    flip(folder / "predictions-12348.jsonl", 2)
    recorded(folder, "predictions-12348.jsonl")
    again = reproduce(folder)
    assert (again.outcome, again.details) == (
        "different",
        ("predictions-12348.jsonl: 2 of 20 predictions differ",),
    )


def test_a_missing_line_and_one_too_many_are_differences(tmp_path: Path) -> None:
    folder = made(tmp_path, "majority")
    path = folder / "predictions.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[1:]) + '{"id":"of-none","label":"neg"}\n')
    recorded(folder, "predictions.jsonl")
    assert reproduce(folder).n_different == 2


def test_broken_predictions_differ(tmp_path: Path) -> None:
    folder = made(tmp_path, "majority")
    (folder / "predictions.jsonl").write_bytes(b"\xff\xfe")
    again = reproduce(folder)
    assert again.outcome == "different"
    assert again.details[0] == "predictions.jsonl is not the file that was recorded"
    assert len(again.details) == 2


def test_altered_scores_differ(tmp_path: Path) -> None:
    folder = made(tmp_path)
    path = folder / "scores.json"
    scores = json.loads(path.read_text())
    scores["scores"]["low"] = 0.0
    path.write_text(json.dumps(scores))
    assert reproduce(folder).details == ("scores.json is not the file that was recorded",)
    recorded(folder, "scores.json")
    again = reproduce(folder)
    assert (again.outcome, again.n_different, again.details) == ("different", 0, ("the scores differ",))


def test_a_signature_of_another_version_is_no_difference_in_scores(tmp_path: Path) -> None:
    folder = made(tmp_path)
    path = folder / "scores.json"
    path.write_text(path.read_text().replace("standoff:0.1.0|", "standoff:0.0.9|"))
    recorded(folder, "scores.json")
    assert reproduce(folder).outcome == "same"


def test_other_surroundings_are_told_and_do_not_matter_by_themselves(tmp_path: Path) -> None:
    folder = made(tmp_path)
    change_record(folder, "packages", numpy="0.1")
    change_record(folder, "platform", python="2.7")
    again = reproduce(folder)
    assert again.outcome == "same"
    assert [line.split(", is ")[0] for line in again.surroundings] == ["numpy was 0.1", "python was 2.7"]


def test_other_data_is_not_trained_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = made(tmp_path, "majority")
    change_record(folder, "task", digest="0" * 64)
    monkeypatch.setattr(majority.Majority, "fit", None)
    again = reproduce(folder)
    assert again.outcome == "data differs"
    assert "#00000000 in the record" in again.details[0]


def test_data_that_is_not_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = made(tmp_path, "majority")
    change_record(folder, "config", task="seesaw")
    monkeypatch.setenv("STANDOFF_DATA", str(tmp_path / "empty"))
    again = reproduce(folder)
    assert (again.outcome, again.details) == ("not here", ("the files of task 'seesaw' are not here yet",))


def test_a_baseline_that_is_gone(tmp_path: Path) -> None:
    folder = made(tmp_path, "majority")
    change_record(folder, "config", baseline="majorities")
    again = reproduce(folder)
    assert again.outcome == "failed"
    assert "no baseline named 'majorities'" in again.details[0]


def test_each_folder_has_its_answer_in_order(tmp_path: Path) -> None:
    first, second = made(tmp_path / "a"), made(tmp_path / "b", "majority")
    third = made(tmp_path / "c")
    flip(third / "predictions.jsonl")
    change_record(first, "task", digest="0" * 64)
    found = reproduce_all([third, second, first], processes=1)
    assert [(one.folder, one.outcome) for one in found] == [
        (third, "different"),
        (second, "same"),
        (first, "data differs"),
    ]


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"run\.json"):
        reproduce(tmp_path)
    folder = made(tmp_path, "majority")
    (folder / "predictions.jsonl").unlink()
    with pytest.raises(NotFoundError, match=r"predictions\.jsonl"):
        reproduce(folder)
    (folder / "run.json").write_text("{}")
    with pytest.raises(InputError, match=r"run\.json"):
        reproduce(folder)


def command(*arguments: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["reproduce", *map(str, arguments), "--jobs", "1"])
    return done.exit_code, done.stdout


def test_the_command_says_what_is_the_same_and_what_is_not(tmp_path: Path) -> None:
    first, second = made(tmp_path), made(tmp_path, "majority")
    code, text = command(tmp_path)
    assert code == 0
    assert "2 made again: 2 same" in text
    assert "all 100 predictions, and scores" in text
    flip(second / "predictions.jsonl")
    change_record(first, "packages", numpy="0.1")
    code, text = command(tmp_path)
    assert code == 1
    assert "1 different" in text
    assert "1 same" in text
    assert "1 of 20 predictions differ" in " ".join(text.split())
    assert "numpy was 0.1, is " in text
    assert command(first)[0] == 0


def test_the_command_as_json(tmp_path: Path) -> None:
    flip(made(tmp_path, "majority") / "predictions.jsonl")
    code, text = command(tmp_path, "--format", "json")
    assert code == 1
    (one,) = json.loads(text)
    assert (one["outcome"], one["n_different"], one["n"]) == ("different", 1, 20)
    assert one["folder"] == str(tmp_path / "majority-toy")
    assert one["surroundings"] == []


def test_only_runs_that_take_less_time(tmp_path: Path) -> None:
    slow = made(tmp_path, "majority")
    flip(slow / "predictions.jsonl")
    change_record(slow, wall_time_s={"fit": 6.0, "predict": 4.0})
    made(tmp_path)
    code, text = command(tmp_path, "--under", "10")
    assert code == 0, text
    assert "1 made again: 1 same; 1 left out, as they take longer" in text
    assert command(tmp_path, "--under", "10.5")[0] == 1
    done = CliRunner().invoke(app, ["reproduce", str(tmp_path), "--under", "0"])
    assert isinstance(done.exception, NotFoundError)


@pytest.mark.parametrize(
    ("part", "changes", "code"),
    [("task", {"digest": "0" * 64}, 1), ("config", {"baseline": "none"}, 1), ("config", {"task": "seesaw"}, 1)],
)
def test_exit_codes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str, changes: dict[str, str], code: int
) -> None:
    """Where nothing could be made again, nothing was shown to be the same."""
    monkeypatch.setenv("STANDOFF_DATA", str(tmp_path / "empty"))
    change_record(made(tmp_path / "runs", "majority"), part, **changes)
    assert command(tmp_path / "runs")[0] == code


def test_what_is_not_here_is_no_failure_beside_what_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STANDOFF_DATA", str(tmp_path / "empty"))
    change_record(made(tmp_path / "runs", "majority"), "config", task="seesaw")
    made(tmp_path / "runs")
    code, text = command(tmp_path / "runs")
    assert code == 0
    assert "1 not here" in text


def test_a_place_without_runs(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["reproduce", str(tmp_path)])
    assert isinstance(done.exception, NotFoundError)
