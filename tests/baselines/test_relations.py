"""What names alone tell, derived by hand on a small signed graph, and against a plain implementation."""

from __future__ import annotations

import copy
import itertools
import re
from collections.abc import Callable, Sequence
from math import log, sqrt
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from standoff.baselines.relations import Relations
from standoff.baselines.skops_file import from_bytes, to_bytes
from standoff.errors import InputError

Rows = list[tuple[str, str, str]]

CHAIN: Rows = [
    ("a", "b", "pos"),
    ("b", "c", "pos"),
    ("x", "y", "neg"),
    ("y", "z", "neg"),
    ("a", "y", "pos"),
    ("x", "b", "neg"),
]
"""Half of the labels are positive, so that each pair seen once has a surplus of (1 - 1/2) / 2 = 1/4 or -1/4."""


def frame_of(rows: Sequence[tuple[str, ...]]) -> pd.DataFrame:
    return pd.DataFrame({"actor": [row[0] for row in rows], "target": [row[1] for row in rows]})


def fitted(rows: Rows, **parameters: Any) -> Relations:
    return Relations(**parameters).fit(frame_of(rows), [label for _, _, label in rows])


def told(model: Relations, actor: str, target: str) -> dict[str, float]:
    """Return each number of one pair by its name."""
    (values,) = model.transform(frame_of([(actor, target)]))
    return dict(zip(model.get_feature_names_out(), values, strict=True))


def test_priors_are_smoothed_log_ratios_to_the_overall_shares() -> None:
    found = told(fitted(CHAIN, paths=False), "a", "b")
    assert len(found) == 6 * 3
    # a: twice positive. (2 + 2/2) / (2 + 2) is 3/4, where 1/2 is usual.
    assert found["prior of actor: pos"] == pytest.approx(log(3 / 4 / (1 / 2)))
    assert found["prior of actor: neg"] == pytest.approx(log(1 / 4 / (1 / 2)))
    assert found["prior of actor: times seen"] == pytest.approx(log(1 + 2))
    # b as a target: once each, as usual.
    assert found["prior of target: pos"] == found["prior of target: neg"] == 0
    # The pair: once, positive.
    assert found["prior of pair: pos"] == pytest.approx(log(2 / 3 / (1 / 2)))
    assert found["prior of pair: times seen"] == pytest.approx(log(2))
    # b as an actor: once, positive. a as a target: never.
    assert found["prior of target as actor: pos"] == pytest.approx(log(2 / 3 / (1 / 2)))
    assert {found[f"prior of actor as target: {what}"] for what in ("pos", "neg", "times seen")} == {0}
    assert {found[f"prior of pair with roles changed: {what}"] for what in ("pos", "neg", "times seen")} == {0}
    assert told(fitted(CHAIN, paths=False), "b", "a")["prior of pair with roles changed: pos"] == pytest.approx(
        log(2 / 3 / (1 / 2))
    )


def test_the_smoothing_says_how_many_items_stand_against_the_counts() -> None:
    found = told(fitted(CHAIN, paths=False, smoothing=8.0), "a", "b")
    assert found["prior of actor: pos"] == pytest.approx(log((2 + 4) / (2 + 8) / (1 / 2)))


def test_the_friend_of_a_friend_is_a_friend() -> None:
    """Seen: a 2, b 3 (twice as target), c 1; as actor: a 2, b 1; as target: b 2, c 1."""
    found = told(fitted(CHAIN, priors=False), "a", "c")
    assert len(found) == 7
    assert found["path P + Pᵀ: pos"] == 0
    assert found["path S·S: pos"] == pytest.approx(1 / 4 / sqrt(3 * 4) * 1 / 4 / sqrt(4 * 2))
    assert found["path R·R: pos"] == pytest.approx(1 / 4 / sqrt(3 * 3) * 1 / 4 / sqrt(2 * 2))
    assert found["path R·Rᵀ: pos"] == found["path Rᵀ·R: pos"] == 0


def test_the_enemy_of_an_enemy_is_a_friend() -> None:
    """x is against y (seen 3 times, twice as a target), y against z."""
    found = told(fitted(CHAIN, priors=False), "x", "z")
    assert found["path S·S: pos"] == pytest.approx(1 / 4 / sqrt(3 * 4) * 1 / 4 / sqrt(4 * 2))
    assert found["path R·R: pos"] > 0


def test_the_enemy_of_a_friend_is_an_enemy() -> None:
    found = told(fitted(CHAIN, priors=False), "a", "z")
    assert found["path S·S: pos"] < 0
    assert found["path R·R: pos"] < 0


def test_who_disagree_on_others_and_whom_others_disagree_on() -> None:
    found = told(fitted(CHAIN, priors=False), "a", "x")
    # On b and on y they disagree: two paths of 1/4 · -1/4, both actors and both targets seen twice in that role.
    assert found["path R·Rᵀ: pos"] == pytest.approx(2 * -1 / 16 / (sqrt(3 * 3) * sqrt(3 * 3)))
    assert found["path Rᵀ·R: pos"] == 0
    found = told(fitted(CHAIN, priors=False), "b", "y")
    # Whom a is for: both; whom x is against: both.
    assert found["path Rᵀ·R: pos"] == pytest.approx(2 * 1 / 16 / (sqrt(3 * 3) * sqrt(3 * 3)))


def test_the_pair_itself_counts_in_either_direction() -> None:
    model = fitted(CHAIN, priors=False)
    assert told(model, "a", "b")["path P + Pᵀ: pos"] == told(model, "b", "a")["path P + Pᵀ: pos"] == 1 / 4
    assert told(model, "x", "y")["path P + Pᵀ: pos"] == -1 / 4


def plain_name(name: str) -> str:
    return " ".join(re.findall(r"\w+", name.lower()))


def plain(rows: Rows, asked: list[tuple[str, ...]], smoothing: float) -> np.ndarray[Any, Any]:
    """The same numbers from dense matrices over all names, one item and one number at a time."""
    known = [(plain_name(actor), plain_name(target), label) for actor, target, label in rows]
    labels = sorted({label for _, _, label in known})
    share = {label: np.mean([one == label for _, _, one in known]) for label in labels}
    names = sorted({name for actor, target, _ in known for name in (actor, target)} - {""})
    at = {name: place for place, name in enumerate(names)}
    n = np.zeros((len(labels), len(names), len(names)))
    for actor, target, label in known:
        if actor and target:
            n[labels.index(label), at[actor], at[target]] += 1
    out, into = n.sum(axis=(0, 2)) + 1, n.sum(axis=(0, 1)) + 1
    both = out + into - 1
    found = []
    for actor, target in ((plain_name(one[0]), plain_name(one[1])) for one in asked):
        row: list[float] = []
        named = bool(actor and target)
        for met in (
            [label for a, _, label in known if a == actor],
            [label for _, t, label in known if t == target],
            [label for a, t, label in known if named and (a, t) == (actor, target)],
            [label for a, t, label in known if named and (a, t) == (target, actor)],
            [label for _, t, label in known if t == actor],
            [label for a, _, label in known if a == target],
        ):
            row += [
                log((met.count(label) + smoothing * share[label]) / (len(met) + smoothing) / share[label])
                for label in labels
            ]
            row.append(log(1 + len(met)))
        for number, label in enumerate(labels):
            if len(labels) == 2 and number == 0:
                continue
            p = (n[number] - share[label] * n.sum(axis=0)) / (n.sum(axis=0) + 1)
            r = p / np.sqrt(np.outer(out, into))
            s = (p + p.T) / np.sqrt(np.outer(both, both))
            for matrix in (p + p.T, s @ s, r @ r, r @ r.T, r.T @ r, r @ r.T @ r, s @ s @ s):
                row.append(matrix[at[actor], at[target]] if actor in at and target in at else 0.0)
        found.append(row)
    return np.array(found)


@pytest.mark.parametrize("labels", [("neg", "pos"), ("neg", "neutral", "pos")])
@pytest.mark.parametrize("seed", range(3))
def test_numbers_are_those_of_a_plain_implementation(labels: tuple[str, ...], seed: int) -> None:
    random = np.random.default_rng(seed)
    names = ["Ada", "Boris Ek", "boris  EK!", "Chloé", "The League", "Да", "北京", "Ed"]
    rows = [
        (
            str(random.choice(names)),
            str(random.choice(names)),
            str(random.choice(labels, p=random.dirichlet((2,) * len(labels)))),
        )
        for _ in range(60)
    ]
    rows += [("Ada", "Ada", label) for label in labels]
    asked = [*itertools.product([*names, "never seen"], repeat=2)]
    np.testing.assert_allclose(
        fitted(rows, smoothing=1.5).transform(frame_of(asked)), plain(rows, asked, 1.5), rtol=1e-10, atol=1e-14
    )


def test_an_item_without_a_name_tells_of_the_other_and_ties_nobody() -> None:
    rows: Rows = [
        ("a", "", "pos"),
        ("b", "", "neg"),
        ("", "a", "pos"),
        ("", "b", "neg"),
        ("a", "b", "neg"),
        ("?", "!", "pos"),
    ]
    asked = [*itertools.product(["a", "b", "", "…", "new"], repeat=2)]
    model = fitted(rows)
    found = model.transform(frame_of(asked))
    expected = plain(rows, asked, 2.0)
    nobody = np.array([not re.search(r"\w", name) for pair in asked for name in pair]).reshape(-1, 2)
    named = ~nobody.any(axis=1)
    np.testing.assert_allclose(found[named], expected[named], rtol=1e-10, atol=1e-14)
    assert not found[nobody.all(axis=1)].any()
    for at, names in enumerate(model.get_feature_names_out()):
        if names.startswith(("prior of pair", "path")):
            assert not found[nobody.any(axis=1), at].any()
        if names.startswith(("prior of actor:", "prior of actor as target")):
            assert not found[nobody[:, 0], at].any()


def test_names_that_were_never_seen_say_nothing() -> None:
    assert not fitted(CHAIN).transform(frame_of([("new", "newer"), ("", "")])).any()
    half = told(fitted(CHAIN), "new", "b")
    assert {name.partition(":")[0] for name, value in half.items() if value} == {
        "prior of target",
        "prior of target as actor",
    }


@pytest.mark.parametrize("constant", ["plan", ""])
def test_a_column_that_is_the_same_everywhere_says_nothing(constant: str) -> None:
    rows: Rows = [(actor, constant, label) for actor, _, label in CHAIN]
    model = fitted(rows)
    assert model.columns_ == ["actor"]
    found = told(model, "a", constant)
    assert {name.partition(":")[0] for name, value in found.items() if value} == {"prior of actor"}
    assert not fitted([("a", "b", "neg"), ("a", "b", "pos")]).transform(frame_of([("a", "b")])).any()


def test_case_and_punctuation_of_names_do_not_count() -> None:
    model = fitted(CHAIN)
    assert told(model, "A!", "(b)") == told(model, "a", "b")


def test_two_labels_have_one_set_of_paths_and_three_have_three() -> None:
    assert len(fitted(CHAIN).get_feature_names_out()) == 6 * 3 + 7
    three = fitted([*CHAIN, ("a", "c", "neutral")])
    names = list(three.get_feature_names_out())
    assert len(names) == len(set(names)) == 6 * 4 + 3 * 7 == three.transform(frame_of([("a", "b")])).shape[1]
    assert fitted(CHAIN, priors=False, paths=False).transform(frame_of([("a", "b")])).shape == (1, 0)


def test_an_item_is_described_alike_in_any_company() -> None:
    model = fitted([*CHAIN, ("a", "c", "neutral")])
    frame = frame_of([*itertools.product("abcxyz?", repeat=2)])
    whole = model.transform(frame)
    order = np.random.default_rng(0).permutation(len(frame))
    np.testing.assert_array_equal(model.transform(frame.iloc[order]), whole[order])
    np.testing.assert_array_equal(
        np.vstack([model.transform(frame.iloc[[at]]) for at in range(len(frame))]), whole
    )


def test_the_order_of_the_training_items_does_not_matter() -> None:
    asked = frame_of([*itertools.product("abcxyz", repeat=2)])
    np.testing.assert_array_equal(fitted(CHAIN).transform(asked), fitted(CHAIN[::-1]).transform(asked))


def test_an_unfitted_one_says_so() -> None:
    with pytest.raises(NotFittedError):
        Relations().transform(frame_of(CHAIN))


def test_it_is_stored_and_loaded_to_the_last_bit() -> None:
    model = fitted([*CHAIN, ("Škoda\u2028", "- Да -", "pos")])
    assert "_places" not in model.__getstate__()
    loaded = from_bytes(to_bytes(model), "here")
    asked = frame_of([*itertools.product(["a", "b", "c", "x", "Škoda", "да"], repeat=2)])
    np.testing.assert_array_equal(loaded.transform(asked), model.transform(asked))
    assert to_bytes(loaded) == to_bytes(model)


BROKEN: dict[str, tuple[Callable[[Relations], object], str]] = {
    "names of no UTF-8": (lambda m: setattr(m, "names_", np.array([255], dtype=np.uint8)), "utf-8"),
    "a name too few": (lambda m: setattr(m, "names_", m.names_[:1]), "pairs are not those of the names"),
    "a pair out of range": (lambda m: setattr(m, "pairs_", m.pairs_ + 10**9), "pairs are not those of the names"),
    "a pair below 0": (lambda m: setattr(m, "pairs_", m.pairs_ - 10**9), "pairs are not those of the names"),
    "pairs unsorted": (lambda m: setattr(m, "pairs_", m.pairs_[::-1].copy()), "ascending"),
    "a pair twice": (lambda m: setattr(m, "pairs_", np.repeat(m.pairs_[:1], len(m.pairs_))), "ascending"),
    "no pair": (lambda m: m.__dict__.update(pairs_=m.pairs_[:0], counts_=m.counts_[:0]), "pairs are"),
    "counts too few": (lambda m: setattr(m, "counts_", m.counts_[1:]), "do not go with counts"),
    "a label too few": (lambda m: setattr(m, "counts_", m.counts_[:, 1:]), "do not go with counts"),
    "pairs of another type": (lambda m: setattr(m, "pairs_", m.pairs_.astype(np.float64)), "do not go with"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_no_fit_leaves_is_refused(name: str) -> None:
    change, says = BROKEN[name]
    model = copy.deepcopy(fitted(CHAIN))
    change(model)
    with pytest.raises(InputError, match=says):
        from_bytes(to_bytes(model), "m.skops")
