"""What one coder can get at of another's, on the real server: over all of its routes."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.annotation.studio.rooms import (
    CONFIG,
    RESULT,
    SECRET,
    WRITES,
    Account,
    Room,
    act,
    by_token,
    furnish,
    leaks,
    look_inside,
    sweep,
)

from standoff.annotation.studio import server
from standoff.annotation.studio.environment import INSIDE
from standoff.annotation.studio.seats import add_coder
from standoff.annotation.studio.server import Desk


@pytest.fixture(scope="module")
def anna(desk: Desk) -> Room:
    room = furnish(add_coder(desk, "anna"), SECRET)
    # The first of everything, so that 1 is the id of each in the sweeps.
    assert {room.ids[name] for name in ("annotation", "draft", "prediction", "view", "project", "task")} == {1}
    assert room.ids["user"] == 2
    return room


@pytest.fixture(scope="module")
def ben(desk: Desk, anna: Room) -> Room:  # noqa: ARG001 - anna was here first
    return furnish(add_coder(desk, "ben"), "of ben")


@pytest.fixture(scope="module")
def inside(desk: Desk) -> dict[str, Any]:
    return look_inside(desk)


def test_the_sweep_finds_what_is_annas_when_anna_asks(anna: Room, inside: dict[str, Any]) -> None:
    assert len(inside["routes"]) > 300
    found = leaks(sweep(anna.owner, inside["routes"], ("GET",)))
    assert found >= {
        f"GET {route}"
        for route in (
            "/api/annotations/{pk}/",
            "/api/dm/columns/",
            "/api/dm/project/",
            "/api/dm/views/",
            "/api/dm/views/{pk}/",
            "/api/drafts/{pk}/",
            "/api/predictions/{pk}/",
            "/api/projects/",
            "/api/projects/{pk}/",
            "/api/projects/{pk}/export",
            "/api/projects/{pk}/next/",
            "/api/projects/{pk}/sample-task/",
            "/api/projects/{pk}/summary/",
            "/api/projects/{pk}/tasks/",
            "/api/tasks/",
            "/api/tasks/{pk}/",
            "/api/tasks/{pk}/annotations/",
            "/api/tasks/{pk}/drafts",
        )
    } - {"GET /api/projects/{pk}/next/"}
    coders = leaks(sweep(anna.coder, inside["routes"], ("GET",)))
    assert "GET /api/tasks/{pk}/" in coders
    assert "GET /api/projects/{pk}/export" not in coders


@pytest.mark.parametrize("account", ["coder", "owner"])
def test_nothing_of_annas_is_read_or_changed_from_bens_room(
    anna: Room, ben: Room, inside: dict[str, Any], account: str
) -> None:
    before = anna.snapshot()
    asking: Account = getattr(ben, account)
    answers = [*sweep(asking, inside["routes"], ("GET", *WRITES)), *act(asking)]
    assert leaks(answers) == set()
    assert anna.snapshot() == before
    assert len(answers) > 500
    # It was ben who asked, to the end: an account that is logged out would see nothing either.
    assert asking.ask("GET", "/api/current-user/whoami").status_code == 200


def test_the_sweep_finds_the_leaks_of_a_server_without_the_guard(
    server_template: Path, tmp_path: Path, inside: dict[str, Any]
) -> None:
    folder = tmp_path / "unguarded"
    shutil.copytree(server_template, folder)
    shutil.copy(INSIDE / "start.py", tmp_path)
    (tmp_path / "guard.py").write_text("def install() -> None: ...\n", encoding="utf-8")
    started = server.start(folder, script=tmp_path / "start.py")
    try:
        desk = server.open_desk(folder)
        anna = furnish(add_coder(desk, "anna"), SECRET)
        ben = furnish(add_coder(desk, "ben"), "of ben")
        before = anna.snapshot()
        found = leaks(sweep(ben.coder, inside["routes"], ("GET",)))
        assert found >= {"GET /api/annotations/{pk}/", "GET /api/tasks/", "GET /api/dm/project/"}
        assert "GET /api/projects/{pk}/" not in found
        ben.coder.ask("PATCH", "/api/annotations/1/", {"result": []})
        assert anna.snapshot() != before
    finally:
        server.end(started.process)  # type: ignore[arg-type]  # a server that was just started has one


def test_a_row_of_ones_own_does_not_refer_to_annas(anna: Room, ben: Room) -> None:
    before = anna.snapshot()
    task = ben.ids["free"]
    result: dict[str, Any] = {"result": []}
    assert ben.coder.ask("POST", f"/api/tasks/{task}/annotations/1/drafts", result).status_code == 404
    for key in ("parent_annotation", "parent_prediction"):
        assert ben.coder.ask("POST", f"/api/tasks/{task}/annotations/", {**result, key: 1}).status_code == 400
    # The server's own fault for a project that does not exist, too: 500.
    assert ben.owner.ask("PATCH", f"/api/tasks/{ben.ids['task']}/", {"project": 1}).status_code == 500
    assert ben.owner.ask("PATCH", f"/api/tasks/{ben.ids['task']}/", {"project": 4711}).status_code == 500
    assert ben.owner.ask("PATCH", f"/api/users/{ben.ids['user']}/", {"active_organization": 1}).status_code in {
        400,
        404,
    }
    assert anna.snapshot() == before


def test_an_answer_as_the_page_sends_it_does_not_reach_annas_rows(anna: Room, ben: Room) -> None:
    before = anna.snapshot()
    answer = {"result": RESULT, "lead_time": 1.5, "started_at": "2021-05-12T08:00:00Z"}
    for account in (ben.coder, ben.owner):
        for method, path, body in (
            ("POST", "/api/tasks/1/annotations/", answer),
            ("POST", "/api/tasks/1/annotations/?project=1", {**answer, "was_cancelled": True}),
            ("POST", "/api/tasks/1/drafts", answer),
            ("POST", "/api/tasks/1/annotations/1/drafts", answer),
            ("PATCH", "/api/annotations/1/", answer),
            ("PATCH", "/api/annotations/1/", {"was_cancelled": True}),
            ("PATCH", "/api/drafts/1/", answer),
            ("PATCH", "/api/drafts/1/", {"annotation": None}),
            ("POST", "/api/annotations/1/convert-to-draft", None),
            ("DELETE", "/api/annotations/1/?taskID=1&project=1", {"project": "1"}),
            ("DELETE", "/api/drafts/1/", None),
        ):
            # The same as at a row that is not there; for a draft of no task the server's own answer is 500.
            nobodys = path.replace("/1/", "/4711/")
            statuses = [account.ask(method, asked, body).status_code for asked in (path, nobodys)]
            assert (path, statuses) == (path, [500, 500] if path.endswith("/drafts") else [404, 404])
    assert anna.snapshot() == before
    free = f"/api/tasks/{ben.ids['free']}/annotations/"
    made = ben.coder.make(free, answer)["id"]  # and at a row of ben's own it is taken
    assert ben.coder.ask("PATCH", f"/api/annotations/{made}/", answer).status_code == 200
    assert ben.coder.ask("DELETE", f"/api/annotations/{made}/").status_code == 204


def test_each_request_has_the_room_of_its_own_account(anna: Room, ben: Room) -> None:
    line = requests.Session()  # one connection: one thread of the server answers all
    asked = {"nobody": {"Cookie": ""}}
    for who, room in (("anna", anna), ("ben", ben)):
        asked[who] = {"Authorization": f"Token {room.seat.token}"}
        cookies = "; ".join(f"{name}={value}" for name, value in room.coder.session.cookies.items())
        asked[f"{who}'s browser"] = {"Cookie": cookies}
    order = ["anna's browser", "ben's browser", "anna's browser", "anna", "ben", "nobody", "ben's browser", "anna"]
    expected = {"anna": 200, "anna's browser": 200, "ben": 404, "ben's browser": 404, "nobody": 401}
    for who in order:
        answer = line.get(f"{anna.seat.url}/api/annotations/1/", headers=asked[who], timeout=60)
        line.cookies.clear()
        assert (who, answer.status_code) == (who, expected[who])


def test_a_personal_access_token_stays_in_its_room_too(anna: Room, ben: Room) -> None:
    for room, status in ((anna, 200), (ben, 404)):
        token = room.owner.make("/api/token/", {})["token"]
        access = requests.post(f"{room.seat.url}/api/token/refresh/", json={"refresh": token}, timeout=60).json()[
            "access"
        ]
        asking = by_token(room.seat.url, f"Bearer {access}")
        assert asking.ask("GET", "/api/current-user/whoami").status_code == 200
        assert asking.ask("GET", "/api/annotations/1/").status_code == status


def test_ids_of_imported_tasks_go_on_from_the_last_of_all_rooms(anna: Room, ben: Room) -> None:
    for room in (anna, ben, anna):
        project = room.owner.make("/api/projects/", {"title": "another", "label_config": CONFIG})["id"]
        annotation = {"result": RESULT, "completed_by": room.ids["user"]}
        task = {"data": {"text": "x"}, "annotations": [annotation]}
        assert room.owner.make(f"/api/projects/{project}/import", [task, task])["task_count"] == 2
        assert room.owner.ask("DELETE", f"/api/projects/{project}/").status_code == 204


def test_a_table_without_a_way_to_a_room_is_known(inside: dict[str, Any]) -> None:
    assert {table for table, way in inside["ways"].items() if way is None} == {
        "auth.Group_permissions",
        "core.DeletedRow",
        "django_rq.Queue",
        "io_storages.AzureBlobStorageMixin",
        "io_storages.GCSStorageMixin",
        "io_storages.LocalFilesMixin",
        "io_storages.RedisStorageMixin",
        "sessions.Session",
    }
    assert inside["ways"]["tasks.Annotation"] == "task__project__organization"


def test_a_visitor_sees_the_login_page_alone(anna: Room, inside: dict[str, Any]) -> None:
    visitor = Account(anna.seat.url, requests.Session())
    assert visitor.ask("GET", "/user/login/").status_code == 200
    for method in ("GET", "POST"):
        assert visitor.ask(method, "/user/signup/?token=x").status_code == 403
    assert visitor.ask("GET", "/heidi-tips/").json() == {}
    answers = sweep(visitor, inside["routes"], ("GET",))
    assert leaks(answers) == set()
    assert {answer.status for answer in answers if answer.request.startswith("GET /api/projects")} <= {
        401,
        404,
        405,
    }
