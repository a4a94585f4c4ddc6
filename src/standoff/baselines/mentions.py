"""Where a text names actor and target: words of the text with the two marked, from spans or by name."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableMapping

    import pandas as pd

ACTOR, TARGET = "ACTOR", "TARGET"
"""What stands in place of a mention; words are in lower case, so that no word looks like it."""

MarkedWords = tuple[str, ...]

Spans = tuple[tuple[int, int], ...]

Item = tuple[str, str, Spans, str, Spans]
"""Text, actor and its spans, target and its spans."""

_TOKEN = re.compile(r"\w+(?:['’]\w+)?|[^\w\s]")  # noqa: RUF001 - the apostrophe of typesetters
_NAME_PART = re.compile(r"\w+")
_LONG = 6
"""A name of more words than this is a sentence: its words occur without naming anything."""


def marked_words(frame: pd.DataFrame, known: MutableMapping[Item, MarkedWords] | None = None) -> list[MarkedWords]:
    """Return for each item the words and punctuation of its text in lower case, each mention as one mark.

    Where an item has spans of its actor or target, these are the mentions; else the words that look like a part
    of the name are, other forms of it too ("Trump" of "Donald Trump", "Syriens" of "Syrien").

    Args:
        frame: Of n items.
        known: What is known from before; what is found is added.
    """
    known = {} if known is None else known
    items: list[Item] = [
        (text, actor, _plain(actor_spans), target, _plain(target_spans))
        for text, actor, actor_spans, target, target_spans in zip(
            *(frame[name].tolist() for name in ("text", "actor", "actor_spans", "target", "target_spans")),
            strict=True,
        )
    ]
    for item in items:
        if item not in known:
            known[item] = _marked(*item)
    return [known[item] for item in items]


def _plain(spans: Iterable[Iterable[int]]) -> Spans:
    return tuple((int(start), int(end)) for start, end in spans)


def _marked(text: str, actor: str, actor_spans: Spans, target: str, target_spans: Spans) -> MarkedWords:
    tokens = list(_TOKEN.finditer(text))
    marks = [""] * len(tokens)
    # Spans know better than names, so what spans mark stays.
    for mark, name, spans in sorted(((ACTOR, actor, actor_spans), (TARGET, target, target_spans)), key=_by_name):
        for at in _inside(tokens, spans) if spans else _named(tokens, name):
            marks[at] = marks[at] or mark
    words: list[str] = []
    for at, token in enumerate(tokens):
        if not marks[at]:
            words.append(token.group().lower())
        elif at == 0 or marks[at] != marks[at - 1]:
            words.append(marks[at])
    return tuple(words)


def _by_name(one: tuple[str, str, Spans]) -> bool:
    return not one[2]


def _inside(tokens: list[re.Match[str]], spans: Spans) -> Iterable[int]:
    starts, ends = [token.start() for token in tokens], [token.end() for token in tokens]
    for start, end in spans:
        yield from range(bisect_right(ends, start), bisect_left(starts, end))


def _named(tokens: list[re.Match[str]], name: str) -> Iterable[int]:
    parts = _NAME_PART.findall(name)
    if len(parts) > _LONG:
        return
    # "of", "the", "von" name nobody; "Xi" and "UN" do.
    telling = [part.lower() for part in parts if len(part) > 3 or (len(part) > 1 and not part.islower())]
    for at, token in enumerate(tokens):
        word = token.group().lower()
        if len(word) > 1 and any(_same_word(word, part) for part in telling):
            yield at


def _same_word(word: str, part: str) -> bool:
    """Return whether two words in lower case are one but for the ending.

    Of the shorter, all letters but two are the same, and four at least; the longer has at most three more.
    """
    if word == part:
        return True
    shorter, longer = sorted((len(word), len(part)))
    return shorter > 3 and longer - shorter < 4 and word[: max(4, shorter - 2)] == part[: max(4, shorter - 2)]
