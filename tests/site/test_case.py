from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standoff.errors import NotFoundError
from standoff.site.case import Case, Piece, cut, read_case


def span(start: int, end: int) -> dict[str, int]:
    return {"start": start, "end": end}


def test_text_is_cut_where_evidence_begins_and_ends() -> None:
    assert cut("abcdef", [[span(1, 3)], [span(2, 5)]]) == (
        Piece("a", ()),
        Piece("b", (1,)),
        Piece("c", (1, 2)),
        Piece("de", (2,)),
        Piece("f", ()),
    )


def test_without_evidence_the_text_is_one_piece() -> None:
    assert cut("abc", []) == (Piece("abc", ()),)


@given(
    st.text(min_size=1, max_size=60),
    st.lists(st.tuples(st.integers(0, 59), st.integers(1, 60)), max_size=6),
)
def test_the_pieces_are_the_text(text: str, ends: list[tuple[int, int]]) -> None:
    spans = [[span(a, b)] for a, b in ends if a < b <= len(text)]
    pieces = cut(text, spans)
    assert "".join(piece.text for piece in pieces) == text
    for number, (one,) in enumerate(spans, start=1):
        marked = "".join(piece.text for piece in pieces if number in piece.statements)
        assert marked == text[one["start"] : one["end"]]


def test_the_first_case_is_assad_and_trump() -> None:
    case = read_case()
    stances = {row["actor_id"]: row for row in case.statements}
    assert stances["bashar-al-assad"]["stance"] == "seeks"
    assert stances["bashar-al-assad"]["condition"] == "quid_pro_quo"
    assert stances["bashar-al-assad"]["relay"] == "anonymous"
    assert stances["donald-trump"]["stance"] == "opposes"
    assert stances["donald-trump"]["actor_roles"] == ["President-elect of the United States"]
    assert "United Arab Emirates" in case.without
    assert {row["kind"] for row in case.statements} == {"model"}
    assert "".join(piece.text for piece in case.pieces) == case.article["text"]


@pytest.mark.parametrize(
    ("article", "proposition", "says"),
    [
        ("syria-2024-assad-ofer", "syria-2024-us-keep-assad", "did you mean syria-2024-assad-offer"),
        ("syria-2024-voz-assad-begs", "syria-2024-us-keep-assad", "not included"),
        ("syria-2024-assad-offer", "syria-2024-un-transition", "proposition of this article"),
    ],
)
def test_what_is_not_there(article: str, proposition: str, says: str) -> None:
    with pytest.raises(NotFoundError, match=says):
        read_case(article, proposition)


def test_the_html_escapes_every_text() -> None:
    hostile = '<script>alert("x")</script>'
    row = {
        "actor": hostile,
        "actor_roles": [hostile],
        "stance": "seeks",
        "label": "support",
        "attribution": "indirect",
        "commitment": "asserted",
        "condition": "none",
        "relay": "none",
        "kind": "model",
    }
    article = {"language": "en", "published": "2024-12-08", "outlet": hostile, "article_id": hostile}
    html = Case(article, hostile, (row,), (hostile,), (Piece(hostile, (1,)), Piece("rest", ())))._repr_html_()
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 7


class Balance(HTMLParser):
    """Fails on a tag that is not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_html_is_well_formed_and_marks_the_evidence() -> None:
    case = read_case()
    html = case._repr_html_()
    parser = Balance()
    parser.feed(html)
    assert parser.open == []
    assert len(re.findall("<mark", html)) == sum(bool(piece.statements) for piece in case.pieces)
