"""Tables: CSV and TSV in all their dialects, and sheets of XLSX."""

from __future__ import annotations

import csv
import io
import json
import warnings
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from standoff.errors import InputError, NotFoundError, Problem
from standoff.files import read_bytes
from standoff.tasks.custom.text import file_text
from standoff.tasks.custom.values import as_text, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from standoff.tasks.custom.rows import Source
    from standoff.tasks.custom.schema import FileTable

    Documents = Iterator[tuple[Source, str, Any]]


def read_csv(path: Path, source: Source, table: FileTable, problems: list[Problem]) -> Documents:
    """Yield the records of a CSV file, as (source, first line, row)."""
    return _delimited(path, source, table, problems, delimiter=table.delimiter or ",")


def read_tsv(path: Path, source: Source, table: FileTable, problems: list[Problem]) -> Documents:
    """Yield the records of a TSV file, as (source, first line, row)."""
    return _delimited(path, source, table, problems, delimiter=table.delimiter or "\t")


def _delimited(
    path: Path, source: Source, table: FileTable, problems: list[Problem], *, delimiter: str
) -> Documents:
    text = file_text(path, table.encoding)
    with _any_length():
        cut = _cut_lines if len(delimiter) > 1 else _records
        records = list(cut(text, path, table, delimiter))
    if table.trim:
        records = [(line, [cell.strip() for cell in cells]) for line, cells in records]
    return _tabulated(records, source, table, problems)


def _cut_lines(text: str, _: Path, table: FileTable, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line, cells) of each line that is not empty, cut at a delimiter of several characters."""
    for number, line in enumerate(io.StringIO(text, newline=None), start=1):
        is_comment = table.comment is not None and line.startswith(table.comment)
        if number > table.skip and line.strip() and not is_comment:
            yield number, line.rstrip("\n").split(delimiter)


def _records(text: str, path: Path, table: FileTable, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (first line, cells) of each record; a comment is one only where a record could start."""
    first = 0

    def lines() -> Iterator[str]:
        nonlocal first
        for number, line in enumerate(io.StringIO(text, newline=""), start=1):
            is_comment = not first and table.comment is not None and line.startswith(table.comment)
            if number > table.skip and not is_comment:
                first = first or number
                yield line

    reader = csv.reader(
        lines(),
        delimiter=delimiter,
        quotechar=table.quote or None,
        quoting=csv.QUOTE_MINIMAL if table.quote else csv.QUOTE_NONE,
        escapechar=table.escape,
        skipinitialspace=table.trim,
        strict=True,  # otherwise a stray quote swallows lines without a word
    )
    while True:
        first = 0
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise InputError(
                f"line {first}: its quotes do not close ({error})",
                where=path,
                expected=f"quote {table.quote!r} around a cell, doubled inside it",
                remedy='if quotes mean nothing in this file, say quote = ""; '
                'if a backslash escapes them, say escape = "\\\\"',
            ) from None
        if cells:
            yield first, cells


@contextmanager
def _any_length() -> Iterator[None]:
    """Lift the limit of 131,072 characters that the csv module sets to a cell, which articles pass."""
    before = csv.field_size_limit(2**31 - 1)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _tabulated(
    records: Iterable[tuple[int, Sequence[Any]]], source: Source, table: FileTable, problems: list[Problem]
) -> Documents:
    """Yield a dictionary per record, by the names in the header or in ``columns``."""
    rest = iter(records)
    has_header = table.header if table.header is not None else table.columns is None
    head = next(rest, None) if has_header else None
    names = list(table.columns or ([as_text(cell) for cell in head[1]] if head else []))
    while names and not names[-1]:
        names.pop()
    if problem := _header_problem(names, table, source, has_header=head is not None):
        problems.append(Problem(source.file, problem))
        return
    above: dict[str, Any] = {}
    for number, cells in rest:
        known = names or [str(place) for place in range(1, len(cells) + 1)]
        if len(cells) < len(known) or any(cell not in {"", None} for cell in cells[len(known) :]):
            problems.append(
                Problem(f"{source.file}: {source.unit} {number}", f"has {len(cells)} cells, expected {len(known)}")
            )
        else:
            row = dict(zip(known, cells, strict=False))
            above = {name: above.get(name) if row[name] in {"", None} else row[name] for name in table.fill}
            yield source, str(number), row | above


def _header_problem(names: Sequence[str], table: FileTable, source: Source, *, has_header: bool) -> str:
    """Return why no row can be read by these names of columns; empty where all can."""
    if doubled := sorted({name for name in names if name and names.count(name) > 1}):
        return f"the columns {', '.join(doubled)} stand twice in the header"
    if missing := [name for name in table.fill if name not in names]:
        return f"fill: {unknown('column', missing[0], names)}"
    if has_header and len(names) == 1 and table.delimiter is None and source.unit == "line":
        for mark in (";", "\t", "|", ","):
            if mark in names[0]:
                return f"the header is one cell, {names[0]!r}; delimiter = {json.dumps(mark)} would part it"
    return ""


def read_xlsx(path: Path, source: Source, table: FileTable, problems: list[Problem]) -> Documents:
    """Yield the rows of a sheet that are not empty, as (source, row number, row)."""
    import openpyxl  # noqa: PLC0415 - only where there is a spreadsheet
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    with warnings.catch_warnings():
        # About styles and validations of the workbook, which no value depends on.
        warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")
        try:
            book = openpyxl.load_workbook(io.BytesIO(read_bytes(path)), read_only=True, data_only=True)
        except (InvalidFileException, BadZipFile, KeyError, OSError) as error:
            raise InputError(
                f"is not an XLSX workbook ({error})",
                where=path,
                remedy='save it as .xlsx; if it is text, say format = "csv" or "tsv"',
            ) from None
        if table.sheet is not None and table.sheet not in book.sheetnames:
            raise NotFoundError(
                f"has no sheet {table.sheet!r}",
                where=path,
                expected=f"one of {', '.join(book.sheetnames)}",
                remedy="correct sheet; without it the first is read",
            )
        sheet = book[table.sheet or book.sheetnames[0]]
        source = replace(source, sheet=sheet.title)
        sheet.reset_dimensions()  # some programs write a size that leaves rows out
        values = [list(row) for row in sheet.iter_rows(min_row=table.skip + 1, values_only=True)]
        book.close()
    width = max((len(row) for row in values), default=0)
    records = [
        (number, row + [None] * (width - len(row)))
        for number, row in enumerate(values, start=table.skip + 1)
        if any(cell is not None for cell in row)
    ]
    return _tabulated(records, source, table, problems)
