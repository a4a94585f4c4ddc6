"""Near duplicates: against the brute-force loop over all pairs, and where texts are too many for it."""

from __future__ import annotations

import random
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standoff.tasks import near
from standoff.tasks.duplicates import jaccard
from standoff.tasks.near import BANDS, PERMUTATIONS, THRESHOLD, NearDuplicates, word_pairs

Found = dict[tuple[int, int], float]

WORDS = [f"w{number}" for number in range(200)]


def brute_force(keys: list[str], asked: list[bool], sought: list[bool]) -> Found:
    """Compare each text asked for with each text sought."""
    return {
        (a, b): jaccard(keys[a], keys[b])
        for a, b in permutations(range(len(keys)), 2)
        if asked[a] and sought[b] and jaccard(keys[a], keys[b]) >= THRESHOLD
    }


def found_by(keys: list[str], asked: list[bool], sought: list[bool]) -> Found:
    links = NearDuplicates(keys).links(np.array(asked, dtype=bool), np.array(sought, dtype=bool))
    pairs = list(zip(links.text.tolist(), links.other.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    return dict(zip(pairs, links.similarity.tolist(), strict=True))


def variants(seed: int, *, texts: int, length: int, changes: int) -> list[str]:
    """Return different texts, each a few changes away from one of five."""
    rng = random.Random(seed)  # noqa: S311 - made-up texts
    bases = [[rng.choice(WORDS) for _ in range(length)] for _ in range(5)]
    made: dict[str, None] = {}
    while len(made) < texts:
        words = list(rng.choice(bases))
        for _ in range(rng.randint(0, changes)):
            words[rng.randrange(length)] = rng.choice(WORDS)
        made[" ".join(words)] = None
    return list(made)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=12).map(" ".join), max_size=25, unique=True),
    st.data(),
)
def test_links_are_those_of_the_loop_over_all_pairs(keys: list[str], data: st.DataObject) -> None:
    flags = st.lists(st.booleans(), min_size=len(keys), max_size=len(keys))
    asked, sought = data.draw(flags), data.draw(flags)
    assert found_by(keys, asked, sought) == pytest.approx(brute_force(keys, asked, sought))


@pytest.mark.parametrize("seed", range(5))
def test_no_near_duplicate_is_missed_among_texts_like_news(seed: int) -> None:
    keys = variants(seed, texts=120, length=40, changes=8)
    expected = brute_force(keys, [True] * 120, [True] * 120)
    near_threshold = [value for value in expected.values() if value < THRESHOLD + 0.05]
    assert len(near_threshold) > 50  # where a candidate is missed first
    assert found_by(keys, [True] * 120, [True] * 120) == pytest.approx(expected)


def test_the_most_similar_come_first_then_the_earliest() -> None:
    base = [f"a{number}" for number in range(20)]
    keys = [" ".join(base), " ".join([*base, "x"]), " ".join([*base, "y", "z"]), " ".join([*base, "v"])]
    every = np.ones(4, dtype=bool)
    links = NearDuplicates(keys).links(every, every)
    assert links.other[links.text == 0].tolist() == [1, 3, 2]
    assert links.text.tolist() == sorted(links.text.tolist())


def test_the_threshold_itself_is_near() -> None:
    # 17 word pairs in each, 14 shared: 14 / 20 = 0.7
    keys = [" ".join([*(f"w{n}" for n in range(15)), *(f"{end}{n}" for n in range(3))]) for end in "ab"]
    assert jaccard(*keys) == pytest.approx(0.7)
    assert set(found_by(keys, [True, False], [False, True])) == {(0, 1)}
    further = [keys[0], keys[1] + " c"]
    assert jaccard(*further) < THRESHOLD
    assert found_by(further, [True, True], [True, True]) == {}


def test_a_second_question_to_the_same_texts_gives_the_same_as_the_first() -> None:
    keys = variants(1, texts=60, length=30, changes=6)
    every = np.ones(60, dtype=bool)
    half = np.arange(60) < 30
    one = NearDuplicates(keys)
    one.links(half, ~half)
    again, fresh = one.links(every, every), NearDuplicates(keys).links(every, every)
    for left, right in zip(again, fresh, strict=True):
        assert left.tolist() == right.tolist()


def test_word_pairs_are_sets_without_collisions() -> None:
    sets = word_pairs(["a b c", "b c", "c b", "a", "b c b c", ""])
    rows = [set(sets.indices[start:end]) for start, end in pairwise(sets.indptr)]
    shared = [[len(one & other) for other in rows] for one in rows]
    assert [len(row) for row in rows] == np.diff(sets.indptr).tolist() == [2, 1, 1, 1, 2, 1]
    assert shared[1] == [1, 1, 0, 0, 1, 0]
    assert shared[2] == [0, 0, 1, 0, 1, 0]  # order matters
    assert shared[3] == [0, 0, 0, 1, 0, 0]  # a word alone is in no pair
    assert shared[5] == [0, 0, 0, 0, 0, 1]


def test_no_texts_and_one_text() -> None:
    assert found_by([], [], []) == {}
    assert found_by(["a b"], [True], [True]) == {}


def test_a_crowd_is_cut_off_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near, "COMPARISONS", 0)
    base = [f"a{number}" for number in range(30)]
    crowd = [" ".join([*base[:15], f"x{number}", *base[15:]]) for number in range(100)]
    alone = ["one thing and another", "b c d e f g h i j k l", "b c d e f g h i j k l m"]
    found = NearDuplicates([*crowd, *alone])
    links = found.links(np.ones(103, dtype=bool), np.ones(103, dtype=bool))
    assert found.limited.tolist() == [True] * 100 + [False] * 3
    per_text = np.bincount(links.text, minlength=103)
    assert per_text[:100].max() == near.LEAST
    assert per_text[:100].min() > 0
    assert per_text[100:].tolist() == [0, 1, 1]


@pytest.mark.parametrize("n", [5, 12])
def test_comparisons_are_limited_in_all_bands_together(monkeypatch: pytest.MonkeyPatch, n: int) -> None:
    monkeypatch.setattr(near, "COMPARISONS", 0)
    monkeypatch.setattr(near, "LEAST", 3)
    base = [f"a{number}" for number in range(200)]
    crowd = [" ".join([*base, f"x{number}"]) for number in range(n)]
    found = NearDuplicates(crowd)
    links = found.links(np.ones(n, dtype=bool), np.ones(n, dtype=bool))
    assert np.bincount(links.text).tolist() == [3] * n
    assert found.limited.all()


def test_candidates_that_were_out_of_reach_are_told_though_none_was_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(near, "COMPARISONS", 0)
    monkeypatch.setattr(near, "LEAST", 3)
    base = " ".join(f"a{number}" for number in range(16))
    # 15 of 45 word pairs are shared: alike enough to meet in bands, too little to be compared.
    crowd = [f"{base} " + " ".join(f"x{text}-{number}" for number in range(15)) for text in range(1000)]
    found = NearDuplicates(crowd)
    assert len(found.links(np.ones(1000, dtype=bool), np.ones(1000, dtype=bool)).text) == 0
    assert found.limited.mean() > 0.5


def test_of_a_crowd_those_sought_are_found_wherever_they_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near, "COMPARISONS", 0)
    base = [f"a{number}" for number in range(30)]
    crowd = [" ".join([*base[:15], f"x{number}", *base[15:]]) for number in range(500)]
    sought = np.arange(500) == 499
    links = NearDuplicates(crowd).links(~sought, sought)
    assert len(links.text) == 499


def test_small_sets_are_never_cut_off() -> None:
    keys = variants(3, texts=300, length=12, changes=6)
    found = NearDuplicates(keys)
    found.links(np.ones(300, dtype=bool), np.ones(300, dtype=bool))
    assert not found.limited.any()


def test_the_documented_probability_is_that_of_the_bands() -> None:
    rows = PERMUTATIONS // BANDS
    assert rows == 4
    assert 1 - (1 - THRESHOLD**rows) ** BANDS == pytest.approx(0.9998, abs=5e-5)
    standard_error = (THRESHOLD * (1 - THRESHOLD) / PERMUTATIONS) ** 0.5
    assert round(near.SLACK / standard_error, 1) == 4.9
