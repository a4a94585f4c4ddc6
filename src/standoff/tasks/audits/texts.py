"""What is wrong with texts as texts, and with spans that point into them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.entities import html5
from statistics import median
from typing import TYPE_CHECKING

from standoff.tasks.audits.leaks import Counted, counted
from standoff.tasks.duplicates import has_word, inside_word

if TYPE_CHECKING:
    import pandas as pd

TIMES_MEDIAN = 10
"""A text is over-long above this many times the median number of words: rows run together, not long sentences."""
LONG_WORDS = 200
"""Nor is a text over-long below this: where texts are headlines, ten times as long is a paragraph."""

# U+FFFD stands for what a decoder could not read; NUL and the C1 controls are in no text that was read rightly.
# Marks that open or close a quotation; ftfy takes a Danish or German one such as »Åse for mojibake.
_QUOTING = re.compile(r"(?<!\S)[«»]|[«»](?!\w)")
_UNREADABLE = re.compile(r"[\x00\x80-\x9f\ufffd]")
_TAG = re.compile(r"</?[a-z][a-z0-9]*(\s[^<>]*)?/?>", re.IGNORECASE)
_ENTITY = re.compile(r"&(#[0-9]+|#x[0-9a-f]+|[a-z][a-z0-9]*);", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TextChecks:
    """What is wrong with texts; counts are of items.

    Attributes:
        median_words: Median number of words; what stands between spaces is a word here.
        most_words: The largest number.
        empty: Texts without a letter or digit.
        over_long: Above ten times the median number of words, and above 200.
        mis_encoded: With an unreadable character, or letters as they come of reading UTF-8 as something else.
        markup: With an HTML tag or entity.
        span_cuts_word: With a span that begins or ends inside a word.
    """

    median_words: float
    most_words: int
    empty: Counted
    over_long: Counted
    mis_encoded: Counted
    markup: Counted
    span_cuts_word: Counted


def check_texts(frame: pd.DataFrame) -> TextChecks:
    """Return what is wrong with the texts and spans of a task's frame."""
    ids, texts = list(frame["id"]), list(frame["text"])
    lengths = [len(text.split()) for text in texts]
    usual = float(median(lengths))
    limit = max(TIMES_MEDIAN * usual, LONG_WORDS)
    spans = zip(ids, texts, frame["actor_spans"], frame["target_spans"], strict=True)
    return TextChecks(
        median_words=usual,
        most_words=max(lengths),
        empty=counted(item for item, text in zip(ids, texts, strict=True) if not has_word(text)),
        over_long=counted(item for item, length in zip(ids, lengths, strict=True) if length > limit),
        mis_encoded=counted(item for item, text in zip(ids, texts, strict=True) if is_mis_encoded(text)),
        markup=counted(item for item, text in zip(ids, texts, strict=True) if has_markup(text)),
        span_cuts_word=counted(
            item
            for item, text, actor, target in spans
            if any(inside_word(text, offset) for span in (*actor, *target) for offset in span)
        ),
    )


def is_mis_encoded(text: str) -> bool:
    """Return whether a text was read in a wrong encoding: unreadable characters, or mojibake as ftfy knows it."""
    if text.isascii():
        return "\x00" in text
    from ftfy.badness import is_bad  # noqa: PLC0415 - loads only where a text is not plain ASCII

    return _UNREADABLE.search(text) is not None or bool(is_bad(_QUOTING.sub(" ", text)))


def has_markup(text: str) -> bool:
    """Return whether an HTML tag or a known entity is left in a text."""
    if _TAG.search(text):
        return True
    return any(name[0] == "#" or f"{name};" in html5 for name in _ENTITY.findall(text))
