from __future__ import annotations

import http.client
import socket
import sys
from typing import TYPE_CHECKING

import pytest

from standoff.errors import IntegrityError, NotFoundError, StandoffError
from standoff.tasks.getting import download as module
from standoff.tasks.getting.download import download

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tasks.conftest import Server

BODY = bytes(range(256)) * 200  # 51,200 bytes


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / "part"


@pytest.fixture(autouse=True)
def _a_file(server: Server) -> None:
    server.files["f"] = BODY


def fetched(server: Server, part: Path) -> bytes:
    download(f"{server.folder}f", part, label="f", by_hand="carry it")
    return part.read_bytes()


def refused(url: str, part: Path, kind: type[StandoffError]) -> str:
    with pytest.raises(kind) as caught:
        download(url, part, label="f", by_hand="carry it")
    assert caught.value.where == url
    assert caught.value.remedy is not None
    assert caught.value.remedy.endswith("carry it")
    return str(caught.value)


# ── going on where it stopped ────────────────────────────────────────────────────────────────────────────────────


def test_a_new_file_is_asked_for_whole(server: Server, part: Path) -> None:
    assert fetched(server, part) == BODY
    assert server.asked == [("f", None)]


def test_the_rest_is_asked_for_and_appended(server: Server, part: Path) -> None:
    part.write_bytes(BODY[:1000])
    server.ranges = True
    assert fetched(server, part) == BODY
    assert server.asked == [("f", "bytes=1000-")]


def test_a_server_that_sends_the_whole_makes_it_start_anew(server: Server, part: Path) -> None:
    part.write_bytes(b"stale" * 20_000)
    assert fetched(server, part) == BODY
    assert server.asked == [("f", "bytes=100000-")]


def test_a_server_without_such_a_range_is_asked_again_for_the_whole(server: Server, part: Path) -> None:
    part.write_bytes(b"stale" * 20_000)
    server.ranges = True
    assert fetched(server, part) == BODY
    assert server.asked == [("f", "bytes=100000-"), ("f", None)]


def test_a_server_that_sends_another_range_is_asked_again_for_the_whole(server: Server, part: Path) -> None:
    part.write_bytes(BODY[:1000])
    server.ranges = server.wrong_range = True
    assert fetched(server, part) == BODY
    assert server.asked == [("f", "bytes=1000-"), ("f", None)]


def test_a_redirect_is_followed_and_keeps_the_range(server: Server, part: Path) -> None:
    part.write_bytes(BODY[:1000])
    server.ranges, server.redirects = True, {"f": f"{server.folder}g"}
    server.files["g"] = BODY
    assert fetched(server, part) == BODY
    assert server.asked == [("f", "bytes=1000-"), ("g", "bytes=1000-")]


def test_plain_bytes_are_asked_for(server: Server, part: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    put = http.client.HTTPConnection.putheader

    def noted(self: http.client.HTTPConnection, header: str, *values: str) -> None:
        asked.append((header, *values))
        put(self, header, *values)

    monkeypatch.setattr(http.client.HTTPConnection, "putheader", noted)
    fetched(server, part)
    assert ("Accept-Encoding", "identity") in asked


# ── what can go wrong ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "said", "again"),
    [
        (401, "the server wants a sign-in (HTTP 401)", False),
        (403, "the server refuses it (HTTP 403)", False),
        (404, "the server has no such file (HTTP 404)", False),
        (410, "the server has the file no longer (HTTP 410)", False),
        (418, "the server answers (HTTP 418)", True),
        (429, "the server asks to wait (HTTP 429)", True),
        (500, "the server failed (HTTP 500)", True),
        (503, "the server failed (HTTP 503)", True),
    ],
)
def test_an_http_error_is_named_and_keeps_what_is_here(
    server: Server, part: Path, status: int, said: str, again: bool
) -> None:
    part.write_bytes(BODY[:1000])
    server.status = status
    server.content_type = "text/html"  # the page that explains the error is not taken for an answer
    message = refused(f"{server.folder}f", part, NotFoundError)
    assert f"cannot be downloaded: {said}" in message
    assert "1000 bytes of it are here and kept" in message
    assert ("run the same command again" in message) == again
    assert part.read_bytes() == BODY[:1000]


@pytest.mark.parametrize("redirected", [False, True])
def test_a_page_is_shown_and_costs_nothing_of_what_is_here(server: Server, part: Path, redirected: bool) -> None:
    part.write_bytes(BODY[:1000])
    server.content_type = "text/html; charset=utf-8"
    server.files["login"] = b"<!DOCTYPE html><title>Sign in</title>"
    if redirected:
        server.redirects = {"f": f"{server.folder}login"}
    else:
        server.files["f"] = server.files["login"]
    message = refused(f"{server.folder}f", part, IntegrityError)
    assert f"a web page came in place of the file, from {server.folder}{'login' if redirected else 'f'}" in message
    assert "Sign in" in message
    assert "see in a browser" in message
    assert part.read_bytes() == BODY[:1000]


def test_a_connection_that_breaks_off_keeps_what_came(server: Server, part: Path) -> None:
    server.cut = 40_000
    message = refused(f"{server.folder}f", part, NotFoundError)
    assert "the connection failed or broke off" in message
    kept = part.read_bytes()
    assert f"{len(kept)} bytes of it are here and kept" in message
    assert 0 < len(kept) <= 40_000
    assert BODY.startswith(kept)


def test_a_server_that_goes_silent_is_given_up_and_the_time_named(
    server: Server, part: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TIMEOUT_SECONDS", 0.2)
    server.cut, server.stalls = 40_000, True
    message = refused(f"{server.folder}f", part, NotFoundError)
    assert "nothing came for 0.2 seconds" in message
    assert "run the same command again" in message
    assert part.stat().st_size > 0


def test_a_server_that_never_answers_is_given_up(part: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        message = refused(f"http://127.0.0.1:{silent.getsockname()[1]}/f", part, NotFoundError)
    assert "nothing came for 0.2 seconds" in message


@pytest.mark.skipif(sys.platform != "linux", reason="needs a kernel that drops connections past the backlog")
def test_a_server_that_takes_no_more_connections_is_given_up(part: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as busy, socket.socket() as waiting:
        waiting.connect(busy.getsockname())  # takes the one place there is
        message = refused(f"http://127.0.0.1:{busy.getsockname()[1]}/f", part, NotFoundError)
    assert "nothing came for 0.2 seconds" in message


def test_a_refused_connection_is_named(part: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: connecting to it is refused
        message = refused(f"http://127.0.0.1:{taken.getsockname()[1]}/f", part, NotFoundError)
    assert "cannot be downloaded: the server takes no connection" in message
    assert "0 bytes of it are here" in message
    assert "got: NewConnectionError" in message  # what happened, not the errors it is wrapped in


def test_a_name_that_is_not_known_is_named(part: Path) -> None:
    # Longer than the 253 characters a name may have, so that the resolver refuses it without asking anyone.
    message = refused(f"http://{'a.' * 150}invalid/f", part, NotFoundError)
    assert "the server's name is not known here (is there a network?)" in message
    assert "run the same command again" in message


def test_what_the_disk_refuses_is_not_taken_for_the_network(server: Server, tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        download(f"{server.folder}f", tmp_path, label="f", by_hand="carry it")
    with pytest.raises(FileNotFoundError):
        download(f"{server.folder}f", tmp_path / "no" / "part", label="f", by_hand="carry it")
    assert server.asked == []
