"""Training: what is written is the fitted model, what is recorded is what happened, or there is no folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from standoff.baselines import majority, skops_file
from standoff.baselines.registry import make_baseline
from standoff.baselines.saving import load_model
from standoff.errors import InputError, NotFoundError, RefusedError, StandoffError
from standoff.evaluation.resample import interval
from standoff.evaluation.scores import score
from standoff.experiments.config import RunConfig
from standoff.experiments.evaluate import evaluate
from standoff.experiments.training import Training, train
from standoff.files import sha256_text
from standoff.tasks.registry import load_task

pytestmark = pytest.mark.usefixtures("toy")


def trained(folder: Path, baseline: str = "tfidf_svm", **more: Any) -> Training:
    return train(RunConfig(task="toy", baseline=baseline, **more), folder)


def test_the_stored_model_is_the_one_that_was_scored(tmp_path: Path) -> None:
    done = trained(tmp_path / "m")
    loaded = load_task("toy")
    train_items, test = loaded.split("train"), loaded.split("test")
    model = load_model(tmp_path / "m")
    expected = make_baseline("tfidf_svm", {}, seed=12345).fit(train_items, train_items["label"])
    assert list(model.predict(test)) == list(expected.predict(test))
    again = evaluate(dict(zip(test["id"], model.predict(test), strict=True)), "toy")
    assert model.facts.scored.evaluation == json.loads(json.dumps(again.to_json()))
    assert done.evaluation.signature == again.signature
    assert done.facts == model.facts
    assert sorted(path.name for path in (tmp_path / "m").iterdir()) == ["README.md", "model.json", "model.skops"]


def test_the_facts_say_what_happened(tmp_path: Path) -> None:
    facts = trained(tmp_path / "m", seed=3, parameters={"candidates": [0.5]}).facts
    loaded = load_task("toy")
    items = loaded.split("train")
    assert facts.task.to_json() == {
        "name": "toy",
        "address": "toy",
        "version": 3,
        "variant": "item",
        "split_set": "official",
        "digest": loaded.digest,
        "language": "en",
        "label_kind": "human",
        "labels": ["neg", "pos"],
    }
    assert facts.trained_on.to_json() == {
        "split": "official-train",
        "items": 20,
        "groups": 5,
        "actors": 1,
        "targets": 4,
        "labels": {"neg": 10, "pos": 10},
        "years": [2020, 2024],
        "ids_sha256": sha256_text("\n".join(items["id"]) + "\n"),
    }
    assert (facts.baseline, facts.parameters, facts.seed) == ("tfidf_svm", {"candidates": [0.5]}, 3)
    assert facts.columns == ("text", "actor", "target")
    assert facts.scored.how == "held-out"
    assert facts.scored.seen_actors == 1
    assert {"standoff", "commit", "dirty"} <= facts.code.keys()
    assert {"scikit-learn", "numpy"} <= facts.packages.keys()


def test_the_floors_are_those_of_runs_of_the_controls(tmp_path: Path) -> None:
    facts = trained(tmp_path / "m").facts
    items = load_task("toy").split("train")
    test = load_task("toy").split("test")
    for name in ("majority", "stratified"):
        model = make_baseline(name, {}, seed=12345).fit(items, items["label"])
        alone = evaluate(dict(zip(test["id"], map(str, model.predict(test)), strict=True)), "toy").scores.primary
        floor = facts.scored.floors[name]
        assert (floor.value, floor.low, floor.high) == (alone.value, alone.low, alone.high)


def test_the_f1_of_a_label_has_the_interval_of_the_bootstrap_over_groups(tmp_path: Path) -> None:
    """For one label its F1 is a macro-F1 over itself: redone here by resampling rows."""
    facts = trained(tmp_path / "m", "stratified").facts
    test = load_task("toy").split("test")
    predicted = dict(zip(test["id"], load_model(tmp_path / "m").predict(test), strict=True))
    scores = score(
        dict(zip(test["id"], test["label"], strict=True)),
        predicted,
        dict(zip(test["id"], test["group"], strict=True)),
        ("neg", "pos"),
    )
    found = {one["label"]: one["f1"] for one in facts.scored.evaluation["scores"]["per_class"]}
    assert [found[one.label]["value"] for one in scores.per_class] == [one.f1.value for one in scores.per_class]
    groups = sorted(set(test["group"]))
    picked = np.random.Generator(np.random.PCG64(scores.seed)).integers(
        0, len(groups), size=(scores.resamples, len(groups))
    )
    drawn = []
    for row in picked:
        rows = [groups[place] for place in row]
        gold = [label for group in rows for label in test["label"][test["group"] == group]]
        said = [predicted[item] for group in rows for item in test["id"][test["group"] == group]]
        hits = sum(g == s == "pos" for g, s in zip(gold, said, strict=True))
        total = gold.count("pos") + said.count("pos")
        drawn.append(2 * hits / total if total else 0)
    ends = interval(np.array(drawn), n_groups=len(groups))  # groups of one size: each is worth one
    assert (found["pos"]["low"], found["pos"]["high"]) == pytest.approx(ends, rel=0, abs=1e-12)


def test_with_folds_the_scores_are_of_cross_validation_and_the_model_saw_all(tmp_path: Path) -> None:
    done = trained(tmp_path / "m", split_set="folds")
    loaded = load_task("toy", split_set="folds")
    assert done.facts.scored.how == "cross-validation"
    assert done.facts.trained_on.split == "folds-folds"
    assert done.facts.trained_on.items == len(loaded.frame) == 44
    predicted: dict[str, str] = {}
    for train_items, test in loaded.rounds():
        model = make_baseline("tfidf_svm", {}, seed=12345).fit(train_items, train_items["label"])
        predicted |= dict(zip(test["id"], map(str, model.predict(test)), strict=True))
    assert done.evaluation.scores == evaluate(predicted, "toy", split_set="folds").scores
    everything = make_baseline("tfidf_svm", {}, seed=12345).fit(
        loaded.split("folds"), loaded.split("folds")["label"]
    )
    stored = load_model(tmp_path / "m").estimator
    np.testing.assert_array_equal(stored.C_, everything.C_)
    assert list(stored.predict(loaded.frame)) == list(everything.predict(loaded.frame))


def test_each_fold_is_predicted_without_labels_and_the_kept_model_is_fitted_on_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted = []

    class Watching(majority.Majority):
        def fit(self, X, y):  # type: ignore[no-untyped-def]  # noqa: N803
            self.n_items_ = len(X)
            fitted.append(len(X))
            return super().fit(X, y)

        def predict(self, X):  # type: ignore[no-untyped-def]  # noqa: N803
            assert "label" not in X
            return super().predict(X)

    Watching.__module__, Watching.__name__, Watching.__qualname__ = majority.__name__, "Majority", "Majority"
    monkeypatch.setattr(majority, "Majority", Watching)
    trained(tmp_path / "m", "majority", split_set="folds")
    assert sorted(fitted[:7]) == [36] * 5 + [40, 44]
    assert load_model(tmp_path / "m").estimator.n_items_ == 44


def test_the_share_of_seen_actors_is_of_the_scored_items(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = load_task("toy")
    frame = loaded.frame.copy()
    is_test = frame["split"] == "test"
    frame.loc[is_test, "actor"] = ["Ada", "Boris", "", "Boris"] * 5
    changed = type(loaded)(
        task=loaded.task,
        variant="item",
        split_set="official",
        folder=loaded.folder,
        frame=frame,
        digest=loaded.digest,
    )
    monkeypatch.setattr("standoff.experiments.training.load_task", lambda *_, **__: changed)
    assert trained(tmp_path / "m", "majority").facts.scored.seen_actors == 0.3333


def test_an_existing_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    with pytest.raises(RefusedError, match="exists already"):
        trained(tmp_path / "m")
    assert list((tmp_path / "m").iterdir()) == []


@pytest.mark.parametrize(
    ("config", "error"),
    [
        (RunConfig(task="none", baseline="majority"), NotFoundError),
        (RunConfig(task="toy", baseline="majority", parameters={"x": 1}), InputError),
        (RunConfig(task="toy", baseline="tfidf_svm", parameters={"candidates": [-1.0]}), InputError),
        (RunConfig(task="toy", baseline="tfidf_svm", parameters={"candidates": "abc"}), InputError),
    ],
)
def test_what_cannot_be_trained_leaves_no_folder(
    tmp_path: Path, config: RunConfig, error: type[StandoffError]
) -> None:
    with pytest.raises(error):
        train(config, tmp_path / "m")
    assert list(tmp_path.iterdir()) == []


def test_a_baseline_with_parts_that_no_model_may_have_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(skops_file.TRUSTED, "ObjectNode", frozenset())
    with pytest.raises(RefusedError, match=r"majority\.Majority"):
        trained(tmp_path / "m", "majority")
    assert list(tmp_path.iterdir()) == []


def test_a_baseline_that_forgets_something_when_stored_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forget(self: majority.Majority) -> dict[str, Any]:
        return {**vars(self), "class_prior_": self.class_prior_[::-1]}

    monkeypatch.setattr(majority.Majority, "__getstate__", forget)
    monkeypatch.setattr(
        "standoff.tasks.task.LoadedTask.split",
        lambda self, name: self.frame[:19] if name == "train" else self.frame[20:].reset_index(drop=True),
    )
    with pytest.raises(InputError, match="predicts 24 of 24 items otherwise"):
        trained(tmp_path / "m", "majority")
    assert list(tmp_path.iterdir()) == []


def test_training_twice_gives_the_same_file(tmp_path: Path) -> None:
    first, second = trained(tmp_path / "a"), trained(tmp_path / "b")
    assert first.facts == second.facts
    for name in ("model.skops", "model.json", "README.md"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
