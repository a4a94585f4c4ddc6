"""Items to predict, read from a JSONL, CSV or Parquet file a batch at a time, and their predictions."""

from __future__ import annotations

import csv
import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from numbers import Integral
from typing import TYPE_CHECKING, Any

import pandas as pd

from standoff.baselines.saving import SPANS, TEXTS
from standoff.errors import InputError, NotFoundError, Problem, listed, shorten
from standoff.files import parse_json_object
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
    for frame in read_items(path, model.facts.columns):
        rows = [
            {"id": item, "label": label} for item, label in zip(frame["id"], model.predict(frame), strict=True)
        ]
        if probabilities:
            for row, shares in zip(rows, model.predict_proba(frame).tolist(), strict=True):
                row["probabilities"] = dict(zip(model.labels, shares, strict=True))
        yield from rows


def read_items(path: Path, needed: Collection[str], *, batch: int = BATCH) -> Iterator[pd.DataFrame]:
    """Yield the items of a file as frames with the columns id, group, those in ``needed``, and both spans.

    An item has an ``id`` that no other has (text, or a whole number, which becomes text), the columns in
    ``needed`` as text, of which ``text`` has characters in it, and, where the columns are there, ``group`` and the
    spans of actor and target: lists of ``[start, end]`` in code points of the text, in CSV as JSON. An empty cell,
    or null, is an actor or target that the item does not have, and a group of its own. Other columns are not read.

    Args:
        path: Its name ends in one of :data:`READERS`.
        needed: The texts that a model looks at.
        batch: The most items of a frame.

    Raises:
        NotFoundError: No such file.
        InputError: Another ending, a column is missing, there are no items, or rows do not fit: the whole file is
            read for the first twenty of them. Frames may have been yielded by then.
    """
    if path.suffix not in READERS:
        raise InputError("has no known ending", where=path, expected=" or ".join(READERS))
    if not path.is_file():
        raise NotFoundError("no such file", where=path, remedy="check the path")
    found = _Found(path, needed)
    rows = READERS[path.suffix](path, found)
    while True:
        some = list(islice(rows, batch))
        items = [found.item(place, row) for place, row in some]
        if not some:
            break
        if not found.total:
            yield pd.DataFrame(items)
    found.refuse()


@dataclass
class _Found:
    """What is found while a file is read: ids, and the first of the problems."""

    path: Path
    needed: Collection[str]
    places: dict[str, str] = field(default_factory=dict)
    has_columns: bool = False
    total: int = 0
    first: list[Problem] = field(default_factory=list)

    @property
    def columns(self) -> tuple[str, ...]:
        """What is read."""
        return ("id", "group", *(name for name in TEXTS if name in self.needed), *SPANS)

    def problem(self, place: str, what: str) -> None:
        """Add a problem."""
        self.total += 1
        if len(self.first) < SHOWN:
            self.first.append(Problem(place, what))

    def check_columns(self, names: Sequence[str]) -> None:
        """Note that the columns of the file are known.

        Raises:
            InputError: A column is missing, or there twice.
        """
        faults = [unknown("column", name, names) for name in ("id", *self.needed) if name not in names]
        faults += [f"two columns are named {name!r}" for name in self.columns if names.count(name) > 1]
        if faults:
            raise InputError(
                "; ".join(faults),
                where=self.path,
                expected=f"the columns {', '.join(('id', *self.needed))}: what this model needs",
                remedy="rename the columns; nothing was written",
            )
        self.has_columns = True

    def item(self, place: str, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return a row as an item; what does not fit becomes a problem."""
        if not self.has_columns:
            self.check_columns(list(row))  # of a format without a header, the first row stands for all
        item = {name: self._value(place, name, row.get(name), row) for name in self.columns}
        if isinstance(item["id"], str):
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
        elif not _is_unicode(value):
            self.problem(place, f"{name} holds half of a surrogate pair; remove it")
        return value

    def _spans(self, place: str, name: str, value: Any, text: Any) -> list[tuple[int, int]]:
        try:
            read = json.loads(value) if isinstance(value, str) and value.strip() else value or []
            spans = [(start, end) for start, end in read]
        except (ValueError, TypeError, RecursionError):
            self.problem(place, f"{name} is {shorten(value, 60)}; write it as [[start, end], …]")
            return []
        length = len(text) if isinstance(text, str) else 0
        if bad := [span for span in spans if not _is_span(span, length)]:
            self.problem(
                place,
                f"{name} holds {shorten(bad[0], 60)}; a span is 0 <= start < end <= {length}, the text's length",
            )
        return spans

    def refuse(self) -> None:
        """Raise what was found."""
        if not self.places and not self.total:
            raise InputError("holds no items", where=self.path, expected="one item a row")
        if self.total:
            which = f", the first {SHOWN} of them" if self.total > SHOWN else ""
            raise InputError(
                f"{self.total} problem(s){which}:\n{listed(self.first, limit=SHOWN)}",
                where=self.path,
                remedy="correct the rows named above; nothing was written",
            )


def _is_unicode(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _is_span(span: tuple[Any, Any], length: int) -> bool:
    whole = all(isinstance(offset, Integral) and not isinstance(offset, bool) for offset in span)
    return whole and 0 <= span[0] < span[1] <= length


def _jsonl(path: Path, found: _Found) -> Located:
    with path.open("rb") as handle:
        for number, line in enumerate(handle, start=1):
            if line.strip():
                try:
                    yield f"line {number}", parse_json_object(line.decode("utf-8"), where=str(path))
                except UnicodeDecodeError as error:
                    found.problem(f"line {number}", f"is not UTF-8 at byte {error.start}; save the file as UTF-8")
                except InputError as error:
                    found.problem(f"line {number}", f"{error.what}; write one JSON object a line")


def _csv(path: Path, found: _Found) -> Located:
    with path.open(encoding="utf-8-sig", newline="") as handle, _any_length():
        reader = csv.reader(handle, strict=True)  # otherwise a stray quote swallows lines without a word
        try:
            header = next(reader, [])
            found.check_columns(header)
            first = reader.line_num + 1
            for cells in reader:
                place, first = f"line {first}", reader.line_num + 1
                if cells and len(cells) != len(header):
                    found.problem(place, f"has {len(cells)} cells; the header has {len(header)}")
                elif cells:
                    yield place, dict(zip(header, cells, strict=True))
        except csv.Error as error:
            found.problem(
                f"line {reader.line_num}", f"is not CSV ({error}); double each quote inside a quoted cell"
            )
        except UnicodeDecodeError as error:
            found.problem(
                f"after line {reader.line_num}", f"is not UTF-8 ({error.reason}); save the file as UTF-8"
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
        raise InputError(f"is not a whole Parquet file ({error})", where=path, remedy="write it again") from None


READERS: Mapping[str, Callable[[Path, _Found], Located]] = {".jsonl": _jsonl, ".csv": _csv, ".parquet": _parquet}
"""How a file is read, by the ending of its name."""
