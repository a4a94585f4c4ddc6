"""A small task of made-up items, registered for a test."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from standoff.tasks import registry
from standoff.tasks.split_sets import as_published
from standoff.tasks.task import Task

WORDS = {"neg": "refuses", "pos": "welcomes"}


def toy_frame(_: Path, variant: str) -> pd.DataFrame:
    rows = []
    for group in range(11):
        split = "train" if group < 5 else "validation" if group < 6 else "test"
        for number, label in enumerate(("neg", "pos", "neg", "pos")):
            text = f"{variant} number {group}: Ada {WORDS[label]} plan {number}."
            rows.append(
                {
                    "id": f"{group}/{number}",
                    "group": f"article-{group}",
                    "text": text,
                    "actor": "Ada",
                    "target": f"plan {number}",
                    "label": label,
                    "actor_spans": [(text.index("Ada"), text.index("Ada") + 3)],
                    "target_spans": [],
                    "split": split,
                    "intervention": number < 2,
                    "year": 2020 + group,
                }
            )
    return pd.DataFrame(rows)


def in_folds(frame: pd.DataFrame) -> pd.DataFrame:
    """Cross-validate by group: six folds, of two articles each but the last."""
    return frame.assign(split=[f"fold-{int(group.partition('-')[2]) // 2 + 1}" for group in frame["group"]])


def toy_task(label_kind: str = "human") -> Task:
    return Task(
        name="toy",
        version=3,
        title="Toy",
        description="Made-up items.",
        language="en",
        label_kind=label_kind,  # type: ignore[arg-type]
        annotators="nobody",
        agreement=None,
        licence="CC0-1.0",
        terms="Made up.",
        citation="",
        homepage="",
        labels=("neg", "pos"),
        metric="macro_f1",
        paper_metric=None,
        paper_scores="nothing",
        board_map={"neg": "oppose", "pos": "support"},
        board_map_reason=None,
        holder="a name",
        target_kind="a plan",
        variants={"item": "the items"},
        default_moves=False,
        split_sets={"official": as_published, "folds": in_folds},
        source=None,
        read=toy_frame,
    )


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Task:
    task = toy_task()
    module = ModuleType("toy_task_module")
    module.__dict__["TASK"] = task
    monkeypatch.setitem(sys.modules, "toy_task_module", module)
    monkeypatch.setitem(registry.TASKS, "toy", "toy_task_module:TASK")
    return task
