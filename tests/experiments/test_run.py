from __future__ import annotations

import dataclasses
import json
import statistics
from pathlib import Path

import pytest

from standoff.errors import InputError, NotFoundError, RefusedError
from standoff.evaluation.predictions import read_predictions
from standoff.experiments.board import read_runs, read_sound_runs
from standoff.experiments.config import RunConfig
from standoff.experiments.evaluate import evaluate
from standoff.experiments.markdown import render, render_summary
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
    assert folder.stat().st_mode & 0o777 == 0o755
    record = json.loads((folder / "run.json").read_text())
    loaded = load_task("toy")
    assert record["task"]["digest"] == loaded.digest
    assert record["task"]["n_train"] == [len(loaded.split("train"))]
    assert record["task"]["test"] == "official-test"
    assert record["files"] == {name: sha256_file(folder / name) for name in ("predictions.jsonl", "scores.json")}
    assert {"numpy", "pandas", "scikit-learn", "scipy", "threadpoolctl"} == record["packages"].keys()
    assert set(record["code"]) == {"standoff", "commit", "dirty", "source_sha256"}
    assert record["seeds"] == {"random_state": [], "bootstrap": 12345}
    assert 0 < record["wall_time_s"]["predict"] < record["wall_time_s"]["fit"]
    assert record["peak_memory_mib"] > 1
    assert record["features_shared"] is False
    assert list(read_predictions(folder / "predictions.jsonl").labels) == list(loaded.split("test")["id"])


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


def test_a_random_baseline_is_made_with_five_seeds(tmp_path: Path) -> None:
    folder = made(tmp_path, "stratified", seed=7)
    record, scores = (json.loads((folder / name).read_text()) for name in ("run.json", "scores.json"))
    assert record["seeds"]["random_state"] == [7, 8, 9, 10, 11]
    names = ["predictions.jsonl", *(f"predictions-{seed}.jsonl" for seed in range(8, 12))]
    assert list(record["files"]) == [*names, "scores.json"]
    assert record["files"] == {name: sha256_file(folder / name) for name in record["files"]}
    reached = [evaluate(folder / name, "toy").scores.primary.value for name in names]
    assert [one["value"] for one in scores["seeds"]["values"]] == reached
    assert len(set(reached)) > 1
    assert scores["seeds"]["mean"] == statistics.fmean(reached)
    # The rest is the first seed's, as a run with that seed alone has it.
    run(RunConfig(task="toy", baseline="stratified", seed=7, seeds=1), tmp_path / "alone")
    alone = json.loads((tmp_path / "alone" / "scores.json").read_text())
    assert alone == {name: value for name, value in scores.items() if name != "seeds"}
    assert sha256_file(tmp_path / "alone" / "predictions.jsonl") == record["files"]["predictions.jsonl"]


def test_each_seed_is_the_run_with_that_seed(tmp_path: Path) -> None:
    folder = made(tmp_path, "stratified", seed=7)
    run(RunConfig(task="toy", baseline="stratified", seed=9, seeds=1), tmp_path / "nine")
    assert sha256_file(folder / "predictions-9.jsonl") == sha256_file(tmp_path / "nine" / "predictions.jsonl")


def test_a_board_shows_the_spread_over_seeds_and_ranks_by_the_mean(tmp_path: Path) -> None:
    for seed in range(1, 30):
        run(RunConfig(task="toy", baseline="stratified", seed=seed, seeds=2), tmp_path / f"stratified-{seed}")
    (board,) = read_runs(tmp_path)
    spreads = [row.spread for row in board.rows if row.spread]
    assert len(spreads) == 29
    assert [row.value for row in board.rows] == sorted((one.mean for one in spreads), reverse=True)
    firsts = [next(iter(one.values.values())) for one in spreads]
    assert firsts != sorted(firsts, reverse=True)
    best = board.rows[0]
    assert best.spread
    text = render([board])
    assert f"| stratified | {100 * best.value:.1f} ± {100 * best.spread.deviation:.1f}, 2 seeds | " in text
    assert text.count("± is the standard deviation over seeds") == 1
    alone = dataclasses.replace(board, rows=(best,))
    assert f"| {100 * best.value:.1f} ± {100 * best.spread.deviation:.1f}, 2 seeds |" in render_summary([alone])


def test_a_board_without_seeds_has_no_note_on_them(tmp_path: Path) -> None:
    made(tmp_path, "majority")
    assert "±" not in render(read_runs(tmp_path))


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
    assert "| tfidf_svm | 100.0 | [100.0, 100.0] | 100.0 | 0 | 100.0 [100.0, 100.0] |" in text
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


@pytest.mark.parametrize("content", ["{}", '{"x": 1}', "[]", '{"predictions_sha256": 5, "scores_sha256": 5}', "["])
def test_a_broken_record_is_named(tmp_path: Path, content: str) -> None:
    folder = made(tmp_path, "majority")
    (folder / "run.json").write_text(content)
    with pytest.raises(InputError, match=r"majority/run\.json"):
        read_runs(tmp_path)


@pytest.mark.parametrize(
    "content", ["[]", "{}", '{"task": "toy", "scores": {}}', '{"task": "toy", "scores": 1, "slices": []}']
)
def test_scores_that_are_no_scores_are_named_whatever_the_record_says(tmp_path: Path, content: str) -> None:
    folder = made(tmp_path, "majority")
    (folder / "scores.json").write_text(content)
    record = json.loads((folder / "run.json").read_text())
    record["files"]["scores.json"] = sha256_file(folder / "scores.json")
    (folder / "run.json").write_text(json.dumps(record))
    with pytest.raises(InputError, match=r"scores\.json: does not hold the scores of a run") as caught:
        read_runs(tmp_path)
    assert f"remove this run: {folder}" in str(caught.value)


def test_sound_runs_are_on_boards_and_of_the_others_it_is_told_why_not(tmp_path: Path) -> None:
    for baseline in ("majority", "stratified", "nbsvm"):
        made(tmp_path, baseline)
    (tmp_path / "majority" / "run.json").write_text("{")
    (tmp_path / "nbsvm" / "scores.json").unlink()
    (board,), broken = read_sound_runs(tmp_path, holding={"stratified"})
    assert [row.system for row in board.rows] == ["stratified"]
    assert list(broken) == [tmp_path / "majority", tmp_path / "nbsvm"]
    assert "is not JSON" in str(broken[tmp_path / "majority"])
    assert read_sound_runs(tmp_path, holding={"majority"})[0] == []


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
    with pytest.raises(InputError, match="tfidf_svm cannot be fitted"):
        run(config, tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["predictions.jsonl", "predictions-12347.jsonl"])
def test_changed_predictions_are_noticed(tmp_path: Path, name: str) -> None:
    path = made(tmp_path, "stratified") / name
    path.write_text(path.read_text().replace("neg", "pos", 1))
    with pytest.raises(InputError, match="not the file that was recorded"):
        read_runs(tmp_path)


def test_no_runs(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no runs"):
        read_runs(tmp_path)


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
    assert set(read_predictions(tmp_path / "run" / "predictions.jsonl").labels) == set(
        load_task("toy").frame["id"]
    )


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
