"""Bring-your-own texts: find an article in the user's copy, verify it, and re-anchor its spans.

The corpus may not ship such a text. It ships, for each paragraph, the number of words and the hash of the
words joined by single spaces. White space, line ends, encoding and page furniture therefore do not matter:
the words of the copy are searched for each paragraph, and what lies between is dropped.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from standoff.corpus.text import PARAGRAPH_BREAK, normalise, words_sha256
from standoff.errors import InputError, RefusedError
from standoff.files import sha256_text, write_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from standoff.records import Article, Evidence, Judgement, Paragraph

MAX_BYTES = 400_000
PLAIN = str.maketrans(
    dict.fromkeys(map(chr, range(0x2018, 0x201C)), "'")
    | dict.fromkeys(map(chr, range(0x201C, 0x2020)), '"')
    | {chr(0xAD): "", chr(0x2026): "..."}
)
"""What typography makes of a text, undone: curly quotes, soft hyphens, the ellipsis."""

MIN_SHARE = 0.5
"""A copy with less than this share of the article's words is taken for another text."""


class Outcome(StrEnum):
    """What became of a copy."""

    VERIFIED = "verified"
    ALTERED = "altered"


class Anchor(StrEnum):
    """How a span was found again."""

    OFFSET = "offset"
    QUOTE = "quote"
    CONTEXT = "context"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class FoundParagraph:
    """One paragraph of the article in the copy: its words, and whether they are the published ones."""

    words: tuple[str, ...]
    exact: bool


class _Chain(NamedTuple):
    """Places of some paragraphs in order: where the last one ends, their words, and (paragraph, place, before)."""

    end: int
    words: int
    steps: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class AnchoredSpan:
    """A span of a judgement in the hydrated text; ``start`` and ``end`` are None where it is lost."""

    judgement_id: str
    stance: str
    anchor: Anchor
    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True)
class Hydration:
    """The outcome for one copy: the text, how true it is, and where the spans went."""

    article_id: str
    outcome: Outcome
    encoding: str
    text: str
    paragraphs: int
    altered_at: tuple[int, ...]
    missing_at: tuple[int, ...]
    spans: tuple[AnchoredSpan, ...]

    @property
    def altered(self) -> int:
        """How many paragraphs have other words; ``altered_at`` numbers them from 1, the title."""
        return len(self.altered_at)

    @property
    def missing(self) -> int:
        """How many paragraphs are not in the copy; ``missing_at`` numbers them from 1, the title."""
        return len(self.missing_at)

    @property
    def exact(self) -> int:
        """How many paragraphs are as published."""
        return self.paragraphs - self.altered - self.missing

    @property
    def anchors(self) -> Counter[str]:
        """How many spans were found by each way, or lost."""
        return Counter(span.anchor.value for span in self.spans)

    @property
    def lost_by_stance(self) -> Counter[str]:
        """How many spans were lost, by the stance that they show."""
        return Counter(span.stance for span in self.spans if span.anchor is Anchor.LOST)


def hydrate(article: Article, judgements: Iterable[Judgement], data: bytes, *, where: str) -> Hydration:
    """Find ``article`` in a user's copy and re-anchor the spans of ``judgements``.

    Args:
        article: A record with paragraph fingerprints.
        judgements: The judgements of this article.
        data: The bytes of the copy.
        where: The copy's name, for messages.

    Raises:
        InputError: The bytes are no text, HTML, empty or larger than a news text; or the article is not
            bring-your-own.
        RefusedError: Less than half of the article's words are there: another text.
    """
    if article.text is not None:
        raise InputError(
            f"{article.article_id} comes with its text",
            expected="a bring-your-own article",
            remedy="nothing is to be done: its text is in the release; see: standoff.articles()",
        )
    copy, encoding = decode(data, where=where)
    found = _best_reading(copy, article.paragraphs)
    total = sum(paragraph.words for paragraph in article.paragraphs)
    present = sum(
        paragraph.words
        for paragraph, match in zip(article.paragraphs, found, strict=True)
        if match is not None and match.exact
    )
    if present < MIN_SHARE * total:
        raise RefusedError(
            f"is not a usable copy of {article.article_id}",
            where=where,
            got=f"{present} of its {total} words, in unaltered paragraphs",
            expected=f"the text of {article.title!r} ({article.outlet}, {article.published}), in full",
            remedy=f"save the article from {article.url} as text and try again; nothing was written",
        )
    text = PARAGRAPH_BREAK.join(" ".join(match.words) for match in found if match is not None)
    spans = tuple(
        _anchor(text, judgement, evidence) for judgement in judgements for evidence in judgement.evidence
    )
    verified = sha256_text(text) == article.text_sha256
    return Hydration(
        article_id=article.article_id,
        outcome=Outcome.VERIFIED if verified else Outcome.ALTERED,
        encoding=encoding,
        text=text,
        paragraphs=len(found),
        altered_at=tuple(i for i, match in enumerate(found, 1) if match is not None and not match.exact),
        missing_at=tuple(i for i, match in enumerate(found, 1) if match is None),
        spans=spans,
    )


def write_hydrated(hydration: Hydration, folder: Path, *, accept_altered: bool = False) -> Path:
    """Write a hydrated text as ``folder/<article_id>.txt`` and return the path.

    Raises:
        RefusedError: The text is not the published one and ``accept_altered`` is not set.
    """
    if hydration.outcome is not Outcome.VERIFIED and not accept_altered:
        raise RefusedError(
            f"the copy of {hydration.article_id} is not the published text",
            got=f"{hydration.exact} of {hydration.paragraphs} paragraphs unaltered, {hydration.missing} missing",
            remedy="find a complete copy; nothing was written (--accept-altered writes this one, to read: "
            "standoff.load refuses it)",
        )
    path = folder / f"{hydration.article_id}.txt"
    write_text(path, hydration.text + "\n")
    return path


def decode(data: bytes, *, where: str) -> tuple[str, str]:
    """Return the text of a copy in stored form, and the encoding it was in.

    Tried in order: UTF-16 and UTF-8 by their byte-order marks, UTF-8, Windows-1252 (which has all letters
    of Latin-1).

    Raises:
        InputError: Too large, empty, binary, or HTML.
    """
    if len(data) > MAX_BYTES:
        raise InputError(
            "is too large for a news text",
            where=where,
            got=f"{len(data):,} bytes",
            expected=f"at most {MAX_BYTES:,}",
            remedy="save the article alone, as plain text",
        )
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif data.startswith(b"\xef\xbb\xbf"):
        encoding = "utf-8-sig"
    else:
        encoding = "utf-8"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        whole = error.object[: error.start]
        if error.reason == "unexpected end of data" and not whole.isascii():
            text = whole.decode()  # UTF-8, cut off within its last character
        else:
            encoding = "cp1252"
            text = data.decode(encoding, errors="replace")
    if "\x00" in text or data.startswith((b"%PDF", b"PK\x03\x04", b"\x1f\x8b")):
        raise InputError(
            "is not a text file",
            where=where,
            got=data[:8],
            expected="plain text",
            remedy="save the article as text",
        )
    if not text.strip():
        raise InputError("is empty", where=where, expected="the article's text", remedy="save the article again")
    if text.lstrip()[:200].lower().startswith(("<!doctype html", "<html", "<?xml")):
        raise InputError(
            "is HTML",
            where=where,
            expected="plain text",
            remedy="open the page and save it as text, or copy the article into a text file",
        )
    return normalise(text), encoding


# -- paragraphs -----------------------------------------------------------------------------------------


def _best_reading(copy: str, paragraphs: Sequence[Paragraph]) -> list[FoundParagraph | None]:
    """Return the paragraphs of the copy as it is or, if that finds more of them, with plain quotation marks.

    Browsers and word processors make quotes curly and insert soft hyphens; the published text may have neither.
    """
    as_is = _find_paragraphs(copy.split(), paragraphs)
    if all(match is not None and match.exact for match in as_is):
        return as_is
    plain = _find_paragraphs(copy.translate(PLAIN).split(), paragraphs)
    return max(as_is, plain, key=lambda found: sum(match is not None and match.exact for match in found))


def _find_paragraphs(words: Sequence[str], paragraphs: Sequence[Paragraph]) -> list[FoundParagraph | None]:
    """Return, for each paragraph, its words in the copy, or None where it is missing."""
    starts = _exact_starts(words, paragraphs)
    found: list[FoundParagraph | None] = []
    for index, paragraph in enumerate(paragraphs):
        start = starts[index]
        if start is not None:
            found.append(FoundParagraph(tuple(words[start : start + paragraph.words]), exact=True))
        else:
            found.append(_altered(words, paragraphs, starts, index))
    return found


def _exact_starts(words: Sequence[str], paragraphs: Sequence[Paragraph]) -> list[int | None]:
    wanted: dict[int, set[str]] = {}
    for paragraph in paragraphs:
        wanted.setdefault(paragraph.words, set()).add(paragraph.sha256)
    places: dict[str, list[int]] = {}
    for length, hashes in wanted.items():
        for start in range(len(words) - length + 1):
            digest = words_sha256(words[start : start + length])
            if digest in hashes:
                places.setdefault(digest, []).append(start)
    return _best_chain([(paragraph.words, places.get(paragraph.sha256, [])) for paragraph in paragraphs])


def _best_chain(candidates: Sequence[tuple[int, Sequence[int]]]) -> list[int | None]:
    """Return one place, or None, for each paragraph: in order, without overlap, of the most words together.

    Pages repeat titles and subheads in navigation and teasers, so that the first place of a paragraph may be far
    from the article. ``chains`` is sorted by end; each has more words than all chains that end before it.

    Args:
        candidates: For each paragraph its number of words and its places in the copy, in order.
    """
    chains: list[_Chain] = [_Chain(0, 0, ())]
    for index, (length, places) in enumerate(candidates):
        longer = []
        for at in places:
            best = chains[bisect_right(chains, at, key=lambda chain: chain.end) - 1]
            longer.append(_Chain(at + length, best.words + length, (index, at, best.steps)))
        kept: list[_Chain] = []
        for chain in sorted([*chains, *longer], key=lambda chain: (chain.end, -chain.words)):
            if not kept or chain.words > kept[-1].words:
                kept.append(chain)
        chains = kept
    starts: list[int | None] = [None] * len(candidates)
    steps = chains[-1].steps
    while steps:
        index, starts[index], steps = steps
    return starts


def _altered(
    words: Sequence[str], paragraphs: Sequence[Paragraph], starts: Sequence[int | None], index: int
) -> FoundParagraph | None:
    """Return the words between the unaltered neighbours, if they can be this one paragraph."""
    before = next((i for i in range(index - 1, -1, -1) if starts[i] is not None), None)
    after = next((i for i in range(index + 1, len(paragraphs)) if starts[i] is not None), None)
    if before != (index - 1 if index else None) or after != (index + 1 if index + 1 < len(paragraphs) else None):
        return None  # two paragraphs in a row are gone: where one ends cannot be told
    length = paragraphs[index].words
    low = 0 if before is None else (starts[before] or 0) + paragraphs[before].words
    high = len(words) if after is None else (starts[after] or 0)
    if before is None:
        low = max(low, high - length)
    if after is None:
        high = min(high, low + length)
    between = tuple(words[low:high])
    return FoundParagraph(between, exact=False) if length / 2 <= len(between) <= 2 * length else None


# -- spans ----------------------------------------------------------------------------------------------


def _anchor(text: str, judgement: Judgement, evidence: Evidence) -> AnchoredSpan:
    anchor, start, end = find_span(text, evidence)
    return AnchoredSpan(judgement.judgement_id, judgement.stance.value, anchor, start, end)


def find_span(text: str, evidence: Evidence) -> tuple[Anchor, int | None, int | None]:
    """Find a span again: by its offsets, then by the hash of its words, then by what stands before and after.

    Where the quote occurs more than once, the place nearest to the old offset is taken. Between prefix and suffix
    at most twice the old length may stand.
    """
    length = evidence.end - evidence.start
    if sha256_text(text[evidence.start : evidence.end]) == evidence.quote_sha256:
        return Anchor.OFFSET, evidence.start, evidence.end
    places = sorted(range(len(text) - length + 1), key=lambda at: abs(at - evidence.start))
    for at in places:
        if sha256_text(text[at : at + length]) == evidence.quote_sha256:
            return Anchor.QUOTE, at, at + length
    at = text.find(evidence.prefix)
    start = at + len(evidence.prefix)
    end = text.find(evidence.suffix, start) if at >= 0 else -1
    if evidence.prefix and evidence.suffix and 0 < end - start <= 2 * length:
        return Anchor.CONTEXT, start, end
    return Anchor.LOST, None, None
