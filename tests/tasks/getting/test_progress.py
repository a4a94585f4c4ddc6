from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from standoff.tasks.getting.progress import arriving, counting

if TYPE_CHECKING:
    from tests.tasks.conftest import Server

COUNT = """
from standoff.tasks.getting.progress import counting
with counting("verifying", 3) as count:
    for _ in range(3):
        count()
"""
ARRIVE = """
import sys
from pathlib import Path
from standoff.tasks.getting.download import download
download(sys.argv[1], Path(sys.argv[2]), label="data/two [words].txt", by_hand="")
"""


def on_a_terminal(code: str, *arguments: str) -> str:
    """Return what a child writes to standard error when that is a terminal of 100 columns."""
    import fcntl
    import struct
    import termios

    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    environment = {**os.environ, "TERM": "xterm"}
    with subprocess.Popen([sys.executable, "-c", code, *arguments], stderr=theirs, env=environment) as child:
        os.close(theirs)
        written = b""
        try:
            while block := os.read(ours, 1 << 16):
                written += block
        except OSError:  # how Linux says that the other end is closed
            pass
    os.close(ours)
    assert child.returncode == 0
    return written.decode()


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a pseudo terminal")
def test_a_terminal_shows_how_many_files_are_done() -> None:
    written = on_a_terminal(COUNT)
    assert "verifying" in written
    assert "3/3" in written
    assert written.endswith("\x1b[2K")  # the line is cleared


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a pseudo terminal")
def test_a_terminal_shows_bytes_and_those_that_were_here_count(server: Server, tmp_path: Path) -> None:
    server.files, server.ranges = {"f": bytes(50_000)}, True
    (tmp_path / "part").write_bytes(bytes(10_000))
    written = on_a_terminal(ARRIVE, f"{server.folder}f", str(tmp_path / "part"))
    assert "data/two [words].txt" in written
    assert "50.0/50.0 kB" in written


@pytest.mark.parametrize("forced", ["", "1"])
def test_elsewhere_nothing_is_written(forced: str) -> None:
    environment = {**os.environ, "FORCE_COLOR": forced}
    child = subprocess.run([sys.executable, "-c", COUNT], check=True, capture_output=True, env=environment)
    assert (child.stdout, child.stderr) == (b"", b"")


def test_an_error_passes_through() -> None:
    with pytest.raises(KeyError), counting("verifying", 3):
        raise KeyError
    with pytest.raises(KeyError), arriving("f"):
        raise KeyError


def test_a_bar_counts_as_pooch_drives_it() -> None:
    with arriving("f") as bar:
        bar.start_at(10)
        bar.total = 90
        assert bar.total == 90
        [line] = bar._display.tasks  # noqa: SLF001 - what is shown has no other way out
        assert (line.completed, line.total) == (10, 100)
        bar.update(64)
        assert line.completed == 74
        bar.reset()
        bar.update(90)
        bar.close()
        assert line.completed == 100
    with arriving("f") as bar:
        bar.total = 0  # the server does not say
        [line] = bar._display.tasks  # noqa: SLF001 - as above
        assert line.total is None
