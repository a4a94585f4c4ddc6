"""The lines that are left on standard error, event by event; a terminal is in test_run_command.py."""

from __future__ import annotations

import pytest

from standoff.cli.runs_progress import print_errors, showing
from standoff.experiments.jobs import Event, Failed, Made, Planned, Skipped, Started, Warned


def lines(capsys: pytest.CaptureFixture[str], total: int, *events: Event) -> list[str]:
    with showing() as tell:
        for event in (Planned(total), *events):
            tell(event)
    out, err = capsys.readouterr()
    assert out == ""
    return [line.replace("0:00:01", "0:00:00") for line in err.splitlines()]  # a slow machine may take a second


def test_a_line_for_each_run_that_has_ended(capsys: pytest.CaptureFixture[str]) -> None:
    events = (
        Started("one"),
        Started("two"),
        Made("two", "macro_f1", 0.4567, 1.26),
        Failed("one", "no such thing\n  expected: another"),
    )
    assert lines(capsys, 12, *events) == [
        " 1/12  0:00:00  two: macro-F1 45.7 in 1.3 s",
        " 2/12  0:00:00  one: failed: no such thing",
    ]


def test_a_run_whose_process_died_before_it_began(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(capsys, 1, Failed("one", "its process was ended")) == [
        "1/1  0:00:00  one: failed: its process was ended"
    ]


def test_runs_that_are_not_begun_are_counted_with_the_one_that_took_them_along(
    capsys: pytest.CaptureFixture[str],
) -> None:
    events = (Started("one"), Failed("one", "killed", ("two", "three")), Made("four", "macro_f1", 1.0, 2.0))
    assert lines(capsys, 4, *events) == [
        "3/4  0:00:00  one: failed (2 after it not begun): killed",
        "4/4  0:00:00  four: macro-F1 100.0 in 2.0 s",
    ]


def test_a_run_that_is_skipped_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(capsys, 1, Started("one"), Skipped("one", "nothing there")) == [
        "1/1  0:00:00  one: skipped: nothing there"
    ]


def test_a_warning_stands_beside_its_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(capsys, 1, Started("one"), Warned("one", "did not converge")) == [
        "one: warning: did not converge"
    ]


def test_what_a_name_or_an_error_holds_is_shown_and_not_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    events = (Started("\x1b[2J"), Failed("\x1b[2J", "[bold]\x07"))
    assert lines(capsys, 1, *events) == ["1/1  0:00:00  \\x1b[2J: failed: [bold]\\x07"]


def test_the_whole_error_is_told_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    long = "word " * 60
    print_errors("broken", [Failed("one", f"first\n  expected: {long}"), Failed("two", "\x1b[2J")])
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == ["broken: one: first", f"  expected: {long}", "broken: two: \\x1b[2J"]


def test_an_error_of_many_runs_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    print_errors("failed", [Failed("a", "x"), Failed("b", "y"), *(Failed(str(n), "x") for n in range(8))])
    assert capsys.readouterr().err.splitlines() == [
        "failed: a, 0, 1, 2, 3, 4, 5, 6, and 1 more: x",
        "failed: b: y",
    ]
