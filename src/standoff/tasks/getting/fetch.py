"""Getting the files of a task: downloaded or copied, verified, and in place whole or not at all.

A complete set lives in ``<data home>/tasks/<task>/<first digits of the checksum list's digest>``, so that two
releases of this package that read different files never share a folder. Its last file is a marker that holds the
digest: reading trusts the marker, :func:`get` verifies every byte.

Until it is complete, the set grows in a folder beside that one, ``….partial``, which nothing reads. What is in it
survives a kill; the next :func:`get` verifies it again and fetches the rest. A lock admits one at a time.
"""

from __future__ import annotations

import errno
import gzip
import os
import tarfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from standoff.errors import InputError, IntegrityError, NotFoundError, RefusedError
from standoff.files import read_bytes, sha256_file, sync_files, write_text
from standoff.tasks.getting.verified import altered, from_folder, refuse, right_ones, take

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from standoff.errors import Problem
    from standoff.tasks.getting.source import Source
    from standoff.tasks.task import Task

MARKER = ".complete"
_ARCHIVE = ".archive"
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
    import pooch  # noqa: PLC0415 - listing the tasks does not need it

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

    A set that is stored already is verified in full and kept. What an earlier call left unfinished is verified and
    kept too, and only the rest is fetched. Where standard error is a terminal, bars show how far it is.

    Args:
        task: A task with a source.
        from_dir: A local folder with the files, or with a folder that has them: see :func:`locate`. By default
            they are downloaded.
        data_home: The folder all tasks' files live in; by default :func:`data_home`.
        progress: Is told one sentence before each step, the terms of the data first.

    Raises:
        RefusedError: The task comes with the package, ``from_dir`` has the files twice, or the disk does not take
            them.
        NotFoundError: No such folder, none of the files in it, or the download cannot be reached or broke off.
        IntegrityError: A file is missing or altered, or the download is something else.
    """
    source = _source(task)
    origin = None if from_dir is None else locate(from_dir, source)
    tell = progress or (lambda _: None)
    tell(task.terms)
    target = _set_folder(task.name, source, data_home)
    if _is_complete(target, source):  # no lock, so that a set on a read-only disk can be verified
        return _keep(target, source, task.name, tell)
    with _disk_errors(target), _alone(target, tell):
        if target.exists():
            return _keep(target, source, task.name, tell)
        partial = _beside(target, ".partial")
        partial.mkdir(exist_ok=True)
        _fill(partial, task.name, source, origin, tell)
        _put_in_place(partial, target, source)
    return GetResult(target, "copied" if origin else "downloaded", len(source.checksums()))


def locate(folder: Path, source: Source) -> Path:
    """Return the folder of the source's files: ``folder``, or the one directly in it that has the most of them.

    Files are looked for by their names; :func:`verify` looks at the bytes. Folders that may not be read are passed
    over, and deeper levels are not searched.

    Raises:
        NotFoundError: No such folder, or neither it nor a folder directly in it has a declared file.
        RefusedError: Two folders have equally many.
        InputError: The folder may not be read.
    """
    _refuse_no_folder(folder, "name the folder that has the task's files")
    declared = list(source.checksums())
    if _count(folder, declared):
        return folder
    try:
        counts = {inner: _count(inner, declared) for inner in sorted(folder.iterdir())}
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", where=folder) from None
    most = max(counts.values(), default=0)
    best = [inner for inner, count in counts.items() if count == most]
    if not most:
        raise NotFoundError(
            "none of the task's files are here, or in a folder directly in here",
            where=folder,
            expected=f"{declared[0]} or another of the {len(declared)} files, laid out as in {source.url}",
            remedy="name the folder that has the task's files, or the one directly above it",
        )
    if len(best) > 1:
        raise RefusedError(
            f"{len(best)} folders in here have equally many of the task's files ({most} of {len(declared)})",
            where=folder,
            got=", ".join(inner.name for inner in best),
            expected="one folder with the task's files",
            remedy="name the right one itself",
        )
    return best[0]


def locate_verified(folder: Path, source: Source) -> Path:
    """Return the folder that :func:`locate` finds, having verified every file in it; raises what both raise."""
    found = locate(folder, source)
    verify(found, source)
    return found


def verify(folder: Path, source: Source, *, remedy: str | None = None) -> None:
    """Compare every file in ``folder`` that the source declares with its published sha256.

    Raises:
        NotFoundError: No such folder.
        IntegrityError: A file is missing or altered; the first twenty are listed with what was got and expected.
    """
    _refuse_no_folder(folder, remedy or "check the path")
    checksums = source.checksums()
    problems = take(from_folder(folder, checksums), checksums, label="verifying")
    refuse(problems, checksums, where=folder, remedy=remedy or f"restore the files of {source.url}")


def _source(task: Task) -> Source:
    if task.source is None:
        raise RefusedError(f"task {task.name!r} comes with the package", remedy="load it; there is nothing to get")
    return task.source


def _set_folder(name: str, source: Source, home: Path | None) -> Path:
    return (home or data_home()) / "tasks" / name / source.digest()[:12]


def _beside(target: Path, suffix: str) -> Path:
    return target.with_name(target.name + suffix)


def _is_complete(folder: Path, source: Source) -> bool:
    marker = folder / MARKER
    return marker.is_file() and read_bytes(marker).decode("ascii", "replace").strip() == source.digest()


def _refuse_no_folder(folder: Path, remedy: str) -> None:
    if not folder.is_dir():
        raise NotFoundError("no such folder", where=folder, remedy=remedy)


def _count(folder: Path, paths: Iterable[str]) -> int:
    """Return how many of ``paths`` are files below ``folder``; 0 for one that may not be looked into."""
    try:
        return sum((folder / path).is_file() for path in paths)
    except OSError:
        return 0


def _keep(target: Path, source: Source, name: str, tell: Callable[[str], None]) -> GetResult:
    n_files = len(source.checksums())
    tell(f"verifying {n_files} files in {target}")
    verify(target, source, remedy=f"remove {target} and run `standoff tasks get {name}` again")
    if not _is_complete(target, source):
        _write_marker(target, source)
    return GetResult(target, "kept", n_files)


def _fill(partial: Path, name: str, source: Source, origin: Path | None, tell: Callable[[str], None]) -> None:
    """Bring every declared file into ``partial``, keeping those that are there and right."""
    checksums = source.checksums()
    kept = right_ones(partial, checksums)
    wanted = {path: sha256 for path, sha256 in checksums.items() if path not in kept}
    if kept:
        tell(f"keeping {len(kept)} of {len(checksums)} files, which an earlier run stored and this one verified")
    if not wanted:
        return
    by_hand = f"fetch the files yourself and run `standoff tasks get {name} --from DIR`"
    if origin is not None:
        tell(f"copying {len(wanted)} files from {origin}")
        problems = take(from_folder(origin, wanted), wanted, label="copying", store=partial)
        remedy = f"get the files at commit {source.commit}, for instance with `standoff tasks get {name}`"
        refuse(problems, checksums, where=origin, remedy=remedy)
        return
    tell(
        f"downloading {source.url}"
        if source.archive_prefix
        else f"downloading {len(wanted)} files of {source.url}"
    )
    fetch = _download_files if source.archive_prefix is None else _download_archive
    problems = fetch(source, wanted, partial, by_hand)
    refuse(problems, checksums, where=source.url, remedy=f"try again later, or {by_hand}")


def _from_archive(archive: Path, prefix: str, wanted: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """Yield the wanted files of a ``.tar.gz``; links, folders and other names are passed over."""
    with tarfile.open(archive, "r:gz") as opened:
        for member in opened:
            path = member.name.removeprefix(prefix)
            handle = opened.extractfile(member) if member.isreg() and path in wanted else None
            if handle is not None:
                yield path, handle.read()


def _download_files(source: Source, wanted: Mapping[str, str], partial: Path, by_hand: str) -> list[Problem]:
    """Fetch each file at its address; a wrong one is removed, so that the next try starts it anew."""
    from standoff.tasks.getting.download import download  # noqa: PLC0415 - brings requests, which only a download needs

    problems = []
    for path, expected in wanted.items():
        stored = partial / path
        stored.parent.mkdir(parents=True, exist_ok=True)
        download(source.address(path), stored, label=path, by_hand=by_hand)
        got = sha256_file(stored)
        if got != expected:
            stored.unlink()
            problems.append(altered(path, got, expected))
    return problems


def _download_archive(source: Source, wanted: Mapping[str, str], partial: Path, by_hand: str) -> list[Problem]:
    """Fetch the archive and take the wanted files out of it; a wrong one is removed, a short one can grow."""
    from standoff.tasks.getting.download import AGAIN, download  # noqa: PLC0415 - as above

    archive, part = partial / _ARCHIVE, partial / f"{_ARCHIVE}.part"
    if not archive.exists():
        download(source.url, part, label="archive", by_hand=by_hand)
        part.rename(archive)
    with archive.open("rb") as handle:
        start = handle.read(80)
    if not start.startswith(_GZIP_MAGIC):
        archive.unlink()
        raise IntegrityError(
            "did not answer with an archive",
            where=source.url,
            got=start,
            expected="a .tar.gz file",
            remedy=f"{AGAIN}; or {by_hand}",
        )
    size = archive.stat().st_size
    try:
        files = _from_archive(archive, source.archive_prefix or "", wanted)
        problems = take(files, wanted, label="unpacking", store=partial)
    except (EOFError, tarfile.TarError, zlib.error, gzip.BadGzipFile) as error:
        if isinstance(error, EOFError):
            archive.rename(part)
        else:
            archive.unlink()
        raise IntegrityError(
            "the archive is cut short or damaged",
            where=source.url,
            got=error,
            expected=f"a whole .tar.gz file; {size} bytes arrived",
            remedy=f"{AGAIN}; or {by_hand}",
        ) from error
    if problems:
        archive.unlink()
    return problems


def _put_in_place(partial: Path, target: Path, source: Source) -> None:
    """Give the complete set its name in one step, with the declared files and the marker and nothing else."""
    declared = source.checksums()
    for path in partial.rglob("*"):
        if path.is_file() and path.relative_to(partial).as_posix() not in declared:
            path.unlink()
    _write_marker(partial, source)
    sync_files(partial)
    # Should the disk forget this step, the set is still there under its partial name.
    partial.rename(target)


def _write_marker(folder: Path, source: Source) -> None:
    write_text(folder / MARKER, source.digest() + "\n")


@contextmanager
def _alone(target: Path, tell: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock of a set; the system frees it when the process ends, in whatever way."""
    from filelock import FileLock, Timeout  # noqa: PLC0415 - reading does not need it

    target.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(_beside(target, ".lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        tell("another run is getting these files: waiting until it ends")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _disk_errors(target: Path) -> Iterator[None]:
    """Turn what the disk refuses into an error that says so; what is verified by then stays."""
    try:
        yield
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        raise RefusedError(
            "the disk is full" if full else f"cannot be read or written ({error.strerror or error})",
            where=error.filename or target,
            got=error,
            expected="a folder that takes the files",
            remedy="make room or give access there and run the same command again: it goes on where it stopped; "
            "or set STANDOFF_DATA to another folder",
        ) from error
