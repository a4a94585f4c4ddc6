"""A run made again is the same, or it is said what is not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from standoff.baselines import majority
from standoff.cli.app import app
from standoff.errors import InputError, IntegrityError, NotFoundError
from standoff.experiments.config import RunConfig
from standoff.experiments.jobs import Failed, Job, Outcome, Skipped
from standoff.experiments.reproduce import reproduce, reproduce_all
from standoff.experiments.run import run
from standoff.files import sha256_file
from standoff.tasks.registry import load_task
from standoff.tasks.task import LoadedTask

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
    assert again.details == (f"{name}: is not the file that was recorded", f"{name}: 3 of 20 predictions differ")


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


def test_probabilities_of_the_same_labels_are_a_difference(tmp_path: Path) -> None:
    folder = made(tmp_path, "majority")
    path = folder / "predictions.jsonl"
    lines = path.read_text().splitlines()
    path.write_text("".join(f'{line[:-1]},"probabilities":{{"neg":1}}}}\n' for line in lines))
    recorded(folder, "predictions.jsonl")
    again = reproduce(folder)
    assert (again.outcome, again.n_different) == ("different", 0)
    assert again.details == ("predictions.jsonl: the probabilities differ",)


def test_broken_predictions_differ(tmp_path: Path) -> None:
    folder = made(tmp_path, "majority")
    (folder / "predictions.jsonl").write_bytes(b"\xff\xfe")
    again = reproduce(folder)
    assert again.outcome == "different"
    assert again.details == (
        "predictions.jsonl: is not the file that was recorded",
        "predictions.jsonl: is a binary file, or UTF-16",
    )


def test_altered_scores_differ(tmp_path: Path) -> None:
    folder = made(tmp_path)
    path = folder / "scores.json"
    scores = json.loads(path.read_text())
    scores["scores"]["low"] = 0.0
    path.write_text(json.dumps(scores))
    differ = "scores.json: the scores differ"
    assert reproduce(folder).details == ("scores.json: is not the file that was recorded", differ)
    recorded(folder, "scores.json")
    again = reproduce(folder)
    assert (again.outcome, again.n_different, again.details) == ("different", 0, (differ,))
    path.write_text("{")
    recorded(folder, "scores.json")
    assert "scores.json: is not JSON" in reproduce(folder).details[0]


def test_scores_that_are_written_otherwise_are_another_file_with_the_same_scores(tmp_path: Path) -> None:
    folder = made(tmp_path)
    path = folder / "scores.json"
    path.write_text(json.dumps(json.loads(path.read_text())))
    assert reproduce(folder).details == ("scores.json: is not the file that was recorded",)


@pytest.mark.parametrize("name", ["predictions.jsonl", "predictions-12346.jsonl", "scores.json"])
def test_a_file_that_is_gone_is_a_difference(tmp_path: Path, name: str) -> None:
    folder = made(tmp_path)
    (folder / name).unlink()
    again = reproduce(folder)
    assert (again.outcome, again.n_different, again.details) == ("different", 0, (f"{name}: no such file",))


def test_a_file_that_is_not_in_the_record_is_a_difference(tmp_path: Path) -> None:
    """Else a record of no files would be the same as anything."""
    folder = made(tmp_path, "majority")
    record = json.loads((folder / "run.json").read_text())
    change_record(folder, files={"scores.json": record["files"]["scores.json"]})
    again = reproduce(folder)
    assert (again.outcome, again.details) == ("different", ("predictions.jsonl: is not in the record",))


def test_a_file_that_is_not_made_is_a_difference(tmp_path: Path) -> None:
    folder = made(tmp_path, "majority")
    (folder / "predictions-7.jsonl").write_bytes((folder / "predictions.jsonl").read_bytes())
    recorded(folder, "predictions-7.jsonl")
    assert reproduce(folder).details == ("predictions-7.jsonl: was not made again",)


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
    assert (again.outcome, again.details) == ("not here", ("data not here: standoff tasks get seesaw",))
    again = reproduce(folder, data_dir=tmp_path)
    assert again.outcome == "not here"
    assert "name the folder that has the task's files" in again.details[0]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"task": "sesaw"}, "no task named 'sesaw'"),
        ({"split_set": "none"}, "no split set of task toy named 'none'"),
        ({"task": "none.toml"}, "none.toml: no such file"),
    ],
)
def test_a_task_that_is_gone_is_no_matter_of_getting_files(
    tmp_path: Path, changes: dict[str, str], says: str
) -> None:
    folder = made(tmp_path, "majority")
    change_record(folder, "config", **changes)
    again = reproduce(folder)
    assert again.outcome == "failed"
    assert says in again.details[0]


def test_data_that_was_tampered_with_fails_its_runs_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def tampered(address: str, **others: Any) -> LoadedTask:
        if others["split_set"]:
            raise IntegrityError("a file is not the published one", remedy="get it again")
        return load_task(address, **others)

    monkeypatch.setattr("standoff.experiments.reproduce.load_task", tampered)
    folders = [made(tmp_path, "majority", split_set="official"), made(tmp_path, "majority")]
    found = reproduce_all(folders, processes=1)
    assert [one.outcome for one in found] == ["failed", "same"]
    assert "what to do: get it again" in found[0].details[0]


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
    (folder / "run.json").write_text("{}")
    with pytest.raises(InputError, match=r"run\.json") as caught:
        reproduce(folder)
    assert f"what to do: restore the file, or remove this run: {folder}" in str(caught.value)


@pytest.mark.parametrize("content", ["{", "{}", "[]", ""])
def test_a_broken_record_does_not_keep_from_the_other_runs(tmp_path: Path, content: str) -> None:
    broken, whole = made(tmp_path, "majority"), made(tmp_path)
    (broken / "run.json").write_text(content)
    first, second = reproduce_all([broken, whole], processes=1)
    assert (first.outcome, first.n, first.seconds, second.outcome) == ("broken", 0, 0.0, "same")
    assert first.details[0].startswith(str(broken / "run.json"))


def test_the_runs_of_a_process_that_dies_fail_and_say_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = [made(tmp_path, name) for name in ("majority", "actor_blind", "nbsvm")]

    def died(groups: Sequence[Sequence[Job]], **_: object) -> list[Outcome]:
        ((first, *rest),) = groups
        return [Failed(first.name, "killed", tuple(job.name for job in rest))]

    monkeypatch.setattr("standoff.experiments.reproduce.make_all", died)
    found = reproduce_all(folders)
    assert [one.outcome for one in found] == ["failed"] * 3
    not_begun = f"not begun, as the process ended that was making {folders[0]}"
    assert [one.details for one in found] == [("killed",), (not_begun,), (not_begun,)]


def test_a_baseline_that_has_nothing_to_look_at_any_more_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = made(tmp_path, "actor_blind")
    monkeypatch.setattr(
        "standoff.experiments.reproduce.make_all", lambda *_, **__: [Skipped(str(folder), "nothing to look at")]
    )
    again = reproduce(folder)
    assert (again.outcome, again.details) == ("failed", ("nothing to look at",))


def command(*arguments: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["reproduce", *map(str, arguments), "--jobs", "1"])
    return done.exit_code, done.stdout


def test_the_command_says_what_is_the_same_and_what_is_not(tmp_path: Path) -> None:
    first, second = made(tmp_path), made(tmp_path, "majority")
    code, text = command(tmp_path)
    assert code == 0
    assert text.splitlines()[0] == "2 made again: 2 same"
    assert "all 100 predictions, and scores" in text
    flip(second / "predictions.jsonl")
    change_record(first, "packages", numpy="0.1")
    code, text = command(tmp_path)
    assert code == 1
    assert text.splitlines()[0] == "2 made again: 1 different, 1 same"
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
    assert text.splitlines()[0] == "1 made again: 1 same; 1 left out, as they take longer"
    assert command(tmp_path, "--under", "10.5")[0] == 1
    done = CliRunner().invoke(app, ["reproduce", str(tmp_path), "--under", "0"])
    assert isinstance(done.exception, NotFoundError)
    assert "give --under a larger number" in str(done.exception)


def test_the_command_tells_of_broken_runs_beside_the_others(tmp_path: Path) -> None:
    broken, _ = made(tmp_path, "majority"), made(tmp_path)
    (broken / "run.json").write_text("{")
    for arguments in ([], ["--under", "100"]):
        done = CliRunner().invoke(app, ["reproduce", str(tmp_path), "--jobs", "1", *arguments])
        assert done.exit_code == 1
        assert done.stdout.splitlines()[0] == "1 made again: 1 same; 1 broken"
        assert done.stderr.startswith("1/1  0:00:")  # of those that can be made
        assert "run.json:1: is not JSON" in " ".join(done.stdout.split())
        assert f"broken: majority-toy: {broken / 'run.json'}:1: is not JSON" in done.stderr
        assert f"what to do: restore the file, or remove this run: {broken}" in done.stderr


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
    done, text = command(tmp_path / "runs")
    assert done == code
    assert text.startswith("0 made again; 1 ")


def test_what_is_not_here_is_no_failure_beside_what_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STANDOFF_DATA", str(tmp_path / "empty"))
    for name, task in (("majority", "seesaw"), ("actor_blind", "seesaw:all"), ("nbsvm", "gwsd")):
        change_record(made(tmp_path / "runs", name), "config", task=task)
    made(tmp_path / "runs")
    code, text = command(tmp_path / "runs")
    assert code == 0
    first, *rest = text.splitlines()
    assert first == "1 made again: 1 same; 3 not here"
    assert rest[-2:] == [
        "2 skipped, data not here: standoff tasks get seesaw",
        "1 skipped, data not here: standoff tasks get gwsd",
    ]
    assert "majority-toy" not in text


def test_a_place_without_runs(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["reproduce", str(tmp_path)])
    assert isinstance(done.exception, NotFoundError)
