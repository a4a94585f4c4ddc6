"""The one reader of rows: which format a file has, and what holds for all of them."""

from __future__ import annotations

import os
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from standoff.errors import InputError, NotFoundError, listed, shorten
from standoff.rows.bounds import MAX_BYTES, MAX_ROWS, too_large, too_many
from standoff.rows.footer import MAGIC
from standoff.rows.parquet import read_parquet
from standoff.rows.text import read_csv, read_jsonl, unpacked

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from standoff.rows.problems import Problems
    from standoff.rows.values import Choose, Rows

ENDINGS = (".jsonl", ".csv", ".parquet")


def read_rows(
    path: Path,
    problems: Problems,
    choose: Choose,
    *,
    max_bytes: int | None = MAX_BYTES,
    max_rows: int | None = MAX_ROWS,
) -> Rows:
    """Yield the rows of a file with their numbers, while it is read; empty lines are skipped.

    A file is Parquet if it begins so or is called ``.parquet``, CSV (commas, double quotes, a header) if it is
    called ``.csv``, otherwise JSONL. JSONL and CSV are UTF-8, with or without a byte-order mark, plain or packed
    by gzip, which the first bytes tell. A row of JSONL has all its keys, one of CSV or Parquet the chosen columns:
    text in CSV, Python's values in Parquet, where a map becomes a dict. Whether values are what they should be is
    for the caller to say, with :func:`standoff.rows.values.text_fault` and ``name_fault``.

    A row that cannot be had is added to ``problems``, and reading goes on with the next one, but not past a broken
    gzip stream or a row of CSV whose quotes are.

    Args:
        path: The file.
        problems: Gets what is wrong with rows, and what their numbers count.
        choose: Given the columns of a CSV or Parquet file, returns those to read, or raises. Given none where a
            CSV file is empty.
        max_bytes: The most bytes that the file may have when unpacked; no bound when None.
        max_rows: The most rows that the file may have; no bound when None.

    Raises:
        NotFoundError: There is no such file, or it is a folder.
        InputError: The file passes a bound (which is noticed before it is unpacked), is binary or UTF-16, is no
            whole Parquet file, or has a chosen column twice or of a type that is not read; or the operating system
            refuses to read it.
    """
    try:
        with path.open("rb") as handle:
            if max_bytes is not None and os.fstat(handle.fileno()).st_size > max_bytes:
                raise too_large(path, max_bytes)
            once = partial(_chosen_once, path, choose)
            if ending_of(path) == ".parquet" or handle.peek(len(MAGIC)).startswith(MAGIC):
                problems.unit = "row"
                rows = read_parquet(path, once, max_bytes=max_bytes, max_rows=max_rows)
            elif ending_of(path) == ".csv":
                rows = read_csv(unpacked(handle, path, max_bytes), path, problems, once)
            else:
                rows = read_jsonl(unpacked(handle, path, max_bytes), path, problems)
            for count, row in enumerate(rows, start=1):
                if max_rows is not None and count > max_rows:
                    raise too_many(path, max_rows)
                yield row
    except FileNotFoundError:
        raise NotFoundError("no such file", where=path, remedy="check the path") from None
    except IsADirectoryError:
        raise NotFoundError("this is a folder, not a file", where=path, remedy="name a file in it") from None
    except OSError as error:
        raise InputError(
            f"cannot be read ({error.strerror})", where=path, remedy="check the path, and that you may read it"
        ) from None


def ending_of(path: Path) -> str | None:
    """Return which of :data:`ENDINGS` a file has, in any case and with ``.gz`` behind it or not; None if none."""
    plain = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    ending = plain.suffix.lower()
    return ending if ending in ENDINGS else None


def _chosen_once(path: Path, choose: Choose, names: Sequence[str]) -> Sequence[str]:
    """Return the columns that are chosen of those there are.

    Raises:
        InputError: One of them is there more than once.
    """
    chosen, counts = choose(names), Counter(names)
    if doubled := [f"two columns are named {shorten(name)}" for name in dict.fromkeys(chosen) if counts[name] > 1]:
        raise InputError(
            f"a column that is read is there more than once:\n{listed(doubled)}",
            where=path,
            expected="columns with different names",
            remedy="rename or remove one of them",
        )
    return chosen
