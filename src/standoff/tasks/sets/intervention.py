"""The corpus as a task: an article, an actor, a proposition; does the actor support it, oppose it, or neither?

An item is a statement of the config ``stance`` that is scored: coded (not derived), with a board label, and with
its text at hand. The variants are the releases; the newest is the default.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from standoff.corpus.diff import read_rows
from standoff.corpus.load import release_folder, versions
from standoff.corpus.statistics import is_scored
from standoff.records import BOARD_LABEL, UNIT_FIELDS, BoardLabel, Split, Stance
from standoff.tasks.coder_labels import CODER_COLUMNS
from standoff.tasks.split_sets import as_published
from standoff.tasks.task import Task

if TYPE_CHECKING:
    from pathlib import Path

SLICES = (
    "kind",
    "conflict_id",
    "language",
    "outlet",
    "actor_kind",
    "stance",
    "attribution",
    "commitment",
    "condition",
    "relay",
    "time",
    "status",
)
"""Columns of the release to score by; ``stance`` gives the four-way view, with ``seeks`` apart."""


def read(_: Path, variant: str) -> pd.DataFrame:
    """Return the frame of one release; ``seen_actor`` tells whether training articles have the actor too.

    Slice columns: those of :data:`SLICES`, ``year`` and ``seen_actor``.
    """
    parts = read_rows(release_folder(variant))["stance"]
    scored = [(split.value, row) for split in Split for row in parts[split.value] if is_scored(row)]
    in_training = {row["actor_id"] for split, row in scored if split == Split.TRAIN}
    return pd.DataFrame([_item(split, row, in_training) for split, row in scored])


def _item(split: str, row: dict[str, Any], in_training: set[str]) -> dict[str, Any]:
    return {
        "id": row["unit_id"],
        "group": row["article_id"],
        "text": row["text"],
        "actor": row["actor"],
        "target": row["proposition"],
        "label": row["label"],
        "actor_spans": [(mention["start"], mention["end"]) for mention in row["mentions"]],
        "target_spans": [],
        "split": split,
        **{name: row[name] for name in SLICES},
        "year": int(row["published"][:4]),
        "seen_actor": row["actor_id"] in in_training,
    }


def coder_labels(_: Path, variant: str) -> pd.DataFrame:
    """Return the board's label of each judgement in a release.

    A judgement that is ``mixed`` or ``cannot_tell`` has none, and is left out. What an adjudicator decided is no
    judgement of a coder.
    """
    parts = read_rows(release_folder(variant))["judgements"]
    labelled = [(row, BOARD_LABEL[Stance(row["stance"])]) for part in parts.values() for row in part]
    return pd.DataFrame(
        [
            ("/".join(row[name] for name in UNIT_FIELDS), row["coder_id"], label.value)
            for row, label in labelled
            if label is not None
        ],
        columns=list(CODER_COLUMNS),
    )


def made_by() -> Literal["human", "model"]:
    """Return ``human`` only if every scored statement of the newest release is: one model-made label is enough."""
    known = versions()
    parts = read_rows(release_folder(known[-1]))["stance"] if known else {}
    kinds = {row["kind"] for part in parts.values() for row in part if is_scored(row)}
    return "human" if kinds == {"human"} else "model"


_WITH_A_POSITION = "read from the text by the coders together with the label; null exactly where the label is none"

TASK = Task(
    name="intervention",
    version=1,
    title="standoff intervention",
    description=(
        "An article, an actor named in it, and a proposition about an intervention: does the actor support it, "
        "oppose it, or take no position, by what the text says? Test conflicts do not occur in training."
    ),
    language="en",
    label_kind=made_by(),
    annotators="For each item the column kind says who: human, or model; the card of the release says how.",
    agreement=None,
    licence="CC-BY-4.0",
    terms="CC BY 4.0; texts are machine-made, and so are labels of kind model: a score on them says no more.",
    citation="",
    homepage="",
    labels=tuple(label.value for label in BoardLabel),
    metric="macro_f1",
    paper_metric=None,
    paper_scores="nothing: there is no paper",
    board_map={"support": "support", "oppose": "oppose", "none": "none"},
    board_map_reason=None,
    holder="an actor of the registry, by name",
    target_kind="a proposition, as a sentence",
    variants={version: f"release {version}" for version in reversed(versions())} or {"none": "no release at hand"},
    default_moves=True,
    made_with_label={
        "stance": "the label itself, in more values",
        **dict.fromkeys(("attribution", "commitment", "condition", "relay", "time"), _WITH_A_POSITION),
        "status": "how the coders came to agree on the label",
        "kind": "who made the label",
    },
    split_sets={"official": as_published},
    source=None,
    read=read,
    coder_labels=coder_labels,
)
