from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, f1_score
from tests.tasks.stress.made import make_loaded

from standoff.errors import InputError, NotFoundError, RefusedError
from standoff.evaluation.predictions import read_predictions
from standoff.evaluation.resample import bootstrap_weights, effective_groups, interval
from standoff.experiments.config import RunConfig
from standoff.experiments.run import run
from standoff.experiments.stress import (
    MIN_ITEMS,
    Stressed,
    run_stresses,
    score_stress,
    stress_all,
    stress_document,
)
from standoff.experiments.training import train
from standoff.files import pretty_json
from standoff.tasks.registry import load_task
from standoff.tasks.stress.registry import StressSet, make_set, make_sets

PLAN = "It should be built."


def made_set(n: int = 40, stress: str = "target_negated") -> StressSet:
    """Return n items of n / 4 groups, with the labels support and oppose in turn, or all three."""
    rows = [
        {
            "id": f"i{number}",
            "group": f"g{number // 4}",
            "text": f"Alexander speaks of number {number}.",
            "actor": "Alexander",
            "target": PLAN,
            "label": ("support", "oppose", "none")[number % 3],
        }
        for number in range(n)
    ]
    return make_set(make_loaded(*rows), stress)


def gold(made: StressSet) -> dict[str, str]:
    return dict(zip(made.frame["id"], made.frame["label"], strict=True))


def gold_before(made: StressSet) -> dict[str, str]:
    return dict(zip(made.originals["id"], made.originals["label"], strict=True))


def random_labels(ids: list[str], seed: int) -> dict[str, str]:
    generator = np.random.default_rng(seed)
    return dict(zip(ids, generator.choice(["support", "oppose", "none"], len(ids)).tolist(), strict=True))


def test_gold_against_gold_loses_nothing_and_follows() -> None:
    made = made_set()
    found = score_stress(made, gold(made), gold_before(made), resamples=50)
    assert found.originals
    assert found.score
    assert found.originals.drop
    assert found.originals.score
    assert found.score.value == found.originals.score.value == 1
    assert (found.originals.drop.value, found.originals.drop.low, found.originals.drop.high) == (0, 0, 0)
    assert found.originals.n_moved == found.n_labels_changed == 27  # 14 support and 13 oppose of 40
    assert (found.originals.n_to_follow, found.originals.n_followed) == (27, 27)
    assert (found.n, found.n_groups, found.n_right, found.originals.n_right) == (40, 10, 40, 40)


def test_who_does_not_see_the_change_follows_nothing() -> None:
    made = made_set()
    same = dict(zip(made.frame["id"], made.originals["label"], strict=True))
    found = score_stress(made, same, gold_before(made), resamples=50)
    assert found.originals
    assert (found.originals.n_moved, found.originals.n_to_follow, found.originals.n_followed) == (0, 27, 0)
    assert found.n_right == 13  # none stays
    assert found.originals.drop
    assert found.originals.drop.value == pytest.approx(1 - 1 / 3)  # F1 of support and of oppose is 0


def test_scores_are_those_of_scikit_learn_on_the_same_items() -> None:
    made = made_set(60)
    ours, before = random_labels(list(made.frame["id"]), 1), random_labels(list(made.originals["id"]), 2)
    found = score_stress(made, ours, before, resamples=20)
    labels = list(made.loaded.task.labels)
    after_f1 = f1_score(made.frame["label"], list(ours.values()), labels=labels, average="macro")
    before_f1 = f1_score(made.originals["label"], list(before.values()), labels=labels, average="macro")
    assert found.metric == "macro_f1"
    assert found.score
    assert found.originals
    assert found.originals.drop
    assert found.score.value == pytest.approx(after_f1)
    assert found.originals.drop.value == pytest.approx(before_f1 - after_f1)
    assert found.n_right == sum(a == b for a, b in zip(ours.values(), made.frame["label"], strict=True))
    assert found.originals.n_moved == sum(
        new != old for new, old in zip(ours.values(), before.values(), strict=True)
    )


def test_originals_and_changed_items_are_drawn_together() -> None:
    """The interval of the drop by hand: groups are drawn, and both are scored on all their rows."""
    made = made_set(60)
    ours, before = random_labels(list(made.frame["id"]), 3), random_labels(list(made.originals["id"]), 4)
    found = score_stress(made, ours, before, resamples=200, seed=7)
    frame = pd.DataFrame(
        {
            "group": made.frame["group"],
            "gold": made.frame["label"],
            "ours": list(ours.values()),
            "gold_before": made.originals["label"],
            "before": list(before.values()),
        }
    )
    groups = sorted(set(frame["group"]))
    labels = list(made.loaded.task.labels)
    drops = []
    for weights in bootstrap_weights(len(groups), 200, 7):
        times = dict(zip(groups, weights.tolist(), strict=True))
        rows = frame.loc[frame.index.repeat(frame["group"].map(times).astype(int))]
        pairs = ((rows["gold_before"], rows["before"]), (rows["gold"], rows["ours"]))
        was, now = (
            f1_score(truth, said, labels=labels, average="macro", zero_division=0) for truth, said in pairs
        )
        drops.append(was - now)
    sizes = frame["group"].value_counts().loc[groups].to_numpy().astype(np.int64).reshape(-1, 1, 1)
    low, high = interval(np.array(drops), n_groups=effective_groups(sizes))
    assert found.originals
    assert found.originals.drop
    assert (found.originals.drop.low, found.originals.drop.high) == pytest.approx((low, high))


def test_accuracy_stands_in_where_a_label_has_no_item() -> None:
    rows = [
        {"id": f"i{k}", "group": f"g{k % 9}", "text": "Alexander.", "target": PLAN, "label": "support"}
        for k in range(40)
    ]
    made = make_set(make_loaded(*rows), "target_negated")
    found = score_stress(made, random_labels(list(made.frame["id"]), 1), gold_before(made), resamples=20)
    assert found.metric == "accuracy"
    assert found.score
    expected = accuracy_score(made.frame["label"], list(random_labels(list(made.frame["id"]), 1).values()))
    assert found.score.value == pytest.approx(expected)
    assert found.originals
    assert found.originals.score
    assert found.originals.score.value == 1
    # The changed items have every label now, and the originals still one.
    labels = [("support", "oppose", "none")[k % 3] for k in range(40)]
    whole = StressSet(made.stress, made.loaded, made.frame.assign(label=labels))
    assert score_stress(whole, gold(whole), gold_before(made), resamples=20).metric == "accuracy"


def test_few_items_are_counted_only() -> None:
    few = made_set(MIN_ITEMS - 1)
    found = score_stress(few, gold(few), gold_before(few), resamples=20)
    assert found.score is None
    assert found.originals
    assert (found.originals.score, found.originals.drop) == (None, None)
    assert (found.n_right, found.originals.n_right, found.caution) == (29, 29, None)
    enough = made_set(MIN_ITEMS)
    assert score_stress(enough, gold(enough), resamples=20).score is not None


def test_few_groups_have_no_interval() -> None:
    rows = [{"id": f"i{k}", "text": "Alexander.", "target": PLAN, "label": "support"} for k in range(40)]
    made = make_set(make_loaded(*rows), "target_negated")
    found = score_stress(made, gold(made), gold_before(made), resamples=20)
    assert found.originals
    assert found.originals.drop
    assert (found.originals.drop.low, found.originals.drop.high) == (None, None)
    assert found.caution


def test_without_the_originals_there_is_no_drop() -> None:
    made = made_set()
    found = score_stress(made, gold(made), resamples=20)
    assert found.originals is None
    assert found.score
    assert found.score.value == 1


def test_a_missing_prediction_is_wrong_and_counted() -> None:
    made = made_set()
    ours = gold(made)
    ours.pop("i0~target_negated")
    found = score_stress(made, ours, gold_before(made), resamples=20)
    assert (found.n_missing, found.n_right) == (1, 39)
    assert found.originals
    assert found.originals.n_followed == 26


def test_predictions_for_all_items_of_the_task_serve_for_the_originals() -> None:
    rows = [
        {
            "id": f"i{k}",
            "group": f"g{k}",
            "text": "Alexander.",
            "target": PLAN if k < 35 else "it",
            "label": "support",
        }
        for k in range(40)
    ]
    made = make_set(make_loaded(*rows), "target_negated")
    everything = dict.fromkeys((f"i{k}" for k in range(40)), "support")
    found = score_stress(made, gold(made), everything, resamples=20)
    assert found.originals
    assert (found.n, found.originals.n_right) == (35, 35)


@pytest.mark.parametrize("which", ["changed", "original"])
def test_what_is_no_item_and_no_label_is_refused(which: str) -> None:
    made = made_set()
    for wrong in ({"i0": "pro"}, {"x": "support"}):
        extra = {f"{item}~target_negated" if which == "changed" else item: label for item, label in wrong.items()}
        given = (
            (gold(made) | extra, gold_before(made))
            if which == "changed"
            else (gold(made), gold_before(made) | extra)
        )
        with pytest.raises(InputError, match="do not fit the task"):
            score_stress(made, *given, resamples=20)


@pytest.fixture(scope="module")
def corpus() -> list[StressSet]:
    return make_sets(load_task("intervention"))


def by_stress(found: Stressed) -> dict[str, Any]:
    return {one.stress: one for one in found.scores}


def test_who_does_not_read_loses_nothing_by_typing_errors(corpus: list[StressSet]) -> None:
    """The control that must not drop: actor and target are spelt as before."""
    found = by_stress(run_stresses("text_blind", corpus[0].loaded, corpus, resamples=50))
    noise = found["spelling_noise"].originals
    assert (noise.n_moved, noise.drop.value, noise.drop.low, noise.drop.high) == (0, 0, 0, 0)
    reading = by_stress(run_stresses("tfidf_svm", corpus[0].loaded, corpus, resamples=50))
    assert reading["spelling_noise"].originals.n_moved > 0  # who reads may lose


def test_who_goes_by_names_loses_by_masking(shared_data: Path) -> None:
    """The control that must drop: it sees nothing but names, and then the same two for every item."""
    loaded = load_task("seesaw", data_dir=shared_data)
    (score,) = run_stresses("text_blind", loaded, make_sets(loaded, ["names_masked"]), resamples=1000).scores
    assert score.originals
    assert score.originals.drop
    assert score.originals.drop.low is not None
    assert score.originals.drop.low > 0.05


def test_who_does_not_see_the_target_does_not_follow_its_negation(corpus: list[StressSet]) -> None:
    negated = by_stress(run_stresses("target_blind", corpus[0].loaded, corpus, resamples=50))["target_negated"]
    assert (negated.originals.n_moved, negated.originals.n_followed) == (0, 0)
    assert negated.originals.n_to_follow > 0


def test_originals_are_predicted_as_in_a_run(tmp_path: Path, corpus: list[StressSet]) -> None:
    run(RunConfig(task="intervention", baseline="tfidf_svm"), tmp_path / "run")
    recorded = read_predictions(tmp_path / "run" / "predictions.jsonl").labels
    loaded = corpus[0].loaded
    for one in run_stresses("tfidf_svm", loaded, corpus, resamples=20).scores:
        (made,) = [made for made in corpus if made.stress.name == one.stress]
        right = [recorded[item] == label for item, label in gold_before(made).items()]
        assert one.originals
        assert one.originals.n_right == sum(right)


def test_with_folds_an_item_is_predicted_by_the_model_that_has_not_seen_it(
    monkeypatch: pytest.MonkeyPatch, new_task: Callable[..., str]
) -> None:
    loaded = load_task(new_task("many"))
    assert len(loaded.folds) > 1
    asked: list[tuple[set[str], list[str]]] = []
    from standoff.experiments import stress

    def fit(_: str, train: pd.DataFrame, *, seed: int) -> set[str]:
        assert seed == 12345
        return set(train["group"])

    def ask(model: set[str], items: pd.DataFrame) -> list[str]:
        asked.append((model, items["group"].tolist()))
        return ["for"] * len(items)

    monkeypatch.setattr(stress, "fit", fit)
    monkeypatch.setattr(stress, "ask", ask)
    found = run_stresses("majority", loaded, make_sets(loaded), resamples=20)
    assert len(asked) == len(loaded.folds)
    for seen, groups in asked:
        assert seen.isdisjoint(groups)
    n_asked = sum(len(groups) for _, groups in asked)
    assert n_asked == len(loaded.frame) + sum(one.n for one in found.scores)


def test_a_saved_model_scores_as_the_baseline_does(tmp_path: Path, corpus: list[StressSet]) -> None:
    train(RunConfig(task="intervention", baseline="tfidf_svm"), tmp_path / "model")
    loaded = corpus[0].loaded
    saved = run_stresses(str(tmp_path / "model"), loaded, corpus, resamples=20)
    fitted = run_stresses("tfidf_svm", loaded, corpus, resamples=20)
    assert saved.to_json() == fitted.to_json()
    assert saved.system == "tfidf_svm"


def test_a_model_that_has_seen_the_items_is_refused(tmp_path: Path, new_task: Callable[..., str]) -> None:
    address = new_task("many")
    train(RunConfig(task=address, baseline="majority"), tmp_path / "model")
    loaded = load_task(address)
    with pytest.raises(RefusedError, match="was trained on these very items") as caught:
        run_stresses(str(tmp_path / "model"), loaded, make_sets(loaded), resamples=20)
    assert "standoff stress run majority" in str(caught.value)


def test_a_model_of_other_splits_is_refused(tmp_path: Path, shared_data: Path) -> None:
    config = RunConfig(task="gwsd", baseline="majority", split_set="official")
    train(config, tmp_path / "model", data_dir=shared_data)
    loaded = load_task("gwsd", data_dir=shared_data)
    with pytest.raises(RefusedError, match="other data or splits of this task"):
        run_stresses(str(tmp_path / "model"), loaded, make_sets(loaded), resamples=20)


def test_a_model_of_other_labels_is_refused(tmp_path: Path, new_task: Callable[..., str]) -> None:
    train(RunConfig(task="intervention", baseline="majority"), tmp_path / "model")
    loaded = load_task(new_task("many"))
    with pytest.raises(InputError, match="predicts other labels") as caught:
        run_stresses(str(tmp_path / "model"), loaded, make_sets(loaded), resamples=20)
    assert "support" in str(caught.value)


def test_systems_and_tasks_come_by_task(new_task: Callable[..., str]) -> None:
    tasks = [load_task("intervention"), load_task(new_task("many"))]
    said: list[str] = []
    found = stress_all(
        ["majority", "text_blind"], tasks, ["names_masked", "target_swapped"], resamples=20, report=said.append
    )
    assert [(one.loaded.task.name, one.system) for one in found] == [
        ("intervention", "majority"),
        ("intervention", "text_blind"),
        ("many", "majority"),
        ("many", "text_blind"),
    ]
    assert any(line.startswith("target_swapped changes no item of ") for line in said)
    assert [[score.stress for score in one.scores] for one in found[1:3]] == [
        ["names_masked", "target_swapped"],
        ["names_masked"],
    ]


def test_stresses_that_change_nothing_anywhere_are_told(new_task: Callable[..., str]) -> None:
    with pytest.raises(NotFoundError, match="change no item of these tasks"):
        stress_all(["majority"], [load_task(new_task("many"))], ["role_titles"], resamples=20)
    with pytest.raises(NotFoundError, match="no stress named"):
        stress_all(["majority"], [load_task(new_task("many"))], ["role_title"], resamples=20)


def test_a_document_says_what_it_is_of_and_is_the_same_each_time(corpus: list[StressSet]) -> None:
    loaded = corpus[0].loaded
    results = [run_stresses(name, loaded, corpus, resamples=50) for name in ("majority", "text_blind")]
    document = stress_document(results, resamples=50)
    assert pretty_json(document) == pretty_json(stress_document(results, resamples=50))
    assert json.loads(pretty_json(document)) == json.loads(json.dumps(document))
    assert (document["analysis"], document["min_items"], document["resamples"]) == ("stress", 30, 50)
    assert list(document["provenance"]["tasks"]) == ["intervention:0.1.0"]
    first = document["results"][0]
    assert (first["system"], first["label_kind"], first["split"]) == ("majority", "model", "official-test")
    kinds = {one["stress"]: one["label_kind"] for one in first["stresses"]}
    assert kinds["target_swapped"] == "derived"
    assert kinds["names_masked"] == "model"
