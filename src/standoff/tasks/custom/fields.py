"""Values: what a task's file says about a text of an item becomes a function from a row to that text."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from standoff.errors import StandoffError, shorten
from standoff.tasks.custom.rows import Row, UnknownColumnError
from standoff.tasks.custom.text import file_text
from standoff.tasks.custom.values import PLACEHOLDER, BadValueError, as_text, template_columns, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from standoff.tasks.custom.declared import Value
    from standoff.tasks.custom.rows import Rows

    Getter = Callable[[Row], Any]
    TextOf = Callable[[Row], str]


class Joined(NamedTuple):
    """A joined table: its rows, the row of each key, and the value that leads to a key."""

    rows: Rows
    found: Mapping[str, Row]
    on: Value


class Columns:
    """The columns that the values of one ``[[files]]`` table may name.

    ``table.column`` is a column of the joined table of that name. Another name is looked up among the derived
    columns, then in the file's rows, then in the joined tables in the order of the task's file. What is derived
    or joined may itself name what is; a column derived from one of its own name takes the file's.

    Args:
        rows: The rows of the table.
        folder: What paths in values are relative to.
        derived: Name -> value of the derived columns.
        joined: Name -> joined table.
    """

    def __init__(
        self,
        rows: Rows,
        folder: Path,
        derived: Mapping[str, Value] | None = None,
        joined: Mapping[str, Joined] | None = None,
    ) -> None:
        self.rows = rows
        self._folder = folder
        self._derived = derived or {}
        self._joined = joined or {}
        self._busy: set[str] = set()
        self._texts: dict[tuple[str, str | None], str] = {}

    def getter(self, name: str) -> Getter:
        """Return what gives a column's value in a row.

        Raises:
            UnknownColumnError: There is no such column.
        """
        if name in self._derived and name not in self._busy:
            with self._compiling(name):
                return self.text_of(self._derived[name])
        head, _, rest = name.partition(".")
        if rest and head in self._joined and head not in self._busy:
            return self._through(head, rest)
        try:
            return self.rows.getter(name)
        except UnknownColumnError as error:
            for joined in (known for known in self._joined if known not in self._busy):
                with suppress(UnknownColumnError):
                    return self._through(joined, name)
            raise UnknownColumnError("; ".join([str(error), *self._elsewhere(name)])) from None

    def _elsewhere(self, name: str) -> Iterator[str]:
        """Yield what the joined tables have for a name that is nowhere."""
        for joined, table in self._joined.items():
            yield f"in join {joined!r}: {unknown('column', name, table.rows.known())}"

    def _through(self, joined: str, name: str) -> Getter:
        rows, found, on = self._joined[joined]
        inner = rows.getter(name)
        with self._compiling(joined):
            key_of = self.text_of(on)

        def get(row: Row) -> Any:
            key = key_of(row)
            if key not in found:
                raise BadValueError(f"{joined}.{name}", f"no row there has the key {shorten(key)}")
            return inner(found[key])

        return get

    @contextmanager
    def _compiling(self, name: str) -> Iterator[None]:
        self._busy.add(name)
        try:
            yield
        finally:
            self._busy.discard(name)

    def column_text(self, name: str) -> TextOf:
        """Return what gives a column's text in a row; see :func:`standoff.tasks.custom.values.as_text`."""
        get = self.getter(name)

        def text(row: Row) -> str:
            try:
                return as_text(get(row))
            except TypeError as error:
                raise BadValueError(name, str(error)) from None

        return text

    def text_of(self, value: Value) -> TextOf:
        """Return what gives the value's text in a row.

        The function raises :class:`BadValueError` where a row does not have what the value needs.

        Raises:
            UnknownColumnError: A column that the value names is nowhere.
        """
        source = self._source(value)
        if value.match is None and not value.rename:
            return source
        pattern = None if value.match is None else re.compile(value.match)

        def text(row: Row) -> str:
            found = source(row)
            if pattern is not None:
                match = pattern.search(found)
                found = "" if match is None else match[1 if pattern.groups else 0] or ""
            return value.rename.get(found, found)

        return text

    def _source(self, value: Value) -> TextOf:
        if value.column is not None:
            return self.column_text(value.column)
        if value.template is not None:
            return self._template(value.template)
        if value.file is not None:
            return self._file(value.file, value.encoding)
        if value.constant is not None:
            constant = value.constant
            return lambda _: constant
        return self._of_several(value)

    def _of_several(self, value: Value) -> TextOf:
        if value.largest is not None:
            return self._largest(value, value.largest)
        if value.majority is not None:
            return self._majority(value.majority)
        return self._join(value.join or (), value.with_)

    def _template(self, template: str) -> TextOf:
        texts = {name: self.column_text(name) for name in template_columns(template)}
        # The parts are cut once; filling a row is a join.
        parts: list[str | TextOf] = []
        end = 0
        for part in PLACEHOLDER.finditer(template):
            parts += [template[end : part.start()], texts[part[1]] if part[1] else part[0][0]]
            end = part.end()
        parts.append(template[end:])
        return lambda row: "".join(part if isinstance(part, str) else part(row) for part in parts)

    def _file(self, template: str, encoding: str | None) -> TextOf:
        path_of = self._template(template)

        def text(row: Row) -> str:
            path = path_of(row)
            if (path, encoding) not in self._texts:
                try:
                    self._texts[path, encoding] = file_text(self._folder / path, encoding)
                except StandoffError as error:
                    raise BadValueError(template, f"{path} {error.what}") from None
            return self._texts[path, encoding]

        return text

    def _join(self, names: Iterable[str], between: str) -> TextOf:
        parts = self._parts(names)
        return lambda row: between.join(text for text in parts(row) if text)

    def _majority(self, names: Iterable[str]) -> TextOf:
        parts = self._parts(names)

        def text(row: Row) -> str:
            ranked = Counter(text for text in parts(row) if text).most_common(2)
            level = len(ranked) == 2 and ranked[0][1] == ranked[1][1]
            return "" if level or not ranked else ranked[0][0]

        return text

    def _largest(self, value: Value, columns: Sequence[str]) -> TextOf:
        texts = [self._parts([column]) for column in columns]
        named = None if value.names is None else self._parts([value.names])

        def text(row: Row) -> str:
            names = named(row) if named else columns
            given = [part for get in texts for part in get(row)]
            if len(given) != len(names):
                raise BadValueError(columns[0], f"has {len(given)} numbers for {len(names)} names")
            numbers = [
                _number(columns[0] if named else name, number.replace(value.decimal, "."))
                for name, number in zip(names, given, strict=True)
            ]
            best = [name for name, number in zip(names, numbers, strict=True) if number == max(numbers)]
            return best[0] if len(best) == 1 else ""

        return text

    def _parts(self, names: Iterable[str]) -> Callable[[Row], list[str]]:
        getters = {name: self.getter(name) for name in names}

        def parts(row: Row) -> list[str]:
            found = []
            for name, get in getters.items():
                value = get(row)
                several = list(value.values()) if isinstance(value, dict) else value
                try:
                    found += [as_text(one) for one in (several if isinstance(several, list) else [several])]
                except TypeError as error:
                    raise BadValueError(name, str(error)) from None
            return found

        return parts


def _number(column: str, text: str) -> float:
    """Return a number; an empty cell is less than all."""
    try:
        return float(text) if text else float("-inf")
    except ValueError:
        raise BadValueError(column, f"is {shorten(text)}, not a number") from None
