"""Releases: built once from checked sources, immutable, hashed file by file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from standoff.corpus import card, croissant
from standoff.corpus.check import check_sources
from standoff.corpus.diff import Bump, compare, read_rows
from standoff.corpus.reader import read_sources
from standoff.corpus.statistics import describe
from standoff.corpus.tables import CANARY, make_tables
from standoff.errors import IntegrityError, NotFoundError, Problem, RefusedError, StandoffError, listed
from standoff.files import (
    new_folder,
    pretty_json,
    read_json,
    refuse_existing,
    sha256_bytes,
    sha256_file,
    sha256_text,
    write_bytes,
    write_text,
)
from standoff.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from standoff.corpus.sources import ReleaseNote, Sources
    from standoff.corpus.tables import Tables

MANIFEST = "MANIFEST.json"
NAME = "intervention"

_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")


def version_key(version: str) -> tuple[int, int, int]:
    """Return a version as three numbers, for ordering.

    Raises:
        NotFoundError: Not of the form MAJOR.MINOR.PATCH.
    """
    match = _VERSION.fullmatch(version)
    if match is None:
        raise NotFoundError(f"{version!r} is not a version", expected="MAJOR.MINOR.PATCH, such as 0.1.0")
    return int(match[1]), int(match[2]), int(match[3])


def published_versions(releases: Path) -> list[str]:
    """Return the versions that have a folder under ``releases``, oldest first."""
    if not releases.is_dir():
        return []
    found = [path.name for path in releases.iterdir() if _VERSION.fullmatch(path.name) and path.is_dir()]
    return sorted(found, key=version_key)


def build(root: Path, version: str, *, out: Path | None = None) -> Path:
    """Build a release of the sources under ``root`` and return its folder.

    The same sources give the same bytes. Nothing is written unless everything fits.

    Args:
        root: A checkout with ``corpus/sources`` and ``annotations``.
        version: What to publish it as; must be listed in ``corpus/sources/releases.yaml``.
        out: Where to put the folder ``version``; ``corpus/releases`` by default.

    Raises:
        RefusedError: The version exists, the sources have errors, an article changed its split, or the version
            number promises less change than there is since the release before.
        NotFoundError: The version is not listed.
        IntegrityError: A published release is not as it was published.
    """
    version_key(version)
    releases = root / "corpus" / "releases"
    target = (out or releases) / version
    refuse_existing(target, remedy="a release never changes: give the new one a new number")
    if (releases / version).exists() and target != releases / version:
        raise RefusedError(
            f"release {version} is published already and never changes",
            where=releases / version,
            remedy="add the next version to corpus/sources/releases.yaml and build that",
        )
    sources = read_sources(root)
    report = check_sources(sources)
    if report.errors:
        raise RefusedError(
            f"the sources have {report.errors} errors",
            where=root / "corpus" / "sources",
            remedy="run: standoff corpus check",
        )
    note = _note(sources, version)
    tables = make_tables(sources)
    _refuse_moved(releases, tables.splits)
    with new_folder(target) as folder:
        _write(folder, tables, note)
        _refuse_too_small_a_step(releases, folder, version)
    return target


def _note(sources: Sources, version: str) -> ReleaseNote:
    notes = {entry.record.version: entry.record for entry in sources.releases}
    if version not in notes:
        raise NotFoundError(
            f"version {version} is not listed",
            where=sources.root / "corpus" / "sources" / "releases.yaml",
            expected=f"one of {', '.join(notes) or 'none yet'}",
            remedy="add version, date and changes there first",
        )
    return notes[version]


def _write(folder: Path, tables: Tables, note: ReleaseNote) -> None:
    files: dict[str, dict[str, Any]] = {}
    for config, parts in tables.rows.items():
        for split, rows in parts.items():
            path = f"data/{config}/{split}.parquet"
            data = _parquet(tables.arrow(config, split))
            write_bytes(folder / path, data)
            files[path] = {"bytes": len(data), "sha256": sha256_bytes(data), "rows": len(rows)}
    statistics = describe(tables.rows)
    digests = {config: tables.digest(config) for config in tables.rows}
    texts = {
        "README.md": card.make_card(note, tables, digests, statistics),
        "croissant.json": pretty_json(croissant.make_croissant(note, files)),
        **{f"splits/{split}.txt": "".join(f"{i}\n" for i in ids) for split, ids in tables.splits.items()},
    }
    for path, text in texts.items():
        write_text(folder / path, text)
        files[path] = {"bytes": len(text.encode()), "sha256": sha256_text(text)}
    manifest = {
        "name": NAME,
        "version": note.version,
        "date": note.date.isoformat(),
        "changes": note.changes,
        "canary": CANARY,
        "content_sha256": content_digest(digests),
        "configs_sha256": digests,
        "built_with": {"standoff": __version__, "pyarrow": pa.__version__},
        "statistics": statistics,
        "splits": tables.splits,
        "files": dict(sorted(files.items())),
    }
    write_text(folder / MANIFEST, sealed(manifest))


def _parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", compression_level=9, version="2.6", store_schema=True)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def content_digest(digests: dict[str, str]) -> str:
    """Return one digest for all configs: the identity of the data, whatever the file format."""
    return sha256_text("".join(f"{config} {digest}\n" for config, digest in sorted(digests.items())))


def sealed(manifest: dict[str, Any]) -> str:
    """Return the manifest's text, with its own digest as last key."""
    return pretty_json({**manifest, "manifest_sha256": sha256_text(pretty_json(manifest))})


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a release.

    Raises:
        NotFoundError: The folder holds none.
        IntegrityError: It is not as it was written.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise NotFoundError("holds no release", where=folder, expected=f"a folder with {MANIFEST}")
    try:
        manifest = dict(read_json(path))
        seal = manifest.pop("manifest_sha256", None)
        whole = seal == sha256_text(pretty_json(manifest)) and path.read_bytes() == sealed(manifest).encode()
    except (StandoffError, ValueError, TypeError):
        whole = False
    if not whole:
        raise IntegrityError(
            "is not as it was published",
            where=path,
            expected="the manifest with its own sha256",
            remedy="get the release again",
        )
    return manifest


def verify(folder: Path) -> list[Problem]:
    """Return what differs from the published release: one problem per changed, missing or foreign file.

    Raises:
        NotFoundError: The folder holds no release.
    """
    try:
        manifest = read_manifest(folder)
    except IntegrityError as error:
        return [Problem(MANIFEST, error.what)]
    found: list[Problem] = []
    for path, entry in manifest["files"].items():
        file = folder / path
        if not file.is_file():
            found.append(Problem(path, "is missing"))
        elif sha256_file(file) != entry["sha256"]:
            found.append(Problem(path, f"sha256 is {sha256_file(file)}, published was {entry['sha256']}"))
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    found += [Problem(path, "does not belong here") for path in sorted(present - {*manifest["files"], MANIFEST})]
    return found


def require_whole(folder: Path) -> dict[str, Any]:
    """Return the manifest of a release of which every byte is as published.

    Raises:
        IntegrityError: Some file differs; all are named.
        NotFoundError: The folder holds no release.
    """
    problems = verify(folder)
    if problems:
        raise IntegrityError(
            f"{len(problems)} files are not as published:\n{listed(problems)}",
            where=folder,
            remedy="get the release again; a correction is a new version",
        )
    return read_manifest(folder)


def _refuse_moved(releases: Path, splits: dict[str, list[str]]) -> None:
    """Refuse any article in another split than the one it was ever published in: no version number allows it."""
    now = {article_id: split for split, ids in splits.items() for article_id in ids}
    moved = [
        Problem(article_id, f"is in {now[article_id]}, was published in {split} by {version}")
        for version in published_versions(releases)
        for split, ids in require_whole(releases / version)["splits"].items()
        for article_id in ids
        if now.get(article_id, split) != split
    ]
    if moved:
        raise RefusedError(
            f"splits are frozen, and articles changed theirs:\n{listed(moved)}",
            where="corpus/sources/splits",
            expected="each article in the split it was first published in; not even a MAJOR step moves it",
            remedy="move the ids back",
        )


def _refuse_too_small_a_step(releases: Path, new: Path, version: str) -> None:
    earlier = [other for other in published_versions(releases) if version_key(other) < version_key(version)]
    if not earlier:
        return
    before, after = version_key(earlier[-1]), version_key(version)
    needed = compare(read_rows(releases / earlier[-1]), read_rows(new)).bump
    step = Bump.MAJOR if after[0] > before[0] else Bump.MINOR if after[1] > before[1] else Bump.PATCH
    if step < needed:
        raise RefusedError(
            f"{version} after {earlier[-1]} is a {step.name} step, the changes need a {needed.name} one",
            expected="MAJOR: labels edited, removed or re-split; MINOR: added; PATCH: the same data",
            remedy=f"see: standoff corpus diff {earlier[-1]} …, and choose the next {needed.name} version",
        )
