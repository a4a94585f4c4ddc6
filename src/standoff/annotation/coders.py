"""The list of coders, ``annotations/coders.yaml``: read, and added to without touching what people wrote there."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from filelock import FileLock

from standoff.annotation.store import require_readable
from standoff.corpus.reader import read_sources
from standoff.errors import InputError, RefusedError
from standoff.files import read_text, sha256_text, write_text
from standoff.records import Coder

if TYPE_CHECKING:
    from standoff.corpus.sources import Sources

NAME = "coders.yaml"


def list_coders(sources: Sources) -> dict[str, Coder]:
    """Return the coders by id, in the order of the list.

    Raises:
        RefusedError: The list has entries that cannot be read.
    """
    require_readable(sources, NAME)
    return {entry.record.coder_id: entry.record for entry in sources.coders}


def register(sources: Sources, coder_id: str, *, kind: str | None = None, description: str | None = None) -> bool:
    """Add a coder at the end of the list unless it is there, and return whether it was added.

    Args:
        sources: The checkout.
        coder_id: The coder.
        kind: ``human`` or ``model``; required for a new coder. Nothing here guesses who is a person.
        description: Who that is, or for a model what it was shown; required for a new coder.

    Raises:
        InputError: Kind or description is missing or does not fit; or the file is not written as a list of blocks.
        RefusedError: The coder is there with another kind or description; or the list cannot be read.
    """
    path = sources.root / "annotations" / NAME
    lock = Path(tempfile.gettempdir()) / f"standoff-{sha256_text(str(path.resolve()))[:16]}.lock"
    with FileLock(lock):  # beside the list it would be one file more to commit
        return _register(read_sources(sources.root), path, coder_id, kind, description)


def _register(sources: Sources, path: Path, coder_id: str, kind: str | None, description: str | None) -> bool:
    known = list_coders(sources).get(coder_id)
    if known is not None:
        for field, was, asked in (
            ("kind", known.kind, kind),
            ("description", known.description, description),
        ):
            if asked is not None and asked != was:
                raise RefusedError(
                    f"{coder_id} is listed with another {field}",
                    where=path,
                    got=asked,
                    expected=repr(str(was)),
                    remedy=f"leave out --{field}, or change the file by hand",
                )
        return False
    if kind is None or description is None:
        raise InputError(
            f"{coder_id} is a new coder",
            where=path,
            expected="--kind human or --kind model, and --description",
            remedy="say who that is; for a model also what it is shown and what not",
        )
    new = Coder.parse({"coder_id": coder_id, "kind": kind, "description": description}, where=coder_id)
    _append(path, new.to_json())
    return True


def _append(path: Path, data: dict[str, Any]) -> None:
    before = read_text(path) if path.is_file() else ""
    block = yaml.safe_dump([data], allow_unicode=True, sort_keys=False, width=1_000_000)
    text = before + block
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError:
        found = None
    if found != [*(yaml.safe_load(before) or []), data]:
        raise InputError("a coder cannot be added at its end", where=path, remedy=f"write there by hand:\n{block}")
    write_text(path, text)
