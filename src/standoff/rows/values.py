"""Values of rows: what is a text, what is a name, and what JSON is read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from standoff.errors import InputError, shorten
from standoff.files import parse_json_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Row = dict[str, Any]
    Rows = Iterator[tuple[int, Row]]
    Choose = Callable[[Sequence[str]], Sequence[str]]

MAX_DEPTH = 100
"""Lists and objects inside each other in JSON. Python's own limit is what its stack has left, which varies."""

CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")

HALF = re.compile("[\ud800-\udfff]")
"""Half of a surrogate pair: no character, and nothing that UTF-8 can hold. Stray bytes of a CSV file become it."""

STRUCTURE = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
"""A string of JSON, closed or not, or a bracket outside of strings. It never steps back: its time is linear."""


def as_id(value: Any) -> Any:
    """Return a whole number as text, other values as they are: ids may be written as either."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def text_fault(value: object) -> str | None:
    """Return what keeps a value from being a text, to be put behind its name; None if nothing does."""
    if not isinstance(value, str):
        return f"is {shorten(value, 60)}; write it as text"
    if value.isprintable():
        return None  # most are
    if half := HALF.search(value):
        return f"holds {half[0]!r}, which is no character; save the file as UTF-8"
    return "holds a NUL character; remove it" if "\x00" in value else None


def name_fault(value: object) -> str | None:
    """Return what keeps a value from being an id or a label, to be put behind its name; None if nothing does.

    A name is a text that is not blank and holds no control character (C0, DEL, C1: line ends, tabs, escapes), with
    which it could forge what is printed around it. All else is let through as it stands. Unicode is not
    normalised: ids are compared by their code points, so that two spellings of ``é`` are two ids.
    """
    if isinstance(value, str) and value.isprintable() and value.strip():
        return None  # most are
    if fault := text_fault(value):
        return fault
    if not str(value).strip():
        return "is empty; fill it, or leave the row out"
    if control := CONTROL.search(str(value)):
        return f"holds the control character {control[0]!r}; remove it"
    return None


def parse_object(text: str) -> dict[str, Any]:
    """Return the JSON object in ``text``: no key twice, no NaN, not nested more than :data:`MAX_DEPTH` deep.

    Raises:
        InputError: Otherwise. It does not know where.
    """
    if is_deep(text):
        raise InputError(f"is nested more than {MAX_DEPTH} deep", got=text)
    return parse_json_object(text, where="")


def is_deep(text: str) -> bool:
    """Return whether a text, valid JSON or not, is nested more than :data:`MAX_DEPTH` deep; nothing is parsed."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return False
    depth = 0
    for part in STRUCTURE.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(part[0], 0)
        if depth > MAX_DEPTH:
            return True
    return False
