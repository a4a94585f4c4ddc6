"""Where a text names actor and target, derived by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from standoff.baselines.mentions import Item, MarkedWords, marked_words

Spans = list[tuple[int, int]]


def marked(
    text: str,
    actor: str = "",
    target: str = "",
    actor_spans: Spans | None = None,
    target_spans: Spans | None = None,
) -> str:
    frame = pd.DataFrame(
        {
            "text": [text],
            "actor": [actor],
            "target": [target],
            "actor_spans": [actor_spans or []],
            "target_spans": [target_spans or []],
        }
    )
    (words,) = marked_words(frame)
    return " ".join(words)


def at(text: str, *parts: str) -> Spans:
    return [(text.index(part), text.index(part) + len(part)) for part in parts]


def test_words_and_punctuation_are_in_lower_case() -> None:
    assert marked("NATO's plan: “No way!”, 3.5 km") == "nato's plan : “ no way ! ” , 3 . 5 km"
    assert marked("") == ""
    assert marked(" \r\n\t") == ""
    assert marked("l’État d'été") == "l’état d'été"  # noqa: RUF001 - the apostrophe of typesetters


def test_neighbouring_words_of_one_mention_are_one_mark() -> None:
    text = "Donald J Trump warned Syria and Syria again."
    spans = at(text, "Donald J Trump")
    assert marked(text, actor_spans=spans, target="Syria") == "ACTOR warned TARGET and TARGET again ."


@pytest.mark.parametrize(
    ("text", "actor", "target", "expected"),
    [
        ("Trump met Assad.", "Donald Trump", "Bashar al-Assad", "ACTOR met TARGET ."),
        ("Assad's army fled from Trump's.", "Trump", "Assad", "TARGET army fled from ACTOR ."),
        ("Die Syriens und Syrien", "", "Syrien", "die TARGET und TARGET"),
        ("Россия и МИД России против Украины", "Россия", "Украина", "ACTOR и мид ACTOR против TARGET"),
        ("Danmarks regering og Danmark", "", "Danmark", "TARGET regering og TARGET"),
        ("İran ve IRAN", "Iran", "", "i̇ran ve ACTOR"),
        ("Xi and the UN: un, xi", "Xi", "UN", "ACTOR and the TARGET : TARGET , ACTOR"),
        ("the end of the League", "The League of the Dunes", "", "ACTOR end of ACTOR"),
        ("for and against the plan", "the man for that", "", "for and against the plan"),
        ("a b c", "A", "", "a b c"),
        ("Iranians, Iraqis, Iran", "Iran", "Iraq", "iranians , TARGET , ACTOR"),
    ],
)
def test_names_mark_the_words_that_look_like_a_part_of_them(
    text: str, actor: str, target: str, expected: str
) -> None:
    assert marked(text, actor, target) == expected


@pytest.mark.parametrize(
    ("word", "name", "same"),
    [
        ("iranian", "Iran", True),  # three letters more
        ("iranians", "Iran", False),  # four
        ("iran", "Iranian", True),
        ("iraq", "Iran", False),  # the first four letters must be the same
        ("chinas", "China", True),
        ("german", "Germany", True),
        ("frances", "Francis", True),  # all but the last two of the shorter are the same
        ("franzens", "Francis", False),
        ("una", "UN", False),  # of short words the ending must be the same too
    ],
)
def test_other_forms_of_a_name_differ_in_the_ending_alone(word: str, name: str, same: bool) -> None:
    assert marked(word, actor=name) == ("ACTOR" if same else word)


def test_a_name_of_many_words_is_a_sentence_and_names_nobody() -> None:
    text = "Some intervention of the state is needed in Syria"
    assert marked(text, target="State intervention in Syria now please") == (
        "some TARGET of the TARGET is needed in TARGET"
    )
    assert marked(text, target="A state intervention in Syria is needed") == text.lower()


def test_spans_stand_for_the_name() -> None:
    text = "He said that Trump had lost; Trump disagreed."
    assert marked(text, "Trump", actor_spans=at(text, "He")) == (
        "ACTOR said that trump had lost ; trump disagreed ."
    )


def test_spans_go_before_names() -> None:
    text = "The Trump plan was Trump's."
    assert marked(text, "Trump", target_spans=at(text, "Trump plan")) == "the TARGET was ACTOR ."
    assert marked(text, target="Trump", actor_spans=at(text, "Trump plan")) == "the ACTOR was TARGET ."


def test_of_two_that_claim_a_word_alike_the_actor_has_it() -> None:
    text = "The Trump plan failed."
    actor_spans, target_spans = at(text, "Trump"), at(text, "Trump plan")
    assert marked(text, actor_spans=actor_spans, target_spans=target_spans) == "the ACTOR TARGET failed ."
    assert marked(text, "Trump", "Trump plan") == "the ACTOR TARGET failed ."


def test_a_span_within_a_word_marks_the_word_and_one_beyond_the_text_nothing() -> None:
    text = "Pro-Trump crowds"
    assert marked(text, actor_spans=[(5, 7)]) == "pro - ACTOR crowds"
    assert marked(text, actor_spans=[(4, 9)], target_spans=[(9, 10)]) == "pro - ACTOR crowds"
    assert marked(text, actor_spans=[(99, 120)]) == "pro - trump crowds"
    assert marked(text, "Trump", actor_spans=[(3, 3)]) == "pro - trump crowds"


def test_a_word_that_reads_like_a_mark_is_none() -> None:
    assert marked("ACTOR and TARGET") == "actor and target"


def test_what_is_known_is_not_looked_up_again() -> None:
    frame = pd.DataFrame(
        {
            "text": ["Ada left.", "Ada left.", "Bo left."],
            "actor": ["Ada", "Ada", "Ada"],
            "target": "",
            "actor_spans": [[], [(0, 3)], []],
            "target_spans": [[], [], []],
        }
    )
    known: dict[Item, MarkedWords] = {}
    first = marked_words(frame, known)
    assert first == [("ACTOR", "left", "."), ("ACTOR", "left", "."), ("bo", "left", ".")]
    assert len(known) == 3  # spans are part of what is known
    known["Bo left.", "Ada", (), "", ()] = ("remembered",)
    assert marked_words(frame, known)[2] == ("remembered",)
    assert marked_words(frame) == first
