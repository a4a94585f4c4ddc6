"""Run Label Studio's server; :mod:`standoff.annotation.studio.server` starts this in Label Studio's environment.

Label Studio's own command line is not used: it takes the next port when one is in use, makes a folder in the
user's home whatever it is told, and makes accounts from environment variables.

The parent process hands over an open socket, bound to the port, and the open state file, locked: both are its
without a gap for another process. The first line of the standard input is JSON: the file descriptors ``socket``
and ``state``, and the ``nonce`` that the server says at ``/standoff/server`` to show that it is this one. When
the input ends the server ends, as then the parent process has; after a line ``detach`` it stays.
"""

# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import signal
import socket
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, NoReturn

from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from label_studio import __version__
from label_studio.server import _setup_env

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

IDENTITY_PATH = "/standoff/server"
GRACE_S = 5.0


def main() -> None:
    """Run the server until it is told to stop."""
    order = json.loads(sys.stdin.readline())
    listening = socket.socket(fileno=order["socket"])
    signal.signal(signal.SIGTERM, stop)
    threading.Thread(target=end_with_parent, daemon=True).start()
    host, port = listening.getsockname()
    mine = {"pid": os.getpid(), "port": port}
    write_state(order["state"], mine)
    application = identified(label_studio(), order["nonce"])
    write_state(
        order["state"],
        {
            **mine,
            "url": f"http://{host}:{port}",
            "version": __version__,
            "started_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "nonce": order["nonce"],
        },
    )
    serve(listening, application)


def stop(*_: object) -> NoReturn:
    """End the process, from wherever the main thread is; requests under way are cut off, transactions are not."""
    raise SystemExit(0)


def end_with_parent() -> None:
    """End the process when the standard input ends, unless it says ``detach`` before."""
    if sys.stdin.readline().strip() == "detach":
        return
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)
    os._exit(1)  # the main thread is in something that does not end


def write_state(descriptor: int, state: dict[str, Any]) -> None:
    """Write who this is into the state file; whoever finds it locked knows that it is true."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(state, indent=2).encode() + b"\n", 0)


def label_studio() -> Any:
    """Return Label Studio as a WSGI application: its database brought up to date, our guard before it."""
    _setup_env()
    import guard  # noqa: PLC0415 - needs the settings, which are there from here on

    logging.getLogger("django.server").setLevel(logging.WARNING)  # a line per request says nothing that is needed
    call_command("migrate", "--no-color", verbosity=0)
    guard.install()
    return WSGIHandler()  # after the guard: it reads the list of middleware


def identified(application: Any, nonce: str) -> Any:
    """Return ``application`` with a page more, that says ``nonce``."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == IDENTITY_PATH:
            start_response("200 OK", [("Content-Type", "text/plain"), ("Cache-Control", "no-store")])
            return [nonce.encode()]
        found: Iterable[bytes] = application(environ, start_response)
        return found

    return answer


def serve(listening: socket.socket, application: Any) -> None:
    """Answer requests as Django's ``runserver`` does, at a socket that is bound already."""
    server = ThreadedWSGIServer(listening.getsockname(), WSGIRequestHandler, bind_and_activate=False)
    server.socket.close()
    server.socket = listening
    server.server_name, server.server_port = listening.getsockname()
    server.setup_environ()
    server.set_app(application)
    server.serve_forever()


if __name__ == "__main__":
    main()
