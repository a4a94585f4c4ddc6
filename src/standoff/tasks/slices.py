"""Slices: the items of a split that a column picks out, asked for as ``column`` or ``column=value``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from standoff.errors import InputError, NotFoundError, unknown_name
from standoff.tasks.frame import COLUMNS

if TYPE_CHECKING:
    from standoff.tasks.task import LoadedTask


def pick(rows: pd.DataFrame, wanted: str) -> pd.DataFrame:
    """Return the rows of a slice, in order, with a fresh index.

    Args:
        rows: Items, as :meth:`standoff.tasks.task.LoadedTask.split` gives them.
        wanted: A slice column of booleans, such as ``intervention``, or ``column=value``, such as ``topic=iran``.
            Values are compared as text; true and false are written ``true`` and ``false``, no value ``null``.

    Raises:
        NotFoundError: No such column, or no row has the value; the message lists what there is.
        InputError: The column does not hold booleans and no value is given.
    """
    column, equals, value = wanted.partition("=")
    known = [name for name in rows.columns if name not in COLUMNS]
    if column not in known:
        raise unknown_name("slice column", column, known)
    spelt = rows[column].map(spelt_out, na_action=None)
    if not equals:
        if not set(spelt) <= {"true", "false", "null"}:
            raise InputError(
                f"slice column {column!r} holds more than true and false",
                expected=f"a value: {column}={spelt.iloc[0]}",
            )
        value = "true"
    found = rows[spelt == value].reset_index(drop=True)
    if found.empty:
        values = spelt.value_counts()
        shown = ", ".join(f"{name} ({count})" for name, count in values.head(20).items())
        raise NotFoundError(f"no item has {column}={value}", expected=f"one of {len(values)} values: {shown}")
    return found


def spelt_out(value: object) -> str:
    """Return a value of a slice column as it is written in ``--slice COLUMN=VALUE``."""
    if isinstance(value, str):
        return value
    if value is None or value != value:  # noqa: PLR0124 - NaN is what does not equal itself
        return "null"
    text = str(value)
    return text.lower() if text in {"True", "False"} else text


def seen_in_training(loaded: LoadedTask, side: Literal["actor", "target"]) -> pd.Series[Any]:
    """Return for each scored item whether an item that is trained on in its round has the same actor or target.

    Args:
        loaded: The task.
        side: Which of the two.

    Returns:
        Booleans by item id; an item without actor or target is not among them.
    """
    rounds = [(set(train[side]), items[items[side].str.strip() != ""]) for train, items in loaded.rounds()]
    return pd.concat([items.set_index("id")[side].isin(known) for known, items in rounds])
