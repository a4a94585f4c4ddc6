"""The raw table of agreement: one row per value that a coder gave to a unit, read from anywhere and written."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING

from standoff.annotation.agreement.fields import Row
from standoff.errors import InputError, Problem, listed, shorten
from standoff.files import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    import pandas as pd

COLUMNS = ("unit", "coder", "field", "value", "group", "kind")
"""The columns of the exported table, in order."""

REQUIRED = ("unit", "coder", "label")
OPTIONAL = ("group", "field", "kind")
EXPECTED = "a header with unit, coder, label, and as may be group, field and kind; one row per label"

NOT_RATED = frozenset({"", "NA"})
"""What stands for a missing value: an empty cell, and R's ``NA``."""

KINDS = frozenset({"human", "model"})


def read_table(path: Path) -> list[Row]:
    """Return the rows of a table in long form: one row per unit and coder (and field) with the label given.

    CSV with commas, semicolons or tabs, with or without a byte-order mark, or Parquet. Columns are found by name:
    ``unit``, ``coder``, ``label`` (or ``value``); and, where they are there, ``group`` (what belongs together, as
    an article's units, and is resampled as a whole; by default each unit is its own), ``field`` (by default
    ``label``) and ``kind`` (``human`` or ``model``). Other columns are ignored. A row with an empty label or
    ``NA`` is a missing value.

    Raises:
        NotFoundError: There is no such file.
        InputError: A column is missing, or a row has no unit or coder, a label twice, two groups for a unit, two
            kinds for a coder; the first twenty are listed.
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
    """Return the rows as a frame with the columns of :data:`COLUMNS`, which :func:`read_table` reads again."""
    import pandas as pd  # noqa: PLC0415  # a heavy import, for the export only

    return pd.DataFrame([{name: getattr(row, name) for name in COLUMNS} for row in rows], columns=list(COLUMNS))


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
    names = {name.strip().lower(): name for name in header}
    if "label" not in names and "value" in names:
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
        table = pq.read_table(pa.BufferReader(read_bytes(path)))
    except pa.ArrowInvalid as error:
        raise InputError(f"is not Parquet: {error}", where=path) from None
    columns = _columns(table.column_names, path)
    for number, raw in enumerate(table.select(list(dict.fromkeys(columns.values()))).to_pylist(), start=2):
        yield number, {name: "" if raw[c] is None else str(raw[c]).strip() for name, c in columns.items()}
