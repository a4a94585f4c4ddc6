"""What each coder labelled, before the labels became one: the frame of it, its check, and how far coders agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standoff.errors import InputError, Problem, listed, shorten

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    import pandas as pd

CODER_COLUMNS = ("id", "coder", "label")
"""The item, who labelled it, and the label, one of the task's inventory; no row where a coder gave none."""


def check_coder_labels(frame: pd.DataFrame, labels: Collection[str], where: str | Path) -> None:
    """Refuse a frame of coders' labels that a task may not deliver.

    Args:
        frame: One row per item and coder.
        labels: The task's label inventory.
        where: What to name in the message: a task or a file.

    Raises:
        InputError: The columns are not :data:`CODER_COLUMNS`, a cell is not a text, a label is outside the
            inventory, or a coder has two labels for one item; the first twenty problems are listed.
    """
    if tuple(frame.columns) != CODER_COLUMNS:
        raise InputError(
            "the labels of coders have other columns than they should",
            where=where,
            got=list(frame.columns),
            expected=", ".join(CODER_COLUMNS),
        )
    problems = []
    seen = set()
    for number, (item, coder, label) in enumerate(frame.itertuples(index=False, name=None)):
        row = f"row {number} (id {shorten(item, 80)}, coder {shorten(coder, 80)})"
        if not all(isinstance(name, str) and name.strip() for name in (item, coder)):
            problems.append(Problem(row, "id and coder are not both texts with characters in them"))
        elif (item, coder) in seen:
            problems.append(Problem(row, "the coder has labelled the item in an earlier row"))
        else:
            seen.add((item, coder))
        if not (isinstance(label, str) and label in labels):
            problems.append(Problem(row, f"label is {shorten(label)}, not one of {', '.join(labels)}"))
    if problems:
        raise InputError(
            f"{len(problems)} problem(s) in {len(frame)} labels of coders:\n{listed(problems)}",
            where=where,
            expected="one label of the inventory for each item and coder",
        )


def labels_by_item(frame: pd.DataFrame) -> dict[str, list[str]]:
    """Return item id -> the labels that its coders gave, of a frame that :func:`check_coder_labels` lets pass."""
    found: dict[str, list[str]] = {}
    for item, _, label in frame.itertuples(index=False, name=None):
        found.setdefault(item, []).append(label)
    return found


def unanimity(given: Sequence[str]) -> str | None:
    """Return how far the coders of one item agree on its label.

    ``all`` gave one label, ``most`` of them (more than half) did, or they are ``split``; two coders are never
    ``most``. None with fewer than two labels: nobody is there to agree with.
    """
    if len(given) < 2:
        return None
    most = max(map(given.count, given))
    return "all" if most == len(given) else "most" if 2 * most > len(given) else "split"


def agreement_by_item(items: Iterable[str], frame: pd.DataFrame) -> list[str | None]:
    """Return for each item id its :func:`unanimity`, None where no coder's label is known."""
    given = labels_by_item(frame)
    return [unanimity(given.get(item, ())) for item in items]
