from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standoff.errors import InputError
from standoff.rows.values import MAX_DEPTH, as_id, is_deep, name_fault, parse_object, text_fault


@pytest.mark.parametrize(("value", "becomes"), [(7, "7"), (-1, "-1"), ("7", "7"), (True, True), (7.0, 7.0)])
def test_whole_numbers_become_text(value: object, becomes: object) -> None:
    assert as_id(value) == becomes
    assert type(as_id(value)) is type(becomes)


@pytest.mark.parametrize(
    "value", ["a", " a ", "", "\n\t", "\u2028", "\u202e", "é", "e\u0301", "\U0001f600", "\x85"]
)
def test_texts(value: str) -> None:
    assert text_fault(value) is None


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (None, "is None; write it as text"),
        (1, "is 1; write it as text"),
        (["a"], "is ['a']; write it as text"),
        ("x" * 30 + "\udce9", r"holds '\udce9', which is no character; save the file as UTF-8"),
        ("\ud83d\ude00", r"holds '\ud83d', which is no character"),
        ("a\x00", "holds a NUL character; remove it"),
    ],
)
def test_what_is_no_text_is_no_name_either(value: object, says: str) -> None:
    assert (text_fault(value) or "").startswith(says)
    assert (name_fault(value) or "").startswith(says)


@pytest.mark.parametrize("value", ["a", " a ", "a b", "\u2028b", "\u202eb", "é", "e\u0301", "\U0001f600", "\xa0b"])
def test_names(value: str) -> None:
    assert name_fault(value) is None


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("", "is empty; fill it, or leave the row out"),
        (" ", "is empty"),
        ("\n", "is empty"),
        ("\u2003\xa0", "is empty"),
        ("a\nb", r"holds the control character '\n'; remove it"),
        ("a\t", r"holds the control character '\t'"),
        ("\x1b[31mred", r"holds the control character '\x1b'"),
        ("a\x7f", r"holds the control character '\x7f'"),
        ("a\x9b", r"holds the control character '\x9b'"),
    ],
)
def test_what_is_no_name(value: str, says: str) -> None:
    assert (name_fault(value) or "").startswith(says)


@given(st.text())
def test_names_are_texts_without_control_characters(value: str) -> None:
    import unicodedata

    kinds = {unicodedata.category(character) for character in value}
    assert (name_fault(value) is None) == (bool(value.strip()) and not kinds & {"Cc", "Cs"})


def nested(depth: int, inner: str = "0") -> str:
    return '{"x":' + "[" * (depth - 1) + inner + "]" * (depth - 1) + "}"


def test_json_may_be_nested_as_deep_as_it_says() -> None:
    assert parse_object(nested(MAX_DEPTH))["x"]
    with pytest.raises(InputError, match=f"is nested more than {MAX_DEPTH} deep"):
        parse_object(nested(MAX_DEPTH + 1))


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, "[" * 600 + "]" * 600, '{"a":' * 100_000, nested(5000, '"' + "[" * 100)],
    ids=["open lists", "a list that repr cannot show", "open objects", "a string that is not closed"],
)
def test_json_nested_too_deep_is_refused_whatever_it_is(text: str) -> None:
    with pytest.raises(InputError, match="is nested more than 100 deep"):
        parse_object(text)


@pytest.mark.parametrize(
    "value",
    [
        {"x": [[0, 3]] * 500},
        {"x": "[" * 500},
        {"[" * 500: '\\"' + "{" * 500},
        {"x": '"[{' * 500 + "\\"},
    ],
    ids=["side by side", "in a string", "in a key, behind a quote", "between quotes"],
)
def test_brackets_that_do_not_nest_do_not_count(value: dict[str, Any]) -> None:
    assert parse_object(json.dumps(value)) == value


json_values = st.recursive(
    st.none() | st.integers() | st.text(alphabet='a[]{}"\\,:'),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(alphabet='[{"\\'), inner),
)


@given(json_values)
def test_depth_is_counted_as_a_parser_counts_it(value: Any) -> None:
    wrapped = json.loads("[" * 60 + json.dumps(value) + "]" * 60)
    text = json.dumps([wrapped, "[" * 200])
    assert is_deep(text) == (depth(value) + 61 > MAX_DEPTH)
    deep = json.dumps([json.loads("[" * 99 + json.dumps(value) + "]" * 99), "[" * 200])
    assert is_deep(deep) == (depth(value) > 0)


def depth(value: Any) -> int:
    if isinstance(value, dict):
        value = list(value.values())
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


def test_quotes_without_end_are_looked_at_once() -> None:
    """A pattern that steps back would need hours for these."""
    assert not is_deep("[" * 90 + '"\\' * 1_000_000 + "[" * 50)
    assert is_deep("[" * 101 + '\\"' * 1_000_000)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[1]", "is not a JSON object"),
        ("{", "is not JSON"),
        ('{"a": NaN}', "NaN is not a number"),
        ('{"a": 1, "a": 2}', "key 'a' is given twice"),
        ('{"a": ' + "9" * 5000 + "}", "is not usable JSON"),
    ],
)
def test_what_is_no_object(text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        parse_object(text)
