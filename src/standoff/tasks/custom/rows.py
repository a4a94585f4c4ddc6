"""Located rows: what every format becomes, lists inside lists opened, columns found by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from standoff.errors import Problem
from standoff.files import canonical_json
from standoff.tasks.custom.schema import STEP
from standoff.tasks.custom.values import unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

ROOT = ""
"""Name of the level above all lists: the document, the line or the row itself."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file that rows come from.

    Args:
        file: Its path as messages show it.
        stem: Its name without ``.gz`` and the last ending; the column ``_file``.
        unit: What a place counts: ``line``, ``row``, or nothing where it is a path.
        split: The split that the whole file is in; empty where it has none.
        sheet: The sheet that is read; empty where there are no sheets.
    """

    file: str
    stem: str
    unit: str
    split: str
    sheet: str = ""


class Row(NamedTuple):
    """A row: where it stands, and its values, the innermost level first.

    ``place`` is a line, a row, or a path such as ``articles[3].claims[0]``; empty for a document that is one row.
    """

    source: Source
    place: str
    levels: tuple[Mapping[str, Any], ...]

    @property
    def where(self) -> str:
        """The file and the place in it, as messages show them."""
        sheet = f"sheet {self.source.sheet!r}, " if self.source.sheet else ""
        shown = f"{sheet}{self.source.unit} {self.place}".strip()
        return f"{self.source.file}: {shown}" if shown else self.source.file


class UnknownColumnError(LookupError):
    """No row has such a column; the message names the nearest ones."""


class Opener:
    """Opens the lists and objects that ``rows`` of a file leads through.

    Args:
        steps: A path such as ``articles[].claims[]`` or ``stances.*``; None where each document is a row, or a
            list of rows.
        problems: Gets what is not as the path says.
    """

    def __init__(self, steps: str | None, problems: list[Problem]) -> None:
        self._problems = problems
        self._steps = _parsed(steps) if steps is not None else []
        self._given = steps is not None
        names = [ROOT]
        key = ROOT
        for step in self._steps:
            if step in {"[]", "*"}:
                names.append(key)
            else:
                key = step
        self.names = tuple(reversed(names))
        """The levels' names, the innermost first: the key each list or object of objects stands at."""

    def open(self, source: Source, place: str, value: Any) -> Iterator[Row]:
        """Yield the rows in one document."""
        if not self._given and isinstance(value, list):
            for number, element in enumerate(value):
                yield Row(source, f"{place}[{number}]", (_level(element),))
        else:
            root = value if isinstance(value, dict) else {}
            yield from self._open(Row(source, place, (root,)), value, self._steps)

    def _open(self, row: Row, value: Any, steps: Sequence[str]) -> Iterator[Row]:
        if not steps:
            yield row
        elif value is None:
            return
        elif steps[0] == "[]" and not isinstance(value, dict):
            # One value where others have a list is a list of one.
            for number, element in enumerate(_as_list(value)):
                levels = (_level(element), *row.levels)
                yield from self._open(Row(row.source, f"{row.place}[{number}]", levels), element, steps[1:])
        elif steps[0] == "*" and isinstance(value, dict):
            for key, element in value.items():
                levels = ({**_level(element), "_key": key}, *row.levels)
                place = f"{row.place}[{canonical_json(key)}]"
                yield from self._open(Row(row.source, place, levels), element, steps[1:])
        elif steps[0] not in {"[]", "*"} and isinstance(value, dict):
            place = f"{row.place}.{steps[0]}".removeprefix(".")
            yield from self._open(Row(row.source, place, row.levels), value.get(steps[0]), steps[1:])
        else:
            wanted = {"[]": "a list", "*": "an object"}.get(steps[0], f"an object with {steps[0]!r}")
            self._problems.append(Problem(row.where, f"is {type(value).__name__}, where rows wants {wanted}"))


def _parsed(steps: str) -> list[str]:
    found = []
    for part in steps.split("."):
        match = STEP.fullmatch(part)
        if match is not None:
            found += [match["key"]] * bool(match["key"]) + ["[]"] * (len(match["lists"]) // 2)
    return found


def _level(element: Any) -> dict[str, Any]:
    if isinstance(element, dict):
        return element
    if isinstance(element, list):
        return {str(number): value for number, value in enumerate(element)}
    return {"_value": element}


class Rows:
    """The rows of one ``[[files]]`` or ``[[join]]`` table, and its columns.

    A name is looked up in the innermost level whose rows have it *anywhere*, so that a field missing in one row
    is empty there, and not another level's field of the same name. ``a.b`` is the field ``b`` of the object
    ``a``, or, where no object is called so, the field ``b`` of the level ``a``. ``a[].b`` is the list of the
    fields ``b`` of all elements of the list ``a``.

    Args:
        rows: All with the same number of levels.
        names: The levels' names, the innermost first.
    """

    def __init__(self, rows: list[Row], names: tuple[str, ...]) -> None:
        self.rows = rows
        self._names = names
        self._keys: list[dict[str, None]] = [{} for _ in names]
        for row in rows:
            for keys, level in zip(self._keys, row.levels, strict=True):
                if level.keys() - keys:
                    keys.update(dict.fromkeys(level))

    def getter(self, name: str) -> Callable[[Row], Any]:
        """Return what gives the column's value in a row, null where the row has none.

        Raises:
            UnknownColumnError: No row has the column.
        """
        if name in _SPECIAL:
            return _SPECIAL[name]
        for depth, keys in enumerate(self._keys):
            if name in keys:
                return _key_getter(depth, name)
        head, _, rest = name.partition(".")
        for depth, keys in enumerate(self._keys):
            if rest and head in keys and self._anywhere(depth, name.split(".")):
                return _path_getter(depth, name.split("."))
        for depth, (level, keys) in enumerate(zip(self._names, self._keys, strict=True)):
            if rest and level == head and (rest in keys or self._anywhere(depth, rest.split("."))):
                return _key_getter(depth, rest) if rest in keys else _path_getter(depth, rest.split("."))
        outer, brackets, inner = name.partition("[]")
        if brackets:
            return self._over_list(outer, inner.removeprefix("."))
        raise UnknownColumnError("; ".join([unknown("column", name, self.known(head)), *self._hints()]))

    def _over_list(self, outer: str, inner: str) -> Callable[[Row], list[Any]]:
        get = self.getter(outer)
        if not inner:
            return lambda row: _as_list(get(row))

        def elements(row: Row) -> list[Row]:
            return [Row(row.source, row.place, (_level(element),)) for element in _as_list(get(row))]

        try:
            get_inner = Rows([element for row in self.rows for element in elements(row)], (ROOT,)).getter(inner)
        except UnknownColumnError as error:
            raise UnknownColumnError(f"in the list {outer!r}: {error}") from None
        if "[]" in inner:
            return lambda row: [one for element in elements(row) for one in get_inner(element)]
        return lambda row: [get_inner(element) for element in elements(row)]

    def each(self, columns: Sequence[str]) -> Rows:
        """Return a row per row and column, with the column's name as ``_key`` and its value as ``_value``.

        Raises:
            UnknownColumnError: No row has the column.
        """
        getters = {name: self.getter(name) for name in columns}
        found = [
            Row(
                row.source,
                f"{row.place}[{canonical_json(name)}]",
                ({"_key": name, "_value": get(row)}, *row.levels),
            )
            for row in self.rows
            for name, get in getters.items()
        ]
        return Rows(found, ("_each", *self._names))

    def _anywhere(self, depth: int, parts: list[str]) -> bool:
        return any(_reaches(row.levels[depth], parts) for row in self.rows)

    def known(self, level: str = ROOT) -> list[str]:
        """Return the names of all columns, those inside objects last, those of ``level`` as ``level.name``."""
        found: dict[str, int] = {}
        for row in self.rows:
            for depth, fields in enumerate(row.levels):
                prefix = f"{level}." if level and self._names[depth] == level else ""
                # The keys of an object that `rows` opens as a map are data, and no columns.
                is_map = depth > 0 and "_key" in row.levels[depth - 1]
                data = self._names[depth - 1] if is_map else None
                if data != ROOT:
                    found.update((prefix + ".".join(path), len(path)) for path in _paths(fields, data))
        return sorted(found, key=lambda name: found[name])

    def _hints(self) -> Iterator[str]:
        """Yield what else may be meant, by the first row."""
        for row in self.rows[:1]:
            if row.source.sheet:
                yield f"the sheet read is {row.source.sheet!r}, and sheet names another"
            lists = [key for level in row.levels for key, value in level.items() if isinstance(value, list)]
            if closed := [key for key in lists if key not in self._names]:
                yield f'what is in the list {closed[0]!r} needs: rows = "{closed[0]}[]"'
        if self.rows and not any(self._keys):
            yield "where a table starts below other lines, skip says how many"


def _paths(fields: Mapping[str, Any], data: str | None) -> Iterator[tuple[str, ...]]:
    """Yield the ways to all fields, and into all objects but the one of which the keys are data."""
    for key, value in fields.items():
        yield (key,)
        if isinstance(value, dict) and key != data:
            yield from ((key, *path) for path in _paths(value, None))


def _as_list(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


_SPECIAL: dict[str, Callable[[Row], Any]] = {
    "_file": lambda row: row.source.stem,
    "_path": lambda row: row.source.file,
    "_row": lambda row: row.place,
    "_split": lambda row: row.source.split,
}


def _key_getter(depth: int, name: str) -> Callable[[Row], Any]:
    return lambda row: row.levels[depth].get(name)


def _path_getter(depth: int, parts: list[str]) -> Callable[[Row], Any]:
    return lambda row: _dig(row.levels[depth], parts)


def _dig(value: Any, parts: list[str]) -> Any:
    for part in parts:
        if isinstance(value, list) and part.isdecimal():
            value = value[int(part)] if int(part) < len(value) else None
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return value


def _reaches(value: Any, parts: list[str]) -> bool:
    *outer, last = parts
    inner = _dig(value, outer)
    return last in inner if isinstance(inner, dict) else isinstance(inner, list) and last.isdecimal()
