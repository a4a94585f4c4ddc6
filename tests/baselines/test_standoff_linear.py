from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pandas as pd
import pytest

from standoff.baselines.first_level import KNOWN, PARTS, FirstLevel
from standoff.baselines.standoff_linear import ABLATIONS, CLIP, FOLDS, StandoffLinear

from .test_first_level import THREE, TWO, frame


def fitted(labels: list[str], **parameters: Any) -> tuple[StandoffLinear, pd.DataFrame]:
    items = frame(labels)
    return StandoffLinear(**parameters).fit(items, labels), items


@pytest.mark.parametrize("labels", [THREE, TWO])
def test_it_learns_who_does_what_to_whom(labels: list[str]) -> None:
    model, items = fitted(labels)
    assert model.predict(items).tolist() == labels


def test_it_tells_the_two_names_of_a_sentence_apart() -> None:
    """One sentence, two items: who attacks is against, who is attacked says nothing. A bag of words cannot."""
    names = [f"{first}{second}" for first in ("Ka", "Lo", "Mi", "Nu") for second in ("ra", "ste", "vin", "dor")]
    rows = []
    for at, one in enumerate(names):
        for other in names[at + 1 :: 2]:
            text = f"{one} sharply attacked {other} over the plan"
            rows += [(text, one, other, "neg"), (text, other, one, "none")]
    items = pd.DataFrame(rows, columns=["text", "actor", "target", "label"])
    items["group"] = [f"g{at // 2}" for at in range(len(items))]
    items["id"] = [str(at) for at in range(len(items))]
    items["actor_spans"] = items["target_spans"] = pd.Series([[] for _ in range(len(items))])
    held_out = items["group"].isin({f"g{at}" for at in range(0, len(items) // 2, 4)})
    model = StandoffLinear(parts=("cues",)).fit(items[~held_out], items["label"][~held_out].tolist())
    assert (model.predict(items[held_out]) == items["label"][held_out]).all()
    blind = StandoffLinear(parts=("text",)).fit(items[~held_out], items["label"][~held_out].tolist())
    assert len(set(blind.predict(items[held_out]))) == 1 or (
        (blind.predict(items[held_out]) == items["label"][held_out]).mean() < 0.8
    )


def test_the_second_level_never_sees_a_column_made_with_an_items_own_group(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[set[str], set[str]]] = []
    fit, transform = FirstLevel.fit, FirstLevel.transform

    def spied_fit(self: FirstLevel, X: pd.DataFrame, y: Any) -> FirstLevel:  # noqa: N803 - scikit-learn's name
        self.groups = set(X["group"])
        return fit(self, X, y)

    def spied_transform(self: FirstLevel, X: pd.DataFrame) -> Any:  # noqa: N803 - the same
        asked.append((self.groups, set(X["group"])))
        return transform(self, X)

    monkeypatch.setattr(FirstLevel, "fit", spied_fit)
    monkeypatch.setattr(FirstLevel, "transform", spied_transform)
    fitted(THREE)
    assert len(asked) == FOLDS
    assert all(not known & groups for known, groups in asked)


def test_labels_drawn_by_chance_are_not_learnt_by_way_of_their_own_names() -> None:
    """Each item has names of its own: a prior made with an item's own label would tell it."""
    rng = np.random.default_rng(3)
    labels = rng.choice(["neg", "pos"], 200).tolist()
    items = frame(
        ["pos"] * 200, actors=[f"A{at}" for at in range(200)], targets=[f"T{at % 7}" for at in range(200)]
    )
    model = StandoffLinear(parts=("priors", "paths")).fit(items.iloc[:150], labels[:150])
    strength = np.abs(model.second_.coef_).max()
    assert strength < 0.2
    assert (model.predict(items.iloc[150:]) == np.array(labels[150:])).mean() < 0.7


def test_the_decision_is_the_logit_adjusted_by_the_shares() -> None:
    labels = ["pos"] * 14 + ["neg"] * 6 + ["neutral"] * 4
    plain, items = fitted(labels, adjustment=0.0)
    shares = np.array([6, 4, 14]) / 24
    np.testing.assert_allclose(plain.shares_, shares)
    for adjustment in (0.3, 1.0):
        adjusted, _ = fitted(labels, adjustment=adjustment)
        expected = plain.decision_function(items) - adjustment * np.log(shares)
        np.testing.assert_allclose(adjusted.decision_function(items), expected)
        np.testing.assert_allclose(adjusted.predict_proba(items), plain.predict_proba(items))


def test_of_two_labels_the_second_is_adjusted_against_the_first() -> None:
    labels = ["pos"] * 15 + ["neg"] * 5
    plain, items = fitted(labels, adjustment=0.0)
    adjusted, _ = fitted(labels, adjustment=1.0)
    np.testing.assert_allclose(
        adjusted.decision_function(items), plain.decision_function(items) - np.log(0.75 / 0.25)
    )


def test_probabilities_answer_to_the_real_shares_of_the_labels() -> None:
    """Over the training items, a label's mean probability is about its share: no class weights."""
    labels = (["pos"] * 3 + ["neg"]) * 25
    items = frame(labels).assign(text="nothing to see", actor="x", target="y")
    items["text"] = [f"nothing {at}" for at in range(100)]
    model = StandoffLinear().fit(items, labels)
    mean = model.predict_proba(items).mean(axis=0)
    np.testing.assert_allclose(mean, [0.25, 0.75], atol=0.01)


def test_columns_are_clipped_so_that_one_name_seen_often_decides_nothing_alone() -> None:
    model, _ = fitted(THREE)
    far = np.full((1, len(model.mean_)), 1e9)
    assert (model._scaled(far) == CLIP).all()  # noqa: SLF001 - the guard against extrapolation
    assert (model._scaled(model.mean_[None, :]) == 0).all()  # noqa: SLF001


@pytest.mark.parametrize("labels", [THREE, TWO])
def test_feature_weights_name_what_speaks_for_a_label(labels: list[str]) -> None:
    model, _ = fitted(labels)
    weights = model.feature_weights()
    assert list(weights.columns) == ["label", "feature", "weight"]
    assert set(weights["label"]) == set(labels)
    between = weights[weights["feature"] == "between cues: AT:prais"].set_index("label")["weight"]
    assert between["pos"] > 0 > between["neg"]
    if len(set(labels)) == 2:
        assert between["pos"] == -between["neg"]
    assert "prior of pair: pos" in set(weights["feature"])


def test_a_label_that_one_fold_lacks_keeps_its_columns() -> None:
    """A rare label stands in one group: the first level fitted without that group has no column for it."""
    labels = ["pos", "neg"] * 12 + ["neutral", "neutral"]
    items = frame(labels)
    model = StandoffLinear().fit(items, labels)
    assert model.classes_.tolist() == ["neg", "neutral", "pos"]
    assert model.predict(items).tolist()[:24] == labels[:24]


def test_fewer_groups_than_folds_are_fine() -> None:
    items = frame(THREE).assign(group="one")
    assert StandoffLinear().fit(items, THREE).predict(items).tolist() == THREE


def test_one_label_and_nothing_to_look_at_are_refused() -> None:
    with pytest.raises(ValueError, match="one class only: pos"):
        fitted(["pos"] * 6)
    unnamed = frame(TWO, actors=[""] * 20, targets=[""] * 20)
    with pytest.raises(ValueError, match="nothing to look at"):
        StandoffLinear(parts=("cues", "paths")).fit(unnamed, TWO)


def test_each_ablation_takes_something_out() -> None:
    known = inspect.signature(StandoffLinear).parameters
    whole = StandoffLinear().get_params()
    assert {part for part in PARTS if part in ABLATIONS} == set(PARTS)
    for name, parameters in ABLATIONS.items():
        assert set(parameters) <= set(known), name
        assert any(whole[key] != value for key, value in parameters.items()), name
        if "parts" in parameters:
            assert set(parameters["parts"]) < set(KNOWN), name


@pytest.mark.parametrize("rare", ["neg", "pos"])
def test_a_fold_may_have_one_label_alone(rare: str) -> None:
    """Two labels, the rarer one in one group: a first level that is fitted without that group knows one label."""
    common = {"neg": "pos", "pos": "neg"}[rare]
    labels = [common] * 18 + [rare] * 2
    items = frame(labels)
    assert StandoffLinear().fit(items, labels).predict(items).tolist()[:18] == labels[:18]


def test_three_labels_of_which_two_are_in_one_group() -> None:
    labels = ["pos"] * 18 + ["neg", "neutral"]
    items = frame(labels)
    assert StandoffLinear().fit(items, labels).predict(items).tolist()[:18] == labels[:18]
