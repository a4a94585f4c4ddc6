from __future__ import annotations

from typing import Any

import pytest
from tests.tasks.stress.made import changed, make_loaded, named

NIGER = {"conflict_id": "niger", "split": "train", "label": "support", "text": "Niger waits."}
HAITI = {"conflict_id": "haiti", "label": "support", "target": "Kenya should send police to Haiti."}
TROOPS = "ECOWAS should send troops to Niger."


def swapped(*rows: dict[str, Any], **changes: Any) -> list[dict[str, Any]]:
    return changed(make_loaded(*rows, **changes), "target_swapped")


def test_another_conflicts_proposition_is_asked_and_the_label_is_none() -> None:
    item = {**HAITI, "text": "Kenya is ready.", "actor": "Kenya", "actor_spans": [(0, 5)]}
    (row,) = swapped({**NIGER, "target": TROOPS}, item)
    assert (row["text"], row["actor"], row["target"], row["label"]) == ("Kenya is ready.", "Kenya", TROOPS, "none")
    assert named(row, "actor") == ["Kenya"]


def test_a_label_that_is_none_already_stays() -> None:
    (row,) = swapped({**NIGER, "target": TROOPS}, {**HAITI, "text": "Kenya?", "label": "none"})
    assert row["label"] == "none"


@pytest.mark.parametrize(
    ("text", "target", "why"),
    [
        ("Kenya is ready, as for Niger.", TROOPS, "the text names the other conflict"),
        ("Kenya is ready, Nigeriens say.", TROOPS, "it names it in another form"),
        ("Kenya is ready.", "Kenya should send police to Haiti.", "it is the same proposition"),
        ("Kenya is ready.", "Kenya should send police.", "nothing in it is of another conflict"),
    ],
)
def test_no_proposition_is_asked_of_which_the_text_may_say_something(text: str, target: str, why: str) -> None:
    assert swapped({**NIGER, "target": target}, {**HAITI, "text": text}) == [], why


def test_names_that_both_conflicts_share_may_be_in_the_text() -> None:
    target = "Kenya should send police to Niger."
    (row,) = swapped({**NIGER, "target": target}, {**HAITI, "text": "Kenya is ready."})
    assert row["target"] == target


def test_a_target_is_drawn_by_the_id() -> None:
    others = [{**NIGER, "id": f"n{k}", "target": f"ECOWAS should send {k} soldiers to Niger."} for k in range(5)]
    items = [{**HAITI, "id": f"h{k}", "text": "Kenya is ready."} for k in range(20)]
    drawn = {row["original"]: row["target"] for row in swapped(*others, *items)}
    assert len(set(drawn.values())) == 5
    again = {row["original"]: row["target"] for row in swapped(*others[::-1], *items[::-1])}
    assert again == drawn  # whatever stands before or after


def test_a_task_without_conflicts_or_without_a_label_for_none_has_no_such_items() -> None:
    rows = {**NIGER, "target": TROOPS}, {**HAITI, "text": "Kenya is ready."}
    assert len(swapped(*rows)) == 1, "the control"
    without = [{name: value for name, value in row.items() if name != "conflict_id"} for row in rows]
    assert swapped(*without) == []
    reason: dict[str, Any] = {"board_map": None, "board_map_reason": "no stance"}
    assert swapped(*rows, **reason) == []


def negated(target: str, label: str = "support", **changes: Any) -> list[dict[str, Any]]:
    item = {"text": "Kenya is ready.", "actor": "Kenya", "target": target, "label": label}
    return changed(make_loaded(item, **changes), "target_negated")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Kenya should send police.", "Kenya should not send police."),
        ("Kenya and others should pay", "Kenya and others should not pay"),
        ("Global warming is a serious concern.", "Global warming is not a serious concern."),
    ],
)
def test_a_proposition_is_negated(before: str, after: str) -> None:
    (row,) = negated(before)
    assert (row["target"], row["text"]) == (after, "Kenya is ready.")


@pytest.mark.parametrize(
    "target",
    [
        "Kenya should not send police.",
        "Kenya",
        "healthcare",
        "That this House believes that Kenya should pay.",
        "Kenya should pay; others should too.",
        "Kenya should pay. It is rich.",
        "Kenya should pay, as it is rich.",
        "Those who are rich should pay.",
        "should we pay",
        "",
    ],
)
def test_what_has_not_one_verb_to_negate_is_left_out(target: str) -> None:
    assert negated(target) == []


@pytest.mark.parametrize(("before", "after"), [("support", "oppose"), ("oppose", "support"), ("none", "none")])
def test_support_and_oppose_trade_places_and_none_stays(before: str, after: str) -> None:
    (row,) = negated("Kenya should pay.", before)
    assert row["label"] == after


def test_labels_trade_places_by_what_the_board_calls_them() -> None:
    item = {"text": "It melts.", "target": "It is a serious concern.", "label": "agree"}
    (row,) = changed(make_loaded(item, task="gwsd"), "target_negated")
    assert row["label"] == "disagree"


def test_labels_that_mean_no_stance_cannot_trade_places() -> None:
    reason: dict[str, Any] = {"board_map": None, "board_map_reason": "no stance"}
    assert negated("Kenya should pay.", **reason) == []
    for two in (("support", "support", "none"), ("support", "oppose", "oppose")):
        board = dict(zip(("support", "oppose", "none"), two, strict=True))
        assert negated("Kenya should pay.", board_map=board) == []
