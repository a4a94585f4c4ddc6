from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from standoff.cli.app import app
from standoff.errors import InputError, NotFoundError, RefusedError
from standoff.evaluation.predictions import read_predictions
from standoff.experiments.board import read_runs
from standoff.experiments.config import RunConfig
from standoff.experiments.evaluate import evaluate
from standoff.experiments.markdown import render
from standoff.experiments.run import run
from standoff.files import sha256_file
from standoff.tasks.registry import load_task

pytestmark = pytest.mark.usefixtures("toy")


def made(folder: Path, baseline: str = "tfidf_svm", seed: int = 12345) -> Path:
    run(RunConfig(task="toy", baseline=baseline, seed=seed), folder / baseline)
    return folder / baseline


def test_a_run_stores_predictions_record_and_scores(tmp_path: Path) -> None:
    folder = made(tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == ["predictions.jsonl", "run.json", "scores.json"]
    record = json.loads((folder / "run.json").read_text())
    loaded = load_task("toy")
    assert record["task"]["digest"] == loaded.digest
    assert record["task"]["n_train"] == [len(loaded.split("train"))]
    assert record["task"]["test"] == "official-test"
    assert record["predictions_sha256"] == sha256_file(folder / "predictions.jsonl")
    assert {"numpy", "pandas", "scikit-learn", "scipy"} <= record["packages"].keys()
    assert set(record["code"]) == {"standoff", "commit", "dirty"}
    assert record["seeds"] == {"random_state": 12345, "bootstrap": 12345}
    assert record["wall_time_s"] >= 0
    assert record["peak_memory_mib"] > 1
    assert list(read_predictions(folder / "predictions.jsonl")) == list(loaded.split("test")["id"])


def test_the_stored_scores_are_those_of_the_stored_predictions(tmp_path: Path) -> None:
    folder = made(tmp_path)
    stored = json.loads((folder / "scores.json").read_text())
    assert stored == json.loads(json.dumps(evaluate(folder / "predictions.jsonl", "toy").to_json()))
    assert stored["scores"]["value"] == 1.0


def test_the_same_configuration_gives_the_same_predictions(tmp_path: Path) -> None:
    first, second = made(tmp_path / "a", "stratified"), made(tmp_path / "b", "stratified")
    other = made(tmp_path / "c", "stratified", seed=2)
    assert sha256_file(first / "predictions.jsonl") == sha256_file(second / "predictions.jsonl")
    assert sha256_file(first / "predictions.jsonl") != sha256_file(other / "predictions.jsonl")


def test_the_model_never_sees_the_labels_it_is_tested_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from standoff.baselines import majority

    seen: list[list[str]] = []

    class Watching(majority.Majority):
        def predict(self, X):  # type: ignore[no-untyped-def]  # noqa: N803
            seen.append(list(X.columns))
            return super().predict(X)

    monkeypatch.setattr(majority, "Majority", Watching)
    made(tmp_path, "majority")
    assert seen
    assert all("label" not in columns for columns in seen)


def test_an_existing_run_is_not_overwritten(tmp_path: Path) -> None:
    folder = made(tmp_path, "majority")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(RefusedError, match="exists already"):
        made(tmp_path, "majority")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_refused_run_leaves_nothing(tmp_path: Path) -> None:
    for config, error in (
        (RunConfig(task="toy", baseline="none"), NotFoundError),
        (RunConfig(task="none", baseline="majority"), NotFoundError),
        (RunConfig(task="toy", baseline="majority", parameters={"x": 1}), InputError),
    ):
        with pytest.raises(error):
            run(config, tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_a_board_is_sorted_and_says_who_labelled(tmp_path: Path) -> None:
    for baseline in ("majority", "tfidf_svm", "stratified"):
        made(tmp_path, baseline)
    (board,) = read_runs(tmp_path)
    assert (board.task, board.split, board.label_kind) == ("toy", "official-test", "human")
    assert board.rows[0].system == "tfidf_svm"
    assert [row.value for row in board.rows] == sorted((row.value for row in board.rows), reverse=True)
    text = render([board])
    assert "| tfidf_svm | 100.0 | 100.0 to 100.0 | 100.0 | 0 | 100.0 (100.0 to 100.0) |" in text
    assert "on the 10 about interventions" in text
    assert board.n_intervention == 10
    assert "made by models" not in text


def changed_record(folder: Path, **changes: object) -> None:
    record = json.loads((folder / "run.json").read_text())
    record["task"].update(changes)
    (folder / "run.json").write_text(json.dumps(record))


def test_model_labelled_runs_have_a_board_of_their_own_below(tmp_path: Path) -> None:
    changed_record(made(tmp_path, "majority"), label_kind="model")
    made(tmp_path, "stratified")
    human, model = read_runs(tmp_path)
    assert [row.system for row in human.rows] == ["stratified"]
    assert [row.system for row in model.rows] == ["majority"]
    assert "made by models" in render([human, model])


@pytest.mark.parametrize("changes", [{"digest": "0" * 64}, {"test": "audited-test"}])
def test_runs_on_other_data_or_another_split_have_a_board_of_their_own(
    tmp_path: Path, changes: dict[str, str]
) -> None:
    changed_record(made(tmp_path, "majority"), **changes)
    made(tmp_path, "stratified")
    assert [len(board.rows) for board in read_runs(tmp_path)] == [1, 1]


@pytest.mark.parametrize("content", ["{}", '{"x": 1}', "[]", '{"predictions_sha256": 5, "scores_sha256": 5}'])
def test_a_broken_record_is_named(tmp_path: Path, content: str) -> None:
    folder = made(tmp_path, "majority")
    (folder / "run.json").write_text(content)
    with pytest.raises(InputError, match=r"majority/(run\.json|predictions\.jsonl)"):
        read_runs(tmp_path)


@pytest.mark.parametrize("name", ["predictions.jsonl", "scores.json"])
def test_a_missing_file_of_a_run_is_named(tmp_path: Path, name: str) -> None:
    (made(tmp_path, "majority") / name).unlink()
    with pytest.raises(NotFoundError, match=name):
        read_runs(tmp_path)


def test_changed_scores_are_noticed(tmp_path: Path) -> None:
    path = made(tmp_path, "majority") / "scores.json"
    path.write_text(path.read_text().replace('"value": 0.', '"value": 0.9'))
    with pytest.raises(InputError, match=r"scores\.json: is not the file that was recorded"):
        read_runs(tmp_path)


@pytest.mark.parametrize("candidates", [[], [-1.0], "abc", [None]])
def test_parameters_that_cannot_be_fitted_are_refused(tmp_path: Path, candidates: object) -> None:
    config = RunConfig(task="toy", baseline="tfidf_svm", parameters={"candidates": candidates})
    with pytest.raises(InputError, match="tfidf_svm cannot be fitted on toy"):
        run(config, tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_a_run_does_not_inherit_the_peak_memory_of_the_one_before() -> None:
    from standoff.experiments.run import _forget_peak_memory, _peak_memory_mib

    large = bytearray(200 << 20)
    before = _peak_memory_mib()
    del large
    _forget_peak_memory()
    after = _peak_memory_mib()
    if before is None or after is None:
        assert sys.platform != "linux"
    else:
        assert after < before - 150


def test_changed_predictions_are_noticed(tmp_path: Path) -> None:
    folder = made(tmp_path, "majority")
    path = folder / "predictions.jsonl"
    path.write_text(path.read_text().replace("neg", "pos"))
    with pytest.raises(InputError, match="not the file that was recorded"):
        read_runs(tmp_path)


def test_no_runs(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no runs"):
        read_runs(tmp_path)


def test_code_outside_a_checkout_has_no_commit(tmp_path: Path) -> None:
    """An environment may lie inside somebody else's checkout: its commit says nothing about this code."""
    import standoff

    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    inside = tmp_path / "env" / "standoff"
    inside.mkdir(parents=True)
    for path in Path(standoff.__file__).parent.rglob("*.py"):
        target = inside / path.relative_to(Path(standoff.__file__).parent)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    code = "from standoff.experiments import run; print(run._git_state())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(inside.parent), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "{'commit': None, 'dirty': None}"


def test_folds_are_each_predicted_by_a_model_that_saw_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from standoff.baselines import majority

    seen: list[tuple[set[str], set[str]]] = []

    class Watching(majority.Majority):
        def fit(self, X, y):  # type: ignore[no-untyped-def]  # noqa: N803
            self.trained_on = set(X["group"])
            return super().fit(X, y)

        def predict(self, X):  # type: ignore[no-untyped-def]  # noqa: N803
            seen.append((self.trained_on, set(X["group"])))
            return super().predict(X)

    monkeypatch.setattr(majority, "Majority", Watching)
    run(RunConfig(task="toy", baseline="majority", split_set="folds"), tmp_path / "run")
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert len(seen) == 6
    assert all(not trained & tested and len(trained) >= 9 for trained, tested in seen)
    assert (record["task"]["test"], record["task"]["n_train"], record["task"]["n_test"]) == (
        "folds-folds",
        [36] * 5 + [40],
        44,
    )
    assert set(read_predictions(tmp_path / "run" / "predictions.jsonl")) == set(load_task("toy").frame["id"])


def test_a_run_scores_the_intervention_slice_beside_the_whole(tmp_path: Path) -> None:
    folder = made(tmp_path)
    stored = json.loads((folder / "scores.json").read_text())
    alone = evaluate(folder / "predictions.jsonl", "toy", slice_="intervention")
    assert stored["slices"] == {
        "intervention": {
            "signature": str(alone.signature),
            "scores": json.loads(json.dumps(alone.scores.to_json())),
        }
    }


def run_command(*arguments: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["run", *map(str, arguments)])
    return done.exit_code, done.output


def test_a_baseline_by_name_runs_on_each_task_that_is_named(tmp_path: Path) -> None:
    code, text = run_command(
        "majority", "stratified", "--task", "toy", "--task", "intervention", "--out", tmp_path
    )
    assert code == 0, text
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "majority-intervention",
        "majority-toy",
        "stratified-intervention",
        "stratified-toy",
    ]


def test_a_file_runs_on_another_task_and_split_set(tmp_path: Path) -> None:
    config = tmp_path / "mine.toml"
    config.write_text('task = "intervention"\nbaseline = "stratified"\nseed = 7\n', encoding="utf-8")
    code, text = run_command(config, "--task", "toy", "--split-set", "folds", "--out", tmp_path / "runs")
    assert code == 0, text
    record = json.loads((tmp_path / "runs" / "stratified-toy-folds" / "run.json").read_text())
    assert record["config"] == {
        "task": "toy",
        "baseline": "stratified",
        "split_set": "folds",
        "seed": 7,
        "parameters": {},
    }


def test_nothing_runs_when_one_task_is_not_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANDOFF_DATA", str(tmp_path / "empty"))
    done = CliRunner().invoke(app, ["run", "majority", "--task", "each", "--out", str(tmp_path / "runs")])
    assert isinstance(done.exception, NotFoundError)
    assert "standoff tasks get" in str(done.exception)
    assert not (tmp_path / "runs").exists()


def test_a_baseline_without_a_task_is_refused() -> None:
    done = CliRunner().invoke(app, ["run", "majority"])
    assert isinstance(done.exception, InputError)
    assert "--task" in str(done.exception)
