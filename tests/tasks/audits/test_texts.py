"""What is wrong with texts and spans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from standoff.tasks.audits.texts import check_texts, has_markup, is_mis_encoded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from standoff.tasks.task import LoadedTask

    Load = Callable[[Sequence[dict[str, Any]]], LoadedTask]


@pytest.mark.parametrize(
    "text", ["a\x00b", "caf\ufffd", "it\xe2\x80\x99s", "she said \x93no\x94", "FranÃ§ois est lÃ\xa0", "donâ€™t"]
)
def test_mis_encoded(text: str) -> None:
    assert is_mis_encoded(text)


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "François est là",
        "it\u2019s “so”",
        "São Tomé, naïve, Ærø",
        "Привет",
        "日本語",
        "€5 £4",
        "😀",
        "a\tb\n",
    ],
)
def test_well_encoded(text: str) -> None:
    assert not is_mis_encoded(text)


@pytest.mark.parametrize(
    "text", ["<p>Hello", "end</P>", "a<br/>b", '<a href="x">', "Q&amp;A", "&nbsp;", "&#8217;", "&#x2019;s"]
)
def test_markup(text: str) -> None:
    assert has_markup(text)


@pytest.mark.parametrize("text", ["1 < 2 and 3 > 2", "AT&T; and more", "Q&A", "<3", "a & b;", "x<y", "&unknown;"])
def test_no_markup(text: str) -> None:
    assert not has_markup(text)


def test_each_check_counts_its_items(load: Load) -> None:
    found = check_texts(
        load(
            [
                {"text": "Ann said no"},
                {"text": "?! …"},
                {"text": "Ann\ufffd said"},
                {"text": "<b>Ann</b> said"},
                {"text": "Annie said", "actor_spans": [(0, 3)]},
                {"text": "Annie said", "target_spans": [(0, 5), (7, 10)]},
                {"text": "Annie said", "actor_spans": [(0, 5)], "target_spans": [(6, 10)]},
            ]
        ).frame
    )
    assert found.empty.ids == ("i1",)
    assert found.mis_encoded.ids == ("i2",)
    assert found.markup.ids == ("i3",)
    assert found.span_cuts_word.ids == ("i4", "i5")
    assert found.over_long.count == 0
    assert (found.median_words, found.most_words) == (2.0, 3)


@pytest.mark.parametrize(
    ("usual", "longest", "over_long"),
    [
        (5, 200, False),  # forty times the usual, and still a paragraph
        (5, 201, True),
        (30, 300, False),
        (30, 301, True),
    ],
)
def test_over_long_is_above_ten_times_the_median_and_two_hundred_words(
    load: Load, *, usual: int, longest: int, over_long: bool
) -> None:
    found = check_texts(load([{"text": "word " * usual}] * 4 + [{"text": "word " * longest}]).frame)
    assert found.over_long.ids == (("i4",) if over_long else ())


@pytest.mark.parametrize("text", ["»Åse sagde det.", "»Ärger« und »Über«", "Hun sagde: »Élise.", "«Ñandú», dijo"])
def test_a_quotation_that_begins_with_an_accent_is_right(text: str) -> None:
    assert not is_mis_encoded(text)
