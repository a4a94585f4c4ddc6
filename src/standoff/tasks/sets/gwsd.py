"""GWSD: what quoted opinions in news say on global warming (Luo, Card & Jurafsky 2020).

An item is one sentence, toward one proposition that is the same for all. The ids are upstream's ``guid``,
``<round>_<batch>_<sentence>``, as in ``1_0_t13``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from standoff.tasks.getting.source import github
from standoff.tasks.split_sets import LISTS, as_published, frozen
from standoff.tasks.task import Task

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SOURCE = github("yiweiluo/GWStance", "7c448113a598830d3577615f48fdeab2383147ca", files="gwsd.txt", one_by_one=True)

LABELS = ("disagree", "neutral", "agree")
TARGET = "Climate change or global warming is a serious concern."
"""README.md: "the target (that climate change/global warming is a serious concern)"."""

_RATINGS = {"disagree": "disagrees", "neutral": "neutral", "agree": "agrees"}
_WORKERS = tuple(f"worker_{number}" for number in range(8))


def read(folder: Path, _: str) -> pd.DataFrame:
    """Return the frame, in the order of the file, without the screening sentences.

    Slice columns: ``probability`` of the label, ``n_agree`` (how many of the eight raters chose it), ``round`` and
    ``batch`` of the annotation.
    """
    rated = _rated(folder)
    first = dict(zip(reversed(rated["sentence"].tolist()), reversed(rated["guid"].tolist()), strict=True))
    return pd.DataFrame([_item(row, first[row["sentence"]]) for row in rated.to_dict("records")])


def coder_labels(folder: Path, _: str) -> pd.DataFrame:
    """Return the eight ratings of each sentence, without the screening sentences, in the order of the ids.

    A coder is a column of the file: upstream does not say whether one is the same person in every batch.
    """
    ratings = _rated(folder).melt(id_vars="guid", value_vars=list(_WORKERS), var_name="coder", value_name="label")
    words = {word: label for label, word in _RATINGS.items()}
    ratings = ratings.rename(columns={"guid": "id"}).assign(label=ratings["label"].map(words))
    return ratings.sort_values("id", kind="stable", ignore_index=True)


def _rated(folder: Path) -> pd.DataFrame:
    # CSV quoting: the file doubles quotation marks. As strings, so that no probability is rounded on the way.
    table = pd.read_csv(folder / "GWSD.tsv", sep="\t", dtype=str, keep_default_na=False)
    return table[table["agree"] != ""]  # a screening sentence has ratings and no probabilities


def _item(row: Mapping[Any, str], group: str) -> dict[str, Any]:
    label = max(LABELS, key=lambda name: float(row[name]))  # no two are level in any row
    return {
        "id": row["guid"],
        "group": group,
        "text": row["sentence"],
        "actor": "",
        "target": TARGET,
        "label": label,
        "actor_spans": [],
        "target_spans": [],
        "split": "test" if row["in_held_out_test"] == "True" else "train",
        "probability": float(row[label]),
        "n_agree": sum(row[worker] == _RATINGS[label] for worker in _WORKERS),
        "round": int(row["round"]),
        "batch": int(row["batch"]),
    }


TASK = Task(
    name="gwsd",
    version=1,
    title="GWSD: stance of quoted opinions on global warming",
    description=(
        "An item is an opinion quoted in a news article, without the one who holds it: upstream cut the source "
        "away and kept the clause. The label is the stance of the sentence toward one proposition, the same for "
        "all. It is the most probable of three under a Bayesian model over eight ratings, and in 47 of the 2,050 "
        "items not the most frequent rating; in 1,612 items five or more raters chose it. The other 250 rows of "
        "the file are five screening sentences that come again in every batch, without probabilities, and are "
        "left out. Eight sentences stand twice, all in training, one of them with two labels; they share a group. "
        "Three held-out sentences repeat training ones, one in the same words and two nearly. There are no "
        "article ids: the splits may cut articles."
    ),
    language="en",
    label_kind="human",
    annotators=(
        "eight crowd workers (Mechanical Turk) per sentence; a Bayesian model over their ratings, not a vote, "
        "gives the label"
    ),
    agreement="computed from the released ratings: Krippendorff's alpha (nominal) .330 over the 2,050 items",
    licence="NOASSERTION",
    terms="No licence is stated; the repository names the paper to cite: Luo, Card and Jurafsky (2020).",
    citation="""\
@inproceedings{luo-etal-2020-detecting,
    title = "Detecting Stance in Media On Global Warming",
    author = "Luo, Yiwei  and
      Card, Dallas  and
      Jurafsky, Dan",
    booktitle = "Findings of the Association for Computational Linguistics: EMNLP 2020",
    month = nov,
    year = "2020",
    address = "Online",
    publisher = "Association for Computational Linguistics",
    url = "https://aclanthology.org/2020.findings-emnlp.296",
    doi = "10.18653/v1/2020.findings-emnlp.296",
    pages = "3296--3315",
}
""",
    homepage="https://github.com/yiweiluo/GWStance",
    labels=LABELS,
    metric="macro_f1",
    paper_metric="macro_f1",  # with accuracy, on the 200 held-out sentences
    paper_scores="accuracy and macro-F1 on the 200 held-out sentences",
    board_map={"disagree": "oppose", "neutral": "none", "agree": "support"},  # whose stance it is stays unknown
    board_map_reason=None,
    holder="",
    target_kind="one constant proposition",
    variants={"all": "every sentence with a label"},
    default_moves=False,
    made_with_label={
        "n_agree": "how many of the raters chose the label",
        "probability": "of the label, by a model of the raters",
    },
    split_sets={"audited": frozen(LISTS / "gwsd.tsv"), "official": as_published},
    source=SOURCE,
    read=read,
    coder_labels=coder_labels,
)
