"""Where actor and target stand: offsets of many kinds become code points, inline tags are taken out."""

from __future__ import annotations

import ast
import json
import re
from contextlib import suppress
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

from standoff.errors import shorten
from standoff.tasks.custom.rows import UnknownColumnError
from standoff.tasks.custom.values import BadValueError, as_text, unknown
from standoff.tasks.frame import occurrences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from standoff.tasks.custom.declared import Spans, Value
    from standoff.tasks.custom.fields import Columns
    from standoff.tasks.custom.rows import Row
    from standoff.tasks.custom.schema import Tags
    from standoff.tasks.frame import Span

KINDS = ("actor", "target")


def span_reader(declared: Iterable[Spans], columns: Columns) -> Callable[[Row, str], list[Span]]:
    """Return what gives the spans of a row in its text, in code points, each once, in the order declared.

    The function raises :class:`BadValueError` for offsets that are no numbers or do not fit the text.

    Raises:
        UnknownColumnError: A column that the spans name is nowhere.
    """
    readers = [_finder(spans, columns) if spans.find else _offsets(spans, columns) for spans in declared]
    return lambda row, text: list(dict.fromkeys(span for read in readers for span in read(row, text)))


def _finder(spans: Spans, columns: Columns) -> Callable[[Row, str], list[Span]]:
    if spans.find is None:
        return lambda *_: []
    name_of = columns.text_of(spans.find)
    return lambda row, text: occurrences(text, name_of(row))


def _offsets(spans: Spans, columns: Columns) -> Callable[[Row, str], list[Span]]:
    if spans.list_ is not None:
        name = spans.list_
        get = columns.getter(name)
        _refuse_unknown_keys(spans, name, get, columns.rows.rows)

        def pairs(row: Row) -> Iterator[tuple[Any, Any]]:
            for element in _listed(get(row), name):
                yield _pair(element, spans, name)
    else:
        name = spans.start.column or "start" if spans.start else ""
        first, last = _offset(spans.start, columns), _offset(spans.end, columns)

        def pairs(row: Row) -> Iterator[tuple[Any, Any]]:
            start, end = first(row), last(row)
            if isinstance(start, list) and isinstance(end, list):
                yield from zip(start, end, strict=False)
            else:
                yield start, end

    def read(row: Row, text: str) -> list[Span]:
        found = [(_integer(start, name), _integer(end, name)) for start, end in pairs(row)]
        given = [(start, end) for start, end in found if (start, end) != (None, None)]
        return _converted(given, spans, text, name) if given else []

    return read


def _offset(value: Value | None, columns: Columns) -> Callable[[Row], Any]:
    """Return what gives an offset; a column may also hold a list of them."""
    if value is None:
        return lambda _: None
    return columns.getter(value.bare) if value.bare else columns.text_of(value)


def _refuse_unknown_keys(spans: Spans, name: str, get: Callable[[Row], Any], rows: Iterable[Row]) -> None:
    """Refuse a key of the listed objects that none of them has; what is no list is told row by row."""
    if spans.start is None:
        return
    known: dict[str, None] = {}
    for row in rows:
        with suppress(BadValueError):
            known.update(
                (str(key), None) for one in _listed(get(row), name) if isinstance(one, dict) for key in one
            )
    for offset in (spans.start, spans.end):
        if offset is not None and known and offset.bare not in known:
            raise UnknownColumnError(f"in the list {name!r}: {unknown('key', offset.bare, known)}")


def _listed(value: Any, name: str) -> list[Any]:
    """Return a list; a text may hold one as JSON or as Python writes it."""
    if isinstance(value, str) and value.strip():
        for parse in (json.loads, ast.literal_eval):
            try:
                value = parse(value)
            except (ValueError, SyntaxError, RecursionError, MemoryError):
                continue
            break
    if value is None or value == "":
        return []
    if not isinstance(value, list | tuple):
        raise BadValueError(name, f"is {shorten(value)}, not a list of spans")
    return list(value)


def _pair(element: Any, spans: Spans, name: str) -> tuple[Any, Any]:
    match element:
        case dict() if spans.start is not None and spans.end is not None:
            return element.get(spans.start.bare), element.get(spans.end.bare)
        case (start, end) if spans.start is None:
            return start, end
        case _:
            keys = [offset.bare for offset in (spans.start, spans.end) if offset]
            wanted = f"an object with {' and '.join(map(repr, keys))}" if keys else "[start, end]"
            raise BadValueError(name, f"holds {shorten(element)}, not {wanted}")


def _integer(value: Any, name: str) -> int | None:
    try:
        text = as_text(value).strip()
        return int(text) if text else None
    except (TypeError, ValueError):
        raise BadValueError(name, f"is {shorten(value)}, not a whole number") from None


def _converted(given: Iterable[tuple[int | None, int | None]], spans: Spans, text: str, name: str) -> list[Span]:
    starts, ends, size = _positions(text, spans.unit)
    found = []
    for first, last in given:
        start = None if first is None else first - spans.counts_from
        end = None if last is None else last - spans.counts_from + spans.inclusive_end
        if start is None or end is None or not 0 <= start < end <= size:
            what = f"the span ({first}, {last}) is not inside the text of {size} {spans.unit}"
            raise BadValueError(name, what)
        if start not in starts or end not in ends:
            raise BadValueError(name, f"the span ({first}, {last}) cuts a character ({spans.unit})")
        found.append((starts[start], ends[end]))
    return found


def _positions(text: str, unit: str) -> tuple[Mapping[int, int], Mapping[int, int], int]:
    """Return where spans may start and end, by offset in a unit, in code points; and the text's length in it."""
    if unit == "words":
        words = [match.span() for match in re.finditer(r"\S+", text)]
        starts = {number: start for number, (start, _) in enumerate(words)}
        return starts, {number: end for number, (_, end) in enumerate(words, start=1)}, len(words)
    if unit == "code-points":
        same = _Same()
        return same, same, len(text)
    widths = (
        (2 if c > "\uffff" else 1) if unit == "utf-16" else len(c.encode("utf-8", "surrogatepass")) for c in text
    )
    offsets = [0, *accumulate(widths)]
    known = {offset: place for place, offset in enumerate(offsets)}
    return known, known, offsets[-1]


class _Same(dict[int, int]):
    """Every offset is its own position."""

    def __contains__(self, _: object) -> bool:
        return True

    def __missing__(self, offset: int) -> int:
        return offset


class Untagged(NamedTuple):
    """A text without its tags, and what stood between them."""

    text: str
    actor: list[Span]
    target: list[Span]


def untag(text: str, tags: Tags, names: Mapping[str, str], column: str) -> Untagged:
    """Take the tags out of a text; white space just inside them stays in it, and is not part of the span.

    Where actor and target have the same tags, what stands between them says whose they are; tags around anything
    else are left as they stand.

    Args:
        text: With tags.
        tags: What opens and closes them.
        names: Kind -> the name of the actor and of the target, as far as they are declared.
        column: What to name in a message.

    Raises:
        BadValueError: A tag does not open, does not close, stands in one of its own kind, or around nothing.
    """
    if tags.actor is None and tags.target is None:
        return Untagged(text, [], [])
    if tags.actor is not None and tags.actor == tags.target:
        marks = _same_marks(text, tags.actor, names)
    else:
        marks = _marks(text, {"actor": tags.actor, "target": tags.target}, column)
    return _without(text, marks)


class _Mark(NamedTuple):
    start: int
    end: int
    kind: str
    opens: bool


def _same_marks(text: str, pair: tuple[str, str], names: Mapping[str, str]) -> list[_Mark]:
    opening, closing = map(re.escape, pair)
    found: list[_Mark] = []
    taken: set[str] = set()
    for match in re.finditer(f"({opening})((?:(?!{opening}).)*?)({closing})", text, flags=re.DOTALL):
        # Of an actor and a target of one name, the actor is the first.
        kinds = [kind for kind in KINDS if names[kind].strip() == match[2].strip()]
        kind = next((kind for kind in kinds if kind not in taken), next(iter(kinds), None))
        if kind is not None and match[2].strip():
            taken.add(kind)
            found += [_Mark(*match.span(1), kind, opens=True), _Mark(*match.span(3), kind, opens=False)]
    return found


def _marks(text: str, tags: Mapping[str, tuple[str, str] | None], column: str) -> list[_Mark]:
    meaning: dict[str, list[tuple[str, bool]]] = {}
    for kind, pair in tags.items():
        for mark, opens in zip(pair or (), (True, False), strict=False):
            meaning.setdefault(mark, []).append((kind, opens))
    longest_first = sorted(meaning, key=len, reverse=True)
    opened: dict[str, int] = {}
    found = []
    for match in re.finditer("|".join(map(re.escape, longest_first)), text):
        # A closing mark that two kinds share closes the one that was opened last.
        ways = sorted(meaning[match[0]], key=lambda way: opened.get(way[0], -1), reverse=True)
        fitting = [way for way in ways if way[1] != (way[0] in opened)]
        if not fitting:
            raise BadValueError(column, f"the tag {match[0]!r} at {match.start()} has no other that belongs to it")
        kind, opens = fitting[0]
        if opens:
            opened[kind] = match.end()
        elif not text[opened.pop(kind) : match.start()].strip():
            raise BadValueError(column, f"the tag {match[0]!r} at {match.start()} closes around nothing")
        found.append(_Mark(*match.span(), kind, opens))
    if opened:
        raise BadValueError(column, f"the tag of the {' and the '.join(opened)} does not close")
    return found


def _without(text: str, marks: Iterable[_Mark]) -> Untagged:
    parts, removed, end = [], 0, 0
    starts: dict[str, int] = {}
    spans: dict[str, list[Span]] = {kind: [] for kind in KINDS}
    for mark in sorted(marks):
        parts.append(text[end : mark.start])
        place = mark.start - removed
        if mark.opens:
            starts[mark.kind] = place
        else:
            spans[mark.kind].append((starts[mark.kind], place))
        removed += mark.end - mark.start
        end = mark.end
    bare = "".join([*parts, text[end:]])
    return Untagged(bare, *([_trimmed(bare, span) for span in spans[kind]] for kind in KINDS))


def _trimmed(text: str, span: Span) -> Span:
    words = text[slice(*span)]
    start = span[0] + len(words) - len(words.lstrip())
    return start, start + len(words.strip())
