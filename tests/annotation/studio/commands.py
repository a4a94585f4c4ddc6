"""Starts, finds and watches servers for the tests, as a user does: with the command line."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Self

import pytest

from standoff.annotation.studio.data_folder import Server, find_holder
from standoff.annotation.studio.server import find_server

PATIENCE_S = 300.0
"""For what takes seconds on an idle machine."""


def command(*words: str) -> list[str]:
    return [sys.executable, "-c", "from standoff.cli import main; main()", "annotate", *words]


def serve(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Start a server as a user does who wants the terminal back."""
    return subprocess.run(
        command("serve", "--detach", "--folder", str(folder), *options),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S * 5,
    )


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def running(folder: Path) -> Server:
    found = find_server(folder)
    assert found is not None
    return found


def is_free(folder: Path) -> bool:
    return find_holder(folder) is None


def session(pid: int) -> list[Path]:
    """Return the entries in /proc of the processes that were started together with ``pid``."""
    if not Path("/proc/self/stat").exists():
        pytest.skip("this system has no /proc")
    return [
        entry
        for entry in Path("/proc").iterdir()
        if entry.name.isdecimal() and session_of(int(entry.name)) == os.getsid(pid)
    ]


def session_of(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None


class foreground:  # noqa: N801 - used as a function
    """A command in the foreground, that has said where its server is."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            command("serve", "--folder", str(folder)),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )

    def __enter__(self) -> subprocess.Popen[str]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if "Ctrl-C" in line:
                break
        return self.process

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


class OtherServer:
    """A web server on 127.0.0.1 that answers everything with the same bytes."""

    def __init__(self, port: int, body: bytes, *, redirect_to: str | None = None) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(302 if redirect_to and self.path != "/there" else 200)
                if redirect_to:
                    self.send_header("Location", redirect_to)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", port), Handler)
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
