"""Small tasks of made-up items: one registered for a test, and task files that other processes can read too."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from functools import partial
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
        made_with_label={},
        split_sets={"official": as_published, "folds": in_folds},
        source=None,
        read=toy_frame,
        coder_labels=None,
    )


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Task:
    task = toy_task()
    module = ModuleType("toy_task_module")
    module.__dict__["TASK"] = task
    monkeypatch.setitem(sys.modules, "toy_task_module", module)
    monkeypatch.setitem(registry.TASKS, "toy", "toy_task_module:TASK")
    return task


STANCES = {"for": "welcomes", "against": "refuses", "neutral": "weighs"}


def write_task(folder: Path, name: str, articles: int = 20) -> str:
    """Write a task file and its table, of three items to an article; return the address of the task."""
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(("id", "article", "speaker", "quote", "claim", "stance"))
        for article in range(articles):
            for number, (label, verb) in enumerate(STANCES.items()):
                who, what = f"speaker {(article * 7 + number) % 11}", f"plan {(article + number) % 4}"
                rest = " ".join(f"word{(article * 13 + number * 5 + k * k) % 29}" for k in range(12))
                # Every fifth item says another thing than its label, so that no model is always right.
                does = STANCES["for"] if (article + number) % 5 == 0 else verb
                text = f"In {name}, {who} {does} {what} of town {article}: {rest}."
                table.writerow((f"{article}/{number}", f"a{article}", who, text, what, label))
    path = folder / f"{name}.toml"
    path.write_text(
        f"""name = "{name}"
language = "en"
label_kind = "human"

[labels]
order = ["against", "neutral", "for"]

[[files]]
path = "{name}.csv"

[columns]
id = "id"
group = "article"
text = "quote"
actor = "speaker"
target = "claim"
label = "stance"
""",
        encoding="utf-8",
    )
    return str(path)


@pytest.fixture(scope="session")
def task_writer() -> Callable[..., str]:
    """What writes a task file: of folder, name and number of articles."""
    return write_task


@pytest.fixture
def new_task(tmp_path: Path) -> Callable[..., str]:
    """What writes a task file into the folder of the test: of name and number of articles."""
    return partial(write_task, tmp_path)
