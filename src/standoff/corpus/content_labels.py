"""Level 3, labels: spans and details hold what the codebook asks for."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from standoff.corpus.content import BOOK, QUOTES
from standoff.corpus.incidents import Finding
from standoff.corpus.text import CONTEXT
from standoff.files import sha256_text
from standoff.records import DETAIL_FIELDS, POSITIONED, Attribution, Confidence, Stance

__all__ = ["BOOK"]

if TYPE_CHECKING:
    from collections.abc import Iterator

    from standoff.corpus.sources import Entry, Sources
    from standoff.records import Article, Decision, Judgement


def _labelled(sources: Sources) -> Iterator[tuple[Entry[Judgement] | Entry[Decision], Article]]:
    articles = sources.articles_by_id
    for entry in sources.labelled:
        yield entry, articles[entry.record.article_id]


@BOOK.rule("label-text-changed", expected="the text that was judged", remedy="Have the unit judged again")
def _text_changed(sources: Sources) -> Iterator[Finding]:
    for entry, article in _labelled(sources):
        if entry.record.text_sha256 != article.text_sha256:
            yield Finding(entry.at("text_sha256"), entry.record.text_sha256, article.article_id)


@BOOK.rule(
    "details-missing", expected="all details of a position", remedy="Fill them in, see the codebook, section 2"
)
def _details_missing(sources: Sources) -> Iterator[Finding]:
    for entry, _ in _labelled(sources):
        absent = [name for name in DETAIL_FIELDS if getattr(entry.record, name) is None]
        if entry.record.stance in POSITIONED and absent:
            yield Finding(entry.at("stance"), f"{entry.record.stance} without {', '.join(absent)}")


@BOOK.rule(
    "details-unneeded", expected="no details without a position", remedy="Set them to null, or correct the stance"
)
def _details_unneeded(sources: Sources) -> Iterator[Finding]:
    for entry, _ in _labelled(sources):
        given = [name for name in DETAIL_FIELDS if getattr(entry.record, name) is not None]
        if entry.record.stance not in POSITIONED and given:
            yield Finding(entry.at("stance"), f"{entry.record.stance} with {', '.join(given)}")


@BOOK.rule("evidence-missing", expected="the words that show the position", remedy="Mark at least one span")
def _evidence_missing(sources: Sources) -> Iterator[Finding]:
    for entry, _ in _labelled(sources):
        if entry.record.stance in POSITIONED and not entry.record.evidence:
            yield Finding(entry.at("evidence"), f"{entry.record.stance} without evidence")


@BOOK.rule(
    "evidence-unneeded", expected="no evidence without a position", remedy="Remove the span, or correct the stance"
)
def _evidence_unneeded(sources: Sources) -> Iterator[Finding]:
    for entry, _ in _labelled(sources):
        if entry.record.stance is Stance.NO_POSITION and entry.record.evidence:
            yield Finding(entry.at("evidence"), f"{len(entry.record.evidence)} spans")


@BOOK.rule("evidence-overlap", expected="spans that do not overlap", remedy="Join them, or shorten one")
def _overlap(sources: Sources) -> Iterator[Finding]:
    for entry, _ in _labelled(sources):
        spans = sorted(entry.record.evidence, key=lambda span: (span.start, span.end))
        for before, after in pairwise(spans):
            if after.start < before.end:
                yield Finding(entry.at("evidence"), f"{before.start}:{before.end} and {after.start}:{after.end}")


@BOOK.rule(
    "evidence-outside",
    expected="offsets within the text, in code points",
    remedy="Count code points, not UTF-16 units",
)
def _evidence_outside(sources: Sources) -> Iterator[Finding]:
    for entry, article in _labelled(sources):
        for span in entry.record.evidence:
            if article.text is not None and span.end > len(article.text):
                yield Finding(
                    entry.at("evidence"), f"{span.start}:{span.end}", f"The text has {len(article.text)}"
                )


@BOOK.rule(
    "evidence-changed",
    expected="the words that were marked",
    remedy="Restore the offsets; UTF-16 counts shift after an emoji",
)
def _evidence_changed(sources: Sources) -> Iterator[Finding]:
    for entry, article in _labelled(sources):
        for span in entry.record.evidence:
            if article.text is not None and span.end <= len(article.text):
                quote = article.text[span.start : span.end]
                if sha256_text(quote) != span.quote_sha256:
                    yield Finding(entry.at("evidence"), quote)


@BOOK.rule(
    "evidence-context", expected="the text before and after the span", remedy="Write the span with the package"
)
def _evidence_context(sources: Sources) -> Iterator[Finding]:
    for entry, article in _labelled(sources):
        for span in entry.record.evidence:
            if article.text is None or span.end > len(article.text):
                continue
            before = article.text[max(0, span.start - CONTEXT) : span.start]
            after = article.text[span.end : span.end + CONTEXT]
            if (span.prefix, span.suffix) != (before, after):
                yield Finding(entry.at("evidence"), f"{span.prefix!r} … {span.suffix!r}")


@BOOK.rule(
    "quote-without-marks",
    expected="quotation marks in or beside the evidence of a direct quote",
    remedy="Mark the quoted words, or set attribution to indirect",
)
def _quote_marks(sources: Sources) -> Iterator[Finding]:
    for entry, article in _labelled(sources):
        if article.text is None or entry.record.attribution is not Attribution.DIRECT_QUOTE:
            continue
        around = "".join(article.text[max(0, s.start - CONTEXT) : s.end + CONTEXT] for s in entry.record.evidence)
        if not re.search(f"[{QUOTES}]", around):
            yield Finding(entry.at("attribution"), entry.record.attribution.value)


@BOOK.rule(
    "headline-evidence", expected="evidence in the title only", remedy="Correct the attribution or the span"
)
def _headline(sources: Sources) -> Iterator[Finding]:
    for entry, article in _labelled(sources):
        if entry.record.attribution is Attribution.HEADLINE_ONLY:
            for span in entry.record.evidence:
                if span.end > len(article.title):
                    yield Finding(entry.at("evidence"), f"{span.start}:{span.end}")


@BOOK.rule(
    "note-missing", expected="a note for low confidence, mixed and cannot_tell", remedy="Say why in a sentence"
)
def _note(sources: Sources) -> Iterator[Finding]:
    for entry in sources.judgements:
        judgement = entry.record
        unsure = judgement.confidence is Confidence.LOW or judgement.stance in {Stance.MIXED, Stance.CANNOT_TELL}
        if unsure and not judgement.note.strip():
            yield Finding(entry.at("note"), f"{judgement.stance}, confidence {judgement.confidence}, no note")
