"""Sealing a split: its labels go to a private file, its items and a commitment to a public folder."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from standoff.errors import InputError, RefusedError
from standoff.files import (
    new_folder,
    pretty_json,
    refuse_existing,
    sha256_bytes,
    sha256_text,
    to_jsonl,
    write_bytes,
    write_text,
)
from standoff.tasks.frame import COLUMNS
from standoff.tasks.sealed.commitment import NAME, Commitment, Facts, SealedFacts, committed, ids_digest
from standoff.tasks.sealed.gold import PRIVATE, SALT_BYTES, first_line
from standoff.tasks.sealed.public import plain_rows, public_files, refuse_unreadable
from standoff.tasks.sealed.telling import refuse_telling
from standoff.tasks.task import FOLDS
from standoff.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from standoff.tasks.task import LoadedTask


def seal(loaded: LoadedTask, split: str, public: Path, private: Path) -> Commitment:
    """Move the labels of a split into a private file, and publish its items with a commitment to the labels.

    The public folder gets ``<split>.items.jsonl`` (what a model may see of each item, sorted by id),
    ``<name>.jsonl`` for every other split, with labels, ``task.toml``, a task to train on these, and
    ``commitment.json``. The private file gets the labels, and the slice columns of the split. It is written first:
    whenever this ends, there is no public folder without its private file.

    What the commitment proves, and what not, is said at :class:`standoff.tasks.sealed.commitment.Commitment`. Ids
    and groups are published as they are, and say of the labels what they said before: row numbers do, where rows
    are sorted by label. Those that name the labels are refused. Labels that are public already are not hidden.

    Args:
        loaded: The task.
        split: The split to seal, or one fold of a cross-validated task.
        public: The folder; it must not exist.
        private: The file; it must not exist, nor lie in the folder.

    Returns:
        The commitment, as it stands in the public folder.

    Raises:
        RefusedError: A file or folder exists, the private file would lie in the public folder, no fold is named,
            ids or groups name the labels, or the labelled items make no task.
        NotFoundError: No such split.
        InputError: A path that cannot be written to.
    """
    _refuse_paths(public, private)
    _refuse_all_folds(loaded, split)
    items = loaded.split(split).sort_values("id")
    refuse_telling(items, loaded.task.labels, f"task {loaded.address}")
    files = public_files(loaded, split)
    facts = _facts(loaded, split, files)
    sealed = SealedFacts(**dict(facts), data_sha256=loaded.digest)
    columns = ["id", "group", "label", *(str(name) for name in items if name not in COLUMNS)]
    content = to_jsonl([sealed.to_json(), *plain_rows(items, columns)]).encode()
    salt = secrets.token_bytes(SALT_BYTES)
    commitment = Commitment(**dict(facts), salt_sha256=sha256_bytes(salt), commitment=committed(salt, content))
    files[NAME] = pretty_json(commitment.to_json())
    with new_folder(public) as folder:
        for name, text in files.items():
            write_text(folder / name, text)
        refuse_unreadable(folder, loaded, split)
        # The last thing before the folder gets its name.
        _write_private(private, first_line(PRIVATE, salt, commitment.commitment) + content)
    return commitment


def _facts(loaded: LoadedTask, split: str, files: Mapping[str, str]) -> Facts:
    task, items = loaded.task, loaded.split(split)
    return Facts(
        standoff=__version__,
        task=loaded.address,
        task_version=task.version,
        split=loaded.split_label(split),
        labels=task.labels,
        label_kind=task.label_kind,
        metric=task.metric,
        paper_metric=task.paper_metric,
        board_map=None if task.board_map is None else dict(task.board_map),
        items=len(items),
        groups=items["group"].nunique(),
        ids_sha256=ids_digest(items["id"]),
        files={name: sha256_text(text) for name, text in files.items()},
    )


def _refuse_paths(public: Path, private: Path) -> None:
    refuse_existing(public, remedy="name another public folder: what was published stays as it is")
    folder, file = public.resolve(), private.resolve()
    if folder in (file, *file.parents) or file in folder.parents:
        raise RefusedError(
            "the private file would lie in the public folder, or the other way round",
            where=private,
            got=str(file),
            expected=f"a file outside {folder}",
            remedy="name a place for the private file that is not published",
        )


def _refuse_all_folds(loaded: LoadedTask, split: str) -> None:
    if loaded.folds and split not in loaded.folds:
        raise RefusedError(
            "a cross-validated task has no split that is kept for the end: with all its labels sealed, nobody "
            "could train on it",
            where=f"task {loaded.address}",
            got=split if split != FOLDS else f"all {FOLDS}",
            expected=f"one of {', '.join(loaded.folds)}",
            remedy=f"seal one fold, as in --split {loaded.folds[-1]}; or give the task a test split",
        )


def _write_private(path: Path, data: bytes) -> None:
    """Write a file for its owner alone, whole or not at all, and never in the place of another.

    Raises:
        RefusedError: The file exists.
        InputError: It cannot be written there.
    """
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        write_bytes(temporary, data, mode=0o600)
        try:
            os.link(temporary, path)  # unlike a rename, it refuses a name that was taken a moment ago
        finally:
            temporary.unlink()
    except FileExistsError:
        raise RefusedError(
            "exists already",
            where=path,
            remedy="name another private file: the salt in one that is there cannot be made again",
        ) from None
    except OSError as error:
        raise InputError(
            f"this file cannot be written ({error.strerror})",
            where=path,
            expected="a folder that you may write to, on a file system with hard links",
            remedy="name another private file",
        ) from None
    with suppress(OSError):  # Windows cannot open a folder
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # before the public folder can have its name on the disk
        finally:
            os.close(folder)
