from __future__ import annotations

import re
from typing import Any

import pytest
from tests.tasks.stress.made import changed, make_loaded, named

OPEN, CLOSE = "\N{LEFT SINGLE QUOTATION MARK}", "\N{RIGHT SINGLE QUOTATION MARK}"
LONG = " ".join(["The committee will never accept this particular proposal without amendment."] * 20)


def noisy(text: str, **row: Any) -> dict[str, Any]:
    (made,) = changed(make_loaded({"text": text, "label": "support", "target": "it", **row}), "spelling_noise")
    return made


def test_about_one_word_in_ten_is_misspelt() -> None:
    before, after = LONG.split(), noisy(LONG)["text"].split()
    assert len(after) == len(before)
    differ = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert 0.05 * len(before) < len(differ) < 0.2 * len(before)
    for old, new in differ:
        assert old[0] == new[0]
        assert abs(len(old) - len(new)) <= 1
        assert len(old) > 3


def test_an_error_leaves_out_doubles_or_exchanges_letters() -> None:
    before, after = LONG.split(), noisy(LONG)["text"].split()
    kinds = set()
    for old, new in zip(before, after, strict=True):
        if len(new) < len(old):
            assert any(old[:place] + old[place + 1 :] == new for place in range(len(old)))
            kinds.add("left out")
        elif len(new) > len(old):
            assert any(old[: place + 1] + old[place:] == new for place in range(len(old)))
            kinds.add("doubled")
        elif old != new:
            assert sorted(old) == sorted(new)
            kinds.add("exchanged")
    assert kinds == {"left out", "doubled", "exchanged"}


def test_mentions_and_words_that_turn_a_meaning_are_spared() -> None:
    text = "Alexander did not accept Bartholomew. " * 30
    spans = [(match.start(), match.end()) for match in re.finditer("Bartholomew", text)]
    row = noisy(text.strip(), actor="Alexander", target="Bart", target_spans=spans)
    assert row["text"].count("Alexander") == row["text"].count("Bartholomew") == 30
    assert row["text"].count(" not ") == 30
    assert set(named(row, "target")) == {"Bartholomew"}


def test_one_word_is_misspelt_where_none_is_drawn() -> None:
    for number in range(30):
        assert noisy("Anna came.", id=f"i{number}", actor="Anna")["text"].startswith("Anna c")
        assert noisy("Anna came.", id=f"i{number}", actor="Anna")["text"] != "Anna came."


def test_a_text_of_short_words_and_mentions_is_left_out() -> None:
    item = {"text": "Anna is in.", "actor": "Anna", "label": "support", "target": "it"}
    assert changed(make_loaded(item), "spelling_noise") == []


def test_errors_depend_on_the_id_and_on_nothing_else() -> None:
    assert noisy(LONG, id="one")["text"] != noisy(LONG, id="two")["text"]
    assert noisy(LONG, id="one", actor="Ann", label="none")["text"] == noisy(LONG, id="one")["text"]


def unquoted(text: str, **row: Any) -> str | None:
    """Return the text without its quotation marks, None where the item is not changed."""
    item = {"text": text, "label": "support", "target": "it", **row}
    made = changed(make_loaded(item), "quotation_marks_removed")
    return str(made[0]["text"]) if made else None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('He said "yes" to it.', "He said yes to it."),
        ("He said “yes” to it.", "He said yes to it."),
        ("Er sagte „ja“ dazu.", "Er sagte ja dazu."),
        ("Он сказал «да».", "Он сказал да."),
        ('Er sagte ,,ja" dazu.', "Er sagte ja dazu."),
        ("He said ``yes'' to it.", "He said yes to it."),
        ("He said 'yes' to it.", "He said yes to it."),
        (f"He said {OPEN}yes{CLOSE} to it.", "He said yes to it."),
        ("He said `yes' to it.", "He said yes to it."),
        (f"“The {OPEN}so-called{CLOSE} plan,” he said.", "The so-called plan, he said."),
        ("It isn't 'so-called', it's real.", "It isn't so-called, it's real."),
    ],
)
def test_quotation_marks_go(before: str, after: str) -> None:
    assert unquoted(before) == after


@pytest.mark.parametrize(
    "text",
    [
        "It isn't the Democrats' plan.",
        f"It isn{CLOSE}t the Democrats{CLOSE} plan.",
        "Earth 's ozone is the States' matter.",
        "It was in the '50s and the '70s.",
        f"It came in {OPEN}74, {OPEN}84, and the miners{CLOSE} strike.",
        f"At 54°40{CLOSE} north.",
        "He paid 1,,000 or so,, they say.",
        "No marks.",
    ],
)
def test_apostrophes_and_primes_stay(text: str) -> None:
    assert unquoted(text) in {None, text}


def test_spans_move_along_when_marks_go() -> None:
    text = 'He called "Ann "the Bold" Lee" 😀 and Bo.'
    item = {"text": text, "actor": "Ann", "actor_spans": [(11, 29)], "target": "Bo", "target_spans": [(37, 39)]}
    (row,) = changed(make_loaded({**item, "label": "support"}), "quotation_marks_removed")
    assert row["text"] == "He called Ann the Bold Lee 😀 and Bo."
    assert named(row, "actor") == ["Ann the Bold Lee"]
    assert named(row, "target") == ["Bo"]


def test_a_mark_of_two_signs_is_taken_once() -> None:
    item = {"text": "``Ann'' and Bo.", "label": "support", "target": "Bo", "target_spans": [(12, 14)]}
    (row,) = changed(make_loaded(item), "quotation_marks_removed")
    assert (row["text"], named(row, "target")) == ("Ann and Bo.", ["Bo"])
