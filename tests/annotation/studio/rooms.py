"""Rooms on the real server with something in them, and requests over all of the server's routes."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import requests

from standoff.annotation.studio.environment import INSIDE, inside_command, server_environment

if TYPE_CHECKING:
    from standoff.annotation.studio.seats import Seat
    from standoff.annotation.studio.server import Desk

SECRET = "sesame-4711"  # noqa: S105 - a mark, not a password
"""Stands in everything of anna's: title, text, label, note, draft, suggestion, tab."""
CONFIG = """<View><Labels name="evidence" toName="text"><Label value="evidence"/></Labels>
<Text name="text" value="$text"/>
<Choices name="stance" toName="text"><Choice value="supports"/><Choice value="sesame-4711"/></Choices>
<TextArea name="note" toName="text"/></View>"""
RESULT = [
    {"from_name": "stance", "to_name": "text", "type": "choices", "value": {"choices": [SECRET]}},
    {"from_name": "note", "to_name": "text", "type": "textarea", "value": {"text": [f"a note: {SECRET}"]}},
]
WRITES = ("POST", "PATCH", "PUT", "DELETE")
ASIDE = re.compile(
    r"/(static|docs|react-app|dm/{path}|label-studio-frontend|admin|django-rq|logout|swagger)"
    r"|/api/storages/(export/)?(azure|gcs|redis|localfiles)|.*[.]{format}"
)
"""Files that everybody gets; the interface's description, which takes seconds to make; what is closed; what is the
same code as another route: the other kinds of storage as s3, and each ``.json`` beside its route."""
ACTIONS = (
    *("delete_tasks", "delete_tasks_annotations", "delete_tasks_predictions", "retrieve_tasks_predictions"),
    *("predictions_to_annotations", "remove_duplicates", "cache_labels", "next_task", "add_data_field"),
)
OWN_KEYS = ("/api/current-user/reset-token/", "/api/jwt/settings", "/api/token/")
"""Where the owner of a room makes or loses its own token."""


class Answer(NamedTuple):
    """What a route answered."""

    request: str
    status: int
    text: str


@dataclass(frozen=True)
class Account:
    """Who asks: a session, logged in by the form or with a token in its headers."""

    url: str
    session: requests.Session

    def ask(self, method: str, path: str, body: Any = None) -> requests.Response:
        return self.session.request(method, self.url + path, json=body, timeout=120, allow_redirects=False)

    def make(self, path: str, body: object) -> Any:
        answer = self.ask("POST", path, body)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()


@dataclass(frozen=True)
class Room:
    """A coder's room with one project in it: the owner's and the coder's account, and the ids of what it holds."""

    seat: Seat
    owner: Account
    coder: Account
    ids: dict[str, int]

    def snapshot(self) -> list[Any]:
        """What would show a change."""
        project = self.ids["project"]
        paths = (
            f"/api/projects/{project}/",
            f"/api/projects/{project}/export?exportType=JSON&download_all_tasks=true",
            f"/api/dm/views/?project={project}",
            f"/api/tasks/{self.ids['task']}/drafts",
            f"/api/predictions/?project={project}",
            "/api/organizations/",
            "/api/users/",
        )
        text = "\n".join(self.owner.ask("GET", path).text for path in paths)
        assert text.count(SECRET) > 10
        return re.sub(r'"(last_activity|created_ago)":"[^"]*"', "", text).split("\n")


def by_token(url: str, authorization: str) -> Account:
    session = requests.Session()
    session.headers["Authorization"] = authorization
    return Account(url, session)


def by_form(seat: Seat) -> Account:
    """Log in as a browser does."""
    session = requests.Session()
    page = session.get(f"{seat.url}/user/login/", timeout=60).text
    found = re.search(r'csrfmiddlewaretoken" value="([^"]+)', page)
    assert found is not None
    form = {"csrfmiddlewaretoken": found[1], "email": seat.email, "password": seat.password}
    answer = session.post(f"{seat.url}/user/login/", data=form, allow_redirects=False, timeout=60)
    assert answer.status_code == 302, answer.text
    return Account(seat.url, session)


def furnish(seat: Seat, word: str) -> Room:
    """Fill a room: a project, two tasks, an annotation, a draft and a tab of the coder's, a suggestion."""
    owner, coder = by_token(seat.url, f"Token {seat.token}"), by_form(seat)
    result = json.loads(json.dumps(RESULT).replace(SECRET, word))
    project = owner.make("/api/projects/", {"title": f"main {word}", "label_config": CONFIG.replace(SECRET, word)})
    tasks = owner.make(
        f"/api/projects/{project['id']}/import?return_task_ids=true",
        [{"data": {"text": f"A text that says {word}.", "uid": str(number)}} for number in range(3)],
    )["task_ids"]
    suggestion = {"task": tasks[0], "result": result, "model_version": word, "score": 0.5}
    made = {
        "annotation": coder.make(f"/api/tasks/{tasks[0]}/annotations/", {"result": result}),
        "draft": coder.make(f"/api/tasks/{tasks[0]}/drafts", {"result": result}),
        "prediction": owner.make("/api/predictions/", suggestion),
        "view": coder.make("/api/dm/views/", {"project": project["id"], "data": {"title": word}}),
        "project": project,
        "user": coder.ask("GET", "/api/current-user/whoami").json(),
    }
    return Room(
        seat, owner, coder, {name: one["id"] for name, one in made.items()} | {"task": tasks[0], "free": tasks[1]}
    )


def sweep(account: Account, routes: list[str], methods: tuple[str, ...]) -> list[Answer]:
    """Ask every route for what has the id 1, and for the account 2: in path, query and body."""
    query = "project=1&task=1&view=1&tab=1&id=1&ids=1&annotation=1&page=1&page_size=9&exportType=JSON&fileuri=YQ=="
    keys = (
        "project",
        "task",
        "view",
        "annotation",
        "id",
        "organization",
        "parent_annotation",
        "parent_prediction",
    )
    body = {
        **dict.fromkeys(keys, 1),
        "user": 2,
        "completed_by": 2,
        "active_organization": 1,
        "ids": [1],
        "result": [],
        "title": "overwritten",
        "data": {"text": "overwritten"},
        "selectedItems": {"all": True, "excluded": []},
    }
    found = []
    for route in routes:
        if ASIDE.match(route) or route in OWN_KEYS:
            continue
        kinds = {"action_id": "next_task", "entity_name": "task", "format": "json", "user_pk": "2", "path": "1"}
        users = ("1", "2") if "users/" in route else ("1",)
        for user in users:
            path = re.sub(r"{(\w+)}", lambda name: kinds.get(name[1], user), route)  # noqa: B023 - used at once
            for method in methods:
                answer = account.ask(method, f"{path}?{query}", None if method == "GET" else body)
                said = f"{answer.headers.get('Location', '')}\n{answer.text}"
                found.append(Answer(f"{method} {route}", answer.status_code, said))
    return found


def act(account: Account) -> list[Answer]:
    """Ask for every action on all tasks of the project 1."""
    found = []
    for name in ACTIONS:
        answer = account.ask(
            "POST", f"/api/dm/actions/?id={name}&project=1", {"selectedItems": {"all": True, "excluded": []}}
        )
        found.append(Answer(f"POST {name}", answer.status_code, answer.text))
    return found


def leaks(answers: list[Answer]) -> set[str]:
    """Return which requests were answered with something of anna's."""
    return {answer.request for answer in answers if SECRET in answer.text}


def look_inside(desk: Desk) -> dict[str, Any]:
    """Return the server's routes, and each table's way to a room, as the server itself has them."""
    script = str(Path(__file__).parent / "routes_inside.py")
    command = inside_command(script, str(INSIDE))
    done = subprocess.run(command, env=server_environment(desk.folder), capture_output=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
