from __future__ import annotations

import pytest

from standoff.errors import InputError, RefusedError
from standoff.experiments.analysis.features import Weighted, top_features
from standoff.experiments.analysis.fitting import training_items
from standoff.experiments.fitting import fit
from standoff.tasks.registry import load_task

pytestmark = pytest.mark.usefixtures("toy")


def test_the_words_that_tell_the_labels_apart_come_first(counts: str) -> None:
    model = fit(counts, training_items(load_task("toy")), seed=1)
    found = top_features(model, counts, top=3)
    neg, pos = found.labels
    assert (neg.label, pos.label) == ("neg", "pos")
    # Ten training items have each of the two words; every other word is level, and weighs nothing.
    assert neg.speak_for == (Weighted("refuses", 10.0),)
    assert neg.speak_against == (Weighted("welcomes", -10.0),)
    assert pos.speak_for == (Weighted("welcomes", 10.0),)
    assert found.n_features > 2
    assert found.content()["labels"][0]["speak_for"] == ({"feature": "refuses", "weight": 10.0},)


def test_equal_weights_are_in_the_order_of_their_names(counts: str) -> None:
    model = fit(counts, training_items(load_task("toy")), seed=1)
    model.counts_["pos"].update({"zebra": 10, "apple": 10, "strong": 11})
    backwards = model.feature_weights()[::-1]
    model.feature_weights = lambda: backwards
    pos = top_features(model, counts, top=3).labels[1]
    assert [one.feature for one in pos.speak_for] == ["strong", "apple", "welcomes"]


def test_a_model_without_weights_is_refused(counts: str) -> None:
    with pytest.raises(RefusedError, match="no weights of features"):
        top_features(fit("majority", training_items(load_task("toy")), seed=1), "majority")
    with pytest.raises(InputError, match="at least one"):
        top_features(fit(counts, training_items(load_task("toy")), seed=1), counts, top=0)
