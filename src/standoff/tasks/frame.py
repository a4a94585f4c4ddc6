"""The frame every task delivers: nine columns, then slice columns; its checks and its digest."""

from __future__ import annotations

import hashlib
import math
import re
from itertools import chain
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from standoff.errors import InputError, Problem, listed, shorten
from standoff.files import canonical_json
from standoff.records import Split
from standoff.spans import SPANS, are_spans

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

COLUMNS = ("id", "group", "text", "actor", "target", "label", "actor_spans", "target_spans", "split")
SHOWN = tuple(name for name in COLUMNS if name not in ("label", "split"))
"""What a model may see of an item: neither its label nor a slice column, some of which are made from the label."""
SPLITS = tuple(split.value for split in Split)
FOLD = re.compile(r"fold-[1-9][0-9]*")
"""What the column ``split`` holds in place of :data:`SPLITS` where a task is cross-validated: ``fold-1``, …"""

Span = tuple[int, int]


def check_frame(frame: pd.DataFrame, labels: Collection[str], where: str | Path) -> None:
    """Refuse a frame that a task may not deliver.

    ``id``, ``group``, ``text``, ``actor``, ``target``, ``label`` and ``split`` hold strings; ``actor`` and
    ``target`` are empty where the task has none. ``split`` is one of :data:`SPLITS`, or a fold in every row.
    Spans are lists of ``(start, end)`` in code points of ``text``, end exclusive. Slice columns hold strings,
    numbers, booleans or nulls.

    Args:
        frame: One row per item.
        labels: The task's label inventory.
        where: What to name in the message: a task or a file.

    Raises:
        InputError: A column is missing or doubled, there are no rows, or rows do not fit; the first twenty
            problems are listed.
    """
    columns = list(frame.columns)
    missing = [name for name in COLUMNS if name not in columns]
    doubled = sorted({str(name) for name in columns if columns.count(name) > 1})
    if missing or doubled:
        raise InputError(
            f"the frame has missing columns {missing} and doubled columns {doubled}",
            where=where,
            got=columns,
            expected=", ".join(COLUMNS) + ", then any slice columns, each once",
        )
    if frame.empty:
        raise InputError("the frame has no rows", where=where, expected="at least one item")
    problems = list(chain(_problems(frame, labels), _mixed(frame)))
    if problems:
        raise InputError(
            f"{len(problems)} problem(s) in {len(frame)} rows:\n{listed(problems)}",
            where=where,
            expected="unique ids, texts, known labels and splits, spans inside the text, slices of plain values",
        )


def frame_digest(frame: pd.DataFrame) -> str:
    """Return the sha256 over the frame as canonical JSONL.

    A line has the nine columns in the order of :data:`COLUMNS`, then the slice columns by name. Values are
    written as plain JSON, every null as ``null``: neither the pandas version, nor its column types for strings,
    nor the row index, nor the order of columns changes the digest. The order of rows does.

    Args:
        frame: A frame that :func:`check_frame` lets pass.

    Raises:
        InputError: A value has no place in JSON, such as a date object or an infinite number.
    """
    names = [*COLUMNS, *sorted(set(frame.columns) - set(COLUMNS))]
    digest = hashlib.sha256()
    for values in _rows(frame, names):
        row = {name: _plain(name, value) for name, value in zip(names, values, strict=True)}
        try:
            digest.update((canonical_json(row) + "\n").encode("utf-8"))
        except UnicodeEncodeError:
            raise InputError(
                "has half of a surrogate pair, which UTF-8 cannot hold",
                where=f"id {row['id']!r}",
                expected="Unicode",
            ) from None
    return digest.hexdigest()


def occurrences(text: str, name: str) -> list[Span]:
    """Return where ``name`` stands in ``text`` as whole words, letter case kept, left to right.

    Whole words, because "Iran" is not mentioned by "Iranian". Nothing is guessed: a last name, a plural or a
    pronoun that means the same entity is not found.

    Args:
        text: The text of an item.
        name: The exact string; an empty one is nowhere.

    Returns:
        Spans in code points, end exclusive, that do not overlap.
    """
    if not name:
        return []
    return [match.span() for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text)]


def _rows(frame: pd.DataFrame, names: list[str]) -> Iterator[tuple[Any, ...]]:
    return zip(*(frame[name] for name in names), strict=True)


def _problems(frame: pd.DataFrame, labels: Collection[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    slices = [name for name in frame.columns if name not in COLUMNS]
    for number, values in enumerate(_rows(frame, [*COLUMNS, *slices])):
        row = dict(zip([*COLUMNS, *slices], values, strict=True))
        where = f"row {number} (id {shorten(row['id'], 80)})"
        for what in chain(_row_problems(row, labels, slices), _span_problems(row)):
            yield Problem(where, what)
        if isinstance(row["id"], str):
            if row["id"] in seen:
                yield Problem(where, "the id is used by an earlier row")
            seen.add(row["id"])


def _row_problems(row: dict[str, Any], labels: Collection[str], slices: list[str]) -> Iterator[str]:
    for name in ("id", "group", "text"):
        if not (isinstance(row[name], str) and row[name].strip()):
            yield f"{name} is {shorten(row[name])}, not a text with characters in it"
    for name in ("actor", "target"):
        if not isinstance(row[name], str):
            yield f"{name} is {shorten(row[name])}, not a string (empty where there is none)"
    if not (isinstance(row["label"], str) and row["label"] in labels):
        yield f"label is {shorten(row['label'])}, not one of {', '.join(labels)}"
    if not (isinstance(row["split"], str) and (row["split"] in SPLITS or FOLD.fullmatch(row["split"]))):
        yield f"split is {shorten(row['split'])}, not one of {', '.join(SPLITS)}, nor a fold such as fold-1"
    for name in slices:
        if not _is_scalar(row[name]):
            yield f"slice {name!r} is {shorten(row[name])}, not a string, number, boolean or null"


def _mixed(frame: pd.DataFrame) -> Iterator[Problem]:
    folds = {str(name) for name in frame["split"] if FOLD.fullmatch(str(name))}
    others = {str(name) for name in frame["split"]} & set(SPLITS)
    if folds and others:
        yield Problem("split", f"has folds ({', '.join(sorted(folds))}) and splits ({', '.join(sorted(others))})")
    if len(folds) == 1:
        yield Problem("split", f"has one fold only ({min(folds)}), and nothing to train on")


def _span_problems(row: dict[str, Any]) -> Iterator[str]:
    length = len(row["text"]) if isinstance(row["text"], str) else 0
    for name in SPANS:
        if not isinstance(row[name], list):
            yield f"{name} is {shorten(row[name])}, not a list of (start, end)"
        elif bad := [span for span in row[name] if not are_spans([span], length)]:
            yield f"{name} holds {shorten(bad[0])}, not a (start, end) with 0 <= start < end <= {length}"


def _is_null(value: object) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def _is_scalar(value: object) -> bool:
    if _is_null(value) or isinstance(value, str | Integral) or _is_boolean(value):
        return True
    return isinstance(value, Real) and math.isfinite(value)


def _is_boolean(value: object) -> bool:
    return isinstance(value, bool | np.bool_)  # numpy's is not a number


def _plain(name: str, value: Any) -> object:
    if name in SPANS:
        return [[int(start), int(end)] for start, end in value]
    if not _is_scalar(value):
        raise InputError(
            f"column {name!r} holds a value that has no place in JSON",
            got=value,
            expected="a string, number, boolean or null",
        )
    if _is_null(value):
        return None
    if isinstance(value, str):
        return str(value)
    if _is_boolean(value):
        return bool(value)
    return int(value) if isinstance(value, Integral) else float(value)
