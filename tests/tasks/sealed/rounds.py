"""A made-up custom task whose labels are words that stand nowhere else, and rounds with it."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from standoff.tasks.frame import frame_digest
from standoff.tasks.registry import load_task
from standoff.tasks.sealed.commitment import Commitment
from standoff.tasks.sealed.seal import seal
from standoff.tasks.task import LoadedTask

LABELS = ("quokka", "axolotl", "narwhal")
VERBS = dict(zip(LABELS, ("welcomes", "refuses", "weighs"), strict=True))
WORDS = [f"{first}{last}" for first in ("lo", "ma", "ni", "pe") for last in ("bak", "dim", "gor", "huf", "jit")]
ARTICLES = {"train": 8, "validation": 4, "test": 6}
MARKER = "told-by-nobody"
"""In a slice column of every sealed item."""

HEAD = f"""name = "zoo"
language = "en"
label_kind = "human"
version = 2
title = 'Animals, "quoted" \\ and \u2028 not'
licence = "CC0-1.0"
terms = "Made up."

[labels]
order = {json.dumps(LABELS)}
board = {{ quokka = "support", axolotl = "oppose", narwhal = "none" }}

[[files]]
path = "zoo.csv"

[columns]
id = "id"
group = "article"
text = "text"
actor = "actor"
target = "target"
label = "label"
actor_spans = {{ find = "actor" }}
slices = ["year", "note"]
"""
IN_SPLITS = '\n[splits]\ncolumn = "set"\n'
IN_FOLDS = "\n[splits]\nfolds = { count = 4, seed = 7 }\n"


def rows() -> list[dict[str, Any]]:
    """Return three items to an article; every fifth text says another thing than its label."""
    found = []
    chance = random.Random(7)  # noqa: S311 - words of made-up texts, no secrets
    for split, articles in ARTICLES.items():
        for article in range(articles):
            for number in range(3):
                label = LABELS[(article * article + number * 5) % 3]
                rest = " ".join(chance.choices(WORDS, k=12))
                says = VERBS[LABELS[0] if (article + number) % 5 == 0 else label]
                found.append(
                    {
                        "id": f"{split[:2]}{article}/{2 - number}",
                        "article": f"{split}-{article}",
                        "text": f"Ann \U0001f600 {says} plan {number} of\u2028town {article}: {rest}.",
                        "actor": "Ann",
                        "target": f"plan {number}",
                        "label": label,
                        "year": 2020 + article % 3,
                        "note": f"{MARKER}-{article}" if split == "test" else "",
                        "set": split,
                    }
                )
    return found


def write_task(folder: Path, items: list[dict[str, Any]] | None = None, *, end: str = IN_SPLITS) -> Path:
    """Write the task's file and its table; return the path of the task's file."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = rows() if items is None else items
    with (folder / "zoo.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, listed[0])
        table.writeheader()
        table.writerows(listed)
    path = folder / "zoo.toml"
    path.write_text(HEAD + end, encoding="utf-8")
    return path


def with_labels(loaded: LoadedTask, labels: Mapping[str, str]) -> LoadedTask:
    """Return the task with other labels for some items."""
    new = [labels.get(item, old) for item, old in zip(loaded.frame["id"], loaded.frame["label"], strict=True)]
    frame = loaded.frame.assign(label=new)
    return replace(loaded, frame=frame, digest=frame_digest(frame))


@dataclass(frozen=True)
class Round:
    """A sealed split of a task."""

    task: Path
    loaded: LoadedTask
    public: Path
    private: Path
    made: Commitment

    @property
    def commitment(self) -> Path:
        return self.public / "commitment.json"

    @property
    def gold(self) -> dict[str, str]:
        """The labels that are sealed, by id."""
        items = self.loaded.split("test")
        return dict(zip(items["id"], items["label"], strict=True))


def sealed_round(folder: Path, items: list[dict[str, Any]] | None = None) -> Round:
    """Seal the test split of the made-up task."""
    task = write_task(folder / "data", items)
    loaded = load_task(str(task))
    public, private = folder / "public", folder / "private" / "gold.jsonl"
    return Round(task, loaded, public, private, seal(loaded, "test", public, private))


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
