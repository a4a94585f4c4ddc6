from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standoff.annotation.elsewhere.anchor import Alignment, UnanchoredError, Way, ink
from standoff.corpus.text import normalise

OURS = 'Westland "may" send troops; Westland waits.\n\nAda Berg\nasks again.'


def reason(alignment: Alignment, quote: str) -> str:
    with pytest.raises(UnanchoredError) as caught:
        alignment.find(quote)
    return str(caught.value)


def test_offsets_hold_where_the_texts_are_the_same() -> None:
    assert Alignment(OURS, OURS).locate(0, 8) == (0, 8, Way.OFFSET)


def test_characters_are_counted_where_only_white_space_differs() -> None:
    theirs = "  " + OURS.replace("\n\n", "\r\n\r\n\r\n").replace(" ", "  ")
    start = theirs.rindex("Westland")
    found = Alignment(theirs, OURS).locate(start, start + len("Westland  waits.\r\n"))
    assert found == (28, 43, Way.SPACING)
    assert OURS[28:43] == "Westland waits."


def test_words_are_sought_where_the_texts_differ() -> None:
    theirs = "By our desk. " + OURS
    alignment = Alignment(theirs, OURS)
    start = theirs.index("Ada")
    assert alignment.locate(start, start + 8) == (45, 53, Way.QUOTE)
    with pytest.raises(UnanchoredError, match="quote-ambiguous"):
        alignment.locate(theirs.index("Westland"), theirs.index("Westland") + 8)
    with pytest.raises(UnanchoredError, match="quote-not-found"):
        alignment.locate(0, 6)


def test_a_quote_is_found_once_or_not_at_all() -> None:
    alignment = Alignment(None, OURS)
    assert alignment.find("Ada Berg\nasks") == (45, 58, Way.QUOTE)
    assert alignment.find(" Ada  Berg asks\r\n") == (45, 58, Way.QUOTE_SPACING)
    assert reason(alignment, "Westland") == "quote-ambiguous"
    assert reason(alignment, "Eastland") == "quote-not-found"
    assert reason(alignment, " \n") == "span-empty"
    assert reason(Alignment(None, "a.a.a"), "a.a") == "quote-ambiguous"
    assert reason(Alignment(None, "axa"), "a.a") == "quote-not-found"


def test_what_dna_writes_is_found_where_it_was() -> None:
    alignment = Alignment(None, OURS)
    assert alignment.find("'may' send troops, Westland", written=True)[:2] == (9, 36)
    assert reason(alignment, "'may' send troops, Westland") == "quote-not-found"


def test_an_empty_span_and_half_a_character_have_no_place() -> None:
    for theirs, span, why in (
        (OURS, (3, 3), "span-empty"),
        (OURS, (8, 9), "span-empty"),
        ("e\u0301a", (0, 1), "span-splits-character"),
        ("a\r\nb", (0, 2), "span-splits-character"),
    ):
        with pytest.raises(UnanchoredError, match=why):
            Alignment(theirs, normalise(theirs)).locate(*span)


def test_without_a_text_there_is_nothing_to_count() -> None:
    with pytest.raises(TypeError, match="no text"):
        Alignment(None, OURS).locate(0, 1)


LETTERS = "ab\u00e9 \n\r\U0001f6a2\U0001d49ce\u0301\u05e9\u05dc\u202e\u0639\u1100\u1161"


@given(text=st.text(st.sampled_from(LETTERS), min_size=1, max_size=40), data=st.data())
def test_a_located_span_has_the_words_that_were_marked(text: str, data: st.DataObject) -> None:
    """Whatever white space, line ends and normal form a copy has, the marked words come out, or an error does."""
    ours = " ".join(normalise(text).split())
    theirs = data.draw(
        st.sampled_from([text, unicodedata.normalize("NFD", text), ours, text.replace(" ", "\r\n ")])
    )
    start = data.draw(st.integers(0, len(theirs) - 1)) if theirs else 0
    end = data.draw(st.integers(start, len(theirs)))
    try:
        first, last, way = Alignment(theirs, ours).locate(start, end)
    except UnanchoredError as error:
        assert str(error) in {"span-empty", "span-splits-character"}  # noqa: PT017  # the other outcome is as good
        return
    assert ink(ours[first:last]) == ink(theirs[start:end])
    assert way in {Way.OFFSET, Way.SPACING}
    # As many characters before it: it is this place and no other with the same words.
    assert len(ink(ours[:first])) == len(ink(theirs[:start]))
