"""Passwords and tokens of the accounts: ``secrets.json`` in the server's data folder, for its owner only."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from standoff.errors import InputError
from standoff.files import pretty_json, write_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "secrets.json"


def read_secrets(folder: Path) -> dict[str, Any]:
    """Return what is kept for the server of ``folder``: ``{"seats": {coder: {...}}}``; empty when nothing is.

    Raises:
        InputError: The file is not a JSON object; its content is not shown.
    """
    path = folder / NAME
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise InputError(
            "is not a JSON object",
            where=path,
            remedy="put back a copy of it; without it the accounts stay, and their passwords are lost",
        )
    return found


@contextmanager
def update_secrets(folder: Path) -> Iterator[dict[str, Any]]:
    """Give what is kept to be changed; it is written, whole, when the block ends without an error.

    Others who want to change it wait.
    """
    with FileLock(folder / f"{NAME}.lock", mode=0o600):
        kept = read_secrets(folder)
        yield kept
        write_private(folder / NAME, pretty_json(kept))


def write_private(path: Path, text: str) -> None:
    """Write ``text`` so that a kill leaves the old file or the new one, and nobody else can read either."""
    write_text(path, text, mode=0o600)
