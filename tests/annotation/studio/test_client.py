"""What goes wrong between the tools and a server, and what is said of it."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from tests.annotation.studio.pilot import Lead

from standoff.annotation.studio.client import NoAnswerError, connect
from standoff.annotation.studio.seats import Seat, add_coder
from standoff.annotation.studio.server import Desk
from standoff.errors import InputError, NotFoundError, RefusedError, StandoffError

SEAT = Seat("anna", "http://127.0.0.1:9", "anna@standoff.invalid", None, "0" * 40, isolated=True)
VERSION = b'{"release": "1.23.2"}'
Answers = dict[str, tuple[int, bytes]]
Serve = Callable[[Answers], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a web server with fixed answers by path; 404 with a page elsewhere; a None body breaks the line."""
    servers = []

    def start(answers: Answers) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if "Content-Length" in self.headers:
                    self.rfile.read(int(self.headers["Content-Length"]))
                status, body = answers.get(self.path.split("?")[0], (404, b"<html>not here</html>"))
                if not body:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.send_response(status)
                self.send_header("Content-Type", "application/json" if body[:1] in b"{[" else "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815 - as above

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as above
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = Thread(target=server.serve_forever)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


def told(seat: Seat, kind: type[StandoffError]) -> str:
    with pytest.raises(kind) as caught, connect(seat):
        pass
    assert seat.token not in str(caught.value)
    return str(caught.value)


def test_nothing_answers() -> None:
    assert "nothing answers" in told(SEAT, NotFoundError)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "http://", "http://me:secret@127.0.0.1:1"])
def test_what_is_no_address(url: str) -> None:
    told(replace(SEAT, url=url), InputError)


@pytest.mark.parametrize("page", [b"<html>Welcome</html>", b'{"status": "ok"}', b"[]"])
def test_a_different_web_server_at_the_address(serve: Serve, page: bytes) -> None:
    url = serve({"/api/version": (200, page), "/": (200, page)})
    assert "something else answers" in told(replace(SEAT, url=url), InputError)


def test_a_server_that_turns_into_another(serve: Serve) -> None:
    url = serve({"/api/version": (200, VERSION), "/api/current-user/whoami": (200, b"<html>Welcome</html>")})
    message = told(replace(SEAT, url=url), InputError)
    assert message.startswith(f"{url}: cannot sign in: what answers is no Label Studio")


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_is_not_accepted(serve: Serve, status: int) -> None:
    url = serve(
        {"/api/version": (200, VERSION), "/api/current-user/whoami": (status, b'{"detail": "Invalid token."}')}
    )
    message = told(replace(SEAT, url=url), RefusedError)
    assert "the token is not accepted" in message
    assert "standoff annotate coders add" in message


@pytest.mark.parametrize("token", ["two\nlines", "é" * 40])
def test_a_token_that_cannot_be_sent(serve: Serve, token: str) -> None:
    url = serve({"/api/version": (200, VERSION)})
    assert "the token or the text cannot be sent" in told(replace(SEAT, url=url, token=token), InputError)


@pytest.mark.parametrize("token", ["", " "])
def test_no_token(serve: Serve, token: str) -> None:
    url = serve({"/api/version": (200, VERSION)})
    with pytest.raises(StandoffError), connect(replace(SEAT, url=url, token=token)):
        pass


SIGNED_IN: Answers = {
    "/api/version": (200, VERSION),
    "/api/current-user/whoami": (200, b'{"id": 1, "email": "anna@standoff.invalid", "username": "anna"}'),
}


def test_a_lost_answer_to_an_import_is_not_followed_by_another_try(serve: Serve) -> None:
    asked = []

    class Counted(Answers):
        def get(self, path: str, default: tuple[int, bytes]) -> tuple[int, bytes]:  # type: ignore[override]
            asked.append(path)
            return super().get(path, default)

    url = serve(Counted({**SIGNED_IN, "/api/projects/1/import": (200, b"")}))
    with connect(replace(SEAT, url=url)) as studio:
        with pytest.raises(NoAnswerError, match="run the command again: it continues") as caught:
            studio.add_tasks(1, [{"data": {"uid": "x", "text": "y"}}])
        assert caught.value.stopped
    assert asked.count("/api/projects/1/import") == 1


def test_a_server_that_fails_is_not_asked_again_either(serve: Serve) -> None:
    url = serve({**SIGNED_IN, "/api/projects/1/import": (503, b'{"detail": "busy"}')})
    with connect(replace(SEAT, url=url)) as studio, pytest.raises(RefusedError, match="503"):
        studio.add_tasks(1, [{"data": {"uid": "x", "text": "y"}}])


def test_a_proxy_of_the_environment_is_not_used_for_this_machine(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    url = serve({**SIGNED_IN, "/api/users/": (200, b'[{"id": 3, "email": "ben@x.org"}]')})
    with connect(replace(SEAT, url=url)) as studio:
        assert studio.url == url


def test_without_the_extra_it_is_said_what_to_install(serve: Serve, tmp_path: Path) -> None:
    url = serve(SIGNED_IN)
    (tmp_path / "label_studio_sdk.py").write_text("raise ImportError('no', name='label_studio_sdk')\n")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from standoff.annotation.studio.client import connect\n"
        "from standoff.annotation.studio.seats import Seat\n"
        f"with connect(Seat('anna', {url!r}, 'a@b.c', None, '0', isolated=True)): pass\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "pip install 'standoff[annotate]'" in done.stderr


def test_importing_the_room_does_not_import_the_client() -> None:
    code = (
        "import sys, standoff.annotation.campaign.push, standoff.annotation.campaign.pull\n"
        "print([name for name in ('label_studio_sdk', 'httpx', 'pandas') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# -- with a real server ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def seat(desk: Desk) -> Seat:
    return add_coder(desk, "model-a")


def test_a_project_that_is_not_there(seat: Seat) -> None:
    with connect(seat) as studio:
        for ask in (studio.export, studio.tasks, lambda number: studio.change_project(number, {"title": "any"})):
            with pytest.raises((NotFoundError, RefusedError), match=r"cannot .* project 999"):
                ask(999)


def test_a_wrong_token_and_a_wrong_path(seat: Seat) -> None:
    assert "the token is not accepted" in told(replace(seat, token="0" * 40), RefusedError)
    # Below a path of its pages, too, the server tells its version.
    assert "check the address, which has no path" in told(replace(seat, url=f"{seat.url}/projects"), NotFoundError)


def test_a_configuration_that_the_server_does_not_take(seat: Seat) -> None:
    with connect(seat) as studio, pytest.raises(RefusedError, match="the server refuses"):
        studio.create_project({"title": "any", "label_config": "<View><Choices/></View>"})


def test_a_token_that_is_revoked_in_the_middle(seat: Seat) -> None:
    lead = Lead(seat)
    with connect(seat) as studio:
        number = studio.create_project({"title": "to be revoked"})
        lead.call("POST", "/api/current-user/reset-token/")
        with pytest.raises(RefusedError, match="the token is not accepted"):
            studio.add_tasks(number, [{"data": {"text": "any"}}])
    lead.close()
