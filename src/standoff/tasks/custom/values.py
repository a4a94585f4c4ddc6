"""One rule for every value of every format: it becomes text, and is compared as text."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING

from standoff.errors import unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMED = 15
"""Known names that a message lists; the others are counted."""

PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^{}]+)\}|[{}]")
"""A part of a template: a doubled brace, ``{column}``, or a brace that is neither and so a mistake."""


class BadValueError(ValueError):
    """A cell cannot be used; the message names the column and says why, the caller adds file and row."""

    def __init__(self, column: str, what: str) -> None:
        super().__init__(f"column {column!r}: {what}")


def as_text(value: object) -> str:
    """Return a value of a file as text.

    ``1`` and ``1.0`` give ``1``, ``True`` gives ``true``, null and not-a-number give the empty text, a day (or
    midnight of one, as spreadsheets store days) gives ``2024-12-08``, another time ``2024-12-08T10:30:00``.

    Raises:
        TypeError: The value is a list, an object, or bytes.
    """
    match value:
        case str():
            return value
        case None:
            return ""
        case int():
            return str(value).lower()  # True is an int too
        case float() | Decimal():
            return _number(value)
        case dt.datetime():
            return str(value.date()) if value.time() == dt.time() and not value.tzinfo else value.isoformat()
        case dt.date() | dt.time():
            return value.isoformat()
        case _:
            kind = {"dict": "an object"}.get(type(value).__name__, f"a {type(value).__name__}")
            raise TypeError(f"is {kind}, where one value is expected")


def _number(value: float | Decimal) -> str:
    if value != value:  # noqa: PLR0124 - not-a-number is the one value that differs from itself
        return ""
    return str(int(value)) if value == value // 1 else str(value)


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """Return the message for a name that is nowhere: the nearest ones, and the first of all that there are."""
    names = list(dict.fromkeys(known))
    if not names:
        return f"no {kind} named {name!r}; there are no {kind}s"
    first = list(dict.fromkeys([*get_close_matches(name, names), *names]))[:NAMED]
    error = unknown_name(kind, name, first)
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{error.what}; {error.expected}{more}"


def template_columns(template: str) -> list[str]:
    """Return the columns that a template names, in order.

    Raises:
        ValueError: A brace is neither doubled nor around a name.
    """
    found = list(PLACEHOLDER.finditer(template))
    if any(part[0] in {"{", "}"} for part in found):
        raise ValueError(f"{template!r} has a brace that is open; a brace that is meant as such is doubled")
    return [part[1] for part in found if part[1]]
