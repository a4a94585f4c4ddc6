"""The corpus as a task: an article, an actor, a proposition; does the actor support it, oppose it, or neither?

An item is a statement of the config ``stance`` that is scored: coded (not derived), with a board label, and with
its text at hand. The variants are the releases; the newest is the default.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from standoff.corpus.load import frame, versions
from standoff.corpus.statistics import is_scored
from standoff.records import BoardLabel
from standoff.tasks.task import Task

if TYPE_CHECKING:
    from pathlib import Path

SLICES = (
    "conflict_id",
    "attribution",
    "commitment",
    "condition",
    "relay",
    "time",
    "actor_kind",
    "outlet",
    "status",
)


def read(_: Path, variant: str) -> pd.DataFrame:
    """Return the frame of one release; ``seen_actor`` tells whether training articles have the actor too.

    Slice columns: those of :data:`SLICES`, ``language``, ``year``, ``stance`` (the four-way view keeps ``seeks``
    apart) and ``seen_actor``.
    """
    stance = frame("stance", variant)
    rows: list[dict[str, Any]] = stance.to_dict("records")  # type: ignore[assignment]  # columns are named by strings
    scored = stance[[is_scored(row) for row in rows]]
    in_training = set(scored.loc[scored["split"] == "train", "actor_id"])
    return pd.DataFrame(
        {
            "id": scored["unit_id"],
            "group": scored["article_id"],
            "text": scored["text"],
            "actor": scored["actor"],
            "target": scored["proposition"],
            "label": scored["label"],
            "actor_spans": [[(m["start"], m["end"]) for m in mentions] for mentions in scored["mentions"]],
            "target_spans": [[] for _ in range(len(scored))],
            "split": scored["split"],
            **{name: scored[name] for name in (*SLICES, "language", "stance")},
            "year": [int(day[:4]) for day in scored["published"]],
            "seen_actor": scored["actor_id"].isin(in_training),
        }
    ).reset_index(drop=True)


TASK = Task(
    name="intervention",
    version=1,
    title="standoff intervention",
    description=(
        "An article, an actor named in it, and a proposition about an intervention: does the actor support it, "
        "oppose it, or take no position, by what the text says? Test conflicts do not occur in training."
    ),
    language="en",
    label_kind="model",
    annotators="Two blind model coders for each item and a model adjudicator; no human has labelled it.",
    agreement=None,
    licence="CC-BY-4.0",
    terms="CC BY 4.0; texts and labels are machine-made, and a score on them says no more than that.",
    citation="",
    homepage="https://github.com/standoff-corpus/standoff",
    labels=tuple(label.value for label in BoardLabel),
    metric="macro_f1",
    paper_metric=None,
    board_map={"support": "support", "oppose": "oppose", "none": "none"},
    board_map_reason=None,
    holder="an actor of the registry, by name",
    target_kind="a proposition, as a sentence",
    variants={version: f"release {version}" for version in reversed(versions())} or {"none": "no release at hand"},
    split_sets=("official",),
    source=None,
    read=read,
)
