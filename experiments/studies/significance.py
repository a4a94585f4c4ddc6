# ruff: noqa: INP001, T201 - a script, in no package, that prints
"""How often intervals hold the truth, and tests find a difference where there is none, by simulation.

Test sets are made of a population whose macro-F1 is known, and scored as any other. Groups are single items, or
articles of 2 items and more (8 on average) that share labels (correlation 1/4) and difficulty (correlation 1/5).
Labels are balanced, or skewed: 70, 20 and 10 %. On every test set three systems of equal macro-F1 are scored: A;
B, which errs as A does, on items of its own; and C, which errs otherwise: it takes too much for the first label.

- Coverage: the share of test sets on which an interval of 95 % holds the population's macro-F1 (for one system) or
  zero (for the difference of two). Of one system, five intervals are looked at: plain percentiles; ``widened``,
  resamples drawn away from the value by G / (G - 1); ``bca``; ``expanded``, the expanded percentile interval for G
  groups; and ``effective``, the same for as many groups of equal size as these are worth, which was adopted.
- False positives: the share on which a test at 5 % finds a difference: of macro-F1 by randomisation, of accuracy
  exactly, and of accuracy by McNemar's test adjusted for groups (``obuchowski``), which was not adopted.

Run: ``uv run python experiments/studies/significance.py``
"""

from __future__ import annotations

from itertools import product
from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc
from threadpoolctl import threadpool_limits

from standoff.evaluation.metrics import FloatArray, IntArray, macro_f1
from standoff.evaluation.resample import bootstrap, caution, effective_groups, interval
from standoff.evaluation.scores import LEVEL, RESAMPLES, SEED
from standoff.evaluation.significance import ALPHA, accuracy_test, differences, randomisation_tests
from standoff.experiments.analysis.results import document, read_document, write_document
from standoff.experiments.markdown import grid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

STORED = Path(__file__).with_suffix(".json")
SIMULATIONS = 4_000
"""Test sets for each condition: a share of 95 % of them has a standard error of 0.34 points, one of 5 % too."""

AT_ONCE = 250
"""Test sets in memory at a time."""

PERMUTATIONS = 999
"""With the observed one a thousand, of which a twentieth is a whole number."""

LABELS = ("x", "y", "z")
SHARES = {"balanced": np.array([1, 1, 1]) / 3, "skewed": np.array([0.7, 0.2, 0.1])}
GROUPS = (10, 20, 50, 100, 200, 500)
EASY = 0.2
"""The mean share of items that every system has right, as they are easy; it varies between articles."""

DIFFICULTY, LIKENESS = 0.2, 0.25
"""Within articles, the correlations of being easy and of labels."""


class Condition(NamedTuple):
    """A population, and how many groups of it a test set has."""

    groups_are: str
    labels_are: str
    n_groups: int


CONDITIONS = [Condition(*one) for one in product(("items", "articles"), SHARES, GROUPS)]


def answers(shares: FloatArray, right: FloatArray, lure: FloatArray) -> FloatArray:
    """Return the probability of each answer (columns) to each gold label (rows): right, or lured elsewhere."""
    table = np.tile(lure, (len(shares), 1))
    np.fill_diagonal(table, 0)
    table *= ((1 - right) / table.sum(axis=1))[:, None]
    np.fill_diagonal(table, right)
    return table


def truth(shares: FloatArray, table: FloatArray) -> float:
    """Return the macro-F1 of the population."""
    counts = np.zeros((len(shares), len(shares) + 1))
    counts[:, :-1] = shares[:, None] * table
    return float(macro_f1(counts))


def systems(shares: FloatArray) -> list[FloatArray]:
    """Return what A, B and C answer, all with the same macro-F1."""
    usual = answers(shares, np.array([0.7, 0.6, 0.5]), shares)
    low, high = EASY, 0.95
    for _ in range(60):  # bisection: macro-F1 grows with what is right
        middle = (low + high) / 2
        other = answers(shares, np.array([0.9, middle, middle]), np.array([1, 0.15, 0.15]))
        low, high = (middle, high) if truth(shares, other) < truth(shares, usual) else (low, middle)
    return [usual, usual, other]


def made(generator: np.random.Generator, condition: Condition, n: int) -> IntArray:
    """Return the counts of ``n`` test sets, of shape (G, n, 3, L, L + 1): the last but two for A, B and C."""
    shares, size = SHARES[condition.labels_are], (condition.n_groups, n)
    n_items: IntArray = np.ones(size, dtype=np.int64)
    of_label: FloatArray = np.broadcast_to(shares, (*size, len(shares)))
    easy: FloatArray = np.full(size, EASY)
    if condition.groups_are == "articles":
        n_items = 1 + generator.geometric(1 / 7, size)
        of_label = generator.dirichlet(shares * (1 / LIKENESS - 1), size)
        spread = 1 / DIFFICULTY - 1
        easy = generator.beta(EASY * spread, (1 - EASY) * spread, size)
    gold = generator.multinomial(n_items, of_label)
    counts = np.zeros((*size, 3, 3, 4), dtype=np.int64)
    for system, table in enumerate(systems(shares)):
        hard = (table - EASY * np.eye(3)) / (1 - EASY)
        for label in range(3):
            are_easy = generator.binomial(gold[..., label], easy)
            counts[..., system, label, :3] = generator.multinomial(gold[..., label] - are_easy, hard[label])
            counts[..., system, label, label] += are_easy
    return counts


def study(condition: Condition, simulations: int = SIMULATIONS, *, seed: int = SEED) -> dict[str, Any]:
    """Return coverage and false positives under a condition, as shares of the test sets."""
    generator = np.random.default_rng([seed, CONDITIONS.index(condition)])
    rows = [
        _look(made(generator, condition, min(AT_ONCE, simulations - start)), condition)
        for start in range(0, simulations, AT_ONCE)
    ]
    found = {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}
    calm = found.pop("without a caution").astype(bool)
    with_rarest = found.pop("groups with the rarest label")
    return {
        **condition._asdict(),
        "groups_with_the_rarest_label": float(with_rarest.mean()),
        "cautioned": float(1 - calm.mean()),
        **{name: float(values.mean()) for name, values in found.items()},
        "effective, without a caution": float(found["effective"][calm].mean()) if calm.mean() > 0.5 else None,
    }


def _look(counts: IntArray, condition: Condition) -> dict[str, npt.NDArray[Any]]:
    """Return what is found on each of n test sets, by name; counts of shape (G, n, 3, L, L + 1)."""
    n_groups, n, *_ = counts.shape
    flat = counts.reshape(n_groups, 3 * n, 3, 4)
    alike = [(3 * one, 3 * one + 1) for one in range(n)]
    otherwise = [(3 * one, 3 * one + 2) for one in range(n)]
    shares = SHARES[condition.labels_are]
    population = truth(shares, systems(shares)[0])
    samples = bootstrap(flat, macro_f1, resamples=RESAMPLES, seed=SEED)
    of_one = samples[:, ::3]
    value = macro_f1(counts[:, :, 0].sum(axis=0))
    left_out = macro_f1(counts[:, :, 0].sum(axis=0) - counts[:, :, 0])
    p = randomisation_tests(flat, macro_f1, alike + otherwise, permutations=PERMUTATIONS, seed=SEED)
    right = np.diagonal(counts, axis1=-2, axis2=-1).sum(axis=-1)
    p_accuracy = [accuracy_test(right[:, one, 0], right[:, one, 1]) for one in range(n)]
    worth = [effective_groups(counts[:, one, 0]) for one in range(n)]
    widened = value + (of_one - value) * n_groups / (n_groups - 1)

    def held(drawn: FloatArray, true: float, groups: Iterable[float | None]) -> npt.NDArray[np.bool_]:
        ends = np.array([interval(one, LEVEL, n_groups=g) for one, g in zip(drawn.T, groups, strict=True)])
        return np.asarray((ends[:, 0] <= true) & (true <= ends[:, 1]))

    return {
        "without a caution": np.array([caution(counts[:, one, 0], LABELS) is None for one in range(n)]),
        "groups with the rarest label": (counts[:, :, 0].sum(axis=-1) > 0).sum(axis=0).min(axis=-1),
        "percentile": held(of_one, population, [None] * n),
        "widened": held(widened, population, [None] * n),
        "bca": np.array([bca(*one, population) for one in zip(of_one.T, value, left_out.T, strict=True)]),
        "expanded": held(of_one, population, [n_groups] * n),
        "effective": held(of_one, population, worth),
        "difference, alike": held(differences(samples, alike), 0.0, worth),
        "difference, otherwise": held(differences(samples, otherwise), 0.0, worth),
        "randomisation, alike": p[:n] <= ALPHA,
        "randomisation, otherwise": p[n:] <= ALPHA,
        "accuracy": np.array(p_accuracy) <= ALPHA,
        "obuchowski": obuchowski(right[:, :, 0] - right[:, :, 1]) <= ALPHA,
    }


def bca(samples: FloatArray, value: float, left_out: FloatArray, true: float) -> bool:
    """Return whether the BCa interval holds the truth (Efron and Tibshirani 1993, 14.3).

    Args:
        samples: Shape (R,).
        value: On the test set.
        left_out: On the test set without each of its groups, of shape (G,).
        true: In the population.
    """
    normal = NormalDist()
    # Half of the resamples that score as the test set does count as below.
    below = (float((samples < value - 1e-12).mean()) + float((samples <= value + 1e-12).mean())) / 2
    shift = normal.inv_cdf(min(max(below, 1 / len(samples)), 1 - 1 / len(samples)))
    away = left_out.mean() - left_out
    scale = 6 * float((away**2).sum()) ** 1.5
    skew = float((away**3).sum()) / scale if scale else 0.0
    z = [shift + normal.inv_cdf(end) for end in ((1 - LEVEL) / 2, (1 + LEVEL) / 2)]
    low, high = np.quantile(samples, [normal.cdf(shift + one / (1 - skew * one)) for one in z])
    return bool(low <= true <= high)


def obuchowski(by_group: IntArray) -> FloatArray:
    """Return the p values of McNemar's test adjusted for groups (Obuchowski 1998, Statistics in Medicine 17:1495).

    Args:
        by_group: How many more items of each group the one system has right, of shape (G, n).
    """
    squares = (by_group**2).sum(axis=0)
    statistic = np.divide(by_group.sum(axis=0) ** 2, squares, out=np.zeros(len(squares)), where=squares > 0)
    return np.asarray(chdtrc(1, statistic), dtype=np.float64)


def to_markdown(stored: Mapping[str, Any]) -> str:
    """Return the table of a stored study."""
    columns = {
        "one system": "effective",
        "one system, plain percentiles": "percentile",
        "difference of two": "difference, alike",
        "test of macro-F1": "randomisation, alike",
        "where errors differ": "randomisation, otherwise",
        "test of accuracy": "accuracy",
    }
    headings = ("groups", "labels", "number", "with the rarest label", *columns)
    rows = [
        [
            one["groups_are"],
            one["labels_are"],
            f"{one['n_groups']}{'' if one['cautioned'] < 0.5 else ' !'}",
            f"{one['groups_with_the_rarest_label']:.0f}",
            *(f"{100 * one[name]:.1f}" for name in columns.values()),
        ]
        for one in stored["conditions"]
    ]
    return grid(headings, rows)


def main() -> None:
    """Print and store."""
    with threadpool_limits(1):
        found = []
        for condition in CONDITIONS:
            found.append(study(condition))
            print(found[-1], flush=True)
    content = {
        "simulations": SIMULATIONS,
        "resamples": RESAMPLES,
        "permutations": PERMUTATIONS,
        "level": LEVEL,
        "alpha": ALPHA,
        "conditions": found,
    }
    seeds = {"simulation": SEED, "bootstrap": SEED, "randomisation": SEED}
    write_document(STORED, document("significance", content, tasks=[], seeds=seeds))
    print(to_markdown(read_document(STORED)))


if __name__ == "__main__":
    main()
