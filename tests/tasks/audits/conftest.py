"""A made task out of a few lines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from standoff.tasks.frame import check_frame, frame_digest
from standoff.tasks.sets.seesaw import TASK as SEESAW
from standoff.tasks.split_sets import as_published
from standoff.tasks.task import LoadedTask

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from standoff.tasks.task import Task

    Load = Callable[[Sequence[dict[str, Any]]], LoadedTask]

LABELS = ("neg", "none", "pos")


def made_task() -> Task:
    """Return a task of three labels; its items are given to it when it is loaded."""
    return replace(
        SEESAW,
        name="made",
        made_with_label={},
        version=1,
        labels=LABELS,
        board_map=dict(zip(LABELS, ("oppose", "none", "support"), strict=True)),
        variants={"all": "all", "more": "more"},
        split_sets={"official": as_published},
        source=None,
    )


def made_frame(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Return a frame of the rows; what a row does not say is filled in, and its own where that matters."""
    return pd.DataFrame(
        [
            {
                "id": f"i{number}",
                "group": f"g{number}",
                "text": f"only item number {number} says this much of anything at all",
                "actor": "Ann",
                "target": "a plan",
                "label": "none",
                "actor_spans": [],
                "target_spans": [],
                "split": "train",
                **row,
            }
            for number, row in enumerate(rows)
        ]
    )


@pytest.fixture
def load() -> Load:
    """What makes a loaded task of rows."""

    def loaded(rows: Sequence[dict[str, Any]]) -> LoadedTask:
        frame, task = made_frame(rows), made_task()
        check_frame(frame, task.labels, "made")
        return LoadedTask(
            task=task,
            variant="all",
            split_set="official",
            folder=Path(),
            frame=frame,
            digest=frame_digest(frame),
        )

    return loaded
