"""Getting the files of a task: downloaded or copied, verified, and in place whole or not at all.

A complete set lives in ``<data home>/tasks/<task>/<first digits of the checksum list's digest>``, so that two
releases of this package that read different files never share a folder. Its last file is a marker that holds the
digest: reading trusts the marker, :func:`get` verifies every byte.
"""

from __future__ import annotations

import errno
import gzip
import os
import sys
import tarfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pooch

from standoff.errors import IntegrityError, NotFoundError, Problem, RefusedError, listed
from standoff.files import new_folder, read_bytes, sha256_bytes, write_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from standoff.tasks.source import Source
    from standoff.tasks.task import Task

MARKER = ".complete"
DOWNLOAD_BLOCK = 1 << 16
_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class GetResult:
    """What :func:`get` did.

    Args:
        folder: Where the complete set is.
        how: Whether it was downloaded, copied from a local folder, or there already and kept.
        n_files: How many files were verified.
    """

    folder: Path
    how: Literal["downloaded", "copied", "kept"]
    n_files: int


def data_home() -> Path:
    """Return the folder all tasks' files live in: ``$STANDOFF_DATA``, or the system's cache folder.

    The folder is not created.
    """
    given = os.environ.get("STANDOFF_DATA")
    return Path(given).expanduser() if given else Path(pooch.os_cache("standoff"))


def has_data(task: Task, *, data_home: Path | None = None) -> bool:
    """Return whether a complete set of the task's files is stored; True for a task that comes with the package.

    The marker is read, not the files.
    """
    return task.source is None or _is_complete(_set_folder(task.name, task.source, data_home), task.source)


def data_dir(task: Task, *, data_home: Path | None = None) -> Path:
    """Return the folder of the task's complete set, verified when it was stored.

    Args:
        task: A task with a source.
        data_home: The folder all tasks' files live in; by default :func:`data_home`.

    Raises:
        NotFoundError: The files are not here yet; the message gives the two commands that get them.
        RefusedError: The task comes with the package.
    """
    source = _source(task)
    folder = _set_folder(task.name, source, data_home)
    if not _is_complete(folder, source):
        raise NotFoundError(
            f"the files of task {task.name!r} are not here yet",
            where=folder,
            remedy=f"run `standoff tasks get {task.name}` to download them, "
            f"or `standoff tasks get {task.name} --from DIR` to take them from a folder",
        )
    return folder


def get(
    task: Task,
    *,
    from_dir: Path | None = None,
    data_home: Path | None = None,
    progress: Callable[[str], None] | None = None,
) -> GetResult:
    """Store the files of a task, each verified against its published sha256.

    A set that is stored already is verified in full and kept.

    Args:
        task: A task with a source.
        from_dir: A local folder with the files, laid out as upstream; by default the archive is downloaded.
        data_home: The folder all tasks' files live in; by default :func:`data_home`.
        progress: Is told one sentence before each step, the terms of the data first.

    Raises:
        RefusedError: The task comes with the package, or the disk does not take the files.
        NotFoundError: No such folder, or the archive cannot be reached.
        IntegrityError: A file is missing or altered, or the download is not the whole archive.
    """
    source = _source(task)
    if from_dir is not None and not from_dir.is_dir():
        raise NotFoundError("no such folder", where=from_dir, remedy="name the folder that has the task's files")
    tell = progress or (lambda _: None)
    tell(task.terms)
    checksums = source.checksums()
    target = _set_folder(task.name, source, data_home)
    if target.exists():
        tell(f"verifying {len(checksums)} files in {target}")
        verify(target, source, remedy=f"remove {target} and run `standoff tasks get {task.name}` again")
        if not _is_complete(target, source):
            _write_marker(target, source)
        return GetResult(target, "kept", len(checksums))
    with _disk_errors(target), new_folder(target) as folder:
        if from_dir is None:
            tell(f"downloading {source.url}")
            _download(source, checksums, folder, task.name)
        else:
            tell(f"copying {len(checksums)} files from {from_dir}")
            remedy = f"get the files at commit {source.commit}, for instance with `standoff tasks get {task.name}`"
            _check(_from_folder(from_dir, checksums), checksums, where=from_dir, remedy=remedy, store=folder)
        _write_marker(folder, source)
    return GetResult(target, "copied" if from_dir else "downloaded", len(checksums))


def verify(folder: Path, source: Source, *, remedy: str | None = None) -> None:
    """Compare every file in ``folder`` that the source declares with its published sha256.

    Raises:
        NotFoundError: No such folder.
        IntegrityError: A file is missing or altered; the first twenty are listed with what was got and expected.
    """
    if not folder.is_dir():
        raise NotFoundError("no such folder", where=folder, remedy=remedy or "check the path")
    checksums = source.checksums()
    remedy = remedy or f"restore the files of {source.url}"
    _check(_from_folder(folder, checksums), checksums, where=folder, remedy=remedy)


def _source(task: Task) -> Source:
    if task.source is None:
        raise RefusedError(f"task {task.name!r} comes with the package", remedy="load it; there is nothing to get")
    return task.source


def _set_folder(name: str, source: Source, home: Path | None) -> Path:
    return (home or data_home()) / "tasks" / name / source.digest()[:12]


def _is_complete(folder: Path, source: Source) -> bool:
    marker = folder / MARKER
    return marker.is_file() and read_bytes(marker).decode("ascii", "replace").strip() == source.digest()


def _write_marker(folder: Path, source: Source) -> None:
    write_text(folder / MARKER, source.digest() + "\n")


def _check(
    files: Iterable[tuple[str, bytes]],
    checksums: Mapping[str, str],
    *,
    where: Path | str,
    remedy: str,
    store: Path | None = None,
) -> None:
    """Refuse missing and altered files; write the good ones below ``store`` where one is given."""
    unseen = dict(checksums)
    problems = []
    for path, data in files:
        expected = unseen.pop(path, checksums[path])
        got = sha256_bytes(data)
        if got != expected:
            problems.append(Problem(path, f"altered: sha256 is {got}, expected {expected}"))
        elif store is not None:
            (store / path).parent.mkdir(parents=True, exist_ok=True)
            (store / path).write_bytes(data)
    problems.extend(Problem(path, f"missing: expected sha256 {expected}") for path, expected in unseen.items())
    if problems:
        raise IntegrityError(
            f"{len(problems)} of {len(checksums)} files are not the published ones:\n{listed(problems)}",
            where=where,
            expected="every file as at the pinned commit, byte for byte",
            remedy=remedy,
        )


def _from_folder(folder: Path, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    for path in paths:
        if (folder / path).exists():
            yield path, read_bytes(folder / path)


def _from_archive(archive: Path, prefix: str, wanted: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """Yield the declared files of a ``.tar.gz``; links, folders and undeclared names are passed over."""
    with tarfile.open(archive, "r:gz") as opened:
        for member in opened:
            path = member.name.removeprefix(prefix)
            handle = opened.extractfile(member) if member.isreg() and path in wanted else None
            if handle is not None:
                yield path, handle.read()


def _download(source: Source, checksums: Mapping[str, str], folder: Path, name: str) -> None:
    remedy = f"try again later, or fetch the files yourself and run `standoff tasks get {name} --from DIR`"
    archive = folder / ".archive"
    try:
        pooch.HTTPDownloader(chunk_size=DOWNLOAD_BLOCK, progressbar=sys.stderr.isatty())(
            source.url, str(archive), None
        )
    except OSError as error:
        # What requests raises are OSErrors without a number; one with a number is the disk's.
        if error.errno is not None:
            raise
        raise NotFoundError(
            "cannot be downloaded", where=source.url, got=error, expected="the archive", remedy=remedy
        ) from error
    with archive.open("rb") as handle:
        start = handle.read(80)
    if not start.startswith(_GZIP_MAGIC):
        raise IntegrityError(
            "did not answer with an archive", where=source.url, got=start, expected="a .tar.gz file", remedy=remedy
        )
    try:
        files = _from_archive(archive, source.archive_prefix, checksums)
        _check(files, checksums, where=source.url, remedy=remedy, store=folder)
    except (EOFError, tarfile.TarError, zlib.error, gzip.BadGzipFile) as error:
        raise IntegrityError(
            "the archive is cut short or damaged",
            where=source.url,
            got=error,
            expected=f"a whole .tar.gz file; {archive.stat().st_size} bytes arrived",
            remedy=remedy,
        ) from error
    archive.unlink()


@contextmanager
def _disk_errors(target: Path) -> Iterator[None]:
    """Turn what the disk refuses into an error that says so; nothing partial is left in place by then."""
    try:
        yield
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        raise RefusedError(
            "the disk is full" if full else f"cannot be read or written ({error.strerror or error})",
            where=error.filename or target,
            got=error,
            expected="a folder that takes the files",
            remedy="make room or give access there, or set STANDOFF_DATA to another folder",
        ) from error
