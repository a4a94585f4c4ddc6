"""Files against their published sha256: which are right, and the refusal that lists the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standoff.errors import IntegrityError, Problem, listed
from standoff.files import read_bytes, sha256_bytes, sha256_file
from standoff.tasks.getting.progress import counting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path


def right_ones(folder: Path, checksums: Mapping[str, str]) -> set[str]:
    """Return the declared paths below ``folder`` whose files are there, byte for byte."""
    there = [path for path in checksums if (folder / path).is_file()]
    found: set[str] = set()
    if not there:
        return found
    with counting("verifying", len(there)) as count:
        for path in there:
            if sha256_file(folder / path) == checksums[path]:
                found.add(path)
            count()
    return found


def from_folder(folder: Path, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of each file that is there."""
    for path in paths:
        if (folder / path).exists():
            yield path, read_bytes(folder / path)


def take(
    files: Iterable[tuple[str, bytes]], wanted: Mapping[str, str], *, label: str, store: Path | None = None
) -> list[Problem]:
    """Return which of the wanted files are missing or altered; write the good ones below ``store`` if given.

    Args:
        files: Path and bytes; the paths are among the wanted ones.
        wanted: Path -> sha256.
        label: What the progress bar calls it.
        store: The folder to write to.
    """
    unseen = dict(wanted)
    problems = []
    with counting(label, len(wanted)) as count:
        for path, data in files:
            unseen.pop(path, None)
            got = sha256_bytes(data)
            if got != wanted[path]:
                problems.append(altered(path, got, wanted[path]))
            elif store is not None:
                (store / path).parent.mkdir(parents=True, exist_ok=True)
                (store / path).write_bytes(data)
            count()
    problems.extend(Problem(path, f"missing: expected sha256 {expected}") for path, expected in unseen.items())
    return problems


def altered(path: str, got: str, expected: str) -> Problem:
    """Return the problem of a file whose sha256 is another one."""
    return Problem(path, f"altered: sha256 is {got}, expected {expected}")


def refuse(problems: list[Problem], checksums: Mapping[str, str], *, where: Path | str, remedy: str) -> None:
    """Refuse files that are not the published ones.

    Raises:
        IntegrityError: There are problems; the first twenty are listed.
    """
    if problems:
        raise IntegrityError(
            f"{len(problems)} of {len(checksums)} files are not the published ones:\n{listed(problems)}",
            where=where,
            expected="every file as at the pinned commit, byte for byte",
            remedy=remedy,
        )
