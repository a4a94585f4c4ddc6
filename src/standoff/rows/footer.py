"""How large the footer of a Parquet file says that it is when unpacked.

pyarrow tells this too, but ends the whole process where a footer is damaged: its ``RowGroup`` and ``ColumnChunk``
let no C++ exception through. So the few numbers are taken from the footer here, which is a struct in Thrift's
compact protocol. A footer may lie: rows are counted once more while they are read, bytes are not.

Sources: ``parquet.thrift`` of apache/parquet-format, ``doc/specs/thrift-compact-protocol.md`` of apache/thrift.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

MAGIC = b"PAR1"

WIDTH = 8
"""Bytes that a value counts at least: as many as it takes in memory, however few it has in the file."""

LONGEST = 1 << 24
"""Bytes of a footer, which has about a hundred for each column of each group of rows."""

DEEPEST = 16
"""Structs and lists inside each other; the format has ten."""

# Fields of parquet.thrift.
NUM_ROWS, ROW_GROUPS = 3, 4  # of FileMetaData
COLUMNS = 1  # of RowGroup
META_DATA = 3  # of ColumnChunk
NUM_VALUES, TOTAL_UNCOMPRESSED_SIZE = 5, 6  # of ColumnMetaData

# Types of the compact protocol; its types 4, 5 and 6 are whole numbers of any width.
TRUE, FALSE, BYTE, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = 1, 2, 3, 7, 8, 9, 10, 11, 12


class Size(NamedTuple):
    """Rows, and bytes when unpacked."""

    rows: int
    unpacked: int


def declared_size(path: Path) -> Size:
    """Return the size that the footer of a Parquet file declares.

    Raises:
        ValueError: There is no footer, or none of this format.
    """
    with path.open("rb") as handle:
        end = handle.seek(0, os.SEEK_END)
        handle.seek(max(end - 8, 0))
        length, magic = int.from_bytes(handle.read(4), "little"), handle.read(4)
        if magic != MAGIC or length > min(end - 8, LONGEST):
            raise ValueError("there is no footer at its end")
        handle.seek(end - 8 - length)
        footer = _Compact(handle.read(length))
    try:
        file = footer.struct()
        chunks = [chunk[META_DATA] for group in file[ROW_GROUPS] for chunk in group[COLUMNS]]
        sizes = (max(chunk[TOTAL_UNCOMPRESSED_SIZE], WIDTH * chunk[NUM_VALUES], 0) for chunk in chunks)
        return Size(max(file[NUM_ROWS], 0), sum(sizes))
    except (LookupError, TypeError):
        raise ValueError("its footer is not whole") from None


class _Compact:
    """Values in Thrift's compact protocol; texts are skipped.

    Reading them raises IndexError past the end, and ValueError for what the protocol does not have.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def struct(self, depth: int = 0) -> dict[int, Any]:
        """Return the fields of a struct by their numbers."""
        found: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            step, kind = head >> 4, head & 15
            number = number + step if step else self._whole()
            found[number] = kind == TRUE if kind in {TRUE, FALSE} else self._value(kind, depth)
        return found

    def _value(self, kind: int, depth: int) -> Any:
        if depth > DEEPEST:
            raise ValueError("its footer is nested too deeply")
        if kind in {TRUE, FALSE, BYTE}:  # a boolean in a list has a byte of its own
            return self._byte()
        if BYTE < kind < DOUBLE:
            return self._whole()
        if kind == STRUCT:
            return self.struct(depth + 1)
        if kind in {LIST, SET}:
            head = self._byte()
            size = head >> 4 if head >> 4 < 15 else self._varint()
            return [self._value(head & 15, depth + 1) for _ in range(size)]
        if kind == MAP:
            size = self._varint()
            kinds = self._byte() if size else 0
            return [(self._value(kinds >> 4, depth + 1), self._value(kinds & 15, depth + 1)) for _ in range(size)]
        if kind in {DOUBLE, BINARY}:
            length = 8 if kind == DOUBLE else self._varint()
            self._at += length
            return None
        raise ValueError("its footer holds an unknown type")

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _varint(self) -> int:
        """Return a number of seven bits a byte, the lowest first."""
        value = shift = 0
        while (byte := self._byte()) > 127:
            value |= (byte & 127) << shift
            shift += 7
            if shift > 63:
                raise ValueError("its footer holds a number of more than 64 bits")
        return value | byte << shift

    def _whole(self) -> int:
        """Return a number in zigzag order: 0, -1, 1, -2 and so on."""
        value = self._varint()
        return value >> 1 ^ -(value & 1)
