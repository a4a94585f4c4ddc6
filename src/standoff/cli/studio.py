"""``standoff annotate serve`` and ``stop``: the Label Studio server of a checkout."""

from __future__ import annotations

import shlex
import signal
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from standoff.cli.options import Root  # noqa: TC001 - typer evaluates the annotations

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

HERE = Path()
DataFolder = Annotated[
    Path | None,
    typer.Option(
        "--folder", help="The server's data folder.", show_default="<root>/.labelstudio", file_okay=False
    ),
]


def serve_command(
    root: Root = HERE,
    folder: DataFolder = None,
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Listen at this port.", show_default="the last, or a free one"),
    ] = None,
    detach: Annotated[bool, typer.Option("--detach", help="Return when the server is up; it runs on.")] = False,
) -> None:
    """Start Label Studio on this machine, or say where it runs already; Ctrl-C stops it.

    It listens on 127.0.0.1 only and calls no other machine. Its data stay in the folder between starts.

    Example: standoff annotate serve --detach
    """
    from standoff.annotation.studio import server
    from standoff.errors import NotFoundError

    place = data_folder(root, folder)
    if folder is None and not (root / "corpus" / "sources").is_dir():
        raise NotFoundError(
            "holds no corpus/sources folder",
            where=root,
            remedy="run the command in a checkout, or name one with --root, or a data folder with --folder",
        )
    with _signals_as_interrupts():
        started = None
        try:
            started = server.start(place, port=port, say=_note)
            if started.process is None:
                typer.echo(f"Label Studio {started.server.version} is running already at {started.server.url}")
                return
            typer.echo(f"Label Studio {started.server.version} is running at {started.server.url}")
            typer.echo("accounts: standoff annotate coders add")
            if detach:
                typer.echo(
                    "to stop it: standoff annotate stop"
                    + (f" --folder {shlex.quote(str(folder))}" if folder else "")
                )
                server.let_go(started.process)
                return
            typer.echo("to stop it: Ctrl-C")
            code = started.process.wait()
        except KeyboardInterrupt:
            if started is not None and started.process is not None:
                server.end(started.process)
            code = 0
    if code:
        raise server.failure(place, f"Label Studio ended with exit code {code}")
    typer.echo("stopped")


def stop_command(root: Root = HERE, folder: DataFolder = None) -> None:
    """Stop the server; its data stay.

    Example: standoff annotate stop
    """
    from standoff.annotation.studio.server import stop

    place = data_folder(root, folder)
    pid = stop(place)
    typer.echo(f"no server is running on {place}" if pid is None else f"stopped (process {pid})")


def data_folder(root: Path, folder: Path | None) -> Path:
    """Return the data folder that was named, else that of the checkout."""
    from standoff.annotation.studio.server import DEFAULT_FOLDER

    return root / DEFAULT_FOLDER if folder is None else folder


def _note(message: str) -> None:
    typer.echo(message, err=True)


@contextmanager
def _signals_as_interrupts() -> Iterator[None]:
    """Let a plain ``kill``, and the closing of the terminal, end the command as Ctrl-C does."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), interrupt) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
