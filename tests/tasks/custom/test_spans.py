"""Offsets of every kind become code points, and inline tags leave the text as it was before them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standoff.tasks.custom.declared import Spans
from standoff.tasks.custom.fields import Columns
from standoff.tasks.custom.rows import Row, Rows, Source, UnknownColumnError
from standoff.tasks.custom.schema import Tags
from standoff.tasks.custom.spans import span_reader, untag
from standoff.tasks.custom.values import BadValueError

TEXT = "Élan 😀 backs Bo."
"""Bo stands at code points 13 to 15, UTF-16 units 14 to 16, bytes 17 to 19, and is the word 3."""


def spans(text: str, level: dict[str, Any], *declared: dict[str, Any]) -> list[tuple[int, int]]:
    row = Row(Source("a.csv", "a", "line", ""), "2", (level,))
    columns = Columns(Rows([row], ("",)), Path())
    return span_reader([Spans.model_validate(one) for one in declared], columns)(row, text)


AT = {"start": "s", "end": "e"}


@pytest.mark.parametrize(
    ("level", "declared"),
    [
        ({"s": 13, "e": 15}, AT),
        ({"s": "13", "e": " 15 "}, AT),
        ({"s": 13.0, "e": 15.0}, AT),
        ({"s": 13, "e": 14}, {**AT, "inclusive_end": True}),
        ({"s": 14, "e": 16}, {**AT, "counts_from": 1}),
        ({"s": 14, "e": 15}, {**AT, "counts_from": 1, "inclusive_end": True}),
        ({"s": 14, "e": 16}, {**AT, "unit": "utf-16"}),
        ({"s": 17, "e": 19}, {**AT, "unit": "bytes"}),
        ({"s": 17, "e": 18}, {**AT, "unit": "bytes", "inclusive_end": True}),
        ({"l": [{"s": 13, "e": 15}]}, {"list": "l", **AT}),
        ({"l": [[13, 15]]}, {"list": "l"}),
        ({"l": '[{"s": 13, "e": 15}]'}, {"list": "l", **AT}),
        ({"l": "[[13, 15]]"}, {"list": "l"}),
        ({"l": "[(13, 15)]"}, {"list": "l"}),
        ({"l": [[13, 15], [13, 15]]}, {"list": "l"}),
        ({"s": [13], "e": [15]}, AT),
        ({"l": [{"s": 13, "e": 15}, {}]}, {"start": "l[].s", "end": "l[].e"}),
        (
            {"o": "13-15"},
            {"start": {"column": "o", "match": r"^(\d+)-"}, "end": {"column": "o", "match": r"\d+$"}},
        ),
        ({"s": 13}, {"start": "s", "end": {"constant": 15}}),
        ({"name": "Bo"}, {"find": "name"}),
        ({"name": "Bo"}, {"find": {"template": "{name}"}}),
    ],
)
def test_one_span_in_every_spelling(level: dict[str, Any], declared: dict[str, Any]) -> None:
    assert spans(TEXT, level, declared) == [(13, 15)]


@pytest.mark.parametrize(
    ("level", "declared"),
    [
        ({"s": "", "e": ""}, AT),
        ({"s": None, "e": float("nan")}, AT),
        ({"l": []}, {"list": "l"}),
        ({"l": None}, {"list": "l"}),
        ({"l": ""}, {"list": "l"}),
        ({"l": "[]"}, {"list": "l"}),
        ({"l": [{"s": None, "e": None}]}, {"list": "l", **AT}),
        ({"name": ""}, {"find": "name"}),
        ({"name": "B"}, {"find": "name"}),
    ],
)
def test_no_span(level: dict[str, Any], declared: dict[str, Any]) -> None:
    assert spans(TEXT, level, declared) == []


def test_words_are_counted_between_white_space() -> None:
    assert spans("Ann  Lee backs\nBo .", {"s": 0, "e": 2}, {**AT, "unit": "words"}) == [(0, 8)]
    assert spans("Ann  Lee backs\nBo .", {"s": 3, "e": 3}, {**AT, "unit": "words", "inclusive_end": True}) == [
        (15, 17)
    ]
    with pytest.raises(BadValueError, match=r"the span \(4, 6\) is not inside the text of 5 words"):
        spans("Ann  Lee backs\nBo .", {"s": 4, "e": 6}, {**AT, "unit": "words"})


def test_half_of_a_surrogate_pair_has_three_bytes() -> None:
    assert spans("\ud83d Bo", {"s": 4, "e": 6}, {**AT, "unit": "bytes"}) == [(2, 4)]


def test_several_ways_add_up_in_the_order_declared() -> None:
    level = {"s": 13, "e": 15, "l": [[0, 4], [13, 15]], "name": "backs"}
    assert spans(TEXT, level, AT, {"list": "l"}, {"find": "name"}) == [(13, 15), (0, 4), (7, 12)]


@pytest.mark.parametrize(
    ("level", "declared", "message"),
    [
        ({"s": 13, "e": 17}, AT, "column 's': the span (13, 17) is not inside the text of 16 code-points"),
        ({"s": -1, "e": -1}, AT, "the span (-1, -1) is not inside"),
        ({"s": 3, "e": 3}, AT, "the span (3, 3) is not inside"),
        ({"s": 3, "e": ""}, AT, "the span (3, None) is not inside"),
        ({"s": 0, "e": 3}, {**AT, "counts_from": 1}, "the span (0, 3) is not inside"),
        ({"s": 6, "e": 8}, {**AT, "unit": "utf-16"}, "the span (6, 8) cuts a character (utf-16)"),
        ({"s": 1, "e": 5}, {**AT, "unit": "bytes"}, "the span (1, 5) cuts a character (bytes)"),
        ({"s": "3.5", "e": 5}, AT, "column 's': is '3.5', not a whole number"),
        ({"s": [1, 2], "e": 5}, AT, "column 's': is [1, 2], not a whole number"),
        ({"l": "13-15"}, {"list": "l"}, "column 'l': is '13-15', not a list of spans"),
        ({"l": 13}, {"list": "l"}, "column 'l': is 13, not a list of spans"),
        ({"l": [[1, 2, 3]]}, {"list": "l"}, "column 'l': holds [1, 2, 3], not [start, end]"),
        ({"l": [[1, 2]]}, {"list": "l", **AT}, "holds [1, 2], not an object with 's' and 'e'"),
        ({"l": [{"s": 1, "e": 2}]}, {"list": "l"}, "not [start, end]"),
    ],
)
def test_a_span_that_does_not_fit_is_named(level: dict[str, Any], declared: dict[str, Any], message: str) -> None:
    with pytest.raises(BadValueError) as caught:
        spans(TEXT, level, declared)
    assert message in str(caught.value)


def test_a_column_of_spans_that_is_nowhere_is_refused() -> None:
    for declared in (AT, {"list": "s"}, {"find": "s"}):
        with pytest.raises(UnknownColumnError, match="no column named 's'"):
            spans(TEXT, {"e": 1}, declared)


def test_a_key_that_no_listed_span_has_is_refused() -> None:
    level = {"l": [{"from": 0, "to": 3}, {"kind": "relation"}]}
    with pytest.raises(UnknownColumnError, match="in the list 'l': no key named 'frm'; did you mean from"):
        spans(TEXT, level, {"list": "l", "start": "frm", "end": "to"})
    with pytest.raises(UnknownColumnError, match="in the list 'l': no key named 'too'; did you mean to"):
        spans(TEXT, level, {"list": "l", "start": "from", "end": "too"})
    assert spans(TEXT, level, {"list": "l", "start": "from", "end": "to"}) == [(0, 3)]


@given(text=st.text(alphabet="aé😀 \u0301", min_size=1, max_size=30), data=st.data())
def test_units_agree_on_every_span(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    widths = {"code-points": ("utf-32-le", 4), "utf-16": ("utf-16-le", 2), "bytes": ("utf-8", 1)}
    for unit, (encoding, width) in widths.items():
        level = {"s": len(text[:start].encode(encoding)) // width, "e": len(text[:end].encode(encoding)) // width}
        assert spans(text, level, {**AT, "unit": unit}) == [(start, end)]


BOTH = {"actor": ["<s>", "</s>"], "target": ["<o>", "</o>"]}
SAME = {"actor": ["[", "]"], "target": ["[", "]"]}


def untagged(
    text: str, tags: dict[str, list[str]], actor: str = "", target: str = ""
) -> tuple[str, list[str], list[str]]:
    """Return the text, and the words of the actor's and the target's spans."""
    found = untag(text, Tags.model_validate(tags), {"actor": actor, "target": target}, "text")
    words = [[found.text[start:end] for start, end in kind] for kind in (found.actor, found.target)]
    return found.text, words[0], words[1]


@pytest.mark.parametrize(
    ("text", "tags", "expected"),
    [
        ("<s>Ann</s> backs <o>Bo</o>.", BOTH, ("Ann backs Bo.", ["Ann"], ["Bo"])),
        ("<s>Ann</s>, <s>she</s> <o>Bo</o>", BOTH, ("Ann, she Bo", ["Ann", "she"], ["Bo"])),
        ("<o>The aide of <s>Ann</s></o>", BOTH, ("The aide of Ann", ["Ann"], ["The aide of Ann"])),
        ("<s>Ann <o>and</s> Bo</o>", BOTH, ("Ann and Bo", ["Ann and"], ["and Bo"])),
        ("<s> Ann\n</s>backs", BOTH, (" Ann\nbacks", ["Ann"], [])),
        ("Ann < Bo", BOTH, ("Ann < Bo", [], [])),
        ("**Ann** backs", {"actor": ["**", "**"]}, ("Ann backs", ["Ann"], [])),
        (
            "{A:Ann} backs {T:Bo}",
            {"actor": ["{A:", "}"], "target": ["{T:", "}"]},
            ("Ann backs Bo", ["Ann"], ["Bo"]),
        ),
        ("{A:Ann's {T:Bo}}", {"actor": ["{A:", "}"], "target": ["{T:", "}"]}, ("Ann's Bo", ["Ann's Bo"], ["Bo"])),
        ("_Ann_ __Bo__", {"actor": ["_", "_"], "target": ["__", "__"]}, ("Ann Bo", ["Ann"], ["Bo"])),
        ("<s>Ann</s>", {}, ("<s>Ann</s>", [], [])),
    ],
)
def test_tags_are_taken_out(
    text: str, tags: dict[str, list[str]], expected: tuple[str, list[str], list[str]]
) -> None:
    assert untagged(text, tags) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[Ann] backs [Bo]", ("Ann backs Bo", ["Ann"], ["Bo"])),
        ("[Bo] is backed by [Ann]", ("Bo is backed by Ann", ["Ann"], ["Bo"])),
        ("[ Ann] backs [Bo ] too", (" Ann backs Bo  too", ["Ann"], ["Bo"])),
        ("[Ann] said [sic] [Bo]", ("Ann said [sic] Bo", ["Ann"], ["Bo"])),
        ("[[Ann] x] [Bo]", ("[Ann x] Bo", ["Ann"], ["Bo"])),
        ("Ann] and [ [Bo]", ("Ann] and [ Bo", [], ["Bo"])),
    ],
)
def test_the_same_tags_are_told_apart_by_the_names(text: str, expected: tuple[str, list[str], list[str]]) -> None:
    assert untagged(text, SAME, "Ann", "Bo") == expected


def test_empty_brackets_are_no_tags_of_an_unnamed_actor() -> None:
    assert untagged("[] backs [Bo]", SAME, "", "Bo") == ("[] backs Bo", [], ["Bo"])


def test_of_one_name_the_actor_is_the_first() -> None:
    assert untagged("[Ann] and [Ann]", SAME, "Ann", "Ann") == ("Ann and Ann", ["Ann"], ["Ann"])
    found = untag("[Ann] and [Ann]", Tags.model_validate(SAME), {"actor": "Ann", "target": "Ann"}, "text")
    assert (found.actor, found.target) == ([(0, 3)], [(8, 11)])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<s>Ann backs <o>Bo</o>", "column 'text': the tag of the actor does not close"),
        ("<s>Ann backs <o>Bo", "the tag of the actor and the target does not close"),
        ("Ann</s> backs", "the tag '</s>' at 3 has no other that belongs to it"),
        ("<s>Ann <s>Lee</s></s>", "the tag '<s>' at 7 has no other that belongs to it"),
        ("<s></s>Ann", "the tag '</s>' at 3 closes around nothing"),
        ("<s> </s>Ann", "the tag '</s>' at 4 closes around nothing"),
    ],
)
def test_tags_that_do_not_fit_are_named(text: str, message: str) -> None:
    with pytest.raises(BadValueError) as caught:
        untagged(text, BOTH)
    assert str(caught.value).endswith(message)


@given(
    st.lists(
        st.tuples(st.sampled_from(["plain", "s", "o"]), st.text(alphabet="ab <", min_size=1).filter(str.strip)),
        max_size=8,
    )
)
def test_untagging_undoes_tagging(parts: list[tuple[str, str]]) -> None:
    tagged = "".join(word if kind == "plain" else f"<{kind}>{word}</{kind}>" for kind, word in parts)
    text, actors, targets = untagged(tagged, BOTH)
    assert text == "".join(word for _, word in parts)
    assert actors == [word.strip() for kind, word in parts if kind == "s"]
    assert targets == [word.strip() for kind, word in parts if kind == "o"]
