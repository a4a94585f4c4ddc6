"""Items to predict, read from a JSONL, CSV or Parquet file a batch at a time, and their predictions."""

from __future__ import annotations

import csv
import json
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

import pandas as pd

from standoff.baselines.saving import TEXTS
from standoff.errors import InputError, NotFoundError, Problem, listed, shorten
from standoff.files import parse_json_object
from standoff.spans import SPANS, is_span
from standoff.tasks.custom.values import unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from standoff.baselines.saving import SavedModel

    Located = Iterator[tuple[str, Mapping[str, Any]]]

BATCH = 1000
"""Items in memory at once. Larger batches predict no faster."""

SHOWN = 20
"""How many problems a refusal lists."""

MAKES_ONE = "`standoff tasks frame TASK --scored --out FILE` writes the items of a task"

HALF = re.compile("[\ud800-\udfff]")
"""Half of a surrogate pair: no character, and nothing that UTF-8 can hold."""


def predict_file(model: SavedModel, path: Path, *, probabilities: bool = False) -> Iterator[dict[str, Any]]:
    """Yield id and predicted label of each item of a file, in its order.

    Args:
        model: A saved model.
        path: As :func:`read_items`.
        probabilities: Whether to add the probability of each label, as ``probabilities``.

    Raises:
        RefusedError: Probabilities are asked of a baseline that has none.
        NotFoundError: No such file.
        InputError: The file does not fit; see :func:`read_items`.
    """
    if probabilities:
        model.check_probabilities()
    for frame in read_items(path, model.facts.columns):
        rows = [
            {"id": item, "label": label} for item, label in zip(frame["id"], model.predict(frame), strict=True)
        ]
        if probabilities:
            for row, shares in zip(rows, model.predict_proba(frame).tolist(), strict=True):
                row["probabilities"] = dict(zip(model.labels, shares, strict=True))
        yield from rows


def check_file(path: Path) -> None:
    """Refuse a path that no items can be read from, before anything is done for them.

    Raises:
        NotFoundError: No such file.
        InputError: Another ending than those of :data:`READERS`.
    """
    if path.suffix.lower() not in READERS:
        raise InputError(
            "has no known ending",
            where=path,
            expected=" or ".join(READERS),
            remedy="give the file the ending of its format, or save it in one of these",
        )
    if not path.is_file():
        raise NotFoundError("no such file", where=path, remedy=f"check the path; {MAKES_ONE}")


def read_items(path: Path, needed: Collection[str], *, batch: int = BATCH) -> Iterator[pd.DataFrame]:
    """Yield the items of a file as frames with the columns id, group, those in ``needed``, and both spans.

    An item has an ``id`` that no other has (text, or a whole number, which becomes text), the columns in
    ``needed`` as text, of which ``text`` has characters in it, and, where the columns are there, ``group`` and the
    spans of actor and target: lists of ``[start, end]`` in code points of the text, in CSV as JSON. An empty cell,
    or null, is an actor or target that the item does not have, and a group of its own. Other columns are not read,
    and neither are spans where ``text`` is not needed.

    Args:
        path: As :func:`check_file`; the ending may be in any case.
        needed: The texts that a model looks at.
        batch: The most items of a frame.

    Raises:
        NotFoundError: As :func:`check_file`.
        InputError: As :func:`check_file`; the file, or its first item, lacks a column; there are no items; or rows
            do not fit: the whole file is read for the first twenty problems. Frames may have been yielded by then.
    """
    check_file(path)
    found = _Found(path, needed)
    rows = READERS[path.suffix.lower()](path, found)
    # Each row is looked at before the next one is read, so that problems come in the order of the file.
    while items := [found.item(place, row) for place, row in islice(rows, batch)]:
        if not found.total:
            yield pd.DataFrame(items)
    found.refuse()


@dataclass
class _Found:
    """What is found while a file is read: ids, and the first of the problems."""

    path: Path
    needed: Collection[str]
    places: dict[str, str] = field(default_factory=dict)
    total: int = 0
    first: list[Problem] = field(default_factory=list)

    @property
    def required(self) -> tuple[str, ...]:
        """What every item has."""
        return ("id", *(name for name in TEXTS if name in self.needed))

    @property
    def columns(self) -> tuple[str, ...]:
        """What is read."""
        return ("id", "group", *self.required[1:], *(SPANS if "text" in self.needed else ()))

    def problem(self, place: str, what: str) -> None:
        """Add a problem."""
        self.total += 1
        if len(self.first) < SHOWN:
            self.first.append(Problem(place, what))

    def check_columns(self, names: Sequence[str], place: str = "") -> None:
        """Refuse a file by its columns, or by those of the item at ``place``.

        Raises:
            InputError: A column is missing, or there twice.
        """
        missing = [name for name in self.required if name not in names]
        faults = [f"no column named {name!r}" for name in missing[:-1]]
        faults += [unknown("column", name, names) for name in missing[-1:]]  # with what there is, said once
        faults += [f"two columns are named {name!r}" for name in self.columns if names.count(name) > 1]
        if faults:
            uncut = len(names) == 1 and any(mark in names[0] for mark in ";\t")
            raise InputError(
                (f"{place}: " if place else "") + "; ".join(faults),
                where=self.path,
                expected=f"the columns {', '.join(self.required)}: what this model needs",
                remedy="separate the cells by commas" if uncut else "rename the columns, or add what is missing",
            )

    def item(self, place: str, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return a row as an item; what does not fit becomes a problem."""
        if missing := [name for name in self.required if name not in row]:
            if not self.places and not self.total:
                self.check_columns(list(row), place)  # what the first item lacks, the others will lack too
            mend = "write null where there is none" if {*missing} <= {"actor", "target"} else "add what is missing"
            self.problem(place, f"there is no {' and no '.join(missing)}; {mend}")
        item = {name: self._value(place, name, row.get(name), row) for name in self.columns if name not in missing}
        if isinstance(item.get("id"), str):
            if (first := self.places.setdefault(item["id"], place)) != place:
                self.problem(place, f"the id {shorten(item['id'], 60)} is that of {first} already; make it unique")
            item["group"] = item["group"] or item["id"]
        return item

    def _value(self, place: str, name: str, value: Any, row: Mapping[str, Any]) -> Any:
        if name in SPANS:
            return self._spans(place, name, value, row.get("text"))
        if name in {"id", "group"} and isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if name in {"group", "actor", "target"} and value is None:
            return ""
        if not isinstance(value, str):
            self.problem(place, f"{name} is {shorten(value, 60)}; write it as text")
        elif name in {"id", "text"} and not value.strip():
            self.problem(place, f"{name} is empty; fill it, or leave the item out")
        elif bad := HALF.search(value):
            self.problem(place, f"{name} holds {bad[0]!r}, which is no character; save the file as UTF-8")
        return value

    def _spans(self, place: str, name: str, value: Any, text: Any) -> list[tuple[int, int]]:
        try:
            if isinstance(value, str):
                value = json.loads(value) if value.strip() else None
            spans = [] if value is None else [(start, end) for start, end in value]
        except (ValueError, TypeError, RecursionError):
            self.problem(place, f"{name} is {shorten(value, 60)}; write it as [[start, end], …]")
            return []
        if not isinstance(text, str) or not text.strip():  # which is a problem of its own
            return spans
        if bad := [span for span in spans if not is_span(*span, len(text))]:
            what = f"{name} holds {shorten(bad[0], 60)}"
            self.problem(place, f"{what}; a span is 0 <= start < end <= {len(text)}, the text's length")
        return spans

    def refuse(self) -> None:
        """Raise what was found."""
        if not self.places and not self.total:
            raise InputError("holds no items", where=self.path, expected="one item a row", remedy=MAKES_ONE)
        if self.total:
            which = f", the first {SHOWN} of them" if self.total > SHOWN else ""
            raise InputError(
                f"{self.total} problem(s){which}:\n{listed(self.first, limit=SHOWN)}",
                where=self.path,
                remedy="correct the rows named above; nothing was written",
            )


def _jsonl(path: Path, found: _Found) -> Located:
    with path.open("rb") as handle:
        for number, line in enumerate(handle, start=1):
            place = f"line {number}"
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
                if text.strip():
                    yield place, parse_json_object(text, where=str(path))
            except UnicodeDecodeError as error:
                found.problem(place, f"is not UTF-8 at byte {error.start}; save the file as UTF-8")
            except InputError as error:
                found.problem(place, f"{error.what}; write one JSON object a line")


def _csv(path: Path, found: _Found) -> Located:
    # Bytes that are no UTF-8 are read as halves of surrogate pairs, which are then found in their row.
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as handle, _any_length():
        reader = csv.reader(handle, strict=True)  # otherwise a stray quote swallows lines without a word
        try:
            header = next(filter(None, reader), None)
            if header is None:
                columns = ", ".join(found.required)
                raise InputError("is empty", where=path, expected=f"a header with {columns}", remedy=MAKES_ONE)
            found.check_columns(header)
            first = reader.line_num + 1
            for cells in reader:
                place, first = f"line {first}", reader.line_num + 1
                if cells and len(cells) != len(header):
                    what = f"has {len(cells)} cells, the header {len(header)}"
                    found.problem(place, f"{what}; quote a cell that has a comma or line end in it")
                elif cells:
                    yield place, dict(zip(header, cells, strict=True))
        except csv.Error as error:
            found.problem(
                f"line {reader.line_num}", f"is not CSV ({error}); double each quote inside a quoted cell"
            )


@contextmanager
def _any_length() -> Iterator[None]:
    """Lift the limit of 131,072 characters that the csv module sets to a cell, which articles pass."""
    before = csv.field_size_limit(2**31 - 1)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _parquet(path: Path, found: _Found) -> Located:
    import pyarrow as pa  # noqa: PLC0415 - only where there is Parquet
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            found.check_columns(names)
            number = 0
            for batch in file.iter_batches(
                batch_size=BATCH, columns=[one for one in found.columns if one in names]
            ):
                for row in batch.to_pylist():
                    number += 1
                    yield f"row {number}", row
    except pa.ArrowException as error:
        raise InputError(
            f"is not a whole Parquet file ({error})", where=path, remedy="write it again; nothing was predicted"
        ) from None


READERS: Mapping[str, Callable[[Path, _Found], Located]] = {".jsonl": _jsonl, ".csv": _csv, ".parquet": _parquet}
"""How a file is read, by the ending of its name."""
