"""Text as the corpus stores it: normal form, words, spans that can be found again, mentions of actors."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from standoff.files import sha256_text
from standoff.records import Evidence, Paragraph

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from standoff.records import Actor

CONTEXT = 32
"""Characters of prefix and suffix kept with a span."""

PARAGRAPH_BREAK = "\n\n"


def normalise(text: str) -> str:
    """Return ``text`` in the stored form: NFC, LF line ends."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


def join_title(title: str, body: str) -> str:
    """Return the text of an article: its title, an empty line, its body."""
    return title + PARAGRAPH_BREAK + body


def single_spaced(text: str) -> str:
    """Return ``text`` with each paragraph on one line and single spaces, one empty line between paragraphs."""
    paragraphs = (" ".join(part.split()) for part in re.split(r"\n\s*\n", text))
    return PARAGRAPH_BREAK.join(part for part in paragraphs if part)


def count_words(text: str) -> int:
    """Return the number of runs between white space."""
    return len(text.split())


def fingerprint(text: str) -> tuple[Paragraph, ...]:
    """Return the fingerprint of each paragraph of ``text``: its word count and the hash of its words."""
    return tuple(
        Paragraph(words=len(words), sha256=words_sha256(words))
        for words in (paragraph.split() for paragraph in text.split(PARAGRAPH_BREAK))
        if words
    )


def words_sha256(words: Iterable[str]) -> str:
    """Return the sha256 of words joined by single spaces: white space and line ends do not matter to it."""
    return sha256_text(" ".join(words))


def make_evidence(text: str, start: int, end: int) -> Evidence:
    """Return the span ``text[start:end]`` with what finds it again in another copy.

    Raises:
        ValueError: The span is empty or leaves the text.
    """
    if not 0 <= start < end <= len(text):
        raise ValueError(f"span {start}:{end} is empty or leaves the text of {len(text)} characters")
    return Evidence(
        start=start,
        end=end,
        quote_sha256=sha256_text(text[start:end]),
        prefix=text[max(0, start - CONTEXT) : start],
        suffix=text[end : end + CONTEXT],
    )


def drop_overlaps(spans: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Return ``spans`` in text order without those that overlap an earlier given one."""
    kept: list[Evidence] = []
    for span in spans:
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return tuple(sorted(kept, key=lambda span: span.start))


@dataclass(frozen=True, slots=True)
class Mention:
    """A span of the text that names an actor."""

    actor_id: str
    start: int
    end: int


def find_mentions(text: str, actors: Iterable[Actor]) -> tuple[Mention, ...]:
    """Return the mentions of ``actors`` in ``text``: whole words, case kept, the longest name at each place."""
    names = tuple(sorted((name, actor.actor_id) for actor in actors for name in actor.names))
    return tuple(_mentions(text, names)) if names else ()


def _mentions(text: str, names: tuple[tuple[str, str], ...]) -> Iterator[Mention]:
    actor_of = dict(names)
    for match in _name_pattern(tuple(sorted(actor_of, key=lambda name: (-len(name), name)))).finditer(text):
        yield Mention(actor_of[match[0]], match.start(), match.end())


@lru_cache(maxsize=64)
def _name_pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    # Alternatives are tried in order, so longer names come first: "Trump administration" before "Trump".
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, names)) + r")(?!\w)")
