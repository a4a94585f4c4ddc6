"""What a stranger's words may be, and what they look like."""
# ruff: noqa: RUF001 - letters that look like others are what is tested

from __future__ import annotations

import html
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.text import Text

from standoff.baselines.registry import BASELINES
from standoff.experiments.plain_text import looks, plain


@pytest.mark.parametrize(
    "text",
    [
        "A negation rule",
        "BERT (large), fine-tuned; 3 epochs at 2e-5: AT&T's best?",
        "DeBERTa-v3_large #2",
        "Система «Заря»",
        "日本語のモデル",
        "مدل",
        "Zażółć gęślą jaźń",
        "3.5 Turbo",
        "(no name) 100 % + 1",
        "ada@example.org",
        "at 12:30",
    ],
)
def test_words_stay_as_they_are(text: str) -> None:
    assert plain(text) == text


def test_white_space_is_single_spaces() -> None:
    assert plain("  two\nlines\u00a0of \u2003 words\n") == "two lines of words"


def test_text_is_composed() -> None:
    assert plain(unicodedata.normalize("NFD", "Zażółć")) == "Zażółć"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\x1b[31mb", r"holds U\+001B"),
        ("a\x07b", r"holds U\+0007"),
        ("a\x00b", r"holds U\+0000"),
        ("a\tb", r"holds U\+0009"),
        ("a\rb", r"holds U\+000D"),
        ("a\x9bb", r"holds U\+009B"),
        ("a\u2028b", r"holds U\+2028"),
        ("a\u202eb", r"holds U\+202E"),
        ("a\u2066b", r"holds U\+2066"),
        ("a\u200bb", r"holds U\+200B"),
        ("a\ufeffb", r"holds U\+FEFF"),
        ("a\u3164b", r"holds U\+3164"),
        ("a\ue000b", r"holds U\+E000"),
        ("a\U000e0041b", r"holds U\+E0041"),
        ("[red]alert[/red]", r"holds '\['"),
        ("![x](http://x)", r"holds '!?\['"),
        ("<script>", "holds '<'"),
        ("a | b", r"holds '\|'"),
        ("`code`", "holds '`'"),
        ("a *b* c", r"holds '\*'"),
        ("_a_", "holds '_'"),
        ("~~a~~", "holds '~'"),
        ("$x$", r"holds '\$'"),
        ("{{ x }}", "holds '{'"),
        ("a\\b", "holds"),
        ("&#x202e;x", "holds '&#x202e;'"),
        ("&lt;b&gt;", "holds '&lt;'"),
        ("see http://example.org", "holds '://'"),
        ("see WWW.example.org", "holds 'WWW.'"),
        ("good :thumbsup: one", "holds ':thumbsup:'"),
        ("", "does not begin"),
        ("  \n ", "does not begin"),
        ("# heading", "does not begin"),
        ("- item", "does not begin"),
        ("1. item", "does not begin"),
        ("=1+1", "does not begin"),
        ("\u0301a", "does not begin"),
        ("q" + "\u0335\u0336\u0337\u0338" + "x", "more than 3 accents"),
    ],
)
def test_what_is_more_than_words_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plain(text)


MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

SIGNS = "[]()<>!&#;:/*_`~|\\-+=.\"'$@{}^\t\x1b\u202e\u0301\u00a0"
WORDS = st.sampled_from(["word", "Über", "12", "a_b", " ", ", ", ": ", "(", ")", "\n", ". ", "1.", "amp;", "@x.y"])
HOSTILE = st.text(st.sampled_from(SIGNS) | st.characters(), max_size=40) | st.lists(
    WORDS | WORDS | WORDS | st.sampled_from(SIGNS), max_size=12
).map("".join)


@settings(derandomize=True, deadline=None, database=None, max_examples=1500)
@given(HOSTILE)
@example("a\n===")
@example("a\n---")
@example("a | b\n--|--")
@example("1) a")
@example('"a" &amp b')
def test_what_is_accepted_shows_as_itself(text: str) -> None:
    """In Markdown with HTML, in the markup of rich, and on a terminal."""
    try:
        line = plain(text)
    except ValueError:
        return
    assert plain(line) == line
    assert line.isprintable()
    assert html.unescape(MARKDOWN.render(line)) == f"<p>{line}</p>\n"
    assert MARKDOWN.render(line).count("<") == 2
    assert Text.from_markup(line).plain == line


def test_the_property_can_fail() -> None:
    assert "<em>" in MARKDOWN.render("a *b* c")
    assert Text.from_markup("[red]a").plain == "a"


@pytest.mark.parametrize(
    ("text", "baseline"),
    [
        ("TFIDF-SVM", "tfidf_svm"),
        ("tfidf svm", "tfidf_svm"),
        ("tfidf_ѕvm", "tfidf_svm"),
        ("tfıdf_svm", "tfidf_svm"),
        ("tf1df_l0greg", "tfidf_logreg"),
        ("mаjоrіtу", "majority"),
        ("Μαjority", "majority"),
        ("rnajority", "majority"),
        ("ｍａｊｏｒｉｔｙ", "majority"),
        ("m\u0301ajority", "majority"),
        ("maj\u200dority", "majority"),
        ("text—blind", "text_blind"),
    ],
)
def test_what_looks_like_a_baseline(text: str, baseline: str) -> None:
    assert looks(text).replace("-", "") == looks(baseline).replace("-", "")


def test_baselines_do_not_look_alike() -> None:
    assert len({looks(name).replace("-", "") for name in BASELINES}) == len(BASELINES)


@pytest.mark.parametrize(
    ("one", "other"), [("llama-3-1b", "llama-31b"), ("bert", "berta"), ("a-1", "a-2"), ("Заря", "Зоря")]
)
def test_what_does_not_look_alike(one: str, other: str) -> None:
    assert looks(one) != looks(other)


def test_the_kind_of_hyphen_and_its_number_do_not_count() -> None:
    assert looks("my_system") == looks("my-system") == looks("--My  System") == "my-system"
