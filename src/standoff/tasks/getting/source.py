"""Where a public dataset comes from: an address at a pinned commit, and the sha256 of every file that is read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from standoff.errors import InputError
from standoff.files import read_text, sha256_text

CHECKSUMS = Path(__file__).parents[1] / "sets" / "checksums"
_LINE = re.compile(r"(?P<sha256>[0-9a-f]{64})  (?P<path>\S.*)")


@dataclass(frozen=True, kw_only=True)
class Source:
    """Files that are not this project's to ship, in one archive or each at its own address.

    Args:
        url: Address of the ``.tar.gz`` archive, or of the folder that the files are in, with the final slash.
            An archive has no known hash (its compression may change upstream); the files in it have.
        commit: The pinned commit, 40 hexadecimal digits.
        files: The checksum list, in the format of ``sha256sum``: one ``<sha256>  <path>`` a line.
        archive_prefix: What stands before each path inside the archive, with the final slash; None when there is
            no archive and the files are fetched one by one, each at :meth:`address`.
    """

    url: str
    commit: str
    files: Path
    archive_prefix: str | None

    def address(self, path: str) -> str:
        """Return where the file ``path`` of a source without an archive is."""
        return self.url + quote(path)

    def checksums(self) -> dict[str, str]:
        """Return path -> sha256 of each file the task reads, in the order of the list.

        Raises:
            InputError: A line is not ``<sha256>  <path>``, leads out of the folder, or names a path again.
        """
        found: dict[str, str] = {}
        for number, line in enumerate(read_text(self.files).splitlines(), start=1):
            match = _LINE.fullmatch(line)
            if match is None or not _stays_inside(match["path"]) or match["path"] in found:
                raise InputError(
                    "is not a usable checksum line",
                    where=f"{self.files}:{number}",
                    got=line,
                    expected="64 hexadecimal digits, two spaces, a relative path that is named once",
                )
            found[match["path"]] = match["sha256"]
        if not found:
            raise InputError("lists no file", where=self.files, expected="at least one checksum line")
        return found

    def digest(self) -> str:
        """Return the sha256 that stands for all files together; the order of the list does not change it."""
        return sha256_text("".join(f"{sha256}  {path}\n" for path, sha256 in sorted(self.checksums().items())))


def github(repository: str, commit: str, *, files: str, one_by_one: bool = False) -> Source:
    """Return the source of a GitHub repository at a commit.

    Args:
        repository: ``owner/name``.
        commit: The full commit id; GitHub puts every file of the archive under ``<name>-<commit>/``.
        files: Name of the checksum list in the folder ``checksums/``.
        one_by_one: Fetch each file at its own address, as suits a few files of a large repository. By default
            the repository's archive is fetched, as suits hundreds of files.
    """
    name = repository.partition("/")[2]
    raw = f"https://raw.githubusercontent.com/{repository}/{commit}/"
    return Source(
        url=raw if one_by_one else f"https://github.com/{repository}/archive/{commit}.tar.gz",
        commit=commit,
        files=CHECKSUMS / files,
        archive_prefix=None if one_by_one else f"{name}-{commit}/",
    )


def _stays_inside(path: str) -> bool:
    pure = PurePosixPath(path)
    plain = str(pure) == path and pure.name != "" and not pure.is_absolute() and ".." not in pure.parts
    # On Windows a backslash separates too, and a colon names a drive.
    return plain and "\\" not in path and ":" not in path
