"""Prediction files: id, label and, where given, the probability of each label; JSONL, CSV or Parquet."""

from __future__ import annotations

import math
import re
from array import array
from dataclasses import dataclass, field
from itertools import islice
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from standoff.errors import InputError, NotFoundError, enumerated, shorten
from standoff.files import write_jsonl
from standoff.rows.bounds import MAX_BYTES
from standoff.rows.problems import SHOWN, Problems
from standoff.rows.reading import read_rows
from standoff.rows.values import as_id, name_fault, parse_object

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    ByTask = dict[str | None, "Predictions"]

TASK = "task"
PROBABILITIES = "probabilities"
PROBABILITY = "probability_"
"""What the name of a column begins with that holds the probability of one label."""

TOLERANCE = 1e-3
"""How far a sum of probabilities may be from 1. Rounded to four decimals, those of twenty labels may add up to
20 * 0.00005 more or less; those of 32 bits are off by far less, and scores that are no distribution by far more.
Probabilities are kept as given: to normalise them would be to score another system."""

NUMBER = re.compile(r"[+-]?(?:\d++\.?\d*+|\.\d++)(?:[eE][+-]?\d++)?", re.ASCII)
"""A decimal number. It never steps back: its time is linear."""

EXPECTED = (
    'JSONL, CSV or Parquet with "id" and "label" in each row, and "task" and "probabilities" in all rows or none'
)

LOOKALIKES = {
    "id": frozenset({"guid", "idx", "index", "item", "item_id", "itemid", "key", "sample_id", "uid"}),
    "label": frozenset(
        {"class", "output", "pred", "predicted", "predicted_label", "prediction", "stance", "y", "y_pred"}
    ),
}
"""Names that other tools give to the two columns."""


@dataclass(frozen=True, slots=True)
class Predictions:
    """What one system predicts on one task.

    Attributes:
        labels: Item id to predicted label, in the order of the file.
        probabilities: Item id to label to probability, for the same items; None where there are none.

    Raises:
        InputError: The probabilities are not those of the same items.
    """

    labels: dict[str, str]
    probabilities: dict[str, dict[str, float]] | None = None

    def __post_init__(self) -> None:
        if self.probabilities is not None and self.probabilities.keys() != self.labels.keys():
            differ = self.probabilities.keys() ^ self.labels.keys()
            raise InputError(
                "probabilities are given for all items that are predicted, and for no others",
                got=sorted(differ)[:20],
                remedy="add or remove these, or leave the probabilities out",
            )

    def only(self, items: Iterable[str]) -> Predictions:
        """Return the predictions for some items, in their order; items without one are left out."""
        here = [item for item in items if item in self.labels]
        probabilities = self.probabilities
        return Predictions(
            {item: self.labels[item] for item in here},
            None if probabilities is None else {item: probabilities[item] for item in here},
        )


def read_predictions(
    path: Path | str,
    task: str | None = None,
    *,
    known: Collection[str] | None = None,
    max_bytes: int = MAX_BYTES,
) -> Predictions:
    """Return the predictions of a file, or those for one task of a file that is for several.

    A row has an ``id`` (text, or a whole number, which becomes text) and a ``label``. It may have a ``task``: the
    address of a task, such as ``seesaw`` or ``newsmtsc:mt``, compared as it is written. It may have probabilities,
    in one of two ways: ``probabilities``, an object of label to number (in CSV its JSON, in Parquet its JSON, a
    struct or a map), or a column ``probability_<label>`` for each label. They are finite numbers from 0 to 1 with
    the sum 1, up to :data:`TOLERANCE`. A cell that is empty or null gives nothing. Other columns are ignored.

    The whole file is checked, whichever task is asked for. Formats: :func:`standoff.rows.reading.read_rows`.

    Args:
        path: The file.
        task: Which rows to return, where rows name tasks; a file in which none does is for whatever is asked.
        known: The tasks that rows may name; any for None. A misspelt one would otherwise leave a hole, unsaid.
        max_bytes: The most bytes that the file may have when unpacked.

    Raises:
        NotFoundError: There is no such file, it is a folder, or no row is for the task.
        InputError: A row cannot be read, lacks something, holds something else, or repeats an id of its task; only
            some rows name a task, or only some of a task have probabilities; the file is for several tasks, and
            none is asked for; or the file as a whole cannot be read. All rows are read first; the message gives
            the number of problems and the first twenty.
    """
    path = Path(path)
    found = _read(path, max_bytes)
    if None in found:
        return found[None]
    names = [shorten(name, 60) for name in sorted(filter(None, found))]
    if unknown := [
        shorten(name, 60) for name in sorted(filter(None, found)) if known is not None and name not in known
    ]:
        raise InputError(
            f"has rows for tasks that there are none of, {len(unknown)} in all",
            where=path,
            got=enumerated(unknown, limit=SHOWN),
            expected=f"tasks of {enumerated(sorted(known or ()))}",
            remedy="correct the task of these rows, or leave them out",
        )
    if task is None:
        if len(found) > 1:
            raise InputError(
                f"holds predictions for {len(found)} tasks",
                where=path,
                got=enumerated(names),
                remedy="say for which task they are read",
            )
        return next(iter(found.values()))
    if task not in found:
        raise NotFoundError(
            f"holds no predictions for the task {task!r}",
            where=path,
            expected=f"one of the tasks that its rows name: {enumerated(names)}",
            remedy="check the task, and the tasks named in the file",
        )
    return found[task]


def read_predictions_by_task(path: Path | str, *, max_bytes: int = MAX_BYTES) -> dict[str, Predictions]:
    """Return the predictions for each task of a file whose rows name their tasks, in the order of the file.

    Raises:
        NotFoundError: There is no such file, or it is a folder.
        InputError: As :func:`read_predictions`; or rows name no task.
    """
    path = Path(path)
    found = _read(path, max_bytes)
    if None in found:
        raise InputError(
            "does not say for which tasks its predictions are",
            where=path,
            expected='"task" in each row, such as "seesaw" or "newsmtsc:mt"',
            remedy="add it, or score the file on the one task that it is for",
        )
    return {task: one for task, one in found.items() if task is not None}


def write_predictions(
    path: Path | str,
    ids: Iterable[str],
    labels: Iterable[str],
    probabilities: Iterable[Mapping[str, float]] | None = None,
) -> None:
    """Write predictions as canonical JSONL in the given order, uncompressed and atomically.

    Args:
        path: The file.
        ids: The items.
        labels: The label of each.
        probabilities: The probability of each label, for each item.

    Raises:
        InputError: The numbers of ids, labels and probabilities differ or are zero, something is not what
            :func:`read_predictions` reads, or an id is repeated. Nothing is written.
    """
    path = Path(path)
    columns: dict[str, list[Any]] = {"id": list(ids), "label": list(labels)}
    if probabilities is not None:
        columns[PROBABILITIES] = [dict(one) for one in probabilities]
    if len({len(column) for column in columns.values()}) > 1 or not columns["id"]:
        raise InputError(
            "predictions need as many labels as ids, and at least one",
            where=path,
            got=", ".join(f"{len(column)} of {name}" for name, column in columns.items()),
        )
    reading = _Reading(path)
    for number, cells in enumerate(zip(*columns.values(), strict=True), start=1):
        reading.add(number, dict(zip(columns, cells, strict=True)))
    found = reading.finish()[None]
    rows: list[dict[str, Any]] = [{"id": item, "label": label} for item, label in found.labels.items()]
    for row, shares in zip(rows, (found.probabilities or {}).values(), strict=False):
        row[PROBABILITIES] = shares
    write_jsonl(path, rows)


@dataclass(slots=True)
class _OneTask:
    """What rows give for one task; ``numbers`` are those of the rows, in the order of ``labels``."""

    labels: dict[str, str] = field(default_factory=dict)
    probabilities: dict[str, dict[str, float]] = field(default_factory=dict)
    numbers: array[int] = field(default_factory=lambda: array("Q"))


class _Reading:
    """Rows on their way to predictions: each is checked, then all of them together."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems = Problems()
        self._tasks: dict[str | None, _OneTask] = {}
        self._names: dict[str, str] = {}  # labels, each once: a million equal ones would take fifty megabytes

    def choose(self, columns: Sequence[str]) -> list[str]:
        """Return the columns that are read.

        Raises:
            InputError: There is no id, or no label.
        """
        if columns and (missing := [key for key in LOOKALIKES if key not in columns]):
            raise InputError(_missing(columns, missing), where=self.path, expected=EXPECTED)
        known = {*LOOKALIKES, TASK, PROBABILITIES}
        return [name for name in columns if name in known or name.startswith(PROBABILITY)]

    def add(self, number: int, row: Mapping[str, Any]) -> None:
        """Take a row; what is wrong with it becomes a problem."""
        if missing := [key for key in LOOKALIKES if key not in row]:
            self.problems.add(number, _missing(row, missing))
            return
        item, label, task = as_id(row["id"]), row["label"], row.get(TASK)
        task = None if task == "" else task
        names = (("id", item), ("label", label), (TASK, task))[: 2 if task is None else 3]
        faults = [f'"{key}" {fault}' for key, value in names if (fault := name_fault(value))]
        probabilities = None
        try:
            probabilities = self._probabilities(row) if len(row) > 2 else None
        except InputError as error:
            faults.append(error.what)
        if faults:
            self.problems.add(number, "; ".join(faults))
            return
        if task not in self._tasks:
            self._tasks[task] = _OneTask()
        found = self._tasks[task]
        if item in found.labels:
            self._repeated(number, item, found)
            return
        found.labels[item] = self._names.setdefault(label, label)
        found.numbers.append(number)
        if probabilities is not None:
            found.probabilities[item] = probabilities

    def _repeated(self, number: int, item: str, found: _OneTask) -> None:
        if self.problems.total >= SHOWN:  # the message would not be shown, and the search takes time
            self.problems.add(number, "")
            return
        first = next(first for first, one in zip(found.numbers, found.labels, strict=True) if one == item)
        self.problems.add(number, f"id {shorten(item)} is already on {self.problems.place(first)}")

    def _probabilities(self, row: Mapping[str, Any]) -> dict[str, float] | None:
        """Return the probabilities of a row, None where it has none.

        Raises:
            InputError: What stands there is no distribution over labels.
        """
        whole = row.get(PROBABILITIES)
        single = {
            name.removeprefix(PROBABILITY): _number(value)
            for name, value in row.items()
            if name.startswith(PROBABILITY) and value is not None and value != ""
        }
        if isinstance(whole, str):
            whole = _parsed(whole) if whole.strip() else None
        if whole is None:
            return self._distribution(single) if single else None
        if single:
            raise InputError(f'both "{PROBABILITIES}" and columns "{PROBABILITY}…" are given')
        if not isinstance(whole, dict) or not whole:
            raise InputError(f'"{PROBABILITIES}" is {shorten(whole, 60)}; write an object of label to number')
        there = {label: value for label, value in whole.items() if value is not None}
        return self._distribution(there) if there else None

    def _distribution(self, given: Mapping[str, Any]) -> dict[str, float]:
        for label, value in given.items():
            if label not in self._names and (fault := name_fault(label)):
                raise InputError(f"a label of the probabilities {fault}")
            is_number = isinstance(value, float) or (isinstance(value, Real) and not isinstance(value, bool))
            if not is_number or not 0 <= value <= 1:  # not-a-number is not in between
                what = f"the probability of {shorten(label, 60)} is {shorten(value, 60)}"
                raise InputError(f"{what}; write a number from 0 to 1")
        total = math.fsum(given.values())
        if abs(total - 1) > TOLERANCE:
            raise InputError(f"the probabilities sum to {total:.6g}; their sum is 1, up to {TOLERANCE}")
        return {self._names.setdefault(label, label): float(value) for label, value in given.items()}

    def finish(self) -> ByTask:
        """Return the predictions by task, under None where rows name none.

        Raises:
            InputError: There were problems, or no rows, or what some rows have others lack.
        """
        self.problems.refuse(
            self.path,
            "is not a valid prediction file",
            expected=EXPECTED,
            remedy="correct the rows named above; nothing was kept",
        )
        if not self._tasks:
            raise InputError(
                "holds no predictions", where=self.path, expected=EXPECTED, remedy="check what wrote the file"
            )
        if None in self._tasks and len(self._tasks) > 1:
            self._refuse_some("names a task in some rows only", "has no task", self._tasks[None].numbers)
        for found in self._tasks.values():
            if found.probabilities:
                pairs = zip(found.numbers, found.labels, strict=True)
                without = (number for number, item in pairs if item not in found.probabilities)
                self._refuse_some("gives probabilities in some rows only", "has no probabilities", without)
        return {task: Predictions(one.labels, one.probabilities or None) for task, one in self._tasks.items()}

    def _refuse_some(self, what: str, lacks: str, numbers: Iterable[int]) -> None:
        lacking = Problems(self.problems.unit)
        for number in numbers:
            lacking.add(number, lacks)
        lacking.refuse(
            self.path, what, expected=EXPECTED, remedy="complete the rows named above; nothing was kept"
        )


def _read(path: Path, max_bytes: int) -> ByTask:
    reading = _Reading(path)
    for number, row in read_rows(path, reading.problems, reading.choose, max_bytes=max_bytes):
        reading.add(number, row)
    return reading.finish()


def _missing(names: Iterable[str], missing: Sequence[str]) -> str:
    """Return the message for an id or label that is not there, with what may have been meant."""
    found = list(names)
    wanted = " and ".join(f'"{key}"' for key in missing)
    shown = ", ".join(shorten(name, 40) for name in found[:10]) or "no keys"
    renames = (
        f'rename {shorten(name, 40)} to "{key}"'
        for key in missing
        for name in found
        if (plain := name.strip().lower().replace("-", "_")) == key or plain in LOOKALIKES[key]
    )
    hints = ", ".join(islice(renames, 4))
    hint = f" ({hints}?)" if hints else ""
    return f'has no {wanted}; found {shown}; expected "id" and "label"{hint}'


def _parsed(text: str) -> dict[str, Any]:
    try:
        return parse_object(text)
    except InputError as error:
        raise InputError(f'"{PROBABILITIES}" {error.what} (got {error.got})') from None


def _number(value: object) -> object:
    """Return the number that a text is, such as a cell of CSV; other values as they are."""
    return float(value) if isinstance(value, str) and NUMBER.fullmatch(value.strip()) else value
