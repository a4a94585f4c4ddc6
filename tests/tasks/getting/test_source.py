from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from standoff.errors import InputError
from standoff.files import sha256_text
from standoff.tasks.getting.source import Source, github

if TYPE_CHECKING:
    from pathlib import Path

A, B = "a" * 64, "b" * 64


def source(folder: Path, text: str) -> Source:
    path = folder / "list.txt"
    path.write_text(text, encoding="utf-8")
    return Source(url="http://127.0.0.1/x.tar.gz", commit="c", files=path, archive_prefix="x/")


def test_the_list_reads_as_sha256sum_writes_it(tmp_path: Path) -> None:
    found = source(tmp_path, f"{A}  data/two words.txt\n{B}  b.json\n")
    assert found.checksums() == {"data/two words.txt": A, "b.json": B}


def test_the_digest_is_over_the_lines_in_the_order_of_paths(tmp_path: Path) -> None:
    expected = sha256_text(f"{B}  a\n{A}  b\n")
    assert source(tmp_path, f"{B}  a\n{A}  b\n").digest() == expected
    assert source(tmp_path, f"{A}  b\n{B}  a\n").digest() == expected
    assert source(tmp_path, f"{A}  a\n{B}  b\n").digest() != expected


@pytest.mark.parametrize(
    "line",
    [
        "",
        f"{A} one-space",
        f"{A[:-1]}  short",
        f"{A.upper()}  upper",
        f"{A}  /etc/passwd",
        f"{A}  ../up",
        f"{A}  data/../../up",
        f"{A}  data//double",
        f"{A}  ./dot",
        f"{A}  .",
        f"{A}  data\\windows",
        f"{A}  C:drive",
        f"{A}  good",
    ],
)
def test_a_line_that_is_unusable_is_refused_by_its_number(tmp_path: Path, line: str) -> None:
    with pytest.raises(InputError, match=r"list\.txt:2: is not a usable checksum line"):
        source(tmp_path, f"{A}  good\n{line}\n").checksums()


def test_an_empty_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="lists no file"):
        source(tmp_path, "").checksums()


def test_github_gives_the_address_and_the_folder_inside_the_archive() -> None:
    found = github("launchnlp/SEESAW", "abc", files="seesaw.txt")
    assert found.url == "https://github.com/launchnlp/SEESAW/archive/abc.tar.gz"
    assert found.archive_prefix == "SEESAW-abc/"
    assert found.files.is_file()


def test_github_gives_the_address_of_each_file_where_they_are_fetched_one_by_one() -> None:
    found = github("owner/name", "abc", files="seesaw.txt", one_by_one=True)
    assert found.archive_prefix is None
    assert found.commit == "abc"
    assert found.address("data/b.json") == "https://raw.githubusercontent.com/owner/name/abc/data/b.json"
    assert found.files == github("owner/name", "abc", files="seesaw.txt").files


@pytest.mark.parametrize(
    ("path", "quoted"),
    [
        ("data/two words.txt", "data/two%20words.txt"),
        ("50%?#.txt", "50%25%3F%23.txt"),
        ("Å/é.txt", "%C3%85/%C3%A9.txt"),
        ("a+b&c.txt", "a%2Bb%26c.txt"),
    ],
)
def test_an_address_is_quoted_part_by_part(path: str, quoted: str) -> None:
    base = "https://raw.githubusercontent.com/owner/name/abc/"
    assert github("owner/name", "abc", files="seesaw.txt", one_by_one=True).address(path) == base + quoted
