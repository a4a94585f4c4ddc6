"""Stresses on the surface of a text: what is said stays, how it is spelt does not."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from standoff.tasks.stress.items import Edit, actor_mentions, overlap, rewrite, target_mentions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from standoff.tasks.stress.items import Item
    from standoff.tasks.task import LoadedTask

ONE_IN = 6
"""One in so many words of four letters or more is misspelt: about one in ten of all words."""

_LONG_WORD = re.compile(r"(?<!\w)[^\W\d_]{4,}(?!\w)")

_HIGH = "'\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}"
_OPENS = f"{_HIGH}\N{SINGLE LOW-9 QUOTATION MARK}`"
_ALWAYS = '"„“”\N{DOUBLE HIGH-REVERSED-9 QUOTATION MARK}«»'
_ALWAYS += "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"

# What is never an apostrophe: double marks, guillemets, and two signs that stand for one mark.
_DOUBLE = re.compile(rf"[{_ALWAYS}]|(?<!\w),,(?=\w)|``|(?<!\w)[{_HIGH}]{{2}}|[{_HIGH}]{{2}}(?!\w)")
# What may be one: a pair of single marks around words, on one line, of which the first is not that of 's or '90s.
_SINGLE = re.compile(
    rf"(?<![\w{_HIGH}`])([{_OPENS}])(?!(?:s|t|d|m|re|ve|ll|em|tis|twas|cause)\b|[\d\s{_HIGH}])"
    rf"[^\n]*?(?<=\S)([{_HIGH}])(?!\w)"
)


def spelling_noise(_: LoadedTask, items: Sequence[Item]) -> Iterator[Item]:
    """Yield items with typing errors in about one word in ten, outside the mentions of actor and target.

    Two neighbouring letters are exchanged, or one is left out or doubled, never the first of a word. Words of
    three letters and fewer are spared, "not" and "no" among them, so that the label stays. Which words and how is
    drawn by the sha256 of the item's id and the word's place; one word is changed at least.
    """
    for item in items:
        kept = [*actor_mentions(item), *target_mentions(item)]
        words = [word.span() for word in _LONG_WORD.finditer(item.text) if not overlap([word.span()], kept)]
        drawn = {word: hashlib.sha256(f"spelling_noise:{item.id}:{word[0]}".encode()).digest() for word in words}
        chosen = [word for word in words if drawn[word][0] % ONE_IN == 0]
        if words and not chosen:
            chosen = [min(words, key=lambda word: drawn[word])]
        if chosen:
            yield rewrite(item, [_mistyped(item.text, word, drawn[word]) for word in chosen])


def _mistyped(text: str, word: tuple[int, int], drawn: bytes) -> Edit:
    """Return one error in a word: after its first letter, by the second and third byte of what was drawn."""
    start, end = word
    place = start + 1 + drawn[1] % (end - start - 2)
    first, second = text[place], text[place + 1]
    errors = [second, first + first + second, *([second + first] if first != second else [])]
    return Edit(place, place + 2, errors[drawn[2] % len(errors)])


def quotation_marks_removed(_: LoadedTask, items: Sequence[Item]) -> Iterator[Item]:
    """Yield items that have quotation marks, without them.

    What is quoted is then to be told by the words: the label stays. Double marks and guillemets go, and two commas
    or two apostrophes that stand for one. A single mark goes with its partner only, as by itself it is an
    apostrophe: in "the 'so-called' expert's view", two of three go. After a mark that opens, the first that can
    close it does, which now and then is a plural's apostrophe.
    """
    for item in items:
        double = [Edit(*found.span(), "") for found in _DOUBLE.finditer(item.text)]
        taken = [edit[:2] for edit in double]
        single = [
            Edit(*found.span(number), "")
            for found in _SINGLE.finditer(item.text)
            for number in (1, 2)
            if not overlap([found.span(number)], taken)
        ]
        if double or single:
            yield rewrite(item, [*double, *single])
