from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from standoff.annotation.campaign.campaign import Assignment, Round, make_uid
from standoff.annotation.studio.results import Read, read_export
from standoff.files import sha256_text

TEXT = "Westland keeps out.\n\n“Not one soldier,” its minister 🚢 said."
SHOWN = {
    "article_id": "a-1",
    "actor_id": "westland",
    "proposition_id": "p-1",
    "actor": "Westland",
    "proposition": "It should come.",
}
ANNA, BEN = 2, 3
USERS = {1: "service+anna@standoff.invalid", ANNA: "anna@standoff.invalid", BEN: "ben@standoff.invalid"}
Raw = dict[str, Any]


def assignment(round_: Round = Round.MAIN, *, occurrence: int = 1) -> Assignment:
    find = round_ is Round.FIND
    key = ("a-1",) if find else ("a-1", "westland", "p-1")
    return Assignment(
        uid=make_uid("pilot", round_, "anna", key, occurrence=occurrence),
        round=round_,
        coder_id="anna",
        position=0,
        article_id="a-1",
        actor_id=None if find else "westland",
        proposition_id=None if find else "p-1",
        occurrence=occurrence,
        text_sha256=sha256_text(TEXT),
    )


MAIN = assignment()


def choice(control: str, *values: str) -> Raw:
    return {"from_name": control, "to_name": "text", "type": "choices", "value": {"choices": list(values)}}


def marked(start: object, end: object, control: str = "evidence", label: str = "evidence", id_: str = "r1") -> Raw:
    # The server's own quote is wrong on purpose: it must not be used.
    value = {"start": start, "end": end, "text": "another text", "labels": [label]}
    return {"id": id_, "from_name": control, "to_name": "text", "type": "labels", "value": value}


def written(control: str, *lines: str, id_: str = "r1") -> Raw:
    value = {"text": list(lines)}
    return {"id": id_, "from_name": control, "to_name": "text", "type": "textarea", "value": value}


ANSWER = [choice("stance", "opposes"), choice("confidence", "high"), marked(21, 38)]


def annotation(results: list[Raw], **changes: Any) -> Raw:
    return {
        "id": 7,
        "completed_by": ANNA,
        "updated_by": ANNA,
        "result": results,
        "was_cancelled": False,
        "created_at": "2026-11-22T10:41:10.286982Z",
        "updated_at": "2026-11-22T11:00:00.999999Z",
        "lead_time": 5.014,
        "prediction": {},
        "parent_prediction": None,
        **changes,
    }


def task(*annotations: Raw, **changes: Any) -> Raw:
    data = {"uid": MAIN.uid, **SHOWN, "text": TEXT, **changes.pop("data", {})}
    return {"id": 40, "annotations": list(annotations), "data": data, "predictions": [], **changes}


def read(*tasks: Raw, plan: tuple[Assignment, ...] = (MAIN,), user_id: int | None = ANNA) -> Read:
    shown = SHOWN if plan and plan[0].round is not Round.FIND else {"article_id": "a-1"}
    return read_export(tasks, plan, {one.uid: shown for one in plan}, user_id, USERS)


def rules(found: Read) -> list[str]:
    return [refusal.rule for refusal in found.refusals]


# -- what is read ---------------------------------------------------------------------------------------


def test_an_answer_is_read() -> None:
    found = read(task(annotation([*ANSWER, written("note", "A clear", "case.")])))
    (reading,) = found.readings
    assert found.refusals == []
    assert reading.values == {"stance": "opposes", "confidence": "high", "note": "A clear\ncase."}
    assert [TEXT[start:end] for start, end in reading.spans] == ["“Not one soldier,”"[:17]]
    assert (reading.assignment, reading.task_id, reading.annotation_id) == (MAIN, 40, "7")
    assert (reading.lead_time_s, reading.suggestion_shown, reading.text) == (5.014, False, TEXT)


def test_the_time_is_that_of_the_last_change_cut_to_the_second() -> None:
    (reading,) = read(task(annotation(ANSWER))).readings
    assert reading.given_at == dt.datetime(2026, 11, 22, 11, 0, 0, tzinfo=dt.UTC)


def test_spans_stand_in_text_order() -> None:
    (reading,) = read(task(annotation([choice("stance", "opposes"), marked(21, 38), marked(0, 8)]))).readings
    assert reading.spans == [(0, 8), (21, 38)]


def test_offsets_count_code_points() -> None:
    ship = TEXT.index("🚢")
    (reading,) = read(task(annotation([choice("stance", "opposes"), marked(ship, ship + 6)]))).readings
    assert [TEXT[start:end] for start, end in reading.spans] == ["🚢 said"]


@pytest.mark.parametrize(
    ("on_task", "on_annotation"),
    [
        ({}, {"parent_prediction": 3}),
        ({}, {"prediction": {"id": 3, "result": []}}),
        ({"predictions": [3]}, {}),
    ],
)
def test_a_suggestion_was_shown_also_where_the_coder_started_afresh(on_task: Raw, on_annotation: Raw) -> None:
    (reading,) = read(task(annotation(ANSWER, **on_annotation), **on_task)).readings
    assert reading.suggestion_shown


def test_a_task_without_annotations_is_nothing() -> None:
    assert read(task()) == Read()


def test_an_answer_after_a_skip_counts() -> None:
    found = read(task(annotation([], id=6, was_cancelled=True), annotation(ANSWER)))
    assert [reading.annotation_id for reading in found.readings] == ["7"]
    assert found.refusals == []


# -- what is refused ------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[str, Raw, str]] = {
    "text changed": (
        "text-changed",
        task(annotation(ANSWER), data={"text": TEXT + " "}),
        "the text on the server",
    ),
    "text gone": ("text-changed", task(annotation(ANSWER), data={"text": None}), "the text on the server"),
    "actor changed": (
        "task-changed",
        task(annotation(ANSWER), data={"actor": "Eastland"}),
        "actor on the server is 'Eastland', and here 'Westland'",
    ),
    "unit changed": (
        "task-changed",
        task(annotation(ANSWER), data={"actor_id": "eastland"}),
        "actor_id on the server is 'eastland'",
    ),
    "not in the plan": (
        "unit-unknown",
        task(annotation(ANSWER), data={"uid": "0" * 16}),
        "the plan has no task of this uid",
    ),
    "edited by another": (
        "foreign-edit",
        task(annotation(ANSWER, updated_by=BEN)),
        "ben@standoff.invalid edited it",
    ),
    "edited by nobody known": ("foreign-edit", task(annotation(ANSWER, updated_by=99)), "user 99 edited it"),
    "made by another": (
        "wrong-coder",
        task(annotation(ANSWER, completed_by=BEN, updated_by=BEN)),
        "ben@standoff.invalid made it",
    ),
    "skipped": ("skipped", task(annotation(ANSWER, was_cancelled=True)), "the coder skipped the task"),
    "no stance": ("stance-missing", task(annotation([choice("confidence", "high")])), "no stance was chosen"),
    "nothing at all": ("stance-missing", task(annotation([])), "no stance was chosen"),
    "two stances": (
        "several-choices",
        task(annotation([choice("stance", "opposes", "seeks")])),
        "stance has 2 values: ['opposes', 'seeks']",
    ),
    "two results for stance": (
        "several-choices",
        task(annotation([choice("stance", "opposes"), choice("stance", "seeks")])),
        "stance is given more than once",
    ),
    "an empty choice": ("unknown-value", task(annotation([choice("stance")])), "stance has no value: []"),
    "a value that is no text": (
        "unknown-value",
        task(annotation([{**choice("stance"), "value": {"choices": [3]}}])),
        "stance has no value: [3]",
    ),
    "a control of another configuration": (
        "unknown-value",
        task(annotation([choice("sentiment", "good")])),
        "a control 'sentiment' that the configuration does not have",
    ),
    "past the end": (
        "offsets",
        task(annotation([*ANSWER, marked(0, len(TEXT) + 1)])),
        f"the span 0:{len(TEXT) + 1} is empty or leaves the text of {len(TEXT)} characters",
    ),
    "before the start": ("offsets", task(annotation([*ANSWER, marked(-1, 4)])), "the span -1:4"),
    "empty": ("offsets", task(annotation([*ANSWER, marked(4, 4)])), "the span 4:4"),
    "backwards": ("offsets", task(annotation([*ANSWER, marked(8, 4)])), "the span 8:4"),
    "no numbers": ("offsets", task(annotation([*ANSWER, marked("/p[1]", "/p[2]")])), "the span /p[1]:/p[2]"),
    "no span": (
        "offsets",
        task(annotation([*ANSWER, {"from_name": "evidence", "type": "labels", "value": None}])),
        "the span None:None",
    ),
}


@pytest.mark.parametrize(("rule", "raw", "message"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_is_refused_with_its_reason(rule: str, raw: Raw, message: str) -> None:
    found = read(raw)
    assert found.readings == []
    (refusal,) = found.refusals
    assert refusal.rule == rule
    assert refusal.message.startswith(message)
    assert (refusal.uid, refusal.coder_id, refusal.task_id) == (raw["data"]["uid"], "anna", 40)
    assert refusal.to_json()["annotation_id"] == "7"


def test_one_refusal_does_not_take_the_rest_with_it() -> None:
    other = assignment(occurrence=2)
    found = read(
        task(annotation([choice("stance", "opposes", "seeks")])),
        task(annotation(ANSWER, id=8), id=41, data={"uid": other.uid}),
        plan=(MAIN, other),
    )
    assert rules(found) == ["several-choices"]
    assert [reading.assignment for reading in found.readings] == [other]


def test_a_unit_that_the_corpus_no_longer_has() -> None:
    found = read_export([task(annotation(ANSWER))], [MAIN], {}, ANNA, USERS)
    assert rules(found) == ["unit-unknown"]
    assert found.refusals[0].message == "the corpus no longer has this unit"


def test_of_two_answers_by_one_coder_neither_is_taken() -> None:
    found = read(task(annotation(ANSWER), annotation(ANSWER, id=8)))
    assert (found.readings, rules(found)) == ([], ["duplicate", "duplicate"])
    assert [refusal.annotation_id for refusal in found.refusals] == ["7", "8"]


def test_another_persons_answer_does_not_take_the_coders_own_away() -> None:
    found = read(task(annotation(ANSWER), annotation(ANSWER, id=8, completed_by=BEN, updated_by=BEN)))
    assert [reading.annotation_id for reading in found.readings] == ["7"]
    assert [(refusal.rule, refusal.annotation_id) for refusal in found.refusals] == [("wrong-coder", "8")]


def test_a_task_that_is_there_twice_is_taken_when_one_is_coded() -> None:
    found = read(task(annotation(ANSWER)), task(id=41))
    assert (len(found.readings), found.refusals) == (1, [])


def test_a_task_that_is_there_twice_is_refused_when_both_are_coded() -> None:
    found = read(task(annotation(ANSWER)), task(annotation(ANSWER, id=8), id=41))
    assert (found.readings, rules(found)) == ([], ["task-doubled", "task-doubled"])
    assert [refusal.task_id for refusal in found.refusals] == [40, 41]


def test_without_the_coders_account_nothing_is_the_coders() -> None:
    assert rules(read(task(annotation(ANSWER)), user_id=None)) == ["wrong-coder"]


def test_a_task_without_uid_is_not_mistaken_for_another() -> None:
    raw = task(annotation(ANSWER))
    del raw["data"]["uid"]
    assert rules(read(raw)) == ["unit-unknown"]


# -- the round find -------------------------------------------------------------------------------------


def test_regions_are_joined_by_their_id() -> None:
    plan = assignment(Round.FIND)
    results = [
        marked(21, 38, "found_proposition", "p-1", "b"),
        marked(21, 38, "found_actor", "other", "b"),
        {
            **written("other_name", " Minister ", id_="b"),
            "value": {"start": 21, "end": 38, "text": [" Minister "]},
        },
        marked(0, 8, "found_actor", "westland", "a"),
    ]
    found = read(task(annotation(results), data={"uid": plan.uid}), plan=(plan,))
    assert found.refusals == []
    assert [(one.start, one.end, one.labels) for one in found.readings[0].regions] == [
        (0, 8, {"actor": "westland"}),
        (21, 38, {"proposition": "p-1", "actor": "other", "name": "Minister"}),
    ]


def test_an_article_in_which_nobody_takes_a_position() -> None:
    plan = assignment(Round.FIND)
    (reading,) = read(task(annotation([]), data={"uid": plan.uid}), plan=(plan,)).readings
    assert (reading.regions, reading.values) == ([], {})


def test_two_actors_on_one_region_are_one_too_many() -> None:
    plan = assignment(Round.FIND)
    both = marked(0, 8, "found_actor")
    both["value"]["labels"] = ["westland", "eastland"]
    assert rules(read(task(annotation([both]), data={"uid": plan.uid}), plan=(plan,))) == ["several-choices"]


@pytest.mark.parametrize(
    "broken",
    [
        {**written("note"), "value": {"text": 7}},
        {**written("note"), "value": {"text": ["a", 7]}},
        {**written("note"), "value": "x"},
        {**choice("stance"), "value": [1]},
        {**choice("stance"), "from_name": ["stance"]},
        "no object",
        None,
    ],
    ids=[
        "number",
        "number in a list",
        "text for an object",
        "list for an object",
        "list for a name",
        "text",
        "null",
    ],
)
def test_what_no_page_makes_is_one_refusal_and_the_rest_is_read(broken: Any) -> None:
    other = assignment(occurrence=2)
    good = task(annotation(ANSWER), data={"uid": other.uid})
    found = read(task(annotation([*ANSWER, broken])), good, plan=(MAIN, other))
    assert rules(found) == ["malformed"]
    assert [one.assignment.uid for one in found.readings] == [other.uid]


def test_true_is_no_offset() -> None:
    span = marked(False, True)  # noqa: FBT003 - what a program may send
    assert rules(read(task(annotation([choice("stance", "opposes"), span])))) == ["offsets"]
