"""Which baselines have probabilities, and where these are not what decides: asked of the baselines themselves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from standoff.baselines import registry
from standoff.baselines.probabilities import is_adjusted, probable_baselines
from standoff.baselines.registry import BASELINES, make_baseline

PROBABLE = [name for name in BASELINES if hasattr(make_baseline(name), "predict_proba")]


def uneven(items: pd.DataFrame) -> pd.DataFrame:
    """Return items of which few have the last two labels, under texts that hardly tell."""
    labels = ["support"] * 40 + ["oppose"] * 5 + ["none"] * 3
    texts = [f"something {place % 5} happened" for place in range(48)]
    spans = pd.Series([[] for _ in range(48)])
    return items.assign(text=texts, label=labels, actor="x", target="y", actor_spans=spans, target_spans=spans)


def test_the_baselines_with_probabilities_are_named_without_controls() -> None:
    assert probable_baselines() == ["tfidf_logreg", "standoff_linear"]
    assert set(PROBABLE) - set(probable_baselines()) == {"majority"}


def test_a_baseline_that_is_added_is_named_too(monkeypatch: pytest.MonkeyPatch) -> None:
    added = registry.Baseline(BASELINES["tfidf_logreg"].path, "ours", ("text",))
    monkeypatch.setitem(registry.BASELINES, "mine", added)
    assert probable_baselines()[-1] == "mine"


def test_only_standoff_linear_is_adjusted_and_only_where_its_parameter_says_so() -> None:
    assert [name for name in BASELINES if is_adjusted(make_baseline(name))] == ["standoff_linear"]
    assert not is_adjusted(make_baseline("standoff_linear", {"adjustment": 0.0}))


def test_an_adjustment_without_probabilities_is_none() -> None:
    class Adjusted:
        adjustment = 1.0

    assert not is_adjusted(Adjusted())


@pytest.mark.parametrize("name", PROBABLE)
def test_the_most_probable_label_is_the_predicted_one_where_nothing_is_adjusted(
    name: str, items: pd.DataFrame
) -> None:
    frame = uneven(items)
    model = make_baseline(name, {"adjustment": 0.0} if name == "standoff_linear" else {}).fit(
        frame, frame["label"]
    )
    likeliest = model.classes_[model.predict_proba(frame).argmax(axis=1)]
    assert list(model.predict(frame)) == list(likeliest)


def test_of_an_adjusted_model_it_may_be_another(items: pd.DataFrame) -> None:
    frame = uneven(items)
    model = make_baseline("standoff_linear", {"adjustment": 1.0}).fit(frame, frame["label"])
    likeliest = model.classes_[model.predict_proba(frame).argmax(axis=1)]
    assert np.any(model.predict(frame) != likeliest)
    assert set(likeliest) == {"support"}
