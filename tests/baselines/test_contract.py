"""scikit-learn's contract, over every registered baseline.

scikit-learn's own checks hand an estimator numbers, and run next to nothing on one that says (by its tags) that
it takes none. So the contract is checked three times: by its checks that need no data, on the baselines as they
are; by all its checks, on each baseline behind :class:`OverNumbers`, which spells numbers as words; and by the
tests below on frames, for what only frames have: columns, an index, spans, groups.
"""

from __future__ import annotations

import copy
from typing import Any, Self

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.utils import estimator_checks as checks
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, has_fit_parameter, validate_data

from standoff.baselines.nbsvm import NaiveBayesSvm
from standoff.baselines.registry import BASELINES, make_baseline
from standoff.baselines.skops_file import from_bytes, to_bytes

NUMERIC: list[BaseEstimator] = [NaiveBayesSvm()]
"""Estimators of ``standoff.baselines`` that take numbers, as a part of a baseline; all checks are run on them."""

WITHOUT_DATA = (
    checks.check_estimator_cloneable,
    checks.check_estimator_tags_renamed,
    checks.check_valid_tag_types,
    checks.check_estimator_repr,
    checks.check_no_attributes_set_in_init,
    checks.check_do_not_raise_errors_in_init_or_set_params,
    checks.check_mixin_order,
    checks.check_parameters_default_constructible,
    checks.check_get_params_invariance,
    checks.check_set_params,
)
"""What scikit-learn would run if it knew frames, and needs no data for."""

OUTPUTS = ("predict", "decision_function", "predict_proba")

every_baseline = pytest.mark.parametrize("name", BASELINES)


def made(name: str) -> Any:
    return make_baseline(name, {}, seed=7)


def unlabelled(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.drop(columns=["label", "split"])


def without_spans(frame: pd.DataFrame) -> pd.DataFrame:
    none: pd.Series[Any] = pd.Series([[] for _ in frame["id"]], index=frame.index, dtype=object)
    return frame.assign(actor_spans=none, target_spans=none)


def outputs(model: Any, frame: pd.DataFrame) -> dict[str, Any]:
    """Return everything that a fitted model says about the items."""
    return {name: getattr(model, name)(frame) for name in OUTPUTS if hasattr(model, name)}


def assert_same(left: dict[str, Any], right: dict[str, Any]) -> None:
    assert left.keys() == right.keys()
    for name, values in left.items():
        np.testing.assert_array_equal(values, right[name], err_msg=name)


class OverNumbers(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """A baseline on numbers: a row becomes a text with a word for each threshold that a number passes.

    Args:
        baseline: A name in the registry.
    """

    def __init__(self, baseline: str = "majority") -> None:
        self.baseline = baseline

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803 - scikit-learn's name
        X, y = validate_data(self, X, y)  # noqa: N806
        check_classification_targets(y)
        # Thresholds at ranks, so that words mean the same whatever the numbers' scale.
        self.thresholds_ = np.quantile(X, np.linspace(0.1, 0.9, 9), axis=0)
        self.model_ = make_baseline(self.baseline, {}, seed=7).fit(self._spelt(X), y)
        self.classes_ = self.model_.classes_
        return self

    def predict(self, X: Any) -> Any:  # noqa: N803
        check_is_fitted(self)
        return self.model_.predict(self._spelt(validate_data(self, X, reset=False)))

    def _spelt(self, rows: Any) -> pd.DataFrame:
        passed = rows[:, None, :] > self.thresholds_[None]
        texts = [
            " ".join(
                f"{'over' if over else 'under'}{rank}of{column}" for (rank, column), over in np.ndenumerate(row)
            )
            for row in passed
        ]
        empty: list[list[tuple[int, int]]] = [[] for _ in texts]
        return pd.DataFrame(
            {
                **dict.fromkeys(("text", "actor", "target"), texts),
                "id": texts,  # so that what is drawn for a row depends on the row alone
                "group": [str(number) for number in range(len(texts))],
                "actor_spans": empty,
                "target_spans": empty,
            }
        )


def over_numbers_fails(estimator: OverNumbers) -> dict[str, str]:
    """Return the checks that a baseline on numbers is not meant to pass."""
    learns_nothing = BASELINES[estimator.baseline].sees == ()
    return {"check_classifiers_train": "a control learns nothing"} if learns_nothing else {}


@pytest.mark.parametrize("check", WITHOUT_DATA, ids=lambda check: check.__name__)
@every_baseline
def test_scikit_learns_checks_without_data(name: str, check: Any) -> None:
    model = made(name)
    check(type(model).__name__, model)


@pytest.mark.filterwarnings("ignore:Can't test estimator:sklearn.exceptions.SkipTestWarning")
@every_baseline
def test_scikit_learns_suite_passes_by_the_tags(name: str) -> None:
    """One that takes numbers as well passes it all; the others say that they take texts, and it knows to stop."""
    model = made(name)
    assert is_classifier(model)
    checks.check_estimator(model, on_skip=None)
    tags = model.__sklearn_tags__()
    assert tags.no_validation or (tags.input_tags.string and not tags.input_tags.two_d_array)


@checks.parametrize_with_checks(  # type: ignore[untyped-decorator]  # scikit-learn ships no types
    [OverNumbers(name) for name in BASELINES], expected_failed_checks=over_numbers_fails
)
def test_all_of_scikit_learns_checks_over_numbers_spelt_as_words(estimator: Any, check: Any) -> None:
    check(estimator)


@checks.parametrize_with_checks(NUMERIC)  # type: ignore[untyped-decorator]  # scikit-learn ships no types
def test_all_of_scikit_learns_checks_on_numeric_parts(estimator: Any, check: Any) -> None:
    check(estimator)


@every_baseline
def test_a_constructor_keeps_what_it_is_given(name: str) -> None:
    model = made(name)
    given = {key: object() for key in model.get_params()}
    built = type(model)(**given)
    assert built.get_params(deep=False) == given
    twin = clone(model)
    assert twin is not model
    assert twin.get_params() == model.get_params()
    assert twin.set_params(**model.get_params()) is twin


@every_baseline
def test_fitting_returns_the_model_and_changes_neither_frame_nor_parameters(
    name: str, items: pd.DataFrame
) -> None:
    model, before = made(name), items.copy(deep=True)
    parameters = copy.deepcopy(model.get_params())
    assert model.fit(items, items["label"]) is model
    outputs(model, items)
    pd.testing.assert_frame_equal(items, before)
    assert model.get_params() == parameters


@every_baseline
def test_what_fitting_adds_ends_with_an_underscore_and_predicting_adds_nothing(
    name: str, items: pd.DataFrame
) -> None:
    model = made(name)
    before = set(vars(model))
    model.fit(items, items["label"])
    fitted = copy.deepcopy(vars(model))
    assert all(attribute.endswith("_") or attribute.startswith("_") for attribute in set(fitted) - before)
    outputs(model, unlabelled(items))
    assert vars(model).keys() == fitted.keys()


@every_baseline
def test_fitting_again_forgets_what_was_fitted(
    name: str, items: pd.DataFrame, two_label_items: pd.DataFrame
) -> None:
    fresh = outputs(made(name).fit(items, items["label"]), items)
    again = made(name).fit(two_label_items, two_label_items["label"]).fit(items, items["label"])
    assert_same(outputs(again, items), fresh)
    assert_same(outputs(again.fit(items, items["label"]), items), fresh)


@every_baseline
def test_an_unfitted_model_says_so(name: str, items: pd.DataFrame) -> None:
    model = made(name)
    for output in (*OUTPUTS, "feature_weights"):
        if hasattr(model, output):
            with pytest.raises(NotFittedError):
                getattr(model, output)(*(() if output == "feature_weights" else (items,)))


@every_baseline
def test_one_label_alone_is_predicted_or_refused(name: str, items: pd.DataFrame) -> None:
    one = items[items["label"] == "oppose"]
    model = made(name)
    try:
        model.fit(one, one["label"])
    except ValueError as error:
        says = str(error)
    else:
        says = "one class" if set(model.predict(unlabelled(items))) == {"oppose"} else ""
    assert "class" in says


@every_baseline
def test_an_item_is_predicted_alike_in_any_company(name: str, items: pd.DataFrame) -> None:
    """In any order, in any subset, one at a time: to the last bit."""
    model = made(name).fit(items, items["label"])
    asked = unlabelled(items)
    whole = outputs(model, asked)
    order = np.random.default_rng(3).permutation(len(asked))
    assert_same(outputs(model, asked.iloc[order]), {key: values[order] for key, values in whole.items()})
    part = np.arange(5, 18)
    assert_same(outputs(model, asked.iloc[part]), {key: values[part] for key, values in whole.items()})
    single = [outputs(model, asked.iloc[[row]]) for row in range(len(asked))]
    assert_same({key: np.concatenate([one[key] for one in single]) for key in whole}, whole)


@every_baseline
def test_neither_index_nor_order_of_columns_nor_other_columns_matter(name: str, items: pd.DataFrame) -> None:
    expected = outputs(made(name).fit(items, items["label"]), unlabelled(items))
    other = items[items.columns[::-1]].assign(year=2024, note="support")
    other.index = pd.Index(np.random.default_rng(1).permutation(len(items)) + 100)
    model = made(name).fit(other, other["label"])
    assert_same(outputs(model, other.drop(columns="label")), expected)
    repeated = unlabelled(items).set_index(pd.Index(["same"] * len(items)))
    assert_same(outputs(model, repeated), expected)


@every_baseline
def test_a_column_that_the_registry_does_not_name_is_not_looked_at(name: str, items: pd.DataFrame) -> None:
    expected = outputs(made(name).fit(items, items["label"]), items)
    for column in {"text", "actor", "target"} - set(BASELINES[name].sees):
        changed = items.assign(**{column: [f"other {number}" for number in range(len(items))]})
        changed = without_spans(changed)
        if not {"actor_spans", "target_spans"} & set(BASELINES[name].sees):
            assert_same(outputs(made(name).fit(changed, changed["label"]), changed), expected)


@pytest.mark.parametrize("n_labels", [2, 3])
@every_baseline
def test_decisions_have_scikit_learns_shape_and_decide(
    name: str, n_labels: int, items: pd.DataFrame, two_label_items: pd.DataFrame
) -> None:
    frame = items if n_labels == 3 else two_label_items
    model = made(name).fit(frame, frame["label"])
    found = outputs(model, unlabelled(frame))
    assert list(model.classes_) == sorted(set(frame["label"]))
    if "decision_function" in found:
        scores = found["decision_function"]
        assert scores.shape == ((len(frame),) if n_labels == 2 else (len(frame), n_labels))
        chosen = (scores > 0).astype(int) if n_labels == 2 else scores.argmax(axis=1)
        np.testing.assert_array_equal(model.classes_[chosen], found["predict"])
    if "predict_proba" in found:
        shares = found["predict_proba"]
        assert shares.shape == (len(frame), n_labels)
        assert (shares >= 0).all()
        np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=0, atol=1e-12)
        np.testing.assert_array_equal(model.classes_[shares.argmax(axis=1)], found["predict"])


@pytest.mark.parametrize(
    "spelt",
    [
        pytest.param(list, id="list"),
        pytest.param(lambda labels: np.array(labels, dtype=object), id="objects"),
        pytest.param(lambda labels: np.array(labels, dtype=str), id="strings"),
        pytest.param(lambda labels: pd.Series(labels, index=range(7, 7 + len(labels))), id="series"),
        pytest.param(lambda labels: np.unique(labels, return_inverse=True)[1], id="numbers"),
    ],
)
@every_baseline
def test_labels_come_back_as_they_were_given(name: str, spelt: Any, items: pd.DataFrame) -> None:
    labels = spelt(list(items["label"]))
    model = made(name).fit(items, labels)
    predicted = model.predict(unlabelled(items))
    assert predicted.shape == (len(items),)
    given = {type(label) for label in np.asarray(labels).tolist()}
    assert (
        {type(label) for label in predicted.tolist()}
        == given
        == {type(label) for label in model.classes_.tolist()}
    )
    np.testing.assert_array_equal(model.classes_, np.unique(np.asarray(labels)))


@every_baseline
def test_weights_of_items_are_not_claimed_or_count(name: str, items: pd.DataFrame) -> None:
    model = made(name)
    if has_fit_parameter(model, "sample_weight"):
        weights = np.where(items["label"] == "oppose", 3, 1)
        repeated = items.loc[items.index.repeat(weights)]
        weighted = model.fit(items, items["label"], sample_weight=weights)
        assert_same(outputs(weighted, items), outputs(made(name).fit(repeated, repeated["label"]), items))


@every_baseline
def test_a_saved_model_says_the_same_to_the_last_bit(
    name: str, items: pd.DataFrame, two_label_items: pd.DataFrame
) -> None:
    for frame in (items, two_label_items):
        model = made(name).fit(frame, frame["label"])
        data = to_bytes(model)
        loaded = from_bytes(data, "here")
        assert_same(outputs(loaded, unlabelled(frame)), outputs(model, unlabelled(frame)))
        assert to_bytes(loaded) == data
        if hasattr(model, "feature_weights"):
            pd.testing.assert_frame_equal(loaded.feature_weights(), model.feature_weights())


@every_baseline
def test_the_global_random_numbers_are_left_alone(name: str, items: pd.DataFrame) -> None:
    np.random.seed(5)  # noqa: NPY002 - the state that must not be used
    before = np.random.get_state()[1].copy()  # type: ignore[index]  # noqa: NPY002
    outputs(made(name).fit(items, items["label"]), items)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # type: ignore[index]  # noqa: NPY002


@every_baseline
def test_unknown_and_missing_words_are_no_obstacle(name: str, items: pd.DataFrame) -> None:
    model = made(name).fit(items, items["label"])
    strange = without_spans(unlabelled(items)[:3].assign(text=["λόγος", "…", "x"], actor="", target=""))
    found = outputs(model, strange)
    assert set(found["predict"]) <= set(items["label"])
    assert all(np.isfinite(values).all() for key, values in found.items() if key != "predict")


@every_baseline
def test_scikit_learns_cross_validation_takes_it(name: str, items: pd.DataFrame) -> None:
    predicted = cross_val_predict(
        made(name), items, items["label"].to_numpy(), groups=items["group"], cv=GroupKFold(3)
    )
    assert set(predicted) <= set(items["label"])
