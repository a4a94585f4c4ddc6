"""Sending a round to the server: each coder's tasks to a project of the coder's own.

Sending twice sends nothing twice: tasks are known by their uid. A coder's project never holds an answer of another
coder, and nothing in a task says whether, where or by whom the same unit is coded again.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from standoff.annotation.campaign.campaign import read_plan_by_coder
from standoff.annotation.codebook import codebook_file
from standoff.annotation.studio.client import NoAnswerError, connect
from standoff.annotation.studio.projects import (
    coders_links,
    ensure_project,
    find_project,
    handout_file,
    link_to,
    write_card,
)
from standoff.errors import RefusedError
from standoff.files import canonical_json, read_text

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence
    from pathlib import Path

    from standoff.annotation.campaign.campaign import Campaign, Round
    from standoff.annotation.studio.client import Studio
    from standoff.annotation.studio.payload import Payload
    from standoff.annotation.studio.seats import Seat
    from standoff.annotation.studio.server import Desk

CHUNK_TASKS = 500
CHUNK_BYTES = 8_000_000
"""What is sent at a time: at most so many tasks and, unless one is larger by itself, so many bytes of JSON."""
UID = re.compile(r"[0-9a-f]{16}")
PATIENCE = 60.0
"""Seconds that a server which stopped answering is given to come back."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push did for one coder.

    Args:
        coder_id: The coder.
        project_id: The project's number on the server.
        link: The address that opens the next task, after signing in.
        handout: The file with what the coder has to know.
        assigned: How many tasks the plan has.
        sent: How many were sent now.
        changed: Uids whose task on the server is not what would be sent now.
        doubled: Uids that the server has more than once.
        unknown: Uids, or task numbers where there is none, that the plan does not have.
        isolated: Whether the server keeps the coders apart.
    """

    coder_id: str
    project_id: int
    link: str
    handout: Path
    assigned: int
    sent: int
    changed: tuple[str, ...]
    doubled: tuple[str, ...]
    unknown: tuple[str, ...]
    isolated: bool


def push(payload: Payload, round_: Round, desk: Desk, seats: Mapping[str, Seat]) -> list[Pushed]:
    """Send every coder's tasks that the server does not have, in the order of the plan.

    Args:
        payload: Makes the tasks; it holds the sources and the campaign.
        round_: Which of the campaign's rounds.
        desk: Where the server is.
        seats: Who sits where, of all coders of the round, by coder.

    Raises:
        NotFoundError: The round is not planned, or an article, a text or a unit of the plan is not there.
        RefusedError: A text is not the one that was planned; two projects claim to be a coder's; the server
            refuses.
        NoAnswerError: The server does not answer. Pushing again continues.
    """
    plan = read_plan_by_coder(payload.sources.root, payload.campaign.name, round_)
    # All are made before the first is sent: what is wrong in the last one is told before anything happens.
    tasks = {coder_id: [payload.task(one) for one in assignments] for coder_id, assignments in plan.items()}
    with locked(desk):
        return [_push_to(payload, round_, desk, seats[coder_id], tasks[coder_id]) for coder_id in plan]


@contextmanager
def locked(desk: Desk) -> Iterator[None]:
    """Let one push or pull at a time through: two that look and then send would both send."""
    from filelock import FileLock  # noqa: PLC0415 - `standoff tasks list` must not pay for it

    desk.folder.mkdir(parents=True, exist_ok=True)
    with FileLock(desk.folder / "campaigns.lock"):
        yield


def _push_to(
    payload: Payload, round_: Round, desk: Desk, seat: Seat, tasks: Sequence[Mapping[str, Any]]
) -> Pushed:
    models = sorted({made["model_version"] for task in tasks for made in task.get("predictions", ())})
    planned = {task["data"]["uid"]: task["data"] for task in tasks}
    campaign = payload.campaign
    codebook = read_text(codebook_file(payload.sources.root, campaign.codebook))
    with connect(seat) as studio:
        _refuse_foreign_tasks(studio, campaign, round_, seat, planned)
        project_id = ensure_project(studio, campaign, round_, seat, codebook, suggestions=bool(models))
        before = {str(stored.data.get("uid")) for stored in studio.tasks(project_id)}
        _send(studio, project_id, [task for task in tasks if task["data"]["uid"] not in before])
        if models:
            # Only suggestions of the version that the project names are shown.
            studio.change_project(project_id, {"model_version": models[0]})
        stored = [(str(found.data.get("uid") or found.task_id), found.data) for found in studio.tasks(project_id)]
        handout = handout_file(desk, seat.coder_id)
        write_card(handout, seat, coders_links(studio, seat.coder_id))
    counts = Counter(uid for uid, _ in stored)
    return Pushed(
        coder_id=seat.coder_id,
        project_id=project_id,
        link=link_to(studio.url, project_id),
        handout=handout,
        assigned=len(tasks),
        sent=len(planned.keys() - before),
        changed=tuple(sorted({uid for uid, data in stored if uid in planned and data != planned[uid]})),
        doubled=tuple(sorted(uid for uid, count in counts.items() if count > 1)),
        unknown=tuple(sorted(counts.keys() - planned.keys())),
        isolated=seat.isolated,
    )


def _refuse_foreign_tasks(
    studio: Studio, campaign: Campaign, round_: Round, seat: Seat, planned: Container[str]
) -> None:
    """Refuse a project with tasks of another plan: two checkouts have a campaign of this name on one server."""
    project = find_project(studio, campaign, round_, seat.coder_id)
    uids = [str(stored.data.get("uid")) for stored in studio.tasks(project.project_id)] if project else []
    foreign = [uid for uid in uids if UID.fullmatch(uid) and uid not in planned]
    if project is not None and foreign:
        raise RefusedError(
            f"project {project.project_id} has {len(foreign)} tasks that this plan does not have",
            where=studio.url,
            got=", ".join(foreign[:3]),
            expected=f"the tasks of {campaign.name}, {round_}, {seat.coder_id} only",
            remedy="another checkout may have a campaign of this name on this server: rename one of them; "
            "tasks that somebody added by hand can be deleted there",
        )


def _send(studio: Studio, project_id: int, tasks: Sequence[Mapping[str, Any]]) -> None:
    """Send tasks, chunk after chunk, so that their numbers on the server follow the plan.

    The server takes a chunk whole or not at all. Where its answer is lost, what it has is looked up before
    anything is sent again, and the next chunk waits for this one.
    """
    for chunk in _chunks(tasks):
        missing: Sequence[Mapping[str, Any]] = chunk
        deadline = time.monotonic() + PATIENCE
        while missing:
            try:
                studio.add_tasks(project_id, missing)
                break
            except NoAnswerError as error:
                if not error.stopped:
                    raise  # it may still be at work on the chunk: what is there now proves nothing
                known = _look(studio, project_id, deadline)
                missing = [task for task in missing if task["data"]["uid"] not in known]


def _look(studio: Studio, project_id: int, deadline: float) -> set[str]:
    """Return the uids that the server has, once it answers again; until the deadline."""
    while True:
        try:
            return {str(stored.data.get("uid")) for stored in studio.tasks(project_id)}
        except NoAnswerError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def _chunks(tasks: Sequence[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    chunk: list[Mapping[str, Any]] = []
    size = 0
    for task in tasks:
        length = len(canonical_json(task).encode())
        if chunk and (len(chunk) == CHUNK_TASKS or size + length > CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(task)
        size += length
    if chunk:
        yield chunk
