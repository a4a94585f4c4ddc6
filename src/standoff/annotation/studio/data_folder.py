"""A server's data folder: who has it, and on which port.

``state.json`` tells which server runs. The server process holds a lock on the file as long as it lives, and the
system takes the lock away however the process ends. So a locked state is true, also its process id, and the state
of a server that was killed or of a machine that was rebooted counts for nothing but the port that it had.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from standoff.annotation.studio.secrets import write_private
from standoff.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

if sys.platform != "win32":
    import fcntl

HOST = "127.0.0.1"
BACKLOG = 128
STATE = "state.json"
LOG = "server.log"
IGNORED = "# Data of `standoff annotate serve`: accounts and texts, never to be committed.\n*\n"
"""The folder's ``.gitignore``, and the mark by which it is known to be one of ours."""
STOP_TIMEOUT_S = 10.0
POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class Server:
    """A running server of ours; ``nonce`` is what it says to show that it is this one."""

    pid: int
    port: int
    url: str
    version: str
    started_at: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that has the folder.

    Args:
        pid: None when it cannot be told: the process is just starting, or somebody wrote in the state file.
        server: None until it answers requests.
    """

    pid: int | None
    server: Server | None


def prepare_folder(folder: Path) -> None:
    """Make the data folder: readable by its owner only, and ignored by git.

    Raises:
        RefusedError: Something else is there.
    """
    if folder.exists() and not (folder.is_dir() and _is_ours(folder)):
        raise RefusedError(
            "something else is here",
            where=folder,
            expected="a new or empty folder, or one that standoff annotate serve has made",
            remedy="name another folder with --folder",
        )
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    write_private(folder / ".gitignore", IGNORED)


def _is_ours(folder: Path) -> bool:
    try:
        return (folder / ".gitignore").read_text(encoding="utf-8") == IGNORED
    except (FileNotFoundError, UnicodeDecodeError):
        # Another start may just be making it, under a temporary name.
        return all(path.name.startswith("..gitignore.") for path in folder.iterdir())


def find_holder(folder: Path) -> Holder | None:
    """Return the process that has the folder, or None when no server runs on it."""
    if sys.platform == "win32":
        return None  # no server is started there: see `take`
    try:
        handle = (folder / STATE).open(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _read_holder(handle.read())
    return None


def _read_holder(text: str) -> Holder:
    try:
        state = json.loads(text)
    except ValueError:
        state = None
    if not isinstance(state, dict) or type(state.get("pid")) is not int:
        return Holder(None, None)
    if state.keys() != {field.name for field in fields(Server)}:
        return Holder(state["pid"], None)
    return Holder(state["pid"], Server(**state))


def last_port(folder: Path) -> int | None:
    """Return the port of the folder's last server, None when none is known."""
    try:
        port = json.loads((folder / STATE).read_text(encoding="utf-8"))["port"]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    return port if type(port) is int and 0 < port < 1 << 16 else None


def becomes_free(folder: Path, timeout: float) -> bool:
    """Wait until no process has the folder, ``timeout`` seconds at most, and return whether that is so."""
    deadline = time.monotonic() + timeout
    while find_holder(folder) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True


@contextmanager
def take(folder: Path, port: int) -> Iterator[int]:
    """Give the state file's descriptor, locked, for a server process to inherit with the lock.

    All that the file says from then on is the port, which so outlasts a start that fails.

    Raises:
        RefusedError: A process has the folder; or the system is one without such locks.
    """
    if sys.platform == "win32":
        raise RefusedError(
            "the server is started on Linux and macOS only",
            remedy="use the Windows Subsystem for Linux, or a Label Studio of your own with --url",
        )
    descriptor = os.open(folder / STATE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:  # perhaps somebody is looking who has it, which takes a moment
                if time.monotonic() > deadline:
                    raise not_answering(folder) from None
                time.sleep(POLL_S)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"port": port}).encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


def not_answering(folder: Path) -> RefusedError:
    """Return the error for a server that has the folder and does not answer."""
    holder = find_holder(folder)
    name = f"process {holder.pid}" if holder and holder.pid else "a process that is not named there"
    return RefusedError(
        f"a server ({name}) has this folder and does not answer",
        where=folder / STATE,
        remedy=f"wait if it is just starting; else stop it (standoff annotate stop) and see {folder / LOG}",
    )


@contextmanager
def listen(port: int | None, last: int | None) -> Iterator[socket.socket]:
    """Give a socket that listens at ``port``; without it at the ``last`` one, or any other if that is in use.

    The server inherits it, so that nobody else can take the port in between.

    Raises:
        RefusedError: ``port`` is in use, or not for this user.
    """
    listening = _bind([port] if port is not None else [0] if last is None else [last, 0])
    with listening:
        yield listening


def _bind(ports: list[int]) -> socket.socket:
    for port in ports:
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listening.setsockopt(
                socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
            )  # the last server's port, right after it
            listening.bind((HOST, port))
            listening.listen(BACKLOG)
        except (OSError, OverflowError) as error:
            listening.close()
            reason = getattr(error, "strerror", None) or str(error)
        else:
            return listening
    raise RefusedError(
        f"port {ports[0]} cannot be had ({reason})",
        where=HOST,
        remedy="leave out --port to get a free one, or end what uses it",
    )


def open_log(folder: Path) -> int:
    """Return the descriptor of a new log, readable by its owner only; that of the last start is kept beside it."""
    log = folder / LOG
    if log.exists():
        log.replace(folder / f"{LOG}.1")
    return os.open(log, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)


def log_end(folder: Path, n_lines: int = 15) -> str:
    """Return the last lines of the log."""
    lines = (folder / LOG).read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-n_lines:])
