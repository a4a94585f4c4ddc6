"""Rows of JSONL and CSV, plain or packed by gzip."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from typing import TYPE_CHECKING, Any

from standoff.errors import InputError, shorten
from standoff.rows.bounds import MAX_LINE, too_large
from standoff.rows.values import parse_object

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from standoff.rows.problems import Problems
    from standoff.rows.values import Choose, Rows

GZIP = b"\x1f\x8b"
BLOCK = 1 << 16
"""Bytes that are unpacked at once; those of the first block are looked at for what no text has."""

BROKEN_GZIP = (gzip.BadGzipFile, EOFError, zlib.error)
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class _Bounded(io.RawIOBase):
    """What a stream holds, up to a number of bytes."""

    def __init__(self, stream: gzip.GzipFile | io.BufferedReader, path: Path, max_bytes: int | None) -> None:
        self._stream, self._path, self._max_bytes, self._total = stream, path, max_bytes, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read1(len(buffer))  # read would lose what stands before a broken place
        self._total += len(data)
        if self._max_bytes is not None and self._total > self._max_bytes:
            raise too_large(self._path, self._max_bytes)
        buffer[: len(data)] = data
        return len(data)


def unpacked(handle: io.BufferedReader, path: Path, max_bytes: int | None) -> io.BufferedReader:
    """Return the bytes of a file, unpacked while they are read if its first bytes are those of gzip.

    Reading them raises InputError past ``max_bytes``, and one of :data:`BROKEN_GZIP` at a broken place.
    """
    stream = gzip.GzipFile(fileobj=handle) if handle.peek(len(GZIP)).startswith(GZIP) else handle
    return io.BufferedReader(_Bounded(stream, path, max_bytes), BLOCK)


def _begin(stream: io.BufferedReader, path: Path) -> None:
    """Skip a byte-order mark, and refuse a file whose first bytes show that its rows are not worth listing.

    Raises:
        InputError: It is no text, or UTF-16.
    """
    head = stream.peek()
    if b"\x00" in head or head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(
            "is a binary file, or UTF-16",
            where=path,
            got=head[:8],
            expected="JSONL or CSV in UTF-8, or Parquet",
            remedy="export it in one of these",
        )
    if head.startswith(BYTE_ORDER_MARK):
        stream.read(len(BYTE_ORDER_MARK))


def _cut_off(error: Exception) -> str:
    return f"the gzip stream is broken here ({error}); the file may be incomplete"


def read_jsonl(stream: io.BufferedReader, path: Path, problems: Problems) -> Rows:
    """Yield the objects of JSONL with the numbers of their lines; see :func:`standoff.rows.reading.read_rows`."""
    number = 0
    try:
        _begin(stream, path)
        while line := stream.readline(MAX_LINE + 1):
            number += 1
            if len(line) > MAX_LINE:
                problems.add(number, f"is longer than {MAX_LINE} bytes")
                _skip_line(stream, line)
            elif line.strip():
                row = _object(line, number, problems)
                if row is not None:
                    yield number, row
    except BROKEN_GZIP as error:
        problems.add(number + 1, _cut_off(error))


def _skip_line(stream: io.BufferedReader, line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = stream.readline(MAX_LINE)


def _object(line: bytes, number: int, problems: Problems) -> dict[str, Any] | None:
    """Return the object of a line; None where it has none, which is then a problem."""
    try:
        return parse_object(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        bad = shorten(line[error.start : error.start + 8])
        problems.add(number, f"is not UTF-8 at byte {error.start} of the line (got {bad}); save the file as UTF-8")
    except InputError as error:
        problems.add(number, f"{error.what} (got {error.got}); write one JSON object a line")
    return None


def read_csv(stream: io.BufferedReader, path: Path, problems: Problems, choose: Choose) -> Rows:
    """Yield the rows of CSV with the numbers of their first lines; see :func:`standoff.rows.reading.read_rows`."""
    rows = _cells(stream, path, problems)
    header = next((cells for _, cells in rows), [])
    if problems.total:
        return  # there is no header: it is broken
    _refuse_other_separator(header, path)
    columns = [(name, header.index(name)) for name in choose(header)]
    for number, cells in rows:
        if len(cells) == len(header):
            yield number, {name: cells[position] for name, position in columns}
        else:
            what = f"has {len(cells)} cells, the header {len(header)}"
            problems.add(number, f"{what}; quote a cell that has a comma or line end in it")


def _cells(stream: io.BufferedReader, path: Path, problems: Problems) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not empty with the numbers of their first lines, up to one that is broken."""
    number = 1
    try:
        _begin(stream, path)
        # Bytes that are no UTF-8 become halves of surrogate pairs: a problem if they are in a column that is read.
        lines = _Lines(io.TextIOWrapper(stream, "utf-8", errors="surrogateescape", newline=""))
        reader = csv.reader(lines, strict=True)  # otherwise a stray quote swallows lines without a word
        while (cells := _next(reader)) is not None:
            if cells:
                yield number, cells
            number, lines.left = reader.line_num + 1, MAX_LINE
    except csv.Error as error:
        problems.add(number, f"is not CSV ({error}); double each quote inside a quoted cell")
    except BROKEN_GZIP as error:
        problems.add(number, _cut_off(error))


def _next(reader: Iterator[list[str]]) -> list[str] | None:
    # The limit to a cell, 131,072 characters, which articles pass, is one for all readers of the process.
    before = csv.field_size_limit(MAX_LINE)
    try:
        return next(reader, None)
    finally:
        csv.field_size_limit(before)


class _Lines:
    """Lines of CSV, as many as one row may have.

    Attributes:
        left: How many more characters the row may have.
    """

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self.left = MAX_LINE

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._text.readline(self.left + 1)
        self.left -= len(line)
        if self.left < 0:
            raise csv.Error(f"a row is longer than {MAX_LINE} characters")
        if not line:
            raise StopIteration
        return line


def _refuse_other_separator(header: list[str], path: Path) -> None:
    if len(header) == 1 and any(mark in header[0] for mark in ";\t"):
        raise InputError(
            f"has one column, {shorten(header[0])}",
            where=path,
            expected="cells separated by commas",
            remedy="separate the cells by commas",
        )
