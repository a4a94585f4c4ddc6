"""Rows to items: which rows count, what their labels and splits are, and all that is wrong with them at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from standoff.errors import InputError, Problem, listed, shorten
from standoff.tasks.custom.declared import Value
from standoff.tasks.custom.fields import Columns, Joined
from standoff.tasks.custom.formats import read_rows
from standoff.tasks.custom.rows import UnknownColumnError
from standoff.tasks.custom.spans import KINDS, span_reader, untag
from standoff.tasks.custom.values import NAMED, BadValueError
from standoff.tasks.frame import SPLITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from standoff.tasks.custom.fields import TextOf
    from standoff.tasks.custom.rows import Row, Source
    from standoff.tasks.custom.schema import Join, TaskFile


Made = TypeVar("Made")


@dataclass
class Reading:
    """What reading a task's files gives.

    Args:
        items: One dictionary per item, by the columns of the frame.
        files: File -> number of rows.
        dropped: Why rows are no items -> how many.
        unused: Values that the task's file renames, keeps or drops and no row has.
        places: Id -> file and place of the item's row.
    """

    items: list[dict[str, Any]] = field(default_factory=list)
    files: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    unused: list[str] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)


def read_items(spec: TaskFile, path: Path) -> Reading:
    """Return the items of a task, in the order of its files and their rows.

    Args:
        spec: The task's file.
        path: Where that is; its paths are relative to its folder.

    Raises:
        NotFoundError: A file is missing.
        InputError: A file cannot be read, or rows do not fit; the first twenty problems are listed, each with
            file, row and column.
    """
    folder, problems = path.parent, list[Problem]()
    tables = [read_rows(entry, folder, problems, split=entry.split or "") for entry in spec.files]
    joined = {join.name: _joined(join, folder, problems) for join in spec.join}
    _refuse(problems, path)  # before columns are looked up: a broken header would make each of them unknown
    readers = [
        _Reader(spec, entry.path, Columns(rows, folder, spec.derive, joined), problems, rows.rows)
        for entry, rows in zip(spec.files, tables, strict=True)
    ]
    _refuse(problems, path)
    sources = dict.fromkeys(row.source for rows in tables for row in rows.rows)
    collector = _Collector(spec, sources)
    for reader in readers:
        for row in reader.rows:
            try:
                collector.add(row, reader)
            except BadValueError as error:
                problems.append(Problem(row.where, str(error)))
    _refuse([*problems, *collector.problems()], path)
    return collector.finished()


def _refuse(problems: list[Problem], path: Path) -> None:
    if problems:
        raise InputError(
            f"{len(problems)} problem(s) in the task's data:\n{listed(problems)}",
            where=path,
            remedy="correct the data, or the task's file, and check again",
        )


def _joined(join: Join, folder: Path, problems: list[Problem]) -> Joined:
    rows = read_rows(join, folder, problems)
    found: dict[str, Row] = {}
    try:
        key_of = Columns(rows, folder).text_of(join.key)
    except UnknownColumnError as error:
        problems.append(Problem(f"{join.path}: join.key", str(error)))
        return Joined(rows, found, join.on)
    for row in rows.rows:
        try:
            key = key_of(row)
        except BadValueError as error:
            problems.append(Problem(row.where, str(error)))
            continue
        first = found.setdefault(key, row)
        if first is not row:
            what = f"the key {shorten(key)} of join {join.name!r} is also that of {first.where}"
            problems.append(Problem(row.where, what))
    return Joined(rows, found, join.on)


class _Reader:
    """The values of one ``[[files]]`` table, ready to be taken from its rows; unknown columns are problems."""

    def __init__(
        self, spec: TaskFile, path: str, columns: Columns, problems: list[Problem], rows: list[Row]
    ) -> None:
        def ready(what: str, make: Callable[[], Made]) -> Made | None:
            try:
                return make()
            except UnknownColumnError as error:
                problems.append(Problem(f"{path}: {what}", str(error)))
                return None

        def text_of(what: str, value: Value | None) -> TextOf:
            found = None if value is None else ready(what, partial(columns.text_of, value))
            return found or (lambda _: "")

        self.rows = rows
        own = spec.columns
        parts = {name: getattr(own, name) for name in ("id", "group", "text", "actor", "target", "label")}
        self.parts = {name: text_of(f"columns.{name}", value) for name, value in parts.items()}
        self.slices = {name: text_of(f"columns.slices.{name}", value) for name, value in own.slices.items()}
        spans = {"actor": own.actor_spans, "target": own.target_spans}
        self.spans = {
            kind: ready(f"columns.{kind}_spans", partial(span_reader, declared, columns))
            for kind, declared in spans.items()
        }
        folds = spec.splits.folds.column if spec.splits.folds else None
        self.split = text_of("splits", folds or spec.splits.column or Value(column="_split"))
        self.filters = [
            (f"rows.{way}.{name}", name, text_of(f"rows.{way}", Value(column=name)), values)
            for way, filters in (("keep", spec.rows.keep), ("drop", spec.rows.drop))
            for name, values in filters.items()
        ]
        for name, value in spec.derive.items():
            text_of(f"derive.{name}", value)


class _Collector:
    """Takes rows one by one, and remembers what only all rows together tell."""

    def __init__(self, spec: TaskFile, sources: Iterable[Source]) -> None:
        self.spec = spec
        known = list(sources)
        self.reading = Reading()
        self._prefix = _id_prefixes(known)
        self._column = spec.columns.text.column or "text"
        folds = spec.splits.folds
        self._given_folds = folds is not None and folds.column is not None
        self._has_splits = folds is None and (
            spec.splits.column is not None or any(source.split for source in known)
        )
        self._unknown: dict[tuple[str, str], list[str]] = {}
        self._seen: dict[str, set[str]] = {}

    def add(self, row: Row, reader: _Reader) -> None:
        """Add the item in a row, or count why it is none.

        Raises:
            BadValueError: A value does not fit.
        """
        self.reading.files[row.source.file] += 1
        label, split = reader.parts["label"](row), reader.split(row)
        found = {key: text_of(row) for key, _, text_of, _ in reader.filters}
        for key, text in (*found.items(), ("labels", label), ("splits", split)):
            self._seen.setdefault(key, set()).add(text)
        if reason := self._dropped(found, reader, label, split):
            self.reading.dropped[reason] += 1
            return
        item = self._item(row, reader)
        where = self.reading.places.setdefault(item["id"], row.where)
        if where != row.where:
            raise BadValueError("id", f"{shorten(item['id'])} is also the id of {where}")
        labels, splits = self.spec.labels, self.spec.splits
        item["label"] = self._known("label", labels.rename.get(label, label), label, labels.order, row)
        item["split"] = self._split(splits.rename.get(split, split), split, row)
        self.reading.items.append(item)

    def _dropped(self, found: dict[str, str], reader: _Reader, label: str, split: str) -> str:
        for key, name, _, values in reader.filters:
            if (found[key] in values) != key.startswith("rows.keep."):
                return f"{name} is {shorten(found[key])}"
        if label in self.spec.labels.drop:
            return f"the label is {shorten(label)}"
        return f"the split is {shorten(split)}" if split in self.spec.splits.drop else ""

    def _item(self, row: Row, reader: _Reader) -> dict[str, Any]:
        text, *names = (reader.parts[part](row) for part in ("text", *KINDS))
        found = untag(text, self.spec.tags, dict(zip(KINDS, names, strict=True)), self._column)
        if not found.text.strip():
            raise BadValueError(self._column, "the text is empty")
        item: dict[str, Any] = {"id": "", "group": "", "text": found.text}
        for kind, name in zip(KINDS, names, strict=True):
            tagged = getattr(found, kind)
            undeclared = getattr(self.spec.columns, kind) is None
            item[kind] = found.text[slice(*tagged[0])] if undeclared and tagged else name
            read = reader.spans[kind]
            item[f"{kind}_spans"] = tagged or (read(row, found.text) if read else [])
        item["id"] = self._text("id", row, reader) or f"{self._prefix[row.source]}|{row.place}".removesuffix("|")
        item["group"] = self._text("group", row, reader) or item["id"]
        return item | {name: text_of(row) for name, text_of in reader.slices.items()}

    def _text(self, part: str, row: Row, reader: _Reader) -> str:
        text = reader.parts[part](row)
        value = getattr(self.spec.columns, part)
        if value is not None and not text.strip():
            raise BadValueError(value.column or part, f"the {part} is empty")
        return text

    def _split(self, name: str, given: str, row: Row) -> str:
        if self._given_folds:
            if not given:
                raise BadValueError("splits.folds", "the fold is empty")
            return given
        return self._known("split", name, given, SPLITS, row) if self._has_splits else ""

    def _known(self, kind: str, name: str, given: str, known: Iterable[str], row: Row) -> str:
        if name not in known:
            self._unknown.setdefault((kind, given), []).append(row.where)
        return name

    def problems(self) -> list[Problem]:
        """Return what is wrong with labels and splits, a line for each unknown value."""
        found = []
        for (kind, given), places in self._unknown.items():
            known = self.spec.labels.order if kind == "label" else SPLITS
            what = f"the {kind} {shorten(given)} ({len(places)} rows) is not one of {', '.join(known)}"
            remedy = f"{kind}s.rename or {kind}s.drop can say what it is"
            column = self.spec.splits.column
            if kind == "split" and given.isdecimal() and column is not None:
                remedy += f'; if these are folds: [splits] folds = {{ column = "{column.column or "…"}" }}'
            found.append(Problem(f"{places[0]}, first", f"{what}; {remedy}"))
        return found

    def finished(self) -> Reading:
        """Return the reading, with folds numbered.

        Raises:
            InputError: No row is left, there are splits and nothing is in test, or there is one fold.
        """
        splits = {item["split"] for item in self.reading.items}
        self.reading.unused = list(self._unused())
        if not splits:
            raise InputError(
                "has no item: every row is left out",
                where=self.spec.name,
                got=dict(self.reading.dropped),
                expected="something to score",
                remedy="correct [rows], labels.drop or splits.drop; " + "; ".join(self.reading.unused),
            )
        if self._has_splits and "test" not in splits:
            raise InputError(
                "has no item in the split test",
                where=self.spec.name,
                got=dict(self.reading.dropped) or None,
                expected="something to score",
                remedy="name what is tested in [splits]; or make folds: [splits] folds = { count = 5 }",
            )
        if self._given_folds:
            self._number_folds(splits)
        return self.reading

    def _unused(self) -> Iterator[str]:
        """Yield what is said of values that no row has."""
        for kind in ("labels", "splits"):
            declared = getattr(self.spec, kind)
            for key in ("rename", "drop"):
                for value in getattr(declared, key):
                    if value not in self._seen[kind]:
                        yield f"{kind}.{key} has {shorten(value)}, which no row has"
        for way, filters in (("keep", self.spec.rows.keep), ("drop", self.spec.rows.drop)):
            for name, values in filters.items():
                seen = self._seen[f"rows.{way}.{name}"]
                more = f" and {len(seen) - NAMED} more" if len(seen) > NAMED else ""
                there = ", ".join(map(shorten, sorted(seen)[:NAMED])) + more
                for value in values:
                    if value not in seen:
                        yield f"rows.{way}.{name} has {shorten(value)}, which no row has; there are {there}"

    def _number_folds(self, given: set[str]) -> None:
        if len(given) < 2:
            raise InputError("has one fold only, and nothing to train on", where=self.spec.name, got=min(given))
        numbers = {fold: f"fold-{number}" for number, fold in enumerate(sorted(given, key=_by_size), start=1)}
        for item in self.reading.items:
            item["split"] = numbers[item["split"]]


def _by_size(text: str) -> tuple[float, str]:
    """Return a key that sorts numbers by size, and before other texts."""
    try:
        return float(text), text
    except ValueError:
        return float("inf"), text


def _id_prefixes(sources: Iterable[Source]) -> dict[Source, str]:
    """Return what derived ids start with: a file's stem, or its path where another file has the same stem."""
    known = list(sources)
    stems = Counter(source.stem for source in known)
    return {source: source.stem if stems[source.stem] == 1 else source.file for source in known}
