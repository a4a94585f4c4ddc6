from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from standoff.cli.app import app
from standoff.corpus.release import build, published_versions, read_manifest, require_whole, verify, version_key
from standoff.corpus.tables import CANARY, SCHEMAS
from standoff.errors import IntegrityError, NotFoundError, RefusedError

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = "MANIFEST.json"
SPLITS = ("train", "validation", "test")
COMMAND = (sys.executable, "-c", "from standoff.cli import main; main()", "corpus", "build")


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def copy(release: Path, tmp_path: Path) -> Path:
    """A copy of the release, to damage."""
    return shutil.copytree(release, tmp_path / release.name)


# -- the same sources, the same bytes -----------------------------------------------------------------------


def test_two_builds_are_byte_identical(release: Path, mini: Path, tmp_path: Path) -> None:
    other = build(mini, "0.1.0", out=tmp_path / "elsewhere")
    assert contents(other) == contents(release)


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "2", "TZ": "America/St_Johns", "LC_ALL": "tr_TR.UTF-8", "PYTHONUTF8": "0"},
    ],
)
def test_another_process_builds_the_same_bytes(
    release: Path, mini: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    out = tmp_path / "elsewhere"
    command = [*COMMAND, "0.1.0", "--root", str(mini), "--out", str(out)]
    subprocess.run(command, check=True, env={**os.environ, **environment})
    assert contents(out / "0.1.0") == contents(release)


def test_the_order_in_which_files_were_made_does_not_matter(release: Path, mini: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    for path in sorted(mini.rglob("*"), reverse=True):
        if path.is_file():
            (again / path.relative_to(mini)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, again / path.relative_to(mini))
    assert contents(build(again, "0.1.0")) == contents(release)


def test_the_files_of_a_release(release: Path) -> None:
    divided = [
        f"data/{config}/{split}.parquet" for config in ("stance", "judgements", "articles") for split in SPLITS
    ]
    whole = [f"data/{config}/registry.parquet" for config in ("actors", "propositions")]
    lists = [f"splits/{split}.txt" for split in SPLITS]
    assert sorted(contents(release)) == sorted([MANIFEST, "README.md", "croissant.json", *divided, *whole, *lists])


def test_the_split_lists_are_those_of_the_sources(release: Path, mini: Path) -> None:
    for split in SPLITS:
        source = mini / "corpus" / "sources" / "splits" / f"{split}.txt"
        published = (release / "splits" / f"{split}.txt").read_text(encoding="utf-8")
        assert published == (source.read_text(encoding="utf-8") if source.exists() else "")
        assert read_manifest(release)["splits"][split] == published.split()


def test_every_file_but_the_lists_of_ids_holds_the_canary(release: Path) -> None:
    without = {path for path, data in contents(release).items() if CANARY.encode() not in data}
    assert without == {f"splits/{split}.txt" for split in SPLITS}


# -- the manifest, by an independent computation ------------------------------------------------------------


def sha256(data: bytes | str) -> str:
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def test_the_manifest_seals_itself_and_lists_every_byte(release: Path) -> None:
    files = contents(release)
    manifest = json.loads(files.pop(MANIFEST))
    seal = manifest.pop("manifest_sha256")
    assert seal == sha256(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n")
    expected = {path: {"bytes": len(data), "sha256": sha256(data)} for path, data in files.items()}
    for path, entry in expected.items():
        if path.startswith("data/"):
            entry["rows"] = pq.read_metadata(release / path).num_rows
    assert manifest["files"] == expected


def test_the_content_digest_is_that_of_the_rows(release: Path) -> None:
    manifest = read_manifest(release)
    digests = {}
    for config, schema in SCHEMAS.items():
        splits = SPLITS if config in {"stance", "judgements", "articles"} else ("registry",)
        hashed = line(schema.names)
        for split in splits:
            hashed += f"\n{split}\n"
            rows = pq.read_table(release / "data" / config / f"{split}.parquet").to_pylist()
            hashed += "".join(line(row) + "\n" for row in rows)
        digests[config] = sha256(hashed)
    assert manifest["configs_sha256"] == digests
    assert manifest["content_sha256"] == sha256("".join(f"{name} {digests[name]}\n" for name in sorted(digests)))


def test_version_date_and_changes_come_from_the_sources(release: Path) -> None:
    manifest = read_manifest(release)
    assert (manifest["name"], manifest["version"]) == ("intervention", "0.1.0")
    assert (manifest["date"], manifest["changes"]) == ("2002-06-01", "First.")


# -- verification -------------------------------------------------------------------------------------------


def test_a_release_as_published_has_no_problems(release: Path) -> None:
    assert verify(release) == []
    assert require_whole(release) == read_manifest(release)


def test_one_changed_byte_anywhere_is_found_and_the_file_named(copy: Path) -> None:
    for path, data in contents(copy).items():
        for at in sorted({0, len(data) // 2, len(data) - 1}) if data else []:
            changed = bytearray(data)
            changed[at] ^= 1
            (copy / path).write_bytes(changed)
            assert [problem.where for problem in verify(copy)] == [path], (path, at)
            with pytest.raises(IntegrityError, match=path):
                require_whole(copy)
        (copy / path).write_bytes(data)
    assert verify(copy) == []


@pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: data + b"\n", lambda _: b""])
def test_a_file_cut_off_lengthened_or_emptied_is_named(copy: Path, change: Any) -> None:
    for path, data in contents(copy).items():
        if change(data) != data:
            (copy / path).write_bytes(change(data))
            assert [problem.where for problem in verify(copy)] == [path]
            (copy / path).write_bytes(data)


def test_missing_and_foreign_files_are_named(copy: Path) -> None:
    (copy / "data" / "stance" / "test.parquet").unlink()
    (copy / "data" / "stance" / "extra.parquet").write_bytes(b"")
    (copy / ".hidden").write_bytes(b"")
    assert [str(problem) for problem in verify(copy)] == [
        "data/stance/test.parquet: is missing",
        ".hidden: does not belong here",
        "data/stance/extra.parquet: does not belong here",
    ]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"manifest_sha256": 1}', '"\\ud800"'])
def test_a_manifest_that_is_none_is_named(copy: Path, text: str) -> None:
    (copy / MANIFEST).write_text(text, encoding="utf-8")
    assert [problem.where for problem in verify(copy)] == [MANIFEST]


def test_a_folder_without_a_manifest_holds_no_release(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="holds no release"):
        verify(tmp_path)


def test_the_command_verifies(release: Path, copy: Path) -> None:
    (copy / "README.md").write_text("Better.", encoding="utf-8")
    good = CliRunner().invoke(app, ["corpus", "verify", str(release)])
    assert (good.exit_code, good.stdout) == (0, f"{release}: as published\n")
    bad = CliRunner().invoke(app, ["corpus", "verify", str(release), str(copy)])
    assert bad.exit_code == 1
    assert f"{copy}: 1 problems\n  README.md: sha256 is " in bad.stdout


# -- what is refused ----------------------------------------------------------------------------------------


def test_a_published_version_is_not_built_again_here_or_elsewhere(mini: Path, tmp_path: Path) -> None:
    folder = build(mini, "0.1.0")
    before = contents(folder)
    with pytest.raises(RefusedError, match="exists already"):
        build(mini, "0.1.0")
    with pytest.raises(RefusedError, match=r"release 0\.1\.0 is published already and never changes"):
        build(mini, "0.1.0", out=tmp_path / "elsewhere")
    assert contents(folder) == before
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_exists_is_not_built_over(mini: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere" / "0.1.0").mkdir(parents=True)
    with pytest.raises(RefusedError, match="exists already"):
        build(mini, "0.1.0", out=tmp_path / "elsewhere")
    assert contents(tmp_path / "elsewhere") == {}


@pytest.mark.parametrize("version", ["0.9.0", "1.0", "01.0.0", "v1.0.0", "1.0.0 ", "../0.1.0", ""])
def test_a_version_that_is_not_listed_is_refused(mini: Path, version: str) -> None:
    with pytest.raises(NotFoundError, match=r"is not (listed|a version)"):
        build(mini, version)
    assert not (mini / "corpus" / "releases").exists()


def test_sources_with_errors_are_refused_and_nothing_is_left_behind(mini: Path) -> None:
    (mini / "corpus" / "sources" / "splits" / "test.txt").unlink()
    with pytest.raises(RefusedError, match="the sources have 1 errors"):
        build(mini, "0.1.0")
    assert not (mini / "corpus" / "releases").exists()


def test_the_command_builds(mini: Path) -> None:
    result = CliRunner().invoke(app, ["corpus", "build", "0.1.0", "--root", str(mini)])
    assert result.exit_code == 0, result.output
    folder = mini / "corpus" / "releases" / "0.1.0"
    manifest = read_manifest(folder)
    assert result.stdout == f"{folder}: 16 files, content {manifest['content_sha256'][:12]}\n"


def test_versions_are_ordered_by_number_and_other_folders_are_not_versions(tmp_path: Path) -> None:
    for name in ("0.10.0", "0.9.0", "0.9.10", "1.0.0", "v2.0.0", "01.0.0", ".0.1.0.abc.tmp"):
        (tmp_path / name).mkdir()
    (tmp_path / "3.0.0").write_text("a file", encoding="utf-8")
    assert published_versions(tmp_path) == ["0.9.0", "0.9.10", "0.10.0", "1.0.0"]
    assert published_versions(tmp_path / "none") == []
    assert version_key("12.0.345") == (12, 0, 345)


# -- a kill while building ----------------------------------------------------------------------------------

KILLED = """
import os, signal, sys
from standoff.cli import main

left = int(sys.argv.pop())

def count(event, _):
    global left
    if event == "os.rename":  # each file, and at last the folder, takes its name by a rename
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(count)
main()
"""


def build_and_kill(root: Path, renames: int) -> int:
    command = [sys.executable, "-c", KILLED, "corpus", "build", "0.1.0", "--root", str(root), str(renames)]
    return subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_kill_at_any_file_leaves_no_release_and_a_new_build_succeeds(release: Path, mini: Path) -> None:
    renames = len(contents(release)) + 1
    for number in (1, renames // 2, renames - 1, renames):
        assert build_and_kill(mini, number) == -9
        assert published_versions(mini / "corpus" / "releases") == []
    assert build_and_kill(mini, renames + 1) == 0  # one more, and the build was done: the count is right
    assert contents(mini / "corpus" / "releases" / "0.1.0") == contents(release)
