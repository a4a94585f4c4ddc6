"""Vocabularies as bytes: what goes in comes out, and nothing else goes in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standoff.baselines.vocabulary import packed, places

LETTERS = st.characters(exclude_characters="\n", exclude_categories=())


@given(st.lists(st.text(LETTERS, min_size=1, max_size=9), max_size=9, unique=True))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_terms_come_back_in_their_order(terms: list[str]) -> None:
    assert list(places(packed(terms)).items()) == [(term, at) for at, term in enumerate(terms)]


def test_terms_are_stored_as_utf_8_with_line_feeds_between() -> None:
    assert packed(["ä", "b c"]).tobytes() == "ä\nb c".encode()
    assert packed([]).shape == (0,)
    assert packed(iter(["x"])).dtype == np.uint8
    assert places(np.empty(0, dtype=np.uint8)) == {}


def test_other_breaks_of_lines_are_parts_of_terms() -> None:
    terms = ["a\rb", "c\u2028d", "e\x1cf"]
    assert list(places(packed(terms))) == terms


@pytest.mark.parametrize("raw", [b"\xff", b"a\n\xc3", b"\xc0\x80", b"\xf5\x80\x80\x80"])
def test_bytes_that_are_no_utf_8_are_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="utf-8"):
        places(np.frombuffer(raw, dtype=np.uint8))


@pytest.mark.parametrize("raw", [b"\n", b"a\n", b"\na", b"a\n\nb", b"a\nb\na"])
def test_terms_that_are_empty_or_there_twice_are_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="empty or there twice"):
        places(np.frombuffer(raw, dtype=np.uint8))


@pytest.mark.parametrize(
    "value",
    [None, "a", b"a", [97], np.array([97]), np.array([[97]], dtype=np.uint8), np.uint8(97), np.array(["a"])],
)
def test_what_is_no_row_of_bytes_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="not a row of bytes"):
        places(value)
