"""How much of a file is read before it is refused, so that a hostile one cannot fill the memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standoff.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 1 << 30
"""Bytes of a file, unpacked: a gzip of one megabyte may hold a thousand."""

MAX_ROWS = 10_000_000
"""Rows of a file: a Parquet file of 400 kB may hold a hundred million equal ones."""

MAX_LINE = 1 << 24
"""Bytes of a line of JSONL, and characters of a row of CSV, which an open quote makes as long as the file."""


def too_large(path: Path, max_bytes: int) -> InputError:
    """Return the error for a file with more bytes than it may have."""
    return InputError(
        f"has more than {max_bytes:,} bytes when unpacked",
        where=path,
        expected="at most so many, so that no file fills the memory",
        remedy="leave out what is not needed, or split the file",
    )


def too_many(path: Path, max_rows: int) -> InputError:
    """Return the error for a file with more rows than it may have."""
    return InputError(
        f"has more than {max_rows:,} rows",
        where=path,
        expected="at most so many, so that no file fills the memory",
        remedy="split the file",
    )
