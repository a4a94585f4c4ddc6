"""The features are scikit-learn's to the last bit, in whatever company, and nothing stays behind."""

from __future__ import annotations

import copy
import gc
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer

from standoff.baselines import features
from standoff.baselines.features import CUES, SPLITTERS, VIEWS, Analyses, FrameTfidf, shared_analyses
from standoff.tasks.registry import load_task

SETTINGS: dict[str, dict[str, Any]] = {
    "words": {"ngram_range": (1, 2)},
    "characters": {"analyzer": "char_wb", "ngram_range": (3, 5)},
}
ODD = (
    "",
    " \t ",
    "a",
    "A b C",
    "ab",
    "abc abc",
    "one\r\ntwo\r\n\r\nthree",
    "İstanbul'da IŞIK",
    "Straße STRASSE ẞ",
    "zero\u200bwidth zero\u200dwidth",
    "a\u0301 \u00e1 \u0301",
    "line\u2028separator no\u00a0break\u3000wide",
    "\x1c\x1dfile\x1eseparators\x85",
    "ﬁn ﬀ ½ ²",
    "Москва против 北京 رفض",
    "👩\u200d👩\u200d👧 x_y __ 1 22",
    "half a pair: \ud83d",
)


def frame_of(texts: Any, **columns: Any) -> pd.DataFrame:
    texts = list(texts)
    empty: list[list[tuple[int, int]]] = [[] for _ in texts]
    made = {"text": texts, "actor": [""] * len(texts), "target": [""] * len(texts)}
    return pd.DataFrame({**made, "actor_spans": empty, "target_spans": empty, **columns}, dtype=object)


def assert_bits(left: Any, right: Any) -> None:
    assert left.shape == right.shape
    assert left.dtype == right.dtype == np.float64
    np.testing.assert_array_equal(left.indptr, right.indptr)
    np.testing.assert_array_equal(left.indices, right.indices)
    assert left.data.tobytes() == right.data.tobytes()


def assert_as_scikit_learn(known: list[str], asked: list[str], how: str) -> None:
    theirs = TfidfVectorizer(sublinear_tf=True, **SETTINGS[how]).fit(known)
    ours = FrameTfidf([f"text {how}"])
    fitted = ours.fit_transform(frame_of(known))
    names = [f"text {how}: {term}" for term in theirs.get_feature_names_out()]
    assert list(ours.get_feature_names_out()) == names
    assert ours.n_features_ == len(names)
    assert_bits(fitted, theirs.transform(known))
    assert_bits(ours.transform(frame_of(known)), fitted)
    assert_bits(ours.transform(frame_of(asked)), theirs.transform(asked))


@pytest.mark.parametrize("how", SETTINGS)
@pytest.mark.parametrize("name", ["gwsd", "rusentrel", "polstance", "heating"])
def test_features_of_public_sets_are_those_of_scikit_learn(name: str, how: str, shared_data: Path) -> None:
    texts = list(load_task(name, data_dir=shared_data).frame["text"])
    assert_as_scikit_learn(texts[:200], texts[200:260], how)


@pytest.mark.parametrize("how", SETTINGS)
def test_features_of_the_corpus_are_those_of_scikit_learn(how: str) -> None:
    frame = load_task("intervention").frame
    texts = list(frame["text"])
    assert_as_scikit_learn(texts[:300], texts[300:], how)
    assert_as_scikit_learn(list(frame["actor"]), list(frame["target"]), how)


@pytest.mark.parametrize("how", SETTINGS)
def test_features_of_odd_texts_are_those_of_scikit_learn(how: str) -> None:
    assert_as_scikit_learn([*ODD, "common words"], [*reversed(ODD), "unknown words"], how)
    for text in ODD:
        assert_as_scikit_learn([text, "common words"], [*ODD, "none of these"], how)


@given(
    st.lists(st.text(max_size=40), min_size=1, max_size=6), st.lists(st.text(max_size=40), min_size=1, max_size=4)
)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_features_of_any_texts_are_those_of_scikit_learn(known: list[str], asked: list[str]) -> None:
    for how in SETTINGS:
        assert_as_scikit_learn([*known, "one word"], asked, how)


def test_scikit_learns_own_two_ways_to_the_features_agree_less_than_ours() -> None:
    """Its fit_transform adds up a row's squares in another order, so that it may differ in the last bit."""
    texts = list(load_task("intervention").frame["text"])
    theirs = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2)).fit_transform(texts)
    theirs.sort_indices()
    ours = FrameTfidf(["text words"]).fit_transform(frame_of(texts))
    np.testing.assert_array_equal(ours.indices, theirs.indices)
    np.testing.assert_allclose(ours.data, theirs.data, rtol=1e-14, atol=0)


def test_each_view_has_features_of_its_own(items: pd.DataFrame) -> None:
    views = ("text words", "actor words", "actor characters", "target words")
    model = FrameTfidf(views)
    found = model.fit_transform(items)
    start = 0
    for view in views:
        column, how = view.split()
        theirs = TfidfVectorizer(sublinear_tf=True, **SETTINGS[how]).fit(items[column])
        width = len(theirs.vocabulary_)
        block = found[:, start : start + width]
        block.sort_indices()
        assert_bits(block, theirs.transform(items[column]))
        start += width
    assert start == found.shape[1] == model.n_features_ == len(set(model.get_feature_names_out()))


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_the_same_inside_a_shared_context_and_outside(view: str, items: pd.DataFrame) -> None:
    train, test = items[:30], items[24:].assign(text=items["text"][24:] + " New words entirely.")
    alone = FrameTfidf([view])
    expected = alone.fit_transform(train), alone.transform(test)
    with shared_analyses():
        FrameTfidf(list(VIEWS)).fit(items[::-1])  # numbers the terms in another order
        inside = FrameTfidf([view])
        assert_bits(inside.fit_transform(train), expected[0])
        assert_bits(inside.transform(test), expected[1])
        assert_bits(alone.transform(test), expected[1])
    assert_bits(inside.transform(test), expected[1])
    np.testing.assert_array_equal(inside.vocabularies_[0], alone.vocabularies_[0])


def test_views_of_cues_see_spans_and_names(items: pd.DataFrame) -> None:
    names = {view: set(FrameTfidf([view]).fit(items).get_feature_names_out()) for view in CUES}
    assert "between cues: AT:vetoe" in names["between cues"]
    assert "actor cues: r:vetoe" in names["actor cues"]
    assert "target cues: l:the" in names["target cues"]
    assert "near characters: ACTOR R: veto" in names["near characters"]


def test_unknown_terms_count_for_nothing() -> None:
    model = FrameTfidf(["text words"]).fit(frame_of(["peace talks", "peace force"]))
    known, mixed, unknown = model.transform(frame_of(["peace", "peace moreover", "moreover nothing"])).toarray()
    np.testing.assert_array_equal(known, mixed)
    assert known.sum() == 1
    assert not unknown.any()


def test_a_frame_without_terms_has_features_of_no_width() -> None:
    nothing = frame_of(["", "! ?", "a b"])
    model = FrameTfidf(["text words", "actor characters"])
    assert model.fit_transform(nothing).shape == (3, 0)
    assert model.weights_ == [None, None]
    assert model.transform(frame_of(["some words", "here"])).shape == (2, 0)
    assert model.get_feature_names_out().shape == (0,)
    assert FrameTfidf([]).fit_transform(nothing).shape == (3, 0)
    one = FrameTfidf(["actor words", "text words"]).fit(frame_of(["some words"]))
    assert one.transform(frame_of(["some words", "x"])).toarray().any(axis=1).tolist() == [True, False]


def test_no_items_are_refused_as_scikit_learn_does() -> None:
    model = FrameTfidf(["text words"])
    with pytest.raises(ValueError, match=r"0 sample\(s\)"):
        model.fit(frame_of(["some words"])).transform(frame_of([]))


def test_an_unfitted_transformer_says_so() -> None:
    with pytest.raises(NotFittedError):
        FrameTfidf(["text words"]).transform(frame_of(["x"]))
    with pytest.raises(NotFittedError):
        FrameTfidf(["text words"]).get_feature_names_out()


def test_a_copy_of_its_state_is_the_same_transformer() -> None:
    model = FrameTfidf(["text words", "text characters", "actor words"]).fit(frame_of(ODD))
    state = model.__getstate__()
    assert "_indexes" not in state
    assert all(vocabulary.dtype == np.uint8 for vocabulary in state["vocabularies_"])
    again = FrameTfidf.__new__(FrameTfidf)
    again.__setstate__(copy.deepcopy(state))
    np.testing.assert_array_equal(again.get_feature_names_out(), model.get_feature_names_out())
    assert_bits(again.transform(frame_of(ODD)), model.transform(frame_of(ODD)))
    unfitted = copy.deepcopy(FrameTfidf(["text words"]))
    assert_bits(unfitted.fit_transform(frame_of(ODD)), FrameTfidf(["text words"]).fit_transform(frame_of(ODD)))


def packed_array(text: str) -> Any:
    return np.frombuffer(text.encode(), dtype=np.uint8)


BROKEN: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "no UTF-8": (lambda state: state.update(vocabularies_=[np.array([97, 0xFF], dtype=np.uint8)]), "utf-8"),
    "a term too few": (lambda state: state.update(vocabularies_=[packed_array("ab\ncd")]), r"2 terms, and idf"),
    "a term too many": (
        lambda state: state.update(vocabularies_=[packed_array("a\nb\nc\nd")]),
        r"4 terms, and idf",
    ),
    "a term twice": (lambda state: state.update(vocabularies_=[packed_array("ab\nab\ncd")]), "there twice"),
    "an empty term": (lambda state: state.update(vocabularies_=[packed_array("ab\n\ncd")]), "empty"),
    "words": (lambda state: state.update(vocabularies_=["ab\ncd\nef"]), "not a row of bytes"),
    "numbers": (lambda state: state.update(vocabularies_=[np.zeros(3)]), "not a row of bytes"),
    "a table": (
        lambda state: state.update(vocabularies_=[np.zeros((3, 1), dtype=np.uint8)]),
        "not a row of bytes",
    ),
    "no vocabulary": (lambda state: state.update(vocabularies_=[]), "not those of known views"),
    "no weights": (lambda state: state.update(weights_=[]), "not those of known views"),
    "another view": (lambda state: state.update(views=["text thoughts"]), "not those of known views"),
    "weights of nothing": (lambda state: state.update(weights_=[None]), r"idf weights float64 of shape \(0,\)"),
    "short weights": (lambda state: setattr(state["weights_"][0], "idf_", np.ones(2)), r"of shape \(2,\)"),
    "deep weights": (lambda state: setattr(state["weights_"][0], "idf_", np.ones((3, 3))), r"of shape \(3, 3\)"),
    "worded weights": (
        lambda state: setattr(state["weights_"][0], "idf_", np.array(["1"] * 3)),
        "idf weights <U1",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_state_that_no_fit_leaves_is_refused(name: str) -> None:
    change, says = BROKEN[name]
    state = copy.deepcopy(FrameTfidf(["text words"]).fit(frame_of(["ab cd"])).__getstate__())
    change(state)
    with pytest.raises(ValueError, match=says):
        FrameTfidf.__new__(FrameTfidf).__setstate__(state)


@pytest.fixture
def splits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that were split into words, in order."""
    seen: list[str] = []

    def watching(text: str) -> list[str]:
        seen.append(text)
        return features.word_terms(text)

    monkeypatch.setitem(SPLITTERS, "words", lambda: features.Splitter(watching))
    return seen


def test_inside_a_shared_context_a_text_is_split_once(splits: list[str]) -> None:
    frame = frame_of(["some words", "other words", "some words"], actor=["other words", "", ""])
    with shared_analyses():
        model = FrameTfidf(["text words", "actor words"])
        model.fit(frame)
        model.transform(frame)
        FrameTfidf(["text words"]).fit(frame)
        with shared_analyses():  # within another, nothing begins and nothing ends
            FrameTfidf(["text words"]).fit(frame)
        FrameTfidf(["text words"]).fit(frame)
    assert sorted(splits) == ["", "other words", "some words"]


def test_outside_each_fit_and_each_transform_splits_anew(splits: list[str]) -> None:
    frame = frame_of(["some words"])
    model = FrameTfidf(["text words", "actor words"])
    model.fit(frame)
    model.transform(frame)
    assert splits == ["some words", "", "some words", ""]


def test_nothing_of_a_shared_context_outlives_it() -> None:
    with shared_analyses() as analyses:
        FrameTfidf(list(VIEWS)).fit(frame_of(["Ada vetoes plan"], actor=["Ada"], target=["plan"]))
        assert analyses.marked
        kept = weakref.ref(analyses)
    del analyses
    gc.collect()
    assert kept() is None
    with pytest.raises(ZeroDivisionError), shared_analyses() as first:
        _ = 1 / 0
    with shared_analyses() as second:
        assert second is not first
        assert not second.marked


def test_an_error_while_features_are_made_leaves_no_context_behind() -> None:
    with pytest.raises(AttributeError):
        FrameTfidf(["text characters"]).fit(frame_of([None]))
    with shared_analyses() as one:
        pass
    with shared_analyses() as two:
        assert one is not two


def test_threads_do_not_share() -> None:
    """Two threads that number terms in one table would give a number twice."""
    found: list[Analyses] = []

    def work() -> None:
        with shared_analyses() as analyses:
            found.append(analyses)

    with shared_analyses() as here:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        with shared_analyses() as still:
            assert still is here
    assert found[0] is not here
