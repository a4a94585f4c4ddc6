from __future__ import annotations

import gzip
import itertools
import random
import re
import textwrap
import unicodedata
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from standoff.corpus.hydrate import (
    MAX_BYTES,
    Anchor,
    Outcome,
    _best_chain,
    decode,
    find_span,
    hydrate,
    write_hydrated,
)
from standoff.corpus.reader import read_sources
from standoff.corpus.text import make_evidence
from standoff.errors import InputError, RefusedError
from standoff.files import sha256_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.corpus.conftest import Case

TESTS = Path(__file__).parents[1]


def test_the_cases_are_what_they_are_taken_for(case: Case) -> None:
    assert sha256_text(case.text) == case.article.text_sha256
    assert [len(paragraph.split()) for paragraph in case.paragraphs] == [p.words for p in case.article.paragraphs]
    assert case.spans
    for _, span in case.spans:
        assert sha256_text(case.text[span.start : span.end]) == span.quote_sha256


# -- copies that are complete -------------------------------------------------------------------------------


def with_repeated_title(text: str) -> str:
    title = text.split("\n\n", maxsplit=1)[0]
    return f"{title} - Example Post\n{title}\nMenu\n{text}\n\nMost read\n{title}\nOther news\n{title}\n"


def rewrapped(text: str) -> str:
    wrap = textwrap.TextWrapper(width=40, break_long_words=False, break_on_hyphens=False)
    return "\n\n".join(wrap.fill(paragraph) for paragraph in text.split("\n\n"))


COMPLETE: dict[str, tuple[Callable[[Case], bytes], str]] = {
    "as published": (lambda case: case.text.encode(), "utf-8"),
    "page furniture": (lambda case: case.page.encode(), "utf-8"),
    "repeated title": (lambda case: with_repeated_title(case.text).encode(), "utf-8"),
    "CRLF": (lambda case: case.text.replace("\n", "\r\n").encode(), "utf-8"),
    "CR": (lambda case: case.text.replace("\n", "\r").encode(), "utf-8"),
    "Latin-1": (lambda case: case.text.encode("latin-1"), "cp1252"),
    "Windows-1252": (lambda case: ("Read “more” — €1\n\n" + case.text).encode("cp1252"), "cp1252"),
    "UTF-16 little-endian": (lambda case: b"\xff\xfe" + case.text.encode("utf-16-le"), "utf-16"),
    "UTF-16 big-endian": (lambda case: b"\xfe\xff" + case.text.encode("utf-16-be"), "utf-16"),
    "UTF-8 with a byte-order mark": (lambda case: case.text.encode("utf-8-sig"), "utf-8-sig"),
    "no-break spaces": (lambda case: case.text.replace(" ", "\u00a0").encode(), "utf-8"),
    "re-wrapped at 40 columns": (lambda case: rewrapped(case.text).encode(), "utf-8"),
    "one line": (lambda case: " ".join(case.text.split()).encode(), "utf-8"),
    "one word per line": (lambda case: "\n".join(case.text.split()).encode(), "utf-8"),
    "tabs and trailing spaces": (
        lambda case: case.text.replace(" ", "\t").replace("\n", "  \n").encode(),
        "utf-8",
    ),
    "NFD": (lambda case: unicodedata.normalize("NFD", case.text).encode(), "utf-8"),
    "as large as may be": (lambda case: case.text.encode().ljust(MAX_BYTES), "utf-8"),
}


@pytest.mark.parametrize("form", COMPLETE)
def test_a_complete_copy_is_verified_whatever_its_form(case: Case, form: str) -> None:
    make, encoding = COMPLETE[form]
    data = make(case)
    assert form == "as published" or data != case.text.encode()
    assert not data.isascii()  # or encodings and normal forms would not be put to the test
    found = case.hydrate(data)
    assert found.outcome is Outcome.VERIFIED
    assert found.text == case.text
    assert found.encoding == encoding
    assert (found.exact, found.altered, found.missing) == (len(case.paragraphs), 0, 0)
    assert [(span.start, span.end) for span in found.spans] == [(span.start, span.end) for _, span in case.spans]
    assert found.anchors == {Anchor.OFFSET: len(case.spans)}
    assert not found.lost_by_stance


def test_the_saved_page_itself_is_verified(voz: Case, seed_text: Path) -> None:
    found = voz.hydrate(seed_text.read_bytes())
    assert found.outcome is Outcome.VERIFIED
    assert found.text == voz.text
    assert "Published by" not in found.text


def test_the_order_of_the_judgements_is_kept(case: Case) -> None:
    found = hydrate(case.article, case.judgements[::-1], case.text.encode(), where="copy.txt")
    expected = [(j.judgement_id, j.stance.value) for j in case.judgements[::-1] for _ in j.evidence]
    assert [(span.judgement_id, span.stance) for span in found.spans] == expected


# -- copies that differ -------------------------------------------------------------------------------------


def words_with_offsets(text: str) -> list[tuple[str, int]]:
    return [(match[0], match.start()) for match in re.finditer(r"\S+", text)]


def test_one_word_edited_anywhere(case: Case) -> None:
    """Spans elsewhere keep their words; a span around the word is found by its context, or reported lost."""
    ways: Counter[Anchor] = Counter()
    for word, at in words_with_offsets(case.text)[:: max(1, len(case.text) // 400)]:
        edited = case.text[:at] + "EDITED-HERE" + case.text[at + len(word) :]
        longer = len(edited) - len(case.text)
        found = case.hydrate(edited)
        assert found.outcome is Outcome.ALTERED
        assert (found.exact, found.altered, found.missing) == (len(case.paragraphs) - 1, 1, 0)
        assert found.text == edited
        for (_, span), again in zip(case.spans, found.spans, strict=True):
            ways[again.anchor] += 1
            words = found.text[again.start : again.end]
            if at < span.end and span.start < at + len(word):
                assert again.anchor in {Anchor.CONTEXT, Anchor.LOST}
                assert again.anchor is Anchor.LOST or words == edited[span.start : span.end + longer]
            else:
                assert again.anchor in {Anchor.OFFSET, Anchor.QUOTE}
                assert words == case.text[span.start : span.end]
        lost = Counter(span.stance for span in found.spans if span.anchor is Anchor.LOST)
        assert found.lost_by_stance == lost
    assert set(Anchor) == set(ways)


def test_a_paragraph_deleted(case: Case) -> None:
    for gone in range(len(case.paragraphs)):
        copy = "\n\n".join(p for number, p in enumerate(case.paragraphs) if number != gone)
        start = len("\n\n".join(["", *case.paragraphs[:gone]]))
        end = start + len(case.paragraphs[gone])
        found = case.hydrate(copy)
        assert found.outcome is Outcome.ALTERED
        assert found.text == copy
        assert (found.exact, found.altered, found.missing) == (len(case.paragraphs) - 1, 0, 1)
        expected: Counter[str] = Counter()
        for (judgement, span), again in zip(case.spans, found.spans, strict=True):
            inside = start <= span.start < end
            assert (again.anchor is Anchor.LOST) is inside
            assert inside or copy[again.start : again.end] == case.text[span.start : span.end]
            expected.update([judgement.stance.value] * inside)
        assert found.lost_by_stance == expected


@pytest.mark.parametrize(
    ("words", "altered"), [(9, False), (10, True), (18, True), (20, True), (38, True), (39, False)]
)
def test_what_is_under_half_or_over_twice_as_long_is_not_the_paragraph(
    news: Case, words: int, altered: bool
) -> None:
    """The third paragraph has 19 words; its neighbours say where it begins and ends."""
    order = list(news.paragraphs)
    order[2] = " ".join(f"word{number}" for number in range(words))
    found = news.hydrate("\n\n".join(order))
    assert (found.exact, found.altered, found.missing) == (3, int(altered), int(not altered))
    assert (order[2] in found.text) is altered


def test_where_two_altered_paragraphs_in_a_row_part_cannot_be_told(voz: Case) -> None:
    order = list(voz.paragraphs)
    order[1] = order[1].replace(" ", " and ")
    order[2] = order[2].replace(" the ", " a ")
    found = voz.hydrate("\n\n".join(order))
    assert (found.exact, found.altered, found.missing) == (len(order) - 2, 0, 2)


def test_two_paragraphs_swapped(case: Case) -> None:
    """The larger of the two is kept: order matters to offsets, so only one of them can be in its place."""
    for first in range(len(case.paragraphs) - 1):
        order = list(case.paragraphs)
        order[first], order[first + 1] = order[first + 1], order[first]
        found = case.hydrate("\n\n".join(order))
        assert found.outcome is Outcome.ALTERED
        assert found.exact == len(order) - 1
        assert found.exact + found.altered + found.missing == len(order)
        smaller = min(order[first : first + 2], key=lambda paragraph: len(paragraph.split()))
        assert all(paragraph in found.text for paragraph in order if paragraph != smaller)


def test_a_title_that_stands_only_below_the_text_costs_nothing_but_itself(case: Case) -> None:
    title, *body = case.paragraphs
    found = case.hydrate("\n\n".join([*body, "Share:", title]))
    assert found.outcome is Outcome.ALTERED
    assert (found.exact, found.missing) == (len(body), 1)
    assert found.text == "\n\n".join(body)


def test_the_places_of_the_most_words_are_taken() -> None:
    """By brute force over all choices of a place, or none, for each paragraph."""
    rng = random.Random(20241208)  # noqa: S311 - made candidates, no secret
    for _ in range(300):
        candidates = [
            (rng.randint(1, 4), sorted(rng.sample(range(12), rng.randint(0, 3)))) for _ in range(rng.randint(1, 5))
        ]
        starts = _best_chain(candidates)
        assert all(start is None or start in places for start, (_, places) in zip(starts, candidates, strict=True))
        best = max(
            words_in_order(chosen, candidates)
            for chosen in itertools.product(*([None, *places] for _, places in candidates))
        )
        assert words_in_order(starts, candidates) == best


def words_in_order(starts: Sequence[int | None], candidates: Sequence[tuple[int, Sequence[int]]]) -> int:
    """Return the words of the chosen places, or -1 where they overlap or run backwards."""
    reached = words = 0
    for start, (length, _) in zip(starts, candidates, strict=True):
        if start is None:
            continue
        if start < reached:
            return -1
        reached, words = start + length, words + length
    return words


def test_a_copy_cut_off_at_a_third_is_refused_and_at_four_fifths_altered(case: Case) -> None:
    data = case.text.encode()
    with pytest.raises(RefusedError, match="is not a usable copy"):
        case.hydrate(data[: len(data) * 3 // 10])
    found = case.hydrate(data[: len(data) * 8 // 10])
    assert found.outcome is Outcome.ALTERED
    assert case.text.startswith(found.text[: found.text.rindex("\n\n")])
    assert found.missing + found.altered >= 1
    assert found.anchors[Anchor.OFFSET] + found.anchors[Anchor.LOST] == len(case.spans)
    assert found.anchors[Anchor.LOST] > 0


def test_a_copy_cut_within_a_character_is_still_read_as_utf_8(case: Case) -> None:
    """Otherwise every letter with an accent would become two, and unaltered paragraphs would count as altered."""
    data = case.text.encode()
    whole = case.hydrate(data + b"\n\nRead next: caf")
    cut = case.hydrate(data + "\n\nRead next: café".encode()[:-1])
    assert (cut.outcome, cut.encoding, cut.text) == (Outcome.VERIFIED, "utf-8", whole.text)


# -- copies that are something else -------------------------------------------------------------------------


def test_another_article_is_refused_and_the_message_counts_the_words(case: Case) -> None:
    other = read_sources(TESTS / "data" / "mini").articles_by_id["norland-2001-harbour"].text
    with pytest.raises(RefusedError) as caught:
        case.hydrate(f"{case.article.title}\n\n{other}")
    total = len(case.text.split())
    message = str(caught.value)
    assert f"{len(case.article.title.split())} of its {total} words" in message
    assert case.article.title in message
    assert case.article.outlet in message
    assert "nothing was written" in message


PAGE = "<html><body><p>{}</p></body></html>"
NOT_TEXT: dict[str, tuple[Callable[[str], bytes], str]] = {
    "empty": (lambda _: b"", "is empty"),
    "white space": (lambda _: b" \r\n\t\xc2\xa0\n", "is empty"),
    "a byte-order mark": (lambda _: b"\xef\xbb\xbf", "is empty"),
    "PDF": (lambda text: b"%PDF-1.7\n" + text.encode(), "is not a text file"),
    "gzip": (lambda text: gzip.compress(text.encode(), mtime=0), "is not a text file"),
    "a Word file": (lambda text: b"PK\x03\x04" + text.encode(), "is not a text file"),
    "PNG": (lambda text: b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + text.encode(), "is not a text file"),
    "UTF-16 without a byte-order mark": (lambda text: text.encode("utf-16-le"), "is not a text file"),
    "UTF-16 cut in half": (lambda text: text.encode("utf-16")[:-1], "is not a text file"),
    "HTML": (lambda text: PAGE.format(text).encode(), "is HTML"),
    "HTML with a doctype": (lambda text: f"\n\n<!DOCTYPE html>{PAGE.format(text)}".encode("utf-8-sig"), "is HTML"),
    "XHTML": (lambda text: ('<?xml version="1.0"?>' + PAGE.format(text)).encode("utf-16"), "is HTML"),
    "too large": (lambda text: text.encode().ljust(MAX_BYTES + 1), "is too large for a news text"),
}


@pytest.mark.parametrize("form", NOT_TEXT)
def test_a_file_that_is_no_text_is_refused(news: Case, form: str) -> None:
    make, what = NOT_TEXT[form]
    with pytest.raises(InputError, match=f"^copy.txt: {what}"):
        news.hydrate(make(news.text))


def test_an_article_that_comes_with_its_text_needs_no_copy() -> None:
    article = read_sources(TESTS / "data" / "mini").articles_by_id["norland-2001-harbour"]
    with pytest.raises(InputError, match="norland-2001-harbour comes with its text"):
        hydrate(article, [], (article.text or "").encode(), where="copy.txt")


@pytest.mark.parametrize("data", [b"caf\xe9", b"caf\xe9 \x81"])  # 0x81 has no letter in Windows-1252
def test_any_bytes_that_are_not_utf_8_are_read_as_windows_1252(data: bytes) -> None:
    text, encoding = decode(data, where="copy.txt")
    assert text.startswith("café")
    assert encoding == "cp1252"


# -- spans --------------------------------------------------------------------------------------------------

QUOTE = "no soldiers"
STORED = f"Berg asked again. The minister wants {QUOTE}, he said, and no mission at all."


@pytest.mark.parametrize(
    ("copy", "anchor", "words"),
    [
        (STORED, Anchor.OFFSET, QUOTE),
        (f"On Friday {STORED}", Anchor.QUOTE, QUOTE),
        (STORED.removeprefix("Berg asked again. "), Anchor.QUOTE, QUOTE),
        (f"{QUOTE} {STORED}", Anchor.QUOTE, QUOTE),
        (STORED.replace(QUOTE, "few soldiers"), Anchor.CONTEXT, "few soldiers"),
        (STORED.replace(QUOTE, "n" * 2 * len(QUOTE)), Anchor.CONTEXT, "n" * 2 * len(QUOTE)),
        (STORED.replace(QUOTE, "n" * (2 * len(QUOTE) + 1)), Anchor.LOST, None),
        (STORED.replace(QUOTE, ""), Anchor.LOST, None),
        (STORED.replace(QUOTE, "few soldiers").replace("wants", "want"), Anchor.LOST, None),
        (STORED.replace(QUOTE, "few soldiers").replace("said", "says"), Anchor.LOST, None),
        ("", Anchor.LOST, None),
    ],
)
def test_a_span_is_found_by_offset_then_quote_then_context(copy: str, anchor: Anchor, words: str | None) -> None:
    start = STORED.index(QUOTE)
    found, at, end = find_span(copy, make_evidence(STORED, start, start + len(QUOTE)))
    assert found is anchor
    assert (None if at is None else copy[at:end]) == words


def test_of_several_places_the_one_nearest_to_the_old_offset_is_taken() -> None:
    text = "yes. no. yes. no. yes."
    evidence = make_evidence(text, 9, 12)
    shifted = "On " + text
    assert find_span(shifted, evidence) == (Anchor.QUOTE, 12, 15)


@pytest.mark.parametrize(("start", "end"), [(0, 4), (5, 9)])
def test_a_span_at_an_end_of_the_text_has_context_on_one_side_only_and_is_lost(start: int, end: int) -> None:
    evidence = make_evidence("Berg asks", start, end)
    assert "" in {evidence.prefix, evidence.suffix}
    assert find_span("Nora begs", evidence)[0] is Anchor.LOST


# -- writing ------------------------------------------------------------------------------------------------


def test_a_verified_text_is_written_with_a_final_newline(case: Case, tmp_path: Path) -> None:
    path = write_hydrated(case.hydrate(case.page), tmp_path / "new" / "texts")
    assert path == tmp_path / "new" / "texts" / f"{case.article.article_id}.txt"
    assert path.read_bytes() == case.text.encode() + b"\n"


def test_an_altered_text_is_written_only_when_that_is_accepted(case: Case, tmp_path: Path) -> None:
    found = case.hydrate("\n\n".join(case.paragraphs[:-1]))
    with pytest.raises(RefusedError, match=f"{found.exact} of {found.paragraphs} paragraphs unaltered, 1 missing"):
        write_hydrated(found, tmp_path)
    assert list(tmp_path.iterdir()) == []
    path = write_hydrated(found, tmp_path, accept_altered=True)
    assert path.read_text(encoding="utf-8") == found.text + "\n"


def test_a_copy_with_curly_quotes_and_soft_hyphens_is_the_published_text(news: Case) -> None:
    """What a browser or a word processor makes of a text that was published with plain quotation marks."""
    assert '"' in news.text
    curly = (
        re.sub(r'"([^"]*)"', "\u201c\\1\u201d", news.text)
        .replace("'", "\u2019")
        .replace("soldiers", "sol\u00addiers")
    )
    assert curly != news.text
    found = news.hydrate(curly)
    assert (found.outcome, found.text) == (Outcome.VERIFIED, news.text)


def test_the_paragraphs_that_differ_are_numbered(news: Case) -> None:
    edited = [news.paragraphs[0], news.paragraphs[1].replace("soldiers", "ships"), *news.paragraphs[2:]]
    assert news.hydrate("\n\n".join(edited)).altered_at == (2,)
    assert news.hydrate("\n\n".join(news.paragraphs[:-1])).missing_at == (len(news.paragraphs),)
