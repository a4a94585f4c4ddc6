from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from standoff.baselines.first_level import GATE_FOLDS, PARTS, FirstLevel, group_folds
from standoff.baselines.relations import Relations

CUES = {"pos": "praised", "neg": "attacked", "neutral": "met"}


def frame(labels: list[str], *, actors: list[str] | None = None, targets: list[str] | None = None) -> pd.DataFrame:
    """Return items that say what their label is by a verb between two names."""
    n = len(labels)
    actors = actors or [f"Actor{at % 4}" for at in range(n)]
    targets = targets or [f"Target{at % 3}" for at in range(n)]
    texts = [
        f"On day {at} {actor} {CUES[label]} {target} again"
        for at, (actor, label, target) in enumerate(zip(actors, labels, targets, strict=True))
    ]
    return pd.DataFrame(
        {
            "id": [f"i{at}" for at in range(n)],
            "group": [f"g{at // 2}" for at in range(n)],
            "text": texts,
            "actor": actors,
            "target": targets,
            "actor_spans": [[] for _ in range(n)],
            "target_spans": [[] for _ in range(n)],
        }
    )


THREE = ["pos", "neg", "neutral"] * 8
TWO = ["pos", "neg"] * 10


@pytest.mark.parametrize(("labels", "width"), [(THREE, 3), (TWO, 1)])
def test_a_machine_has_a_column_for_each_label_or_for_the_second_of_two(labels: list[str], width: int) -> None:
    items = frame(labels)
    first = FirstLevel(("text", "cues", "all", "gate")).fit(items, labels)
    assert list(first.machines_) == ["text", "cues", "all", "gate"]
    values = first.transform(items)
    assert values.shape == (len(items), 4 * width)
    names = first.get_feature_names_out().tolist()
    assert names[:width] == [f"text: {label}" for label in sorted(set(labels))[-width:]]
    assert len(names) == len(set(names)) == 4 * width


def test_numbers_about_names_stand_last_and_are_those_of_relations() -> None:
    items = frame(THREE)
    first = FirstLevel(("text", "priors", "paths")).fit(items, THREE)
    relations = Relations(priors=True, paths=True).fit(items, THREE)
    assert np.array_equal(first.transform(items)[:, 3:], relations.transform(items))
    assert first.get_feature_names_out()[3:].tolist() == relations.get_feature_names_out().tolist()


@pytest.mark.parametrize("part", PARTS)
def test_each_part_can_stand_alone(part: str) -> None:
    items = frame(THREE)
    first = FirstLevel((part,)).fit(items, THREE)
    values = first.transform(items)
    assert values.shape[1] == len(first.get_feature_names_out()) > 0
    assert np.isfinite(values).all()
    assert values.std(axis=0).any()


def test_paths_need_both_names_to_vary_and_priors_one() -> None:
    same = ["Chorus"] * len(THREE)
    one = FirstLevel(("priors", "paths")).fit(frame(THREE, actors=same), THREE)
    assert all(name.startswith("prior") for name in one.get_feature_names_out())
    none = FirstLevel(("text", "gate", "priors", "paths")).fit(frame(THREE, actors=same, targets=same), THREE)
    assert none.get_feature_names_out().tolist() == ["text: neg", "text: neutral", "text: pos"]


def test_the_gate_counts_words_apart_by_what_the_target_makes_likely() -> None:
    """The same word speaks for one kind of target and against the other; no plain machine can say that."""
    rng = np.random.default_rng(7)
    labels, texts, targets = [], [], []
    for at in range(400):
        kind, word = rng.integers(2), rng.integers(2)
        # The target's kind makes one label likely; which label a word speaks for depends on the kind.
        likely = rng.random() < 0.3
        labels.append("pos" if (kind if likely else kind == word) else "neg")
        texts.append(f"{('gladly', 'sadly')[word]} said in {at}")
        targets.append(f"{('bill', 'welcome')[kind]} {at}")
    items = frame(["pos"] * 400, targets=targets).assign(text=texts)
    train, test = items.iloc[:300], items.iloc[300:]
    gold = np.array(labels)

    def right(parts: tuple[str, ...]) -> float:
        first = FirstLevel(parts, C=1.0).fit(train, gold[:300])
        return float(((first.transform(test)[:, 0] > 0) == (gold[300:] == "pos")).mean())

    assert right(("gate",)) > right(("text",)) + 0.2


def test_the_gate_is_opened_by_other_groups_in_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each item's likely label comes from machines that have not seen its group."""
    seen: list[tuple[set[str], set[str]]] = []
    items = frame(THREE)

    def spied(frame: pd.DataFrame, n: int) -> Any:
        for train, held_out in group_folds(frame, n):
            seen.append((set(frame["group"].iloc[train]), set(frame["group"].iloc[held_out])))
            yield train, held_out

    monkeypatch.setattr("standoff.baselines.first_level.group_folds", spied)
    FirstLevel(("gate",)).fit(items, THREE)
    assert len(seen) == GATE_FOLDS
    assert all(not train & held_out for train, held_out in seen)
    assert set().union(*(held_out for _, held_out in seen)) == set(items["group"])


def test_weights_are_what_the_columns_are_sums_of() -> None:
    """Weights of features, times the features, are the weighted columns, but for intercepts."""
    items = frame(THREE)
    first = FirstLevel(("text", "cues", "all")).fit(items, THREE)
    columns = np.random.default_rng(1).normal(size=(2, 9))
    names, weights = first.weights(columns)
    assert len(names) == len(set(names.tolist())) == weights.shape[1]
    blocks = {view: features.transform(items) for view, features in first.features_.items()}
    wide = {
        name: blocks[view][:, at]
        for view, features in first.features_.items()
        for at, name in enumerate(features.get_feature_names_out())
    }
    found = sum(wide[name].toarray() * weights[:, at] for at, name in enumerate(names))
    intercepts = np.concatenate([machine.intercept_ for machine in first.machines_.values()])
    expected = (first.transform(items) - intercepts) @ columns.T
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_a_number_about_names_keeps_its_weight() -> None:
    first = FirstLevel(("text", "priors")).fit(frame(THREE), THREE)
    columns = np.arange(len(first.get_feature_names_out()), dtype=float)[None, :]
    names, weights = first.weights(columns)
    at = names.tolist().index("prior of pair: pos")
    assert weights[0, at] == first.get_feature_names_out().tolist().index("prior of pair: pos")


@pytest.mark.parametrize("parts", [("text", "magic"), "text"])
def test_parts_that_are_no_list_of_known_names_are_refused(parts: str | tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=f"parts is {re.escape(repr(parts))}: write a list .* text, cues"):
        FirstLevel(parts).fit(frame(THREE), THREE)


def test_texts_without_words_leave_what_names_say() -> None:
    items = frame(THREE).assign(text="...")
    first = FirstLevel().fit(items, THREE)
    assert np.isfinite(first.transform(items)).all()
    assert "cues" not in first.machines_ or first.machines_["cues"].coef_.shape[1] > 0


def test_folds_keep_groups_whole() -> None:
    items = frame(THREE)
    for train, held_out in group_folds(items, 5):
        assert not set(items["group"].iloc[train]) & set(items["group"].iloc[held_out])
    few = items.assign(group=["a", "b"] * 12)
    folds = list(group_folds(few, 5))
    assert len(folds) == 2
    assert all(not set(few["group"].iloc[train]) & set(few["group"].iloc[held_out]) for train, held_out in folds)


def test_items_of_one_group_are_held_out_by_themselves() -> None:
    one = frame(THREE).assign(group="a")
    folds = list(group_folds(one, 5))
    assert len(folds) == 5
    assert sorted(at for _, held_out in folds for at in held_out) == list(range(len(one)))
    assert not list(group_folds(one.iloc[:1], 5))
