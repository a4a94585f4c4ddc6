"""Cues of short texts, derived by hand."""

from __future__ import annotations

from collections import Counter

import pytest
from sklearn.feature_extraction.text import CountVectorizer

from standoff.baselines.cues import (
    REACH,
    WINDOW,
    actor_cues,
    between_cues,
    near_characters,
    target_cues,
    word_grams,
)


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def test_cues_of_an_actor_are_stems_and_pairs_on_either_side() -> None:
    assert Counter(actor_cues(words("yesterday ACTOR criticised TARGET again"))) == Counter(
        [
            *("L:yeste", "R:criti", "R:TARGET", "R:again", "R:criti TARGET", "R:TARGET again"),
            *("l:yeste", "l:yeste", "r:criti", "r:criti TARGET"),
        ]
    )


def test_cues_of_a_target_are_read_from_it_outward() -> None:
    found = target_cues(words("ACTOR did not attack TARGET"))
    assert Counter(found) == Counter(
        [
            *("L:ACTOR", "L:did", "L:not", "L:attac", "L:ACTOR did", "L:did not", "L:not attac"),
            *("l:attac", "l:attac not"),
        ]
    )


def test_cues_end_at_the_window() -> None:
    far = ("far", *["x"] * WINDOW, "ACTOR", *["y"] * WINDOW, "far")
    assert set(actor_cues(far)) == {"L:x", "L:x x", "R:y", "R:y y", "l:x", "l:x x", "r:y", "r:y y"}
    near = ("near", *["x"] * (WINDOW - 1), "ACTOR")
    assert "L:near" in actor_cues(near)


def test_each_mention_counts() -> None:
    assert Counter(actor_cues(words("ACTOR lost ACTOR")))["R:lost"] == 1
    assert Counter(actor_cues(words("ACTOR lost ACTOR lost")))["R:lost"] == 3  # twice after the first, once after


@pytest.mark.parametrize("cues", [actor_cues, target_cues, between_cues, near_characters])
@pytest.mark.parametrize("text", ["", "nobody is named here"])
def test_without_mentions_there_are_no_cues(cues, text: str) -> None:  # type: ignore[no-untyped-def]
    assert cues(words(text)) == []


@pytest.mark.parametrize("text", ["ACTOR", "TARGET", "ACTOR alone ACTOR"])
def test_one_of_the_two_alone_has_nothing_between(text: str) -> None:
    assert between_cues(words(text)) == []


def test_what_stands_between_says_who_comes_first() -> None:
    assert Counter(between_cues(words("so ACTOR sharply accused TARGET of it"))) == Counter(
        [
            *("AT 0", "AT:sharp", "AT:accus", "AT:sharp accus", "AT=sharp accus", "AT>sharp", "AT<accus"),
            *("AT before:so", "AT after:of", "AT after:it", "AT after:of it"),
        ]
    )
    turned = between_cues(words("so TARGET sharply accused ACTOR of it"))
    assert {cue[:2] for cue in turned} == {"TA"}
    assert {cue[2:] for cue in turned} == {
        cue[2:] for cue in between_cues(words("so ACTOR sharply accused TARGET of it"))
    }


def test_neighbours_have_an_empty_middle() -> None:
    assert between_cues(words("ACTOR TARGET")) == ["AT 0", "AT="]


@pytest.mark.parametrize(
    ("middle", "bucket", "whole"),
    [(2, 0, True), (3, 1, True), (4, 1, True), (5, 1, False), (18, 6, False), (REACH - 1, 6, False)],
)
def test_the_distance_is_told_in_threes_and_a_short_middle_whole(middle: int, bucket: int, whole: bool) -> None:
    found = between_cues(("ACTOR", *["x"] * middle, "TARGET"))
    assert f"AT {bucket}" in found
    assert any(cue.startswith("AT=") for cue in found) is whole


def test_mentions_out_of_reach_are_not_looked_at_together() -> None:
    assert between_cues(("ACTOR", *["x"] * REACH, "TARGET")) == []


def test_of_several_mentions_the_neighbouring_ones_count() -> None:
    found = between_cues(words("ACTOR a ACTOR b TARGET c ACTOR"))
    assert [cue for cue in found if "=" in cue] == ["AT=b", "TA=c"]


def test_before_and_after_reach_four_words() -> None:
    found = between_cues(words("p1 p2 p3 p4 p5 ACTOR TARGET q1 q2 q3 q4 q5"))
    assert [cue for cue in found if "before" in cue] == [f"AT before:p{at}" for at in (2, 3, 4, 5)]
    assert {cue for cue in found if "after" in cue} == {
        *(f"AT after:q{at}" for at in (1, 2, 3, 4)),
        *(f"AT after:q{at} q{at + 1}" for at in (1, 2, 3)),
    }


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("ACTOR kritisierte TARGET", "AT:kriti"),
        ("TARGET er imod ACTOR", "TA:er imod"),
        ("ACTOR осуждает TARGET", "AT:осужд"),
        ("ACTOR 谴责 TARGET", "AT:谴责"),
        ("ACTOR n'a pas TARGET", "AT=n'a pas"),
    ],
)
def test_any_language_has_cues(text: str, cue: str) -> None:
    assert cue in between_cues(words(text))


def test_characters_of_words_near_a_mention_are_told_with_mark_and_side() -> None:
    assert Counter(near_characters(words("no ACTOR TARGET"))) == Counter(
        f"{mark} L:{gram}" for mark in ("ACTOR", "TARGET") for gram in (" no", "no ", " no ")
    )
    far = ("far", *["ACTOR"] * WINDOW, "TARGET")
    assert not any(cue.startswith("TARGET") for cue in near_characters(far))
    assert "ACTOR L: far " in near_characters(far)
    assert near_characters(words("ACTOR us")) == ["ACTOR R: us", "ACTOR R:us ", "ACTOR R: us "]


@pytest.mark.parametrize("word", ["a", "ab", "abc", "abcd", "abcdefghi", "ß", "北京", "i\u0307"])
def test_grams_of_a_word_are_those_of_scikit_learn(word: str) -> None:
    analyse = CountVectorizer(analyzer="char_wb", ngram_range=(3, 5), lowercase=False).build_analyzer()
    assert word_grams(word) == analyse(word)
