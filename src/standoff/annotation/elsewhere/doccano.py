"""doccano's JSONL: one example per line, with its metadata as further keys.

Sequence labelling gives ``label: [[start, end, label], …]``, or with relations ``entities`` and ``relations`` that
name each other by id; classification gives ``label: [label, …]``. A project in which people do not share their
labels exports one file per user, in a zip, named after the user; one in which they do exports ``all.jsonl``.

What the offsets count is not in the file: UTF-16 units as in JavaScript, or grapheme clusters where the project
was set so (doccano issue 2290), or code points where labels were uploaded. Where it matters, the map says.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from standoff.annotation.elsewhere.foreign import Document, Foreign, Statement, utf16_offsets
from standoff.errors import InputError
from standoff.files import read_bytes, read_jsonl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEXT = ("text", "data")
LABELS = ("label", "labels", "cats", "entities")
COMMENTS = ("comments", "Comments")
SHARED = "all"
"""The name of the file in which nobody says who coded what."""

Span = tuple[str, int, int, str]
"""(id, start, end, label)"""


def read_doccano(path: Path, *, offsets: str | None = None, evidence: str = "to") -> Foreign:
    """Read one file of one user.

    Args:
        path: The file, unzipped.
        offsets: What offsets count, ``utf-16`` or ``code-points``; None where nobody knows.
        evidence: Which end of a relation holds the words that show the stance, ``from`` or ``to``.

    Raises:
        InputError: A zip, a list in place of lines, a broken line, or a line that is no example of a text project.
        NotFoundError: No such file.
    """
    data = read_bytes(path)
    if data.startswith((b"PK\x03\x04", b"[")):
        zipped = data.startswith(b"PK")
        raise InputError(
            "is a zip" if zipped else "is a JSON list",
            where=f"{path}:1",
            expected="JSONL: one example per line",
            remedy="unzip it; each user has a file" if zipped else "export the dataset as JSONL",
        )
    found = Foreign(path, data)
    examples = [_Example(found, number, row) for number, row in read_jsonl(path)]
    related = any(example.relations for example in examples)
    for example in examples:
        example.add(offsets, evidence, related=related)
    return found


def counts_differ(text: str) -> bool:
    """Return whether UTF-16 units, code points and grapheme clusters may be counted differently in ``text``."""
    return "\r\n" in text or any(
        ord(c) > 0xFFFF or unicodedata.category(c)[0] == "M" or c == "\u200d" for c in text
    )


class _Example:
    """One line."""

    def __init__(self, found: Foreign, number: int, row: dict[str, Any]) -> None:
        self.found, self.line = found, number
        self.text: str = self._one(row, TEXT, str)
        self.name = str(row.get("id", number))
        self.spans: list[Span] = []
        self.categories: list[str] = []
        if not any(key in row for key in LABELS):
            raise self._wrong(sorted(row), f"one of the keys {', '.join(LABELS)}")
        for key in LABELS:
            for index, item in enumerate(self._items(row, key), start=1):
                self._label(item, f"line {number} {key} {index}")
        self.relations = self._items(row, "relations")
        known = {*TEXT, *LABELS, *COMMENTS, "id", "relations"}
        self.metadata = {
            key: str(value)
            for key, value in row.items()
            if key not in known and value is not None and str(value).strip()
        }
        comments = [_comment(item) for key in COMMENTS for item in self._items(row, key)]
        if comments:
            self.metadata["comments"] = "\n".join(comments)

    def _one(self, row: dict[str, Any], keys: tuple[str, ...], kind: type) -> Any:
        for key in keys:
            if isinstance(row.get(key), kind):
                return row[key]
        raise self._wrong(sorted(row), f"the key {' or '.join(keys)}")

    def _items(self, row: dict[str, Any], key: str) -> list[Any]:
        items = row.get(key) or []
        if not isinstance(items, list):
            raise self._wrong(items, f"a list under {key}")
        return items

    def _wrong(self, got: object, expected: str) -> InputError:
        return InputError(
            "is no labelled text of doccano",
            where=f"{self.found.path}:{self.line}",
            got=got,
            expected=expected,
            remedy="export the project of a text task as JSONL, with a current doccano",
        )

    def _label(self, item: object, name: str) -> None:
        match item:
            case [int(start), int(end), str(label)]:
                self.spans.append((name, start, end, label))
            case {"id": number, "start_offset": int(start), "end_offset": int(end), "label": str(label)}:
                self.spans.append((str(number), start, end, label))
            case str(label):
                self.categories.append(label)
            case _:
                raise self._wrong(item, "[start, end, label], a span with id and offsets, or a label")

    def add(self, offsets: str | None, evidence: str, *, related: bool) -> None:
        """Add what this line says to the file's statements."""
        document = Document(self.name, title=self.text[:60], text=self.text)
        # Metadata of the user may stand in place of doccano's id.
        if self.found.documents.setdefault(self.name, document) != document:
            raise self._wrong(self.name, "an id that no other text of the file has")
        for index, label in enumerate(self.categories, start=1):
            self._state(f"line {self.line} label {index}", {"label": label})
        at = utf16_offsets(self.text) if offsets == "utf-16" else {n: n for n in range(len(self.text) + 1)}
        if self.spans and offsets is None and counts_differ(self.text):
            for name, *_, label in self.spans:
                self.found.lose("offset-unit-unknown", self.line, f"{name} {label}")
            return
        if len({name for name, *_ in self.spans}) < len(self.spans):
            raise self._wrong([name for name, *_ in self.spans], "spans with an id each")
        placed = {name: (at.get(start), at.get(end), label) for name, start, end, label in self.spans}
        for name, start, end, _ in self.spans:
            if min(start, end) < 0 or max(start, end) > max(at):
                raise self._wrong(f"{name} {start}:{end}", f"a span within the text of {max(at)} characters")
        for name, values, (start_at, end_at) in (
            self._related(placed, evidence) if related else _single(placed, self.text)
        ):
            if start_at is None or end_at is None:
                self.found.lose("span-splits-character", self.line, name)
            else:
                self._state(name, values, start_at, end_at)

    def _related(
        self, placed: dict[str, tuple[int | None, int | None, str]], evidence: str
    ) -> Iterator[tuple[str, dict[str, str], tuple[int | None, int | None]]]:
        joined: set[str] = set()
        for relation in self.relations:
            match relation:
                case {"id": number, "from_id": source, "to_id": target, "type": str(kind)} if (
                    str(source) in placed and str(target) in placed
                ):
                    joined |= {str(source), str(target)}
                    values = {"relation": kind}
                    for side, name in (("from", str(source)), ("to", str(target))):
                        start, end, label = placed[name]
                        values |= {side: label, f"{side} text": self.text[start:end]}
                    start, end, _ = placed[str(target if evidence == "to" else source)]
                    yield f"relation {number}", values, (start, end)
                case _:
                    raise self._wrong(relation, "a relation between two spans of the line")
        for name, (*_, label) in placed.items():
            if name not in joined:
                self.found.lose("span-unrelated", self.line, f"{name} {label}")

    def _state(self, name: str, values: dict[str, str], start: int | None = None, end: int | None = None) -> None:
        stem = self.found.path.stem
        coder = None if stem == SHARED else stem
        everything = {**self.metadata, **values}
        self.found.statements.append(Statement(name, self.line, self.name, everything, coder, start, end))


def _single(
    placed: dict[str, tuple[int | None, int | None, str]], text: str
) -> Iterator[tuple[str, dict[str, str], tuple[int | None, int | None]]]:
    for name, (start, end, label) in placed.items():
        yield name, {"label": label, "span": text[start:end]}, (start, end)


def _comment(item: object) -> str:
    return str(item.get("text", item)) if isinstance(item, dict) else str(item)
