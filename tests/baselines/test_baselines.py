"""Every registered baseline keeps scikit-learn's contract over the common frame."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.metrics import f1_score
from sklearn.utils.validation import NotFittedError

from standoff.baselines import features, tfidf_svm
from standoff.baselines.registry import BASELINES, make_baseline
from standoff.errors import InputError, NotFoundError

SUPPORT = ("asked for troops", "offers ships", "voted for the mission", "welcomes the force")
OPPOSE = ("refused any troops", "vetoed the mission", "warned against the force", "marched against ships")


def made_frame(n_groups: int = 12) -> pd.DataFrame:
    """Return items whose label follows from the words of the text, four to a group."""
    rows = []
    for group in range(n_groups):
        for number in range(4):
            label = "support" if (group + number) % 2 else "oppose"
            words = (SUPPORT if label == "support" else OPPOSE)[number]
            rows.append(
                {
                    "id": f"{group}-{number}",
                    "group": f"g{group}",
                    "text": f"On day {group} the council {words}.",
                    "actor": f"Actor {number}",
                    "target": "A force should go.",
                    "label": label,
                    "actor_spans": [],
                    "target_spans": [],
                    "split": "train",
                }
            )
    return pd.DataFrame(rows)


@pytest.fixture
def frame() -> pd.DataFrame:
    return made_frame()


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_fits_and_predicts_known_labels(name: str, frame: pd.DataFrame) -> None:
    model = make_baseline(name, {}, seed=7)
    assert model.fit(frame, frame["label"]) is model
    predicted = model.predict(frame.drop(columns="label"))
    assert len(predicted) == len(frame)
    assert set(predicted) <= {"support", "oppose"}
    assert list(model.classes_) == ["oppose", "support"]


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_can_be_cloned_and_gives_the_same_again(name: str, frame: pd.DataFrame) -> None:
    model = make_baseline(name, {}, seed=7)
    twin = clone(model)
    assert twin.get_params() == model.get_params()
    first = model.fit(frame, frame["label"]).predict(frame)
    second = twin.fit(frame, frame["label"]).predict(frame)
    assert np.array_equal(first, second)


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_does_not_change_its_input(name: str, frame: pd.DataFrame) -> None:
    before = frame.copy(deep=True)
    make_baseline(name, {}, seed=7).fit(frame, frame["label"]).predict(frame)
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("name", ["actor_blind", "tfidf_svm"])
def test_predicting_before_fitting_is_refused(name: str, frame: pd.DataFrame) -> None:
    with pytest.raises(NotFittedError):
        make_baseline(name, {}, seed=7).predict(frame)


def test_the_same_predictions_under_other_hash_seeds() -> None:
    code = (
        "from test_baselines import made_frame; from standoff.baselines.registry import make_baseline\n"
        "f = made_frame(); m = make_baseline('tfidf_svm', {}, seed=3).fit(f, f['label'])\n"
        "print(m.C_, ''.join(m.predict(f)), m.pipeline_[-1].coef_.tobytes().hex())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.path.dirname(__file__)},  # noqa: PTH120
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(outputs) == 1


def test_the_majority_is_the_most_frequent_training_label(frame: pd.DataFrame) -> None:
    few = pd.concat([frame, frame[frame["label"] == "oppose"]])
    model = make_baseline("majority", {}, seed=0).fit(few, few["label"])
    assert set(model.predict(frame)) == {"oppose"}


def test_stratified_draws_labels_with_their_training_shares(frame: pd.DataFrame) -> None:
    labels = ["support"] * 12 + ["oppose"] * 36
    many = pd.concat([frame] * 50)
    predicted = make_baseline("stratified", {}, seed=5).fit(frame, labels).predict(many)
    # 2,400 draws with share 1/4: the standard deviation of the share is .009.
    assert abs(np.mean(predicted == "support") - 0.25) < 0.04
    again = make_baseline("stratified", {}, seed=6).fit(frame, labels).predict(many)
    assert not np.array_equal(predicted, again)


def test_the_anchor_learns_what_the_words_tell(frame: pd.DataFrame) -> None:
    model = make_baseline("tfidf_svm", {}, seed=0).fit(frame[:40], frame["label"][:40])
    reached = f1_score(frame["label"][40:], model.predict(frame[40:]), average="macro")
    assert reached == 1.0


def test_the_actor_blind_control_does_not_see_the_actor(frame: pd.DataFrame) -> None:
    model = make_baseline("actor_blind", {}, seed=0).fit(frame, frame["label"])
    renamed = frame.assign(actor="somebody else")
    assert np.array_equal(model.pipeline_.decision_function(frame), model.pipeline_.decision_function(renamed))
    seeing = make_baseline("tfidf_svm", {}, seed=0).fit(frame, frame["label"])
    assert not np.array_equal(
        seeing.pipeline_.decision_function(frame), seeing.pipeline_.decision_function(renamed)
    )


def test_a_task_without_actors_or_targets_is_fitted_on_the_text(frame: pd.DataFrame) -> None:
    bare = frame.assign(actor="", target="")
    assert set(make_baseline("tfidf_svm", {}, seed=0).fit(bare, bare["label"]).predict(bare)) <= set(bare["label"])


@pytest.mark.parametrize("n_groups", [1, 2])
def test_with_few_groups_the_middle_candidate_is_taken(n_groups: int) -> None:
    few = made_frame(n_groups)
    model = make_baseline("tfidf_svm", {"candidates": [0.1, 0.5, 2.0]}, seed=0).fit(few, few["label"])
    assert model.C_ == 0.5


def test_c_is_chosen_on_whole_groups(frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    """An article met in training must not be met again in the held-out part of the inner validation."""
    fitted, held_out = [], []

    class Watching:
        def __init__(self, columns: tuple[str, ...]) -> None:
            self.inner = features.tfidf(columns)

        def fit_transform(self, rows, _=None):  # type: ignore[no-untyped-def]
            fitted.append(set(rows["group"]))
            return self.inner.fit_transform(rows)

        def transform(self, rows):  # type: ignore[no-untyped-def]
            held_out.append(set(rows["group"]))
            return self.inner.transform(rows)

    model = make_baseline("tfidf_svm", {}, seed=0)
    monkeypatch.setattr(tfidf_svm, "tfidf", Watching)
    model.fit(frame, frame["label"])
    assert fitted.pop() == set(frame["group"])  # the last fit is on all training items
    assert len(fitted) == len(held_out) == tfidf_svm.FOLDS
    assert all(not a & b for a, b in zip(fitted, held_out, strict=True))
    assert set.union(*held_out) == set(frame["group"])


@pytest.mark.parametrize(
    ("name", "parameters", "error", "says"),
    [
        ("majorty", {}, NotFoundError, "did you mean majority"),
        ("majority", {"c": 1}, InputError, "no parameters"),
        ("tfidf_svm", {"C": 1}, InputError, "candidates"),
        ("tfidf_svm", {"random_state": 1}, InputError, "no parameter random_state"),
    ],
)
def test_wrong_names_are_refused(name: str, parameters: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        make_baseline(name, parameters, seed=0)
