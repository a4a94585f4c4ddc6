"""What holds for every format: bounds, columns, paths, and the same rows in each."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from standoff.errors import InputError, NotFoundError
from standoff.rows.bounds import MAX_BYTES
from standoff.rows.problems import Problems
from standoff.rows.reading import ending_of, read_rows

from .made import WRITERS, every_format, numbered, put, read, written

ROWS = [{"id": f"{number}", "text": f"text {number}", "other": "x"} for number in range(10)]


@every_format
def test_rows_with_their_numbers(tmp_path: Path, ending: str) -> None:
    path = written(tmp_path, ending, ROWS)
    problems = Problems()
    found = list(read_rows(path, problems, list))
    assert [row for _, row in found] == ROWS
    assert [number for number, _ in found] == list(range(1 + (ending == ".csv"), 11 + (ending == ".csv")))
    assert problems.unit == ("row" if ending == ".parquet" else "line")


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("a.jsonl", ".jsonl"),
        ("a.JSONL.GZ", ".jsonl"),
        ("a.b.Csv", ".csv"),
        ("a.csv.gz", ".csv"),
        ("a.parquet", ".parquet"),
        ("a.tsv", None),
        ("csv", None),
        (".gz", None),
        ("a.gz", None),
        ("a.jsonl.txt", None),
    ],
)
def test_endings(name: str, ending: str | None) -> None:
    assert ending_of(Path(name)) == ending


def test_parquet_is_known_by_its_beginning_too(tmp_path: Path) -> None:
    path = written(tmp_path, ".parquet", ROWS)
    for name in ("rows", "rows.jsonl", "rows.csv"):
        assert read(path.rename(tmp_path / name)) == ROWS
        path = tmp_path / name


def test_other_files_are_jsonl(tmp_path: Path) -> None:
    assert read(put(tmp_path, '{"a":1}', "rows.txt")) == read(put(tmp_path, '{"a":1}', "rows")) == [{"a": 1}]


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_the_chosen_columns_are_read(tmp_path: Path, ending: str) -> None:
    asked: list[list[str]] = []

    def choose(names: Any) -> list[str]:
        asked.append(list(names))
        return ["text", "id"]

    found = read(written(tmp_path, ending, ROWS), choose)
    assert asked == [["id", "text", "other"]]
    assert [list(row.items()) for row in found] == [[("text", row["text"]), ("id", row["id"])] for row in ROWS]


def two_of_a_name(folder: Path, ending: str) -> Path:
    if ending == ".csv":
        return put(folder, "id,a,a\n1,2,3\n", "rows.csv")
    column = pa.array(["1"])
    pq.write_table(pa.Table.from_arrays([column] * 3, names=["id", "a", "a"]), folder / "rows.parquet")
    return folder / "rows.parquet"


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_chosen_column_is_there_once(tmp_path: Path, ending: str) -> None:
    path = two_of_a_name(tmp_path, ending)
    with pytest.raises(InputError, match="is there more than once:\n  - two columns are named 'a'\n"):
        read(path)
    assert read(path, lambda _: ["id"]) == [{"id": "1"}]


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_who_chooses_may_refuse(tmp_path: Path, ending: str) -> None:
    def choose(names: Any) -> list[str]:
        raise InputError(f"has {len(names)} columns")

    with pytest.raises(InputError, match=r"^has 3 columns$"):
        read(written(tmp_path, ending, ROWS), choose)


@every_format
def test_a_file_has_as_many_rows_as_it_may(tmp_path: Path, ending: str) -> None:
    path = written(tmp_path, ending, ROWS)
    assert len(read(path, max_rows=10)) == 10
    with pytest.raises(InputError, match=r"has more than 9 rows(.|\n)*split the file"):
        read(path, max_rows=9)
    assert len(read(path, max_rows=None, max_bytes=None)) == 10


@every_format
def test_a_file_has_as_many_bytes_as_it_may(tmp_path: Path, ending: str) -> None:
    path = written(tmp_path, ending, ROWS)
    size = path.stat().st_size
    assert len(read(path, max_bytes=size)) == 10
    with pytest.raises(InputError, match=f"rows{ending}: has more than {size - 1:,} bytes when unpacked"):
        read(path, max_bytes=size - 1)


@every_format
def test_a_file_too_large_is_not_read(tmp_path: Path, ending: str) -> None:
    """It has a hole of a gigabyte, which takes no room on the disk; to read it would find no rows."""
    path = tmp_path / f"rows{ending}"
    with path.open("wb") as handle:
        handle.truncate(MAX_BYTES + 1)
    with pytest.raises(InputError, match="has more than 1,073,741,824 bytes when unpacked"):
        read(path)


@every_format
def test_missing_files_and_folders(tmp_path: Path, ending: str) -> None:
    (tmp_path / f"folder{ending}").mkdir()
    with pytest.raises(NotFoundError, match="no such file"):
        read(tmp_path / f"absent{ending}")
    with pytest.raises(NotFoundError, match="this is a folder"):
        read(tmp_path / f"folder{ending}")
    (tmp_path / f"loop{ending}").symlink_to(tmp_path / f"loop{ending}")
    with pytest.raises(InputError, match=r"cannot be read \(.*\)"):
        read(tmp_path / f"loop{ending}")


def test_an_endless_file_is_refused() -> None:
    with pytest.raises(InputError, match="is a binary file"):
        read(Path("/dev/zero"))


def test_a_pipe_is_read_up_to_the_bound(tmp_path: Path) -> None:
    for bound, says in ((None, None), (17, "has more than 17 bytes when unpacked")):
        reader, writer = os.pipe()
        os.write(writer, b'{"a":1}\n{"a":2}\n{"a":3}\n')
        os.close(writer)
        path = tmp_path / f"pipe-{bound}"
        path.symlink_to(f"/dev/fd/{reader}")
        try:
            if says is None:
                assert read(path) == [{"a": 1}, {"a": 2}, {"a": 3}]
            else:
                with pytest.raises(InputError, match=says):
                    read(path, max_bytes=bound)
        finally:
            os.close(reader)


def test_problems_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = put(tmp_path, '{"a":1}\n{\n{"a":2}\n[]\n')
    problems = Problems()
    for number, _ in read_rows(path, problems, list):
        problems.add(number, "is a row")
    assert [problem.where for problem in problems.first] == ["line 1", "line 2", "line 3", "line 4"]


texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)


@pytest.mark.parametrize("ending", WRITERS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.fixed_dictionaries({"id": texts, 'ï,"\n;': texts}), min_size=1, max_size=5))
def test_texts_come_out_as_they_went_in(tmp_path: Path, ending: str, rows: list[dict[str, str]]) -> None:
    path = written(tmp_path, ending, rows)
    assert read(path) == rows
    assert len(numbered(path)[0]) == len(rows)


json_rows = st.dictionaries(texts, st.none() | st.booleans() | st.integers() | texts | st.lists(st.integers()))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(json_rows))
def test_what_json_says_is_what_a_row_has(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    assert read(put(tmp_path, "".join(json.dumps(row) + "\r\n" for row in rows))) == rows
