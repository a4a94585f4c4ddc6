"""Where words that were marked elsewhere stand in the stored text: never a guess."""

from __future__ import annotations

import re
from enum import StrEnum
from itertools import accumulate

from standoff.annotation.elsewhere.dna import WRITTEN
from standoff.corpus.text import normalise


class Way(StrEnum):
    """How a span was found in the stored text."""

    OFFSET = "offset"
    SPACING = "spacing"
    QUOTE = "quote"
    QUOTE_SPACING = "quote-spacing"


class UnanchoredError(ValueError):
    """A span has no certain place; the message is the reason's id."""


def ink(text: str) -> str:
    """Return what is left of ``text``, in the stored form, without white space."""
    return "".join(normalise(text).split())


class Alignment:
    """Another tool's copy of a text beside the stored one.

    Args:
        theirs: The text as the tool has it, or None where the export does not hold it.
        ours: The stored text.
    """

    def __init__(self, theirs: str | None, ours: str) -> None:
        self.theirs, self.ours = theirs, ours
        self.normal = None if theirs is None else normalise(theirs)
        self.same_words = theirs is not None and ink(theirs) == ink(ours)
        self.places = [index for index, character in enumerate(ours) if not character.isspace()]
        self.inked = list(accumulate((not c.isspace() for c in self.normal or ""), initial=0))

    def locate(self, start: int, end: int) -> tuple[int, int, Way]:
        """Return the span ``theirs[start:end]`` in the stored text.

        Where both texts are the same but for white space, the characters that are none are counted. Otherwise
        the words must occur once.

        Raises:
            UnanchoredError: The span is empty, cuts a character, or its words are not there, or more than once.
        """
        if self.theirs is None or self.normal is None:
            raise TypeError("there is no text to count in")
        first, last = self._normal_offset(start), self._normal_offset(end)
        if not self.normal[first:last].strip():
            raise UnanchoredError("span-empty")
        if self.normal == self.ours:
            return first, last, Way.OFFSET
        if not self.same_words:
            return self.find(self.normal[first:last])
        return self.places[self.inked[first]], self.places[self.inked[last] - 1] + 1, Way.SPACING

    def _normal_offset(self, offset: int) -> int:
        """Return where an offset of their text comes to lie once the text is in the stored form."""
        text = self.theirs or ""
        before, after = normalise(text[:offset]), normalise(text[offset:])
        if before + after != self.normal:
            raise UnanchoredError("span-splits-character")
        return len(before)

    def find(self, quote: str, *, written: bool = False) -> tuple[int, int, Way]:
        """Return the one place of ``quote``, or of its words with other white space between them.

        Args:
            quote: The words.
            written: Whether semicolons and quotation marks in ``quote`` are as DNA writes them.

        Raises:
            UnanchoredError: The words are not there, or more than once.
        """
        text = self.ours.translate(WRITTEN) if written else self.ours
        words = normalise(quote).split()
        if not words:
            raise UnanchoredError("span-empty")
        # A look-ahead, so that places that overlap are all counted.
        pattern = r"\s+".join(map(re.escape, words))
        places = [match.span(1) for match in re.finditer(f"(?=({pattern}))", text)]
        if len(places) != 1:
            raise UnanchoredError("quote-ambiguous" if places else "quote-not-found")
        start, end = places[0]
        same = text[start:end] == normalise(quote).strip()
        return start, end, Way.QUOTE if same else Way.QUOTE_SPACING
