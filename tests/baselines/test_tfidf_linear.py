"""The anchors: C is chosen on whole groups, and what cannot be learnt from is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import GroupKFold
from sklearn.svm import LinearSVC
from threadpoolctl import threadpool_info, threadpool_limits

from standoff.baselines import tfidf_linear
from standoff.baselines.features import FrameTfidf
from standoff.baselines.registry import BASELINES, make_baseline
from standoff.baselines.tfidf_logreg import TfidfLogreg
from standoff.baselines.tfidf_svm import TfidfSvm

ANCHORS = [name for name, one in BASELINES.items() if one.role == "anchor"]
CONTROLS = ("text_blind", "actor_blind", "target_blind")


def leaking_items(n_groups: int = 9) -> pd.DataFrame:
    """Return items, four to a group, each with the name of its group in the text, and one label for each group.

    Who has seen a group knows its labels by the name; who has not cannot know them.
    """
    rows = [
        {"text": f"group{group} item{number}{group}", "group": f"g{group}", "label": f"label{group % 2}"}
        for group in range(n_groups)
        for number in range(4)
    ]
    return pd.DataFrame(rows).assign(actor="", target="", id=range(len(rows)))


@pytest.fixture
def folds(monkeypatch: pytest.MonkeyPatch) -> list[tuple[set[str], set[str]]]:
    """The groups that features were learnt from and made for, a pair for each fold."""
    seen: list[tuple[set[str], set[str]]] = []

    class Noting(FrameTfidf):
        def fit_transform(self, X: pd.DataFrame, y: object = None) -> Any:  # noqa: N803
            self.learnt_from_ = set(X["group"])
            return super().fit_transform(X, y)

        def transform(self, X: pd.DataFrame) -> Any:  # noqa: N803
            seen.append((self.learnt_from_, set(X["group"])))
            return super().transform(X)

    monkeypatch.setattr(tfidf_linear, "FrameTfidf", Noting)
    return seen


def test_a_group_is_never_cut(folds: list[tuple[set[str], set[str]]]) -> None:
    items = leaking_items()
    TfidfSvm().fit(items, items["label"])
    assert len(folds) == 3
    assert all(not learnt & held_out and len(learnt) == 6 for learnt, held_out in folds)
    assert set.union(*(held_out for _, held_out in folds)) == set(items["group"])


def test_a_leak_within_groups_does_not_choose_c(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut at random, the names of groups would give labels away, and a strong machine would be chosen."""
    items = leaking_items()
    reached: list[float] = []

    def noting(*args: Any, **kwargs: Any) -> float:
        reached.append(float(f1_score(*args, **kwargs)))
        return reached[-1]

    monkeypatch.setattr(tfidf_linear, "f1_score", noting)
    whole = TfidfSvm().fit(items, items["label"])
    assert max(reached) < 0.6  # one label for all of them, or worse
    cut = items.assign(group=[str(number) for number in range(len(items))])
    reached.clear()
    TfidfSvm().fit(cut, cut["label"])
    assert min(reached[-3:]) > 0.9
    assert list(whole.predict(items)) == list(items["label"])


@pytest.mark.parametrize("name", ANCHORS)
def test_c_has_the_best_mean_macro_f1_of_the_folds(name: str, items: pd.DataFrame) -> None:
    noisy = items.assign(label=np.random.default_rng(5).permutation(items["label"]))
    model = make_baseline(name).fit(noisy, noisy["label"])
    groups = noisy["group"]
    best: list[tuple[float, float]] = []
    for c in model.candidates:
        scores = []
        for train, test in GroupKFold(3).split(noisy, groups=groups):
            one = type(model)(candidates=[c]).fit(noisy.iloc[train], noisy["label"].iloc[train])
            predicted = one.predict(noisy.iloc[test])
            scores.append(f1_score(noisy["label"].iloc[test], predicted, average="macro", labels=one.classes_))
        best.append((float(np.mean(scores)), -c))
    assert len({score for score, _ in best}) > 1
    _, least = max(best)
    assert -least == model.C_


def test_of_equally_good_candidates_the_smallest_is_taken(items: pd.DataFrame) -> None:
    assert TfidfSvm(candidates=[0.5, 1.0, 2.0]).fit(items, items["label"]).C_ == 0.5


@pytest.mark.parametrize("name", ANCHORS)
@pytest.mark.parametrize("n_groups", [1, 2])
def test_with_few_groups_the_middle_candidate_is_taken(name: str, n_groups: int, items: pd.DataFrame) -> None:
    few = items[items["group"].isin([f"g{number}" for number in range(n_groups)])]
    model = make_baseline(name, {"candidates": [0.1, 0.5, 2.0]}).fit(few, few["label"])
    assert model.C_ == 0.5


def test_one_candidate_is_taken_without_a_choice(folds: list[object], items: pd.DataFrame) -> None:
    assert TfidfSvm(candidates=[0.7]).fit(items, items["label"]).C_ == 0.7
    assert not folds


@pytest.mark.parametrize("candidates", [[], 0.1])
def test_candidates_that_are_no_list_of_numbers_are_refused(items: pd.DataFrame, candidates: Any) -> None:
    for frame in (items, items[:4]):
        with pytest.raises(ValueError, match=r"candidates is .*: write a list"):
            TfidfSvm(candidates=candidates).fit(frame, frame["label"])


def test_a_fold_with_one_label_is_left_out_of_the_choice(items: pd.DataFrame) -> None:
    """All of one label in one group: without this group there is nothing to tell apart."""
    two = items.assign(label=["oppose" if group == "g0" else "support" for group in items["group"]])
    two = two[two["group"].isin(["g0", "g1", "g2"])]
    model = TfidfSvm().fit(two, two["label"])
    assert model.C_ in model.candidates
    assert list(model.classes_) == ["oppose", "support"]


@pytest.mark.parametrize("name", [*ANCHORS, *CONTROLS])
def test_one_label_is_refused(name: str, items: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="have one class only: oppose"):
        make_baseline(name).fit(items, ["oppose"] * len(items))


@pytest.mark.parametrize("name", [*ANCHORS, "actor_blind", "target_blind"])
def test_empty_columns_are_no_obstacle_and_no_features(name: str, items: pd.DataFrame) -> None:
    bare = items.assign(actor="", target=" ")
    model = make_baseline(name).fit(bare, bare["label"])
    assert {feature.split()[0] for feature in model.features_.get_feature_names_out()} == {"text"}
    # A name that only the items to predict have is no feature either.
    np.testing.assert_array_equal(model.decision_function(items), model.decision_function(bare))


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("text_blind", {"actor": "", "target": ""}),
        ("tfidf_svm", {"text": " ", "actor": "", "target": "\t"}),
        ("nbsvm", {"text": "! ? a", "actor": "", "target": ""}),
    ],
)
def test_where_there_is_nothing_to_look_at_it_says_so(
    name: str, texts: dict[str, str], items: pd.DataFrame
) -> None:
    with pytest.raises(ValueError, match="nothing to look at"):
        make_baseline(name).fit(items.assign(**texts), items["label"])


def test_names_in_one_group_alone_do_not_stop_the_choice(items: pd.DataFrame) -> None:
    """In the fold that holds this group out, there is nothing to learn from."""
    few = items.assign(actor=["Ada" if group == "g0" else "" for group in items["group"]], target="")
    model = make_baseline("text_blind").fit(few, few["label"])
    assert model.C_ in model.candidates


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("text_blind", {"actor", "target"}),
        ("actor_blind", {"text", "target"}),
        ("target_blind", {"text", "actor"}),
        ("tfidf_svm", {"text", "actor", "target"}),
        ("tfidf_logreg", {"text", "actor", "target"}),
        ("nbsvm", {"text", "actor", "target"}),
    ],
)
def test_each_looks_at_its_columns(name: str, columns: set[str], items: pd.DataFrame) -> None:
    model = make_baseline(name).fit(items, items["label"])
    assert {view.split()[0] for view in model.features_.views} == columns
    assert columns == set(BASELINES[name].sees)
    for column in ("text", "actor", "target"):
        changed = model.decision_function(items.assign(**{column: "something else"}))
        assert np.array_equal(changed, model.decision_function(items)) is (column not in columns)


def test_the_anchors_are_what_everyone_knows(items: pd.DataFrame) -> None:
    items = items[(items["label"] != "oppose") | (items["group"] < "g2")]  # so that balancing counts
    svm, logreg = (made(candidates=[1.0]).fit(items, items["label"]) for made in (TfidfSvm, TfidfLogreg))
    views = [f"{column} {how}" for column in ("text", "actor", "target") for how in ("words", "characters")]
    rows = FrameTfidf(views).fit_transform(items)
    theirs = LinearSVC(C=1.0, class_weight="balanced", max_iter=20_000, random_state=0).fit(rows, items["label"])
    np.testing.assert_array_equal(svm.decision_function(items), theirs.decision_function(rows))
    other = LogisticRegression(C=1.0, class_weight="balanced", max_iter=1_000).fit(rows, items["label"])
    np.testing.assert_array_equal(logreg.predict_proba(items), other.predict_proba(rows))


@pytest.mark.parametrize("name", ANCHORS)
@pytest.mark.parametrize("n_labels", [2, 3])
def test_weights_of_features_add_up_to_the_decision(
    name: str, n_labels: int, items: pd.DataFrame, two_label_items: pd.DataFrame
) -> None:
    frame = items if n_labels == 3 else two_label_items
    model = make_baseline(name).fit(frame, frame["label"])
    weights = model.feature_weights()
    assert list(weights.columns) == ["label", "feature", "weight"]
    assert len(weights) == n_labels * model.features_.n_features_
    table = weights.pivot_table(index="feature", columns="label", values="weight")
    rows = model.features_.transform(frame)
    if name == "nbsvm":
        rows = (rows > 0).astype(float)
    sums = rows @ table.loc[list(model.features_.get_feature_names_out())].to_numpy()
    sums = sums[:, 1] if n_labels == 2 else sums
    np.testing.assert_allclose(sums + model.classifier_.intercept_, model.decision_function(frame), atol=1e-12)
    if n_labels == 2:
        np.testing.assert_array_equal(table["oppose"], -table["support"])


@pytest.mark.parametrize("name", ANCHORS)
def test_fits_use_one_thread_and_leave_the_number_as_it_was(
    name: str, items: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    during: list[int] = []
    made = type(make_baseline(name))
    inner = made._classifier  # noqa: SLF001 - the moment between features and fit

    def noting(self: Any, c: float) -> Any:
        during.extend(pool["num_threads"] for pool in threadpool_info())
        return inner(self, c)

    monkeypatch.setattr(made, "_classifier", noting)
    with threadpool_limits(2):
        before = threadpool_info()
        make_baseline(name).fit(items, items["label"])
        assert threadpool_info() == before
    assert set(during) == {1}


@pytest.mark.parametrize("name", ["classes_", "coef_", "intercept_", "type", "width", "features"])
def test_a_state_that_no_fit_leaves_is_refused(name: str, items: pd.DataFrame) -> None:
    state: dict[str, Any] = dict(vars(TfidfSvm().fit(items, items["label"])))
    machine = state["classifier_"]
    if name == "classes_":
        state["classes_"] = np.array(["a", "b", "c"])
    elif name == "coef_":
        machine.coef_ = machine.coef_[:2]
    elif name == "intercept_":
        machine.intercept_ = 0.0
    elif name == "type":
        machine.coef_ = machine.coef_.astype(str)
    elif name == "width":
        machine.coef_ = machine.coef_[:, 1:].copy()
    else:
        machine.n_features_in_ -= 1
    with pytest.raises(ValueError, match=r"_ is .*, not float64 of shape|other labels or features"):
        TfidfSvm().__setstate__(state)
