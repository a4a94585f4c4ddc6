"""The Label Studio server of a data folder: started on 127.0.0.1, found again, stopped."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, build_opener

from filelock import FileLock, Timeout

from standoff.annotation.studio.address import is_loopback
from standoff.annotation.studio.data_folder import (
    POLL_S,
    STOP_TIMEOUT_S,
    Server,
    becomes_free,
    find_holder,
    last_port,
    listen,
    log_end,
    not_answering,
    open_log,
    prepare_folder,
    take,
)
from standoff.annotation.studio.environment import INSIDE, inside_command, make_ready, server_environment
from standoff.errors import InputError, NotFoundError, StandoffError, printable

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from pathlib import Path

DEFAULT_FOLDER = ".labelstudio"
"""The data folder, in the checkout."""
OLDEST = (1, 18)
"""The first version of which it is known that all that this room asks of it works."""
IDENTITY_PATH = "/standoff/server"
START_TIMEOUT_S = 600.0
"""A first start makes the database: half a minute on an idle machine, minutes on a busy one."""
ANSWER_TIMEOUT_S = 10.0
ANSWER_BYTES = 1 << 16
"""More than a Label Studio says of itself; what else answers may be endless."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a campaign's server is.

    Args:
        folder: The data folder.
        url: The server's address, without a slash at the end.
        own: Whether it is the server that runs on the folder.
    """

    folder: Path
    url: str
    own: bool


@dataclass(frozen=True, slots=True)
class Started:
    """What :func:`start` found or made; ``process`` is None when the server ran already."""

    server: Server
    process: subprocess.Popen[bytes] | None


def open_desk(folder: Path, *, url: str | None = None) -> Desk:
    """Return where the server is: at ``url``, else the running server of ``folder``.

    Raises:
        NotFoundError: No server runs on the folder; or nothing answers at ``url``.
        RefusedError: A server runs on the folder and does not answer.
        InputError: ``url`` is not the address of a Label Studio of version 1.18 or later.
    """
    if url is None:
        server = find_server(folder)
        if server is None:
            raise NotFoundError(
                "no server is running here",
                where=folder,
                remedy="start it with: standoff annotate serve (or name another server with --url)",
            )
        return Desk(folder, server.url, own=True)
    address = normalise(url)
    holder = find_holder(folder)
    if holder and holder.server and holder.server.url == address and says(address, holder.server.nonce):
        return Desk(folder, address, own=True)
    read_version(address)
    return Desk(folder, address, own=False)


def find_server(folder: Path) -> Server | None:
    """Return the server that runs on ``folder``, or None when none does.

    Raises:
        RefusedError: One has the folder and does not answer.
    """
    holder = find_holder(folder)
    if holder is None:
        return None
    if holder.server is None or not says(holder.server.url, holder.server.nonce):
        raise not_answering(folder)
    return holder.server


def says(url: str, nonce: str) -> bool:
    """Return whether the server that answers at ``url`` is the one that was started with ``nonce``."""
    try:
        with _get(url + IDENTITY_PATH) as response:
            return bool(response.read(200) == nonce.encode())
    except (OSError, ValueError):
        return False


def _get(url: str) -> Any:
    # The user's proxy, where there is one, is for other machines.
    return build_opener(*([ProxyHandler({})] if is_loopback(url) else [])).open(url, timeout=ANSWER_TIMEOUT_S)


def normalise(url: str) -> str:
    """Return a server's address without a slash at the end; a missing ``http://`` is supplied.

    Raises:
        InputError: Not an address of a server, or one with a password in it.
    """
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
    except ValueError:
        parts = urlsplit("")
    if "@" in parts.netloc:
        raise InputError(
            "the address holds a user name or password",
            expected="the address alone",
            remedy="put the account's token into the environment variable STANDOFF_LABEL_STUDIO_TOKEN",
        )
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise InputError("is not the address of a server", got=url, expected="such as http://127.0.0.1:8080")
    return parts.geturl().rstrip("/")


def read_version(url: str) -> str:
    """Return the version of the Label Studio at ``url``.

    Raises:
        NotFoundError: Nothing answers there.
        InputError: Something else answers there, or a version that is too old.
    """
    reached = url
    try:
        with _get(f"{url}/api/version") as response:
            body, reached = response.read(ANSWER_BYTES), response.geturl()
    except HTTPError as error:
        error.close()
        body = b""
    except (OSError, ValueError) as error:
        raise NotFoundError(f"nothing answers ({error})", where=url, remedy="check the address") from None
    release = _release(body)
    if release is None or not reached.startswith(f"{url}/"):
        raise InputError(
            "something else answers there",
            where=url,
            got=printable(reached),
            expected="the address of a Label Studio, without a redirection",
        )
    if tuple(int(part) for part in release.split(".")[:2] if part.isdigit()) < OLDEST:
        raise InputError("this Label Studio is too old", where=url, got=release, expected="1.18 or later")
    return release


def _release(body: bytes) -> str | None:
    try:
        found = json.loads(body)
    except ValueError:
        return None
    release = found.get("release") if isinstance(found, dict) else None
    return release if isinstance(release, str) else None


def start(
    folder: Path,
    *,
    port: int | None = None,
    say: Callable[[str], None] = lambda _: None,
    script: Path = INSIDE / "start.py",
) -> Started:
    """Start the server of ``folder``, or find the one that runs, and return once it answers.

    A new server ends when this process does, even if that is killed, until :func:`let_go` lets it go.

    Args:
        folder: The data folder; made when it is not there.
        port: The port to listen at; without it the last one if it is free, else any free one.
        say: Is told what takes long.
        script: What runs in Label Studio's environment.

    Raises:
        RefusedError: Something else is in the folder; the port is in use; or a server has the folder and does
            not answer.
        StandoffError: Label Studio could not be had, or did not start.
    """
    prepare_folder(folder)
    with _start_lock(folder, say):
        found = _find_settled(folder)
        if found is not None:
            return Started(found, None)
        make_ready(say)
        if not (folder / "label_studio.sqlite3").exists():
            say("making the database: about half a minute")
        nonce = secrets.token_hex(16)
        with listen(port, last_port(folder)) as listening, take(folder, listening.getsockname()[1]) as state:
            process = _launch(folder, script, state, listening, nonce)
        try:
            return Started(_wait_until_up(folder, process, nonce), process)
        except BaseException:
            end(process)
            raise


@contextmanager
def _start_lock(folder: Path, say: Callable[[str], None]) -> Iterator[None]:
    lock = FileLock(folder / "start.lock", mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say("another start is under way: waiting for it")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _find_settled(folder: Path) -> Server | None:
    """Return the running server, after a moment's patience with one that is just ending."""
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while True:
        try:
            return find_server(folder)
        except StandoffError:
            if time.monotonic() > deadline:
                raise
            time.sleep(POLL_S)


def _launch(
    folder: Path, script: Path, state: int, listening: socket.socket, nonce: str
) -> subprocess.Popen[bytes]:
    """Start the server's process, in a session of its own, so that a Ctrl-C at the terminal reaches us alone."""
    with os.fdopen(open_log(folder), "wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command
            inside_command(str(script)),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=server_environment(folder),
            cwd=folder,
            pass_fds=[state, listening.fileno()],
            start_new_session=True,
            umask=0o077,
        )
    _tell(process, json.dumps({"state": state, "socket": listening.fileno(), "nonce": nonce}))
    return process


def _tell(process: subprocess.Popen[bytes], line: str) -> None:
    if process.stdin is not None:
        with suppress(BrokenPipeError):  # it has ended: whoever waits for it says why
            process.stdin.write(f"{line}\n".encode())
            process.stdin.flush()


def _wait_until_up(folder: Path, process: subprocess.Popen[bytes], nonce: str) -> Server:
    deadline = time.monotonic() + START_TIMEOUT_S
    while process.poll() is None and time.monotonic() < deadline:
        holder = find_holder(folder)
        if holder and holder.server and says(holder.server.url, nonce):
            with suppress(NotFoundError):  # on a busy machine the first page may take longer than we wait for it
                read_version(holder.server.url)  # the page before was ours, this is Label Studio's
                return holder.server
        time.sleep(POLL_S)
    state = "does not answer" if process.poll() is None else f"ended with exit code {process.returncode}"
    raise failure(folder, f"Label Studio {state} at its start")


def failure(folder: Path, what: str) -> StandoffError:
    """Return an error that shows the end of the server's log."""
    return StandoffError(what, where=folder / "server.log", remedy="see the log, which ends:\n" + log_end(folder))


def let_go(process: subprocess.Popen[bytes]) -> None:
    """Let a server run on when this process ends."""
    _tell(process, "detach")
    if process.stdin is not None:
        process.stdin.close()


def end(process: subprocess.Popen[bytes]) -> None:
    """End a server that this process has started, and all of its processes."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, number)  # a session of its own is a group of its own
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_TIMEOUT_S)
    if process.stdin is not None:
        with suppress(BrokenPipeError):
            process.stdin.close()


def stop(folder: Path) -> int | None:
    """Stop the server of ``folder``, and return its process id; None when no server runs on it.

    Raises:
        RefusedError: A process has the folder, and it cannot be told which.
        StandoffError: The process does not end.
    """
    holder = find_holder(folder)
    if holder is None:
        return None
    if holder.pid is None:
        if becomes_free(folder, STOP_TIMEOUT_S):
            return None
        raise not_answering(folder)
    for number in (signal.SIGTERM, signal.SIGKILL):
        # Looked up anew each time: once the lock is free, the number may be that of a stranger's process.
        now = find_holder(folder)
        if now is not None and now.pid == holder.pid:
            with suppress(ProcessLookupError):  # it has just ended
                os.kill(holder.pid, number)
        if becomes_free(folder, STOP_TIMEOUT_S):
            return holder.pid
    raise StandoffError(f"the server's process {holder.pid} does not end", where=folder)
