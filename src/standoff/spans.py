"""Spans of an item: where its text names the actor and the target, in code points, end exclusive."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral

SPANS = ("actor_spans", "target_spans")
"""The columns of a frame that hold spans."""


def are_spans(value: object, length: int) -> bool:
    """Return whether a value is a list of spans of a text of ``length`` code points."""
    return (
        isinstance(value, Iterable)
        and not isinstance(value, str | bytes)
        and all(
            isinstance(span, tuple | list) and len(span) == 2 and is_span(span[0], span[1], length)
            for span in value
        )
    )


def is_span(start: object, end: object, length: int) -> bool:
    """Return whether two values are whole numbers with 0 <= start < end <= length."""
    if isinstance(start, bool) or isinstance(end, bool):
        return False
    return isinstance(start, Integral) and isinstance(end, Integral) and 0 <= int(start) < int(end) <= length
