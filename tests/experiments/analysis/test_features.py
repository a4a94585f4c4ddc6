from __future__ import annotations

import pytest

from standoff.errors import InputError, RefusedError
from standoff.experiments.analysis.features import Weighted, top_features
from standoff.experiments.analysis.fitting import training_items
from standoff.experiments.analysis.tables import tables
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


def test_a_note_of_the_model_is_one_of_the_analysis(counts: str) -> None:
    model = fit(counts, training_items(load_task("toy")), seed=1)
    assert top_features(model, counts).notes == ()
    weights = model.feature_weights()
    weights.attrs["note"] = "In units of its own."
    model.feature_weights = lambda: weights
    assert top_features(model, counts).content()["notes"] == ("In units of its own.",)


def test_priors_and_paths_are_weighed_by_the_standard_deviation_and_all_others_by_the_unit() -> None:
    model = fit("standoff_linear", training_items(load_task("toy")), seed=1)
    weights = model.feature_weights()
    positive = weights[weights["label"] == "pos"].set_index("feature")["weight"]
    columns = list(model.first_.get_feature_names_out())
    name = "prior of target: pos"
    assert positive[name] == model.second_.coef_[0, columns.index(name)] != 0
    # A word of a view that one machine alone looks at, by hand: through the machine and its column.
    cue = "between cues: AT:welco"
    at = columns.index("all: pos")
    own = model.first_.machines_["all"].coef_[0, model.first_._names("all").index(cue)]  # noqa: SLF001 - by hand
    expected = model.second_.coef_[0, at] / model.scale_[at] * own
    assert positive[cue] == pytest.approx(expected)
    (note,) = top_features(model, "standoff_linear").notes
    assert "priors and paths are for one standard deviation" in note
    document = {"analysis": "features", **top_features(model, "standoff_linear").content()}
    assert [table.notes for table in tables(document)] == [(note,)] * 2
    del document["notes"]  # as of a document that was stored before there were any
    assert [table.notes for table in tables(document)] == [()] * 2


def test_a_model_without_priors_and_paths_needs_no_note() -> None:
    items = training_items(load_task("toy"))
    model = fit("standoff_linear", items, parameters={"parts": ["text", "cues"]}, seed=1)
    assert top_features(model, "standoff_linear").notes == ()


def test_a_model_without_weights_is_refused(counts: str) -> None:
    with pytest.raises(RefusedError, match="no weights of features"):
        top_features(fit("majority", training_items(load_task("toy")), seed=1), "majority")
    with pytest.raises(InputError, match="at least one"):
        top_features(fit(counts, training_items(load_task("toy")), seed=1), counts, top=0)
