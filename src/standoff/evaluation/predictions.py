"""Prediction files: JSONL, plain or gzip, one ``{"id": …, "label": …}`` a line."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from standoff.errors import InputError, NotFoundError, Problem, listed, shorten
from standoff.files import parse_json_object, write_jsonl

if TYPE_CHECKING:
    import io
    from collections.abc import Iterable, Iterator, Mapping

MAX_LINE = 1 << 24
"""Bytes in a line. Longer ones are refused unread, so that a file without line ends cannot fill the memory."""

SHOWN = 20
"""How many problems a refusal lists."""

EXPECTED = 'one JSON object per line with the string keys "id" and "label"'

LOOKALIKES = {
    "id": frozenset({"guid", "idx", "index", "item", "item_id", "itemid", "key", "sample_id", "uid"}),
    "label": frozenset(
        {"class", "output", "pred", "predicted", "predicted_label", "prediction", "stance", "y", "y_pred"}
    ),
}
"""Names that other tools give to the two keys."""


def read_predictions(path: Path | str) -> dict[str, str]:
    """Return the label predicted for each item id, in the order of the file.

    Gzip is recognised by its first bytes, whatever the file is called. Empty lines are skipped and keys other
    than ``id`` and ``label`` are ignored, but every line has to be JSON. The file is read line by line: the
    memory used is that of the answer and one line.

    Raises:
        NotFoundError: There is no such file, or it is a folder.
        InputError: A line is not a JSON object, lacks a key, holds something other than text, or repeats an id;
            or the file is empty, binary, not UTF-8, starts with a byte-order mark, or is a broken gzip. The
            whole file is read first; the message gives the number of problems and the first twenty.
    """
    path = Path(path)
    problems = _Problems()
    predictions: dict[str, str] = {}
    first_seen: dict[str, int] = {}
    for number, line in _lines(path, problems):
        try:
            item, label = _parse(line, where=f"{path}:{number}")
        except InputError as error:
            problems.add(number, error.what if error.got is None else f"{error.what} (got {error.got})")
            continue
        if (first := first_seen.setdefault(item, number)) != number:
            problems.add(number, f"id {shorten(item)} is already on line {first}")
            continue
        predictions[item] = label
    problems.refuse(path)
    if not predictions:
        raise InputError("holds no predictions", where=path, expected=EXPECTED, remedy="check what wrote the file")
    return predictions


def write_predictions(path: Path | str, ids: Iterable[str], labels: Iterable[str]) -> None:
    """Write predictions as canonical JSONL in the given order, uncompressed and atomically.

    Raises:
        InputError: ``ids`` and ``labels`` differ in length, are empty, hold something other than text, or
            an id is repeated. Nothing is written.
    """
    path = Path(path)
    items, names = list(ids), list(labels)
    if len(items) != len(names) or not items:
        raise InputError(
            "predictions need as many labels as ids, and at least one",
            where=path,
            got=f"{len(items)} ids and {len(names)} labels",
        )
    rows = [{"id": item, "label": label} for item, label in zip(items, names, strict=True)]
    problems = _Problems()
    first_seen: dict[str, int] = {}
    for number, row in enumerate(rows, start=1):
        if fault := _faults(row):
            problems.add(number, fault)
        elif (first := first_seen.setdefault(row["id"], number)) != number:
            problems.add(number, f"id {shorten(row['id'])} is already on line {first}")
    problems.refuse(path)
    write_jsonl(path, rows)


@dataclass(slots=True)
class _Problems:
    """The number of problems and the first of them: a large bad file must not fill the memory with complaints."""

    total: int = 0
    first: list[Problem] = field(default_factory=list)

    def add(self, line: int, what: str) -> None:
        self.total += 1
        if len(self.first) < SHOWN:
            self.first.append(Problem(f"line {line}", what))

    def refuse(self, path: Path) -> None:
        """Raise :class:`InputError` if there is any problem."""
        if not self.total:
            return
        count = "1 problem" if self.total == 1 else f"{self.total} problems"
        which = f", the first {SHOWN} of them" if self.total > SHOWN else ""
        raise InputError(
            f"is not a valid prediction file, {count}{which}:\n{listed(self.first, limit=SHOWN)}",
            where=path,
            expected=EXPECTED,
            remedy="correct the lines named above; nothing was kept",
        )


def _lines(path: Path, problems: _Problems) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that are not empty, numbered from 1; a line that cannot be had is a problem instead."""
    number = 0
    try:
        with path.open("rb") as handle:
            stream = gzip.GzipFile(fileobj=handle) if handle.peek(2)[:2] == b"\x1f\x8b" else handle
            _refuse_foreign(stream.peek(4096), path)
            while line := stream.readline(MAX_LINE + 1):
                number += 1
                if len(line) > MAX_LINE:
                    problems.add(number, f"is longer than {MAX_LINE} bytes")
                    _skip_line(stream, line)
                elif line.strip():
                    yield number, line
    except FileNotFoundError:
        raise NotFoundError("no such file", where=path, remedy="check the path") from None
    except IsADirectoryError:
        raise NotFoundError("this is a folder, not a file", where=path, remedy="name a file in it") from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        problems.add(number + 1, f"the gzip stream is broken here ({error}); the file may be incomplete")
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", where=path) from None


def _refuse_foreign(head: bytes, path: Path) -> None:
    """Refuse a file whose first bytes show that its lines are not worth listing."""
    if head.startswith(b"\xef\xbb\xbf"):
        raise InputError(
            "starts with a byte-order mark",
            where=f"{path}:1",
            expected="UTF-8 without a byte-order mark",
            remedy="save the file again as plain UTF-8",
        )
    if b"\x00" in head:
        raise InputError(
            "is a binary file, or UTF-16",
            where=path,
            got=head[:8],
            expected=EXPECTED + ", in UTF-8",
            remedy="export the predictions as JSONL",
        )


def _skip_line(stream: gzip.GzipFile | io.BufferedReader, line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = stream.readline(MAX_LINE)


def _parse(line: bytes, *, where: str) -> tuple[str, str]:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"is not UTF-8 at byte {error.start} of the line", got=line[error.start : error.start + 8]
        ) from None
    row = parse_json_object(text, where=where)
    if missing := [key for key in LOOKALIKES if key not in row]:
        raise InputError(_missing_keys(row, missing))
    if faults := _faults(row):
        raise InputError(faults)
    return row["id"], row["label"]


def _missing_keys(row: dict[str, Any], missing: list[str]) -> str:
    wanted = " and ".join(f'"{key}"' for key in missing)
    found = ", ".join(shorten(key, 40) for key in list(row)[:10]) or "no keys"
    renames = [
        f'rename {shorten(name, 40)} to "{key}"'
        for key in missing
        for name in row
        if (plain := name.strip().lower().replace("-", "_")) == key or plain in LOOKALIKES[key]
    ]
    hint = f" ({', '.join(renames)}?)" if renames else ""
    return f'has no {wanted}; found {found}; expected "id" and "label"{hint}'


def _faults(row: Mapping[str, object]) -> str:
    """Return what is wrong with the id and the label, empty when nothing is."""
    return "; ".join(fault for key in LOOKALIKES if (fault := _fault(key, row[key])))


def _fault(key: str, value: object) -> str | None:
    """Return what keeps ``value`` from being an id or a label, if anything does."""
    if not isinstance(value, str):
        return f'"{key}" is not a string (got {shorten(value)})'
    if not value:
        return f'"{key}" is empty'
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return f'"{key}" holds half of a surrogate pair (got {shorten(value)})'
    return None
