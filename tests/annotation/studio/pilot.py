"""A made-up checkout with a planned campaign, and coders who answer over HTTP as their browsers do."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from standoff.annotation.campaign.campaign import (
    Campaign,
    Round,
    campaign_folder,
    read_campaign,
    read_plan,
    write_plan,
)
from standoff.annotation.campaign.plan import make_plan
from standoff.annotation.campaign.pull import Pulled, pull
from standoff.annotation.campaign.push import Pushed, push
from standoff.annotation.studio.client import Project, StoredTask, connect
from standoff.annotation.studio.payload import Payload
from standoff.annotation.studio.projects import find_project
from standoff.annotation.studio.seats import Seat
from standoff.annotation.studio.server import Desk
from standoff.corpus.load import read_texts
from standoff.corpus.reader import read_sources
from standoff.corpus.sources import Entry, Sources, units_of
from standoff.files import sha256_text

MINI = Path(__file__).parents[2] / "data" / "mini"
CODEBOOK = Path(__file__).parents[3] / "annotations" / "codebook" / "v1.md"
CODERS = ("model-a", "model-b")
Raw = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pilot:
    """A checkout with one campaign, and where its server is."""

    root: Path
    name: str
    desk: Desk
    seats: dict[str, Seat]

    @property
    def campaign(self) -> Campaign:
        return read_campaign(self.root, self.name)

    def plan(self, coder_id: str, round_: Round = Round.MAIN) -> list[str]:
        """Return the uids of a coder's tasks, in order."""
        return [one.uid for one in read_plan(self.root, self.name, round_) if one.coder_id == coder_id]

    def stored(self, project_id: int, coder_id: str = "model-a") -> list[StoredTask]:
        """Return the tasks that the server has."""
        with connect(self.seats[coder_id]) as studio:
            return studio.tasks(project_id)

    def project(self, coder_id: str = "model-a", round_: Round = Round.MAIN) -> Project | None:
        """Return a coder's project."""
        with connect(self.seats[coder_id]) as studio:
            return find_project(studio, self.campaign, round_, coder_id)

    def push_tasks(self, coder_id: str = "model-a", round_: Round = Round.MAIN) -> list[int]:
        """Push, and return the numbers of a coder's tasks on the server."""
        pushed = {one.coder_id: one for one in self.push(round_)}
        return [one.task_id for one in self.stored(pushed[coder_id].project_id, coder_id)]

    def push(self, round_: Round = Round.MAIN, **payload: Any) -> list[Pushed]:
        texts = read_texts(self.root.parent / "texts")
        return push(
            Payload(read_sources(self.root), self.campaign, texts=texts, **payload), round_, self.desk, self.seats
        )

    def pull(self, round_: Round = Round.MAIN) -> list[Pulled]:
        return pull(read_sources(self.root), self.campaign, round_, self.desk, self.seats)

    def contents(self) -> dict[str, str]:
        """Return the sha256 of every file of the checkout."""
        return {
            path.relative_to(self.root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(self.root.rglob("*"))
            if path.is_file()
        }


def make_pilot(
    folder: Path,
    desk: Desk,
    seats: dict[str, Seat],
    name: str,
    *,
    conflicts: tuple[str, ...] = ("ostmark-2002",),
    coders: tuple[str, ...] = ("model-a",),
    repeats: float = 0.0,
) -> Pilot:
    """Return a copy of the made-up corpus without labels, with a campaign whose round ``main`` is planned."""
    root = Path(shutil.copytree(MINI, folder / "mini"))
    for part in ("judgements", "adjudicated", "exports"):
        shutil.rmtree(root / "annotations" / part)
    shutil.copyfile(CODEBOOK, root / "annotations" / "codebook" / "v1.md")
    (folder / "texts").mkdir()
    shutil.copyfile(MINI.parent / "norland-2001-news.txt", folder / "texts" / "norland-2001-news.txt")
    home = campaign_folder(root, name)
    home.mkdir(parents=True)
    (home / "campaign.toml").write_text(
        f'name = "{name}"\nconflicts = {list(conflicts)!r}\ncodebook = "v1"\ncoders = {list(coders)!r}\n'
        f'coders_per_unit = {len(coders)}\nseed = 1\nrepeats = {repeats}\nadjudicator = "anna"\n'.replace("'", '"')
    )
    pilot = Pilot(root, name, desk, seats)
    write_plan(root, name, Round.MAIN, make_plan(read_sources(root), pilot.campaign, Round.MAIN))
    return pilot


@dataclass(frozen=True, slots=True)
class Crowd:
    """Many tasks of one coder, on articles that are only in memory."""

    sources: Sources
    campaign: Campaign
    uids: list[str]


def make_crowd(
    folder: Path, name: str, *, n_tasks: int, length: int = 0, texts: Sequence[str] | None = None
) -> Crowd:
    """Return ``n_tasks`` units of as many articles as they take, planned.

    The texts are made up, of at least ``length`` characters, or ``texts``.
    """
    root = folder / "crowd"
    (root / "annotations" / "codebook").mkdir(parents=True)
    shutil.copyfile(CODEBOOK, root / "annotations" / "codebook" / "v1.md")
    base = read_sources(MINI)
    model = base.articles_by_id["ostmark-2002-coal"]
    articles = []
    for number in range(-(-n_tasks // len(list(units_of(model))))):
        text = f"Article {number}: {model.text}"
        text = texts[number] if texts else text + "." * (length - len(text))
        changes = {"article_id": f"{model.article_id}-{number}", "text": text, "text_sha256": sha256_text(text)}
        articles.append(model.model_copy(update=changes))
    sources = Sources(
        root,
        articles=[Entry(article, "made up") for article in articles],
        actors=base.actors,
        propositions=base.propositions,
        conflicts=base.conflicts,
        coders=base.coders,
    )
    campaign = Campaign(
        name=name,
        conflicts=("ostmark-2002",),
        codebook="v1",
        coders=("model-a",),
        coders_per_unit=1,
        seed=1,
        repeats=0,
    )
    plan = make_plan(sources, campaign, Round.MAIN)[:n_tasks]
    write_plan(root, name, Round.MAIN, plan)
    return Crowd(sources, campaign, [one.uid for one in plan])


class Lead:
    """Whoever leads the coding, with the token of a coder's room: what the tools themselves never do."""

    def __init__(self, seat: Seat) -> None:
        headers = {"Authorization": f"Token {seat.token}"}
        self._http = httpx.Client(base_url=seat.url, headers=headers, timeout=60, trust_env=False)

    def call(self, method: str, path: str, content: Any = None) -> Any:
        """Return the answer of a request that succeeds."""
        answer = self._http.request(method, path, json=content)
        assert answer.is_success, (answer.status_code, answer.text[:300])
        return answer.json() if answer.content else None

    def edit(self, task_id: int, **changes: str) -> None:
        """Change a task's data."""
        data = self.call("GET", f"/api/tasks/{task_id}/")["data"]
        self.call("PATCH", f"/api/tasks/{task_id}/", {"data": {**data, **changes}})

    def close(self) -> None:
        self._http.close()


class Coder:
    """A coder with a browser's cookies, without the browser."""

    def __init__(self, seat: Seat) -> None:
        self._http = httpx.Client(base_url=seat.url, follow_redirects=True, timeout=60, trust_env=False)
        page = self._http.get("/user/login/").text
        found = re.search(r'csrfmiddlewaretoken" value="([^"]+)', page)
        assert found is not None
        form = {"csrfmiddlewaretoken": found[1], "email": seat.email, "password": seat.password}
        answer = self._http.post("/user/login/", data=form, headers={"Referer": f"{seat.url}/user/login/"})
        assert "/user/login" not in str(answer.url), "the server does not let the coder in"

    def call(self, method: str, path: str, content: Any = None) -> Any:
        """Return the answer of a request that succeeds."""
        headers = {"X-CSRFToken": self._http.cookies["csrftoken"], "Referer": str(self._http.base_url)}
        answer = self._http.request(method, path, json=content, headers=headers)
        assert answer.is_success, (answer.status_code, answer.text[:300])
        return answer.json() if answer.content else None

    def next_task(self, project_id: int) -> Raw | None:
        """Return the task that the page would show, or None when there is none left."""
        answer = self._http.get(f"/api/projects/{project_id}/next/")
        return None if answer.status_code == 404 else dict(answer.json())

    def answer(self, task_id: int, results: list[Raw], **changes: Any) -> int:
        """Submit an annotation; return its number."""
        made = self.call(
            "POST", f"/api/tasks/{task_id}/annotations/", {"result": results, "lead_time": 9.5, **changes}
        )
        return int(made["id"])

    def change(self, annotation_id: int, results: list[Raw]) -> None:
        self.call("PATCH", f"/api/annotations/{annotation_id}/", {"result": results})

    def close(self) -> None:
        self._http.close()


def choice(control: str, *values: str) -> Raw:
    return {"from_name": control, "to_name": "text", "type": "choices", "value": {"choices": list(values)}}


def marked(start: int, end: int) -> Raw:
    value = {"start": start, "end": end, "text": "", "labels": ["evidence"]}
    return {"from_name": "evidence", "to_name": "text", "type": "labels", "value": value}


NO_POSITION = [choice("stance", "no_position"), choice("confidence", "high")]
OPPOSES = [
    choice("stance", "opposes"),
    choice("attribution", "indirect"),
    choice("commitment", "asserted"),
    choice("condition", "none"),
    choice("relay", "none"),
    choice("time", "current"),
    choice("confidence", "medium"),
]
