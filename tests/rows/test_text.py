"""JSONL and CSV: encodings, gzip, broken lines, quotes."""

from __future__ import annotations

import csv
import gzip
import json
import tracemalloc
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

import pytest

from standoff.errors import InputError
from standoff.rows import text as module
from standoff.rows.problems import Problems
from standoff.rows.reading import read_rows
from standoff.rows.values import text_fault

from .made import numbered, put, read

JSONL = '{"a":"1"}\n{"a":"2"}\n'
CSV = "a\n1\n2\n"
ROWS = [{"a": "1"}, {"a": "2"}]

both = pytest.mark.parametrize(
    ("name", "content"), [("rows.jsonl", JSONL), ("rows.csv", CSV)], ids=["jsonl", "csv"]
)
packings = pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
Pack = Callable[[bytes], bytes]


@both
@packings
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["", "byte-order mark"])
def test_harmless_variants(tmp_path: Path, name: str, content: str, pack: Pack, mark: bytes) -> None:
    for end in ("\n", "\r\n"):
        plain = content.replace("\n", end)
        for variant in (plain, plain.removesuffix(end), plain.replace(end, end * 2)):
            assert read(put(tmp_path, pack(mark + variant.encode()), name)) == ROWS


def test_csv_with_line_ends_of_old_macintoshes(tmp_path: Path) -> None:
    assert numbered(put(tmp_path, b"a,b\r1,2\r\r3,4\r", "rows.csv")) == ([2, 4], [])


@both
def test_gzip_is_known_by_content_not_name(tmp_path: Path, name: str, content: str) -> None:
    packed = gzip.compress(content.encode())
    assert read(put(tmp_path, packed, name)) == read(put(tmp_path, packed, f"{name}.gz")) == ROWS
    assert read(put(tmp_path, content, f"{name}.GZ")) == ROWS
    first, second = content[:10].encode(), content[10:].encode()
    assert read(put(tmp_path, gzip.compress(first) + gzip.compress(second), name)) == ROWS


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.csv"])
@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        JSONL.encode("utf-16"),
        JSONL.encode("utf-16-be"),
        b"\xff\xfe",
        b"\xfe\xff\x4e\x00"[:3],
        gzip.compress(b"a\x00b"),
        gzip.compress(gzip.compress(b"a\x00b")),
    ],
    ids=["png", "utf-16", "utf-16 without mark", "mark", "other mark", "binary in gzip", "gzip in gzip"],
)
def test_binary_is_refused_at_once(tmp_path: Path, content: bytes, name: str) -> None:
    with pytest.raises(
        InputError, match=r"is a binary file, or UTF-16(.|\n)*in UTF-8, or Parquet(.|\n)*export it"
    ):
        read(put(tmp_path, content, name))


@both
def test_a_byte_order_mark_further_down_is_none(tmp_path: Path, name: str, content: str) -> None:
    path = put(tmp_path, content.encode() + b"\xef\xbb\xbf" + content.encode().splitlines()[-1], name)
    if name == "rows.csv":
        assert read(path)[-1] == {"a": "\ufeff2"}
    else:
        assert "line 3: is not JSON: Unexpected UTF-8 BOM" in numbered(path)[1][0]


def test_line_separators_inside_strings_end_no_line(tmp_path: Path) -> None:
    assert read(put(tmp_path, '{"a":"\u2028\x85\x0b"}\n'.replace("\x0b", "\\u000b"))) == [{"a": "\u2028\x85\x0b"}]
    cell = "\u2028\x85\n\x0b\r\n\r"
    assert read(put(tmp_path, f'a\n"{cell}"\n', "rows.csv")) == [{"a": cell}]


def test_bad_lines_of_jsonl_are_named_and_the_others_read(tmp_path: Path) -> None:
    lines = [b"\xef\xbb\xbf", b'{"a":"\xe9"}', b"[]", b"", b'{"a":1}', b'{"a":"\x01"}', b'{"a":' + b"[" * 200]
    numbers, problems = numbered(put(tmp_path, b"\n".join(lines)))
    assert numbers == [5]
    assert problems[:2] == [
        "line 2: is not UTF-8 at byte 6 of the line (got b'\\xe9\"}\\n'); save the file as UTF-8",
        "line 3: is not a JSON object (got []); write one JSON object a line",
    ]
    assert problems[2].startswith("line 6: is not JSON: Invalid control character")
    assert problems[3].startswith('line 7: is nested more than 100 deep (got \'{"a":[[')
    assert len(problems) == 4


@both
def test_a_nul_far_down_is_left_to_its_row(tmp_path: Path, name: str, content: str) -> None:
    path = put(tmp_path, content[: content.index("\n") + 1].encode() * 10_000 + content.encode() + b"\x00\n", name)
    if name == "rows.csv":
        assert text_fault(read(path)[-1]["a"]) == "holds a NUL character; remove it"
    else:
        assert numbered(path)[1][0].startswith("line 10003: is not JSON: Expecting value")


def test_a_line_too_long_is_skipped_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LINE", 64)
    fits = '{"a":""}'.replace('""', '"' + "x" * 55 + '"')  # 63 bytes and the line end: just allowed
    over = json.dumps({"a": "x" * 500})
    assert numbered(put(tmp_path, f"{fits}\n{over}\n[]\n{fits}\n{over}")) == (
        [1, 4],
        [
            "line 2: is longer than 64 bytes",
            "line 3: is not a JSON object (got []); write one JSON object a line",
            "line 5: is longer than 64 bytes",
        ],
    )


def test_a_line_without_end_does_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LINE", 1000)
    path = put(tmp_path, gzip.compress(b"x" * 20_000_000))
    tracemalloc.start()
    assert numbered(path) == ([], ["line 1: is longer than 1000 bytes"])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


@pytest.mark.parametrize(
    ("content", "numbers", "says"),
    [
        (b"a,b\n1\n2,3\n", [3], "line 2: has 1 cells, the header 2; quote a cell that has a comma"),
        (b'a,b\n1,"2\n3"\n4,5,6\n7,8\n', [2, 5], "line 4: has 3 cells"),
        (b'a,b\n1,2\n3,"4"x\n5,6\n', [2], "line 3: is not CSV (.*); double each quote inside a quoted cell"),
        (b'a,b\n1,2\n3,"4\n5,6\n7,8\n', [2], "line 3: is not CSV (unexpected end of data)"),
        (b'"a"x,b\n1,2\n', [], "line 1: is not CSV"),
    ],
)
def test_bad_rows_of_csv_are_named(tmp_path: Path, content: bytes, numbers: list[int], says: str) -> None:
    found, (problem,) = numbered(put(tmp_path, content, "rows.csv"))
    assert found == numbers
    assert problem.startswith(says.split(".*", maxsplit=1)[0])
    assert problem.endswith(says.rsplit(".*", maxsplit=1)[-1]) or ".*" not in says


def test_each_row_of_csv_may_be_as_long_as_a_row_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LINE", 20)
    rows = ["a,b", "x" * 17 + ",y", '"1', "2", '",' + "y" * 12, "x" * 18 + ",y"]
    found, (problem,) = numbered(put(tmp_path, "\n".join(rows) + "\n", "rows.csv"))
    assert found == [2, 3]
    assert problem.startswith("line 6: is not CSV (a row is longer than 20 characters)")


def test_who_chooses_is_not_asked_where_the_header_is_broken(tmp_path: Path) -> None:
    def choose(names: Sequence[str]) -> list[str]:
        raise InputError(f"has the columns {names}")

    problems = Problems()
    assert list(read_rows(put(tmp_path, '"a"x,b\n', "rows.csv"), problems, choose)) == []
    assert problems.total == 1


@pytest.mark.parametrize("header", ["a;b", "a\tb"])
def test_other_separators_are_named(tmp_path: Path, header: str) -> None:
    with pytest.raises(InputError, match=r"has one column, .*(.|\n)*what to do: separate the cells by commas"):
        read(put(tmp_path, f"{header}\n1;2\n", "rows.csv"))


@pytest.mark.parametrize("content", [b"", b"\n\r\n", gzip.compress(b""), b"\xef\xbb\xbf"])
def test_an_empty_csv_file_has_no_columns(tmp_path: Path, content: bytes) -> None:
    def choose(names: Sequence[str]) -> list[str]:
        raise InputError(f"has the columns {names}")

    with pytest.raises(InputError, match=r"has the columns \[\]"):
        read(put(tmp_path, content, "rows.csv"), choose)
    assert read(put(tmp_path, content, "rows.csv")) == []
    assert read(put(tmp_path, content)) == []


def test_columns_that_are_not_chosen_may_be_in_any_encoding(tmp_path: Path) -> None:
    path = put(tmp_path, b"id,caf\xe9,more\na,\xff,b\n\xe9,,c\n", "rows.csv")
    assert read(path, lambda _: ["more", "id"]) == [{"more": "b", "id": "a"}, {"more": "c", "id": "\udce9"}]


@pytest.mark.parametrize(
    "content", ['a,b\n"x', 'a,b\n"x\n', "a,b\n" + "x,", "x,"], ids=["cell", "lines", "row", "header"]
)
def test_a_row_of_csv_has_an_end(tmp_path: Path, content: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LINE", 1000)
    more = content[content.rindex("x") :] * 2_000_000
    path = put(tmp_path, gzip.compress((content + more).encode(), 1), "rows.csv")
    tracemalloc.start()
    numbers, (problem,) = numbered(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert numbers == []
    assert problem.startswith(
        f"line {1 + content.count('a,b')}: is not CSV (a row is longer than 1000 characters)"
    )
    assert peak < 1_000_000


def test_cells_may_be_longer_than_the_csv_module_lets_them_be(tmp_path: Path) -> None:
    """And its limit, which is one for all, is as it was between two rows, not only behind the last."""
    path = put(tmp_path, f"a\n{'x' * 200_000}\n{'y' * 200_000}\n", "rows.csv")
    before = csv.field_size_limit(1000)
    try:
        limits = [(len(row["a"]), csv.field_size_limit()) for _, row in read_rows(path, Problems(), list)]
        assert limits == [(200_000, 1000)] * 2
        assert csv.field_size_limit() == 1000
    finally:
        csv.field_size_limit(before)


def many(name: str, count: int = 2000) -> bytes:
    return "".join(
        f'{{"a":"item {i}"}}\n' if name == "rows.jsonl" else f"item {i}\n" for i in range(count)
    ).encode()


each = pytest.mark.parametrize("name", ["rows.jsonl", "rows.csv"])


@each
def test_a_truncated_gzip_is_a_problem_behind_its_rows(tmp_path: Path, name: str) -> None:
    whole = gzip.compress(many(name))
    numbers, (problem,) = numbered(put(tmp_path, whole[: len(whole) // 2], name))
    assert len(numbers) > 500
    assert problem.startswith(f"line {numbers[-1] + 1}: the gzip stream is broken here (Compressed file ended")
    assert problem.endswith("; the file may be incomplete")


@each
def test_a_gzip_with_an_altered_checksum_is_a_problem_behind_all_rows(tmp_path: Path, name: str) -> None:
    altered = bytearray(gzip.compress(many(name)))
    altered[-6] ^= 1
    numbers, (problem,) = numbered(put(tmp_path, bytes(altered), name))
    assert len(numbers) == 2000 - (name == "rows.csv")
    assert problem.startswith("line 2001: the gzip stream is broken here (CRC check failed")


@each
@pytest.mark.parametrize(
    "content",
    [b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xff\xff\xff", b"\x1f\x8b", b"\x1f\x8b\x00", b"\x1f\x8bxx"],
)
def test_what_only_begins_as_gzip_does(tmp_path: Path, name: str, content: bytes) -> None:
    numbers, (problem,) = numbered(put(tmp_path, content, name))
    assert numbers == []
    assert problem.startswith("line 1: the gzip stream is broken here")


@each
def test_a_gzip_bomb_is_refused_when_it_passes_the_bound(tmp_path: Path, name: str) -> None:
    """Not after it is unpacked: its end, which is broken, is not reached."""
    rows = many(name, 1) * 500_000  # of four megabytes or more
    bomb = bytearray(gzip.compress(rows))
    bomb[-6] ^= 1
    path = put(tmp_path, bytes(bomb), name)
    assert path.stat().st_size < 100_000
    tracemalloc.start()
    with pytest.raises(InputError, match="has more than 500,000 bytes when unpacked"):
        for _ in read_rows(path, Problems(), list, max_bytes=500_000):
            pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000
    assert "CRC check failed" in numbered(path, max_bytes=None, max_rows=None)[1][0]


@each
def test_rows_are_yielded_as_they_are_read(tmp_path: Path, name: str) -> None:
    """What stands behind a block is not reached by who takes the first rows."""
    broken = gzip.compress(many(name, 20_000))[:-1000]
    problems = Problems()
    assert len(list(islice(read_rows(put(tmp_path, broken, name), problems, list), 100))) == 100
    assert problems.total == 0
