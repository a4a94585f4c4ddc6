"""What stands twice: every case by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from standoff.tasks.audits.leaks import Counted, comparisons, counted, find_leaks
from standoff.tasks.registry import load_task

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from standoff.tasks.task import LoadedTask

    Load = Callable[[Sequence[dict[str, Any]]], LoadedTask]

TEXT = "the minister said on Monday that no troops would be sent to the border this year"
NEAR = TEXT + " again"
NOTHING = Counted(0, ())


def test_a_task_without_repetitions_has_none(load: Load) -> None:
    leaks = find_leaks(load([{"split": split} for split in ("train", "validation", "test") for _ in range(3)]))
    assert leaks.exact_across == leaks.near_across == leaks.contradictory == leaks.in_cut_groups == NOTHING
    assert all(one.exact == one.near == NOTHING for one in leaks.across)
    assert all(one.exact == one.near == NOTHING for one in leaks.within)
    assert [(one.split, one.n, one.n_texts) for one in leaks.within] == [
        ("train", 3, 3),
        ("validation", 3, 3),
        ("test", 3, 3),
    ]
    assert (leaks.n_cut_groups, leaks.n_contradictory_inputs, leaks.n_limited) == (0, 0, 0)


def test_each_split_is_compared_with_each_earlier_one(load: Load) -> None:
    three = load([{"split": split} for split in ("test", "train", "validation")])
    assert comparisons(three) == [
        ("validation", "train", ("train",)),
        ("test", "train", ("train",)),
        ("test", "validation", ("validation",)),
    ]
    assert comparisons(load([{"split": "test"}, {"split": "validation"}])) == [
        ("test", "validation", ("validation",))
    ]


def test_each_fold_is_compared_with_the_others(load: Load) -> None:
    folds = load([{"split": f"fold-{number}"} for number in (10, 2, 1)])
    assert comparisons(folds) == [
        ("fold-1", "the other folds", ("fold-2", "fold-10")),
        ("fold-2", "the other folds", ("fold-1", "fold-10")),
        ("fold-10", "the other folds", ("fold-1", "fold-2")),
    ]


def test_exact_copies_across_splits_by_question_and_label(load: Load) -> None:
    leaks = find_leaks(
        load(
            [
                {"text": TEXT},
                {"text": TEXT.upper() + "!", "split": "test"},  # all the same
                {"text": TEXT, "split": "test", "label": "pos"},  # another label
                {"text": TEXT, "split": "test", "actor": "Bo"},
                {"text": TEXT, "split": "test", "target": "a bill"},
                {"text": NEAR, "split": "test"},
                {"split": "test"},
            ]
        )
    )
    (one,) = leaks.across
    assert (one.split, one.against, one.n) == ("test", "train", 6)
    assert one.exact == leaks.exact_across == Counted(4, ("i1", "i2", "i3", "i4"))
    assert (one.same_question, one.same_label) == (2, 1)
    assert one.near == leaks.near_across == Counted(1, ("i5",))


def test_a_copy_of_a_later_split_is_no_leak_of_the_earlier(load: Load) -> None:
    leaks = find_leaks(load([{"text": TEXT, "split": "test"}, {"text": TEXT, "split": "validation"}]))
    assert [(one.split, one.exact.ids) for one in leaks.across] == [("test", ("i0",))]
    assert leaks.exact_across.ids == ("i0",)


def test_an_item_that_leaks_twice_counts_once_and_as_the_worse(load: Load) -> None:
    leaks = find_leaks(
        load([{"text": TEXT}, {"text": NEAR, "split": "validation"}, {"text": NEAR, "split": "test"}])
    )
    assert [(one.split, one.against, one.exact.count, one.near.count) for one in leaks.across] == [
        ("validation", "train", 0, 1),
        ("test", "train", 0, 1),
        ("test", "validation", 1, 0),
    ]
    assert leaks.exact_across.ids == ("i2",)
    assert leaks.near_across.ids == ("i1",)


def test_copies_between_folds(load: Load) -> None:
    rows = [{"text": TEXT, "split": "fold-1"}, {"text": TEXT, "split": "fold-2"}, {"split": "fold-3"}]
    leaks = find_leaks(load(rows))
    assert [one.exact.count for one in leaks.across] == [1, 1, 0]
    assert leaks.exact_across.ids == ("i0", "i1")


def test_within_a_split_items_repeat_questions_and_texts_are_nearly_alike(load: Load) -> None:
    leaks = find_leaks(
        load(
            [
                {"text": TEXT},
                {"text": TEXT + "."},  # repeats the first
                {"text": TEXT, "actor": "Bo"},  # asks something else of the same text
                {"text": TEXT, "actor": "Bo", "label": "pos"},  # repeats that, with another label
                {"text": NEAR},
                {"text": NEAR, "split": "test"},
            ]
        )
    )
    train, test = leaks.within
    assert (train.n, train.n_texts, train.exact.ids, train.near.ids) == (5, 2, ("i1", "i3"), ("i4",))
    assert (test.n, test.n_texts, test.exact, test.near) == (1, 1, NOTHING, NOTHING)


def test_contradictory_labels(load: Load) -> None:
    leaks = find_leaks(
        load(
            [
                {"text": TEXT, "label": "neg"},
                {"text": TEXT.upper(), "label": "pos", "split": "test"},
                {"text": TEXT, "label": "pos", "actor": "Bo"},
                {"text": TEXT, "label": "neg", "target": "a bill"},
                {"text": NEAR, "label": "none"},
                {"text": TEXT, "label": "neg"},
            ]
        )
    )
    assert leaks.contradictory == Counted(3, ("i0", "i1", "i5"))
    assert leaks.n_contradictory_inputs == 1


def test_two_mentions_of_one_name_are_two_questions(load: Load) -> None:
    text = "Ann backs it, says Ann."
    first = {"text": text, "actor": "Ann", "actor_spans": [(0, 3)], "label": "pos"}
    second = {"text": text, "actor": "Ann", "actor_spans": [(19, 22)], "label": "neg"}
    assert find_leaks(load([first, second, {**first, "split": "test"}])).contradictory == NOTHING
    moved = {"text": f": {text}", "actor": "Ann", "actor_spans": [(2, 5)], "label": "neg", "split": "test"}
    assert find_leaks(load([first, second, moved])).contradictory == Counted(2, ("i0", "i2"))


def test_groups_that_splits_cut(load: Load) -> None:
    rows = [
        *({"group": "a", "split": split} for split in ("test", "train", "test")),
        *({"group": "b", "split": split} for split in ("test", "validation", "validation")),
        *({"group": "c", "split": "test"} for _ in range(2)),
    ]
    leaks = find_leaks(load(rows))
    assert leaks.n_cut_groups == 2
    assert leaks.in_cut_groups == Counted(3, ("i0", "i2", "i3"))  # those outside the group's first split


def test_groups_that_folds_cut_count_whole(load: Load) -> None:
    rows = [{"group": group, "split": f"fold-{fold}"} for group, fold in (("a", 1), ("a", 2), ("b", 1), ("c", 2))]
    leaks = find_leaks(load(rows))
    assert (leaks.n_cut_groups, leaks.in_cut_groups.ids) == (1, ("i0", "i1"))


def test_twenty_ids_stand_for_more() -> None:
    assert counted(map(str, range(25))) == Counted(25, tuple(map(str, range(20))))


@pytest.fixture(scope="session")
def dse(shared_data: Path) -> LoadedTask:
    return load_task("dse", data_dir=shared_data, split_set="official")


def test_the_leak_of_dse_is_found(dse: LoadedTask) -> None:
    """PROVENANCE.md of the set: 400 of 1,623 test rows equal training rows, all with the same label."""
    against_train = next(one for one in find_leaks(dse).across if (one.split, one.against) == ("test", "train"))
    assert (against_train.n, against_train.same_question, against_train.same_label) == (1623, 400, 400)
    assert against_train.exact.count == 401  # one more has the sentence, with other entities
