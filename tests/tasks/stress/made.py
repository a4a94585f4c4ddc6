"""Tasks of items made by hand, which a stress then changes."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pandas as pd

from standoff.tasks.frame import check_frame, frame_digest
from standoff.tasks.registry import get_task, load_task
from standoff.tasks.split_sets import as_published
from standoff.tasks.stress.registry import make_sets
from standoff.tasks.task import LoadedTask

BLANK = {"group": "g", "actor": "", "target": "", "actor_spans": [], "target_spans": [], "split": "test"}


@cache
def _corpus() -> LoadedTask:
    return load_task("intervention")


def make_loaded(*rows: dict[str, Any], task: str = "intervention", **changes: Any) -> LoadedTask:
    """Return a task of these items; what an item does not say is empty, and its id is its number."""
    corpus = _corpus()  # in what is not said here, the task is as the corpus is
    declared = replace(
        get_task(task),
        made_with_label={},
        split_sets={"official": as_published},
        variants={corpus.variant: "made"},
        default_moves=False,
        **changes,
    )
    frame = pd.DataFrame([{**BLANK, "id": str(number), **row} for number, row in enumerate(rows)])
    check_frame(frame, declared.labels, "made")
    return replace(corpus, task=declared, split_set="official", frame=frame, digest=frame_digest(frame))


def changed(loaded: LoadedTask, stress: str) -> list[dict[str, Any]]:
    """Return what a stress makes of the items of a task, a row each; none where it changes none."""
    found: list[dict[str, Any]] = []
    for made in make_sets(loaded, [stress]):
        found += [{str(name): value for name, value in row.items()} for row in made.frame.to_dict("records")]
    return found


def named(row: dict[str, Any], side: str) -> list[str]:
    """Return the words of the text that the spans of actor or target cover."""
    return [row["text"][start:end] for start, end in row[f"{side}_spans"]]
