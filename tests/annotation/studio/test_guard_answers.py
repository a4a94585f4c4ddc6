"""The form of an answer, and what it lacks by its labeling config: the guard's rules without the server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from standoff.annotation.studio.inside.answers import MAX_DEPTH, MAX_RESULTS, flaw, lack
from standoff.annotation.studio.labeling import labeling_config
from standoff.files import read_text
from standoff.records import POSITIONED, Stance

CODEBOOK = read_text(Path(__file__).parents[3] / "annotations" / "codebook" / "v1.md")
CLASSIFY, ADJUDICATE = labeling_config("classify", CODEBOOK), labeling_config("adjudicate", CODEBOOK)
FOREIGN = (
    '<View><Choices name="stance" toName="t"><Choice value="seeks"/></Choices><Text name="t" value="$t"/></View>'
)


def part(control: str, kind: str, **value: Any) -> dict[str, Any]:
    return {"id": "a1", "from_name": control, "to_name": "text", "type": kind, "value": value}


def choice(control: str, value: str) -> dict[str, Any]:
    return part(control, "choices", choices=[value])


MARK = part("evidence", "labels", start=3, end=9, text="a \U0001f600 word", labels=["evidence"])
NOTE = part("note", "textarea", text=["why"])
NAME = part("other_name", "textarea", start=3, end=9, text=["the bishop"])
GOOD = [choice("stance", "seeks"), MARK, NOTE, NAME]


@pytest.mark.parametrize(
    "result", [[], GOOD, [GOOD[0] | {"origin": "manual"}], GOOD * (MAX_RESULTS // 4)], ids=len
)
def test_what_the_page_sends_has_no_flaw(result: list[Any]) -> None:
    assert flaw({"result": result, "lead_time": 9.5, "draft_id": 0, "parent_prediction": None}) == ""


def test_a_change_of_something_else_needs_no_result() -> None:
    assert flaw({"was_cancelled": True}) == ""


@pytest.mark.parametrize(
    "wrong",
    [
        {"value": None},
        {"value": "x"},
        {"value": [1]},
        {"value": {"text": 7}},
        {"value": {"text": "x"}},
        {"value": {"text": [7]}},
        {"value": {"choices": "x"}},
        {"value": {"choices": [["x"]]}},
        {"value": {"labels": [None]}},
        {"value": {"start": True, "end": 2}},
        {"value": {"start": 1, "end": 2.0}},
        {"value": {"start": "1", "end": 2}},
        {"value": {"start": None}},
        {"from_name": ["note"]},
        {"to_name": None},
        {"type": 1},
        {"id": 1},
    ],
    ids=str,
)
def test_a_part_of_another_form_is_a_flaw(wrong: dict[str, Any]) -> None:
    assert flaw({"result": [*GOOD, NOTE | wrong]}) == "Part 5 of the result is not what the page sends."
    for key in wrong:
        missing = {name: value for name, value in NOTE.items() if name != key}
        assert (flaw({"result": [missing]}) == "") == (key == "id")


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        "x",
        {"result": "[]"},
        {"result": None},
        {"result": GOOD * MAX_RESULTS},
        {"result": [part("note", "textarea", text=["half \ud83d"])]},
        {"result": [NOTE | {"\udc00": 1}]},
        {"result": [], "lead_time": float("inf")},
        {"result": [], "lead_time": float("nan")},
        {"result": [], "lead_time": 10**400},
    ],
    ids=lambda answer: str(answer)[:40],
)
def test_another_body_is_a_flaw(answer: object) -> None:
    assert flaw(answer).endswith(".")


def test_depth_counts() -> None:
    def nested(levels: int) -> object:
        return [nested(levels - 1)] if levels else 1

    assert flaw({"meta": nested(MAX_DEPTH - 1)}) == ""
    assert flaw({"meta": nested(MAX_DEPTH)}) != ""


@pytest.mark.parametrize("stance", Stance)
@pytest.mark.parametrize("config", [CLASSIFY, ADJUDICATE], ids=["classify", "adjudicate"])
def test_evidence_is_for_positions(stance: Stance, config: str) -> None:
    bare, marked = [choice("stance", stance), NOTE], [choice("stance", stance), NOTE, MARK]
    assert lack(bare, config).startswith("Mark the words") == (stance in POSITIONED)
    assert lack(marked, config).startswith("no_position has no evidence") == (stance is Stance.NO_POSITION)


@pytest.mark.parametrize(
    ("control", "value"), [("stance", "mixed"), ("stance", "cannot_tell"), ("confidence", "low")]
)
def test_a_note_is_for_what_is_unsure(control: str, value: str) -> None:
    given = [choice(control, value), *([MARK] if value == "mixed" else [])]
    assert lack(given, CLASSIFY).endswith("needs a note")
    assert lack([*given, part("note", "textarea", text=[" "])], CLASSIFY).endswith("needs a note")
    assert lack([*given, NOTE], CLASSIFY) == ""
    assert lack(given, ADJUDICATE) == ""  # which asks for a reason, whatever is decided


def test_a_config_that_is_not_ours_has_no_rules() -> None:
    assert lack([choice("stance", "seeks")], FOREIGN) == ""
    assert lack([choice("stance", "seeks")], labeling_config("feedback", CODEBOOK)) == ""
