"""A round to a real server."""

from __future__ import annotations

import json
import stat
from dataclasses import replace

import pytest
from tests.annotation.studio.pilot import (
    CODERS,
    NO_POSITION,
    Coder,
    Lead,
    Pilot,
)

from standoff.annotation.campaign.campaign import Round
from standoff.annotation.studio.client import connect
from standoff.annotation.studio.seats import Seat
from standoff.errors import NotFoundError, RefusedError


def test_each_coder_gets_the_own_tasks_in_the_own_room_in_the_order_of_the_plan(pilot_of_two: Pilot) -> None:
    pilot = pilot_of_two
    first, second = pilot.push()
    assert [(one.coder_id, one.assigned, one.sent, one.isolated) for one in (first, second)] == [
        ("model-a", 3, 3, True),
        ("model-b", 3, 3, True),
    ]
    for one, other in ((first, second), (second, first)):
        assert [task.data["uid"] for task in pilot.stored(one.project_id, one.coder_id)] == pilot.plan(
            one.coder_id
        )
        with connect(pilot.seats[one.coder_id]) as studio:
            assert other.project_id not in {project.project_id for project in studio.projects()}


def test_the_same_push_twice_sends_nothing_twice(pilot: Pilot) -> None:
    first = pilot.push()
    again = pilot.push()
    assert [one.sent for one in again] == [0]
    assert [one.project_id for one in again] == [one.project_id for one in first]
    assert [(one.changed, one.doubled, one.unknown) for one in again] == [((), (), ())]
    assert len(pilot.stored(first[0].project_id)) == 3


def test_a_task_says_what_is_asked_and_not_by_whom_or_how_often(pilot: Pilot) -> None:
    project_id = pilot.push()[0].project_id
    data = pilot.stored(project_id)[0].data
    assert data.keys() == {
        *("uid", "article_id", "actor_id", "proposition_id", "dateline", "actor", "role", "proposition"),
        *("text", "text_sha256", "codebook"),
    }
    assert (data["dateline"], data["codebook"]) == ("standoff, 6 May 2002", "v1")
    assert not any(name in json.dumps(data) for name in CODERS)


def test_the_page_shows_the_tasks_in_order_and_then_no_more(pilot: Pilot, coder: Coder) -> None:
    project_id = pilot.push()[0].project_id
    seen = []
    while (task := coder.next_task(project_id)) is not None:
        seen.append(task["data"]["uid"])
        coder.answer(task["id"], NO_POSITION)
    assert seen == pilot.plan("model-a")


def test_the_link_opens_the_stream_and_the_handout_is_the_coders_secret(
    pilot: Pilot, seats: dict[str, Seat]
) -> None:
    pushed = pilot.push()[0]
    assert pushed.link == f"{pilot.desk.url}/projects/{pushed.project_id}/data?labeling=1"
    assert stat.S_IMODE(pushed.handout.stat().st_mode) == 0o600
    assert pushed.handout == pilot.desk.folder / "handouts" / "model-a.txt"
    lines = [line.strip() for line in pushed.handout.read_text().splitlines()]
    seat = seats["model-a"]
    assert lines[2:5] == [
        f"1. Open {pilot.desk.url}/user/login/",
        f"2. Log in as {seat.email}",
        f"password: {seat.password}",
    ]
    assert f"{pilot.name}, main: {pushed.link}" in lines
    assert not any("model-b" in line for line in lines)


def test_a_deleted_task_is_sent_again(pilot: Pilot, lead: Lead) -> None:
    gone = pilot.push_tasks()[1]
    lead.call("DELETE", f"/api/tasks/{gone}/")
    assert [one.sent for one in pilot.push()] == [1]
    project_id = pilot.push()[0].project_id
    stored = pilot.stored(project_id)
    assert sorted(task.data["uid"] for task in stored) == sorted(pilot.plan("model-a"))


def test_what_was_changed_doubled_or_added_on_the_server_is_told(pilot: Pilot, lead: Lead) -> None:
    tasks = pilot.push_tasks()
    pushed = pilot.push()[0]
    lead.edit(tasks[0], text="Another text.")
    other = lead.call("GET", f"/api/tasks/{tasks[1]}/")["data"]
    added = [
        {"data": other},
        {"data": {"text": "mine", "uid": "of-mine"}},
        {"data": {"text": "mine, without uid"}},
    ]
    lead.call("POST", f"/api/projects/{pushed.project_id}/import", added)
    told = pilot.push()[0]
    assert told.sent == 0
    assert told.changed == (pilot.plan("model-a")[0],)
    assert told.doubled == (pilot.plan("model-a")[1],)
    assert "of-mine" in told.unknown
    assert len(told.unknown) == 2


def test_a_project_with_tasks_of_another_plan_is_refused_before_anything_is_changed(
    pilot: Pilot, lead: Lead
) -> None:
    pushed = pilot.push()[0]
    tasks = [{"data": {"text": "theirs", "uid": "0" * 16}}]
    lead.call("POST", f"/api/projects/{pushed.project_id}/import", tasks)
    before = pilot.stored(pushed.project_id)
    with pytest.raises(RefusedError, match="1 tasks that this plan does not have") as caught:
        pilot.push()
    assert "rename one of them" in str(caught.value)
    assert pilot.stored(pushed.project_id) == before


def test_a_project_is_known_by_its_mark_and_two_of_them_are_refused(pilot: Pilot, lead: Lead) -> None:
    project_id = pilot.push()[0].project_id
    lead.call("PATCH", f"/api/projects/{project_id}/", {"title": "My work"})
    assert pilot.push()[0].project_id == project_id
    mark = f"standoff:{pilot.name}:main:model-a"
    other = lead.call("POST", "/api/projects/", {"title": "copy", "description": f"a copy {mark}"})["id"]
    with pytest.raises(RefusedError, match=f"projects .* all claim to be {mark}"):
        pilot.push()
    lead.call("PATCH", f"/api/projects/{other}/", {"description": f"a copy {mark}-2"})
    assert pilot.push()[0].project_id == project_id


def test_the_configuration_is_brought_up_to_date(pilot: Pilot) -> None:
    pilot.push()
    path = pilot.root / "annotations" / "codebook" / "v1.md"
    path.write_text(path.read_text().replace("the actor is against it", "the actor is wholly against it"))
    pilot.push()
    found = pilot.project()
    assert found is not None
    assert "the actor is wholly against it" in found.label_config
    assert "the actor is wholly against it" in found.instructions


def test_a_text_that_is_not_the_planned_one_stops_all_before_anything_is_sent(pilot: Pilot) -> None:
    path = pilot.root / "corpus/sources/articles/ostmark-2002/ostmark-2002-coal.md"
    path.write_text(path.read_text().replace("midnight", "noon"))
    with pytest.raises(RefusedError, match="is not the one that was planned"):
        pilot.push()
    assert pilot.project() is None


def test_a_round_that_is_not_planned(pilot: Pilot) -> None:
    with pytest.raises(NotFoundError, match=r"the round practice of .* is not planned"):
        pilot.push(Round.PRACTICE)


def test_on_a_foreign_server_titles_name_the_coder(pilot_of_two: Pilot, seats: dict[str, Seat]) -> None:
    pilot = pilot_of_two
    trusting = replace(pilot, seats={name: replace(seat, isolated=False) for name, seat in seats.items()})
    pushed = trusting.push()
    assert [one.isolated for one in pushed] == [False, False]
    found = pilot.project()
    assert found is not None
    assert found.title == f"{pilot.name} · main · model-a"
