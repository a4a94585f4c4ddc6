"""Bytes to text: byte-order marks, encodings, gzip, and what to say when they do not fit."""

from __future__ import annotations

import codecs
import gzip
import zlib
from importlib.util import find_spec
from typing import TYPE_CHECKING

from standoff.errors import InputError
from standoff.files import read_bytes

if TYPE_CHECKING:
    from pathlib import Path

# UTF-32 first: its little-endian mark starts with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_GUESSED_FROM = 100_000


def file_text(path: Path, encoding: str | None) -> str:
    """Return a file's text, as it stands: no line end and no character is changed.

    A byte-order mark is left out. Without a declared encoding, a mark decides, and UTF-8 is the rule.

    Args:
        path: A text file; one that ends in ``.gz`` is unpacked.
        encoding: The declared encoding, or None.

    Raises:
        NotFoundError: No such file.
        InputError: Bytes that the encoding does not have, NUL characters, or damaged gzip.
    """
    data = _unpacked(path)
    chosen = encoding or next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(chosen)
    except UnicodeDecodeError as error:
        guess = _guess(data)
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"is not {chosen} at byte {error.start} (line {line})",
            where=path,
            got=data[error.start : error.start + 8],
            expected=f"text in {chosen}",
            remedy=f'say which encoding it is, as in: encoding = "{guess or "cp1252"}"'
            + (" (a guess from the bytes)" if guess else ""),
        ) from None
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise InputError(
            f"holds a NUL character (line {line})",
            where=path,
            expected=f"text in {chosen}",
            remedy='if it is UTF-16 without a byte-order mark, say so: encoding = "utf-16-le" or "utf-16-be"',
        )
    return text.removeprefix("\ufeff")


def _unpacked(path: Path) -> bytes:
    data = read_bytes(path)
    if path.suffix != ".gz":
        return data
    try:
        return gzip.decompress(data)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"is not a whole gzip file ({error})", where=path, remedy="pack it again") from None


def _guess(data: bytes) -> str:
    """Return the likely encoding, empty without one; the detector comes with requests, and is not required."""
    if find_spec("charset_normalizer") is None:
        return ""
    from charset_normalizer import from_bytes  # noqa: PLC0415 - needed for a message only

    best = from_bytes(data[:_GUESSED_FROM]).best()
    return best.encoding if best is not None else ""
