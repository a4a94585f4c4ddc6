"""Exact and near duplicates among texts."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standoff.tasks.duplicates import Duplicates, Twin, has_word, inside_word, jaccard, words
from standoff.tasks.near import THRESHOLD

TEXTS = st.lists(st.lists(st.sampled_from(["a", "b", "C", "c!"]), max_size=9).map(" ".join), max_size=20)
LONG = "the government said on Monday that it would send no troops to the border before the vote"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He said: “No!”", "he said no"),
        ("NO   no\nNo", "no no no"),
        ("naïve nai\u0308ve", "naïve naïve"),  # composed and decomposed are one
        ("ﬁnal Straße", "final strasse"),
        ("don't", "don t"),
        ("?!", "?!"),
        (" … ", "..."),
        ("", ""),
        ("中文 abc中文", "中 文 abc 中 文"),
        ("ภาษา", "ภ า ษ า"),
        ("한국 사람", "한국 사람"),
        ("हिन्दी", "हिन्दी"),
        ("1,000 U.S. troops", "1 000 u s troops"),
    ],
)
def test_words(text: str, expected: str) -> None:
    assert words(text) == expected


def test_vowel_signs_tell_words_apart() -> None:
    assert words("कि") != words("की")


def test_has_word() -> None:
    assert [has_word(text) for text in ("a", "7", "中", "?! …", "😀", "")] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("ab cd", [1, 4]),
        ("a-b", []),
        ("中文", []),  # every character is a word
        ("a中", []),
        ("中a", []),
        ("कि ख", [1]),
        ("", []),
    ],
)
def test_inside_word(text: str, inside: list[int]) -> None:
    assert [offset for offset in range(len(text) + 1) if inside_word(text, offset)] == inside


def test_jaccard() -> None:
    assert jaccard("a b c", "a b c") == 1
    assert jaccard("a b c d", "b c d e") == pytest.approx(2 / 4)
    assert jaccard("a b a b", "a b") == pytest.approx(1 / 2)
    assert jaccard("a", "a") == 1
    assert jaccard("a", "a b") == 0


def clusters_by_loop(texts: list[str]) -> list[set[int]]:
    """Join pairs until nothing changes."""
    keys = [words(text) for text in texts]
    parts = [{number} for number in range(len(texts))]
    for a, b in combinations(range(len(texts)), 2):
        if keys[a] == keys[b] or jaccard(keys[a], keys[b]) >= THRESHOLD:
            one, other = (next(part for part in parts if item in part) for item in (a, b))
            if one is not other:
                parts.remove(other)
                one |= other
    return sorted(parts, key=min)


def as_sets(numbers: list[int]) -> list[set[int]]:
    return sorted(
        ({item for item, one in enumerate(numbers) if one == number} for number in set(numbers)), key=min
    )


def twins_by_loop(texts: list[str], parts: list[str], sought: list[set[str]]) -> list[Twin | None]:
    keys = [words(text) for text in texts]
    found: list[Twin | None] = []
    for key, wanted in zip(keys, sought, strict=True):
        all_of_them = [
            Twin(item, 1.0 if other == key else jaccard(key, other), other == key)
            for item, (other, part) in enumerate(zip(keys, parts, strict=True))
            if part in wanted and (other == key or jaccard(key, other) >= THRESHOLD)
        ]
        found.append(
            min(all_of_them, key=lambda twin: (not twin.exact, -twin.similarity, twin.item), default=None)
        )
    return found


@settings(max_examples=200, deadline=None, derandomize=True)
@given(TEXTS)
def test_clusters_are_those_of_the_loop_over_all_pairs(texts: list[str]) -> None:
    assert as_sets(Duplicates(texts).clusters()) == clusters_by_loop(texts)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(TEXTS, st.data())
def test_twins_are_those_of_the_loop_over_all_pairs(texts: list[str], data: st.DataObject) -> None:
    n = len(texts)
    parts = data.draw(st.lists(st.sampled_from("xyz"), min_size=n, max_size=n))
    others = data.draw(st.lists(st.sets(st.sampled_from("xyz")), min_size=n, max_size=n))
    sought = [one - {part} for one, part in zip(others, parts, strict=True)]
    found, expected = Duplicates(texts).twins(parts, sought), twins_by_loop(texts, parts, sought)
    assert [one and (one.item, one.exact) for one in found] == [one and (one.item, one.exact) for one in expected]
    assert [one and one.similarity for one in found] == pytest.approx([one and one.similarity for one in expected])


def test_same_words_are_exact_whatever_their_case_and_punctuation() -> None:
    texts = ["No troops.", "NO TROOPS!", "no  troops", "troops no", "No."]
    assert as_sets(Duplicates(texts).same()) == [{0, 1, 2}, {3}, {4}]


def test_an_exact_twin_is_preferred_to_an_earlier_near_one() -> None:
    twins = Duplicates([LONG + " again", LONG, LONG.upper()]).twins(["a", "a", "b"], [(), (), ("a",)])
    assert twins == [None, None, Twin(1, 1.0, exact=True)]


def test_a_text_is_sought_only_where_it_is_asked_to_be() -> None:
    duplicates = Duplicates([LONG, LONG + " again", LONG + " soon"])
    assert duplicates.twins(["a", "b", "c"], [(), ("c",), ("a", "b")]) == [
        None,
        Twin(2, 16 / 18, exact=False),
        Twin(0, 16 / 17, exact=False),
    ]
    assert duplicates.twins(["a", "b", "c"], [("nowhere",)] * 3) == [None] * 3


def test_of_equally_near_twins_the_earliest_is_named_among_those_sought() -> None:
    texts = [LONG + " again", LONG + " soon", LONG + " again", LONG]
    twins = Duplicates(texts).twins(["a", "b", "b", "c"], [(), (), (), ("b",)])
    assert twins[3] == Twin(1, 16 / 17, exact=False)  # "again" stands first of all, but in another part


def test_a_chain_joins_texts_that_are_not_alike_themselves() -> None:
    ends = [" ".join(LONG.split()[at : at + 12]) for at in range(3)]
    assert jaccard(ends[0], ends[1]) >= THRESHOLD > jaccard(ends[0], ends[2])
    assert len(set(Duplicates(ends).clusters())) == 1
    assert len(set(Duplicates([ends[0], ends[2]]).clusters())) == 2


def test_nothing_is_limited_in_a_small_set_and_no_texts_have_no_duplicates() -> None:
    duplicates = Duplicates([LONG] * 50 + [LONG + f" {number}" for number in range(50)])
    duplicates.clusters()
    assert duplicates.limited() == 0
    empty = Duplicates([])
    assert (empty.same(), empty.clusters(), empty.twins([], [])) == ([], [], [])
