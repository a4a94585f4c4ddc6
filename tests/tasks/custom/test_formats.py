"""Files are found, their formats told, and options that a format does not have refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.tasks.custom.conftest import cells, refusal, rows

from standoff.errors import InputError, NotFoundError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_pattern_reads_all_that_match_in_order(tmp_path: Path) -> None:
    for name in ("b/1.json", "a/2.json", "a/10.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text('{"t": "x"}', encoding="utf-8")
    assert [row.source.file for row in rows(tmp_path, path="**/*.json").rows] == [
        "a/10.json",
        "a/2.json",
        "b/1.json",
    ]
    absolute = rows(tmp_path / "b", path=f"{tmp_path}/a/*.json").rows
    assert [row.source.file for row in absolute] == [
        str(tmp_path / "a" / "10.json"),
        str(tmp_path / "a" / "2.json"),
    ]
    with pytest.raises(NotFoundError, match=r"no file is or matches 'c/\*\.json'"):
        rows(tmp_path, path="c/*.json")


def test_brackets_in_names_are_no_pattern(tmp_path: Path) -> None:
    inner = tmp_path / "data[1]"
    inner.mkdir()
    (inner / "a[1].csv").write_text("t\nx\n", encoding="utf-8")
    assert cells(tmp_path, path="data[1]/a[1].csv") == [("2", {"t": "x"})]
    assert cells(inner, path="*.csv") == [("2", {"t": "x"})]


def test_options_belong_to_formats(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("t\nx\n", encoding="utf-8")
    message = refusal(tmp_path, path="a.csv", sheet="Data", rows="a[]")
    assert "sheet, rows: a csv file has no such option" in message
    assert "sheet is for xlsx; rows is for json, jsonl, xml, parquet, datasets" in message
    (tmp_path / "a.dat").write_text("t\nx\n", encoding="utf-8")
    assert "its name does not tell its format" in refusal(tmp_path, path="a.dat")
    assert cells(tmp_path, path="a.dat", format="csv") == [("2", {"t": "x"})]


def test_each_of_some_columns_is_a_row(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("t,Ann,Bo\nx,for,\n", encoding="utf-8")
    assert cells(tmp_path, path="a.csv", each=["Ann", "Bo"]) == [
        ('2["Ann"]', {"_key": "Ann", "_value": "for"}),
        ('2["Bo"]', {"_key": "Bo", "_value": ""}),
    ]
    found = rows(tmp_path, path="a.csv", each=["Ann", "Bo"])
    assert [found.getter("t")(row) for row in found.rows] == ["x", "x"]
    with pytest.raises(InputError, match="each: no column named 'An'; did you mean Ann"):
        rows(tmp_path, path="a.csv", each=["An"])
