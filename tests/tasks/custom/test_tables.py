"""CSV and TSV in all their dialects, and sheets of XLSX."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from tests.tasks.custom.conftest import cells, problems_of, refusal, rows

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "text", "options", "expected"),
    [
        ("a.csv", "t,l\nx,1\ny,2\n", {}, [("2", "x", "1"), ("3", "y", "2")]),
        ("a.csv", "t;l\r\nx;1\r\ny;2", {"delimiter": ";"}, [("2", "x", "1"), ("3", "y", "2")]),
        ("a.csv", "t|l\nx|1\n", {"delimiter": "|"}, [("2", "x", "1")]),
        ("a.tsv", "t\tl\nx, x\t1\n", {}, [("2", "x, x", "1")]),
        ("a.tab", "t\tl\nx\t1\n", {}, [("2", "x", "1")]),
        ("a.txt", "t\tl\nx\t1\n", {"format": "tsv"}, [("2", "x", "1")]),
        ("A.CSV", "t,l\nx,1\n", {}, [("2", "x", "1")]),
        ("a.csv", 't,l\n"x\ny",1\nz,2\n', {}, [("2", "x\ny", "1"), ("4", "z", "2")]),
        ("a.csv", 't,l\n"x\r\ny",1\r\nz,2\n', {}, [("2", "x\r\ny", "1"), ("4", "z", "2")]),
        ("a.csv", 't,l\n"she said ""x""",1\n', {}, [("2", 'she said "x"', "1")]),
        ("a.csv", 't,l\n"she said \\"x\\"",1\n', {"escape": "\\"}, [("2", 'she said "x"', "1")]),
        ("a.csv", "t,l\n'a, b',1\n", {"quote": "'"}, [("2", "a, b", "1")]),
        ("a.tsv", 't\tl\n"x\t1\ny "\t2\n', {"quote": ""}, [("2", '"x', "1"), ("3", 'y "', "2")]),
        ("a.csv", "x,1\ny,2\n", {"columns": ["t", "l"]}, [("1", "x", "1"), ("2", "y", "2")]),
        ("a.csv", "A,B\nx,1\n", {"columns": ["t", "l"], "header": True}, [("2", "x", "1")]),
        ("a.csv", "# made\n# up\nt,l\n# no row\nx,1\n", {"comment": "#"}, [("5", "x", "1")]),
        ("a.csv", 't,l\n"x\n# y",1\n', {"comment": "#"}, [("2", "x\n# y", "1")]),
        ("a.csv", "Made up\n\nt,l\nx,1\n", {"skip": 2}, [("4", "x", "1")]),
        ("a.csv", "t,l\n\nx,1\n\n", {}, [("3", "x", "1")]),
        ("a.csv", "t , l\nx , 1\n", {"trim": True}, [("2", "x", "1")]),
        ("a.csv", 't, l\n x, "1, 2"\n', {"trim": True}, [("2", "x", "1, 2")]),
        ("a.csv", "t,l,\nx,1,\n", {}, [("2", "x", "1")]),
        ("a.csv", "t,l\nx,1,,\n", {}, [("2", "x", "1")]),
        ("a.csv", "t::l\r\nx: y::1\r\n", {"delimiter": "::", "quote": ""}, [("2", "x: y", "1")]),
        ("a.csv", "%\nt::l\n\nx::1", {"delimiter": "::", "quote": "", "comment": "%"}, [("4", "x", "1")]),
        ("a.csv", "made\nt::l\nx::1", {"delimiter": "::", "quote": "", "skip": 1}, [("3", "x", "1")]),
    ],
)  # fmt: skip
def test_delimited_text(
    tmp_path: Path, name: str, text: str, options: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    (tmp_path / name).write_bytes(text.encode())
    assert cells(tmp_path, path=name, **options) == [(place, {"t": t, "l": label}) for place, t, label in expected]


def test_without_a_header_columns_are_numbered(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,1\n", encoding="utf-8")
    assert cells(tmp_path, path="a.csv", header=False) == [("1", {"1": "x", "2": "1"})]


def test_packed_text_and_encodings_reach_the_reader(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress("t\nЯ!\n".encode("koi8-r")))
    assert cells(tmp_path, path="a.csv.gz", encoding="koi8-r") == [("2", {"t": "Я!"})]
    assert rows(tmp_path, path="a.csv.gz", encoding="koi8-r").rows[0].source.stem == "a"


def test_a_cell_may_be_an_article(tmp_path: Path) -> None:
    csv.field_size_limit(131_072)  # what Python starts with
    (tmp_path / "a.csv").write_text("t\n" + "x" * 300_000 + "\n", encoding="utf-8")
    assert len(cells(tmp_path, path="a.csv")[0][1]["t"]) == 300_000
    assert csv.field_size_limit() == 131_072


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ('t,l\nx,1\n"y,2\nz,3\n', {}, "line 3: its quotes do not close"),
        ('t,l\n"x" y,1\n', {}, "line 2: its quotes do not close"),
    ],
)
def test_quotes_that_swallow_lines_are_refused(
    tmp_path: Path, text: str, options: dict[str, Any], message: str
) -> None:
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    found = refusal(tmp_path, path="a.csv", **options)
    assert message in found
    assert 'say quote = ""' in found


def test_rows_of_another_length_and_doubled_columns_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("t,l\nx\ny,2,3\nz,4\n", encoding="utf-8")
    assert problems_of(tmp_path, path="a.csv") == [
        "a.csv: line 2: has 1 cells, expected 2",
        "a.csv: line 3: has 3 cells, expected 2",
    ]
    (tmp_path / "a.csv").write_text("t,l,t\nx,1,y\n", encoding="utf-8")
    assert problems_of(tmp_path, path="a.csv") == ["a.csv: the columns t stand twice in the header"]


@pytest.mark.parametrize(
    ("name", "header", "delimiter"),
    [("a.csv", "t;l", '";"'), ("a.csv", "t\tl", '"\\t"'), ("a.tsv", "t|l", '"|"'), ("a.tsv", "t,l", '","')],
)
def test_a_header_of_one_cell_with_another_delimiter_is_told(
    tmp_path: Path, name: str, header: str, delimiter: str
) -> None:
    (tmp_path / name).write_text(f"{header}\n{header}\n", encoding="utf-8")
    (problem,) = problems_of(tmp_path, path=name)
    assert problem == f"{name}: the header is one cell, {header!r}; delimiter = {delimiter} would part it"
    own = {"a.csv": ",", "a.tsv": "\t"}[name]
    assert cells(tmp_path, path=name, delimiter=own) == [("2", {header: header})]
    assert len(cells(tmp_path, path=name, columns=["t"])) == 2


def test_a_column_can_be_filled_from_above(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("g,h,t\n,1,v\na,,x\n,2,y\nb,,z\n", encoding="utf-8")
    found = cells(tmp_path, path="a.csv", fill=["g"])
    assert [(row["g"], row["h"]) for _, row in found] == [(None, "1"), ("a", ""), ("a", "2"), ("b", "")]
    assert problems_of(tmp_path, path="a.csv", fill=["gg"])[0].startswith("a.csv: fill: no column named 'gg'")


@pytest.mark.parametrize("content", ["", "t,l\n"])
def test_a_file_without_rows_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.csv").write_text(content, encoding="utf-8")
    assert "a.csv: has no rows" in refusal(tmp_path, path="a.csv")


def workbook(path: Path) -> None:
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.title = "Notes"
    first.append(["nothing here"])
    sheet = book.create_sheet("Data 2")
    for row in (
        ["Export of 2024", None],
        ["t", "year", "share", "day", "at", "quoted"],
        ["x", 2024, 0.5, dt.date(2024, 12, 8), dt.datetime(2024, 12, 8, 10, 30), True],  # noqa: DTZ001 - XLSX has no time zones
        [],
        ["y", None, 2.0],
    ):
        sheet.append(row)
    book.save(path)


def test_xlsx(tmp_path: Path) -> None:
    workbook(tmp_path / "a.xlsx")
    assert "has no rows" in refusal(tmp_path, path="a.xlsx")  # the first sheet has a header at most
    assert cells(tmp_path, path="a.xlsx", sheet="Data 2", skip=1) == [
        ("3", {"t": "x", "year": 2024, "share": 0.5, "day": dt.datetime(2024, 12, 8), "at": dt.datetime(2024, 12, 8, 10, 30), "quoted": True}),  # noqa: DTZ001, E501 - as above
        ("5", {"t": "y", "year": None, "share": 2, "day": None, "at": None, "quoted": None}),
    ]  # fmt: skip
    found = rows(tmp_path, path="a.xlsx", sheet="Data 2", skip=1).rows
    assert found[1].where == "a.xlsx: sheet 'Data 2', row 5"


def test_a_sheet_that_states_a_wrong_size_is_read_whole(tmp_path: Path) -> None:
    workbook(tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as book, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as wrong:
        for name in book.namelist():
            wrong.writestr(name, book.read(name).replace(b'<dimension ref="A1:F5"', b'<dimension ref="A1:B3"'))
    options = {"sheet": "Data 2", "skip": 1}
    assert cells(tmp_path, path="b.xlsx", **options) == cells(tmp_path, path="a.xlsx", **options)


def test_xlsx_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    workbook(tmp_path / "a.xlsx")
    assert "has no sheet 'Data'" in (message := refusal(tmp_path, path="a.xlsx", sheet="Data"))
    assert "one of Notes, Data 2" in message
    assert "without it the first is read" in message
    (tmp_path / "b.xlsx").write_text("t,l\n", encoding="utf-8")
    assert "is not an XLSX workbook" in (message := refusal(tmp_path, path="b.xlsx"))
    assert 'if it is text, say format = "csv"' in message


def test_a_hundred_thousand_rows_come_whole(tmp_path: Path) -> None:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([("t", "l"), *((f"text {n}\nof two lines", n) for n in range(100_000))])
    (tmp_path / "a.csv").write_text(buffer.getvalue(), encoding="utf-8", newline="")
    found = rows(tmp_path, path="a.csv").rows
    assert len(found) == 100_000
    assert (found[-1].place, found[-1].levels[0]["l"]) == ("200000", "99999")
