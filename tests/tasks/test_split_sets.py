"""The audited rule, and the lists it is frozen in."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standoff.errors import InputError, NotFoundError
from standoff.tasks.duplicates import Duplicates
from standoff.tasks.split_sets import (
    LEFT_OUT,
    Change,
    apply,
    as_published,
    changes,
    frozen,
    list_text,
    read_list,
    without_leaks,
)

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "the minister said on Monday that no troops would be sent to the border this year"
NEAR = TEXT + " again"

Row = tuple[str, str, str, str]


def frame_of(*rows: Row) -> pd.DataFrame:
    """Return a frame of (text, group, label, split)."""
    made = pd.DataFrame(rows, columns=["text", "group", "label", "split"])
    return made.assign(id=[f"i{number}" for number in range(len(rows))])


# Texts of three words out of five collide often, and more often nearly: 2 of 2 word pairs, or none.
ROWS = st.tuples(
    st.lists(st.sampled_from("abcde"), min_size=1, max_size=4).map(" ".join),
    st.integers(0, 30).map("g{}".format),
    st.sampled_from(["neg", "pos"]),
)


@st.composite
def published(draw: st.DrawFn) -> pd.DataFrame:
    rows = draw(st.lists(ROWS, min_size=1, max_size=30))
    splits = draw(
        st.lists(st.sampled_from(["train", "validation", "test"]), min_size=len(rows), max_size=len(rows))
    )
    return frame_of(*((*row, split) for row, split in zip(rows, splits, strict=True)))


def joined(frame: pd.DataFrame) -> list[tuple[int, int]]:
    """Return the pairs of rows that no split may part, each by comparing two rows."""
    clusters, groups = Duplicates(list(frame["text"])).clusters(), list(frame["group"])
    return [
        (a, b) for a in range(len(frame)) for b in range(a) if clusters[a] == clusters[b] or groups[a] == groups[b]
    ]


@settings(max_examples=200, deadline=None, derandomize=True)
@given(published())
def test_without_leaks_no_later_split_has_anything_of_an_earlier_one(frame: pd.DataFrame) -> None:
    audited = without_leaks(frame)
    parts = list(audited["split"])
    earlier = {"train": (), "validation": ("train",), "test": ("train", "validation")}
    assert not any(Duplicates(list(audited["text"])).twins(parts, [earlier[part] for part in parts]))
    assert audited.groupby("group")["split"].nunique().max() == 1 or len(audited) == 0


@settings(max_examples=200, deadline=None, derandomize=True)
@given(published())
def test_train_stays_and_what_stays_stays_where_it_was(frame: pd.DataFrame) -> None:
    audited = without_leaks(frame)
    train = frame[frame["split"] == "train"]
    assert audited[audited["split"] == "train"].reset_index(drop=True).equals(train.reset_index(drop=True))
    assert audited.equals(frame[frame["id"].isin(audited["id"])].reset_index(drop=True))
    left_out = changes(frame)
    assert [one.id for one in left_out] == list(frame["id"][~frame["id"].isin(audited["id"])])
    assert all(one.split == LEFT_OUT and one.because for one in left_out)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(ROWS, min_size=12, max_size=60))
def test_folds_hold_every_item_once_and_part_nothing(rows: list[tuple[str, str, str]]) -> None:
    frame = frame_of(*((*row, "") for row in rows))
    try:
        made = changes(frame, folds=3)
    except InputError as error:
        assert "cannot fill 3 folds" in str(error)  # noqa: PT017 - whether it is raised depends on the items
        return
    assert [one.id for one in made] == list(frame["id"])
    fold = [one.split for one in made]
    assert set(fold) == {"fold-1", "fold-2", "fold-3"}
    assert all(fold[a] == fold[b] for a, b in joined(frame))
    assert changes(frame, folds=3) == made


def test_why_an_item_is_left_out() -> None:
    frame = frame_of(
        (TEXT, "a", "neg", "train"),
        (TEXT.upper(), "b", "neg", "test"),
        (NEAR, "c", "neg", "validation"),
        ("something else altogether", "a", "neg", "test"),
        ("a text of its own", "d", "neg", "validation"),
        ("another of its own", "d", "neg", "test"),
        ("nothing of this stands anywhere", "e", "neg", "test"),
    )
    assert changes(frame) == [
        Change("i1", "-", "same words as i0 of train"),
        Change("i2", "-", "near duplicate (0.94) of i0 of train"),
        Change("i3", "-", "group a is in train"),
        Change("i5", "-", "group d is in validation"),
    ]


def unsplit(n: int) -> pd.DataFrame:
    labels = ["neg", "pos", "pos"]
    return frame_of(
        *((f"{number} is alone in {number}", f"g{number}", labels[number % 3], "") for number in range(n))
    )


def test_folds_are_five_of_a_size_and_have_labels_in_equal_shares() -> None:
    folded = without_leaks(unsplit(90))
    folds = [f"fold-{number}" for number in range(1, 6)]
    expected = {(fold, label): n for fold in folds for label, n in (("neg", 6), ("pos", 12))}
    assert Counter(zip(folded["split"], folded["label"], strict=True)) == expected


def test_folds_depend_on_the_seed_alone() -> None:
    frame = unsplit(60)
    assert changes(frame) == changes(frame, folds=5, seed=12345)
    assert changes(frame) != changes(frame, seed=1)


def test_a_group_and_a_duplicate_make_a_chain_that_is_not_cut() -> None:
    rows = [(f"{number} is alone in {number}", f"g{number}", "neg", "") for number in range(20)]
    chain = [(TEXT, "x", "neg", ""), (NEAR, "y", "neg", ""), ("other words, same group", "y", "pos", "")]
    for seed in range(10):
        fold = [one.split for one in changes(frame_of(*rows, *chain), seed=seed)]
        assert len(set(fold[-3:])) == 1


@pytest.mark.parametrize(
    "frame",
    [
        unsplit(4),  # fewer groups than folds
        unsplit(10).assign(group="g"),
        unsplit(10).assign(text=TEXT),
        unsplit(6),  # four of the most frequent label: scikit-learn would refuse them
    ],
)
def test_too_little_for_folds(frame: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="cannot fill 5 folds"):
        changes(frame)


def test_a_label_rarer_than_folds_is_no_trouble() -> None:
    frame = unsplit(30)
    frame.loc[0, "label"] = "none"
    assert len(changes(frame)) == 30


def test_mixed_splits_are_refused() -> None:
    with pytest.raises(InputError, match="splits are mixed") as caught:
        changes(frame_of((TEXT, "a", "neg", "train"), (NEAR, "b", "neg", "")))
    assert "['']" in str(caught.value)


def test_apply_ignores_ids_that_a_variant_lacks() -> None:
    frame = frame_of((TEXT, "a", "neg", "train"), (NEAR, "b", "neg", "test"))
    made = apply(frame, [Change("i1", "-", "because"), Change("i9", "train", "")])
    assert list(made["id"]) == ["i0"]
    moved = apply(frame, [Change("i1", "validation", "")])
    assert list(moved["split"]) == ["train", "validation"]
    assert list(frame["split"]) == ["train", "test"]


def test_as_published_changes_nothing() -> None:
    frame = frame_of((TEXT, "a", "neg", "train"))
    assert as_published(frame) is frame


FIELD = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=8)
SPLIT = st.sampled_from(["train", "validation", "test", "fold-1", "fold-12", LEFT_OUT])


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.tuples(FIELD, SPLIT, FIELD), unique_by=lambda row: row[0], max_size=6))
def test_a_list_comes_back_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]]
) -> None:
    path = tmp_path_factory.mktemp("lists") / "list.tsv"
    made = [Change(*row) for row in rows]
    path.write_text(list_text(made), encoding="utf-8")
    assert read_list(path) == made


def test_a_frozen_list_does_what_the_rule_did(tmp_path: Path) -> None:
    frame = frame_of((TEXT, "a", "neg", "train"), (NEAR, "b", "neg", "test"), ("other", "c", "neg", "test"))
    path = tmp_path / "list.tsv"
    path.write_text(list_text(changes(frame)), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == "id\tsplit\tbecause\ni1\t-\tnear duplicate (0.94) of i0 of train\n"
    assert frozen(path)(frame).equals(without_leaks(frame))


@pytest.mark.parametrize("character", ["\t", "\n", "\r", "\x85", "\u2028"])
def test_an_id_that_would_break_a_list_is_refused(character: str) -> None:
    with pytest.raises(InputError, match="no tab and no line end"):
        list_text([Change(f"a{character}b", "-", "")])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: '' is not the header"),
        ("id\tsplit\n", "line 1"),
        ("id\tsplit\tbecause\na\t-\n", "line 2: .* has not three fields"),
        ("id\tsplit\tbecause\na\t-\tx\na\t-\tx\n", "line 3: the id 'a' stands twice"),
        ("id\tsplit\tbecause\na\tfold-0\tx\n", "line 2: 'fold-0' is not a split"),
        ("id\tsplit\tbecause\na\tdev\tx\n", "line 2: 'dev' is not a split"),
        ("id\tsplit\tbecause\n\n", "line 2"),
    ],
)
def test_a_broken_list_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "list.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_list(path)


def test_a_list_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        read_list(tmp_path / "list.tsv")
