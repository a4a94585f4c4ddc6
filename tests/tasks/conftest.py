"""A made dataset of three files, the task that reads it, and a loopback server that serves it well or badly."""

from __future__ import annotations

import io
import random
import tarfile
import threading
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pandas as pd
import pytest

from standoff.files import sha256_bytes
from standoff.tasks.getting.source import Source
from standoff.tasks.sets.seesaw import TASK as SEESAW
from standoff.tasks.split_sets import as_published

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
        return self._task_from(url, PREFIX)

    def task_one_by_one(self, server: Server) -> Task:
        """Return the task whose files are each fetched from the server, which now has them."""
        server.files = dict(self.files)
        return self._task_from(server.folder, None)

    def _task_from(self, url: str, archive_prefix: str | None) -> Task:
        source = Source(url=url, commit="c0ffee", files=self.list_file, archive_prefix=archive_prefix)
        return replace(
            SEESAW,
            name="made",
            terms="Made for tests.",
            made_with_label={},
            source=source,
            read=read_made,
            split_sets={"official": as_published},
        )

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


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data home that does not exist yet."""
    return tmp_path / "home"


@dataclass
class Server:
    """What the loopback server answers, and what it was asked.

    Args:
        folder: Its address, with a slash.
        body: The archive.
        files: Path -> bytes of the single files.
        status: The HTTP status of every answer.
        promised: The Content-Length; by default the length of what was asked for.
        content_type: The Content-Type; by default none is sent.
        ranges: Whether it answers a range with that range; else with the whole.
        wrong_range: Whether it answers a range with another one.
        cut: After how many bytes of an answer it stops; by default it sends all.
        stalls: Whether it keeps the connection open after that, until the test ends, or 20 seconds.
        redirects: Path -> address that it points to instead.
        asked: Path and Range of each request, in order.
        sent: Set when an answer is sent, or cut.
        ended: Set when the test ends.
    """

    folder: str
    body: bytes = b""
    files: dict[str, bytes] = field(default_factory=dict)
    status: int = 200
    promised: int | None = None
    content_type: str | None = None
    ranges: bool = False
    wrong_range: bool = False
    cut: int | None = None
    stalls: bool = False
    redirects: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    sent: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """The address of the archive."""
        return f"{self.folder}made.tar.gz"

    def answer(self, path: str, asked_range: str | None) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and content for a request."""
        self.asked.append((path, asked_range))
        if path in self.redirects:
            return 302, {"Location": self.redirects[path]}, b""
        whole = self.body if path == "made.tar.gz" else self.files.get(path)
        if whole is None:
            return 404, {}, b"no such file"
        headers = {} if self.content_type is None else {"Content-Type": self.content_type}
        if self.status != 200 or not self.ranges or asked_range is None:
            return self.status, headers, whole
        start = int(asked_range.removeprefix("bytes=").removesuffix("-"))
        if start >= len(whole):
            return 416, headers | {"Content-Range": f"bytes */{len(whole)}"}, b""
        start -= self.wrong_range
        return 206, headers | {"Content-Range": f"bytes {start}-{len(whole) - 1}/{len(whole)}"}, whole[start:]


@pytest.fixture
def server() -> Iterator[Server]:
    """A real HTTP server on the loopback interface."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, content = answers.answer(unquote(self.path[1:]), self.headers["Range"])
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(answers.promised or len(content)))
            self.end_headers()
            self.wfile.write(content[: answers.cut])
            self.wfile.flush()
            answers.sent.set()
            if answers.stalls:
                answers.ended.wait(20)  # less than the timeout of a download, which is to be shortened by tests

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        answers = Server(f"http://127.0.0.1:{running.server_address[1]}/")
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))  # seconds between looks at shutdown
        thread.start()
        yield answers
        answers.ended.set()
        running.shutdown()
        thread.join()
