from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from standoff.errors import IntegrityError, Problem
from standoff.files import sha256_bytes
from standoff.tasks.getting.verified import altered, from_folder, refuse, right_ones, take

if TYPE_CHECKING:
    from pathlib import Path

WANTED = {path: sha256_bytes(path.encode()) for path in ("a", "in/b", "c")}


def test_only_right_files_count(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "c").write_bytes(b"half")
    (tmp_path / "in/b").mkdir(parents=True)
    (tmp_path / "undeclared").write_bytes(b"a")
    assert right_ones(tmp_path, WANTED) == {"a"}
    assert right_ones(tmp_path / "nowhere", WANTED) == set()


def test_files_that_are_there_are_given(tmp_path: Path) -> None:
    (tmp_path / "c").write_bytes(b"x")
    assert list(from_folder(tmp_path, WANTED)) == [("c", b"x")]


def test_good_files_are_written_and_the_others_named(tmp_path: Path) -> None:
    problems = take([("in/b", b"in/b"), ("a", b"bad")], WANTED, label="copying", store=tmp_path)
    assert problems == [
        altered("a", sha256_bytes(b"bad"), WANTED["a"]),
        Problem("c", f"missing: expected sha256 {WANTED['c']}"),
    ]
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["b"]
    assert (tmp_path / "in/b").read_bytes() == b"in/b"


def test_without_a_store_nothing_is_written(tmp_path: Path) -> None:
    assert take([(path, path.encode()) for path in WANTED], WANTED, label="verifying") == []
    assert list(tmp_path.iterdir()) == []


def test_problems_are_refused_and_none_is_not() -> None:
    refuse([], WANTED, where="here", remedy="mend it")
    with pytest.raises(
        IntegrityError, match=r"here: 1 of 3 files are not the published ones:\n  - a: altered"
    ) as e:
        refuse([altered("a", "0", "1")], WANTED, where="here", remedy="mend it")
    assert e.value.remedy == "mend it"
