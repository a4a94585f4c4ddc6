"""Agreement in finding: sets, spans, intervals, and a set of news that several people coded."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from standoff.annotation.agreement.finding import (
    CHARACTERS,
    EXACT,
    OVERLAP,
    SAME,
    SPAN_CRITERIA,
    Criterion,
    compare,
    match_spans,
    pairwise_f1,
    polarity,
    position,
)
from standoff.evaluation.resample import bootstrap_weights
from standoff.records import BOARD_LABEL, Stance

Spans = set[tuple[int, int]]
FEW = {"resamples": 200, "seed": 7}
PAIRS = list(combinations("ABCDEF", 2))
"""The pairs of SEESAW's coders."""


def f1_of(first: Spans, second: Spans, criterion: Criterion) -> float | None:
    return pairwise_f1(compare({"d": {"a": first, "b": second}}, criterion), **FEW).value


# -- sets -----------------------------------------------------------------------------------------------


def test_f1_of_two_sets() -> None:
    found = {"d": {"anna": {"x", "y", "z"}, "ben": {"y", "z", "u", "v", "w"}}}
    (compared,) = compare(found)
    assert (compared.coders, compared.shared, compared.sizes) == (("anna", "ben"), 2, (3, 5))
    f1 = pairwise_f1([compared], **FEW)
    assert f1.value == 2 * 2 / (3 + 5)
    assert (f1.shared, f1.found, f1.n_pairs, f1.n_documents, f1.n_groups) == (2, 8, 1, 1, 1)


def test_documents_and_pairs_are_pooled_not_averaged() -> None:
    found = {
        "long": {"a": set(range(10)), "b": set(range(5)), "c": set(range(20))},
        "short": {"a": {1}, "b": {2}},
    }
    f1 = pairwise_f1(compare(found), **FEW)
    shared, sizes = 5 + 10 + 5 + 0, 15 + 30 + 25 + 2
    assert f1.value == 2 * shared / sizes
    assert (f1.n_pairs, f1.n_documents) == (4, 2)


def test_who_read_and_found_nothing_counts_and_who_did_not_read_does_not() -> None:
    nothing = compare({"d": {"a": {1, 2}, "b": set()}})
    assert [(one.shared, one.sizes) for one in nothing] == [(0, (2, 0))]
    assert pairwise_f1(nothing, **FEW).value == 0
    assert compare({"d": {"a": {1, 2}}}) == []


def test_undefined_is_said_and_is_not_zero() -> None:
    unread = pairwise_f1(compare({"d": {"a": {1}}}), **FEW)
    assert (unread.value, unread.low, unread.undefined) == (None, None, "nothing was read by two coders")
    empty = pairwise_f1(compare({"d": {"a": set(), "b": set()}}), **FEW)
    assert (empty.value, empty.low, empty.undefined) == (None, None, "nobody found anything")


def test_order_of_documents_and_coders_does_not_matter() -> None:
    found = {f"d{n}": {c: {n, n % 3, len(c)} for c in ("a", "b", "cc")} for n in range(8)}
    turned = {d: dict(reversed(by.items())) for d, by in reversed(found.items())}
    assert compare(found) == compare(turned)
    assert pairwise_f1(compare(found), **FEW) == pairwise_f1(compare(found)[::-1], **FEW)


# -- intervals ------------------------------------------------------------------------------------------


def documents(n: int, *, seed: int = 3) -> dict[str, dict[str, set[int]]]:
    """Sets of two coders who find each of six things in four of five cases."""
    drawn = np.random.default_rng(seed).random((n, 2, 6)) < 0.8
    return {f"d{d:03}": {c: set(np.flatnonzero(row).tolist()) for c, row in zip("ab", both, strict=True)}
            for d, both in enumerate(drawn)}  # fmt: skip


def test_interval_is_that_of_repeating_the_documents() -> None:
    compared = compare(documents(12))
    f1 = pairwise_f1(compared, resamples=300, seed=5)
    samples = []
    for weights in bootstrap_weights(12, 300, 5):
        drawn = [one for one, times in zip(compared, weights, strict=True) for _ in range(times)]
        samples.append(2 * sum(one.shared for one in drawn) / sum(sum(one.sizes) for one in drawn))
    assert f1.value is not None
    # Widened by G / (G - 1), as documents are few.
    low, high = np.quantile([f1.value + (sample - f1.value) * 12 / 11 for sample in samples], [0.025, 0.975])
    assert f1.low == pytest.approx(low, abs=1e-12)
    assert f1.high == pytest.approx(high, abs=1e-12)
    assert f1.low < f1.value < f1.high  # type: ignore[operator]  # there is a value and an interval
    assert (f1.undefined, f1.no_interval_because, f1.left_out, f1.level) == (None, None, 0, 0.95)


def test_groups_are_resampled_as_a_whole() -> None:
    found = documents(40)
    alone = pairwise_f1(compare(found), **FEW)
    doubled = {f"{d}{copy}": sets for d, sets in found.items() for copy in "xy"}
    together = pairwise_f1(compare(doubled, groups={d: d[:-1] for d in doubled}), **FEW)
    assert (together.value, together.low, together.high) == (alone.value, alone.low, alone.high)
    assert (together.n_documents, together.n_groups) == (80, 40)
    apart = pairwise_f1(compare(doubled), **FEW)
    assert apart.high - apart.low < 0.9 * (alone.high - alone.low)  # type: ignore[operator]


def test_too_few_groups_for_an_interval_is_said() -> None:
    four = pairwise_f1(compare(documents(4)), **FEW)
    assert four.value is not None
    assert (four.low, four.high) == (None, None)
    assert four.no_interval_because == "4 groups; resampling them needs at least 5"
    assert pairwise_f1(compare(documents(5)), **FEW).low is not None


def test_resamples_in_which_nobody_found_anything_are_left_out_and_counted() -> None:
    found: dict[str, dict[str, set[int]]] = {f"d{n}": {"a": set(), "b": set()} for n in range(9)}
    found |= {f"e{n}": {"a": {1}, "b": {1, 2}} for n in range(3)}
    some = pairwise_f1(compare(found), **FEW)
    assert 0 < some.left_out < 10
    assert (some.value, some.low, some.high) == (2 / 3, 2 / 3, 2 / 3)
    rare = pairwise_f1(compare({d: sets for d, sets in found.items() if d <= "e0"}), **FEW)
    assert (rare.value, rare.low, rare.high) == (2 / 3, None, None)
    assert rare.no_interval_because == f"in {rare.left_out} of 200 resamples nobody found anything"


# -- spans ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "exact", "overlap", "characters"),
    [
        ({(0, 10)}, {(0, 10)}, 1, 1, 1),
        ({(0, 10)}, {(0, 9)}, 0, 1, 2 * 9 / 19),
        ({(0, 10)}, {(9, 20)}, 0, 1, 2 * 1 / 21),
        ({(0, 10)}, {(10, 20)}, 0, 0, 0),  # the end is exclusive: they touch and share nothing
        ({(0, 30)}, {(0, 10), (10, 20), (20, 30)}, 0, 2 * 1 / 4, 1),  # the long one is one of them only
        ({(0, 10), (20, 30)}, {(5, 25)}, 0, 2 * 1 / 3, 2 * 10 / 40),
        ({(0, 10), (20, 30)}, {(0, 10), (40, 50)}, 0.5, 0.5, 0.5),
        ({(0, 10)}, set(), 0, 0, 0),
    ],
)  # fmt: skip
def test_span_criteria(first: Spans, second: Spans, exact: float, overlap: float, characters: float) -> None:
    for one, other in ((first, second), (second, first)):
        assert f1_of(one, other, EXACT) == pytest.approx(exact)
        assert f1_of(one, other, OVERLAP) == pytest.approx(overlap)
        assert f1_of(one, other, CHARACTERS) == pytest.approx(characters)


def test_the_largest_overlap_is_matched_first() -> None:
    assert match_spans([(0, 10), (10, 30)], [(8, 22), (22, 40)]) == [((10, 30), (8, 22))]
    assert match_spans([(0, 9)], [(0, 3), (3, 9)]) == [((0, 9), (3, 9))]
    assert match_spans([(0, 8)], [(4, 8), (0, 4)]) == [((0, 8), (0, 4))]  # of equal ones the earlier


spans = st.sets(
    st.tuples(st.integers(0, 20), st.integers(1, 8)).map(lambda drawn: (drawn[0], drawn[0] + drawn[1])), max_size=5
)


@given(spans, spans)
def test_criteria_do_not_depend_on_who_is_who_and_keep_their_order(first: Spans, second: Spans) -> None:
    for criterion in SPAN_CRITERIA:
        shared = criterion.shared(first, second)
        assert shared == criterion.shared(second, first)
        assert 0 <= shared <= min(criterion.size(first), criterion.size(second))
        assert criterion.shared(first, first) == criterion.size(first)
    assert EXACT.shared(first, second) <= len(first & second)
    pairs = match_spans(first, second)
    assert sorted((b, a) for a, b in pairs) == sorted(match_spans(second, first))
    assert len({a for a, _ in pairs}) == len({b for _, b in pairs}) == len(pairs)
    left = [(a, b) for a in first for b in second if a[0] < b[1] and b[0] < a[1]]
    matched = {a for a, _ in pairs} | {("second", b) for _, b in pairs}
    assert all(a in matched or ("second", b) in matched for a, b in left), "two that overlap are both alone"


# -- the gate and the side ------------------------------------------------------------------------------


def test_position_and_polarity_of_each_stance() -> None:
    assert {stance.value: (position(stance), polarity(stance)) for stance in Stance} == {
        "seeks": ("position", "for"),
        "supports": ("position", "for"),
        "opposes": ("position", "against"),
        "mixed": ("position", None),
        "no_position": ("no_position", None),
        "cannot_tell": (None, None),
    }
    sides = {"for": "support", "against": "oppose", None: None}
    assert all(BOARD_LABEL[stance] in {sides[polarity(stance)], "none"} for stance in Stance if polarity(stance))


# -- news coded by several people -----------------------------------------------------------------------


Names = dict[str, dict[str, set[tuple[str, ...]]]]


def seesaw(shared_data: Path) -> tuple[Names, Names, Names, dict[str, str]]:
    """What each coder of SEESAW found in each article: entities, (sentence, holder, target), (holder, target).

    Last the story of each article. Who named an entity or a stance in an article has read it.
    """
    entities, triples, doubles = Names(), Names(), Names()
    stories = {}
    for path in sorted((shared_data / "seesaw" / "SEESAW" / "annotations").glob("*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        sets: list[dict[str, set[tuple[str, ...]]]] = [defaultdict(set) for _ in range(3)]
        for name, _types, _roles, coders in data["entity lists"]:
            for coder in coders:
                sets[0][coder].add((name,))
        for sentence, stances in data["sentence-level stances"].items():
            for stance in stances:
                for coder in stance["annotators"]:
                    sets[1][coder].add((sentence, stance["subject"], stance["object"]))
                    sets[2][coder].add((stance["subject"], stance["object"]))
        readers = {coder for by_coder in sets for coder in by_coder}
        for target, by_coder in zip((entities, triples, doubles), sets, strict=True):
            target[path.stem] = {coder: by_coder.get(coder, set()) for coder in readers}
        stories[path.stem] = path.stem.partition("_DOCUMENT_")[0]
    return entities, triples, doubles, stories


def test_people_who_coded_the_same_news(shared_data: Path) -> None:
    *found, stories = seesaw(shared_data)
    entities, triples, doubles = (compare(part, SAME, groups=stories) for part in found)
    made = [pairwise_f1(part) for part in (entities, triples, doubles)]
    assert [(one.n_pairs, one.n_documents) for one in made] == [(242, 62)] * 3
    assert [(2 * one.shared, one.found) for one in made] == [(3322, 3866), (4874, 9120), (3482, 5580)]
    assert [round(one.value or 0, 3) for one in made] == [0.859, 0.534, 0.624]
    assert all(one.low is not None and one.low < (one.value or 0) < (one.high or 0) for one in made)
    assert made[1].high < made[0].low  # type: ignore[operator]  # naming actors is the easier part


def test_parts_of_the_comparisons_add_up_to_the_whole(shared_data: Path) -> None:
    _, triples, _, stories = seesaw(shared_data)
    compared = compare(triples, groups=stories)
    parts = [pairwise_f1([one for one in compared if one.coders == pair], resamples=2) for pair in PAIRS]
    assert sum(part.shared for part in parts) == 4874 // 2
    assert sum(part.n_pairs for part in parts) == 242
    assert len({part.value for part in parts if part.n_pairs}) > 1
