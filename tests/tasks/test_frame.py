from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from standoff.errors import InputError
from standoff.tasks.frame import COLUMNS, check_frame, frame_digest, occurrences

if TYPE_CHECKING:
    from collections.abc import Callable

LABELS = ("neg", "pos")

# The two rows of good() as canonical JSONL: the nine columns in order, then the slices by name.
CANONICAL = (
    '{"id":"a|1","group":"g","text":"Ann 😀 backs Bo.","actor":"Ann","target":"Bo","label":"pos",'
    '"actor_spans":[[0,3]],"target_spans":[[12,14]],"split":"train","outlet":null,"quoted":true,"share":0.5,"year":2020}\n'
    '{"id":"a|2","group":"h","text":"No.","actor":"","target":"","label":"neg",'
    '"actor_spans":[],"target_spans":[],"split":"test","outlet":"Gazette","quoted":false,"share":1.0,"year":2021}\n'
)


def good() -> pd.DataFrame:
    first: dict[str, Any] = {
        "id": "a|1",
        "group": "g",
        "text": "Ann 😀 backs Bo.",
        "actor": "Ann",
        "target": "Bo",
        "label": "pos",
        "actor_spans": [(0, 3)],
        "target_spans": [(12, 14)],
        "split": "train",
        "year": 2020,
        "outlet": None,
        "share": 0.5,
        "quoted": True,
    }
    second = {
        **first,
        "id": "a|2",
        "group": "h",
        "text": "No.",
        "actor": "",
        "target": "",
        "label": "neg",
        "actor_spans": [],
        "target_spans": [],
        "split": "test",
        "year": 2021,
        "outlet": "Gazette",
        "share": 1.0,
        "quoted": False,
    }
    return pd.DataFrame([first, second])


def with_value(column: str, value: object) -> pd.DataFrame:
    """Return good() with the second row's value in ``column`` replaced."""
    frame = good().astype({column: object})
    frame[column] = pd.Series([frame[column].iloc[0], value], dtype=object)
    return frame


def test_a_good_frame_passes_and_its_spans_are_code_points() -> None:
    frame = good()
    check_frame(frame, LABELS, "here")
    text, [(start, end)] = frame["text"][0], frame["target_spans"][0]
    assert text[start:end] == "Bo"


@pytest.mark.parametrize("column", COLUMNS)
def test_a_missing_column_is_named(column: str) -> None:
    with pytest.raises(InputError, match=rf"^here: .*missing columns \['{column}'\]"):
        check_frame(good().drop(columns=column), LABELS, "here")


def test_a_doubled_column_is_named() -> None:
    frame = pd.concat([good(), good()[["label"]]], axis=1)
    with pytest.raises(InputError, match=r"doubled columns \['label'\]"):
        check_frame(frame, LABELS, "here")


def test_a_frame_without_rows_is_refused() -> None:
    with pytest.raises(InputError, match="has no rows"):
        check_frame(good().iloc[:0], LABELS, "here")


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("id", None, "id is None, not a text"),
        ("id", float("nan"), "id is nan, not a text"),
        ("id", pd.NA, "id is <NA>, not a text"),
        ("id", 7, "id is 7, not a text"),
        ("id", "", "id is '', not a text"),
        ("id", "a|1", "the id is used by an earlier row"),
        ("group", None, "group is None, not a text"),
        ("text", "", "text is '', not a text with characters"),
        ("text", " \n", r"text is ' \n', not a text with characters"),
        ("text", None, "text is None, not a text"),
        ("actor", None, "actor is None, not a string"),
        ("target", 3, "target is 3, not a string"),
        ("label", "NEG", "label is 'NEG', not one of neg, pos"),
        ("label", None, "label is None, not one of neg, pos"),
        ("label", pd.NA, "label is <NA>, not one of neg, pos"),
        ("split", "valid", "split is 'valid', not one of train, validation, test"),
        ("split", pd.NA, "split is <NA>, not one of"),
        ("actor_spans", None, "actor_spans is None, not a list"),
        ("actor_spans", (0, 1), "actor_spans is (0, 1), not a list"),
        ("actor_spans", [(0, 4)], "actor_spans holds (0, 4), not a (start, end) with 0 <= start < end <= 3"),
        ("target_spans", [(0, 1), (-1, 2)], "target_spans holds (-1, 2)"),
        ("target_spans", [(2, 2)], "target_spans holds (2, 2)"),
        ("target_spans", [(0, 1.0)], "target_spans holds (0, 1.0)"),
        ("target_spans", [(0, 1, 2)], "target_spans holds (0, 1, 2)"),
        ("target_spans", ["ab"], "target_spans holds 'ab'"),
        ("outlet", ["x"], "slice 'outlet' is ['x'], not a string, number, boolean or null"),
        ("year", float("inf"), "slice 'year' is inf"),
    ],
)
def test_a_row_that_does_not_fit_is_named_with_what_was_found(column: str, value: object, message: str) -> None:
    with pytest.raises(InputError, match=rf"row 1 \(id .*{re.escape(message)}") as caught:
        check_frame(with_value(column, value), LABELS, "task made")
    assert str(caught.value).startswith("task made: 1 problem(s) in 2 rows:")


def test_every_problem_is_counted_and_twenty_are_listed() -> None:
    frame = pd.concat([good().iloc[[0]]] * 25, ignore_index=True).assign(label="maybe")
    frame["id"] = [f"x{number}" for number in range(25)]
    with pytest.raises(InputError) as caught:
        check_frame(frame, LABELS, "here")
    message = str(caught.value)
    assert "25 problem(s) in 25 rows" in message
    assert message.count("'maybe'") == 20
    assert "and 5 more" in message


def test_the_digest_is_the_sha256_of_canonical_jsonl() -> None:
    assert frame_digest(good()) == hashlib.sha256(CANONICAL.encode("utf-8")).hexdigest()


@pytest.mark.parametrize(
    "change",
    [
        lambda frame: frame.set_index(pd.Index([9, 9])),
        lambda frame: frame[frame.columns[::-1]],
        lambda frame: frame.astype(dict.fromkeys(frame.columns, object)),
        lambda frame: frame.astype({"id": "string", "outlet": "string", "year": "Int64", "quoted": "boolean"}),
        lambda frame: frame.astype({"year": np.int16, "share": np.float32}),
        lambda frame: frame.assign(outlet=[np.nan, "Gazette"]),
        lambda frame: frame.assign(actor_spans=[[[np.int64(0), np.int64(3)]], []]),
    ],
    ids=["index", "column order", "object columns", "nullable columns", "narrow numbers", "NaN", "numpy spans"],
)
def test_how_pandas_holds_the_values_does_not_change_the_digest(
    change: Callable[[pd.DataFrame], pd.DataFrame],
) -> None:
    assert frame_digest(change(good())) == frame_digest(good())


def test_the_order_of_rows_changes_the_digest() -> None:
    assert frame_digest(good().iloc[::-1]) != frame_digest(good())


@pytest.mark.parametrize("column", good().columns)
def test_every_column_counts_in_the_digest(column: str) -> None:
    frame = good().astype({column: object})
    frame[column] = frame[column].to_list()[::-1]
    assert frame_digest(frame) != frame_digest(good())


@pytest.mark.parametrize("value", [float("inf"), ["x"], pd.Timestamp("2024-12-08")])
def test_a_value_without_a_place_in_json_is_refused(value: object) -> None:
    with pytest.raises(InputError, match="'year' holds a value that has no place in JSON"):
        frame_digest(with_value("year", value))


def test_half_a_surrogate_pair_is_refused_by_the_id_of_its_row() -> None:
    with pytest.raises(InputError, match=r"id 'a\|2': has half of a surrogate pair"):
        frame_digest(with_value("text", "\ud83d"))


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("Iran and Iran", "Iran", [(0, 4), (9, 13)]),
        ("Iranian Iran.", "Iran", [(8, 12)]),
        ("😀 Bo", "Bo", [(2, 4)]),
        ("U.S. troops, U.S.", "U.S.", [(0, 4), (13, 17)]),
        ("iran", "Iran", []),
        ("Mr. Trump", "Donald Trump", []),
        ("a a a a", "a a", [(0, 3), (4, 7)]),
        ("abc", ".", []),
        ("anything", "", []),
    ],
)
def test_occurrences_are_whole_words_spelt_exactly(text: str, name: str, expected: list[tuple[int, int]]) -> None:
    assert occurrences(text, name) == expected
    assert all(text[start:end] == name for start, end in expected)
