"""The server: started, found, stopped, and its secrets kept. Each test runs the real one."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from tests.annotation.studio.commands import (
    PATIENCE_S,
    OtherServer,
    command,
    foreground,
    is_free,
    running,
    serve,
    session,
    session_of,
    wait_until,
)

from standoff.annotation.studio import environment, server
from standoff.annotation.studio.data_folder import last_port, listen
from standoff.annotation.studio.seats import Seat, add_coder
from standoff.annotation.studio.server import Desk, find_server, open_desk
from standoff.errors import NotFoundError, RefusedError, StandoffError

SECRET_FILES = {".env", "secrets.json", "label_studio.sqlite3"}


@pytest.fixture(scope="module")
def seat(desk: Desk) -> Seat:
    """A coder with a room on the server of this module."""
    return add_coder(desk, "anna")


# -- one server, looked at ---------------------------------------------------------------------------------------


def test_a_desk_is_our_running_server(desk: Desk) -> None:
    found = running(desk.folder)
    assert desk == Desk(desk.folder, f"http://127.0.0.1:{found.port}", own=True)
    assert httpx.get(f"{desk.url}/api/version").json()["release"] == found.version == environment.VERSION
    assert httpx.get(f"{desk.url}/health").json() == {"status": "UP"}
    assert "start.py" in Path(f"/proc/{found.pid}/cmdline").read_text(encoding="utf-8")


def test_it_listens_on_the_loopback_address_alone(desk: Desk) -> None:
    port = running(desk.folder).port
    with socket.create_server(("127.0.0.2", port)):  # could not be bound, were 0.0.0.0 taken
        pass


def test_a_second_serve_says_where_the_first_is(desk: Desk) -> None:
    before = running(desk.folder)
    done = serve(desk.folder)
    assert done.returncode == 0, done.stderr
    assert f"running already at {desk.url}" in done.stdout
    assert running(desk.folder) == before


def test_the_folder_is_for_its_owner_only_and_not_for_git(desk: Desk, seat: Seat) -> None:
    assert seat.token
    assert desk.folder.stat().st_mode & 0o777 == 0o700
    modes = {path.name: path.stat().st_mode & 0o077 for path in desk.folder.iterdir()}
    assert modes.keys() >= {"label_studio.sqlite3", ".env", "state.json", "secrets.json", "server.log"}
    assert set(modes.values()) == {0}
    subprocess.run(["git", "init", "--quiet", desk.folder.parent], check=True)
    subprocess.run(["git", "add", "--all"], check=True, cwd=desk.folder.parent)
    listed = subprocess.run(
        ["git", "status", "--short"], check=True, cwd=desk.folder.parent, capture_output=True, text=True
    )
    assert listed.stdout == ""


def test_no_secret_is_in_a_log_or_a_process_list(desk: Desk, seat: Seat) -> None:
    """Not the coder's password, not the tools' token, not the key that signs the cookies."""
    kept = (desk.folder / ".env").read_text(encoding="utf-8")
    key = kept.partition("SECRET_KEY=")[2].splitlines()[0].strip("\"'")
    assert seat.password
    assert min(map(len, (key, seat.token, seat.password))) >= 16
    with httpx.Client(base_url=desk.url, headers={"Authorization": f"Token {seat.token}"}) as client:
        assert client.get("/api/current-user/whoami").status_code == 200
        assert client.get("/no/such/page").status_code == 404  # is logged
    texts = {
        str(path): path.read_bytes()
        for path in desk.folder.rglob("*")
        if path.is_file() and path.name not in SECRET_FILES
    }
    assert b"/no/such/page" in texts[str(desk.folder / "server.log")]
    for entry in session(running(desk.folder).pid):
        for name in ("cmdline", "environ"):
            texts[f"{entry}/{name}"] = (entry / name).read_bytes()
    assert sum(b"LABEL_STUDIO_SENTRY_DSN=\0" in text for text in texts.values()) >= 2  # uv's process and Python's
    for secret in (key, seat.token, seat.password):
        assert [name for name, text in texts.items() if secret.encode() in text] == []


def test_an_answer_with_another_nonce_is_not_ours(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    state = desk.folder / "state.json"
    true = state.read_text(encoding="utf-8")
    forged = json.dumps(json.loads(true) | {"nonce": "0" * 32})
    try:
        state.write_text(forged, encoding="utf-8")
        with pytest.raises(RefusedError, match="has this folder and does not answer"):
            find_server(desk.folder)
        assert not open_desk(desk.folder, url=desk.url).own
        state.write_text("{", encoding="utf-8")
        with pytest.raises(RefusedError, match="a process that is not named there"):
            find_server(desk.folder)
        monkeypatch.setattr(server, "STOP_TIMEOUT_S", 0.2)
        with pytest.raises(RefusedError, match="a process that is not named there"):
            server.stop(desk.folder)
    finally:
        state.write_text(true, encoding="utf-8")
    assert open_desk(desk.folder, url=desk.url + "/").own


# -- started, stopped, killed ------------------------------------------------------------------------------------


def test_a_first_start_makes_everything_private(server_template: Path, tmp_path: Path) -> None:
    assert server_template  # Label Studio is here
    folder = tmp_path / "new" / "data"
    done = serve(folder)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "making the database: about half a minute\n"
    assert server.stop(folder) is not None
    made = [folder, *folder.rglob("*")]
    assert {path.name for path in made} >= {"label_studio.sqlite3", ".env", "state.json", "server.log", "media"}
    assert [path for path in made if path.stat().st_mode & 0o077] == []


def test_a_restart_has_the_same_port_and_data(folder: Path) -> None:
    assert serve(folder).returncode == 0
    desk = open_desk(folder)
    first, made = running(folder), add_coder(desk, "anna")
    done = subprocess.run(
        command("stop", "--folder", str(folder)), capture_output=True, text=True, check=True, timeout=PATIENCE_S
    )
    assert done.stdout == f"stopped (process {first.pid})\n"
    assert session_of(first.pid) is None
    with pytest.raises(NotFoundError, match="standoff annotate serve"):
        open_desk(folder)
    done = subprocess.run(done.args, capture_output=True, text=True, check=True, timeout=PATIENCE_S)
    assert done.stdout == f"no server is running on {folder}\n"
    assert serve(folder).returncode == 0
    again = running(folder)
    assert (again.url, again.port) == (first.url, first.port)
    assert again.nonce != first.nonce
    answer = httpx.get(f"{again.url}/api/current-user/whoami", headers={"Authorization": f"Token {made.token}"})
    assert answer.status_code == 200


def test_a_killed_server_is_started_again_elsewhere_when_its_port_is_taken(folder: Path) -> None:
    """The state of a server that is gone counts for nothing, also where another one answers at its port."""
    assert serve(folder).returncode == 0
    first = running(folder)
    os.kill(first.pid, signal.SIGKILL)
    wait_until(lambda: is_free(folder))
    state = (folder / "state.json").read_bytes()
    assert json.loads(state)["pid"] == first.pid  # nobody cleaned up
    with OtherServer(first.port, b"hello"):
        assert find_server(folder) is None
        assert server.stop(folder) is None  # ends no stranger
        done = serve(folder)
    assert done.returncode == 0, done.stderr
    assert running(folder).port != first.port


def test_a_state_that_somebody_broke(folder: Path) -> None:
    (folder / "state.json").write_text("\0{not json", encoding="utf-8")
    assert find_server(folder) is None
    assert last_port(folder) is None
    assert serve(folder).returncode == 0
    assert running(folder).version == environment.VERSION


def test_two_starts_at_once_make_one_server(folder: Path) -> None:
    both = [
        subprocess.Popen(command("serve", "--detach", "--folder", str(folder)), stdout=-1, text=True) for _ in "ab"
    ]
    said = [process.communicate(timeout=PATIENCE_S * 5)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sorted("already" in text for text in said) == [False, True]
    assert all(running(folder).url in text for text in said)


def test_a_port_that_is_asked_for_and_taken(folder: Path) -> None:
    with OtherServer(0, b"hello") as other:
        done = serve(folder, "--port", str(other.port))
    assert done.returncode == 1
    assert f"port {other.port} cannot be had (Address already in use)" in done.stderr
    assert is_free(folder)
    done = serve(folder, "--port", str(other.port))
    assert done.returncode == 0, done.stderr
    assert running(folder).port == other.port


def test_a_server_that_hangs_is_not_taken_for_running_and_is_ended(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert serve(folder).returncode == 0
    hung = running(folder)
    os.kill(hung.pid, signal.SIGSTOP)
    monkeypatch.setattr(server, "ANSWER_TIMEOUT_S", 0.5)
    monkeypatch.setattr(server, "STOP_TIMEOUT_S", 1.0)
    with pytest.raises(RefusedError, match=rf"process {hung.pid}\) has this folder and does not answer"):
        server.start(folder)
    assert server.stop(folder) == hung.pid
    assert is_free(folder)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_command_and_its_server(folder: Path, number: signal.Signals) -> None:
    with foreground(folder) as process:
        members = session(running(folder).pid)
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, err) == (0, "")
    assert out.endswith("stopped\n")
    assert is_free(folder)
    assert [entry for entry in members if entry.exists()] == []


def test_a_killed_command_leaves_no_server(folder: Path) -> None:
    with foreground(folder) as process:
        members = session(running(folder).pid)
        assert len(members) == 2  # uv and Python
        process.kill()
        process.communicate()
        wait_until(lambda: is_free(folder))
        wait_until(lambda: not any(entry.exists() for entry in members))


def test_a_command_sees_its_server_stopped_or_killed(folder: Path) -> None:
    with foreground(folder) as process:
        server.stop(folder)
        assert process.communicate(timeout=PATIENCE_S)[0].endswith("stopped\n")
    assert process.returncode == 0
    with foreground(folder) as process:
        os.kill(running(folder).pid, signal.SIGKILL)
        assert "Label Studio ended with exit code" in process.communicate(timeout=PATIENCE_S)[1]
    assert process.returncode == 1


def test_a_start_that_fails_shows_the_log_and_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    script = tmp_path / "broken.py"
    script.write_text("raise SystemExit('the database is on fire')", encoding="utf-8")
    with pytest.raises(StandoffError, match=r"(?s)ended with exit code 1 at its start.*the database is on fire"):
        server.start(folder, script=script)
    assert is_free(folder)


@pytest.mark.parametrize("name", ["notes.txt", ".gitignore"])
def test_a_folder_with_something_else_is_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine", encoding="utf-8")
    tmp_path.chmod(0o755)
    with pytest.raises(RefusedError, match="something else is here"):
        server.start(tmp_path)
    with pytest.raises(RefusedError, match="something else is here"):
        server.start(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_a_port_is_the_last_or_a_free_one() -> None:
    with listen(None, None) as first:
        port = first.getsockname()[1]
        with listen(None, port) as second:
            assert second.getsockname()[1] != port
    with listen(None, port) as again:
        assert again.getsockname()[1] == port
    with pytest.raises(RefusedError, match="port 70000 cannot be had"), listen(70000, None):
        pass


def test_importing_the_module_is_light() -> None:
    code = "import sys, standoff.annotation.studio.server\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    extras = {"uv", "label_studio_sdk", "httpx", "pandas", "numpy", "pydantic", "sklearn", "datasets"}
    assert extras & set(done.stdout.split()) == set()
