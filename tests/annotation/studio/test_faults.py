"""Servers and clients that are killed, two pushes at once, large texts, many tasks."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any

import pytest
from tests.annotation.studio.pilot import (
    NO_POSITION,
    OPPOSES,
    Coder,
    Pilot,
    choice,
    make_crowd,
    make_pilot,
    marked,
)

from standoff.annotation.campaign.campaign import Round
from standoff.annotation.campaign.pull import pull
from standoff.annotation.campaign.push import push
from standoff.annotation.studio import server
from standoff.annotation.studio.client import NoAnswerError, Studio, connect
from standoff.annotation.studio.payload import Payload
from standoff.annotation.studio.seats import Seat, add_coder
from standoff.annotation.studio.server import Desk
from standoff.corpus.reader import read_sources
from standoff.files import read_jsonl

NUMBERS = count(1)
MANY = 6000


@pytest.fixture(scope="module")
def seats(desk: Desk) -> dict[str, Seat]:
    return {"model-a": add_coder(desk, "model-a")}


@pytest.fixture
def pilot(tmp_path: Path, desk: Desk, seats: dict[str, Seat]) -> Pilot:
    return make_pilot(tmp_path, desk, seats, f"fault-{next(NUMBERS)}", repeats=0.3, conflicts=("norland-2001",))


def uids(seat: Seat, project_id: int) -> list[str]:
    with connect(seat) as studio:
        return [str(task.data["uid"]) for task in studio.tasks(project_id)]


# -- the server is killed in the middle of a push -------------------------------------------------------


class Killer:
    """Kills the server once, some time after a call begins, and starts it again at once."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.started: list[server.Started] = []
        self.thread: Thread | None = None

    def at(self, monkeypatch: pytest.MonkeyPatch, method: str, call: int, delay: float) -> None:
        """Set the moment: so many seconds into the given call of a method of the client."""
        real: Callable[..., Any] = getattr(Studio, method)
        calls = count()

        def timed(*args: Any, **options: Any) -> Any:
            if next(calls) == call:
                self.thread = Thread(target=self._kill, args=(delay,))
                self.thread.start()
            return real(*args, **options)

        monkeypatch.setattr(Studio, method, timed)

    def _kill(self, delay: float) -> None:
        running = server.find_server(self.desk.folder)
        assert running is not None
        sleep(delay)
        os.kill(running.pid, signal.SIGKILL)
        self.started.append(server.start(self.desk.folder))

    def wait(self) -> None:
        assert self.thread is not None, "the moment never came"
        self.thread.join()
        self.thread = None


@pytest.fixture(scope="module")
def killer(desk: Desk) -> Iterator[Killer]:
    killer = Killer(desk)
    yield killer
    for one in killer.started:
        assert one.process is not None
        server.end(one.process)


MOMENTS = [
    ("create_project", 0, 0.0),
    ("create_project", 0, 0.05),
    ("tasks", 0, 0.0),
    ("add_tasks", 0, 0.0),
    ("add_tasks", 0, 0.05),
    ("add_tasks", 1, 0.1),
    ("add_tasks", 1, 0.2),
    ("add_tasks", 2, 0.3),
    ("add_tasks", 2, 0.5),
    ("tasks", 1, 0.0),
]


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_a_server_killed_in_the_middle_of_a_push_loses_and_doubles_nothing(
    tmp_path: Path,
    seats: dict[str, Seat],
    killer: Killer,
    monkeypatch: pytest.MonkeyPatch,
    moment: tuple[str, int, float],
) -> None:
    crowd = make_crowd(tmp_path, f"killed-{next(NUMBERS)}", n_tasks=240)
    monkeypatch.setattr("standoff.annotation.campaign.push.CHUNK_TASKS", 80)
    with monkeypatch.context() as patch:
        killer.at(patch, *moment)
        with suppress(NoAnswerError):
            push(Payload(crowd.sources, crowd.campaign), Round.MAIN, killer.desk, seats)
        killer.wait()
    (again,) = push(Payload(crowd.sources, crowd.campaign), Round.MAIN, killer.desk, seats)
    assert (again.changed, again.doubled, again.unknown) == ((), (), ())
    assert uids(seats["model-a"], again.project_id) == crowd.uids


def test_a_push_outlives_a_server_that_comes_back(
    tmp_path: Path, desk: Desk, seats: dict[str, Seat], killer: Killer, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd = make_crowd(tmp_path, f"killed-{next(NUMBERS)}", n_tasks=300)
    monkeypatch.setattr("standoff.annotation.campaign.push.CHUNK_TASKS", 150)
    killer.at(monkeypatch, "add_tasks", 1, 0.0)
    (pushed,) = push(Payload(crowd.sources, crowd.campaign), Round.MAIN, desk, seats)
    killer.wait()
    assert pushed.sent == 300
    assert uids(seats["model-a"], pushed.project_id) == crowd.uids


def test_a_request_that_may_still_be_at_work_is_not_sent_again(
    tmp_path: Path, desk: Desk, seats: dict[str, Seat], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer of an import that the server has carried out does not come in time."""
    crowd = make_crowd(tmp_path, f"late-{next(NUMBERS)}", n_tasks=3)
    real = Studio.add_tasks

    def late(self: Studio, project_id: int, tasks: Any) -> None:
        real(self, project_id, tasks)
        raise NoAnswerError("too late", where=self.url, remedy="wait", stopped=False)

    with monkeypatch.context() as patch:
        patch.setattr(Studio, "add_tasks", late)
        with pytest.raises(NoAnswerError, match="too late"):
            push(Payload(crowd.sources, crowd.campaign), Round.MAIN, desk, seats)
    (again,) = push(Payload(crowd.sources, crowd.campaign), Round.MAIN, desk, seats)
    assert (again.sent, uids(seats["model-a"], again.project_id)) == (0, crowd.uids)


def test_a_server_that_does_not_come_back(
    tmp_path: Path, desk: Desk, seats: dict[str, Seat], monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd = make_crowd(tmp_path, f"gone-{next(NUMBERS)}", n_tasks=3)

    def gone(self: Studio, *_: Any) -> Any:
        raise NoAnswerError("gone", where=self.url, remedy="run it again", stopped=True)

    def lost(self: Studio, *_: Any) -> None:
        patch.setattr(Studio, "tasks", gone)
        gone(self)

    monkeypatch.setattr("standoff.annotation.campaign.push.PATIENCE", 0.5)
    with monkeypatch.context() as patch:
        patch.setattr(Studio, "add_tasks", lost)
        with pytest.raises(NoAnswerError, match="run it again"):
            push(Payload(crowd.sources, crowd.campaign), Round.MAIN, desk, seats)
    (again,) = push(Payload(crowd.sources, crowd.campaign), Round.MAIN, desk, seats)
    assert (again.sent, again.doubled) == (3, ())


def test_two_pushes_at_once_send_nothing_twice(tmp_path: Path, desk: Desk, seats: dict[str, Seat]) -> None:
    crowd = make_crowd(tmp_path, f"twice-{next(NUMBERS)}", n_tasks=60)
    sent: list[int] = []

    def once() -> None:
        (pushed,) = push(Payload(crowd.sources, crowd.campaign), Round.MAIN, desk, seats)
        sent.append(pushed.sent)

    threads = [Thread(target=once) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sent) == [0, 0, 60]
    (pushed,) = push(Payload(crowd.sources, crowd.campaign), Round.MAIN, desk, seats)
    assert uids(seats["model-a"], pushed.project_id) == crowd.uids


# -- the client is killed in the middle of a pull -------------------------------------------------------

KILLED = """
import os, signal, sys
from pathlib import Path
root, name, folder, moment = sys.argv[1:]
from standoff.annotation.campaign.campaign import Round, read_campaign
from standoff.annotation.campaign.pull import pull
from standoff.annotation.studio.seats import find_seats
from standoff.annotation.studio.server import open_desk
from standoff.corpus.reader import read_sources
desk = open_desk(Path(folder))
real, left = os.fsync, int(moment)
def counted(descriptor):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    real(descriptor)
os.fsync = counted
pull(read_sources(Path(root)), read_campaign(Path(root), name), Round.MAIN, desk, find_seats(desk, ["model-a"]))
print(int(moment) - left)
"""


def lasting(pilot: Pilot) -> dict[str, str]:
    """What a checkout holds, but for the halves of files that a kill leaves behind under names of their own."""
    return {name: digest for name, digest in pilot.contents().items() if not name.endswith(".tmp")}


def test_a_client_killed_in_the_middle_of_a_pull_loses_nothing(pilot: Pilot, seats: dict[str, Seat]) -> None:
    project_id = pilot.push()[0].project_id
    coder = Coder(seats["model-a"])
    for number, task in enumerate(pilot.stored(project_id)):
        coder.answer(task.task_id, [NO_POSITION, [*OPPOSES, marked(0, 4)], OPPOSES][number % 3])
    coder.close()

    def killed(at: int, root: Path) -> subprocess.CompletedProcess[str]:
        order = [sys.executable, "-c", KILLED, str(root), pilot.name, str(pilot.desk.folder), str(at)]
        return subprocess.run(order, capture_output=True, text=True, check=False)

    def copied(name: str) -> Pilot:
        folder = Path(shutil.copytree(pilot.root, pilot.root.parent / name))
        return replace(pilot, root=folder)

    whole = copied("whole")
    unharmed = killed(0, whole.root)
    assert unharmed.returncode == 0, unharmed.stderr
    moments = -int(unharmed.stdout) if unharmed.stdout.startswith("-") else int(unharmed.stdout)
    assert moments >= 8, "an export, labels, readings and refusals are written, each flushed twice"
    for moment in range(1, moments + 1):
        harmed = copied(f"killed-{moment}")
        assert killed(moment, harmed.root).returncode == -signal.SIGKILL
        stored = read_sources(harmed.root)
        assert [one for one in stored.incidents if not one.file.endswith(".tmp")] == []
        kept = {entry.record.export.file for entry in stored.judgements}
        assert all((harmed.root / "annotations" / "exports" / name).is_file() for name in kept)
        harmed.pull()
        assert lasting(harmed) == lasting(whole)


# -- large texts and many tasks -------------------------------------------------------------------------


def test_an_article_of_a_megabyte(tmp_path: Path, desk: Desk, seats: dict[str, Seat]) -> None:
    crowd = make_crowd(tmp_path, f"large-{next(NUMBERS)}", n_tasks=3, length=1_000_000)
    (pushed,) = push(Payload(crowd.sources, crowd.campaign), Round.MAIN, desk, seats)
    coder = Coder(seats["model-a"])
    task = coder.next_task(pushed.project_id)
    assert task is not None
    assert len(task["data"]["text"]) == 1_000_000
    coder.answer(task["id"], [*OPPOSES, marked(999_990, 1_000_000)])
    coder.close()
    (found,) = pull(crowd.sources, crowd.campaign, Round.MAIN, desk, seats)
    assert (found.taken, found.refusals) == (1, ())
    ((_, row),) = read_jsonl(crowd.sources.root / "annotations/judgements/ostmark-2002/model-a.jsonl")
    assert [(span["start"], span["end"]) for span in row["evidence"]] == [(999_990, 1_000_000)]


def answer_all(desk: Desk, project_id: int, email: str) -> None:
    """Answer every task of a project, in the database: over HTTP it would take ten minutes."""
    results = json.dumps([choice("stance", "no_position"), choice("confidence", "high")])
    with sqlite3.connect(desk.folder / "label_studio.sqlite3", timeout=60) as database:
        (user,) = database.execute("select id from htx_user where email = ?", (email,)).fetchone()
        tasks = database.execute("select id from task where project_id = ?", (project_id,)).fetchall()
        database.executemany(
            "insert into task_completion (result, was_cancelled, created_at, updated_at, task_id, completed_by_id,"
            " project_id, updated_by_id, unique_id, ground_truth, lead_time, result_count, bulk_created)"
            " values (?, 0, '2026-11-22 10:00:00', '2026-11-22 10:00:00', ?, ?, ?, ?, ?, 0, 30.5, 2, 0)",
            [(results, task, user, project_id, user, uuid.uuid4().hex) for (task,) in tasks],
        )
    database.close()


def test_many_tasks(tmp_path: Path, desk: Desk, seats: dict[str, Seat]) -> None:
    crowd = make_crowd(tmp_path, f"many-{next(NUMBERS)}", n_tasks=MANY)
    (pushed,) = push(Payload(crowd.sources, crowd.campaign), Round.MAIN, desk, seats)
    assert (pushed.sent, pushed.doubled) == (MANY, ())
    assert uids(seats["model-a"], pushed.project_id) == crowd.uids
    answer_all(desk, pushed.project_id, seats["model-a"].email)
    (found,) = pull(crowd.sources, crowd.campaign, Round.MAIN, desk, seats)
    assert (found.taken, found.changed, found.refusals) == (MANY, MANY, ())
    rows = read_jsonl(crowd.sources.root / "annotations/judgements/ostmark-2002/model-a.jsonl")
    assert len({(row["article_id"], row["actor_id"], row["proposition_id"]) for _, row in rows}) == MANY
