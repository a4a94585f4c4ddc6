"""Scores under stress as tables, for terminals and documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from standoff.experiments.board import NOTICE
from standoff.experiments.tables import Table, points

if TYPE_CHECKING:
    from collections.abc import Mapping

COLUMNS = (
    "stress",
    "items",
    "labels",
    "originals",
    "changed",
    "drop [95 %]",
    "predicted otherwise",
    "followed",
)


def stress_tables(document: Mapping[str, Any]) -> list[Table]:
    """Return a table for each system and task of a document of scores under stress.

    Args:
        document: What :func:`standoff.experiments.stress.stress_document` returns, fresh or read again.
    """
    return [_table(document, one) for one in document["results"]]


def _table(document: Mapping[str, Any], result: Mapping[str, Any]) -> Table:
    title = (
        f"{result['system']} under stress on {result['task']}, {result['split']}, "
        f"labels by {result['label_kind']}s"
    )
    scores = result["stresses"]
    about = (
        "Macro-F1 in points of 100. Drop: originals minus changed, so above zero is a loss. 95 % intervals: "
        f"bootstrap over groups, {document['resamples']:,} resamples, originals and changed items drawn together; "
        f"each is for its row alone. Sets under {document['min_items']} items are counted only."
    )
    notes = [about]
    if any(one["metric"] == "accuracy" for one in scores):
        notes.append("°: accuracy, as a label has no gold item among the originals or among the changed items.")
    if any(one["label_kind"] == "derived" for one in scores):
        notes.append(
            "Derived labels follow by rule from those of the task: nobody gave them. There, a drop alone says "
            "little: of two actors that trade places, whoever takes both for the same is right about as many as "
            "before. Followed: of the originals that are predicted right and whose label changes, those that are "
            "right when changed."
        )
    missing = {one["stress"]: one["n_missing"] for one in scores if one["n_missing"]}
    if missing:
        counts = ", ".join(f"{name} {count}" for name, count in missing.items())
        notes.append(f"Without a prediction, and so wrong: {counts}.")
    if narrow := [one["stress"] for one in scores if one["caution"]]:
        few = "as few groups, or few with one of the labels, are behind them"
        notes.append(f"Intervals may be too narrow, {few}: {', '.join(narrow)}.")
    if result["label_kind"] == "model":
        notes.append(NOTICE)
    rows = tuple(_row(one, document["min_items"]) for one in scores)
    return Table(title, COLUMNS, rows, tuple(notes))


def _row(one: Mapping[str, Any], least: int) -> tuple[str, ...]:
    before = one["originals"]
    few, mark = one["score"] is None, "°" if one["metric"] == "accuracy" else ""
    follows = before is not None and one["n_labels_changed"]
    return (
        one["stress"] + mark,
        str(one["n"]),
        one["label_kind"],
        "-" if before is None else f"{before['n_right']} right" if few else points(before["score"], short=True),
        f"{one['n_right']} right" if few else points(one["score"], short=True),
        points(None if before is None else before["drop"], signed=True),
        "-" if before is None else _share(before["n_moved"], one["n"], least),
        _share(before["n_followed"], before["n_to_follow"], least) if follows else "-",
    )


def _share(part: int, whole: int, least: int) -> str:
    """Return a number of so many, with the percentage unless there are too few for one."""
    return f"{part} of {whole}" + (f" ({part / whole:.0%})" if whole >= least else "")
