"""All tasks in one frame: who holds what stance toward what, as labelled and as the board calls it."""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING

import pandas as pd

from standoff.errors import InputError
from standoff.files import refuse_existing, write_bytes
from standoff.spans import SPANS
from standoff.tasks.intervention_slice import SLICE as INTERVENTION
from standoff.tasks.intervention_slice import has_slice
from standoff.tasks.registry import load_task, refuse_missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from standoff.tasks.task import LoadedTask

COLUMNS = (
    "task",
    "language",
    "label_kind",
    "split",
    "id",
    "group",
    "text",
    "actor",
    "target",
    "actor_spans",
    "target_spans",
    "label",
    "board_label",
    INTERVENTION,
)


def task_frame(addresses: Iterable[str], *, scored: bool = False, data_dir: Path | None = None) -> pd.DataFrame:
    """Return the items of several tasks in one frame, in the order of the tasks.

    Args:
        addresses: ``name``, ``name:variant`` or the path of a task file, each once.
        scored: Only what is scored: the split ``test``, or all folds.
        data_dir: As in :func:`standoff.tasks.registry.load_task`.

    Returns:
        One row per item and the columns of :data:`COLUMNS`: ``split`` with its split set (``audited-test``);
        spans as lists of ``[start, end]``;
        ``label`` as the task has it; ``board_label`` support, oppose, none, or null where the task's labels are no
        stance; ``intervention`` True or False, or null where nobody has read the items for it.

    Raises:
        NotFoundError: A task does not exist, or its files are not here.
    """
    wanted = list(addresses)
    for address in wanted:
        refuse_missing(address, data_dir=data_dir)
    loaded = (load_task(address, data_dir=data_dir) for address in wanted)
    return pd.concat([_items(one, scored=scored) for one in loaded], ignore_index=True)


def _items(loaded: LoadedTask, *, scored: bool) -> pd.DataFrame:
    task, frame = loaded.task, loaded.split(loaded.scored) if scored else loaded.frame
    board = dict(task.board_map or {})
    return pd.DataFrame(
        {
            **{name: frame[name] for name in ("id", "group", "text", "actor", "target", "label")},
            **{name: [[list(span) for span in spans] for spans in frame[name]] for name in SPANS},
            "task": loaded.address,
            "language": task.language,
            "label_kind": task.label_kind,
            "split": loaded.split_set + "-" + frame["split"],
            "board_label": frame["label"].map(board).astype("string"),
            INTERVENTION: pd.Series(
                frame[INTERVENTION] if has_slice(frame) else None, index=frame.index, dtype="boolean"
            ),
        }
    )[list(COLUMNS)]


WRITERS: Mapping[str, Callable[[pd.DataFrame, BytesIO], object]] = {
    ".parquet": lambda frame, file: frame.to_parquet(file, index=False),
    ".csv": lambda frame, file: _flat(frame).to_csv(file, index=False, lineterminator="\n"),
    ".jsonl": lambda frame, file: frame.to_json(file, orient="records", lines=True, force_ascii=False),
}
"""How a frame is written, by the ending of the file's name."""


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with any spans as JSON, since a cell of a CSV file holds no list."""
    return frame.assign(**{name: frame[name].map(json.dumps) for name in SPANS if name in frame})


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame of :func:`task_frame`, atomically.

    Raises:
        InputError: The name does not end as one of :data:`WRITERS` does.
        RefusedError: The file exists.
    """
    if path.suffix not in WRITERS:
        raise InputError("has no known ending", where=path, expected=" or ".join(WRITERS))
    refuse_existing(path)
    buffer = BytesIO()
    WRITERS[path.suffix](frame, buffer)
    write_bytes(path, buffer.getvalue())


def task_summary(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per task of a frame of :func:`task_frame`.

    Returns:
        Columns task, language, label_kind, items, train, validation, test, folds (numbers of items, 0 where there
        are none), groups, actors, targets (numbers of different ones, no name not counted), labels (each with its
        number of items, and the board's name for it), intervention (number of items in the
        slice, null where nobody read for it).
    """
    return pd.DataFrame([_row(str(task), items) for task, items in frame.groupby("task", sort=False)])


def _row(task: str, items: pd.DataFrame) -> dict[str, object]:
    splits = items["split"].str.partition("-")[2]
    named = {column: items[column][items[column] != ""].nunique() for column in ("actor", "target")}
    return {
        "task": task,
        "language": items["language"].iloc[0],
        "label_kind": items["label_kind"].iloc[0],
        "items": len(items),
        **{name: int((splits == name).sum()) for name in ("train", "validation", "test")},
        "folds": splits[splits.str.startswith("fold-")].nunique(),
        "groups": items["group"].nunique(),
        "actors": named["actor"],
        "targets": named["target"],
        "labels": ", ".join(_label(str(label), rows) for label, rows in items.groupby("label", sort=True)),
        INTERVENTION: None if items[INTERVENTION].isna().all() else int(items[INTERVENTION].sum()),
    }


def _label(label: str, rows: pd.DataFrame) -> str:
    mapped = rows["board_label"].iloc[0]
    return f"{label} {len(rows)}" + ("" if pd.isna(mapped) or mapped == label else f" = {mapped}")
