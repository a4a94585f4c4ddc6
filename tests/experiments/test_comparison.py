"""Systems compared on a task: what is read from where, and what is refused."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from sklearn.metrics import f1_score

from standoff.errors import InputError, NotFoundError, RefusedError, StandoffError
from standoff.evaluation.predictions import Predictions
from standoff.evaluation.scores import SEED
from standoff.experiments.analysis.paired import difference
from standoff.experiments.analysis.predicted import Predicted
from standoff.experiments.comparison import TaskComparison, compare
from standoff.experiments.config import RunConfig
from standoff.experiments.run import run
from standoff.files import pretty_json
from standoff.tasks.registry import load_task

pytestmark = pytest.mark.usefixtures("toy")


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


def made(folder: Path, baseline: str, **config: Any) -> Path:
    name = "-".join((baseline, *map(str, config.values())))
    run(RunConfig(**{"task": "toy", "baseline": baseline, "seeds": 1, **config}), folder / name)
    return folder / name


def gold() -> dict[str, str]:
    rows = load_task("toy").split("test")
    return dict(zip(rows["id"], rows["label"], strict=True))


def wrong_on(*ids: str) -> dict[str, str]:
    other = {"neg": "pos", "pos": "neg"}
    return {item: other[label] if item in ids else label for item, label in gold().items()}


def written(path: Path, labels: Mapping[str, str], **extra: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps({"id": item, "label": label, **extra}) + "\n" for item, label in labels.items())
    path.write_bytes(gzip.compress(lines.encode()) if path.suffix == ".gz" else lines.encode())
    return path


def scores(found: TaskComparison) -> dict[str, float]:
    return {one.name: one.value.value for one in found.comparison.systems}


def refusal(call: Callable[[], object], kind: type[StandoffError]) -> str:
    with pytest.raises(kind) as caught:
        call()
    return str(caught.value)


def test_labels_given_are_scored_as_scikit_learn_does() -> None:
    ours, theirs = wrong_on("6/0"), wrong_on("6/0", "7/0", "8/3")
    found = compare({"ours": ours, "theirs": Predictions(theirs)}, task="toy", permutations=50, resamples=20)
    ids = list(gold())
    for name, labels in (("ours", ours), ("theirs", theirs)):
        expected = f1_score([gold()[i] for i in ids], [labels[i] for i in ids], average="macro")
        assert scores(found)[name] == pytest.approx(expected)
    assert (found.task, found.split, found.slice, found.label_kind) == ("toy", "official-test", None, "human")
    assert (found.task_version, found.digest) == (3, load_task("toy").digest)
    assert (found.comparison.n, found.comparison.n_groups) == (20, 5)
    assert found.missing == {}
    assert found.places == {}


def test_the_p_value_is_that_of_the_paired_difference() -> None:
    ours, theirs = wrong_on("6/0"), wrong_on("6/1", "7/0", "8/3", "9/1", "10/0")
    found = compare({"ours": ours, "theirs": theirs}, task="toy", permutations=32, resamples=2000)
    rows = load_task("toy").split("test")
    both = [
        Predicted(tuple(rows["label"]), tuple(labels[i] for i in rows["id"]), tuple(rows["group"]))
        for labels in (ours, theirs)
    ]
    other = difference(both[0], both[1], ("neg", "pos"), seed=SEED, resamples=2000)
    (pair,) = found.comparison.pairs
    assert found.comparison.is_exact
    assert pair.metric.p == pytest.approx(other.p, abs=0.04)
    assert pair.metric.difference == other.estimate


def test_runs_are_compared_on_their_own_task(stored: Path) -> None:
    first, second = made(stored / "a", "tfidf_svm"), made(stored / "a", "majority")
    found = compare([first, second], permutations=50, resamples=20)
    assert [one.name for one in found.comparison.systems] == ["tfidf_svm", "majority"]
    assert found.places == {"tfidf_svm": first, "majority": second}
    assert scores(found)["majority"] == pytest.approx(1 / 3)
    assert found.comparison.resamples == 20
    again = compare([str(second), str(first)], permutations=50, resamples=20)
    assert again.comparison == found.comparison


def test_a_folder_of_runs_gives_those_on_the_task(stored: Path, new_task: Callable[..., str]) -> None:
    folder = stored / "many"
    for baseline in ("majority", "stratified"):
        made(folder, baseline)
    made(folder, "stratified", split_set="folds")
    elsewhere = new_task("elsewhere")
    made(folder, "text_blind", task=elsewhere)
    found = compare([folder], task="toy", permutations=50, resamples=20)
    assert sorted(scores(found)) == ["majority", "stratified"]
    message = refusal(lambda: compare([folder], task="toy", split_set="folds"), InputError)
    assert "two systems or more" in message
    message = refusal(lambda: compare([folder], task="intervention"), NotFoundError)
    assert "no run on intervention" in message
    message = refusal(lambda: compare([stored / "nowhere-else"], task="toy"), NotFoundError)
    assert "no such file" in message


def test_a_folder_of_runs_follows_its_first_where_no_task_is_named(stored: Path) -> None:
    folder = stored / "first"
    made(folder, "majority")
    made(folder, "stratified")
    found = compare([folder], permutations=50, resamples=20)
    assert found.task == "toy"
    for alone in (folder, str(folder)):
        assert compare(alone, permutations=50, resamples=20).comparison == found.comparison


def test_runs_of_one_baseline_are_called_by_their_folders(stored: Path) -> None:
    folder = stored / "same"
    runs = [made(folder, "stratified", seed=seed) for seed in (1, 2)]
    found = compare([*runs, made(folder, "majority")], permutations=50, resamples=20)
    assert sorted(scores(found)) == ["majority", "stratified-1", "stratified-2"]


def test_files_of_one_name_are_called_by_their_paths(tmp_path: Path) -> None:
    files = [written(tmp_path / name / "predictions.jsonl.gz", gold()) for name in ("a", "b")]
    found = compare(files, task="toy", permutations=50, resamples=20)
    assert sorted(scores(found)) == sorted(map(str, files))
    other = written(tmp_path / "a" / "mine.v2.jsonl", gold())
    assert "mine" in scores(compare([files[0], other], task="toy", permutations=50, resamples=20))


def test_what_is_named_twice_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "p.jsonl", gold())
    assert "is named twice" in refusal(lambda: compare([path, path], task="toy"), InputError)


def test_a_run_a_file_and_a_submission_side_by_side(tmp_path: Path, stored: Path) -> None:
    runs = made(stored / "mixed", "majority")
    submission = tmp_path / "my-system"
    written(submission / "toy.jsonl", wrong_on("6/0"))
    (submission / "system.yaml").write_text(
        "name: my-system\ntitle: Mine\nauthors: [Ada Berg]\ndescription: Words.\n"
        "training_data: []\npretrained: []\ncutoff: null\nseen_test: []\n"
    )
    path = written(tmp_path / "other.jsonl", wrong_on("7/0", "7/1"))
    found = compare([runs, submission, path], permutations=50, resamples=20)
    assert [one.name for one in found.comparison.systems] == ["my-system", "other", "majority"]
    assert found.places["my-system"] == submission
    named = compare({"x": submission, "y": path, "z": runs}, permutations=50, resamples=20)
    assert [one.name for one in named.comparison.systems] == ["x", "y", "z"]
    message = refusal(lambda: compare([submission, path], task="intervention"), NotFoundError)
    assert "no predictions for intervention:" in message
    assert "one of toy" in message


def test_a_file_for_several_tasks_gives_the_rows_of_the_one(tmp_path: Path) -> None:
    path = written(tmp_path / "all.jsonl", wrong_on("6/0"), task="toy")
    with path.open("a") as file:
        file.write(json.dumps({"id": "x", "label": "pos", "task": "seesaw"}) + "\n")
    found = compare({"ours": path, "gold": gold()}, task="toy", permutations=50, resamples=20)
    assert scores(found)["ours"] < scores(found)["gold"] == 1


def test_runs_on_other_items_are_refused_saying_what_differs(stored: Path, new_task: Callable[..., str]) -> None:
    folder = stored / "differ"
    on_toy, in_folds = made(folder, "majority"), made(folder, "majority", split_set="folds")
    elsewhere = made(folder, "stratified", task=new_task("other"))
    message = refusal(lambda: compare([on_toy, elsewhere, in_folds]), RefusedError)
    assert f"{elsewhere}: task other, not toy" in message
    assert f"{in_folds}: split folds-folds, not official-test" in message
    assert f"{on_toy}:" not in message
    assert "expected: runs on toy, official-test" in message


def test_runs_on_other_data_are_refused(stored: Path) -> None:
    folder = stored / "data"
    first, second = made(folder, "majority"), made(folder, "stratified")
    record = json.loads((second / "run.json").read_text())
    record["task"]["digest"] = "0" * 64
    (second / "run.json").write_text(pretty_json(record))
    for systems in ([first, second], [folder]):
        message = refusal(lambda systems=systems: compare(systems, task="toy"), RefusedError)  # type: ignore[misc]
        assert f"{second}: data digest 000000000000, not {load_task('toy').digest[:12]}" in message


def test_altered_predictions_are_refused(stored: Path) -> None:
    folder = stored / "altered"
    first, second = made(folder, "majority"), made(folder, "stratified")
    written(second / "predictions.jsonl", gold())
    assert "is not the file that was recorded" in refusal(lambda: compare([first, second]), InputError)


def test_missing_predictions_are_wrong_and_named() -> None:
    half = {item: label for item, label in gold().items() if not item.startswith(("6/", "7/"))}
    found = compare({"half": half, "gold": gold()}, task="toy", permutations=50, resamples=20)
    assert found.missing == {"half": tuple(f"{group}/{number}" for group in (6, 7) for number in range(4))}
    by_name = {one.name: one for one in found.comparison.systems}
    assert (by_name["half"].n_missing, by_name["gold"].n_missing) == (8, 0)
    assert by_name["half"].accuracy.value == 12 / 20
    assert found.to_json()["missing_ids"]["half"][0] == "6/0"


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    extra = written(tmp_path / "extra.jsonl", {**gold(), "0/0": "neg"})
    message = refusal(lambda: compare({"a": extra, "b": gold()}, task="toy"), InputError)
    assert "not an item of the task" in message
    unknown = {**gold(), "6/0": "maybe"}
    assert "is unknown" in refusal(lambda: compare({"a": unknown, "b": gold()}, task="toy"), InputError)


def test_it_has_to_be_known_which_task(tmp_path: Path) -> None:
    path = written(tmp_path / "p.jsonl", gold())
    message = refusal(lambda: compare([path]), InputError)
    assert "which task" in message
    assert "--task" in message
    assert "two systems or more" in refusal(lambda: compare([path], task="toy"), InputError)
    assert "no task named" in refusal(lambda: compare([path], task="tpy"), NotFoundError)


def test_a_slice_is_compared_by_itself() -> None:
    ours, theirs = wrong_on("6/0"), wrong_on("6/2", "7/2", "8/2")
    hole = {item: label for item, label in ours.items() if item not in {"9/1", "9/3"}}
    found = compare(
        {"ours": hole, "theirs": theirs}, task="toy", slice_="intervention", permutations=40, resamples=20
    )
    assert (found.comparison.n, found.slice) == (10, "intervention")
    assert scores(found)["theirs"] == 1  # its errors are outside the slice
    assert found.missing == {"ours": ("9/1",)}
    one = compare({"ours": ours, "theirs": theirs}, task="toy", slice_="year=2028", permutations=40, resamples=20)
    assert (one.comparison.n, one.comparison.n_groups) == (4, 1)
    assert one.comparison.systems[0].value.low is None
    with pytest.raises(NotFoundError, match="slice column"):
        compare({"ours": ours, "theirs": theirs}, task="toy", slice_="yeer=2028")


def test_a_fold_of_runs_that_predict_all_of_them(stored: Path) -> None:
    folder = stored / "folds"
    runs = [made(folder, one, split_set="folds") for one in ("majority", "stratified")]
    whole = compare(runs, permutations=50, resamples=20)
    assert (whole.split, whole.comparison.n) == ("folds-folds", 44)
    one = compare(runs, split="fold-2", permutations=50, resamples=20)
    assert (one.split, one.comparison.n) == ("folds-fold-2", 8)
    assert one.missing == {}
    on_test = [made(folder, name) for name in ("majority", "stratified")]
    message = refusal(lambda: compare(on_test, split="train"), RefusedError)
    assert "predicts no item of the split" in message


def test_other_metrics_rank_too() -> None:
    ours, theirs = wrong_on("6/0", "6/2"), wrong_on("6/1", "7/0")
    by_accuracy = compare({"a": ours, "b": theirs}, task="toy", metric="accuracy", permutations=50, resamples=20)
    assert scores(by_accuracy) == {"a": 0.9, "b": 0.9}
    with pytest.raises(NotFoundError, match="did you mean"):
        compare({"a": ours, "b": theirs}, task="toy", metric="macrof1")


def test_metrics_of_the_board_are_on_the_board_s_labels() -> None:
    ours = wrong_on("6/0")

    def found(metric: str) -> TaskComparison:
        return compare({"ours": ours, "gold": gold()}, task="toy", metric=metric, permutations=50, resamples=20)

    # The toy has no label for none: whether a position is taken is always right, but one of two classes is empty.
    assert scores(found("gate_f1")) == {"gold": 0.5, "ours": 0.5}
    polar = found("polarity_f1")
    assert scores(polar) == pytest.approx({"gold": 1, "ours": (18 / 19 + 20 / 21) / 2})
    assert polar.comparison.metric == "polarity_f1"
    assert polar.comparison.pairs[0].accuracy.difference.value == pytest.approx(1 / 20)


def test_labels_that_are_no_stances_have_no_metrics_of_the_board(new_task: Callable[..., str]) -> None:
    address = new_task("topics")
    rows = load_task(address).split("test" if not load_task(address).folds else "folds")
    labels = dict(zip(rows["id"], rows["label"], strict=True))
    message = refusal(lambda: compare({"a": labels, "b": labels}, task=address, metric="gate_f1"), InputError)
    assert "gate_f1 is about support and oppose, and the labels of topics are not" in message
    assert "macro_f1" in message


def test_it_becomes_json() -> None:
    found = compare({"a": gold(), "b": wrong_on("6/0")}, task="toy", permutations=50, resamples=20)
    read = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert (read["task"], read["task_version"], read["split"], read["slice"]) == ("toy", 3, "official-test", None)
    assert read["labels"] == ["neg", "pos"]
    assert [one["name"] for one in read["systems"]] == ["a", "b"]
    assert read["missing_ids"] == {}


def test_published_runs_are_compared_as_they_are_scored(shared_data: Path) -> None:
    runs = Path(__file__).resolve().parents[2] / "experiments" / "runs"
    found = compare([runs], task="gwsd", data_dir=shared_data, permutations=200, resamples=20)
    stored = {
        path.parent.name.removesuffix("-gwsd"): json.loads(path.read_text())
        for path in runs.glob("*-gwsd/scores.json")
    }
    assert len(stored) >= 9
    assert scores(found) == pytest.approx({name: one["scores"]["value"] for name, one in stored.items()})
    assert found.digest == json.loads((runs / "majority-gwsd" / "run.json").read_text())["task"]["digest"]
