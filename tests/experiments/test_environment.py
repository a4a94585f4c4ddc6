"""What a record says of the code; more is in test_record.py."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from standoff.experiments import environment
from standoff.experiments.environment import last_change, source_digest


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", "-C", str(folder), *who, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def committed(folder: Path, name: str, content: str) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    git(folder, "add", name)
    git(folder, "commit", "-q", "-m", name)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A checkout whose package is taken for this one."""
    git(tmp_path, "init", "-q")
    monkeypatch.setattr(environment, "_PACKAGE", tmp_path / "package")
    last_change.cache_clear()
    yield tmp_path
    last_change.cache_clear()


def test_the_last_change_of_the_code_is_named_whatever_else_changes(checkout: Path) -> None:
    first = committed(checkout, "package/__init__.py", "")
    assert last_change() == first
    committed(checkout, "README.md", "other words")
    last_change.cache_clear()
    assert last_change() == first
    second = committed(checkout, "package/more.py", "")
    last_change.cache_clear()
    assert last_change() == second != first


@pytest.mark.parametrize("changed", ["package/__init__.py", "package/new.py"])
def test_code_that_is_not_committed_has_no_commit(checkout: Path, changed: str) -> None:
    committed(checkout, "package/__init__.py", "")
    (checkout / changed).write_text("x = 1\n", encoding="utf-8")
    assert last_change() is None


def test_code_outside_a_checkout_has_no_commit(checkout: Path) -> None:
    (checkout / "package").mkdir()
    (checkout / "package" / "__init__.py").touch()
    assert last_change() is None


def test_the_digest_is_of_names_and_contents_of_python_files(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "a.py").write_text("x = 1\n", encoding="utf-8")
    first = source_digest(tmp_path)
    (tmp_path / "notes.txt").write_text("no code", encoding="utf-8")
    assert source_digest(tmp_path) == first
    (tmp_path / "inside" / "a.py").rename(tmp_path / "inside" / "b.py")
    second = source_digest(tmp_path)
    (tmp_path / "inside" / "b.py").write_text("x = 2\n", encoding="utf-8")
    assert len({first, second, source_digest(tmp_path)}) == 3
