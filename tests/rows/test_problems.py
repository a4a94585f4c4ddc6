from __future__ import annotations

from pathlib import Path

import pytest

from standoff.errors import InputError
from standoff.rows.problems import LONGEST, SHOWN, Problems

WHERE = Path("rows.jsonl")


def refused(problems: Problems) -> str:
    with pytest.raises(InputError) as caught:
        problems.refuse(WHERE, "is no good", expected="good rows", remedy="mend them")
    return str(caught.value)


def test_nothing_is_raised_where_there_is_no_problem() -> None:
    Problems().refuse(WHERE, "is no good", expected="good rows", remedy="mend them")


def test_one_problem() -> None:
    problems = Problems()
    problems.add(3, "is empty")
    assert refused(problems) == (
        "rows.jsonl: is no good, 1 problem:\n  - line 3: is empty\n  expected: good rows\n  what to do: mend them"
    )


def test_as_many_as_are_shown_and_one_more() -> None:
    problems = Problems("row")
    for number in range(SHOWN):
        problems.add(number, "is empty")
    assert f"is no good, {SHOWN} problems:\n" in refused(problems)
    problems.add(SHOWN, "is the last")
    message = refused(problems)
    assert f"is no good, {SHOWN + 1} problems, the first {SHOWN} of them:\n" in message
    assert message.count("  - row ") == SHOWN
    assert "the last" not in message
    assert "… and" not in message  # that there are more is said once


def test_what_the_file_says_is_cut() -> None:
    problems = Problems()
    problems.add(1, "x" * LONGEST)
    problems.add(2, "y" * (LONGEST + 1))
    assert problems.first[0].what == "x" * LONGEST
    assert problems.first[1].what == "y" * (LONGEST - 1) + "…"


def test_the_unit_is_that_of_the_file() -> None:
    problems = Problems()
    assert problems.place(2) == "line 2"
    problems.unit = "row"
    assert problems.place(2) == "row 2"
