"""Files of rows in every format, and reading them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from standoff.rows.problems import Problems
from standoff.rows.reading import read_rows

Row = dict[str, Any]


def write_jsonl(path: Path, rows: Sequence[Row]) -> None:
    path.write_bytes("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode("utf-8"))


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    """Write rows as CSV, lists and objects in it as JSON."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, _names(rows), restval="")
        writer.writeheader()
        writer.writerows(
            {key: json.dumps(value) if isinstance(value, list | dict) else value for key, value in row.items()}
            for row in rows
        )


def write_parquet(path: Path, rows: Sequence[Row], **options: Any) -> None:
    pq.write_table(pa.table({name: [row.get(name) for row in rows] for name in _names(rows)}), path, **options)


def _names(rows: Sequence[Row]) -> list[str]:
    return list({name: None for row in rows for name in row})


WRITERS: dict[str, Callable[[Path, Sequence[Row]], None]] = {
    ".jsonl": write_jsonl,
    ".csv": write_csv,
    ".parquet": write_parquet,
}

every_format = pytest.mark.parametrize("ending", WRITERS)


def written(folder: Path, ending: str, rows: Sequence[Row]) -> Path:
    path = folder / f"rows{ending}"
    WRITERS[ending](path, rows)
    return path


def put(folder: Path, content: str | bytes, name: str = "rows.jsonl") -> Path:
    path = folder / name
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return path


def read(path: Path, choose: Callable[[Sequence[str]], Sequence[str]] = list, **bounds: Any) -> list[Row]:
    """Return the rows of a file without problems."""
    problems = Problems()
    rows = [row for _, row in read_rows(path, problems, choose, **bounds)]
    assert problems.first == []
    return rows


def numbered(path: Path, **bounds: Any) -> tuple[list[int], list[str]]:
    """Return the numbers of the rows of a file, and its problems."""
    problems = Problems()
    numbers = [number for number, _ in read_rows(path, problems, list, **bounds)]
    return numbers, [str(problem) for problem in problems.first]
