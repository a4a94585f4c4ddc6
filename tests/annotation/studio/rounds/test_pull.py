"""A round back from a real server."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.annotation.studio.hard_texts import HARD_TEXTS
from tests.annotation.studio.pilot import (
    CODERS,
    NO_POSITION,
    OPPOSES,
    Coder,
    Lead,
    Pilot,
    choice,
    make_crowd,
    marked,
)

from standoff.annotation.adjudication import adjudication_plan
from standoff.annotation.campaign.campaign import Round, read_plan, write_plan
from standoff.annotation.campaign.plan import make_plan
from standoff.annotation.campaign.pull import Pulled, pull, status
from standoff.annotation.campaign.push import push
from standoff.annotation.studio.client import connect
from standoff.annotation.studio.payload import Payload, Suggestion
from standoff.annotation.studio.seats import Seat
from standoff.annotation.studio.server import Desk
from standoff.corpus.check import check
from standoff.corpus.reader import read_sources
from standoff.errors import NotFoundError, RefusedError
from standoff.files import read_jsonl, sha256_file, sha256_text
from standoff.records import CoderKind, Stance


def of(found: list[Pulled], coder_id: str = "model-a") -> Pulled:
    return next(one for one in found if one.coder_id == coder_id)


def test_answers_become_judgements_and_pulling_twice_changes_nothing(pilot: Pilot, coder: Coder) -> None:
    tasks = pilot.push_tasks()
    coder.answer(tasks[0], [*OPPOSES, marked(0, 4)])
    coder.answer(tasks[1], NO_POSITION)
    found = pilot.pull()
    assert (of(found).assigned, of(found).taken, of(found).changed, of(found).refusals) == (3, 2, 2, ())
    judgements = [entry.record for entry in read_sources(pilot.root).judgements]
    assert sorted(judgement.stance for judgement in judgements) == [Stance.NO_POSITION, Stance.OPPOSES]
    assert {judgement.kind for judgement in judgements} == {CoderKind.MODEL}
    assert {judgement.lead_time_s for judgement in judgements} == {9.5}
    assert {incident.rule for incident in check(pilot.root).incidents} == {"unit-uncoded"}
    before = pilot.contents()
    again = pilot.pull()
    assert ([one.changed for one in again], pilot.contents()) == ([0], before)


def test_the_export_is_kept_as_it_came_under_its_hash(pilot: Pilot, coder: Coder) -> None:
    coder.answer(pilot.push_tasks()[0], NO_POSITION)
    export = of(pilot.pull()).export
    assert export is not None
    path = pilot.root / "annotations" / "exports" / export.file
    assert export.file == f"campaigns/{pilot.name}/main.model-a.{sha256_file(path)[:12]}.json"
    assert sha256_file(path) == export.sha256
    project = pilot.project()
    assert project is not None
    with connect(pilot.seats["model-a"]) as studio:
        assert path.read_bytes() == studio.export(project.project_id)
    (judgement,) = [entry.record for entry in read_sources(pilot.root).judgements]
    assert (judgement.export.file, judgement.export.sha256) == (export.file, export.sha256)


def test_a_later_pull_keeps_the_earlier_export_and_what_rests_on_it(pilot: Pilot, coder: Coder) -> None:
    tasks = pilot.push_tasks()
    coder.answer(tasks[0], NO_POSITION)
    first = of(pilot.pull()).export
    coder.answer(tasks[1], NO_POSITION)
    second = of(pilot.pull())
    assert (second.taken, second.changed) == (2, 1)
    assert first is not None
    assert second.export != first
    named = {entry.record.export.file for entry in read_sources(pilot.root).judgements}
    assert second.export is not None
    assert named == {first.file, second.export.file}


def test_a_changed_answer_replaces_the_first(pilot: Pilot, coder: Coder) -> None:
    tasks = pilot.push_tasks()
    made = coder.answer(tasks[0], NO_POSITION)
    pilot.pull()
    coder.change(made, [*OPPOSES, marked(0, 4)])
    assert of(pilot.pull()).changed == 1
    assert [entry.record.stance for entry in read_sources(pilot.root).judgements] == [Stance.OPPOSES]


def test_what_does_not_fit_is_refused_alone_and_written_down(pilot: Pilot, coder: Coder) -> None:
    tasks = pilot.push_tasks()
    coder.answer(tasks[0], NO_POSITION)
    coder.answer(tasks[1], [*OPPOSES, marked(0, 10**6)])
    coder.answer(tasks[2], NO_POSITION, was_cancelled=True)
    found = of(pilot.pull())
    assert (found.taken, [one.rule for one in found.refusals]) == (1, ["offsets", "skipped"])
    assert found.links[tasks[1]].endswith(f"/data?task={tasks[1]}")
    kept = pilot.root / "annotations" / "campaigns" / pilot.name / "refused" / "main.jsonl"
    rows = [row for _, row in read_jsonl(kept)]
    assert [(row["rule"], row["uid"]) for row in rows] == [
        ("offsets", pilot.plan("model-a")[1]),
        ("skipped", pilot.plan("model-a")[2]),
    ]


def test_what_is_mended_is_no_longer_refused(pilot: Pilot, coder: Coder) -> None:
    made = coder.answer(pilot.push_tasks()[0], OPPOSES)
    assert [one.rule for one in of(pilot.pull()).refusals] == ["evidence-missing"]
    coder.change(made, [*OPPOSES, marked(0, 4)])
    found = of(pilot.pull())
    assert (found.taken, found.refusals) == (1, ())
    kept = pilot.root / "annotations" / "campaigns" / pilot.name / "refused" / "main.jsonl"
    assert kept.read_text() == ""


def test_a_text_edited_on_the_server_is_refused_and_the_earlier_judgement_stays(
    pilot: Pilot, coder: Coder, lead: Lead
) -> None:
    task = pilot.push_tasks()[0]
    coder.answer(task, [*OPPOSES, marked(0, 4)])
    pilot.pull()
    lead.edit(task, text="Another text.")
    found = of(pilot.pull())
    assert [one.rule for one in found.refusals] == ["text-changed"]
    assert found.refusals[0].message.endswith("; the judgement pulled earlier stays")
    assert [entry.record.stance for entry in read_sources(pilot.root).judgements] == [Stance.OPPOSES]


def test_an_answer_edited_or_made_by_another_is_refused(pilot: Pilot, coder: Coder, lead: Lead) -> None:
    tasks = pilot.push_tasks()
    made = coder.answer(tasks[0], NO_POSITION)
    lead.call("PATCH", f"/api/annotations/{made}/", {"result": OPPOSES})
    lead.call("POST", f"/api/tasks/{tasks[1]}/annotations/", {"result": NO_POSITION})
    found = of(pilot.pull())
    assert found.taken == 0
    assert [(one.rule, one.message.split()[0]) for one in found.refusals] == [
        ("foreign-edit", "service+model-a@standoff.invalid"),
        ("wrong-coder", "service+model-a@standoff.invalid"),
    ]


def test_a_deleted_task_takes_no_judgement_away(pilot: Pilot, coder: Coder, lead: Lead) -> None:
    tasks = pilot.push_tasks()
    coder.answer(tasks[0], NO_POSITION)
    coder.answer(tasks[1], NO_POSITION)
    pilot.pull()
    lead.call("DELETE", f"/api/tasks/{tasks[0]}/")
    found = of(pilot.pull())
    assert (found.taken, found.changed, found.withdrawn) == (1, 0, 1)
    assert len(read_sources(pilot.root).judgements) == 2
    # The server's own copies of everybody's labels are cleared away.
    assert (pilot.desk.folder / "export").is_dir()
    assert not list((pilot.desk.folder / "export").glob("*.json"))


def test_a_coder_whose_export_cannot_be_had_costs_the_others_nothing(
    pilot_of_two: Pilot, seats: dict[str, Seat]
) -> None:
    pilot_of_two.push()
    coder = Coder(seats["model-b"])
    project = pilot_of_two.project("model-b")
    assert project is not None
    coder.answer(pilot_of_two.stored(project.project_id, "model-b")[0].task_id, NO_POSITION)
    coder.close()
    revoked = {**pilot_of_two.seats, "model-a": replace(seats["model-a"], token="0" * 40)}
    with pytest.raises(RefusedError, match="what model-a did cannot be had") as caught:
        replace(pilot_of_two, seats=revoked).pull()
    assert "the labels of 1 others are stored" in str(caught.value)
    assert [entry.record.coder_id for entry in read_sources(pilot_of_two.root).judgements] == ["model-b"]


def test_pulling_what_was_not_pushed(pilot: Pilot) -> None:
    with pytest.raises(NotFoundError, match="is not on the server for model-a"):
        pilot.pull()
    found = status(read_sources(pilot.root), pilot.campaign, Round.MAIN, pilot.desk, pilot.seats)
    assert [(one.work.assigned, one.work.done, one.sent) for one in found] == [(3, 0, None)]


def test_status_says_what_a_pull_would_take_and_stores_nothing(pilot: Pilot, coder: Coder) -> None:
    tasks = pilot.push_tasks()
    coder.answer(tasks[0], NO_POSITION)
    coder.answer(tasks[1], OPPOSES)
    coder.answer(tasks[2], NO_POSITION, was_cancelled=True)
    before = pilot.contents()
    (first,) = status(read_sources(pilot.root), pilot.campaign, Round.MAIN, pilot.desk, pilot.seats)
    assert (first.work.assigned, first.work.done, first.work.skipped, first.sent) == (3, 1, 1, 3)
    assert (first.work.median_s, [one.rule for one in first.refusals]) == (9.5, ["evidence-missing"])
    assert pilot.contents() == before


def test_spans_of_hard_texts_are_the_words_that_were_marked(
    tmp_path: Path, desk: Desk, seats: dict[str, Seat], coder: Coder
) -> None:
    texts = [hard.text for hard in HARD_TEXTS]
    crowd = make_crowd(tmp_path, "hard-texts", n_tasks=3 * len(texts), texts=texts)
    payload = Payload(crowd.sources, crowd.campaign)
    (pushed,) = push(payload, Round.MAIN, desk, seats)
    by_text = {hard.text: hard for hard in HARD_TEXTS}
    with connect(seats["model-a"]) as studio:
        tasks = studio.tasks(pushed.project_id)
    for task in tasks:
        # By its text as the server gives it back: a text that is not the same to the last character is not found.
        hard = by_text[task.data["text"]]
        coder.answer(task.task_id, [*OPPOSES, marked(*hard.where(hard.stretch))])
    (found,) = pull(crowd.sources, crowd.campaign, Round.MAIN, desk, seats)
    assert (found.taken, found.refusals) == (3 * len(texts), ())
    articles = crowd.sources.articles_by_id
    for _, row in read_jsonl(crowd.sources.root / "annotations/judgements/ostmark-2002/model-a.jsonl"):
        text = articles[row["article_id"]].text
        assert text is not None
        (span,) = row["evidence"]
        stretch = by_text[text].stretch
        assert text[span["start"] : span["end"]] == stretch
        assert span["quote_sha256"] == sha256_text(stretch)


# -- texts that may not be passed on, other rounds, suggestions -----------------------------------------


def test_an_export_with_a_text_that_may_not_be_passed_on_is_kept_apart(
    pilot_with_news: Pilot, coder: Coder
) -> None:
    pilot = pilot_with_news
    tasks = pilot.push_tasks()
    for task in tasks:
        coder.answer(task, NO_POSITION)
    found = of(pilot.pull())
    assert found.taken == len(tasks)
    assert found.export is not None
    assert found.export.file.startswith(f"private/{pilot.name}/main.model-a.")
    ignored = pilot.root / "annotations" / "exports" / "private" / ".gitignore"
    assert "*" in ignored.read_text().splitlines()
    words = b"soldiers, not sympathy"
    holding = [name for name in pilot.contents() if words in (pilot.root / name).read_bytes()]
    assert holding == [f"annotations/exports/{found.export.file}"]
    before = pilot.contents()
    pilot.pull()
    assert pilot.contents() == before


def test_a_bring_your_own_text_has_to_be_at_hand(pilot_with_news: Pilot) -> None:
    pilot = pilot_with_news
    texts = pilot.root.parent / "texts"
    (texts / "norland-2001-news.txt").rename(texts / "other.txt")
    with pytest.raises(NotFoundError, match="the text of norland-2001-news is not in the corpus"):
        pilot.push()


def test_a_suggestion_is_shown_in_training_data_and_the_judgement_says_so(
    pilot_with_news: Pilot, coder: Coder
) -> None:
    pilot = pilot_with_news
    plan = [one for one in read_plan(pilot.root, pilot.name, Round.MAIN) if one.coder_id == "model-a"]
    suggestion = Suggestion("model-b", {"stance": "no_position", "confidence": "high"}, ((0, 5),))
    project_id = pilot.push(suggestions={plan[0].key: suggestion})[0].project_id
    task = coder.next_task(project_id)
    assert task is not None
    (shown,) = task["predictions"]
    assert [result["from_name"] for result in shown["result"]] == ["stance", "confidence", "evidence"]
    coder.answer(task["id"], NO_POSITION, parent_prediction=shown["id"])
    second = coder.next_task(project_id)
    assert second is not None
    assert second["predictions"] == []
    coder.answer(second["id"], NO_POSITION)
    before = of(pilot.pull()).export
    shown_in = {entry.record.key: entry.record.suggestion_shown for entry in read_sources(pilot.root).judgements}
    assert shown_in == {plan[0].key: True, plan[1].key: False}
    # The server writes anew in each export how long ago a prediction was made.
    assert of(pilot.pull()).export == before


def test_the_adjudicator_sees_the_answers_and_decides(
    pilot_of_two: Pilot, coder: Coder, seats: dict[str, Seat]
) -> None:
    pilot = pilot_of_two
    second = Coder(seats["model-b"])
    by_key = {one.uid: one.key for one in read_plan(pilot.root, pilot.name, Round.MAIN)}
    answers = {"model-a": [*OPPOSES, marked(0, 4)], "model-b": NO_POSITION}
    for one, person in (("model-a", coder), ("model-b", second)):
        for uid, task in zip(pilot.plan(one), pilot.push_tasks(one), strict=True):
            person.answer(task, answers[one] if by_key[uid][1] == "ada-berg" else NO_POSITION)
    second.close()
    pilot.pull()
    sources = read_sources(pilot.root)
    write_plan(pilot.root, pilot.name, Round.ADJUDICATION, adjudication_plan(sources, pilot.campaign))
    (task_id,) = pilot.push_tasks("anna", Round.ADJUDICATION)
    judge = Coder(seats["anna"])
    shown = judge.call("GET", f"/api/tasks/{task_id}/")["data"]["answers"]
    assert "<mark>opposes</mark>" in shown
    assert not any(name in shown for name in CODERS)
    reason = {"from_name": "reason", "to_name": "text", "type": "textarea", "value": {"text": ["She wrote it."]}}
    judge.answer(task_id, [choice("stance", "no_position"), reason])
    judge.close()
    assert of(pilot.pull(Round.ADJUDICATION), "anna").changed == 1
    (entry,) = read_sources(pilot.root).decisions
    assert (entry.record.decided_by, entry.record.kind, entry.record.reason) == (
        "anna",
        CoderKind.HUMAN,
        "She wrote it.",
    )
    assert len(entry.record.from_judgements) == 2
    assert [one for one in check(pilot.root).incidents if one.severity == "error"] == []
    before = pilot.contents()
    pilot.pull(Round.ADJUDICATION)
    assert pilot.contents() == before


def test_the_round_find_there_and_back(pilot: Pilot, coder: Coder) -> None:
    plan = make_plan(read_sources(pilot.root), pilot.campaign, Round.FIND)
    write_plan(pilot.root, pilot.name, Round.FIND, plan)
    (task_id,) = pilot.push_tasks(round_=Round.FIND)

    def region(control: str, label: str) -> dict[str, Any]:
        value = {"start": 0, "end": 4, "text": "", "labels": [label]}
        return {"id": "r", "from_name": control, "to_name": "text", "type": "labels", "value": value}

    coder.answer(
        task_id, [region("found_proposition", "ostmark-2002-sanctions"), region("found_actor", "ada-berg")]
    )
    found = of(pilot.pull(Round.FIND))
    assert (found.taken, found.changed, found.refusals) == (1, 1, ())
    ((_, row),) = read_jsonl(pilot.root / "annotations/findings/ostmark-2002/model-a.jsonl")
    assert [(said["actor"], said["proposition_id"]) for said in row["statements"]] == [
        ("ada-berg", "ostmark-2002-sanctions")
    ]
    before = pilot.contents()
    assert of(pilot.pull(Round.FIND)).changed == 0
    assert pilot.contents() == before
