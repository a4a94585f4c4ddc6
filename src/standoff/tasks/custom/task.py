"""A task's TOML file becomes a :class:`Task`, which is scored as the built-in ones are."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from standoff.errors import InputError
from standoff.tasks.custom.schema import TaskFile
from standoff.tasks.frame import COLUMNS
from standoff.tasks.split_sets import apply, as_published, changes, frozen, without_leaks
from standoff.tasks.task import Task

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    import pandas as pd

    from standoff.tasks.custom.items import Reading
    from standoff.tasks.custom.schema import Files

    SplitSet = Callable[[pd.DataFrame], pd.DataFrame]
    SplitSets = dict[str, SplitSet]


def read_task(path: Path, *, reserved: Collection[str] = ()) -> Task:
    """Return the task that a TOML file declares; its data is read when the task is loaded.

    Args:
        path: The TOML file; the paths in it are relative to its folder.
        reserved: Names that a custom task may not take: those of the built-in ones.

    Raises:
        NotFoundError: No such file.
        InputError: The file does not describe a task.
    """
    spec = TaskFile.read(path)
    if spec.name in reserved:
        raise InputError(
            f"name {spec.name!r} is that of a built-in task", where=path, remedy="choose another name"
        )
    try:
        return _task(spec, path)
    except InputError as error:
        raise InputError(error.what, where=path, remedy="correct the file") from None


def to_frame(reading: Reading) -> pd.DataFrame:
    """Return the items as the frame that every task delivers."""
    import pandas as pd  # noqa: PLC0415 - declaring a task needs none of it

    slices = [name for name in reading.items[0] if name not in COLUMNS]
    return pd.DataFrame(reading.items, columns=[*COLUMNS, *slices])


def _task(spec: TaskFile, path: Path) -> Task:
    def read(_: Path, __: str) -> pd.DataFrame:
        from standoff.tasks.custom.items import read_items  # noqa: PLC0415 - as above

        return to_frame(read_items(spec, path))

    board = spec.labels.board
    has_actor = spec.columns.actor is not None or spec.tags.actor is not None
    has_target = spec.columns.target is not None or spec.tags.target is not None
    return Task(
        name=spec.name,
        version=spec.version,
        title=spec.title or spec.name,
        description=spec.description,
        language=spec.language,
        label_kind=spec.label_kind,
        annotators=spec.annotators,
        agreement=spec.agreement,
        licence=spec.licence,
        terms=spec.terms,
        citation=spec.citation,
        homepage=spec.homepage,
        labels=spec.labels.order,
        metric="macro_f1",
        paper_metric=None,
        paper_scores="not stated",
        board_map=None if board is None else dict(sorted(board.items(), key=lambda pair: _place(spec, pair[0]))),
        board_map_reason=spec.labels.board_reason if board is None else None,
        holder=spec.holder if spec.holder is not None else "the actor" * has_actor,
        target_kind=spec.target_kind if spec.target_kind is not None else "the target" * has_target,
        variants={"default": "as the task's file declares it"},
        default_moves=False,
        made_with_label={},
        split_sets=_split_sets(spec, path),
        source=None,
        read=read,
        coder_labels=None,  # a task file declares one label per item
    )


def _place(spec: TaskFile, label: str) -> int:
    return spec.labels.order.index(label) if label in spec.labels.order else len(spec.labels.order)


def _split_sets(spec: TaskFile, path: Path) -> SplitSets:
    """Return the audited splits first, as every task has them, and the declared ones where there are any."""
    splits = spec.splits
    audited: SplitSet = without_leaks
    if splits.folds is not None:
        # Folds that leak cannot be mended by leaving items out: where a column has them, the audited are others.
        audited = partial(_folded, count=splits.folds.count, seed=splits.folds.seed)
    audited = _named(audited, path)
    if splits.list_ is not None:
        audited = _named(frozen(path.parent / splits.list_), path.parent / splits.list_)
    in_column = splits.column or (splits.folds and splits.folds.column)
    if in_column or (splits.folds is None and any(_has_split(entry, path.parent) for entry in spec.files)):
        return {"audited": audited, "official": as_published}
    return {"audited": audited}


def _named(split: SplitSet, path: Path) -> SplitSet:
    """Return a way to split whose errors name the file that declares it."""

    def named(frame: pd.DataFrame) -> pd.DataFrame:
        try:
            return split(frame)
        except InputError as error:
            raise InputError(error.what, where=path, expected=error.expected, remedy=error.remedy) from None

    return named


def _folded(frame: pd.DataFrame, *, count: int | None, seed: int) -> pd.DataFrame:
    """Return the frame with new folds, by default as many as it has; they cut neither groups nor duplicates."""
    bare = frame.assign(split="")
    return apply(bare, changes(bare, folds=count or frame["split"].nunique(), seed=seed))


def _has_split(entry: Files, folder: Path) -> bool:
    """Return whether rows come with a split: the file is declared to be one, or is a folder of named parts."""
    path = folder / entry.path
    return entry.split is not None or (path.is_dir() and not (path / "state.json").is_file())
