"""Where a folder that the user names has the files of a task."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from standoff.errors import InputError, IntegrityError, NotFoundError, RefusedError
from standoff.tasks.getting.fetch import get, locate, locate_verified

if TYPE_CHECKING:
    from tests.tasks.conftest import Made

    from standoff.tasks.getting.source import Source


@pytest.fixture
def source(made: Made) -> Source:
    found = made.task().source
    assert found is not None
    return found


def copy_of(made: Made, target: Path, *paths: str) -> Path:
    for path in paths or made.files:
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_bytes(made.files[path])
    return target


def test_the_folder_itself_comes_first(made: Made, source: Source, tmp_path: Path) -> None:
    parent = copy_of(made, tmp_path / "parent", "data/b.txt")
    copy_of(made, parent / "inner")
    assert locate(parent, source) == parent


def test_a_folder_directly_in_it_is_found_under_any_name(made: Made, source: Source, tmp_path: Path) -> None:
    parent = tmp_path / "parent"
    inner = copy_of(made, parent / "a name of one's own")
    (parent / "other set").mkdir()
    (parent / "a file").write_bytes(b"")
    assert locate(parent, source) == inner
    assert locate_verified(parent, source) == inner


def test_the_one_with_most_files_is_taken(made: Made, source: Source, tmp_path: Path) -> None:
    parent = tmp_path / "parent"
    copy_of(made, parent / "a", "data/b.txt")
    whole = copy_of(made, parent / "b")
    copy_of(made, parent / "c", "data/a.bin")
    assert locate(parent, source) == whole


def test_two_with_equally_many_are_refused_by_their_names(made: Made, source: Source, tmp_path: Path) -> None:
    parent = tmp_path / "parent"
    copy_of(made, parent / "new")
    copy_of(made, parent / "old")
    copy_of(made, parent / "part", "data/b.txt")
    with pytest.raises(RefusedError, match="2 folders in here have equally many") as caught:
        locate(parent, source)
    assert caught.value.where == str(parent)
    assert caught.value.got == "'new, old'"
    assert "2 of 2" in str(caught.value)


def test_deeper_levels_are_not_searched(made: Made, source: Source, tmp_path: Path) -> None:
    copy_of(made, tmp_path / "parent" / "inner" / "deeper")
    with pytest.raises(NotFoundError, match="none of the task's files are here") as caught:
        locate(tmp_path / "parent", source)
    assert caught.value.expected is not None
    assert caught.value.expected.startswith("data/a.bin or another of the 2 files")


def test_an_empty_folder_and_none_at_all_are_told_apart(source: Source, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotFoundError, match="none of the task's files"):
        locate(tmp_path / "empty", source)
    with pytest.raises(NotFoundError, match="no such folder"):
        locate(tmp_path / "nowhere", source)


def test_what_is_found_is_verified(made: Made, source: Source, tmp_path: Path) -> None:
    inner = copy_of(made, tmp_path / "parent" / "inner")
    (inner / "data/b.txt").write_bytes(b"changed")
    with pytest.raises(IntegrityError, match=r"data/b\.txt: altered") as caught:
        locate_verified(tmp_path / "parent", source)
    assert caught.value.where == str(inner)


def test_get_takes_the_files_from_a_folder_of_many_sets(made: Made, tmp_path: Path, home: Path) -> None:
    inner = copy_of(made, tmp_path / "parent" / "inner")
    told: list[str] = []
    get(made.task(), from_dir=tmp_path / "parent", data_home=home, progress=told.append)
    assert told[-1] == f"copying 2 files from {inner}"


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A folder of a user that permissions hold for, whom this process is until the test ends."""
    folder = Path(tempfile.mkdtemp())  # tmp_path is below a folder that only its owner may enter
    was_root = os.geteuid() == 0
    if was_root:
        os.chown(folder, 65534, 65534)
        os.seteuid(65534)
    yield folder
    if was_root:
        os.seteuid(0)
    shutil.rmtree(folder)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs permissions as POSIX has them")
def test_a_folder_that_may_not_be_read_is_passed_over(made: Made, unprivileged: Path) -> None:
    checksums = copy_of(made, unprivileged / "sets" / "open") / "made.txt"
    checksums.write_bytes(b"".join(f"{'0' * 64}  {path}\n".encode() for path in made.files))
    closed = copy_of(made, unprivileged / "sets" / "closed", "data/a.bin")
    source = made.task().source
    assert source is not None
    source = type(source)(url="", commit="", files=checksums, archive_prefix=None)
    closed.chmod(0)
    assert locate(unprivileged / "sets", source) == unprivileged / "sets" / "open"
    closed.chmod(0o700)
    (unprivileged / "sets").chmod(0o300)
    with pytest.raises(InputError, match="cannot be read"):
        locate(unprivileged / "sets", source)
    (unprivileged / "sets").chmod(0o700)
