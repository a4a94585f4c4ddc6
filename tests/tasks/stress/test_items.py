from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tasks.stress.made import make_loaded

from standoff.tasks.frame import COLUMNS
from standoff.tasks.stress.items import (
    Edit,
    Item,
    Rewritten,
    mentions,
    names_left,
    overlap,
    rewrite,
    scored_items,
    to_frame,
)

#       0123456789012345678901234
TEXT = "Ann 😀 backs Bo; Bo is shy."


def test_places_are_code_points_and_move_along() -> None:
    made = Rewritten(TEXT, [Edit(0, 3, "Entity A"), Edit(12, 14, "B")])
    assert made.text == "Entity A 😀 backs B; Bo is shy."
    assert made.spans([(0, 3), (12, 14), (16, 18)]) == ((0, 8), (17, 18), (20, 22))


def test_a_span_stretches_with_an_edit_inside_it() -> None:
    made = Rewritten('the "so-called" plan', [Edit(4, 5, ""), Edit(14, 15, "")])
    assert made.text == "the so-called plan"
    (span,) = made.spans([(0, 20)])
    assert made.text[slice(*span)] == "the so-called plan"
    (inner,) = made.spans([(4, 15)])
    assert made.text[slice(*inner)] == "so-called"


@pytest.mark.parametrize("span", [(0, 10), (4, 11), (5, 7), (0, 11)])
def test_a_span_that_ends_inside_an_edit_takes_all_of_it_in(span: tuple[int, int]) -> None:
    made = Rewritten("Los Angeles wins", [Edit(0, 11, "Entity A")])
    assert made.spans([span]) == ((0, 8),)


def test_spans_beside_an_edit_stay_beside_it() -> None:
    made = Rewritten("one two three", [Edit(4, 7, "twenty")])
    assert made.text == "one twenty three"
    assert made.spans([(0, 4), (7, 13), (4, 7)]) == ((0, 4), (10, 16), (4, 10))


def test_a_span_is_there_once() -> None:
    assert Rewritten("Los Angeles", [Edit(0, 11, "X")]).spans([(0, 3), (4, 11)]) == ((0, 1),)


def test_a_span_of_which_nothing_is_left_is_gone() -> None:
    assert Rewritten('x "" y', [Edit(2, 4, "")]).spans([(2, 4), (0, 1)]) == ((0, 1),)


@given(
    text=st.text("ab 😀é", min_size=1, max_size=30),
    cuts=st.lists(st.integers(0, 30), min_size=2, max_size=8),
    news=st.lists(st.text("xyz", max_size=4), min_size=4, max_size=4),
    place=st.tuples(st.integers(0, 30), st.integers(0, 30)),
)
def test_what_lies_outside_edits_reads_as_before(
    text: str, cuts: list[int], news: list[str], place: tuple[int, int]
) -> None:
    places = sorted({cut for cut in cuts if cut <= len(text)})
    edits = [Edit(start, end, new) for start, end, new in zip(places[::2], places[1::2], news, strict=False)]
    start, end = sorted(min(one, len(text)) for one in place)
    made = Rewritten(text, edits)
    assert len(made.text) == len(text) + sum(len(new) - (stop - begin) for begin, stop, new in edits)
    for span in made.spans([(start, end)]):
        assert 0 <= span[0] < span[1] <= len(made.text)
    if start < end and not overlap([(start, end)], [edit[:2] for edit in edits]):
        ((begin, stop),) = made.spans([(start, end)])
        assert made.text[begin:stop] == text[start:end]


def test_mentions_are_spans_and_exact_names_as_whole_words() -> None:
    assert mentions(TEXT, "Bo", []) == [(12, 14), (16, 18)]
    assert mentions(TEXT, "Bo", [(19, 21)]) == [(12, 14), (16, 18), (19, 21)]
    assert mentions("Boston, Bo", "Bo", []) == [(8, 10)]
    assert mentions(TEXT, "", []) == []


def test_mentions_that_overlap_are_one_and_are_stretched_to_whole_words() -> None:
    assert mentions("New York City", "New York", [(4, 13)]) == [(0, 13)]
    assert mentions("New York City", "York", [(0, 13)]) == [(0, 13)]
    assert mentions("in Los Angeles now", "Los Angele", [(3, 13)]) == [(3, 14)]
    assert mentions("anti-Muslim", "Musli", [(6, 9)]) == [(5, 11)]


def test_overlap_means_a_character_in_common() -> None:
    assert overlap([(0, 3)], [(2, 5)])
    assert not overlap([(0, 3)], [(3, 5)])
    assert not overlap([], [(0, 9)])


def test_a_name_is_given_away_by_a_form_of_one_of_its_words() -> None:
    assert names_left("The Kenyan police left.", "Kenya")
    assert names_left("Chinese firms", "China")
    assert names_left("Mr Trump said", "Donald Trump")
    assert not names_left("kenyan", "Kenya")  # a name begins with a capital letter
    assert not names_left("The Key point", "Kenya")
    assert not names_left("A judge said so.", "federal judge")  # no name
    assert not names_left("UNESCO asks", "UN")  # two letters begin too many words


def test_a_name_is_given_away_by_itself_however_short() -> None:
    assert names_left("The UN asks", "UN")
    assert not names_left("The UN asks", "UN", [(4, 6)])
    assert not names_left("The UN asks", "")


def test_a_name_is_not_given_away_where_it_is_known_to_stand() -> None:
    assert names_left("Kenya waits", "Kenya")
    assert not names_left("Kenya waits", "Kenya", [(0, 5)])


def an_item(**changes: object) -> Item:
    known: dict[str, object] = {
        "id": "1",
        "group": "g",
        "text": "Ann backs Bo.",
        "actor": "Ann",
        "target": "Bo",
        "label": "pos",
        "actor_spans": ((0, 3),),
        "target_spans": ((10, 12),),
        "split": "test",
        "slices": {"year": 2020},
    }
    return Item(**(known | changes))  # type: ignore[arg-type]


def test_rewriting_an_item_changes_text_and_spans_alone() -> None:
    made = rewrite(an_item(), [Edit(4, 9, "supports")])
    assert (made.text, made.actor_spans, made.target_spans) == ("Ann supports Bo.", ((0, 3),), ((13, 15),))
    assert (made.id, made.actor, made.label, made.slices) == ("1", "Ann", "pos", {"year": 2020})


def test_a_frame_has_the_nine_columns_and_the_original() -> None:
    frame = to_frame([(an_item(), an_item(label="neg"))], "noise")
    assert list(frame.columns) == [*COLUMNS, "original"]
    (row,) = frame.to_dict("records")
    assert (row["id"], row["original"], row["group"], row["label"]) == ("1~noise", "1", "g", "neg")
    assert row["actor_spans"] == [(0, 3)]


def test_a_frame_without_items_has_its_columns() -> None:
    assert list(to_frame([], "noise").columns) == [*COLUMNS, "original"]


def test_the_items_are_those_that_are_scored() -> None:
    rows = [
        {"text": "Ann.", "label": "none", "split": "train", "year": 1},
        {"text": "Bo.", "label": "none", "target_spans": [(0, 2)], "year": 2},
    ]
    (item,) = scored_items(make_loaded(*rows))
    assert (item.id, item.text, item.target_spans, item.slices) == ("1", "Bo.", ((0, 2),), {"year": 2})
