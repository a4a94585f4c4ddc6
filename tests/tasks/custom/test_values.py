"""Every value of every format becomes text by one rule."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from standoff.tasks.custom.values import NAMED, BadValueError, as_text, template_columns, unknown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("", ""),
        (" as it is\n", " as it is\n"),
        (None, ""),
        (float("nan"), ""),
        (Decimal("NaN"), ""),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (-3, "-3"),
        (2.0, "2"),
        (-0.0, "0"),
        (0.5, "0.5"),
        (-1.25, "-1.25"),
        (1e20, "100000000000000000000"),
        (float("inf"), "inf"),
        (float("-inf"), "-inf"),
        (Decimal("2.00"), "2"),
        (Decimal("2.50"), "2.50"),
        (dt.date(2024, 12, 8), "2024-12-08"),
        (dt.datetime(2024, 12, 8), "2024-12-08"),  # noqa: DTZ001 - as spreadsheets give them
        (dt.datetime(2024, 12, 8, 10, 30), "2024-12-08T10:30:00"),  # noqa: DTZ001 - as above
        (dt.datetime(2024, 12, 8, tzinfo=dt.UTC), "2024-12-08T00:00:00+00:00"),
        (dt.time(10, 30), "10:30:00"),
    ],
)
def test_a_value_as_text(value: object, text: str) -> None:
    assert as_text(value) == text


@pytest.mark.parametrize(
    ("value", "kind"), [([1], "a list"), ({}, "an object"), ((1,), "a tuple"), (b"", "a bytes")]
)
def test_what_is_not_one_value_is_refused(value: object, kind: str) -> None:
    with pytest.raises(TypeError, match=f"is {kind}, where one value is expected"):
        as_text(value)


def test_the_columns_of_a_template() -> None:
    assert template_columns("On {topic}: {{{a.b}}} {topic}, {sentence-level stances}") == [
        "topic",
        "a.b",
        "topic",
        "sentence-level stances",
    ]
    assert template_columns("{{no column}}") == []


@pytest.mark.parametrize("template", ["{", "}", "a {b", "a b}", "{}", "{a}}"])
def test_a_template_with_an_open_brace_is_refused(template: str) -> None:
    with pytest.raises(ValueError, match="has a brace that is open"):
        template_columns(template)


def test_an_unknown_name_is_told_the_nearest_and_the_first() -> None:
    assert unknown("column", "txt", ["text", "label"]) == (
        "no column named 'txt'; did you mean text? Known: label, text"
    )
    assert unknown("column", "txt", []) == "no column named 'txt'; there are no columns"
    many = [f"c{number:02}" for number in range(NAMED + 3)]
    assert unknown("column", "nowhere", many).endswith(f"one of {', '.join(many[:NAMED])} and 3 more")
    near = unknown("column", "text", [*many, "txt"])
    assert f"did you mean txt? Known: {', '.join(many[: NAMED - 1])}, txt and 4 more" in near


def test_a_bad_value_names_its_column() -> None:
    assert str(BadValueError("fan", "is empty")) == "column 'fan': is empty"
