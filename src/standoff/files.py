"""Reading and writing: strict UTF-8 text, canonical JSONL, hashes, and writes that are whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from standoff.errors import InputError, NotFoundError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

READ_BLOCK = 1 << 20


def sha256_bytes(data: bytes) -> str:
    """Return the sha256 of ``data`` as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def sha256_text(text: str) -> str:
    """Return the sha256 of the UTF-8 bytes of ``text``."""
    return sha256_bytes(text.encode("utf-8"))


def sha256_file(path: Path) -> str:
    """Return the sha256 of a file's bytes, read in blocks."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while block := handle.read(READ_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes.

    Raises:
        NotFoundError: The file does not exist or is a folder.
        InputError: The operating system refuses to read it.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise NotFoundError("no such file", where=path, remedy="check the path") from None
    except IsADirectoryError:
        raise NotFoundError("this is a folder, not a file", where=path, remedy="name a file in it") from None
    except OSError as error:
        raise InputError(
            f"cannot be read ({error.strerror})", where=path, remedy="check the path, and that you may read it"
        ) from None


def read_text(path: Path) -> str:
    """Return a file's text, which must be UTF-8 without a byte-order mark and without NUL characters.

    Line ends are returned as they stand in the file.

    Raises:
        InputError: Not UTF-8, a byte-order mark, or a NUL; the message names line and byte.
        NotFoundError: As :func:`read_bytes`.
    """
    data = read_bytes(path)
    if data.startswith(b"\xef\xbb\xbf"):
        raise InputError(
            "starts with a byte-order mark",
            where=f"{path}:1",
            expected="UTF-8 without a byte-order mark",
            remedy="save the file again as plain UTF-8",
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"is not UTF-8 at byte {error.start}",
            where=f"{path}:{line}",
            got=data[error.start : error.start + 8],
            expected="UTF-8",
            remedy="save the file again as UTF-8 (it may be Latin-1 or Windows-1252)",
        ) from None
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise InputError(
            "contains a NUL character",
            where=f"{path}:{line}",
            expected="text without NUL characters",
            remedy="remove the character; the file may be binary or UTF-16",
        )
    return text


def canonical_json(value: object) -> str:
    """Return ``value`` as one line of JSON: keys as given, no spaces, Unicode kept, no NaN.

    The records fix the order of their keys, so that one record has one spelling.

    Raises:
        ValueError: A number is NaN or infinite.
    """
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def pretty_json(value: object) -> str:
    """Return ``value`` as indented JSON with a final newline, for files that people read."""
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def read_json(path: Path) -> Any:
    """Return the content of a JSON file.

    Raises:
        InputError: Not JSON; the message names line and column.
    """
    try:
        return json.loads(read_text(path), parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise InputError(
            f"is not JSON: {error.msg}", where=f"{path}:{error.lineno}", expected="a JSON document"
        ) from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"is not JSON: {error}", where=path, expected="a JSON document") from None


def read_jsonl(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield ``(line number, object)`` for each line of a JSONL file; empty lines are skipped.

    Raises:
        InputError: A line is not a JSON object, or gives a key twice.
    """
    # str.splitlines would also cut at U+2028 and form feeds, which JSON strings may hold.
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        yield number, parse_json_object(line, where=f"{path}:{number}")


def parse_json_object(line: str, *, where: str) -> dict[str, Any]:
    """Return the one JSON object in ``line``.

    Raises:
        InputError: Not JSON, not an object, a key given twice, NaN or infinity, or nested too deeply.
    """
    try:
        value = json.loads(line, object_pairs_hook=_unique_keys, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise InputError(
            f"is not JSON: {error.msg} at column {error.colno}",
            where=where,
            got=line,
            expected="one JSON object per line",
        ) from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"is not usable JSON: {error}", where=where, got=line) from None
    if not isinstance(value, dict):
        raise InputError("is not a JSON object", where=where, got=value, expected="one JSON object per line")
    return value


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"key {key!r} is given twice")
        found[key] = value
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number that JSON knows")


def to_jsonl(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return ``rows`` as canonical JSONL text, one object a line, with a final newline when not empty."""
    return "".join(canonical_json(row) + "\n" for row in rows)


def write_jsonl(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write ``rows`` as canonical JSONL, atomically."""
    write_text(path, to_jsonl(rows))


def write_text(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Write ``text`` as UTF-8, atomically: see :func:`write_bytes`."""
    write_bytes(path, text.encode("utf-8"), mode=mode)


def write_bytes(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write ``data`` so that a kill at any point leaves the old file or the new one, never half.

    The bytes go to a temporary file in the same folder, are flushed to the disk, and take the name in one
    step (POSIX ``rename``); then the folder entry itself is flushed.

    Raises:
        InputError: Its folder cannot be made; see :func:`make_folder`.
    """
    make_folder(path.parent)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        temporary.chmod(mode)  # it was made for its owner alone
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, where they are not there.

    Raises:
        InputError: One of them is a file, or may not be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"this folder cannot be made ({error.strerror})",
            where=folder,
            expected="a path on which nothing is a file, in a folder that you may write to",
            remedy="name another folder",
        ) from None


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Give a temporary folder beside ``target`` that takes its name when the block ends without an error.

    Raises:
        RefusedError: ``target`` exists already; nothing is overwritten.
        InputError: The folder above it cannot be made.
    """
    refuse_existing(target)
    make_folder(target.parent)
    temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent))
    try:
        yield temporary
        sync_files(temporary)
        temporary.chmod(0o755)
        refuse_existing(target)
        temporary.rename(target)
    finally:
        if temporary.exists():
            shutil.rmtree(temporary)
    _sync_folder(target.parent)


def sync_files(folder: Path) -> None:
    """Flush every file anywhere in ``folder`` to the disk."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as handle:
                os.fsync(handle.fileno())


def refuse_existing(target: Path, *, remedy: str = "choose another name, or remove it yourself") -> None:
    """Raise :class:`RefusedError` when ``target`` exists; ``remedy`` says what to do then."""
    if target.exists():
        raise RefusedError("exists already", where=target, remedy=remedy)


def _sync_folder(folder: Path) -> None:
    # Windows cannot open a folder; there the rename alone has to do.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
