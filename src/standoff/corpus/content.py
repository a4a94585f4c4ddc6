"""Level 3, texts and actors: what is shipped may be shipped, reads as news, and names who is listed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from standoff.corpus.incidents import Finding
from standoff.corpus.rules import RuleBook
from standoff.corpus.text import PARAGRAPH_BREAK, count_words, find_mentions
from standoff.records import ActorKind, Article, Origin, TextAvailability

if TYPE_CHECKING:
    from collections.abc import Iterator

    from standoff.corpus.sources import Entry, Sources

BOOK = RuleBook(level=3)

DISPATCH_WORDS = (150, 500)
DISPATCH_LICENSE = "CC-BY-4.0"
QUOTES = "".join(map(chr, (0x22, 0xAB, 0xBB, *range(0x2018, 0x2020), 0x2039, 0x203A, 0x300C, 0x300D)))
"""Quotation marks of all kinds; the straight apostrophe is judged by where it stands."""
SHARED_RUN = 12
"""Two texts with this many words in a row in common belong to one cluster."""


def _dispatches(sources: Sources) -> Iterator[Entry[Article]]:
    return (entry for entry in sources.articles if entry.record.origin is Origin.DISPATCH)


def _paragraphs(entry: Entry[Article]) -> Iterator[tuple[int, str]]:
    text = entry.record.text or ""
    return enumerate(text.split(PARAGRAPH_BREAK)[1:])


# -- texts ----------------------------------------------------------------------------------------------


@BOOK.rule("text-missing", expected="a body, as text_availability is included", remedy="Write the body")
def _text_missing(sources: Sources) -> Iterator[Finding]:
    for entry in sources.articles:
        if entry.record.text_availability is TextAvailability.INCLUDED and entry.record.text is None:
            yield Finding(entry.at("text_availability"), "no body")


@BOOK.rule(
    "text-not-ours",
    expected="no body, as the text is bring-your-own",
    remedy="Remove the body at once: the corpus may not ship it",
)
def _text_not_ours(sources: Sources) -> Iterator[Finding]:
    for entry in sources.articles:
        if entry.record.text_availability is TextAvailability.BRING_YOUR_OWN and entry.record.text is not None:
            yield Finding(entry.at("body", 0), f"{count_words(entry.record.text)} words")


@BOOK.rule(
    "fingerprint-missing",
    expected="url, text_sha256 and paragraphs, as the text is bring-your-own",
    remedy="Make them with: standoff corpus fingerprint FILE",
)
def _fingerprint_missing(sources: Sources) -> Iterator[Finding]:
    for entry in sources.articles:
        article = entry.record
        if article.text_availability is TextAvailability.BRING_YOUR_OWN:
            absent = [
                name
                for name, there in (
                    ("url", article.url),
                    ("text_sha256", article.text_sha256.strip("0")),
                    ("paragraphs", article.paragraphs),
                )
                if not there
            ]
            if absent:
                yield Finding(entry.at("text_availability"), f"no {', '.join(absent)}")


@BOOK.rule(
    "text-control-character", expected="no control characters", remedy="Remove the character (it may be invisible)"
)
def _control(sources: Sources) -> Iterator[Finding]:
    for entry in sources.articles:
        for number, paragraph in _paragraphs(entry):
            match = re.search(
                r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060\ufeff]", paragraph
            )
            if match:
                yield Finding(entry.at("body", number), match[0])


@BOOK.rule(
    "text-spacing",
    expected="paragraphs on one line each, single spaces, one empty line between",
    remedy="Join the lines of the paragraph, remove doubled spaces",
)
def _spacing(sources: Sources) -> Iterator[Finding]:
    for entry in sources.articles:
        for number, paragraph in _paragraphs(entry):
            if paragraph != " ".join(paragraph.split()):
                yield Finding(entry.at("body", number), paragraph[:40])


@BOOK.rule("text-markup", expected="plain text", remedy="Remove Markdown, HTML or a link")
def _markup(sources: Sources) -> Iterator[Finding]:
    pattern = re.compile(r"^(?:#+ |[-*] |> |\|)|\*\*|__|</?[a-zA-Z][^>]*>|\]\(|https?://|&[a-z]+;|&#\d+;")
    for entry in sources.articles:
        for number, paragraph in _paragraphs(entry):
            match = pattern.search(paragraph)
            if match:
                yield Finding(entry.at("body", number), match[0])


@BOOK.rule(
    "near-duplicate",
    expected=f"no run of {SHARED_RUN} words in two texts of different clusters",
    remedy="Give both the same cluster_id, or rewrite one",
)
def _near_duplicate(sources: Sources) -> Iterator[Finding]:
    first: dict[tuple[str, ...], Article] = {}
    for entry in sources.articles:
        words = re.findall(r"\w+", (entry.record.text or "").lower())
        runs = {tuple(words[i : i + SHARED_RUN]) for i in range(len(words) - SHARED_RUN + 1)}
        shared = next(
            (run for run in sorted(runs) if run in first and first[run].cluster_id != entry.record.cluster_id),
            None,
        )
        if shared is not None:
            yield Finding(entry.at("cluster_id"), " ".join(shared), f"Also in {first[shared].article_id}")
        for run in runs:
            first.setdefault(run, entry.record)


# -- dispatches -----------------------------------------------------------------------------------------


@BOOK.rule(
    "dispatch-length",
    expected=f"{DISPATCH_WORDS[0]} to {DISPATCH_WORDS[1]} words, title included",
    remedy="Shorten or extend the text, from its sources only",
)
def _length(sources: Sources) -> Iterator[Finding]:
    for entry in _dispatches(sources):
        words = count_words(entry.record.text or "")
        if entry.record.text and not DISPATCH_WORDS[0] <= words <= DISPATCH_WORDS[1]:
            yield Finding(entry.at("body", 0), f"{words} words")


@BOOK.rule("dispatch-quotation", expected="no quotation", remedy="Report the words indirectly")
def _quotation(sources: Sources) -> Iterator[Finding]:
    # An apostrophe in a word, or after a plural s, is not a quotation mark.
    pattern = re.compile(rf"[{QUOTES}]|(?<!\w)'|(?<!s)'(?!\w)")
    for entry in _dispatches(sources):
        if pattern.search(entry.record.title):
            yield Finding(entry.at("title"), entry.record.title)
        for number, paragraph in _paragraphs(entry):
            match = pattern.search(paragraph)
            if match:
                yield Finding(entry.at("body", number), paragraph[max(0, match.start() - 20) : match.end() + 20])


@BOOK.rule(
    "dispatch-sources", expected="at least two public sources at different addresses", remedy="Cite another"
)
def _sources(sources: Sources) -> Iterator[Finding]:
    for entry in _dispatches(sources):
        urls = {source.url for source in entry.record.sources}
        if len(urls) < 2:
            yield Finding(entry.at("sources"), f"{len(urls)} addresses")


@BOOK.rule(
    "dispatch-license", expected=DISPATCH_LICENSE, remedy="Dispatches are published under this licence only"
)
def _license(sources: Sources) -> Iterator[Finding]:
    for entry in _dispatches(sources):
        if entry.record.license != DISPATCH_LICENSE:
            yield Finding(entry.at("license"), entry.record.license)


@BOOK.rule(
    "dispatch-included", expected="text_availability: included", remedy="A dispatch is the corpus's own text"
)
def _included(sources: Sources) -> Iterator[Finding]:
    for entry in _dispatches(sources):
        if entry.record.text_availability is not TextAvailability.INCLUDED:
            yield Finding(entry.at("text_availability"), entry.record.text_availability.value)


@BOOK.rule(
    "source-after-access", expected="a page published before it was read", remedy="Correct one of the dates"
)
def _access(sources: Sources) -> Iterator[Finding]:
    for entry in sources.articles:
        for index, source in enumerate(entry.record.sources):
            if source.published is not None and source.published > source.accessed:
                yield Finding(entry.at("sources", index), f"{source.published} > {source.accessed}")


@BOOK.rule(
    "article-outside-conflict",
    expected="a day of the conflict",
    remedy="Correct the date, or the conflict's start or end",
)
def _outside(sources: Sources) -> Iterator[Finding]:
    conflicts = {entry.record.conflict_id: entry.record for entry in sources.conflicts}
    for entry in sources.articles:
        conflict = conflicts[entry.record.conflict_id]
        if not conflict.start <= entry.record.published <= conflict.end:
            yield Finding(
                entry.at("published"),
                str(entry.record.published),
                f"It runs from {conflict.start} to {conflict.end}",
            )


# -- actors ---------------------------------------------------------------------------------------------


@BOOK.rule("actor-not-named", expected="every listed actor named in the text", remedy="Remove it, or add an alias")
def _not_named(sources: Sources) -> Iterator[Finding]:
    actors = list(sources.actors_by_id.values())
    for entry in sources.articles:
        named = {mention.actor_id for mention in find_mentions(entry.record.text or "", actors)}
        for index, actor_id in enumerate(entry.record.actor_ids):
            if entry.record.text is not None and actor_id not in named:
                yield Finding(entry.at("actors", index), actor_id)


@BOOK.rule(
    "actor-not-listed",
    expected="every named actor of the registry listed",
    remedy="Add it to the article's actors",
)
def _not_listed(sources: Sources) -> Iterator[Finding]:
    actors = list(sources.actors_by_id.values())
    for entry in sources.articles:
        text = entry.record.text or ""
        named = {mention.actor_id: mention for mention in reversed(find_mentions(text, actors))}
        for actor_id in sorted(named.keys() - set(entry.record.actor_ids)):
            mention = named[actor_id]
            yield Finding(entry.at("actors"), actor_id, f"The text says {text[mention.start : mention.end]}")


@BOOK.rule(
    "alias-ambiguous", expected="a name that means one actor", remedy="Remove the alias from one of the two"
)
def _ambiguous(sources: Sources) -> Iterator[Finding]:
    first: dict[str, str] = {}
    for entry in sources.actors:
        for name in entry.record.names:
            other = first.setdefault(name, entry.record.actor_id)
            if other != entry.record.actor_id:
                yield Finding(entry.at("aliases"), name, f"Also a name of {other}")


@BOOK.rule(
    "person-without-role",
    expected="at least one dated role of a person",
    remedy="Add what the person was, and when",
)
def _without_role(sources: Sources) -> Iterator[Finding]:
    for entry in sources.actors:
        if entry.record.kind is ActorKind.PERSON and not entry.record.roles:
            yield Finding(entry.at("roles"), entry.record.actor_id)
