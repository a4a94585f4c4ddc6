"""Items to predict, read from a JSONL, CSV or Parquet file a batch at a time, and their predictions."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

import pandas as pd

from standoff.baselines.saving import TEXTS
from standoff.errors import InputError, NotFoundError, shorten
from standoff.rows.problems import Problems
from standoff.rows.reading import ENDINGS, ending_of, read_rows
from standoff.rows.values import as_id, is_deep, name_fault, text_fault
from standoff.spans import SPANS, is_span
from standoff.tasks.custom.values import unknown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from standoff.baselines.saving import SavedModel

BATCH = 1000
"""Items in memory at once. Larger batches predict no faster."""

MAKES_ONE = "`standoff tasks frame TASK --scored --out FILE` writes the items of a task"


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
        InputError: Another ending than those of :data:`standoff.rows.reading.ENDINGS`.
    """
    if ending_of(path) is None:
        raise InputError(
            "has no known ending",
            where=path,
            expected=" or ".join(ENDINGS),
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
        path: As :func:`check_file`; formats: :func:`standoff.rows.reading.read_rows`. The file may be of any size:
            but for the ids, one batch is in memory.
        needed: The texts that a model looks at.
        batch: The most items of a frame.

    Raises:
        NotFoundError: As :func:`check_file`.
        InputError: As :func:`check_file`; the file cannot be read, or it, or its first item, lacks a column; there
            are no items; or rows do not fit: the whole file is read for the first twenty problems. Frames may have
            been yielded by then.
    """
    check_file(path)
    found = _Found(path, needed)
    rows = read_rows(path, found.problems, found.choose, max_bytes=None, max_rows=None)
    # Each row is looked at before the next one is read, so that problems come in the order of the file.
    while items := [found.item(number, row) for number, row in islice(rows, batch)]:
        if not found.problems.total:
            yield pd.DataFrame(items)
    found.refuse()


@dataclass
class _Found:
    """What is found while a file is read: ids with the numbers of their rows, and problems."""

    path: Path
    needed: Collection[str]
    numbers: dict[str, int] = field(default_factory=dict)
    problems: Problems = field(default_factory=Problems)

    @property
    def required(self) -> tuple[str, ...]:
        """What every item has."""
        return ("id", *(name for name in TEXTS if name in self.needed))

    @property
    def columns(self) -> tuple[str, ...]:
        """What is read."""
        return ("id", "group", *self.required[1:], *(SPANS if "text" in self.needed else ()))

    def choose(self, names: Sequence[str]) -> list[str]:
        """Return which columns of a file are read.

        Raises:
            InputError: There are none, or one is missing.
        """
        if not names:
            columns = ", ".join(self.required)
            raise InputError("is empty", where=self.path, expected=f"a header with {columns}", remedy=MAKES_ONE)
        self.check_columns(names)
        return [name for name in self.columns if name in names]

    def check_columns(self, names: Sequence[str], place: str = "") -> None:
        """Refuse a file by its columns, or by those of the item at ``place``.

        Raises:
            InputError: A column is missing.
        """
        if missing := [name for name in self.required if name not in names]:
            faults = [f"no column named {name!r}" for name in missing[:-1]]
            faults.append(
                unknown("column", missing[-1], [name[:80] for name in names])
            )  # what there is, said once
            raise InputError(
                (f"{place}: " if place else "") + "; ".join(faults),
                where=self.path,
                expected=f"the columns {', '.join(self.required)}: what this model needs",
                remedy="rename the columns, or add what is missing",
            )

    def item(self, number: int, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return a row as an item; what does not fit becomes a problem."""
        if missing := [name for name in self.required if name not in row]:
            if not self.numbers and not self.problems.total:
                # What the first item lacks, the others will lack too.
                self.check_columns(list(row), self.problems.place(number))
            mend = "write null where there is none" if {*missing} <= {"actor", "target"} else "add what is missing"
            self.problems.add(number, f"there is no {' and no '.join(missing)}; {mend}")
        item = {name: self._value(number, name, row) for name in self.columns if name not in missing}
        if isinstance(item.get("id"), str):
            if (first := self.numbers.setdefault(item["id"], number)) != number:
                what = f"the id {shorten(item['id'], 60)} is that of {self.problems.place(first)} already"
                self.problems.add(number, f"{what}; make it unique")
            item["group"] = item["group"] or item["id"]
        return item

    def _value(self, number: int, name: str, row: Mapping[str, Any]) -> Any:
        value: Any = row.get(name)
        if name in SPANS:
            return self._spans(number, name, value, row.get("text"))
        if name in {"group", "actor", "target"} and value is None:
            return ""
        if name in {"id", "group"}:
            value = as_id(value)
        fault = name_fault(value) if name == "id" else text_fault(value)
        if name == "text" and fault is None and not value.strip():
            fault = "is empty; fill it, or leave the item out"
        if fault:
            self.problems.add(number, f"{name} {fault}")
        return value

    def _spans(self, number: int, name: str, value: Any, text: Any) -> list[tuple[int, int]]:
        try:
            if isinstance(value, str):
                value = _parsed(value) if value.strip() else None
            spans = [] if value is None else [(start, end) for start, end in value]
        except (ValueError, TypeError):
            self.problems.add(number, f"{name} is {shorten(value, 60)}; write it as [[start, end], …]")
            return []
        if not isinstance(text, str) or not text.strip():  # which is a problem of its own
            return spans
        if bad := [span for span in spans if not is_span(*span, len(text))]:
            what = f"{name} holds {shorten(bad[0], 60)}"
            self.problems.add(number, f"{what}; a span is 0 <= start < end <= {len(text)}, the text's length")
        return spans

    def refuse(self) -> None:
        """Raise what was found."""
        if not self.numbers and not self.problems.total:
            raise InputError("holds no items", where=self.path, expected="one item a row", remedy=MAKES_ONE)
        self.problems.refuse(
            self.path,
            "is not a valid file of items",
            expected=f"in each row {', '.join(self.required)}",
            remedy="correct the rows named above; nothing was written",
        )


def _parsed(text: str) -> Any:
    if is_deep(text):
        raise ValueError("nested too deeply")
    return json.loads(text)
