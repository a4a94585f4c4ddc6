from __future__ import annotations

import hashlib
import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standoff.corpus.text import (
    CONTEXT,
    Mention,
    count_words,
    drop_overlaps,
    find_mentions,
    fingerprint,
    join_title,
    make_evidence,
    normalise,
    single_spaced,
    words_sha256,
)
from standoff.files import sha256_text
from standoff.records import Actor, ActorKind, Evidence

PLAIN = settings(derandomize=True, deadline=None, database=None, max_examples=200)


def actor(actor_id: str, name: str, *aliases: str) -> Actor:
    return Actor(
        actor_id=actor_id,
        name=name,
        aliases=aliases,
        kind=ActorKind.PERSON,
        country=None,
        wikidata=None,
        roles=(),
    )


def found(text: str, *actors: Actor) -> list[tuple[str, str]]:
    """The mentions in ``text`` as (actor, words)."""
    return [(mention.actor_id, text[mention.start : mention.end]) for mention in find_mentions(text, actors)]


# -- the stored form ------------------------------------------------------------------------------------


def test_the_stored_form_is_nfc_with_lf() -> None:
    assert normalise("Noe\u0308l\r\nAmari\rx\n") == "Noël\nAmari\nx\n"


def test_words_and_spaces_are_left_as_they_are() -> None:
    assert normalise("a  b\u00a0c\t🚢\n\n\nd") == "a  b\u00a0c\t🚢\n\n\nd"


@PLAIN
@given(st.text())
def test_the_stored_form_is_stable(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert "\r" not in once
    assert unicodedata.is_normalized("NFC", once)


def test_an_article_is_title_empty_line_body() -> None:
    assert join_title("Title", "One.\n\nTwo.") == "Title\n\nOne.\n\nTwo."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one\ntwo  three\n\nfour", "one two three\n\nfour"),
        ("\n\n one \n \t \n\n two\n", "one\n\ntwo"),
        ("one\u00a0two\u2003three", "one two three"),
        ("one\ntwo\nthree", "one two three"),
        (" \n\n\n ", ""),
        ("", ""),
    ],
)
def test_single_spaced(text: str, expected: str) -> None:
    assert single_spaced(text) == expected


@PLAIN
@given(
    st.lists(st.lists(st.text("abc🚢", min_size=1), min_size=1), min_size=1),
    st.sampled_from([" ", "  ", "\n", " \t"]),
)
def test_single_spacing_undoes_any_wrapping(paragraphs: list[list[str]], space: str) -> None:
    plain = "\n\n".join(" ".join(words) for words in paragraphs)
    wrapped = "\n \n\n".join(space.join(words) for words in paragraphs)
    assert single_spaced(wrapped) == plain == single_spaced(plain)


def test_words_are_runs_between_white_space() -> None:
    assert count_words("Berg's war-time plea:\n\n  “No.” 🚢 ") == 5


# -- fingerprints ---------------------------------------------------------------------------------------


def test_the_fingerprint_by_hand() -> None:
    first, second = fingerprint("A  title\n\nThe\nbody text.")
    assert (first.words, second.words) == (2, 3)
    assert first.sha256 == hashlib.sha256(b"A title").hexdigest()
    assert second.sha256 == hashlib.sha256(b"The body text.").hexdigest()


def test_the_fingerprint_does_not_see_white_space() -> None:
    assert (
        fingerprint("one two\n\nthree")
        == fingerprint("one \u00a0 two\n\n\n\n three\n")
        != fingerprint("one two three")
    )


def test_an_empty_text_has_no_fingerprint() -> None:
    assert fingerprint("") == fingerprint(" \n\n ") == ()


def test_the_hash_of_words_knows_where_words_end() -> None:
    assert words_sha256(["ab", "c"]) != words_sha256(["a", "bc"])
    assert words_sha256(["a", "b"]) == sha256_text("a b")


# -- spans ----------------------------------------------------------------------------------------------

TEXT = "The fuel is loaded. 🚢 A vote of the union is due next week, and nobody knows how it ends."


def test_a_span_counts_code_points() -> None:
    start = TEXT.index("A vote")
    span = make_evidence(TEXT, start, start + 6)
    assert (span.start, span.end) == (22, 28), "the emoji is one"
    assert span.quote_sha256 == sha256_text("A vote")
    assert span.prefix == "The fuel is loaded. 🚢 "
    assert span.suffix == " of the union is due next week, "
    assert len(span.suffix) == CONTEXT


def test_a_span_of_the_whole_text_has_no_context() -> None:
    span = make_evidence(TEXT, 0, len(TEXT))
    assert (span.prefix, span.suffix) == ("", "")


@pytest.mark.parametrize(
    ("start", "end"), [(0, 0), (5, 5), (6, 5), (-1, 5), (0, len(TEXT) + 1), (len(TEXT), len(TEXT) + 1)]
)
def test_a_span_that_is_empty_or_leaves_the_text_is_refused(start: int, end: int) -> None:
    with pytest.raises(
        ValueError, match=rf"span {start}:{end} is empty or leaves the text of {len(TEXT)} characters"
    ):
        make_evidence(TEXT, start, end)


@PLAIN
@given(st.text(min_size=1), st.data())
def test_prefix_quote_and_suffix_are_the_text(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    span = make_evidence(text, start, end)
    around = span.prefix + text[start:end] + span.suffix
    assert text[start - len(span.prefix) : end + len(span.suffix)] == around
    assert len(span.prefix) == min(CONTEXT, start)
    assert len(span.suffix) == min(CONTEXT, len(text) - end)


def spans(*pairs: tuple[int, int]) -> list[Evidence]:
    return [make_evidence("x" * 100, start, end) for start, end in pairs]


def test_the_earlier_given_of_two_overlapping_spans_stays() -> None:
    kept = drop_overlaps(spans((10, 20), (19, 30), (0, 10), (20, 25), (5, 40)))
    assert [(span.start, span.end) for span in kept] == [(0, 10), (10, 20), (20, 25)]


def test_the_same_span_twice_is_kept_once() -> None:
    assert len(drop_overlaps(spans((1, 2), (1, 2)))) == 1


@PLAIN
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12)), max_size=12))
def test_dropping_overlaps(drawn: list[tuple[int, int]]) -> None:
    given_spans = spans(*((start, start + length) for start, length in drawn))
    kept = drop_overlaps(given_spans)
    taken = [place for span in kept for place in range(span.start, span.end)]
    assert taken == sorted(set(taken)), "in text order, no character twice"
    assert set(kept) <= set(given_spans)
    assert (not given_spans) or given_spans[0] in kept
    for span in given_spans:  # what is gone overlaps something that stayed
        assert span in kept or set(taken) & set(range(span.start, span.end))
    assert drop_overlaps(kept) == kept


# -- mentions -------------------------------------------------------------------------------------------

TRUMP = actor("donald-trump", "Donald Trump", "Trump")
ADMINISTRATION = actor("trump-administration", "Trump administration")
STATES = actor("united-states", "United States", "U.S.", "US")
SYRIA = actor("syria", "Syria")


def test_the_longest_name_at_each_place() -> None:
    text = "Trump said the Trump administration will hear Donald Trump."
    assert found(text, TRUMP, ADMINISTRATION) == [
        ("donald-trump", "Trump"),
        ("trump-administration", "Trump administration"),
        ("donald-trump", "Donald Trump"),
    ]
    assert found(text, ADMINISTRATION, TRUMP) == found(text, TRUMP, ADMINISTRATION)


@pytest.mark.parametrize(
    "text", ["Trump's plan", "Trump\u2019s plan", "(Trump)", "anti-Trump", "\u201cTrump\u201d", "Trumps and Trump"]
)
def test_possessives_and_punctuation_end_a_name(text: str) -> None:
    assert found(text, TRUMP) == [("donald-trump", "Trump")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("the U.S. troops", ["U.S."]),
        ("U.S.-led, US-backed", ["U.S.", "US"]),
        ("in the U.S.", ["U.S."]),
        ("the U.S.A. and the USA", []),
        ("U.S.' allies", ["U.S."]),
        ("UxS.", []),
    ],
)
def test_abbreviations_with_points(text: str, words: list[str]) -> None:
    assert [name for _, name in found(text, STATES)] == words


@pytest.mark.parametrize("text", ["Syrian", "Syrians", "Assyria", "syria", "SYRIA", "Syria2", "Syria_", "Syriañ"])
def test_no_demonyms_no_parts_of_words_no_other_case(text: str) -> None:
    assert found(text, SYRIA) == []


def test_names_are_no_patterns() -> None:
    assert found("axb a.b [x] (y", actor("a", "a.b", "[x]", "(y")) == [("a", "a.b"), ("a", "[x]"), ("a", "(y")]


def test_nothing_to_find() -> None:
    assert find_mentions("Syria", []) == ()
    assert find_mentions("", [SYRIA]) == ()


def test_offsets_after_an_emoji() -> None:
    assert find_mentions("🚢 Syria", [SYRIA]) == (Mention("syria", 2, 7),)


@PLAIN
@given(st.text(st.sampled_from("US. Tab-é'"), max_size=30))
def test_mentions_against_a_search_at_every_place(text: str) -> None:
    actors = [STATES, actor("tab", "Tab", "Tab US"), actor("a", "a")]
    names = {name: one.actor_id for one in actors for name in one.names}
    expected, at = [], 0
    while at < len(text):
        there = [
            name
            for name in names
            if text.startswith(name, at)
            and not re.match(r"\w", text[at - 1] if at else "")
            and not re.match(r"\w", text[at + len(name) :])
        ]
        longest = max(there, key=len, default=None)
        if longest is None:
            at += 1
        else:
            expected.append(Mention(names[longest], at, at + len(longest)))
            at += len(longest)
    assert list(find_mentions(text, actors)) == expected
