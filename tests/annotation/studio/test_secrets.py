"""Secrets: whole, private, and not lost when two write at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from standoff.annotation.studio.secrets import read_secrets, update_secrets, write_private
from standoff.errors import InputError

ADD = """
import sys
from pathlib import Path
from standoff.annotation.studio.secrets import update_secrets
for number in range(20):
    with update_secrets(Path(sys.argv[1])) as kept:
        kept.setdefault("seats", {})[f"{sys.argv[2]}{number}"] = {"token": "t"}
"""


def test_what_is_kept_is_read_again_and_private(tmp_path: Path) -> None:
    assert read_secrets(tmp_path) == {}
    with update_secrets(tmp_path) as kept:
        kept["seats"] = {"anna": {"password": "ä"}}
    with update_secrets(tmp_path) as kept:
        kept["seats"]["ben"] = {"password": "b"}
    assert read_secrets(tmp_path) == {"seats": {"anna": {"password": "ä"}, "ben": {"password": "b"}}}
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_an_error_in_the_block_changes_nothing(tmp_path: Path) -> None:
    with update_secrets(tmp_path) as kept:
        kept["a"] = 1
    with pytest.raises(ZeroDivisionError), update_secrets(tmp_path) as kept:
        _ = kept.pop("a") / 0
    with pytest.raises(TypeError), update_secrets(tmp_path) as kept:
        kept["a"] = object()
    assert read_secrets(tmp_path) == {"a": 1}


def test_two_at_once_lose_nothing(tmp_path: Path) -> None:
    both = [subprocess.Popen([sys.executable, "-c", ADD, str(tmp_path), name]) for name in "ab"]
    assert [process.wait(timeout=120) for process in both] == [0, 0]
    assert read_secrets(tmp_path)["seats"].keys() == {f"{name}{number}" for name in "ab" for number in range(20)}


@pytest.mark.parametrize("content", ["", "[]", '{"password": "swordfish"', "\\xff swordfish"])
def test_a_broken_file_is_refused_and_not_shown_or_replaced(tmp_path: Path, content: str) -> None:
    (tmp_path / "secrets.json").write_text(content, encoding="latin-1")
    with pytest.raises(InputError, match="is not a JSON object") as caught:
        read_secrets(tmp_path)
    assert "swordfish" not in str(caught.value)
    with pytest.raises(InputError), update_secrets(tmp_path):
        pass
    assert (tmp_path / "secrets.json").read_text(encoding="latin-1") == content


def test_a_file_that_was_open_to_others_becomes_private(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    path.write_text("{}", encoding="utf-8")
    path.chmod(0o644)
    write_private(path, "{}")
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(UnicodeEncodeError):
        write_private(path, "\ud800")
    assert [entry.name for entry in tmp_path.iterdir()] == ["secrets.json"]
    assert path.read_text(encoding="utf-8") == "{}"
