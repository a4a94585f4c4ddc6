from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from standoff.errors import (
    InputError,
    IntegrityError,
    NotFoundError,
    Problem,
    RefusedError,
    StandoffError,
    enumerated,
    listed,
    printable,
    shorten,
    unknown_name,
)


def test_the_message_says_what_where_got_expected_and_what_to_do() -> None:
    error = StandoffError(
        "is not UTF-8", where=Path("a.txt"), got=b"\xe9", expected="UTF-8", remedy="save it again"
    )
    assert str(error).split("\n") == [
        "a.txt: is not UTF-8",
        "  got: b'\\xe9'",
        "  expected: UTF-8",
        "  what to do: save it again",
    ]
    assert (error.what, error.where, error.got) == ("is not UTF-8", "a.txt", "b'\\xe9'")
    assert (error.expected, error.remedy) == ("UTF-8", "save it again")


def test_only_what_is_wrong_is_required() -> None:
    error = StandoffError("nothing there")
    assert str(error) == "nothing there"
    assert error.where is error.got is error.expected is error.remedy is None


@pytest.mark.parametrize("got", [0, False, "", []])
def test_an_empty_value_is_shown(got: object) -> None:
    assert f"got: {got!r}" in str(StandoffError("no", got=got))


@pytest.mark.parametrize("kind", [InputError, NotFoundError, RefusedError, IntegrityError])
def test_every_error_can_be_caught_as_one(kind: type[StandoffError]) -> None:
    with pytest.raises(StandoffError, match=r"a\.txt:3: no"):
        raise kind("no", where="a.txt:3")
    assert kind.__doc__


def test_another_remedy_leaves_the_rest_and_the_error_itself() -> None:
    error = InputError("is broken", where="a.txt", got=["x"], expected="whole", remedy="restore it")
    changed = error.with_remedy("remove it")
    assert type(changed) is InputError
    assert str(changed) == "a.txt: is broken\n  got: ['x']\n  expected: whole\n  what to do: remove it"
    assert str(error).endswith("restore it")
    assert str(NotFoundError("no").with_remedy("look")) == "no\n  what to do: look"


def test_an_error_comes_whole_out_of_another_process() -> None:
    error = RefusedError("no", where="a.txt", got=1, expected="2", remedy="try")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes; multiprocessing does the same
    assert (type(again), str(again), again.what) == (RefusedError, str(error), "no")


# -- values ---------------------------------------------------------------------------------------------


def test_values_are_shown_as_python_writes_them() -> None:
    assert shorten("a\x1b[2J\n") == "'a\\x1b[2J\\n'"
    assert shorten({"a": 1}) == "{'a': 1}"


@pytest.mark.parametrize("length", [117, 118, 119, 120, 5_000])
def test_long_values_are_cut(length: int) -> None:
    shown = shorten("x" * length)
    assert len(shown) == min(length + 2, 120)
    assert shown.endswith("…") == (length > 118)
    assert len(shorten("x" * length, 10)) == 10


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Noël 🚢 «x» 日本", "Noël 🚢 «x» 日本"),
        ("two\nlines", "two\nlines"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x9b31m", "\\x9b31m"),
        ("a\rb\tc\x00", "a\\rb\\tc\\x00"),
        ("\u202eabc\u200b\u2028", "\\u202eabc\\u200b\\u2028"),
        ("\udcff", "\\udcff"),
        ("it's \\n", "it's \\n"),
    ],
)
def test_what_a_terminal_would_obey_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(shown) == shown


# -- lists ----------------------------------------------------------------------------------------------


def test_problems_are_listed_one_per_line() -> None:
    assert listed([Problem("line 3", "no stance"), "another"]) == "  - line 3: no stance\n  - another"
    assert listed([]) == ""


@pytest.mark.parametrize(("number", "more"), [(20, None), (21, "  … and 1 more"), (500, "  … and 480 more")])
def test_the_first_twenty_and_how_many_more(number: int, more: str | None) -> None:
    lines = listed(Problem(str(n), "x") for n in range(number)).split("\n")
    assert lines[:20] == [f"  - {n}: x" for n in range(20)]
    assert lines[20:] == ([] if more is None else [more])
    assert len(listed(range(number), limit=number).split("\n")) == number


def test_names_are_enumerated_up_to_a_limit() -> None:
    assert enumerated(["a", "b"]) == "a, b"
    assert enumerated(["a", "b", "c"], limit=2) == "a, b, and 1 more"
    assert enumerated([str(n) for n in range(1041)]).endswith("38, 39, and 1,001 more")
    assert enumerated([]) == ""


# -- names ----------------------------------------------------------------------------------------------


def test_an_unknown_name_comes_with_the_nearest_and_all() -> None:
    error = unknown_name(
        "task", "seesw", ["rusentrel", "seesaw", "intervention"], remedy="see: standoff tasks list"
    )
    assert isinstance(error, NotFoundError)
    assert str(error).split("\n") == [
        "no task named 'seesw'",
        "  expected: did you mean seesaw? Known: intervention, rusentrel, seesaw",
        "  what to do: see: standoff tasks list",
    ]


def test_an_unknown_name_like_none() -> None:
    assert unknown_name("task", "xyz", ["seesaw", "a"]).expected == "one of a, seesaw"
    assert unknown_name("task", "xyz", []).expected == "there is none"


def test_of_thousands_of_names_the_nearest_and_some_are_told() -> None:
    names = [f"article-{number:04}" for number in range(3000)]
    for wanted, start in (("article-x999", "did you mean article-"), ("zzz", "one of article-0000, ")):
        expected = unknown_name("article", wanted, names).expected
        assert expected
        assert expected.startswith(start)
        assert expected.endswith(" article-0039, and 2,960 more")
