"""What a coder may do in its room, and what is the owner's, on the real server and in a real browser."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from tests.annotation.studio.rooms import RESULT, SECRET, Room, furnish

from standoff.annotation.studio.seats import add_coder
from standoff.annotation.studio.server import Desk

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture(scope="module")
def anna(desk: Desk) -> Room:
    return furnish(add_coder(desk, "anna"), SECRET)


REFUSED: list[tuple[str, str, Any]] = [
    ("PATCH", "/api/projects/{project}/", {"title": "mine"}),
    ("DELETE", "/api/projects/{project}/", None),
    ("POST", "/api/projects/", {"title": "mine"}),
    ("GET", "/api/projects/{project}/export?exportType=JSON", None),
    ("POST", "/api/projects/{project}/import", [{"data": {"text": "x"}}]),
    ("DELETE", "/api/projects/{project}/tasks/", None),
    ("PATCH", "/api/tasks/{task}/", {"data": {"text": "x"}}),
    ("DELETE", "/api/tasks/{task}/", None),
    ("POST", "/api/tasks/", {"project": 1, "data": {"text": "x"}}),
    ("POST", "/api/dm/actions/?id=delete_tasks&project={project}", {"selectedItems": {"all": True}}),
    ("DELETE", "/api/dm/views/reset/?project={project}", {"project": 1}),
    ("POST", "/api/predictions/", {"task": 1, "result": []}),
    ("DELETE", "/api/predictions/{prediction}/", None),
    ("POST", "/api/users/", {"email": "x@example.org"}),
    ("PATCH", "/api/users/{user}/", {"email": "x@example.org"}),
    ("GET", "/api/current-user/token", None),
    ("POST", "/api/current-user/reset-token/", None),
    ("POST", "/api/token/", None),
    ("POST", "/api/jwt/settings", {"legacy_api_tokens_enabled": False}),
    ("PATCH", "/api/organizations/1", {"title": "mine"}),
    ("DELETE", "/api/organizations/1/memberships/1/", None),
    ("GET", "/api/invite", None),
    ("POST", "/api/webhooks/", {"url": "http://127.0.0.1:9"}),
    ("POST", "/api/ml/", {"project": 1, "url": "http://127.0.0.1:9"}),
    ("POST", "/api/storages/localfiles/", {"project": 1, "path": "/"}),
    ("GET", "/projects/{project}/settings/", None),
    ("GET", "/people/", None),
    ("GET", "/data/upload/1", None),
    ("GET", "/admin/", None),
    ("GET", "/django-rq/", None),
    ("PUT", "/api/annotations/{annotation}/", {"result": []}),
    ("PATCH", "/api/annotations/{annotation}/", {"completed_by": 1}),
    ("PATCH", "/api/annotations/{annotation}/", {"task": 2}),
    ("PATCH", "/api/annotations/{annotation}/", {"project": 77}),
    ("PATCH", "/api/annotations/{annotation}/", {"ground_truth": True}),
    ("POST", "/api/tasks/{free}/annotations/", {"result": [], "completed_by": 1}),
    ("POST", "/api/tasks/{free}/drafts", {"result": [], "user": "1"}),
]


@pytest.mark.parametrize(("method", "path", "body"), REFUSED)
def test_a_coder_is_refused_what_the_owner_does(anna: Room, method: str, path: str, body: Any) -> None:
    before = anna.snapshot()
    answer = anna.coder.ask(method, path.format(**anna.ids), body)
    assert answer.status_code == 403
    said = answer.headers["Content-Type"]
    sentence = answer.json()["detail"] if said == "application/json" else answer.text
    assert re.fullmatch(r"[A-Z][^.<>]+\.?", sentence)
    assert anna.snapshot() == before


def test_a_coder_does_the_work_of_its_room(anna: Room) -> None:
    coder, free = anna.coder, anna.ids["free"]
    answer = {"result": [], "lead_time": 2.5, "project": str(anna.ids["project"]), "draft_id": 0}
    made = coder.make(f"/api/tasks/{free}/annotations/?project=1", answer)
    assert made["completed_by"] == anna.ids["user"]
    path = f"/api/annotations/{made['id']}/"
    assert coder.ask("PATCH", path, {**answer, "lead_time": 4}).json()["lead_time"] == 4
    assert coder.make(f"/api/tasks/{free}/annotations/{made['id']}/drafts", answer)["annotation"] == made["id"]
    draft = coder.make(f"/api/annotations/{made['id']}/convert-to-draft", None)
    assert coder.ask("PATCH", f"/api/drafts/{draft['id']}/", {"result": []}).status_code == 200
    assert coder.ask("DELETE", f"/api/drafts/{draft['id']}/").status_code == 204
    skipped = coder.make(f"/api/tasks/{free}/annotations/", {**answer, "was_cancelled": True})
    assert skipped["was_cancelled"]
    assert coder.ask("DELETE", f"/api/annotations/{skipped['id']}/").status_code == 204
    assert coder.ask("PATCH", "/api/current-user/hotkeys/", {"custom_hotkeys": {}}).status_code == 200
    tab = coder.make("/api/dm/views/", {"project": 1, "data": {"title": "mine"}})["id"]
    assert coder.ask("PATCH", f"/api/dm/views/{tab}/", {"project": 1, "data": {"title": "my"}}).status_code == 200
    assert coder.ask("DELETE", f"/api/dm/views/{tab}/").status_code == 204


def test_a_coder_changes_its_own_answers_only(anna: Room) -> None:
    answer = {"result": RESULT}
    made = anna.owner.make(f"/api/tasks/{anna.ids['free']}/annotations/", answer)["id"]
    draft = anna.owner.make(f"/api/tasks/{anna.ids['free']}/drafts", answer)["id"]
    for method, path in (
        ("PATCH", f"/api/annotations/{made}/"),
        ("DELETE", f"/api/annotations/{made}/"),
        ("POST", f"/api/annotations/{made}/convert-to-draft"),
        ("PATCH", f"/api/drafts/{draft}/"),
        ("DELETE", f"/api/drafts/{draft}/"),
    ):
        refusal = anna.coder.ask(method, path, {"result": []})
        assert (refusal.status_code, refusal.json()["detail"][-10:]) == (403, "not yours.")
    assert anna.coder.ask("PATCH", "/api/annotations/4711/", {"result": []}).status_code == 404
    assert anna.owner.ask("DELETE", f"/api/annotations/{made}/").status_code == 204
    assert anna.owner.ask("DELETE", f"/api/drafts/{draft}/").status_code == 204


def test_a_coder_frees_its_draft_from_a_skip_and_binds_it_to_nothing(anna: Room) -> None:
    coder, free = anna.coder, anna.ids["free"]
    made = coder.make(f"/api/tasks/{free}/annotations/", {"result": [], "was_cancelled": True})["id"]
    draft = coder.make(f"/api/tasks/{free}/annotations/{made}/drafts", {"result": RESULT})["id"]
    path = f"/api/drafts/{draft}/"
    assert coder.ask("PATCH", path, {"annotation": anna.ids["annotation"]}).status_code == 403
    assert coder.ask("PATCH", f"/api/annotations/{made}/", {"annotation": None}).status_code == 403
    assert coder.ask("PATCH", path, {"annotation": None}).json()["annotation"] is None
    assert coder.ask("DELETE", f"/api/annotations/{made}/").status_code == 204
    assert coder.ask("GET", path).json()["result"] == RESULT
    assert coder.ask("DELETE", path).status_code == 204


BROKEN: list[Any] = [
    [],
    "x",
    {"lead_time": 1},
    {"result": None},
    {"result": json.dumps(RESULT)},
    {"result": {"0": RESULT[0]}},
    {"result": ["x"]},
    {"result": [{**RESULT[1], "value": {"text": 7}}]},
    {"result": [{**RESULT[1], "value": "x"}]},
    {"result": [{**RESULT[1], "value": [1]}]},
    {"result": [{**RESULT[1], "from_name": ["note"]}]},
    {"result": [{**RESULT[1], "value": {"text": ["half \ud83d of a sign"]}}]},
    {"result": [], "lead_time": 10**30},
]


@pytest.mark.parametrize("body", BROKEN, ids=str)
def test_a_malformed_answer_is_refused_in_a_sentence_and_not_stored(anna: Room, body: Any) -> None:
    before, ids = anna.snapshot(), anna.ids
    asked = [
        ("POST", f"/api/tasks/{ids['free']}/annotations/"),
        ("POST", f"/api/tasks/{ids['free']}/drafts"),
        ("POST", f"/api/tasks/{ids['task']}/annotations/{ids['annotation']}/drafts"),
        ("PATCH", f"/api/annotations/{ids['annotation']}/"),
        ("PATCH", f"/api/drafts/{ids['draft']}/"),
    ]
    for method, path in asked[: 3 if body == {"lead_time": 1} else None]:
        refusal = anna.coder.ask(method, path, body)
        assert refusal.status_code == 400, path
        assert re.fullmatch(r"[A-Z][^.]+\.", refusal.json()["detail"])
    assert anna.snapshot() == before


@pytest.mark.parametrize(
    "text",
    ['{"result": ' + "[" * 50_000 + "]" * 50_000 + "}", '{"result": [], "unique_id": "' + "x" * 8_000_000 + '"}'],
    ids=["deep", "large"],
)
def test_a_body_that_is_too_deep_or_too_large_is_refused(anna: Room, text: str) -> None:
    before, session = anna.snapshot(), anna.coder.session
    answer = session.post(
        f"{anna.seat.url}/api/tasks/{anna.ids['free']}/annotations/",
        data=text,
        headers={"Content-Type": "application/json"},
        timeout=60,
    )
    assert answer.status_code == 400
    assert anna.snapshot() == before


def test_the_pages_of_a_coder_work(anna: Room, page: Page) -> None:
    refused: list[str] = []
    submitted: list[Any] = []
    page.on("response", lambda got: refused.append(got.url) if got.status in {403, 500} else None)
    url, project = anna.seat.url, anna.ids["project"]
    page.goto(f"{url}/user/login/")
    page.fill("input[name=email]", anna.seat.email)
    page.fill("input[name=password]", anna.seat.password or "")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"[0-9]/(projects/.*)?$"))
    page.goto(f"{url}/projects/{project}/data?labeling=1")
    for button in ("Submit", "Skip"):
        page.get_by_text("supports").first.click()
        with page.expect_response(re.compile(r"/api/tasks/\d+/annotations")) as answer:
            page.locator(f"button:has-text('{button}')").first.click()
        assert answer.value.status == 201
        page.wait_for_load_state("networkidle")
        submitted.append(answer.value.json())
    assert [one["was_cancelled"] for one in submitted] == [False, True]
    page.goto(f"{url}/projects/{project}/data?task={submitted[0]['task']}")
    page.get_by_text("supports").first.click()
    with page.expect_response(re.compile(r"/api/annotations/\d+")) as answer:
        page.locator("button:has-text('Update')").first.click()
    assert (answer.value.status, answer.value.request.method) == (200, "PATCH")
    page.wait_for_load_state("networkidle")
    for path in (f"/projects/{project}/data", "/user/account", "/projects"):
        page.goto(url + path)
        page.wait_for_load_state("networkidle")
    assert refused == []
    assert page.locator("text=/not open to coders|error/i").count() == 0
