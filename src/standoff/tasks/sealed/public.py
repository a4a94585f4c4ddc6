"""The public folder of a round: items without labels, labelled items, and a task to train on these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from standoff.errors import RefusedError, StandoffError
from standoff.files import canonical_json, to_jsonl
from standoff.spans import SPANS
from standoff.tasks.frame import COLUMNS, SHOWN
from standoff.tasks.registry import load_task, read_published

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from standoff.tasks.task import LoadedTask

TASK_FILE = "task.toml"

LABELLED = (*SHOWN, "label")

SAME = (
    "language",
    "label_kind",
    "version",
    "description",
    "annotators",
    "agreement",
    "licence",
    "terms",
    "citation",
    "homepage",
    "holder",
    "target_kind",
)
"""What the public task declares as the task does."""


def public_files(loaded: LoadedTask, split: str) -> dict[str, str]:
    """Return name -> text of the files of the public folder, all but the commitment.

    Of the sealed split it has what a model may see, sorted by id; no slice column, as one may have been made with
    the label. The other splits have their labels, and the slice columns that are not declared to be made with
    them.
    """
    frame = loaded.frame
    sealed = frame[frame["split"] == split].sort_values("id")
    found = {f"{split}.items.jsonl": to_jsonl(plain_rows(sealed, SHOWN))}
    names = [*LABELLED, *_slices(loaded)]
    others = [name for name in dict.fromkeys(frame["split"]) if name != split]
    for name in others:
        found[f"{name}.jsonl"] = to_jsonl(plain_rows(frame[frame["split"] == name], names))
    if others:
        found[TASK_FILE] = _task_text(loaded, split, others)
    return found


def refuse_unreadable(folder: Path, loaded: LoadedTask, split: str) -> None:
    """Refuse a public folder whose task does not give the labelled items back, or could not be trained on.

    Raises:
        RefusedError: It does not, or could not.
    """
    address = folder / TASK_FILE
    if not address.is_file():
        return
    others = loaded.frame[loaded.frame["split"] != split]
    try:
        # Sorted, as the files are in the order of splits.
        given = read_published(str(address)).sort_values("id")
        load_task(str(address))
    except StandoffError as error:
        raise RefusedError(
            f"the labelled items would make no task: {error.what}",
            where=f"task {loaded.address}",
            expected=error.expected,
            remedy="add labelled items to the task, or seal another split",
        ) from None
    if plain_rows(given, LABELLED) != plain_rows(others.sort_values("id"), LABELLED):
        raise RefusedError(
            f"the labelled items do not come back whole from {TASK_FILE}",
            where=f"task {loaded.address}",
            remedy="report it: this is a mistake of the program; nothing was written",
        )


def plain_rows(frame: pd.DataFrame, names: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rows of a task's frame as JSON-ready values: spans as lists, every null as None."""
    columns = [frame[name] for name in names]
    return [
        {name: _plain(name, value) for name, value in zip(names, values, strict=True)}
        for values in zip(*columns, strict=True)
    ]


def _plain(name: str, value: Any) -> Any:
    if name in SPANS:
        return [[int(start), int(end)] for start, end in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if pd.isna(value) else value


def _slices(loaded: LoadedTask) -> list[str]:
    return [str(name) for name in loaded.frame if name not in COLUMNS and name not in loaded.task.made_with_label]


def _task_text(loaded: LoadedTask, split: str, others: Sequence[str]) -> str:
    """Return the task file: what the task declares, on the files that have labels.

    With the split ``test`` sealed there is nothing to test on, and a task cannot be without. So the labelled items
    are cross-validated then, whatever split they were in, and a model that is kept is fitted on all of them.
    """
    task, label = loaded.task, loaded.split_label(split)
    about = {
        "name": f"{task.name}-sealed",
        "title": f"{task.title}, without the labels of {label}",
        **{name: getattr(task, name) for name in SAME},
    }
    labels = {"order": task.labels, "board": task.board_map, "board_reason": task.board_map_reason}
    files = [{"path": f"{name}.jsonl", "split": name if "test" in others else None} for name in others]
    columns = {name: {"list": name} if name in SPANS else name for name in LABELLED}
    return "\n".join(
        [
            _table(f"# What is labelled of {loaded.address}: all but {label}. Made by `standoff seal`.", about),
            _table("[labels]", labels),
            *(_table("[[files]]", one) for one in files),
            _table("[columns]", {**columns, "slices": _slices(loaded)}),
        ]
    )


def _table(heading: str, values: Mapping[str, object]) -> str:
    """Return a table of a TOML file; keys without a value are left out."""
    lines = [f"{name} = {_toml(value)}" for name, value in values.items() if value is not None]
    return "\n".join([heading, *lines, ""])


def _toml(value: object) -> str:
    """Return a text, number, list or table as TOML, whose texts are written as in JSON but for one character."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_toml(key)} = {_toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return canonical_json(value).replace("\x7f", "\\u007f")
