"""A get that was killed, refused or broken off keeps what it verified, and the next one asks for the rest only."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from standoff.errors import IntegrityError, NotFoundError
from standoff.tasks.getting.fetch import data_dir, get, has_data

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.tasks.conftest import Made, Server

    from standoff.tasks.task import Task

CHILD = """
import resource, sys
from dataclasses import replace
from pathlib import Path
from standoff.errors import StandoffError
from standoff.tasks.getting.fetch import get
from standoff.tasks.sets.seesaw import TASK
from standoff.tasks.getting.source import Source

url, prefix, files, home, origin, limit = sys.argv[1:]
if limit:  # a disk that takes no file longer than this
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
source = Source(url=url, commit="c0ffee", files=Path(files), archive_prefix=prefix or None)
task = replace(TASK, name="made", source=source)
try:
    get(
        task,
        from_dir=Path(origin) if origin else None,
        data_home=Path(home),
        progress=lambda step: print(step, flush=True),
    )
except StandoffError as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""


def start_get(
    made: Made, task: Task, home: Path, *, origin: Path | str = "", limit: int | str = ""
) -> subprocess.Popen[str]:
    assert task.source is not None
    arguments = [task.source.url, task.source.archive_prefix or "", made.list_file, home, origin, limit]
    command = [sys.executable, "-c", CHILD, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def assert_killed_left_nothing_trusted(child: subprocess.Popen[str], task: Task, home: Path) -> None:
    child.kill()
    child.communicate()
    assert child.returncode == -signal.SIGKILL
    assert not has_data(task, data_home=home)
    with pytest.raises(NotFoundError):
        data_dir(task, data_home=home)


def assert_complete(made: Made, task: Task, home: Path) -> None:
    folder = data_dir(task, data_home=home)
    stored = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert stored == {*made.files, ".complete"}
    assert all((folder / path).read_bytes() == data for path, data in made.files.items())
    assert list(home.glob("tasks/made/*.partial")) == []


def partial_file(home: Path, name: str) -> Path:
    [folder] = home.glob("tasks/made/*.partial")
    return folder / name


def wait_until(holds: Callable[[], object], child: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert child.poll() is None, "the child ended before it was to be killed"
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes, which hold a reader at a known place")
def test_a_killed_copy_leaves_nothing_trusted_and_the_next_one_copies_the_rest(made: Made, home: Path) -> None:
    pipe = made.folder / "data/b.txt"
    pipe.unlink()
    os.mkfifo(pipe)
    child = start_get(made, made.task(), home, origin=made.folder)
    writer = -1
    while writer < 0 and child.poll() is None:
        try:  # refused until the child has copied the first file and opens this one
            writer = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            continue
    assert_killed_left_nothing_trusted(child, made.task(), home)
    os.close(writer)
    pipe.unlink()
    pipe.write_bytes(made.files["data/b.txt"])
    (made.folder / "data/a.bin").unlink()  # copied already: not needed any more
    told: list[str] = []
    assert get(made.task(), from_dir=made.folder, data_home=home, progress=told.append).how == "copied"
    assert told[1:] == [
        "keeping 1 of 2 files, which an earlier run stored and this one verified",
        f"copying 1 files from {made.folder}",
    ]
    assert_complete(made, made.task(), home)


def killed_in_flight(made: Made, task: Task, server: Server, home: Path, name: str) -> int:
    """Kill a get while the server holds back the rest of a file; return how much of it has arrived."""
    server.cut, server.stalls = 40_000, True
    child = start_get(made, task, home)
    wait_until(lambda: list(home.glob(f"tasks/made/*.partial/{name}")), child)
    wait_until(lambda: partial_file(home, name).stat().st_size, child)
    assert_killed_left_nothing_trusted(child, task, home)
    server.cut, server.stalls = None, False
    server.asked.clear()
    return partial_file(home, name).stat().st_size


def test_a_killed_archive_goes_on_where_it_stopped(made: Made, server: Server, home: Path) -> None:
    server.body, server.ranges = made.archive(), True
    task = made.task(server.url)
    arrived = killed_in_flight(made, task, server, home, ".archive.part")
    assert 0 < arrived <= 40_000
    assert get(task, data_home=home).how == "downloaded"
    assert server.asked == [("made.tar.gz", f"bytes={arrived}-")]
    assert_complete(made, task, home)


def test_a_killed_archive_starts_anew_where_the_server_only_sends_the_whole(
    made: Made, server: Server, home: Path
) -> None:
    server.body = made.archive()
    task = made.task(server.url)
    arrived = killed_in_flight(made, task, server, home, ".archive.part")
    get(task, data_home=home)
    assert server.asked == [("made.tar.gz", f"bytes={arrived}-")]
    assert_complete(made, task, home)


def test_a_killed_single_file_goes_on_and_the_verified_ones_are_not_asked_for(
    made: Made, server: Server, home: Path
) -> None:
    lines = made.list_file.read_text(encoding="utf-8").splitlines()
    made.list_file.write_text("".join(f"{line}\n" for line in reversed(lines)), encoding="utf-8")  # b.txt first
    task = made.task_one_by_one(server)
    server.ranges = True
    arrived = killed_in_flight(made, task, server, home, "data/a.bin")
    assert 0 < arrived <= 40_000
    get(task, data_home=home)
    assert server.asked == [("data/a.bin", f"bytes={arrived}-")]
    assert_complete(made, task, home)


def test_a_connection_that_broke_off_goes_on_where_it_stopped(made: Made, server: Server, home: Path) -> None:
    task = made.task_one_by_one(server)
    server.cut, server.ranges = 40_000, True
    with pytest.raises(NotFoundError, match="broke off") as caught:
        get(task, data_home=home)
    arrived = partial_file(home, "data/a.bin").stat().st_size
    assert f"{arrived} bytes of it are here and kept" in str(caught.value)
    server.cut = None
    get(task, data_home=home)
    assert server.asked == [("data/a.bin", None), ("data/a.bin", f"bytes={arrived}-"), ("data/b.txt", None)]
    assert_complete(made, task, home)


def test_an_archive_that_came_short_grows(made: Made, server: Server, home: Path) -> None:
    whole = made.archive()
    task = made.task(server.url)
    server.body, server.ranges = whole[:40_000], True
    with pytest.raises(IntegrityError, match="cut short"):
        get(task, data_home=home)
    server.body = whole
    get(task, data_home=home)
    assert server.asked == [("made.tar.gz", None), ("made.tar.gz", "bytes=40000-")]
    assert_complete(made, task, home)


def test_an_archive_that_arrived_is_not_asked_for_again(made: Made, server: Server, home: Path) -> None:
    server.body = made.archive()
    task = made.task(server.url)
    # What a kill leaves while the files are taken out of the archive.
    complete = get(task, data_home=home).folder
    partial = complete.rename(complete.with_name(complete.name + ".partial"))
    (partial / ".archive").write_bytes(server.body)
    (partial / "data/a.bin").write_bytes(b"half")
    server.asked.clear()
    get(task, data_home=home)
    assert server.asked == []
    assert_complete(made, task, home)


def test_a_disk_that_refuses_a_long_file_keeps_the_verified_ones(made: Made, server: Server, home: Path) -> None:
    lines = made.list_file.read_text(encoding="utf-8").splitlines()
    made.list_file.write_text("".join(f"{line}\n" for line in reversed(lines)), encoding="utf-8")
    task = made.task_one_by_one(server)
    server.ranges = True
    child = start_get(made, task, home, limit=20_000)
    _, said = child.communicate()
    assert said.startswith("RefusedError:")
    assert "cannot be read or written (File too large)" in said
    assert "run the same command again" in said
    assert not has_data(task, data_home=home)
    server.asked.clear()
    get(task, data_home=home)
    assert server.asked == [("data/a.bin", "bytes=20000-")]
    assert_complete(made, task, home)


def test_a_partial_file_that_is_wrong_is_found_and_the_next_try_is_clean(
    made: Made, server: Server, home: Path
) -> None:
    task = made.task_one_by_one(server)
    server.cut, server.ranges = 40_000, True
    with pytest.raises(NotFoundError):
        get(task, data_home=home)
    server.cut = None
    part = partial_file(home, "data/a.bin")
    part.write_bytes(b"\0" * part.stat().st_size)
    with pytest.raises(IntegrityError, match=r"data/a\.bin: altered"):
        get(task, data_home=home)
    assert not part.exists()
    server.asked.clear()
    get(task, data_home=home)
    assert server.asked == [("data/a.bin", None)]
    assert_complete(made, task, home)


def test_a_set_that_is_whole_but_not_in_place_needs_no_server(made: Made, home: Path) -> None:
    complete = get(made.task(), from_dir=made.folder, data_home=home).folder
    partial = complete.rename(complete.with_name(complete.name + ".partial"))
    (partial / "..complete.x.tmp").write_bytes(b"a marker that was being written")
    assert not has_data(made.task(), data_home=home)
    get(made.task(), data_home=home)  # the url would refuse the connection
    assert_complete(made, made.task(), home)


# ── one at a time ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_second_get_waits_and_then_finds_the_set_complete(made: Made, server: Server, home: Path) -> None:
    server.body, server.cut, server.stalls = made.archive(), 40_000, True
    task = made.task(server.url)
    first = start_get(made, task, home)
    wait_until(server.sent.is_set, first)
    second = start_get(made, task, home)
    assert second.stdout is not None
    second.stdout.readline()  # the terms
    assert second.stdout.readline() == "another run is getting these files: waiting until it ends\n"
    server.cut, server.stalls = None, False
    assert second.poll() is None
    first.kill()  # which frees the lock
    first.communicate()
    said, errors = second.communicate(timeout=60)
    assert (second.returncode, errors) == (0, "")
    assert said.splitlines() == [f"downloading {server.url}"]
    assert_complete(made, task, home)


def test_a_get_that_waited_for_one_that_finished_keeps_its_set(made: Made, home: Path) -> None:
    pipe = made.folder / "data/b.txt"
    pipe.unlink()
    os.mkfifo(pipe)
    first = start_get(made, made.task(), home, origin=made.folder)
    writer = os.open(pipe, os.O_WRONLY)  # waits until the first one reads it
    second = start_get(made, made.task(), home)
    assert second.stdout is not None
    second.stdout.readline()
    assert second.stdout.readline().startswith("another run")
    os.write(writer, made.files["data/b.txt"])
    os.close(writer)
    first.communicate(timeout=60)
    said, errors = second.communicate(timeout=60)
    assert (first.returncode, second.returncode, errors) == (0, 0, "")
    assert said.startswith("verifying 2 files")
    assert_complete(made, made.task(), home)
