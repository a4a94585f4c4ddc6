"""The wheel, built and installed for real: what it holds, and that it works alone and offline.

``uv build --offline`` takes the build backend from the cache that ``uv sync`` filled. The fresh environment holds
nothing but the wheel; third-party packages come from this environment's folder through a ``.pth`` file. The source
tree does not: ``.pth`` files within such a folder, as an editable install has, are not read.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest

import standoff
from standoff.corpus.release import build, published_versions, read_manifest

REPOSITORY = Path(__file__).parents[1]
MINI = REPOSITORY / "tests" / "data" / "mini"


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Run a command to its end and return what it printed; its errors are shown when it fails."""
    clean = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**clean, **environment},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def uv() -> str:
    found = shutil.which("uv")
    if found:
        return found
    reason = "uv, which builds the wheel, is not on the PATH"
    if os.environ.get("CI"):
        pytest.fail(reason)  # in CI nothing that can run is skipped
    pytest.skip(reason)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the wheel is built from; with a release of the made-up corpus until there is a published one."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / name, folder)
    shutil.copytree(REPOSITORY / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(REPOSITORY / "annotations" / "codebook", folder / "annotations" / "codebook")
    releases = REPOSITORY / "corpus" / "releases"
    for version in published_versions(releases):
        shutil.copytree(releases / version, folder / "corpus" / "releases" / version)
    if not published_versions(releases):
        build(MINI, "0.1.0", out=folder / "corpus" / "releases")
    return folder


@pytest.fixture(scope="module")
def wheel(checkout: Path, uv: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    run(uv, "build", "--wheel", "--offline", "--out-dir", out, cwd=checkout)
    (found,) = out.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def python(wheel: Path, uv: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a fresh environment in which only the wheel is installed."""
    environment = tmp_path_factory.mktemp("fresh") / "venv"
    run(uv, "venv", "--offline", "--python", sys.executable, environment, cwd=wheel.parent)
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    run(uv, "pip", "install", "--offline", "--no-deps", "--python", python, wheel, cwd=wheel.parent)
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    purelib = Path(run(python, "-c", ask, cwd=wheel.parent).strip())
    folders = dict.fromkeys(sysconfig.get_path(kind) for kind in ("purelib", "platlib"))
    (purelib / "third_party.pth").write_text("\n".join(folders) + "\n", encoding="utf-8")
    return python


# -- what it holds ------------------------------------------------------------------------------------------


def test_it_holds_the_package_whole(wheel: Path, checkout: Path) -> None:
    """Code, ``py.typed``, checksums, templates: every file of the source tree, byte for byte."""
    source = checkout / "src" / "standoff"
    expected = {f"standoff/{p.relative_to(source).as_posix()}": p for p in source.rglob("*") if p.is_file()}
    expected["standoff/codebook/v1.md"] = checkout / "annotations" / "codebook" / "v1.md"
    assert {
        "standoff/annotation/studio/inside/start.py",
        "standoff/annotation/toy/corpus/sources/conflicts/sudmark-2001.yaml",
        "standoff/py.typed",
        "standoff/corpus/card.md.jinja",
        "standoff/tasks/sets/checksums/seesaw.txt",
    } <= expected.keys()
    with zipfile.ZipFile(wheel) as archive:
        held = {n for n in archive.namelist() if not n.startswith(("standoff/releases/", "standoff-"))}
        assert held == expected.keys()
        assert all(archive.read(name) == path.read_bytes() for name, path in expected.items())


def test_it_holds_every_release_and_nothing_beside_them(wheel: Path, checkout: Path) -> None:
    releases = checkout / "corpus" / "releases"
    assert published_versions(releases)
    prefix = "standoff/releases/"
    with zipfile.ZipFile(wheel) as archive:
        held = {n.removeprefix(prefix): archive.read(n) for n in archive.namelist() if n.startswith(prefix)}
    files = {path.relative_to(releases).as_posix(): path for path in releases.rglob("*") if path.is_file()}
    assert held == {name: path.read_bytes() for name, path in files.items()}


def test_its_metadata_are_those_of_the_project(wheel: Path) -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = HeaderParser().parsestr(archive.read(name).decode())
        licences = [name for name in archive.namelist() if ".dist-info/licenses/" in name]
    assert metadata["Name"] == "standoff"
    assert metadata["Version"] == project["version"] == standoff.__version__
    assert metadata["License-Expression"] == "Apache-2.0 AND CC-BY-4.0"
    assert [Path(name).name for name in licences] == ["LICENSE"]
    needed = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert len(needed) == len(project["dependencies"])
    assert not [line for line in needed if line.startswith(("pytest", "ruff", "mypy", "mlcroissant"))]


# -- what it does -------------------------------------------------------------------------------------------

ALONE = """
import json, socket, sys
from pathlib import Path

def refuse(*_, **__):
    raise OSError("no network in this test")

socket.socket.connect = socket.getaddrinfo = refuse

import standoff
d = standoff.load("intervention")
print(json.dumps({
    "file": standoff.__file__,
    "versions": standoff.versions(),
    "rows": {split: len(part) for split, part in d.items()},
    "columns": d["train"].column_names,
    "articles": len(standoff.articles()),
}))
"""


def test_it_loads_the_corpus_in_an_empty_folder_without_a_network(
    python: Path, checkout: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    printed = run(python, "-c", ALONE, cwd=folder, HF_HUB_OFFLINE="1", HF_HOME=str(tmp_path / "hf"))
    found = json.loads(printed)
    releases = checkout / "corpus" / "releases"
    newest = published_versions(releases)[-1]
    files = read_manifest(releases / newest)["files"]
    rows = {split: files[f"data/stance/{split}.parquet"]["rows"] for split in ("train", "validation", "test")}
    assert Path(found["file"]).is_relative_to(python.parents[1])
    assert found["versions"] == published_versions(releases)
    assert found["rows"] == {split: number for split, number in rows.items() if number}
    assert {"text", "actor", "proposition", "label", "evidence"} <= set(found["columns"])
    assert found["articles"] == sum(e["rows"] for p, e in files.items() if p.startswith("data/articles/"))
    assert list(folder.iterdir()) == []


def test_its_command_runs(python: Path, checkout: Path, tmp_path: Path) -> None:
    command = python.with_name("standoff")
    assert run(command, "--version", cwd=tmp_path) == f"standoff {standoff.__version__}\n"
    printed = run(command, "corpus", "verify", cwd=tmp_path)
    installed = printed.splitlines()
    assert len(installed) == len(published_versions(checkout / "corpus" / "releases"))
    assert all(line.endswith(": as published") and str(python.parents[1]) in line for line in installed)


def test_the_source_tree_is_out_of_reach(python: Path, tmp_path: Path) -> None:
    """The control: what the tests above found is the wheel's, as nothing else provides ``standoff``."""
    code = "import sys, importlib.util as u; print(u.find_spec('standoff').origin); print(*sys.path, sep='\\n')"
    origin, *path = run(python, "-c", code, cwd=tmp_path).splitlines()
    assert Path(origin).is_relative_to(python.parents[1])
    assert str(REPOSITORY / "src") not in path
