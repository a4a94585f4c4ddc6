"""The raw table of agreement: one row per value that a coder gave to a unit, read from anywhere and written."""

from __future__ import annotations

import csv
from collections import Counter
from io import StringIO
from typing import TYPE_CHECKING

from standoff.annotation.agreement.fields import Row
from standoff.errors import InputError, Problem, listed, shorten
from standoff.files import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    import pandas as pd

COLUMNS = ("unit", "coder", "field", "value", "group", "kind", "conflict")
"""The columns of the exported table, in order."""

REQUIRED = ("unit", "coder", "label")
OPTIONAL = ("group", "field", "kind", "conflict")
EXPECTED = "a header with unit, coder, label, and as may be group, field, kind and conflict; one row per label"

NOT_RATED = frozenset({"", "NA", "N/A", "NaN", "nan", "None", "null"})
"""What stands for a missing label, as R, pandas, Python and SQL write it. ``none`` is a label."""

KINDS = frozenset({"human", "model"})


def read_table(path: Path) -> list[Row]:
    """Return the rows of a table in long form: one row per unit and coder (and field) with the label given.

    CSV with commas, semicolons or tabs, with or without a byte-order mark, or Parquet. Columns are found by name:
    ``unit``, ``coder``, ``label`` (or ``value``); and, where they are there, ``group`` (what belongs together, as
    an article's units, and is resampled as a whole; by default each unit is its own), ``field`` (by default
    ``label``), ``kind`` (``human`` or ``model``) and ``conflict``. Other columns are ignored. A row with an empty
    label, NaN, or one of :data:`NOT_RATED` is a missing value.

    Raises:
        NotFoundError: There is no such file.
        InputError: A column is missing or is there twice, or a row has no unit or coder, a label twice, two
            groups for a unit, two kinds for a coder; the first twenty are listed.
    """
    cells = _read_parquet(path) if path.suffix == ".parquet" else _read_csv(path)
    rows: list[Row] = []
    problems: list[Problem] = []
    seen: dict[tuple[str, str, str], int] = {}
    groups: dict[str, str] = {}
    kinds: dict[str, str] = {}
    for number, cell in cells:
        row = Row(
            unit=cell["unit"],
            coder=cell["coder"],
            field=cell.get("field") or "label",
            value=cell["label"],
            group=cell.get("group") or cell["unit"],
            kind=cell.get("kind") or "unstated",
            part=cell.get("conflict") or "",
        )
        if fault := _fault(row):
            problems.append(Problem(f"row {number}", fault))
            continue
        before = (
            seen.setdefault((row.unit, row.coder, row.field), number),
            groups.setdefault(row.unit, row.group),
            kinds.setdefault(row.coder, row.kind),
        )
        if fault := _contradiction(row, number, *before):
            problems.append(Problem(f"row {number}", fault))
        elif row.value not in NOT_RATED:
            rows.append(row)
    if problems:
        raise InputError(
            f"{len(problems)} rows do not fit:\n{listed(problems)}",
            where=path,
            expected="each coder labels each unit at most once (per field)",
            remedy="correct the rows named above",
        )
    if not rows:
        raise InputError("holds no labels", where=path, expected=EXPECTED)
    return rows


def to_frame(rows: Iterable[Row]) -> pd.DataFrame:
    """Return the rows as a frame with the columns of :data:`COLUMNS`, which :func:`read_table` reads again.

    Read again, nominal fields give the same figures and intervals. A table does not hold the order of labels: an
    ordinal field is read again one by one with its labels named, as in
    ``--table FILE --field stance_ordinal --order against,neither,for``.
    """
    import pandas as pd  # noqa: PLC0415  # a heavy import, for the export only

    attributes = ["part" if name == "conflict" else name for name in COLUMNS]
    return pd.DataFrame([[getattr(row, name) for name in attributes] for row in rows], columns=list(COLUMNS))


def _fault(row: Row) -> str | None:
    if not row.unit or not row.coder:
        return f"has no {'coder' if row.unit else 'unit'}"
    if row.kind not in KINDS | {"unstated"}:
        return f"kind is {shorten(row.kind)}, not human or model"
    return None


def _contradiction(row: Row, number: int, first: int, group: str, kind: str) -> str | None:
    """Return what does not fit to the rows before, which have the label first, and this group and kind."""
    if first != number:
        return f"{shorten(row.coder)} labels {shorten(row.unit)} already on row {first}"
    if group != row.group:
        return f"unit {shorten(row.unit)} is in the groups {shorten(group)} and {shorten(row.group)}"
    if kind != row.kind:
        return f"coder {shorten(row.coder)} is {kind} and {row.kind}"
    return None


def _columns(header: Iterable[str], path: Path) -> dict[str, str]:
    """Return for each column that is used the name it has in the file."""
    given = list(header)
    names = {name.strip().lower(): name for name in given}
    used = {*REQUIRED, *OPTIONAL, "value"}
    counts = Counter(key for name in given if (key := name.strip().lower()) in used)
    if twice := [f"{n} columns {name}" for name, n in counts.items() if n > 1]:
        raise InputError(
            f"has {' and '.join(twice)}", where=path, got=", ".join(given), remedy="keep one of each, or rename"
        )
    if {"label", "value"} <= names.keys():
        raise InputError(
            "has the columns label and value, and either could be the label",
            where=path,
            got=", ".join(given),
            remedy="rename the one that is not",
        )
    if "value" in names:
        names["label"] = names["value"]
    if missing := [name for name in REQUIRED if name not in names]:
        raise InputError(
            f"has no column {' and no column '.join(missing)}",
            where=path,
            got=", ".join(names),
            expected=EXPECTED,
            remedy="rename the columns; a table with one column per coder has to be made long first",
        )
    return {name: names[name] for name in (*REQUIRED, *OPTIONAL) if name in names}


def _read_csv(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield the row numbers, counting the header as 1, and the cells by our names."""
    try:
        # What spreadsheets write as "CSV UTF-8" starts with a byte-order mark.
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"is not UTF-8 at byte {error.start}",
            where=path,
            expected="UTF-8",
            remedy='save it as "CSV UTF-8", or name a .parquet file so',
        ) from None
    head = text.partition("\n")[0]
    delimiter = max("\t,;", key=head.count)
    # Not str.splitlines, which would cut at form feeds and U+2028 too.
    reader = csv.DictReader(StringIO(text, newline=""), delimiter=delimiter)
    columns = _columns(reader.fieldnames or (), path)
    for number, raw in enumerate(reader, start=2):
        if None in raw:
            raise InputError(
                "has more cells than the header",
                where=f"{path}, row {number}",
                got=raw[None],
                remedy="put cells that hold the separator in quotation marks",
            )
        yield number, {name: (raw[column] or "").strip() for name, column in columns.items()}


def _read_parquet(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    import pyarrow as pa  # noqa: PLC0415  # a heavy import, for this format only
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        held = pq.ParquetFile(pa.BufferReader(read_bytes(path)))
    except pa.ArrowInvalid as error:
        raise InputError(f"is not Parquet: {error}", where=path) from None
    columns = _columns(held.schema_arrow.names, path)
    table = held.read(columns=list(dict.fromkeys(columns.values())))
    for number, raw in enumerate(table.to_pylist(), start=2):
        yield number, {name: _cell(raw[column]) for name, column in columns.items()}


def _cell(value: object) -> str:
    """Return a cell of Parquet as CSV has it: null and NaN are empty."""
    return "" if value is None or value != value else str(value).strip()  # noqa: PLR0124 - NaN is what differs from itself
