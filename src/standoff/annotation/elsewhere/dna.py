"""The event list of Discourse Network Analyzer: one statement per row of a CSV file.

DNA 2 and 3 write the same: UTF-8, semicolons, nine fixed columns and then the variables of one statement type.
The marked words are in it, without their offsets, and with each semicolon turned into a comma and each double
quotation mark into an apostrophe (``Exporter.eventCSV``). It names no coder, and holds no text of a document.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from standoff.annotation.elsewhere.foreign import Document, Foreign, Statement
from standoff.errors import InputError
from standoff.files import read_bytes, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

COLUMNS = (
    "statement ID",
    "time",
    "document ID",
    "document title",
    "author",
    "source",
    "section",
    "type",
    "text",
)
WRITTEN = str.maketrans({";": ",", '"': "'"})
"""What DNA does to the characters of every text that it writes; no text gets longer or shorter."""


def read_dna(path: Path) -> Foreign:
    """Read an event list.

    Raises:
        InputError: Not an event list: encoding, byte-order mark, separator, header, or a row that was cut off.
        NotFoundError: No such file.
    """
    rows = _rows(path)
    header = _header(path, next(rows, (1, ()))[1])
    found = Foreign(path, read_bytes(path))
    seen: set[str] = set()
    for line, row in rows:
        if len(row) != len(header):
            raise InputError(
                "is cut off, or has a column too many",
                where=f"{path}:{line}",
                got=f"{len(row)} columns",
                expected=f"{len(header)}, as in the header",
                remedy="export the event list again",
            )
        number, time, name, title, author, source, section, kind, quote = row[: len(COLUMNS)]
        if not number.isdecimal() or number in seen:
            raise InputError(
                "its statement ID is not a number that occurs once", where=f"{path}:{line}", got=number
            )
        seen.add(number)
        found.documents[name] = Document(name, title=title)
        # Called so, as a variable may have the name of a column of the document: "type", "source".
        cells = {"document time": time, "document title": title, "document author": author}
        cells |= {"document source": source, "document section": section, "document type": kind}
        cells |= dict(zip(header[len(COLUMNS) :], row[len(COLUMNS) :], strict=True))
        values = {column: cell for column, cell in cells.items() if cell.strip()}
        found.statements.append(Statement(number, line, name, values, quote=quote))
    return found


def _rows(path: Path) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield (the line in which the row starts, its cells)."""
    reader = csv.reader(io.StringIO(read_text(path), newline=""), delimiter=";", strict=True)
    line = 1
    try:
        for row in reader:
            if row:
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"is not CSV: {error}", where=f"{path}:{line}", remedy="export the event list again"
        ) from None


def _header(path: Path, header: Sequence[str]) -> Sequence[str]:
    if tuple(header[: len(COLUMNS)]) != COLUMNS:
        separated = len(header) == 1 and any(mark in header[0] for mark in ",\t")
        raise InputError(
            "has another separator than the semicolon" if separated else "is not an event list of DNA",
            where=f"{path}:1",
            got=";".join(header),
            expected=";".join(COLUMNS) + ", then the variables",
            remedy="in DNA choose Export network, Event list, .csv, and do not save it with a spreadsheet program",
        )
    variables = header[len(COLUMNS) :]
    if len(set(variables)) != len(variables):
        raise InputError("names a variable twice", where=f"{path}:1", got=";".join(header))
    return header
