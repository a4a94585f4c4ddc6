from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standoff.errors import InputError, NotFoundError, RefusedError, StandoffError
from standoff.files import (
    canonical_json,
    make_folder,
    new_folder,
    parse_json_object,
    pretty_json,
    read_bytes,
    read_json,
    read_jsonl,
    read_text,
    refuse_existing,
    sha256_bytes,
    sha256_file,
    sha256_text,
    to_jsonl,
    write_bytes,
    write_jsonl,
    write_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda children: st.lists(children, max_size=3) | st.dictionaries(TEXT, children, max_size=3),
    max_leaves=8,
)


def refusal(read: Callable[[Path], object], path: Path, kind: type[StandoffError] = InputError) -> str:
    with pytest.raises(kind) as caught:
        read(path)
    return str(caught.value)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# -- hashes ---------------------------------------------------------------------------------------------


def test_hashes_agree() -> None:
    assert (
        sha256_text("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )  # FIPS 180-2, B.1
    assert sha256_bytes("Noël".encode()) == sha256_text("Noël") == hashlib.sha256(b"No\xc3\xabl").hexdigest()


def test_the_hash_of_a_file_larger_than_a_block(tmp_path: Path) -> None:
    data = np.random.default_rng(1).bytes((1 << 21) + 7)
    (tmp_path / "a").write_bytes(data)
    assert sha256_file(tmp_path / "a") == sha256_bytes(data)


# -- text -----------------------------------------------------------------------------------------------


def test_line_ends_are_read_as_they_stand(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes("é\r\nb\rc\n".encode())
    assert read_text(tmp_path / "a") == "é\r\nb\rc\n"


@pytest.mark.parametrize(
    ("data", "line", "what"),
    [
        (b"\xef\xbb\xbfa", 1, "starts with a byte-order mark"),
        (b"a\nb\nNo\xebl\n", 3, "is not UTF-8 at byte 6"),
        ("a\n“b”".encode("cp1252"), 2, "is not UTF-8 at byte 2"),
        ("a".encode("utf-16"), 1, "is not UTF-8 at byte 0"),
        (b"a\xed\xa0\x80", 1, "is not UTF-8 at byte 1"),
        (b"a\nb\x00c", 2, "contains a NUL character"),
    ],
)
def test_what_is_no_text_is_refused_in_its_line(tmp_path: Path, data: bytes, line: int, what: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    message = refusal(read_text, path)
    assert message.startswith(f"{path}:{line}: {what}\n")
    assert "expected: " in message
    assert "what to do: " in message


def test_what_is_not_there(tmp_path: Path) -> None:
    assert "a.txt: no such file" in refusal(read_bytes, tmp_path / "a.txt", NotFoundError)
    assert "this is a folder, not a file" in refusal(read_text, tmp_path, NotFoundError)
    (tmp_path / "file").touch()
    message = refusal(read_bytes, tmp_path / "file" / "a.txt")
    assert "cannot be read (Not a directory)" in message
    assert "what to do: check the path" in message


# -- JSON -----------------------------------------------------------------------------------------------


def test_canonical_json_by_hand() -> None:
    value = {"b": 1, "a": ["é", None, True, 0.5, "\n", "🚢"], "c": {}}
    assert canonical_json(value) == '{"b":1,"a":["é",null,true,0.5,"\\n","🚢"],"c":{}}'


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_numbers_that_json_does_not_know_are_not_written(number: float, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Out of range float"):
        canonical_json({"a": number})
    with pytest.raises(ValueError, match="Out of range float"):
        write_jsonl(tmp_path / "a.jsonl", [{"a": 1}, {"a": number}])
    assert names(tmp_path) == []


def test_pretty_json_ends_its_last_line() -> None:
    assert pretty_json({"b": "é", "a": [1]}) == '{\n  "b": "é",\n  "a": [\n    1\n  ]\n}\n'


@settings(derandomize=True, deadline=None, database=None, max_examples=200)
@given(rows=st.lists(st.dictionaries(TEXT, JSON, max_size=4), max_size=4))
def test_jsonl_round_trip(tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]) -> None:
    path = tmp_path_factory.getbasetemp() / "round-trip.jsonl"
    write_jsonl(path, rows)
    assert list(read_jsonl(path)) == list(enumerate(rows, start=1))
    # One value has one spelling: what is read is written in the same bytes.
    assert to_jsonl(row for _, row in read_jsonl(path)).encode() == path.read_bytes()
    # Every line stands alone and is JSON to any reader.
    assert [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]] == rows


def test_no_rows_are_an_empty_file(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "a.jsonl", [])
    assert (tmp_path / "a.jsonl").read_bytes() == b""
    assert list(read_jsonl(tmp_path / "a.jsonl")) == []


def test_empty_lines_are_skipped_and_counted(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes('{"a":1}\n\n \r\n{"a":"\u2028\u0085"}\r\n{"a":3}'.encode())
    assert list(read_jsonl(tmp_path / "a.jsonl")) == [(1, {"a": 1}), (4, {"a": "\u2028\x85"}), (5, {"a": 3})]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('{"a":1', "is not JSON: Expecting ',' delimiter at column 7"),
        ("{'a':1}", "is not JSON: Expecting property name enclosed in double quotes at column 2"),
        ('{"a":1} {"a":2}', "is not JSON: Extra data at column 9"),
        ("[1]", "is not a JSON object"),
        ("null", "is not a JSON object"),
        ('{"a":1,"a":1}', "is not usable JSON: key 'a' is given twice"),
        ('{"x":{"a":1,"a":2}}', "is not usable JSON: key 'a' is given twice"),
        ('{"a":NaN}', "is not usable JSON: NaN is not a number that JSON knows"),
        ('{"a":-Infinity}', "is not usable JSON: -Infinity is not a number that JSON knows"),
        ('{"a":' + "1" * 5000 + "}", "is not usable JSON: Exceeds the limit"),
        ('{"a":' + "[" * 100_000, "is not usable JSON: maximum recursion depth exceeded"),
    ],
)
def test_a_bad_line_is_named_by_its_number(tmp_path: Path, line: str, what: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f'{{"a":1}}\n\n{line}\n{{"a":2}}\n')
    message = refusal(lambda path: list(read_jsonl(path)), path)
    assert message.startswith(f"{path}:3: {what}")
    assert len(message) < 600
    assert refusal(lambda _: parse_json_object(line, where="here"), path).startswith(f"here: {what}")


def test_lines_before_the_bad_one_are_delivered(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"a":1}\nx\n')
    rows = read_jsonl(tmp_path / "a.jsonl")
    assert next(rows) == (1, {"a": 1})
    with pytest.raises(InputError):
        next(rows)


def test_a_json_document(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_text(path, pretty_json({"a": [1, "é"]}))
    assert read_json(path) == {"a": [1, "é"]}
    path.write_text('{"a": 1,\n"b" 2}')
    assert refusal(read_json, path).startswith(f"{path}:2: is not JSON: Expecting ':' delimiter")
    for text in ('{"a": NaN}', "[" * 100_000):
        path.write_text(text)
        assert refusal(read_json, path).startswith(f"{path}: is not JSON: ")


# -- whole or not at all --------------------------------------------------------------------------------


def test_a_file_is_written_with_its_folders_and_readable_by_all(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.txt"
    write_text(path, "Noël\r\n")
    assert path.read_bytes() == "Noël\r\n".encode()
    assert path.stat().st_mode & 0o777 == 0o644
    write_bytes(path, b"x")
    assert path.read_bytes() == b"x"
    assert names(path.parent) == ["b.txt"]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_bytes(path, b"old")
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "\ud800")
    with pytest.raises(TypeError):
        write_bytes(path, "text")  # type: ignore[arg-type]
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.txt"]


def test_a_new_folder_takes_its_name_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "releases" / "1.0.0"
    with new_folder(target) as folder:
        (folder / "data").mkdir()
        (folder / "data" / "a").write_bytes(b"x")
        assert not target.exists()
        assert folder.parent == target.parent
    assert (target / "data" / "a").read_bytes() == b"x"
    assert target.stat().st_mode & 0o777 == 0o755
    assert names(target.parent) == ["1.0.0"]


@pytest.mark.parametrize("below", ["file", "file/b", "file/b/c"])
def test_nothing_is_written_below_a_file(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_bytes(b"mine")
    folder = tmp_path / below

    def make(path: Path) -> None:
        with new_folder(path):
            pass

    for write in (make_folder, lambda path: write_bytes(path / "a", b"x"), lambda path: make(path / "a")):
        message = refusal(write, folder)
        assert message.startswith(f"{folder}: this folder cannot be made (")
        assert "what to do: name another folder" in message
    assert (tmp_path / "file").read_bytes() == b"mine"


def test_a_folder_that_is_there_is_made_again_with_nothing_lost(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b")
    (tmp_path / "a" / "b" / "c").touch()
    make_folder(tmp_path / "a" / "b")
    assert names(tmp_path / "a" / "b") == ["c"]


def test_a_new_folder_that_fails_is_not_there(tmp_path: Path) -> None:
    def fail() -> None:
        with new_folder(tmp_path / "a") as folder:
            (folder / "b").touch()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert names(tmp_path) == []


def test_nothing_is_overwritten_by_a_new_folder(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(RefusedError, match="exists already"), new_folder(tmp_path / "a"):
        pytest.fail("the block must not run")
    assert "what to do: choose another name, or remove it yourself" in refusal(
        refuse_existing, tmp_path / "a", RefusedError
    )


def test_of_two_new_folders_of_one_name_the_first_stays(tmp_path: Path) -> None:
    def late() -> None:
        with new_folder(tmp_path / "a") as second:
            (second / "late").touch()
            with new_folder(tmp_path / "a") as first:
                (first / "early").touch()

    with pytest.raises(RefusedError, match="exists already"):
        late()
    assert names(tmp_path) == ["a"]
    assert names(tmp_path / "a") == ["early"]


# -- killed ---------------------------------------------------------------------------------------------

KILLS = 40
BLOCK = 3_000_000
WRITES = """
import sys
from pathlib import Path
from standoff.files import write_bytes
path, size = Path(sys.argv[1]), int(sys.argv[2])
old, new = b"a" * size, b"b" * (size + 1)
print("ready", flush=True)
while True:
    write_bytes(path, new)
    write_bytes(path, old)
"""
FOLDERS = """
import sys
from pathlib import Path
from standoff.files import new_folder
base, size = Path(sys.argv[1]), int(sys.argv[2])
for number in range(10_000):
    with new_folder(base / f"v{number}") as folder:
        for part in "abc":
            (folder / part).write_bytes(part.encode() * size)
    if number == 0:
        print("ready", flush=True)
"""


def kill_at_some_moment(code: str, path: Path, size: int, delay: float) -> None:
    """Start ``code``, wait until it works, let it run for ``delay`` seconds, and kill it."""
    command = [sys.executable, "-c", code, str(path), str(size)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL and rename over a file are POSIX")
def test_a_killed_write_leaves_one_version_whole(tmp_path: Path) -> None:
    path, chance = tmp_path / "a.jsonl", np.random.default_rng(20241208)
    versions = {sha256_bytes(b"a" * BLOCK), sha256_bytes(b"b" * (BLOCK + 1))}
    write_bytes(path, b"a" * BLOCK)
    left_behind = 0
    for _ in range(KILLS):
        kill_at_some_moment(WRITES, path, BLOCK, chance.uniform(0, 0.05))
        assert sha256_file(path) in versions
        temporary = [other for other in tmp_path.iterdir() if other != path]
        left_behind += len(temporary)
        for other in temporary:
            # What a killed write leaves can be told from a file by its name, and no pattern for files finds it.
            assert other.name.startswith(".a.jsonl.")
            assert other.suffix == ".tmp"
            other.unlink()
        assert list(tmp_path.glob("*.jsonl")) == [path]
    assert left_behind, "no kill fell into a write: the test shows nothing"


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")
def test_a_killed_new_folder_is_absent_or_complete(tmp_path: Path) -> None:
    chance, cut = np.random.default_rng(20241209), 0
    for kill in range(KILLS):
        base = tmp_path / str(kill)
        base.mkdir()
        kill_at_some_moment(FOLDERS, base, BLOCK // 10, chance.uniform(0, 0.05))
        assert (base / "v0").is_dir()
        for folder in base.iterdir():
            if folder.name.startswith("."):
                assert folder.suffix == ".tmp"
                cut += 1
            else:
                assert names(folder) == ["a", "b", "c"]
                assert {path.stat().st_size for path in folder.iterdir()} == {BLOCK // 10}
        shutil.rmtree(base)
    assert cut, "no kill fell into a folder: the test shows nothing"
