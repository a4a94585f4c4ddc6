from __future__ import annotations

from collections import Counter
from itertools import combinations, permutations
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from standoff.errors import InputError, NotFoundError
from standoff.evaluation.ceiling import (
    Ceiling,
    coder_against_gold,
    leave_one_out,
    panel_against_panel,
    panel_size,
)
from standoff.evaluation.resample import bootstrap_weights, interval
from standoff.evaluation.scores import MIN_GROUPS, Estimate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

LABELS = ("a", "b", "c")
FEW: dict[str, Any] = {"resamples": 20, "seed": 7}

# By hand: four coders, five items. Leave one out, gold then the coder's label:
#
#   i1  aaaa  others aaa: aa 4
#   i2  aaab  a of aab: aa 3; b of aaa: ab 1
#   i3  aabb  a of abb: ba 2; b of aab: ab 2
#   i4  abbc  a of bbc: ba 1; c of abb: bc 1; both b of abc: left out
#   i5  cccb  c of ccb: cc 3; b of ccc: cb 1
#
#   sum: aa 7, ab 3, ba 3, bb 0, bc 1, cb 1, cc 3, of 18; two of i4's four are left out: half an item.
#   F1: a 14 / (10 + 10), b 0, c 6 / (4 + 4).
BY_HAND = {"i1": "aaaa", "i2": "aaab", "i3": "aabb", "i4": "abbc", "i5": "cccb"}
GROUPS = {"i1": "g", "i2": "g", "i3": "h", "i4": "i", "i5": "j"}


def reached(found: Ceiling | None) -> Ceiling:
    assert found is not None
    return found


def test_leave_one_out_by_hand() -> None:
    found = reached(leave_one_out(BY_HAND, GROUPS, LABELS, **FEW))
    assert found.value == pytest.approx((0.7 + 0 + 0.75) / 3, abs=1e-15)
    assert found.accuracy.value == pytest.approx(10 / 18, abs=1e-15)
    assert (found.n_items, found.n_left_out, found.n_coders, found.k) == (5, 0.5, 4, 1)
    assert found.metric == "macro_f1"
    accuracy = reached(leave_one_out(BY_HAND, GROUPS, LABELS, metric="accuracy", **FEW))
    assert (accuracy.metric, accuracy.value) == ("accuracy", found.accuracy.value)


def test_coder_against_coder_by_hand() -> None:
    # The twelve ordered pairs of an item's coders; aa 20, bb 4, cc 6, ab 9, ba 9, ac 1, ca 1, bc 5, cb 5.
    found = reached(panel_against_panel(BY_HAND, GROUPS, LABELS, k=1, **FEW))
    assert found.value == pytest.approx((20 / 30 + 4 / 18 + 6 / 12) / 3, abs=1e-15)
    assert found.accuracy.value == 0.5
    assert (found.n_items, found.n_left_out, found.n_coders, found.k) == (5, 0, 4, 1)


def test_panels_of_three_by_hand() -> None:
    # Of aaaabb, 20 ways: aaa then abb 4, aab then aab 12, abb then aaa 4.
    found = reached(panel_against_panel({"i": "aaaabb"}, {"i": "g"}, LABELS[:2], **FEW))
    assert found.value == pytest.approx(0.75 / 2)
    assert found.accuracy.value == 12 / 20
    assert (found.n_left_out, found.n_coders, found.k) == (0, 6, 3)
    # Of aabbcc, 20 ways: abc then abc 8, both tied; aab then bcc 2, and five more like that, none of which agree.
    found = reached(panel_against_panel({"i": "aabbcc"}, {"i": "g"}, LABELS, **FEW))
    assert (found.value, found.accuracy.value, found.n_left_out) == (0, 0, 0.4)


def test_against_gold_by_hand() -> None:
    # aa 7, ab 1, ba 3, bb 4, bc 1, cb 1, cc 3. F1: a 14 / (8 + 10), b 8 / (8 + 6), c 6 / (4 + 4).
    gold = dict(zip(BY_HAND, "aabbc", strict=True))
    found = reached(coder_against_gold(BY_HAND, gold, GROUPS, LABELS, **FEW))
    assert found.value == pytest.approx((14 / 18 + 8 / 14 + 6 / 8) / 3, abs=1e-15)
    assert found.accuracy.value == 14 / 20
    assert (found.n_items, found.n_left_out, found.n_coders, found.k) == (5, 0, 4, 1)


def test_items_with_too_few_labels_are_not_compared() -> None:
    given = {**BY_HAND, "one": "a", "none": ""}
    groups = {**GROUPS, "one": "k", "none": "l", "another": "m"}
    assert leave_one_out(given, groups, LABELS, **FEW) == leave_one_out(BY_HAND, GROUPS, LABELS, **FEW)
    six, less = {"i1": "aaaabb"}, {"i1": "aaaabb", "i2": "aaaab", "i3": "bbb"}
    assert panel_against_panel(less, GROUPS, LABELS, k=3, **FEW) == panel_against_panel(six, GROUPS, LABELS, **FEW)
    gold = {**dict(zip(BY_HAND, "aabbc", strict=True)), "one": "b"}
    assert reached(coder_against_gold(given, gold, groups, LABELS, **FEW)).n_items == 6


def test_with_two_coders_each_is_the_gold_of_the_other() -> None:
    given, groups = {"i": "ab", "j": "aa", "k": "bb"}, dict.fromkeys("ijk", "g")
    single = reached(leave_one_out(given, groups, LABELS, **FEW))
    assert single == reached(panel_against_panel(given, groups, LABELS, k=1, **FEW))
    # ab 1, ba 1, aa 2, bb 2: F1 of both 4 / 6, of c 0.
    assert single.value == pytest.approx(4 / 9)
    assert (single.n_left_out, single.n_coders) == (0, 2)


def test_an_item_counts_once_however_many_coders_it_has() -> None:
    # All four say a of i, whose weight is that of j, of whose two coders each is wrong by the other.
    found = reached(leave_one_out({"i": "aaaa", "j": "ab"}, {"i": "g", "j": "g"}, LABELS, **FEW))
    assert found.accuracy.value == 0.5
    assert found.n_coders == 2


def test_nothing_to_compare_is_no_ceiling() -> None:
    assert leave_one_out({}, {}, LABELS) is None
    assert leave_one_out({"i": "a"}, {"i": "g"}, LABELS) is None
    assert leave_one_out({"i": "abc"}, {"i": "g"}, LABELS) is None  # the others always tie
    assert panel_against_panel({"i": "aabbb"}, {"i": "g"}, LABELS) is None
    assert panel_against_panel({}, {}, LABELS) is None
    assert panel_against_panel({"i": "aaa"}, {"i": "g"}, LABELS, k=3) is None
    assert coder_against_gold({"i": ""}, {"i": "a"}, {"i": "g"}, LABELS) is None


@pytest.mark.parametrize(
    ("numbers", "size"),
    [
        ([8], 3),
        ([10], 5),
        ([9], 3),
        ([6, 6, 2], 3),
        ([6, 6, 2, 2], None),
        ([5], None),
        ([3], None),
        ([2], None),
        ([], None),
    ],
)
def test_the_largest_odd_panel_of_which_two_fit(numbers: list[int], size: int | None) -> None:
    assert panel_size(numbers) == size


# An independent loop over persons, not votes, scored by scikit-learn.


def random_case(seed: int, fewest: int, most: int) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Items with a true label that coders miss now and then, in groups of unequal size."""
    generator = np.random.default_rng(seed)
    given = {}
    for number in range(30):
        truth = generator.choice(LABELS)
        n = int(generator.integers(fewest, most + 1))
        given[f"i{number}"] = [
            str(truth if generator.random() < 0.6 else generator.choice(LABELS)) for _ in range(n)
        ]
    return given, {item: f"g{int(8 * generator.random() ** 2)}" for item in given}


def majority(given: Sequence[str]) -> str | None:
    (first, n), *others = Counter(given).most_common()
    return None if others and others[0][1] == n else first


def single_pairs(given: dict[str, list[str]]) -> Iterator[tuple[str, float, str | None, str | None]]:
    """Yield item, weight, gold and predicted label."""
    for item, labels in given.items():
        for place, label in enumerate(labels):
            yield item, 1 / len(labels), majority(labels[:place] + labels[place + 1 :]), label


def panel_pairs(given: dict[str, list[str]]) -> Iterator[tuple[str, float, str | None, str | None]]:
    for item, labels in given.items():
        everybody = set(range(len(labels)))
        panels = [
            (first, second)
            for first in combinations(sorted(everybody), 3)
            for second in combinations(sorted(everybody - set(first)), 3)
        ]
        for first, second in panels:
            gold, predicted = (majority([labels[place] for place in panel]) for panel in (first, second))
            yield item, 1 / len(panels), gold, predicted


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("function", "pairs_of", "fewest"), [(leave_one_out, single_pairs, 2), (panel_against_panel, panel_pairs, 6)]
)
def test_it_equals_a_loop_with_scikit_learn(
    function: Callable[..., Ceiling | None], pairs_of: Callable[..., Any], fewest: int, seed: int
) -> None:
    given, groups = random_case(seed, fewest, 8)
    found = reached(function(given, groups, LABELS, resamples=40, seed=seed))
    pairs = list(pairs_of(given))
    left_out = sum(weight for _, weight, *sides in pairs if None in sides)
    kept = [pair for pair in pairs if None not in pair[2:]]
    assert found.n_left_out == pytest.approx(left_out)
    assert found.n_left_out > 0

    def scored(metric: str, times: dict[str, int]) -> float:
        weights = [weight * times[groups[item]] for item, weight, *_ in kept]
        gold, predicted = ([pair[side] for pair in kept] for side in (2, 3))
        if metric == "accuracy":
            return float(accuracy_score(gold, predicted, sample_weight=weights))
        options: dict[str, Any] = {"labels": list(LABELS), "average": "macro", "zero_division": 0}
        return float(f1_score(gold, predicted, sample_weight=weights, **options))

    names = sorted(set(groups.values()))
    draws = bootstrap_weights(len(names), 40, seed)
    assert len(names) >= MIN_GROUPS
    sizes = [sum(weight for item, weight, *_ in kept if groups[item] == name) for name in names]
    worth = sum(sizes) ** 2 / sum(size**2 for size in sizes)
    for metric, estimate in (
        ("macro_f1", Estimate(found.value, found.low, found.high)),
        ("accuracy", found.accuracy),
    ):
        samples = [scored(metric, dict(zip(names, row.tolist(), strict=True))) for row in draws]
        low, high = interval(np.array(samples), n_groups=worth)
        whole = scored(metric, dict.fromkeys(names, 1))
        assert (estimate.value, estimate.low, estimate.high) == pytest.approx((whole, low, high), abs=1e-12)


def test_the_mean_over_all_panels_is_what_random_ones_come_to() -> None:
    given, groups = random_case(11, 8, 8)
    found = reached(panel_against_panel(given, groups, LABELS, **FEW))
    generator = np.random.default_rng(0)
    gold, predicted = [], []
    rounds = 400
    for _ in range(rounds):
        for labels in given.values():
            shuffled = [labels[place] for place in generator.permutation(8)]
            sides = majority(shuffled[:3]), majority(shuffled[3:6])
            if None not in sides:
                gold.append(sides[0])
                predicted.append(sides[1])
    assert found.value == pytest.approx(f1_score(gold, predicted, average="macro"), abs=0.01)
    assert len(given) - found.n_left_out == pytest.approx(len(gold) / rounds, abs=0.1)


# Invariants.


def all_three(given: dict[str, list[str]], groups: dict[str, str], labels: Sequence[str]) -> list[Ceiling]:
    gold = {item: max(labels, key=lambda label: (chosen.count(label), label)) for item, chosen in given.items()}
    return [
        reached(leave_one_out(given, groups, labels, **FEW)),
        reached(panel_against_panel(given, groups, labels, **FEW)),
        reached(coder_against_gold(given, gold, groups, labels, **FEW)),
    ]


def test_neither_the_order_of_coders_nor_of_items_matters() -> None:
    given, groups = random_case(3, 6, 8)
    generator = np.random.default_rng(1)
    shuffled = {
        item: list(map(str, generator.permutation(given[item]))) for item in generator.permutation(list(given))
    }
    assert list(shuffled) != list(given)
    assert shuffled != given
    assert all_three(shuffled, groups, LABELS) == all_three(given, groups, LABELS)


@pytest.mark.parametrize("places", list(permutations(range(3))))
def test_other_names_of_labels_and_another_order_of_them_change_nothing(places: tuple[int, ...]) -> None:
    given, groups = random_case(4, 6, 8)
    names = dict(zip(LABELS, ("x", "y", "z"), strict=True))
    renamed = {item: [names[label] for label in labels] for item, labels in given.items()}
    inventory = [names[LABELS[place]] for place in places]
    ours, theirs = all_three(renamed, groups, inventory)[:2], all_three(given, groups, LABELS)[:2]
    for one, other in zip(ours, theirs, strict=True):
        assert one.to_json() == {
            name: pytest.approx(value, abs=1e-12) for name, value in other.to_json().items() if name != "accuracy"
        } | {"metric": "macro_f1", "accuracy": pytest.approx(other.to_json()["accuracy"], abs=1e-12)}


def test_perfect_agreement_is_one() -> None:
    given = {f"i{number}": [LABELS[number % 3]] * 6 for number in range(12)}
    groups = {item: item for item in given}
    for found in all_three(given, groups, LABELS):
        assert (found.value, found.accuracy, found.n_left_out) == (1, Estimate(1, 1, 1), 0)
        assert (found.low or 0) <= found.value


def test_a_label_that_nobody_gives_counts_as_zero() -> None:
    given = {f"i{number}": ["a", "b"][number % 2] * 4 for number in range(6)}
    found = reached(leave_one_out(given, {item: item for item in given}, LABELS, **FEW))
    assert found.value == pytest.approx(2 / 3)


def test_comparisons_of_a_group_are_drawn_together() -> None:
    given, groups = random_case(5, 6, 8)
    alone = reached(leave_one_out(given, {item: item for item in given}, LABELS, **FEW))
    together = reached(leave_one_out(given, groups, LABELS, **FEW))
    assert alone.value == pytest.approx(together.value, abs=1e-12)
    assert (alone.low, alone.high) != (together.low, together.high)


@pytest.mark.parametrize("n_groups", [MIN_GROUPS - 1, MIN_GROUPS])
def test_few_groups_have_no_interval(n_groups: int) -> None:
    given, _ = random_case(6, 6, 8)
    groups = {item: f"g{number % n_groups}" for number, item in enumerate(given)}
    for found in all_three(given, groups, LABELS):
        ends = (found.low, found.high, found.accuracy.low, found.accuracy.high)
        assert all((end is None) == (n_groups < MIN_GROUPS) for end in ends)


def test_groups_of_which_nothing_is_compared_do_not_make_an_interval() -> None:
    given = {f"i{number}": "aab" if number < MIN_GROUPS - 1 else "abc" for number in range(12)}
    groups = {item: item for item in given}
    found = reached(leave_one_out(given, groups, LABELS, **FEW))
    assert (found.n_items, found.low, found.accuracy.high) == (12, None, None)
    assert reached(leave_one_out({**given, "i11": "aab"}, groups, LABELS, **FEW)).low is not None


def test_it_is_written_as_it_is() -> None:
    found = reached(leave_one_out(BY_HAND, GROUPS, LABELS, **FEW))
    assert found.to_json() == {
        "metric": "macro_f1",
        "value": found.value,
        "low": None,
        "high": None,
        "accuracy": {"value": found.accuracy.value, "low": None, "high": None},
        "n_items": 5,
        "n_left_out": 0.5,
        "n_coders": 4,
        "k": 1,
    }


# Refusals.


@pytest.mark.parametrize("function", [leave_one_out, panel_against_panel])
def test_a_label_outside_the_inventory_is_refused(function: Callable[..., Ceiling | None]) -> None:
    with pytest.raises(InputError, match=r"1 labels of coders are outside the inventory") as caught:
        function({**BY_HAND, "i9": "aaaaaax"}, {**GROUPS, "i9": "g"}, LABELS)
    assert "'i9': 'x'" in str(caught.value)
    assert "a, b, c" in str(caught.value)


def test_an_item_without_a_group_is_refused() -> None:
    with pytest.raises(InputError, match="1 items have no group") as caught:
        leave_one_out(BY_HAND, {item: group for item, group in GROUPS.items() if item != "i4"}, LABELS)
    assert "'i4'" in str(caught.value)


@pytest.mark.parametrize("gold", [{"i1": "a"}, dict.fromkeys(BY_HAND, "x")])
def test_an_item_without_a_gold_label_of_the_inventory_is_refused(gold: dict[str, str]) -> None:
    with pytest.raises(InputError, match=r"items have no gold label of the inventory") as caught:
        coder_against_gold(BY_HAND, gold, GROUPS, LABELS)
    assert "'i2': " in str(caught.value)


@pytest.mark.parametrize("k", [0, -1, 2, 4])
def test_a_panel_that_is_even_or_empty_is_refused(k: int) -> None:
    with pytest.raises(InputError, match="odd number of coders") as caught:
        panel_against_panel(BY_HAND, GROUPS, LABELS, k=k)
    assert f"got: {k}" in str(caught.value)


def test_a_bootstrap_of_nothing_and_an_unknown_metric_are_refused() -> None:
    with pytest.raises(InputError, match="0 resamples"):
        leave_one_out(BY_HAND, GROUPS, LABELS, resamples=0)
    with pytest.raises(NotFoundError, match="macro_f2"):
        leave_one_out(BY_HAND, GROUPS, LABELS, metric="macro_f2")


def test_more_comparisons_than_can_be_counted_exactly_are_refused() -> None:
    many = {"i": "a" * 40 + "b" * 30}
    with pytest.raises(InputError, match="too many comparisons to count them exactly") as caught:
        panel_against_panel(many, {"i": "g"}, LABELS)
    assert "smaller panel" in str(caught.value)
    assert reached(panel_against_panel(many, {"i": "g"}, LABELS, k=3)).n_coders == 70
