from __future__ import annotations

import re

import pytest

from standoff.cli.tables_text import print_tables
from standoff.experiments.tables import Table

NAMES = (
    "dse",
    "gwsd",
    "handeset",
    "heating",
    "newsmtsc",
    "polstance",
    "rusentrel",
    "seesaw",
    "intervention:0.1.0",
)


def printed(
    table: Table, width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> list[str]:
    """The lines as a terminal of that width shows them, without those that are empty."""
    monkeypatch.setenv("COLUMNS", str(width))
    print_tables([table])
    lines = capsys.readouterr().out.splitlines()
    shown = lines[: -1 - len(table.notes)]
    assert max(map(len, shown)) <= width
    return [line for line in shown if line.strip()]


def against() -> Table:
    rows = tuple((name, "humans", "1178", "42.3", "tfidf_logreg 33.1", "+9.2 [-13.7, +14.4]") for name in NAMES)
    columns = ("task", "labels by", "items", "macro-F1", "best anchor", "difference")
    return Table("one against the best anchor", columns, rows)


def matrix() -> Table:
    rows = tuple((name, *["42° (62)"] * len(NAMES)) for name in NAMES)
    return Table("from set to set", ("train \\ test", *NAMES), rows)


@pytest.mark.parametrize("width", [64, 80, 100, 120, 200])
@pytest.mark.parametrize("table", [against(), matrix()], ids=["against", "matrix"])
def test_no_word_and_no_interval_is_broken(
    table: Table, width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = printed(table, width, monkeypatch, capsys)
    for name in NAMES:
        assert any(re.search(rf"(^| ){name}( |$)", line) for line in lines)
    text = "\n".join(lines)
    assert "\N{HORIZONTAL ELLIPSIS}" not in text
    units = [unit for row in table.rows for cell in row[1:] for unit in re.findall(r"\[[^]]*\]|[^ ]+", cell)]
    for unit in set(units):
        assert text.count(unit) >= units.count(unit), unit


def test_what_fits_is_on_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(against(), 120, monkeypatch, capsys)
    assert len(lines) == 3 + len(NAMES)  # the title, the headings, the rule
    assert " dse                 humans     1178   42.3" in lines[3]


def test_what_is_narrower_is_folded_between_value_and_interval(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = printed(against(), 80, monkeypatch, capsys)
    assert len(lines) == 3 + 2 * len(NAMES)
    assert lines[3].rstrip().endswith("+9.2")
    assert lines[4].strip().endswith("[-13.7, +14.4]")


def test_what_is_too_wide_is_printed_in_parts_that_all_begin_with_the_first_column(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = printed(matrix(), 80, monkeypatch, capsys)
    parts = [line.split() for line in lines if "train" in line]
    assert len(parts) == 2
    assert [name for part in parts for name in part[3:]] == list(NAMES)
    for name in NAMES:
        assert sum(line.strip().startswith(f"{name} ") for line in lines) == 2


def test_one_column_that_is_wider_than_the_terminal_still_has_a_part(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = Table("x", ("a", "b", "c"), (("1", "w" * 50, "2"),))
    lines = printed(table, 40, monkeypatch, capsys)
    assert sum(line.count("w") for line in lines) == 50
    assert [line.split() for line in lines if line.split()[0] == "a"] == [["a", "b"], ["a", "c"]]


def test_texts_from_elsewhere_are_shown_and_not_obeyed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = Table("[b]t\x1b[31m", ("[i]h",), (("[red]x\x1b[0m",),), ("n\x1b[2J",))
    monkeypatch.setenv("COLUMNS", "80")
    print_tables([table])
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "[b]t" in out
    assert "[i]h" in out
    assert "[red]x" in out
