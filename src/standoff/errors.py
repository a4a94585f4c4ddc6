"""Errors whose message says what is wrong, where, what was expected and what to do next."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


class StandoffError(Exception):
    """Base of every error this package raises on purpose; the command line prints it without a traceback.

    Args:
        what: One sentence: what is wrong.
        where: A file, ``file:line``, field or id.
        got: The offending value, as found.
        expected: What would have been right.
        remedy: What to do next.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str | Path | None = None,
        got: object = None,
        expected: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.what = what
        self.where = None if where is None else str(where)
        self.got = None if got is None else shorten(got)
        self.expected = expected
        self.remedy = remedy
        super().__init__(what)

    def __str__(self) -> str:
        """Return the whole message, a part on each line."""
        head = f"{self.where}: {self.what}" if self.where else self.what
        parts = [head]
        if self.got is not None:
            parts.append(f"got: {self.got}")
        if self.expected:
            parts.append(f"expected: {self.expected}")
        if self.remedy:
            parts.append(f"what to do: {self.remedy}")
        return "\n  ".join(parts)

    def with_remedy(self, remedy: str) -> Self:
        """Return the same error with something else to do next: a caller may know more than who raised it."""
        changed = copy(self)
        changed.remedy = remedy
        return changed


class InputError(StandoffError):
    """A file or value given by the user does not fit; nothing was changed."""


class NotFoundError(StandoffError):
    """A name, version, id or file does not exist."""


class RefusedError(StandoffError):
    """The request is understood and not carried out, because something would be lost or broken."""


class IntegrityError(StandoffError):
    """Stored bytes are not the bytes that were published."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One line of a listed refusal: where it is and what is wrong there."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def shorten(value: object, limit: int = 120) -> str:
    """Return ``repr(value)`` cut to ``limit`` characters, safe to print on a terminal."""
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def printable(text: str) -> str:
    """Return ``text`` with everything but visible characters, spaces and line ends written as an escape."""
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)


def listed(problems: Iterable[object], *, limit: int = 20) -> str:
    """Return the first ``limit`` problems one per line, and how many more there are."""
    lines = [str(problem) for problem in problems]
    shown = [f"  - {line}" for line in lines[:limit]]
    if len(lines) > limit:
        shown.append(f"  … and {len(lines) - limit} more")
    return "\n".join(shown)


def enumerated(names: Sequence[str], *, limit: int = 40) -> str:
    """Return the first ``limit`` names in one line, and how many more there are; it may be thousands."""
    return ", ".join(names[:limit]) + (f", and {len(names) - limit:,} more" if len(names) > limit else "")


def unknown_name(kind: str, name: str, known: Iterable[str], *, remedy: str | None = None) -> NotFoundError:
    """Return the error for a name that is not among ``known``, with the nearest ones suggested."""
    names = sorted(known)
    near = get_close_matches(str(name), names, n=3)
    expected = f"one of {enumerated(names)}" if names else "there is none"
    if near:
        expected = f"did you mean {' or '.join(near)}? Known: {enumerated(names)}"
    return NotFoundError(f"no {kind} named {name!r}", expected=expected, remedy=remedy)
