"""Items as a stress takes and gives them, and texts rewritten with their spans moved along."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from standoff.tasks.frame import COLUMNS, Span, occurrences

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from standoff.tasks.task import LoadedTask

ORIGINAL = "original"
"""The column of a stress set that holds the id of the item that each of its items was made of."""

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A row of a task's frame; ``slices`` are the columns after the first nine."""

    id: str
    group: str
    text: str
    actor: str
    target: str
    label: str
    actor_spans: tuple[Span, ...]
    target_spans: tuple[Span, ...]
    split: str
    slices: Mapping[str, Any]


class Edit(NamedTuple):
    """What stands from ``start`` to ``end``, one code point or more, becomes ``new``."""

    start: int
    end: int
    new: str


class Rewritten:
    """A text after some edits that do not overlap.

    Attributes:
        text: The new text.
    """

    def __init__(self, text: str, edits: Iterable[Edit]) -> None:
        self._edits = sorted(edits)
        pieces, done = [], 0
        for start, end, new in self._edits:
            pieces += [text[done:start], new]
            done = end
        self.text = "".join([*pieces, text[done:]])

    def spans(self, spans: Iterable[Span]) -> tuple[Span, ...]:
        """Return where spans of the old text are now, in their order, each once, without those that are gone.

        A span that an edit lies in stretches or shrinks with it; one that ends inside an edit takes all of it in.
        """
        moved = ((self._place(start, after=False), self._place(end, after=True)) for start, end in spans)
        return tuple(dict.fromkeys(span for span in moved if span[0] < span[1]))

    def _place(self, place: int, *, after: bool) -> int:
        """Return where a place is now; one inside an edit is before or after it."""
        shift = 0
        for start, end, new in self._edits:
            if start >= place:
                break
            if end > place:
                return start + shift + (len(new) if after else 0)
            shift += len(new) - (end - start)
        return place + shift


def scored_items(loaded: LoadedTask) -> list[Item]:
    """Return the items of the split that is scored, in its order."""
    rows = loaded.split(loaded.scored).to_dict("records")
    return [
        Item(
            **{str(name): row[name] for name in COLUMNS if not name.endswith("_spans")},
            actor_spans=_plain(row["actor_spans"]),
            target_spans=_plain(row["target_spans"]),
            slices={str(name): value for name, value in row.items() if name not in COLUMNS},
        )
        for row in rows
    ]


def _plain(spans: Iterable[Sequence[int]]) -> tuple[Span, ...]:
    return tuple((int(start), int(end)) for start, end in spans)


def to_frame(items: Sequence[tuple[Item, Item]], stress: str) -> pd.DataFrame:
    """Return changed items as a frame: the nine columns of a task, and the original's id.

    The other columns of the task are left out: they are about the original.

    Args:
        items: Originals, each with what was made of it.
        stress: The name that ids end in, after a tilde.
    """
    rows = [
        {
            **{name: getattr(changed, name) for name in COLUMNS},
            "id": f"{original.id}~{stress}",
            "actor_spans": list(changed.actor_spans),
            "target_spans": list(changed.target_spans),
            ORIGINAL: original.id,
        }
        for original, changed in items
    ]
    return pd.DataFrame(rows, columns=[*COLUMNS, ORIGINAL])


def rewrite(item: Item, edits: Iterable[Edit]) -> Item:
    """Return an item with its text rewritten and its spans moved along."""
    made = Rewritten(item.text, edits)
    return replace(
        item,
        text=made.text,
        actor_spans=made.spans(item.actor_spans),
        target_spans=made.spans(item.target_spans),
    )


def actor_mentions(item: Item) -> list[Span]:
    """Return where the text names the actor: by its spans, or by the exact name; see :func:`mentions`."""
    return mentions(item.text, item.actor, item.actor_spans)


def target_mentions(item: Item) -> list[Span]:
    """Return where the text names the target, as :func:`actor_mentions`."""
    return mentions(item.text, item.target, item.target_spans)


def mentions(text: str, name: str, spans: Iterable[Span]) -> list[Span]:
    """Return the spans and the places of the exact name, left to right; those that overlap are joined.

    They are stretched to whole words: some sets have spans that are cut inside a word ("Los Angele"), of which the
    rest would give the name away.
    """
    found: list[Span] = []
    for start, end in sorted({*spans, *occurrences(text, name)}):
        while start > 0 and _inside_a_word(text, start):
            start -= 1  # noqa: PLW2901 - the span is stretched
        while _inside_a_word(text, end):
            end += 1  # noqa: PLW2901 - the span is stretched
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _inside_a_word(text: str, place: int) -> bool:
    return 0 < place < len(text) and text[place - 1].isalnum() and text[place].isalnum()


def overlap(some: Iterable[Span], others: Sequence[Span]) -> bool:
    """Return whether a span of one list shares a character with one of the other."""
    return any(start < other_end and other_start < end for start, end in some for other_start, other_end in others)


def names_left(text: str, name: str, outside: Sequence[Span] = ()) -> bool:
    """Return whether ``text`` gives ``name`` away: by the name, or by a word that is a form of one of its words.

    Words of the name that begin with a capital letter and have four letters or more tell who is meant. Another
    word gives one away when it begins like it, with all its letters but two, and with four at least: "Kenyan" does
    so for "Kenya".

    Args:
        text: A text, or a target.
        name: Of an actor or a target.
        outside: Spans of the text that are not looked at.
    """
    telling = [word for word in _WORD.findall(name) if len(word) > 3 and word[0].isupper()]
    starts = tuple(word[: max(4, len(word) - 2)] for word in telling)
    forms = [word.span() for word in _WORD.finditer(text) if word[0].startswith(starts)]
    return any(not overlap([place], outside) for place in (*forms, *occurrences(text, name)))
