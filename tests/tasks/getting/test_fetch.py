from __future__ import annotations

import gzip
import io
import socket
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pooch
import pytest

from standoff.errors import IntegrityError, NotFoundError, RefusedError, StandoffError
from standoff.files import sha256_bytes
from standoff.tasks.getting.fetch import MARKER, data_dir, data_home, get, has_data, verify

if TYPE_CHECKING:
    from tests.tasks.conftest import Made, Server

    from standoff.tasks.task import Task

PREFIX = "made-c0ffee/"


def in_partial(home: Path) -> set[str]:
    """Return the files in the folder that a get left unfinished."""
    return {
        path.relative_to(folder).as_posix()
        for folder in home.glob("tasks/made/*.partial")
        for path in folder.rglob("*")
        if path.is_file()
    }


def refused(
    task: Task, home: Path, kind: type[StandoffError], *, from_dir: Path | None = None, kept: str = ""
) -> str:
    """Return the message of a get that fails, having checked what it kept and that nothing is trusted."""
    with pytest.raises(kind) as caught:
        get(task, from_dir=from_dir, data_home=home)
    assert type(caught.value) is kind
    assert caught.value.where
    assert caught.value.remedy
    assert in_partial(home) == set(kept.split())
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
    message = refused(made.task(), home, IntegrityError, from_dir=made.folder, kept="data/a.bin")
    assert "1 of 2 files are not the published ones" in message
    assert f"data/b.txt: missing: expected sha256 {sha256_bytes(made.files['data/b.txt'])}" in message
    assert "c0ffee" in message


def test_an_altered_file_is_named_with_both_hashes(made: Made, home: Path) -> None:
    (made.folder / "data/b.txt").write_bytes(b"changed\n")
    message = refused(made.task(), home, IntegrityError, from_dir=made.folder, kept="data/a.bin")
    got, expected = sha256_bytes(b"changed\n"), sha256_bytes(made.files["data/b.txt"])
    assert f"data/b.txt: altered: sha256 is {got}, expected {expected}" in message


def test_a_folder_in_place_of_a_file_is_named(made: Made, home: Path) -> None:
    (made.folder / "data/b.txt").unlink()
    (made.folder / "data/b.txt").mkdir()
    message = refused(made.task(), home, NotFoundError, from_dir=made.folder, kept="data/a.bin")
    assert "b.txt: this is a folder, not a file" in message


def test_many_missing_files_are_counted_and_twenty_are_listed(made: Made, home: Path) -> None:
    made.list_file.write_text("".join(f"{'0' * 64}  f{number}\n" for number in range(25)), encoding="utf-8")
    (made.folder / "f24").write_bytes(b"")
    message = refused(made.task(), home, IntegrityError, from_dir=made.folder)
    assert "25 of 25 files" in message
    assert message.count(": altered") == 1
    assert message.count(": missing") == 19
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
    message = refused(made.task(server.url), home, IntegrityError, kept="data/a.bin")
    assert message.startswith(f"{server.url}: 1 of 2 files")
    assert "data/b.txt: missing" in message
    assert "--from DIR" in message


def test_an_archive_with_an_altered_file_is_refused(made: Made, server: Server, home: Path) -> None:
    server.body = made.archive({"data/b.txt": b"changed"})
    message = refused(made.task(server.url), home, IntegrityError, kept="data/a.bin")
    assert f"data/b.txt: altered: sha256 is {sha256_bytes(b'changed')}" in message


@pytest.mark.parametrize("share", [0.001, 0.5, 0.9])
def test_an_archive_that_was_cut_short_is_refused_and_kept_to_grow(
    made: Made, server: Server, home: Path, share: float
) -> None:
    whole = made.archive()
    server.body = whole[: int(len(whole) * share)]
    message = refused(made.task(server.url), home, IntegrityError, kept=".archive.part")
    assert "the archive is cut short or damaged" in message
    assert f"{len(server.body)} bytes arrived" in message


@pytest.mark.parametrize(("length", "kept"), [(1, "data/b.txt"), (30_000, "")], ids=["a byte", "the second half"])
def test_an_archive_with_damaged_bytes_is_refused_and_removed(
    made: Made, server: Server, home: Path, length: int, kept: str
) -> None:
    whole = made.archive()
    half = len(whole) // 2
    # One byte damages a file's content; through to the end, the compression too (0xff opens no deflate block).
    server.body = (whole[:half] + b"\xff" * length + whole[half + length :])[: len(whole)]
    refused(made.task(server.url), home, IntegrityError, kept=kept)
    server.body = whole
    assert get(made.task(server.url), data_home=home).how == "downloaded"
    assert [asked_range for _, asked_range in server.asked] == [None, None]


def test_an_archive_whose_own_check_fails_is_refused_and_removed(made: Made, server: Server, home: Path) -> None:
    packed = gzip.decompress(made.archive()).rstrip(
        b"\0"
    )  # without its end, so that it is read to the gzip trailer
    server.body = gzip.compress(packed + b"\0" * (-len(packed) % 512))
    server.body = server.body[:-8] + bytes(4) + server.body[-4:]
    message = refused(made.task(server.url), home, IntegrityError, kept="data/a.bin data/b.txt")
    assert "CRC check failed" in message


def test_an_archive_of_something_else_is_refused_and_removed(made: Made, server: Server, home: Path) -> None:
    task = made.task(server.url)
    assert task.source is not None
    other = replace(task, source=replace(task.source, archive_prefix="other-c0ffee/"))
    server.body = made.archive()
    message = refused(other, home, IntegrityError)
    assert "2 of 2 files are not the published ones" in message


def test_something_else_in_place_of_the_archive_is_shown_and_removed(
    made: Made, server: Server, home: Path
) -> None:
    server.body = b"Please sign in"
    message = refused(made.task(server.url), home, IntegrityError)
    assert "did not answer with an archive" in message
    assert "Please sign in" in message


def test_an_archive_that_cannot_be_reached_is_reported_with_both_ways_on(made: Made, home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: connecting to it is refused
        task = made.task(f"http://127.0.0.1:{taken.getsockname()[1]}/made.tar.gz")
        message = refused(task, home, NotFoundError, kept=".archive.part")
    assert message.startswith(f"{task.source.url if task.source else ''}: cannot be downloaded")
    assert "run the same command again" in message
    assert "`standoff tasks get made --from DIR`" in message


def test_files_are_downloaded_one_by_one(made: Made, server: Server, home: Path) -> None:
    task = made.task_one_by_one(server)
    told: list[str] = []
    result = get(task, data_home=home, progress=told.append)
    assert (result.how, result.n_files) == ("downloaded", 2)
    assert_complete(made, task, home)
    assert told == ["Made for tests.", f"downloading 2 files of {server.folder}"]
    assert server.asked == [("data/a.bin", None), ("data/b.txt", None)]


def test_an_altered_file_of_several_is_named_and_removed_and_the_others_kept(
    made: Made, server: Server, home: Path
) -> None:
    task = made.task_one_by_one(server)
    server.files["data/a.bin"] = b"changed"
    message = refused(task, home, IntegrityError, kept="data/b.txt")
    assert message.startswith(f"{server.folder}: 1 of 2 files are not the published ones")
    assert f"data/a.bin: altered: sha256 is {sha256_bytes(b'changed')}" in message
    server.files = dict(made.files)
    get(task, data_home=home)
    assert_complete(made, task, home)
    assert server.asked[2:] == [("data/a.bin", None)]


def test_a_missing_file_of_several_is_named_by_its_address(made: Made, server: Server, home: Path) -> None:
    task = made.task_one_by_one(server)
    del server.files["data/b.txt"]
    message = refused(task, home, NotFoundError, kept="data/a.bin data/b.txt")
    assert message.startswith(f"{server.folder}data/b.txt: cannot be downloaded: the server has no such file")


# ── the disk ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a device that is always full")
@pytest.mark.parametrize(
    ("way", "first_written"), [("copy", "data/b.txt"), ("archive", ".archive.part"), ("files", "data/b.txt")]
)
def test_a_full_disk_is_reported_and_costs_only_the_file_in_flight(
    made: Made, server: Server, home: Path, way: str, first_written: str
) -> None:
    server.body = made.archive()
    task = made.task_one_by_one(server) if way == "files" else made.task(server.url)
    device = None

    def fill(step: str) -> None:
        nonlocal device
        # The partial folder is there by now: what is written to this name goes to a device that is full.
        if step.startswith(("copying", "downloading")):
            [folder] = home.glob("tasks/made/*.partial")
            (folder / "data").mkdir()
            device = folder / first_written
            device.symlink_to("/dev/full")

    origin = made.folder if way == "copy" else None
    with pytest.raises(RefusedError, match="the disk is full") as caught:
        get(task, from_dir=origin, data_home=home, progress=fill)
    assert caught.value.remedy is not None
    assert "run the same command again" in caught.value.remedy
    assert "STANDOFF_DATA" in caught.value.remedy
    assert not has_data(task, data_home=home)
    assert device is not None
    device.unlink()
    assert in_partial(home) == (set() if way == "archive" else {"data/a.bin"})
    get(task, from_dir=origin, data_home=home)
    assert_complete(made, task, home)


def test_a_data_home_that_is_a_file_is_reported(made: Made, tmp_path: Path) -> None:
    home = tmp_path / "file"
    home.write_bytes(b"")
    with pytest.raises(RefusedError, match="cannot be read or written") as caught:
        get(made.task(), from_dir=made.folder, data_home=home)
    assert str(home) in str(caught.value)


# ── what is there already ────────────────────────────────────────────────────────────────────────────────────────


def test_a_complete_set_is_verified_and_kept(made: Made, home: Path) -> None:
    first = get(made.task(), from_dir=made.folder, data_home=home)
    lock = first.folder.with_name(f"{first.folder.name}.lock")
    lock.unlink()
    told: list[str] = []
    again = get(made.task(), data_home=home, progress=told.append)  # the url would refuse the connection
    assert (again.how, again.folder, again.n_files) == ("kept", first.folder, 2)
    assert told == ["Made for tests.", f"verifying 2 files in {first.folder}"]
    assert not lock.exists()  # nothing is written, so that a read-only disk will do


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
