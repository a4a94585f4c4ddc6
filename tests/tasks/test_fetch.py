from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pooch
import pytest

from standoff.errors import IntegrityError, NotFoundError, RefusedError, StandoffError
from standoff.files import sha256_bytes
from standoff.tasks.fetch import MARKER, data_dir, data_home, get, has_data, verify

if TYPE_CHECKING:
    from tests.tasks.conftest import Made, Server

    from standoff.tasks.task import Task

PREFIX = "made-c0ffee/"

# pooch leaves the socket of a download that failed to the garbage collector, which warns.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def leftovers(home: Path) -> list[Path]:
    """Return the files anywhere under the data home, whole or partial."""
    return [path for path in home.rglob("*") if not path.is_dir()]


def refused(task: Task, home: Path, kind: type[StandoffError], *, from_dir: Path | None = None) -> str:
    """Return the message of a get that fails, having checked that it left no file and nothing trusted."""
    with pytest.raises(kind) as caught:
        get(task, from_dir=from_dir, data_home=home)
    assert type(caught.value) is kind
    assert caught.value.where
    assert caught.value.remedy
    assert leftovers(home) == []
    assert not has_data(task, data_home=home)
    return str(caught.value)


def assert_complete(made: Made, task: Task, home: Path) -> None:
    folder = data_dir(task, data_home=home)
    stored = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    marker = stored.pop(MARKER)
    assert stored == made.files
    assert task.source is not None
    assert marker.decode() == task.source.digest() + "\n"


# ── where the data live ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_data_home_is_the_variable_or_the_systems_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANDOFF_DATA", "/data/sets")
    assert data_home() == Path("/data/sets")
    monkeypatch.setenv("STANDOFF_DATA", "~/sets")
    assert data_home() == Path.home() / "sets"
    monkeypatch.setenv("STANDOFF_DATA", "")
    assert data_home() == Path(pooch.os_cache("standoff"))
    monkeypatch.delenv("STANDOFF_DATA")
    assert data_home() == Path(pooch.os_cache("standoff"))


def test_asking_for_data_that_are_not_here_creates_nothing_and_gives_both_commands(made: Made, home: Path) -> None:
    assert not has_data(made.task(), data_home=home)
    with pytest.raises(NotFoundError, match="not here yet") as caught:
        data_dir(made.task(), data_home=home)
    assert "`standoff tasks get made`" in str(caught.value)
    assert "`standoff tasks get made --from DIR`" in str(caught.value)
    assert not home.exists()


def test_a_task_that_comes_with_the_package_has_nothing_to_get(made: Made, home: Path) -> None:
    task = replace(made.task(), source=None)
    assert has_data(task, data_home=home)
    for ask in (get, data_dir):
        with pytest.raises(RefusedError, match="comes with the package"):
            ask(task, data_home=home)
    assert not home.exists()


# ── from a local folder ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_local_folder_is_copied_and_only_what_is_declared(made: Made, home: Path) -> None:
    told: list[str] = []
    result = get(made.task(), from_dir=made.folder, data_home=home, progress=told.append)
    assert (result.how, result.n_files) == ("copied", 2)
    assert result.folder == data_dir(made.task(), data_home=home)
    assert_complete(made, made.task(), home)
    assert told == ["Made for tests.", f"copying 2 files from {made.folder}"]


def test_a_folder_that_does_not_exist_is_refused_before_anything_is_created(made: Made, home: Path) -> None:
    message = refused(made.task(), home, NotFoundError, from_dir=made.folder / "nowhere")
    assert "nowhere: no such folder" in message
    assert not home.exists()


def test_a_missing_file_is_named(made: Made, home: Path) -> None:
    (made.folder / "data/b.txt").unlink()
    message = refused(made.task(), home, IntegrityError, from_dir=made.folder)
    assert "1 of 2 files are not the published ones" in message
    assert f"data/b.txt: missing: expected sha256 {sha256_bytes(made.files['data/b.txt'])}" in message
    assert "c0ffee" in message


def test_an_altered_file_is_named_with_both_hashes(made: Made, home: Path) -> None:
    (made.folder / "data/b.txt").write_bytes(b"changed\n")
    message = refused(made.task(), home, IntegrityError, from_dir=made.folder)
    got, expected = sha256_bytes(b"changed\n"), sha256_bytes(made.files["data/b.txt"])
    assert f"data/b.txt: altered: sha256 is {got}, expected {expected}" in message


def test_a_folder_in_place_of_a_file_is_named(made: Made, home: Path) -> None:
    (made.folder / "data/b.txt").unlink()
    (made.folder / "data/b.txt").mkdir()
    assert "b.txt: this is a folder, not a file" in refused(made.task(), home, NotFoundError, from_dir=made.folder)


def test_many_missing_files_are_counted_and_twenty_are_listed(made: Made, home: Path) -> None:
    made.list_file.write_text("".join(f"{'0' * 64}  f{number}\n" for number in range(25)), encoding="utf-8")
    message = refused(made.task(), home, IntegrityError, from_dir=made.folder)
    assert "25 of 25 files" in message
    assert message.count(": missing") == 20
    assert "and 5 more" in message


# ── downloaded ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_archive_is_downloaded_and_only_what_is_declared(made: Made, server: Server, home: Path) -> None:
    server.body = made.archive()
    task = made.task(server.url)
    told: list[str] = []
    result = get(task, data_home=home, progress=told.append)
    assert (result.how, result.n_files) == ("downloaded", 2)
    assert_complete(made, task, home)
    assert told == ["Made for tests.", f"downloading {server.url}"]


def test_names_that_lead_out_of_the_folder_are_not_extracted(made: Made, server: Server, tmp_path: Path) -> None:
    server.body = made.archive({"../evil": b"x", "../../evil": b"x", "/evil": b"x", "data/../../evil": b"x"})
    home = tmp_path / "a" / "home"
    get(made.task(server.url), data_home=home)
    assert_complete(made, made.task(server.url), home)
    assert list(tmp_path.rglob("evil")) == []


def test_a_link_under_a_declared_name_is_not_followed(made: Made, server: Server, home: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for path in made.files:
            member = tarfile.TarInfo(PREFIX + path)
            member.type, member.linkname = tarfile.SYMTYPE, "/etc/hostname"
            archive.addfile(member)
    server.body = packed.getvalue()
    message = refused(made.task(server.url), home, IntegrityError)
    assert "2 of 2 files" in message
    assert "data/a.bin: missing" in message


def test_an_archive_without_a_declared_file_is_refused(made: Made, server: Server, home: Path) -> None:
    server.body = made.archive({"data/b.txt": None})
    message = refused(made.task(server.url), home, IntegrityError)
    assert message.startswith(f"{server.url}: 1 of 2 files")
    assert "data/b.txt: missing" in message
    assert "--from DIR" in message


def test_an_archive_with_an_altered_file_is_refused(made: Made, server: Server, home: Path) -> None:
    server.body = made.archive({"data/b.txt": b"changed"})
    assert f"data/b.txt: altered: sha256 is {sha256_bytes(b'changed')}" in refused(
        made.task(server.url), home, IntegrityError
    )


@pytest.mark.parametrize("kept", [0.001, 0.5, 0.9])
def test_an_archive_that_was_cut_short_is_refused(made: Made, server: Server, home: Path, kept: float) -> None:
    whole = made.archive()
    server.body = whole[: int(len(whole) * kept)]
    message = refused(made.task(server.url), home, IntegrityError)
    assert "the archive is cut short or damaged" in message
    assert f"{len(server.body)} bytes arrived" in message


@pytest.mark.parametrize("length", [1, 30_000], ids=["a byte", "the second half"])
def test_an_archive_with_damaged_bytes_is_refused(made: Made, server: Server, home: Path, length: int) -> None:
    whole = made.archive()
    half = len(whole) // 2
    # One byte damages a file's content; through to the end, the compression too (0xff opens no deflate block).
    server.body = (whole[:half] + b"\xff" * length + whole[half + length :])[: len(whole)]
    refused(made.task(server.url), home, IntegrityError)


def test_a_page_in_place_of_the_archive_is_shown(made: Made, server: Server, home: Path) -> None:
    server.body = b"<!DOCTYPE html><title>Sign in</title>"
    message = refused(made.task(server.url), home, IntegrityError)
    assert "did not answer with an archive" in message
    assert "Sign in" in message


def test_an_http_error_is_reported_with_its_status(made: Made, server: Server, home: Path) -> None:
    server.body, server.status = b"gone", 404
    message = refused(made.task(server.url), home, NotFoundError)
    assert "cannot be downloaded" in message
    assert "404" in message


def test_a_connection_that_breaks_off_is_reported(made: Made, server: Server, home: Path) -> None:
    server.body = made.archive()
    server.promised = len(server.body) + 1
    message = refused(made.task(server.url), home, NotFoundError)
    assert message.startswith(f"{server.url}: cannot be downloaded")


def test_a_refused_connection_is_reported(made: Made, home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: connecting to it is refused
        task = made.task(f"http://127.0.0.1:{taken.getsockname()[1]}/made.tar.gz")
        message = refused(task, home, NotFoundError)
    assert "cannot be downloaded" in message
    assert "standoff tasks get made --from DIR" in message


# ── the disk ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a device that is always full")
@pytest.mark.parametrize("download", [False, True])
def test_a_full_disk_is_reported(made: Made, server: Server, home: Path, download: bool) -> None:
    server.body = made.archive()
    task = made.task(server.url)

    def fill(step: str) -> None:
        # The temporary folder is there by now: what is written next goes to a device that is full.
        if step.startswith(("copying", "downloading")):
            [folder] = (home / "tasks" / "made").iterdir()
            (folder / "data").mkdir()
            (folder / (".archive" if download else "data/a.bin")).symlink_to("/dev/full")

    with pytest.raises(RefusedError, match="the disk is full") as caught:
        get(task, from_dir=None if download else made.folder, data_home=home, progress=fill)
    assert caught.value.remedy is not None
    assert "STANDOFF_DATA" in caught.value.remedy
    assert leftovers(home) == []
    assert not has_data(task, data_home=home)


def test_a_data_home_that_is_a_file_is_reported(made: Made, tmp_path: Path) -> None:
    home = tmp_path / "file"
    home.write_bytes(b"")
    with pytest.raises(RefusedError, match="cannot be read or written") as caught:
        get(made.task(), from_dir=made.folder, data_home=home)
    assert str(home) in str(caught.value)


# ── what is there already ────────────────────────────────────────────────────────────────────────────────────────


def test_a_complete_set_is_verified_and_kept(made: Made, home: Path) -> None:
    first = get(made.task(), from_dir=made.folder, data_home=home)
    told: list[str] = []
    again = get(made.task(), data_home=home, progress=told.append)  # the url would refuse the connection
    assert (again.how, again.folder, again.n_files) == ("kept", first.folder, 2)
    assert told == ["Made for tests.", f"verifying 2 files in {first.folder}"]


def test_a_stored_file_that_was_altered_is_found_by_get(made: Made, home: Path) -> None:
    folder = get(made.task(), from_dir=made.folder, data_home=home).folder
    (folder / "data/b.txt").write_bytes(b"changed")
    with pytest.raises(IntegrityError, match=r"data/b\.txt: altered") as caught:
        get(made.task(), from_dir=made.folder, data_home=home)
    assert caught.value.remedy == f"remove {folder} and run `standoff tasks get made` again"
    assert (folder / "data/b.txt").read_bytes() == b"changed"  # nothing is repaired behind the user's back


@pytest.mark.parametrize("marker", [None, b"", b"0" * 64, b"\xff\xfe"])
def test_a_set_without_its_marker_is_not_trusted_until_get_has_verified_it(
    made: Made, home: Path, marker: bytes | None
) -> None:
    folder = get(made.task(), from_dir=made.folder, data_home=home).folder
    (folder / MARKER).unlink()
    if marker is not None:
        (folder / MARKER).write_bytes(marker)
    with pytest.raises(NotFoundError):
        data_dir(made.task(), data_home=home)
    assert get(made.task(), data_home=home).how == "kept"
    assert_complete(made, made.task(), home)


def test_a_changed_checksum_list_does_not_trust_the_old_set(made: Made, home: Path) -> None:
    old = get(made.task(), from_dir=made.folder, data_home=home).folder
    with made.list_file.open("a", encoding="utf-8") as handle:
        handle.write(f"{sha256_bytes(b'not declared')}  README.md\n")
    assert not has_data(made.task(), data_home=home)
    new = get(made.task(), from_dir=made.folder, data_home=home).folder
    assert new != old
    assert (new / "README.md").is_file()


def test_verify_names_the_folder_that_is_not_there(made: Made) -> None:
    source = made.task().source
    assert source is not None
    verify(made.folder, source)
    with pytest.raises(NotFoundError, match="no such folder"):
        verify(made.folder / "nowhere", source)


# ── killed ───────────────────────────────────────────────────────────────────────────────────────────────────────

CHILD = """
import sys
from dataclasses import replace
from pathlib import Path
from standoff.tasks.fetch import get
from standoff.tasks.seesaw import TASK
from standoff.tasks.source import Source

url, files, home, origin = sys.argv[1:]
source = Source(url=url, commit="c0ffee", files=Path(files), archive_prefix="made-c0ffee/")
get(replace(TASK, name="made", source=source), from_dir=Path(origin) if origin else None, data_home=Path(home))
"""


def start_get(made: Made, home: Path, *, url: str = "", origin: str = "") -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", CHILD, url, str(made.list_file), str(home), origin])


def assert_killed_left_nothing_trusted(made: Made, child: subprocess.Popen[bytes], home: Path) -> None:
    child.kill()
    assert child.wait() == -signal.SIGKILL
    assert leftovers(home), "the child was to be killed in the middle of its work"
    assert not has_data(made.task(), data_home=home)
    with pytest.raises(NotFoundError):
        data_dir(made.task(), data_home=home)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes, which hold a reader at a known place")
def test_a_killed_copy_leaves_nothing_trusted_and_the_next_one_works(made: Made, home: Path) -> None:
    pipe = made.folder / "data/b.txt"
    pipe.unlink()
    os.mkfifo(pipe)
    child = start_get(made, home, origin=str(made.folder))
    writer = -1
    while writer < 0 and child.poll() is None:
        try:  # refused until the child has copied the first file and opens this one
            writer = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            continue
    assert_killed_left_nothing_trusted(made, child, home)
    os.close(writer)
    pipe.unlink()
    pipe.write_bytes(made.files["data/b.txt"])
    assert get(made.task(), from_dir=made.folder, data_home=home).how == "copied"
    assert_complete(made, made.task(), home)


def test_a_killed_download_leaves_nothing_trusted_and_the_next_one_works(
    made: Made, server: Server, home: Path
) -> None:
    whole = made.archive()
    server.body, server.promised, server.stalls = whole[:-10], len(whole), True
    child = start_get(made, home, url=server.url)
    assert server.sent.wait(60), "the child did not ask for the archive"
    assert_killed_left_nothing_trusted(made, child, home)
    server.body, server.promised, server.stalls = whole, None, False
    assert get(made.task(server.url), data_home=home).how == "downloaded"
    assert_complete(made, made.task(server.url), home)
