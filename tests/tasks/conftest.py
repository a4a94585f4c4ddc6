"""A made dataset of three files, the task that reads it, and a loopback server that serves it well or badly."""

from __future__ import annotations

import gc
import io
import random
import tarfile
import threading
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from standoff.files import sha256_bytes
from standoff.tasks.seesaw import TASK as SEESAW
from standoff.tasks.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from standoff.tasks.task import Task

PREFIX = "made-c0ffee/"


def rows() -> list[dict[str, object]]:
    """Return three good rows, one of each split, with a slice column of each kind."""
    return [
        {
            "id": f"i{number}",
            "group": "g",
            "text": "Ann 😀 backs Bo.",
            "actor": "Ann",
            "target": "Bo",
            "label": label,
            "actor_spans": [(0, 3)],
            "target_spans": [(12, 14)],
            "split": split,
            "outlet": "Gazette",
            "year": 2020 + number,
            "share": 0.5,
            "quoted": number > 0,
        }
        for number, (label, split) in enumerate([("neg", "train"), ("pos", "validation"), ("pos", "test")])
    ]


def read_made(folder: Path, variant: str) -> pd.DataFrame:
    """Read the made task; the variant and the folder show in slice columns."""
    return pd.DataFrame(rows()).assign(variant=variant, folder=str(folder))


@dataclass(frozen=True)
class Made:
    """A made upstream: a folder with two declared files and one that is not, and its checksum list."""

    folder: Path
    list_file: Path
    files: dict[str, bytes] = field(
        default_factory=lambda: {"data/a.bin": random.Random(0).randbytes(50_000), "data/b.txt": b"two\n"}  # noqa: S311 - bytes that do not compress, not a secret
    )

    def task(self, url: str = "http://127.0.0.1:9/unused") -> Task:
        """Return the task whose archive is at ``url``."""
        source = Source(url=url, commit="c0ffee", files=self.list_file, archive_prefix=PREFIX)
        return replace(SEESAW, name="made", terms="Made for tests.", source=source, read=read_made)

    def archive(self, changed: dict[str, bytes | None] | None = None) -> bytes:
        """Return a ``.tar.gz`` as GitHub packs it, with files changed, added, or (None) left out."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as archive:
            for path, data in {**self.files, "README.md": b"not declared", **(changed or {})}.items():
                if data is not None:
                    member = tarfile.TarInfo(PREFIX + path)
                    member.size = len(data)
                    archive.addfile(member, io.BytesIO(data))
        return packed.getvalue()


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """A made upstream, complete and right."""
    found = Made(tmp_path / "upstream", tmp_path / "made.txt")
    for path, data in {**found.files, "README.md": b"not declared"}.items():
        (found.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (found.folder / path).write_bytes(data)
    lines = (f"{sha256_bytes(data)}  {path}\n" for path, data in found.files.items())
    found.list_file.write_text("".join(lines), encoding="utf-8")
    return found


@dataclass
class Server:
    """What the loopback server answers.

    Args:
        url: Its address.
        body: What it sends.
        status: The HTTP status.
        promised: The Content-Length; by default the length of the body.
        stalls: Whether it keeps the connection open after the body, until the test ends.
        sent: Set when the body is sent.
        ended: Set when the test ends.
    """

    url: str
    body: bytes = b""
    status: int = 200
    promised: int | None = None
    stalls: bool = False
    sent: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def server() -> Iterator[Server]:
    """A real HTTP server on the loopback interface."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(answer.status)
            self.send_header("Content-Length", str(answer.promised or len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)
            self.wfile.flush()
            answer.sent.set()
            if answer.stalls:
                answer.ended.wait()

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        answer = Server(f"http://127.0.0.1:{running.server_address[1]}/made.tar.gz")
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield answer
        answer.ended.set()
        running.shutdown()
        thread.join()
        gc.collect()  # sockets that a failed download left open belong to this test, not to a later one
