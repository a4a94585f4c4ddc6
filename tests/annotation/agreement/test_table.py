"""The raw table: read from anywhere, refused with reasons, written so that it can be read again."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from standoff.annotation.agreement.fields import Row
from standoff.annotation.agreement.table import COLUMNS, read_table, to_frame
from standoff.errors import InputError, NotFoundError

LONG = "unit,coder,label\nu1,anna,yes\nu1,ben,no\nu2,anna,yes\n"
ROWS = [
    Row("u1", "anna", "label", "yes", "u1", "unstated"),
    Row("u1", "ben", "label", "no", "u1", "unstated"),
    Row("u2", "anna", "label", "yes", "u2", "unstated"),
]


def written(folder: Path, text: str | bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refused(folder: Path, text: str | bytes, name: str = "table.csv") -> str:
    with pytest.raises(InputError) as caught:
        read_table(written(folder, text, name))
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        LONG,
        LONG.replace(",", ";"),
        LONG.replace(",", "\t"),
        LONG.replace("\n", "\r\n"),
        b"\xef\xbb\xbf" + LONG.encode(),
        LONG.replace("unit,coder,label", "Unit, CODER ,value"),
        LONG.replace("\n", ",ignored\n"),
        LONG + "u2,ben,\nu3,anna,NA\n",
        LONG.replace("u1,anna,yes", '"u1",anna, yes '),
    ],
)
def test_a_table_in_long_form(tmp_path: Path, text: str | bytes) -> None:
    assert read_table(written(tmp_path, text)) == ROWS


def test_group_field_and_kind_are_taken_where_they_are(tmp_path: Path) -> None:
    text = "unit,coder,label,group,field,kind\nu1,anna,yes,art1,stance,human\nu1,m,no,art1,stance,model\n"
    assert read_table(written(tmp_path, text)) == [
        Row("u1", "anna", "stance", "yes", "art1", "human"),
        Row("u1", "m", "stance", "no", "art1", "model"),
    ]


def test_one_unit_may_be_labelled_once_per_field(tmp_path: Path) -> None:
    text = "unit,coder,label,field\nu1,anna,yes,a\nu1,anna,no,b\n"
    assert [row.field for row in read_table(written(tmp_path, text))] == ["a", "b"]


def test_cells_may_hold_the_separator_line_ends_and_odd_line_separators(tmp_path: Path) -> None:
    text = 'unit,coder,label\n"a, b\r\nc",anna,yes\nd\u2028e,anna,no\n'
    assert [row.unit for row in read_table(written(tmp_path, text))] == ["a, b\r\nc", "d\u2028e"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("unit,label\nu1,yes\n", "has no column coder"),
        ("item,worker_1,worker_2\nu1,yes,no\n", "has no column unit and no column coder and no column label"),
        ("", "has no column unit"),
        ("unit,coder,label\n", "holds no labels"),
        ("unit,coder,label\nu1,anna,\n", "holds no labels"),
        (LONG + "u1,anna,no\n", "row 5: 'anna' labels 'u1' already on row 2"),
        (LONG + ",anna,no\n", "row 5: has no unit"),
        (LONG + "u3,,no\n", "row 5: has no coder"),
        (LONG + "u3,anna,no,more\n", "has more cells than the header"),
        ("unit,coder,label,group\nu1,a,x,g\nu1,b,x,h\n", "row 3: unit 'u1' is in the groups 'g' and 'h'"),
        ("unit,coder,label,kind\nu1,a,x,human\nu2,a,x,model\n", "row 3: coder 'a' is human and model"),
        ("unit,coder,label,kind\nu1,a,x,robot\n", "row 2: kind is 'robot', not human or model"),
        (LONG.encode().replace(b"yes", b"ja\xe9"), "is not UTF-8 at byte"),
    ],
)
def test_what_does_not_fit_is_refused_by_row(tmp_path: Path, text: str | bytes, message: str) -> None:
    assert message in refused(tmp_path, text)


def test_every_problem_is_counted(tmp_path: Path) -> None:
    message = refused(tmp_path, "unit,coder,label\n" + ",anna,yes\n" * 30)
    assert "30 rows do not fit" in message
    assert "and 10 more" in message


def test_a_missing_file_and_a_file_that_is_not_parquet(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        read_table(tmp_path / "none.csv")
    assert "is not Parquet" in refused(tmp_path, "unit,coder,label\n", "table.parquet")


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_what_is_exported_can_be_read_again(tmp_path: Path, ending: str) -> None:
    rows = [
        Row("a|b|c", "anna", "stance", "seeks", "a", "human", part="c"),
        Row("a|b|c", "m", "stance", "opposes", "a", "model", part="c"),
    ]
    frame = to_frame(rows)
    assert list(frame.columns) == list(COLUMNS)
    path = tmp_path / f"table.{ending}"
    if ending == "csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path, index=False)
    assert read_table(path) == rows


def test_numbers_and_gaps_in_parquet_are_text_and_missing(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    pd.DataFrame({"unit": [1, 2], "coder": ["a", "a"], "label": ["x", None]}).to_parquet(path, index=False)
    assert read_table(path) == [Row("1", "a", "label", "x", "1", "unstated")]


def test_an_empty_export_has_its_columns() -> None:
    assert list(to_frame([]).columns) == list(COLUMNS)


@pytest.mark.parametrize("missing", ["NaN", "nan", "None", "null", "NA", "N/A", "", "  "])
def test_what_says_missing_is_no_label(tmp_path: Path, missing: str) -> None:
    assert read_table(written(tmp_path, f"{LONG}u2,ben,{missing}\n")) == ROWS


def test_none_is_a_label(tmp_path: Path) -> None:
    assert read_table(written(tmp_path, LONG + "u2,ben,none\n"))[-1].value == "none"


def test_nan_in_parquet_is_missing_whatever_the_column(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    columns = {"unit": ["u", "v"], "coder": ["a", "a"], "label": [1.5, float("nan")], "group": [float("nan")] * 2}
    pq.write_table(pa.table(columns), path)
    assert read_table(path) == [Row("u", "a", "label", "1.5", "u", "unstated")]
    pq.write_table(pa.table({"unit": ["u", "v"], "coder": ["a", "a"], "label": ["x", "NaN"]}), path)
    assert [row.unit for row in read_table(path)] == ["u"]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("unit,coder,label,label", "has 2 columns label"),
        ("unit,coder,label,LABEL", "has 2 columns label"),
        ("unit,unit,coder,label", "has 2 columns unit"),
        ("unit,coder,value,value", "has 2 columns value"),
        ("unit,coder,label,value", "either could be the label"),
    ],
)
def test_columns_that_could_be_either_are_refused(tmp_path: Path, header: str, message: str) -> None:
    assert message in refused(tmp_path, f"{header}\nu,u,a,x\n")
    path = tmp_path / "table.parquet"
    pq.write_table(pa.Table.from_arrays([pa.array(["u"])] * 4, names=header.split(",")), path)
    with pytest.raises(InputError, match=message):
        read_table(path)


def test_two_columns_that_are_not_used_are_ignored(tmp_path: Path) -> None:
    assert read_table(written(tmp_path, "unit,coder,label,x,x\nu1,anna,yes,1,2\n")) == ROWS[:1]
