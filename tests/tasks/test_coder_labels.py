from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from standoff.errors import InputError
from standoff.tasks.coder_labels import (
    CODER_COLUMNS,
    agreement_by_item,
    check_coder_labels,
    labels_by_item,
    unanimity,
)

GOOD = [("i1", "ann", "neg"), ("i1", "bo", "pos"), ("i2", "ann", "neg"), ("i1", "cy", "neg")]


def made(rows: list[Any]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(CODER_COLUMNS))


def refusal(rows: list[Any]) -> str:
    with pytest.raises(InputError) as caught:
        check_coder_labels(made(rows), ("neg", "pos"), "task made")
    return str(caught.value)


def test_labels_that_fit_are_let_pass() -> None:
    check_coder_labels(made(GOOD), ("neg", "pos"), "task made")
    check_coder_labels(made([]), ("neg", "pos"), "task made")


@pytest.mark.parametrize(
    "columns", [("id", "coder"), ("id", "label", "coder"), ("id", "coder", "label", "at"), ("id", "id", "label")]
)
def test_other_columns_are_refused(columns: tuple[str, ...]) -> None:
    frame = pd.DataFrame([["x"] * len(columns)], columns=list(columns))
    with pytest.raises(InputError, match="other columns than they should") as caught:
        check_coder_labels(frame, ("neg", "pos"), "task made")
    assert "task made" in str(caught.value)
    assert "expected: id, coder, label" in str(caught.value)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("i1", "ann", "pos"), "row 4 (id 'i1', coder 'ann'): the coder has labelled the item in an earlier row"),
        (("i3", "ann", "mixed"), "row 4 (id 'i3', coder 'ann'): label is 'mixed', not one of neg, pos"),
        (("i3", "ann", None), "not one of neg, pos"),
        (("i3", " ", "neg"), "id and coder are not both texts with characters in them"),
        ((None, "ann", "neg"), "id and coder are not both texts with characters in them"),
        ((["i3"], "ann", "neg"), "id and coder are not both texts with characters in them"),
    ],
)
def test_a_row_that_does_not_fit_is_refused(row: tuple[Any, ...], message: str) -> None:
    found = refusal([*GOOD, row])
    assert "1 problem(s) in 5 labels of coders" in found
    assert message in found


def test_the_first_twenty_problems_are_listed() -> None:
    found = refusal([("i1", "ann", "mixed") for _ in range(12)])
    assert "23 problem(s) in 12 labels" in found  # all labels, and all coders but the first
    assert "… and 3 more" in found


def test_labels_are_gathered_by_item() -> None:
    assert labels_by_item(made(GOOD)) == {"i1": ["neg", "pos", "neg"], "i2": ["neg"]}
    assert labels_by_item(made([])) == {}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", None),
        ("a", None),
        ("aa", "all"),
        ("ab", "split"),
        ("aab", "most"),
        ("abc", "split"),
        ("aabb", "split"),
        ("aaab", "most"),
        ("aabc", "split"),  # half is not more than half
        ("baaaa", "most"),
        ("aaaaaaaa", "all"),
    ],
)
def test_unanimity(given: str, expected: str | None) -> None:
    assert unanimity(given) == unanimity(given[::-1]) == expected


def test_agreement_stands_in_the_order_of_the_items() -> None:
    frame = made([*GOOD, ("i2", "bo", "neg")])
    assert agreement_by_item(["i2", "unknown", "i1"], frame) == ["all", None, "most"]
