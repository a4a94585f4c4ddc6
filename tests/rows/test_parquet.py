"""Parquet: types, and files that hold more than their bytes tell, or are damaged."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from standoff.errors import InputError
from standoff.rows import footer as footer_module
from standoff.rows import parquet as module
from standoff.rows.footer import WIDTH, declared_size
from standoff.rows.values import text_fault

from .made import put, read, write_parquet

NUMBERS = pa.map_(pa.string(), pa.float64())
SPANS = pa.list_(pa.list_(pa.int32()))


def stored(folder: Path, values: Any, kind: Any = None, **options: Any) -> Path:
    path = folder / "rows.parquet"
    column = values if isinstance(values, pa.Array) else pa.array(values, kind)
    pq.write_table(pa.table({"a": column}), path, **options)
    return path


def column(path: Path) -> list[Any]:
    return [row["a"] for row in read(path)]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["x", None, "", "x"], pa.string()),
        (["x", None, "", "x"], pa.large_string()),
        (["x", None, "y", "x"], pa.dictionary(pa.int8(), pa.string())),
        ([1, None, 2], pa.uint64()),
        ([1, None, 1], pa.dictionary(pa.int8(), pa.int64())),
        ([0.5, None, float("inf")], pa.float32()),
        ([True, None], pa.bool_()),
        ([None, None], pa.null()),
        ([b"x", None], pa.binary()),
        ([[[0, 3], [4, 5]], [], None], SPANS),
        ([[[0, 3]], None], pa.list_(pa.list_(pa.int32(), 2))),
        ([{"neg": 0.5, "pos": None}, None], pa.struct({"neg": pa.float64(), "pos": pa.float64()})),
    ],
    ids=str,
)
@pytest.mark.parametrize("dictionary", [True, False], ids=["dictionary", "plain"])
def test_values_are_those_of_python(tmp_path: Path, values: list[Any], kind: Any, dictionary: bool) -> None:
    assert column(stored(tmp_path, values, kind, use_dictionary=dictionary)) == values


@pytest.mark.parametrize("slice_", [slice(None), slice(1, 3)], ids=["all", "some"])
def test_maps_become_dicts(tmp_path: Path, slice_: slice) -> None:
    values = [[("neg", 0.25), ("pos", 0.75)], None, [("neg", 1.0)], [], [("x", None)]]
    path = stored(tmp_path, values[slice_], NUMBERS)
    assert column(path) == [None if pairs is None else dict(pairs) for pairs in values[slice_]]


def test_a_map_that_has_a_key_twice_keeps_both(tmp_path: Path) -> None:
    twice = [("neg", 0.25), ("neg", 0.75)]
    assert column(stored(tmp_path, [twice], NUMBERS)) == [twice]


def test_rows_of_several_batches_and_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 7)
    rows = [{"id": f"id {i}", "label": f"{i % 3}", "p": {"x": i / 50}} for i in range(50)]
    path = tmp_path / "rows.parquet"
    write_parquet(path, rows, row_group_size=11)
    assert read(path) == rows
    pq.write_table(
        pa.table({"i": list(range(50)), "p": pa.array([[("x", i / 50)] * (i % 2) for i in range(50)], NUMBERS)}),
        path,
        row_group_size=11,
    )
    assert read(path) == [{"i": i, "p": {"x": i / 50} if i % 2 else {}} for i in range(50)]


def test_equal_texts_are_one_object(tmp_path: Path) -> None:
    first, second = column(stored(tmp_path, ["a long text " * 10] * 2))
    assert first is second


def test_bytes_that_are_no_utf8_are_left_to_their_row(tmp_path: Path) -> None:
    raw = pa.array([b"good", b"caf\xe9", None])
    path = stored(tmp_path, pa.StringArray.from_buffers(3, *raw.buffers()[1:], raw.buffers()[0]))
    good, bad, none = column(path)
    assert (good, none) == ("good", None)
    assert (text_fault(bad) or "").startswith(r"holds '\udce9', which is no character")


@pytest.mark.parametrize(
    ("values", "kind", "shown"),
    [
        ([["x"]], pa.list_(pa.string()), "list<element: string>"),
        ([[{"x": "y"}]], pa.list_(pa.struct({"x": pa.string()})), "list<"),
        ([[("x", "y")]], pa.map_(pa.string(), pa.string()), "map<string, string"),
        ([[(1, 2.0)]], pa.map_(pa.int64(), pa.float64()), "map<int64, double"),
        ([[[[[1]]]]], pa.list_(pa.list_(pa.list_(pa.list_(pa.int8())))), "list<"),
        ([[0] * 1001], pa.list_(pa.int8(), 1001), "fixed_size_list<"),
        ([b"xy"], pa.binary(2), "fixed_size_binary[2]"),
    ],
)
def test_columns_of_unbounded_values_are_refused(tmp_path: Path, values: Any, kind: Any, shown: str) -> None:
    path = stored(tmp_path, values, kind)
    with pytest.raises(InputError, match="has columns of types that are not read") as caught:
        read(path)
    assert f"\n  - column 'a': is {shown}" in str(caught.value)
    assert read(path, lambda _: []) == []


def test_a_file_that_is_cut_off(tmp_path: Path) -> None:
    whole = stored(tmp_path, ["x"]).read_bytes()
    for cut in (whole[:-10], whole[:-1], whole[:4], whole[:8], b"PAR1PAR1", b"PAR1" + b"\xff" * 4 + b"PAR1"):
        path = put(tmp_path, cut, "cut.parquet")
        for bound in (1000, None):
            with pytest.raises(InputError, match=r"is not a whole Parquet file \((.|\n)*write it again"):
                read(path, max_bytes=bound, max_rows=bound)
    for nothing in (b"", b"id,label\n"):
        with pytest.raises(InputError, match=r"is not a whole Parquet file \(there is no footer at its end\)"):
            read(put(tmp_path, nothing, "empty.parquet"))


def test_broken_data_is_named_behind_the_last_good_row(tmp_path: Path) -> None:
    path = stored(tmp_path, [f"text {i}" for i in range(9000)], row_group_size=3000, compression="zstd")
    data = bytearray(path.read_bytes())
    second = pq.read_metadata(path).row_group(1).column(0).dictionary_page_offset
    data[second : second + 10] = bytes(10)
    with pytest.raises(InputError, match=r"is not a whole Parquet file behind row 3000 \("):
        read(put(tmp_path, bytes(data), "broken.parquet"))


@pytest.mark.parametrize("seed", range(3))
def test_damage_is_refused_or_read_and_nothing_else(tmp_path: Path, seed: int) -> None:
    """Also in the footer, where damage ends the process if pyarrow is asked for the sizes of columns."""
    dice = np.random.default_rng(seed)
    files = []
    for options in ({"compression": "zstd"}, {"use_dictionary": False, "data_page_version": "2.0"}):
        rows = [{"id": f"{i}", "label": "x", "p": {"neg": 0.5}} for i in range(50)]
        write_parquet(tmp_path / "rows.parquet", rows, **options)
        files.append((tmp_path / "rows.parquet").read_bytes())
    refused = 0
    for _ in range(300):
        data = bytearray(files[dice.integers(2)])
        for _ in range(dice.integers(1, 5)):
            data[dice.integers(len(data) - 900, len(data))] = dice.integers(256)
        try:
            read(put(tmp_path, bytes(data), "damaged.parquet"))
        except InputError:
            refused += 1
    assert 100 < refused < 300


def test_many_rows_in_few_bytes(tmp_path: Path) -> None:
    path = stored(tmp_path, np.zeros(3_000_000, dtype=np.int64))
    assert path.stat().st_size < 20_000
    with pytest.raises(InputError, match="has more than 2,999,999 rows"):
        read(path, max_rows=2_999_999)
    with pytest.raises(InputError, match="has more than 23,999,999 bytes when unpacked"):
        read(path, max_bytes=WIDTH * 3_000_000 - 1)


def test_many_values_in_one_row(tmp_path: Path) -> None:
    values = pa.ListArray.from_arrays(pa.array([0, 3_000_000], pa.int32()), pa.array(np.zeros(3_000_000, np.int8)))
    path = stored(tmp_path, values)
    assert path.stat().st_size < 200_000
    with pytest.raises(InputError, match="has more than 1,000,000 bytes when unpacked"):
        read(path, max_bytes=1_000_000)


def test_much_text_in_few_bytes(tmp_path: Path) -> None:
    """A text of one megabyte in each of two thousand rows: a batch of them would take a gigabyte."""
    long = pa.DictionaryArray.from_arrays(pa.array(np.zeros(2000, np.int32)), pa.array(["x" * 1_000_000]))
    path = stored(tmp_path, long, compression="zstd", store_schema=False)
    assert path.stat().st_size < 10_000
    tracemalloc.start()
    lengths = {len(text) for text in column(path)}
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert lengths == {1_000_000}
    assert peak < 10_000_000
    with pytest.raises(InputError, match="has more than 500,000 bytes when unpacked"):
        read(path, max_bytes=500_000)
    assert pa.total_allocated_bytes() < 50_000_000


def test_the_size_of_what_is_read_is_that_of_pyarrow(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    rows = [
        {"id": f"{i}", "n": i, "s": [[0, i]], "p": {"neg": None, "pos": 1.0}, "t": i % 2 == 0} for i in range(99)
    ]
    for options in ({}, {"row_group_size": 5}, {"compression": "none", "write_statistics": False}):
        write_parquet(path, rows, **options)
        metadata = pq.read_metadata(path)
        groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
        chunks = [group.column(j) for group in groups for j in range(metadata.num_columns)]
        expected = sum(max(chunk.total_uncompressed_size, WIDTH * chunk.num_values) for chunk in chunks)
        assert declared_size(path) == (99, expected)


def varint(number: int) -> bytes:
    return bytes([number & 127 | 128]) + varint(number >> 7) if number > 127 else bytes([number])


def footer(folder: Path, content: bytes) -> Path:
    return put(folder, b"PAR1" + content + len(content).to_bytes(4, "little") + b"PAR1", "made.parquet")


# In a struct, a byte gives the step to the next field in its high half and the type in its low one: 6 is a whole
# number (in zigzag order: twice itself), 9 a list, whose next byte gives its length and type, 12 a struct; 0 ends
# the struct.
def chunk(values: int, size: int) -> bytes:
    return b"\x3c" + b"\x56" + varint(values) + b"\x16" + varint(size) + b"\x00" + b"\x00"


CHUNK = chunk(2 * 5, 2 * 1000)


def test_a_footer_by_hand(tmp_path: Path) -> None:
    group = b"\x19\x2c" + CHUNK + CHUNK + b"\x00"
    rows = b"\x36" + varint(2 * 300)
    assert declared_size(footer(tmp_path, rows + b"\x19\x1c" + group + b"\x00")) == (300, 2000)
    # The same behind fields of other types: a text, a number of 8 bytes, a map, a truth, a byte, and a long step.
    others = b"\x18\x03abc" + b"\x17" + bytes(8)
    more = b"\x1b\x00" + b"\x1b\x01\x86\x01x\x02" + b"\x11" + b"\x13\x07" + b"\x0c\x14\x00"
    assert declared_size(footer(tmp_path, others + b"\x16" + rows[1:] + b"\x19\x1c" + group + more + b"\x00")) == (
        300,
        2000,
    )


def test_numbers_below_zero_count_for_nothing(tmp_path: Path) -> None:
    group = b"\x19\x3c" + chunk(1, 2 * 2000 - 1) + chunk(2 * 10, 2 * 2000 - 1) + CHUNK + b"\x00"
    content = b"\x36" + varint(2 * 7 - 1) + b"\x19\x1c" + group + b"\x00"
    assert declared_size(footer(tmp_path, content)) == (0, 80 + 1000)


def test_a_footer_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = stored(tmp_path, ["x"])
    length = int.from_bytes(path.read_bytes()[-8:-4], "little")
    monkeypatch.setattr(footer_module, "LONGEST", length)
    assert declared_size(path).rows == 1
    monkeypatch.setattr(footer_module, "LONGEST", length - 1)
    with pytest.raises(ValueError, match="there is no footer"):
        declared_size(path)
    with pytest.raises(ValueError, match="a number of more than 64 bits"):
        declared_size(footer(tmp_path, b"\x16" + b"\xff" * 20))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00",
        b"\x36\x02\x00",
        b"\x36\x02\x16\x02\x00",
        b"\x36\x02\x19\x1c\x16\x02\x00\x00",
        b"\x38\x01x\x19\x0c\x00",
        b"\x1f",
        b"\x19\xfc" + b"\xff" * 9 + b"\x01",
        b"\x1c" * 100_000,
        b"\x19\x19" * 100_000,
        b"\x18\xff\xff\xff\xff\x07\x00",
    ],
)
def test_a_footer_that_is_none(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ValueError, match="footer"):
        declared_size(footer(tmp_path, content))
