"""Intervals hold the truth and tests find nothing as often as they say: by simulation, and as stored."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from standoff.evaluation.metrics import macro_f1
from standoff.evaluation.resample import FEW_GROUPS
from standoff.experiments.analysis.results import read_document, rounded

SCRIPT = Path(__file__).resolve().parents[1] / "experiments" / "studies" / "significance.py"


def study() -> Any:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("study_of_significance", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


significance = study()
STORED = read_document(SCRIPT.with_suffix(".json"))
CALM = [one for one in STORED["conditions"] if one["groups_with_the_rarest_label"] > FEW_GROUPS + 1]
FROM_20 = [one for one in STORED["conditions"] if one["n_groups"] >= 20]


def named(one: dict[str, Any]) -> str:
    return f"{one['n_groups']}-{one['groups_are']}-{one['labels_are']}"


# -- what is stored --------------------------------------------------------------------------------------


def test_every_condition_is_studied() -> None:
    kept = [(one["groups_are"], one["labels_are"], one["n_groups"]) for one in STORED["conditions"]]
    assert kept == [tuple(one) for one in significance.CONDITIONS]
    assert STORED["simulations"] == significance.SIMULATIONS >= 4000
    assert {one["n_groups"] for one in CALM} == {50, 100, 200, 500}


@pytest.mark.parametrize("one", CALM, ids=named)
def test_an_interval_without_a_caution_holds_the_truth_95_times_of_100(one: dict[str, Any]) -> None:
    assert one["effective"] == pytest.approx(0.95, abs=0.015)
    assert one["cautioned"] < 0.01


@pytest.mark.parametrize("one", FROM_20, ids=named)
def test_the_interval_of_a_difference_holds_nothing_95_times_of_100(one: dict[str, Any]) -> None:
    assert one["difference, alike"] == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize("one", STORED["conditions"], ids=named)
def test_no_test_finds_much_more_than_5_of_100_where_there_is_nothing(one: dict[str, Any]) -> None:
    found = [one[name] for name in ("randomisation, alike", "randomisation, otherwise", "accuracy")]
    assert max(found) < 0.06


@pytest.mark.parametrize("one", CALM, ids=named)
def test_the_randomisation_test_finds_5_of_100(one: dict[str, Any]) -> None:
    assert one["randomisation, alike"] == pytest.approx(0.05, abs=0.01)


def test_where_a_caution_is_due_it_is_given() -> None:
    narrow = [one for one in STORED["conditions"] if one["effective"] < 0.935]
    assert len(narrow) >= 5
    assert all(one["cautioned"] > 0.8 for one in narrow)


def test_what_was_adopted_is_no_worse_than_what_was_not() -> None:
    def off(name: str) -> float:
        return float(np.mean([abs(one[name] - 0.95) for one in FROM_20 if one["groups_are"] == "articles"]))

    assert off("effective") < min(off(name) for name in ("percentile", "widened", "bca", "expanded"))


def test_the_table_has_a_row_for_each_condition() -> None:
    lines = significance.to_markdown(STORED).splitlines()
    assert len(lines) == 2 + len(STORED["conditions"])
    assert lines[2].startswith("| items | balanced | 10 ! | 2 | ")
    assert " ! " not in lines[7]


def test_the_page_has_the_stored_table() -> None:
    page = (SCRIPT.parents[2] / "docs" / "compare.md").read_text(encoding="utf-8")
    assert f"<!-- generated: significance -->\n{significance.to_markdown(STORED)}\n<!-- end -->" in page


# -- made again, smaller ---------------------------------------------------------------------------------


@pytest.mark.parametrize("condition", [("items", "skewed", 500), ("articles", "balanced", 50)], ids=str)
def test_a_smaller_simulation_comes_to_the_same(condition: tuple[str, str, int]) -> None:
    (stored,) = (
        one for one in STORED["conditions"] if (one["groups_are"], one["labels_are"], one["n_groups"]) == condition
    )
    n = 2500
    found = rounded(significance.study(significance.Condition(*condition), n))
    error = np.sqrt(0.95 * 0.05 / n)
    for name in ("effective", "difference, alike", "randomisation, alike", "accuracy"):
        assert abs(found[name] - stored[name]) < 3.5 * error
    assert found["effective"] == pytest.approx(0.95, abs=0.015)
    assert found["difference, alike"] == pytest.approx(0.95, abs=0.015)
    assert found["randomisation, alike"] == pytest.approx(0.05, abs=0.01)
    assert found["accuracy"] < 0.06


def test_a_seed_gives_the_same_study() -> None:
    condition = significance.Condition("articles", "skewed", 20)
    found = significance.study(condition, 40)
    assert found == significance.study(condition, 40)
    assert found != significance.study(condition, 40, seed=1)


# -- the population is the one that is described ---------------------------------------------------------


@pytest.mark.parametrize("labels", ["balanced", "skewed"])
def test_the_three_systems_have_one_macro_f1(labels: str) -> None:
    shares = significance.SHARES[labels]
    one, same, other = significance.systems(shares)
    assert one.tolist() == same.tolist()
    for table in (one, other):
        assert table.sum(axis=1) == pytest.approx(np.ones(3))
        assert significance.truth(shares, table) == pytest.approx(significance.truth(shares, one), abs=1e-12)
    assert np.abs(one - other).max() > 0.1


@pytest.mark.parametrize("groups", ["items", "articles"])
def test_large_test_sets_reach_the_truth(groups: str) -> None:
    condition = significance.Condition(groups, "skewed", 20_000)
    counts = significance.made(np.random.default_rng(1), condition, 1)[:, 0]
    shares = significance.SHARES["skewed"]
    expected = significance.truth(shares, significance.systems(shares)[0])
    assert macro_f1(counts.sum(axis=0)) == pytest.approx(np.full(3, expected), abs=0.015)
    gold = counts.sum(axis=-1)
    assert (gold == gold[:, :1]).all()  # the systems are on the same items
    assert gold[:, 0].sum(axis=0) / gold[:, 0].sum() == pytest.approx(shares, abs=0.01)
    sizes = gold[:, 0].sum(axis=1)
    assert sizes.mean() == pytest.approx(1 if groups == "items" else 8, rel=0.03)
    assert sizes.min() == (1 if groups == "items" else 2)


def test_articles_share_labels_and_difficulty() -> None:
    condition = significance.Condition("articles", "balanced", 20_000)
    counts = significance.made(np.random.default_rng(2), condition, 1)[:, 0]
    pairs = counts[counts[:, 0].sum(axis=(1, 2)) == 2]
    first_label = pairs[:, 0, 0].sum(axis=1)
    # Of two items of an article: both have the first label 1/3 * (1/3 + 1/4 * 2/3) of the time.
    assert (first_label == 2).mean() == pytest.approx(1 / 3 * (1 / 3 + 1 / 4 * 2 / 3), abs=0.03)
    right = np.diagonal(counts, axis1=-2, axis2=-1).sum(axis=-1) / counts.sum(axis=(-2, -1))
    assert np.corrcoef(right[:, 0], right[:, 1])[0, 1] > 0.1  # two systems find the same articles easy


def test_obuchowski_s_test_is_mcnemar_s_where_groups_are_items() -> None:
    by_group = np.array([[1] * 14 + [-1] * 5 + [0] * 20]).T
    expected = stats.chi2.sf((14 - 5) ** 2 / (14 + 5), 1)
    assert significance.obuchowski(by_group) == pytest.approx([expected])
    assert significance.obuchowski(np.zeros((5, 2), dtype=np.int64)).tolist() == [1, 1]


def test_the_bca_interval_is_scipy_s() -> None:
    values = np.random.default_rng(3).exponential(size=30)
    found = stats.bootstrap(
        (values,), np.mean, n_resamples=4000, method="BCa", rng=np.random.default_rng(4), vectorized=True
    )
    left_out = np.array([np.delete(values, at).mean() for at in range(30)])
    low, high = found.confidence_interval

    def holds(true: float) -> bool:
        answer: bool = significance.bca(found.bootstrap_distribution, float(values.mean()), left_out, true)
        return answer

    margin = 0.002
    assert [holds(low - margin), holds(low + margin), holds(high - margin), holds(high + margin)] == [
        False,
        True,
        True,
        False,
    ]
