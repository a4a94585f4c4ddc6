from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from standoff.errors import InputError, NotFoundError
from standoff.evaluation.align import align
from standoff.evaluation.metrics import accuracy, macro_f1
from standoff.evaluation.resample import bootstrap, cluster_counts, effective_groups, interval
from standoff.evaluation.scores import score

LABELS = ("neg", "none", "pos")


def random_case(seed: int, n: int = 120) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Gold, predictions (some missing) and groups of a random task."""
    generator = np.random.default_rng(seed)
    ids = [f"item-{i:03}" for i in range(n)]
    gold = {item: LABELS[generator.integers(3)] for item in ids}
    predicted = {
        item: label if generator.random() < 0.6 else LABELS[generator.integers(3)]
        for item, label in gold.items()
        if generator.random() < 0.95
    }
    return gold, predicted, {item: f"article-{generator.integers(n // 4)}" for item in ids}


# By hand. a and b are in one article, c and d in another; d has no prediction.
#
#   neg: TP 1 (a), FP 0, FN 1 (d)   P 1    R 1/2  F1 2/3
#   none: nowhere                   P 0    R 0    F1 0
#   pos: TP 2 (b, c), FP 0, FN 0    P 1    R 1    F1 1
#   macro-F1 (2/3 + 0 + 1) / 3 = 5/9; accuracy 3/4
#
# Intervals: first article twice: F1 1, 0, 1: macro 2/3, accuracy 1; each once: 5/9 and 3/4; second twice:
# F1 0, 0, 1: macro 1/3, accuracy 1/2. Each outer case is drawn a quarter of the time, so the interval is theirs.
GOLD = {"a": "neg", "b": "pos", "c": "pos", "d": "neg"}
PREDICTED = {"a": "neg", "b": "pos", "c": "pos"}
GROUPS = {"a": "first", "b": "first", "c": "second", "d": "second"}


def test_by_hand() -> None:
    scores = score(GOLD, PREDICTED, GROUPS, LABELS, min_groups=2)
    assert scores.metric == "macro_f1"
    assert scores.primary.value == pytest.approx(5 / 9)
    assert (scores.primary.low, scores.primary.high) == pytest.approx((1 / 3, 2 / 3))
    assert scores.accuracy.value == 0.75
    assert (scores.accuracy.low, scores.accuracy.high) == (0.5, 1.0)
    assert [entry.label for entry in scores.per_class] == list(LABELS)
    assert [entry.precision.value for entry in scores.per_class] == [1, 0, 1]
    assert [entry.recall.value for entry in scores.per_class] == [0.5, 0, 1]
    assert [entry.f1.value for entry in scores.per_class] == pytest.approx([2 / 3, 0, 1])
    assert [entry.support for entry in scores.per_class] == [2, 0, 2]
    assert scores.confusion == ((1, 0, 0, 1), (0, 0, 0, 0), (0, 0, 2, 0))
    assert (scores.n, scores.n_groups, scores.n_missing, scores.missing_ids) == (4, 2, 1, ("d",))
    assert (scores.resamples, scores.seed, scores.level) == (1000, 12345, 0.95)
    assert scores.no_interval_because is None


NOTHING = {"value": 0.0, "low": 0.0, "high": 0.0}
ALL = {"value": 1.0, "low": 1.0, "high": 1.0}


def test_json_by_hand() -> None:
    values = score(GOLD, PREDICTED, GROUPS, LABELS, resamples=200, seed=7, min_groups=2).to_json()
    assert json.loads(json.dumps(values, allow_nan=False)) == values
    assert values == {
        "metric": "macro_f1",
        "value": pytest.approx(5 / 9),
        "low": pytest.approx(1 / 3),
        "high": pytest.approx(2 / 3),
        "accuracy": {"value": 0.75, "low": 0.5, "high": 1.0},
        "level": 0.95,
        "no_interval_because": None,
        "per_class": [
            {
                "label": "neg",
                "precision": {"value": 1.0, "low": 0.0, "high": 1.0},
                "recall": {"value": 0.5, "low": 0.0, "high": 1.0},
                "f1": {"value": pytest.approx(2 / 3), "low": 0.0, "high": 1.0},
                "support": 2,
            },
            {"label": "none", "precision": NOTHING, "recall": NOTHING, "f1": NOTHING, "support": 0},
            {"label": "pos", "precision": ALL, "recall": ALL, "f1": ALL, "support": 2},
        ],
        "calibration": None,
        "caution": (
            "intervals may be too narrow, as gold labels are in fewer than 20 groups: 'neg' in 2, 'none' in 0, "
            "'pos' in 2"
        ),
        "n_positioned": None,
        "others": {},
        "confusion": {
            "gold": ["neg", "none", "pos"],
            "predicted": ["neg", "none", "pos", None],
            "counts": [[1, 0, 0, 1], [0, 0, 0, 0], [0, 0, 2, 0]],
        },
        "n": 4,
        "n_groups": 2,
        "n_missing": 1,
        "missing_ids": ["d"],
        "resamples": 200,
        "seed": 7,
    }


@pytest.mark.parametrize("seed", range(5))
def test_values_equal_scikit_learn(seed: int) -> None:
    gold, predicted, groups = random_case(seed)
    scores = score(gold, predicted, groups, LABELS, resamples=50)
    theirs = [predicted.get(item, "(missing)") for item in gold]
    expected = f1_score(list(gold.values()), theirs, labels=LABELS, average="macro", zero_division=0)
    assert scores.primary.value == pytest.approx(expected, abs=1e-12)
    assert scores.accuracy.value == pytest.approx(accuracy_score(list(gold.values()), theirs), abs=1e-12)


def test_intervals_are_those_of_the_bootstrap() -> None:
    gold, predicted, groups = random_case(1)
    scores = score(gold, predicted, groups, LABELS, resamples=300, seed=5)
    aligned = align(gold, predicted, LABELS)
    by_group = cluster_counts(aligned.gold, aligned.predicted, [groups[item] for item in gold], 3)
    for estimate, metric in ((scores.primary, macro_f1), (scores.accuracy, accuracy)):
        samples = bootstrap(by_group, metric, resamples=300, seed=5)
        assert (estimate.low, estimate.high) == interval(samples, n_groups=effective_groups(by_group))


def test_gold_against_gold_is_one_with_certainty() -> None:
    gold, _, _ = random_case(2)
    # Every group holds every label, so that no resample lacks one.
    groups = {item: f"article-{i // 40}" for i, item in enumerate(gold)}
    scores = score(gold, gold, groups, LABELS, min_groups=2)
    assert (scores.primary.value, scores.primary.low, scores.primary.high) == (1, 1, 1)
    assert (scores.accuracy.value, scores.accuracy.low, scores.accuracy.high) == (1, 1, 1)


def test_no_predictions_score_zero() -> None:
    gold, _, groups = random_case(2)
    scores = score(gold, {}, groups, LABELS)
    assert (scores.primary.value, scores.primary.high, scores.accuracy.value) == (0, 0, 0)
    assert scores.n_missing == scores.n == 120
    assert scores.missing_ids == tuple(gold)[:20]


def test_the_order_of_items_and_predictions_does_not_matter() -> None:
    gold, predicted, groups = random_case(3)
    expected = score(gold, predicted, groups, LABELS, resamples=100).to_json()
    backwards = score(
        dict(reversed(gold.items())),
        dict(reversed(predicted.items())),
        dict(reversed(groups.items())),
        LABELS,
        resamples=100,
    ).to_json()
    assert sorted(backwards.pop("missing_ids")) == sorted(expected.pop("missing_ids"))
    assert backwards == expected


def test_the_order_of_the_inventory_permutes_the_classes() -> None:
    gold, predicted, groups = random_case(4)
    one = score(gold, predicted, groups, LABELS, resamples=100)
    other = score(gold, predicted, groups, LABELS[::-1], resamples=100)
    assert other.per_class == one.per_class[::-1]
    assert other.accuracy == one.accuracy
    assert other.primary.value == pytest.approx(one.primary.value, abs=1e-15)


def test_the_names_of_groups_matter_only_by_their_order() -> None:
    gold, predicted, groups = random_case(5)
    renamed = {item: "x" + group for item, group in groups.items()}
    assert score(gold, predicted, renamed, LABELS) == score(gold, predicted, groups, LABELS)


def test_the_seed_moves_the_interval_and_not_the_value() -> None:
    gold, predicted, groups = random_case(6)
    one, other = (score(gold, predicted, groups, LABELS, resamples=50, seed=seed) for seed in (1, 2))
    assert one.primary.value == other.primary.value
    assert (one.primary.low, one.primary.high) != (other.primary.low, other.primary.high)
    assert score(gold, predicted, groups, LABELS, resamples=50, seed=1) == one


def test_groups_widen_the_interval_when_errors_come_together() -> None:
    # 40 articles of 5 items, each all right or all wrong: as certain as 40 items, not as 200.
    gold = {f"{article}-{i}": "pos" for article in range(40) for i in range(5)}
    predicted = {item: "pos" if int(item.split("-")[0]) % 2 else "neg" for item in gold}
    by_article = score(gold, predicted, {item: item.split("-")[0] for item in gold}, LABELS).accuracy
    by_item = score(gold, predicted, {item: item for item in gold}, LABELS).accuracy
    widths = [(estimate.high or 0) - (estimate.low or 0) for estimate in (by_article, by_item)]
    # The standard error is sqrt(.25 / 40) against sqrt(.25 / 200): a ratio of sqrt(5) = 2.2.
    assert 1.8 < widths[0] / widths[1] < 2.7


@pytest.mark.parametrize(
    ("n_groups", "says"),
    [
        (1, "all items are in one group; resampling groups needs at least 5"),
        (4, "the items are in 4 groups; resampling groups needs at least 5"),
        (5, None),
    ],
)
def test_too_few_groups_have_values_and_no_interval(n_groups: int, says: str | None) -> None:
    gold = {str(number): LABELS[number % 2] for number in range(20)}
    predicted = gold | {"0": LABELS[1]}
    scores = score(gold, predicted, {item: str(int(item) % n_groups) for item in gold}, LABELS)
    assert scores.accuracy.value == pytest.approx(19 / 20)
    assert scores.n_groups == n_groups
    assert scores.no_interval_because == says
    assert (scores.primary.low is None, scores.accuracy.high is None) == (says is not None, says is not None)
    values = scores.to_json()
    assert (values["low"] is None, values["accuracy"]["low"] is None) == (says is not None, says is not None)
    assert values["no_interval_because"] == says


def test_another_primary_metric() -> None:
    scores = score(GOLD, PREDICTED, GROUPS, LABELS, metric="accuracy")
    assert scores.metric == "accuracy"
    assert scores.primary == scores.accuracy


def test_groups_of_other_items_are_ignored() -> None:
    more = GROUPS | {"training-item": "third"}
    assert score(GOLD, PREDICTED, more, LABELS) == score(GOLD, PREDICTED, GROUPS, LABELS)


def test_an_item_without_a_group_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        score(GOLD, PREDICTED, {"a": "first", "c": "second"}, LABELS)
    assert "2 items have no group:\n  - 'b'\n  - 'd'" in str(caught.value)


def test_predictions_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="ids that are not items of the task: 1"):
        score(GOLD, PREDICTED | {"e": "pos"}, GROUPS, LABELS)


def test_an_unknown_metric_is_refused() -> None:
    with pytest.raises(NotFoundError, match="no metric named 'f1'"):
        score(GOLD, PREDICTED, GROUPS, LABELS, metric="f1")


@pytest.mark.parametrize("settings", [{"resamples": 0}, {"seed": -1}])
def test_settings_out_of_range_are_refused(settings: dict[str, int]) -> None:
    with pytest.raises(InputError, match="cannot be resampled"):
        score(GOLD, PREDICTED, GROUPS, LABELS, **settings)  # type: ignore[arg-type]


def test_the_room_itself_imports_nothing_heavy() -> None:
    program = (
        "import sys, standoff.evaluation; room = 'numpy' in sys.modules;"
        "import standoff.evaluation.scores; print(room, 'sklearn' in sys.modules, 'pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False", "False"]
