"""Each format with its own faults: encodings, quotes, headers, endings."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest
from tests.rows.made import every_format, put, write_parquet, written

from standoff.errors import InputError

from .test_item_files import ROWS, read


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"{", "line 2: is not JSON"),
        (b"[1]", "line 2: is not a JSON object"),
        (b'{"id": "a", "id": "b"}', "line 2: .*given twice"),
        (b'{"id": "\xff"}', "line 2: is not UTF-8 at byte 8 of the line .*; save the file as UTF-8"),
        (
            b'{"id": "a", "text": "\\ud800", "actor": "", "target": ""}',
            r"line 2: text holds '\\ud800', which is no character",
        ),
        (b'{"id": "a"}', "line 2: there is no text and no actor and no target"),
    ],
)
def test_broken_lines_are_named(tmp_path: Path, line: bytes, says: str) -> None:
    path = written(tmp_path, ".jsonl", ROWS[:1])
    path.write_bytes(path.read_bytes() + line + b"\n\n")
    with pytest.raises(InputError, match=says):
        read(path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"id,text,actor,target\na,b,c\n", "line 2: has 3 cells, the header 4; quote a cell"),
        (b'id,text,actor,target\na,"b\nc",d,e\nf,g,h,i,j\n', "line 4: has 5 cells"),
        (b'id,text,actor,target\na,"b"x,c,d\n', r"line 2: is not CSV \(.*\); double each quote"),
        (b'id,text,actor,target\na,"b,c,d\n', r"is not CSV"),
        (
            b"id,text,actor,target\na,b,c,d\ne,caf\xe9,g,h\n",
            r"1 .*\n  - line 3: text holds '\\udce9', .* as UTF-8",
        ),
        (b"id,text,actor,target\na,b,c,d\n,e,f,g,h\n\xe9,,i,j\n", r"line 4: id holds(.|\n)*line 4: text is empty"),
        (b"id,text,text,actor,target\na,b,b,c,d\n", "two columns are named 'text'"),
        (
            b"id;text;actor;target\na;b;c;d\n",
            r"has one column, 'id;text(.|\n)*separate the cells by commas",
        ),
        (b"id\ttext\tactor\ttarget\n", "separate the cells by commas"),
        (b"ids\n1\n", r"no column named 'id'(.|\n)*rename the columns"),
        (b"", r"i\.csv: is empty\n  expected: a header with id, text, actor, target\n.*standoff tasks frame"),
        (b"\xef\xbb\xbf\n\n", "is empty"),
        (b"id,text,actor,target\n", r"holds no items\n(.|\n)*standoff tasks frame"),
    ],
)
def test_broken_csv_is_named(tmp_path: Path, text: bytes, says: str) -> None:
    (tmp_path / "i.csv").write_bytes(text)
    with pytest.raises(InputError, match=says):
        read(tmp_path / "i.csv")


def test_a_column_that_is_not_read_may_be_in_any_encoding(tmp_path: Path) -> None:
    (tmp_path / "i.csv").write_bytes(b"id,text,actor,target,caf\xe9\na,b,c,d,\xff\n")
    assert list(read(tmp_path / "i.csv")["id"]) == ["a"]


def test_empty_lines_above_the_header_of_a_csv_file_are_skipped(tmp_path: Path) -> None:
    (tmp_path / "i.csv").write_bytes(b"\n\nid,text,actor,target\na,,c,d\n")
    with pytest.raises(InputError, match="line 4: text is empty"):
        read(tmp_path / "i.csv")


@pytest.mark.parametrize("ending", [".csv", ".jsonl"])
def test_a_byte_order_mark_is_no_part_of_the_items(tmp_path: Path, ending: str) -> None:
    path = written(tmp_path, ending, ROWS)
    plain = read(path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    pd.testing.assert_frame_equal(read(path), plain)


@pytest.mark.parametrize("ending", [".csv", ".jsonl"])
def test_files_may_be_packed(tmp_path: Path, ending: str) -> None:
    path = written(tmp_path, ending, ROWS)
    packed = gzip.compress(path.read_bytes())
    for name in (f"packed{ending}", f"packed{ending}.gz"):
        pd.testing.assert_frame_equal(read(put(tmp_path, packed, name)), read(path))
    with pytest.raises(InputError, match=r"1 problem:\n  - line \d+: the gzip stream is broken here"):
        read(put(tmp_path, packed[:-20], f"cut{ending}"))


@every_format
def test_ids_hold_no_control_characters_and_texts_may(tmp_path: Path, ending: str) -> None:
    path = written(tmp_path, ending, [{**ROWS[1], "text": "a\tb\x07\r\n"}])
    assert read(path)["text"][0] == "a\tb\x07\r\n"
    path = written(tmp_path, ending, [{**ROWS[1], "id": "a\x1b[2J"}])
    with pytest.raises(InputError, match=r"(line|row) [12]: id holds the control character '\\x1b'"):
        read(path)


@every_format
def test_a_text_with_nul_is_named(tmp_path: Path, ending: str) -> None:
    rows = [{**ROWS[1], "id": "first", "text": "x" * 100_000}, {**ROWS[1], "text": "a\x00b"}]
    with pytest.raises(
        InputError, match=r"1 problem:\n  - (line|row) [23]: text holds a NUL character; remove it"
    ):
        read(written(tmp_path, ending, rows))


@pytest.mark.parametrize("depth", [50, 400, 100_000])
@pytest.mark.parametrize("wrap", ["{}", "[[0, {}]]", "[{}]"])
def test_spans_nested_deep_are_named(tmp_path: Path, depth: int, wrap: str) -> None:
    spans = wrap.format("[" * depth + "]" * depth)
    for ending, says in (
        (".csv", "line 2: actor_spans"),
        (".jsonl", r"line 1: (actor_spans|is nested more than)"),
    ):
        path = written(tmp_path, ending, [{**ROWS[1], "actor_spans": spans}])
        if ending == ".jsonl":
            path.write_bytes(path.read_bytes().replace(f'"{spans}"'.encode(), spans.encode()))
        with pytest.raises(InputError, match=rf"1 problem:\n  - {says}"):
            read(path)


def test_long_names_of_columns_are_cut(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no column named 'id'") as caught:
        read(put(tmp_path, ",".join(f"{number}" + "x" * 10_000 for number in range(100)) + "\n", "i.csv"))
    assert len(str(caught.value)) < 3000


@every_format
def test_endings_are_in_any_case(tmp_path: Path, ending: str) -> None:
    path = written(tmp_path, ending, ROWS)
    for other in (ending.upper(), ending.title()):
        assert len(read(path.rename(path.with_suffix(other)))) == len(ROWS)
        path = path.with_suffix(other)


def test_broken_parquet_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, ".parquet", ROWS)
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(InputError, match="is not a whole Parquet file"):
        read(path)
    write_parquet(path, [{**row, "text": 1} for row in ROWS])
    with pytest.raises(InputError, match="row 1: text is 1; write it as text"):
        read(path)
