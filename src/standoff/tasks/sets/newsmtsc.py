"""NewsMTSC: the sentiment of a news sentence toward someone mentioned in it (Hamborg & Donnay 2021).

An item is one (sentence, target). The ids are ``<document>|<sentence>|<start>-<end>``, as in
``allsides_1002_402|12|229-246``: upstream's ``gid`` without the target's name, and with the place of the mention
in the sentence as published (a ``gid`` often has its place in an earlier form of the sentence). Upstream took some
mentions twice, under two names or from two copies of a sentence; the later ones end in ``|2`` or ``|3``.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pandas as pd

from standoff.errors import InputError
from standoff.files import read_jsonl
from standoff.tasks.getting.source import github
from standoff.tasks.split_sets import LISTS, as_published, frozen
from standoff.tasks.task import Task

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCE = github(
    "fhamborg/NewsMTSC", "b9d9b79704ed1b35cecaf1d7c2343dc1bd734fb7", files="newsmtsc.txt", one_by_one=True
)

_FOLDER = "NewsSentiment/controller_data/datasets/NewsMTSC-dataset"
# What readme.md says the polarities mean: negative, neutral, positive.
_LABELS = {2.0: "neg", 4.0: "neutral", 6.0: "pos"}
# Numbers of article, AllSides story (-1 in POLUSA, which has none) and sentence, then the name and its place.
_GID = re.compile(
    r"(?P<document>(?P<collection>allsides|polusa)(?:_v1)?_(?P<article>\d+)_-?\d+)_(?P<sentence>\d+)_.*", re.DOTALL
)


def read(folder: Path, variant: str) -> pd.DataFrame:
    """Return the frame of a variant: the training file, then one of the two test files.

    ``target_spans`` are where the labelled mention stands, then the further mentions, which upstream found by
    program.
    Slice columns: ``collection`` (``allsides`` or ``polusa``) and ``n_targets`` (labelled ones in the sentence).

    Args:
        folder: The files, laid out as upstream.
        variant: ``rw`` or ``mt``.

    Raises:
        InputError: A gid is not of the known form.
    """
    home = folder / _FOLDER
    rows = [*_rows(home / "train.jsonl", "train"), *_rows(home / f"devtest_{variant}.jsonl", "test")]
    seen: Counter[str] = Counter()
    for row in rows:
        seen[row["id"]] += 1
        if seen[row["id"]] > 1:
            row["id"] = f"{row['id']}|{seen[row['id']]}"
    return pd.DataFrame(rows)


def _rows(path: Path, split: str) -> Iterator[dict[str, Any]]:
    for number, line in read_jsonl(path):
        for target in line["targets"]:
            gid = _GID.fullmatch(target["Input.gid"])
            if gid is None:
                raise InputError(
                    "is not a known form of gid",
                    where=f"{path}:{number}",
                    got=target["Input.gid"],
                    expected="collection, numbers of article, story and sentence, name, start, end, joined by '_'",
                )
            start, end = target["from"], target["to"]
            further = [(mention["from"], mention["to"]) for mention in target.get("further_mentions", [])]
            yield {
                "id": f"{gid['document']}|{gid['sentence']}|{start}-{end}",
                "group": f"{gid['collection']}_{gid['article']}",
                "text": line["sentence_normalized"],
                "actor": "",
                "target": target["mention"],
                "label": _LABELS[target["polarity"]],
                "actor_spans": [],
                "target_spans": list(dict.fromkeys([(start, end), *further])),  # upstream repeats 134
                "split": split,
                "collection": gid["collection"],
                "n_targets": len(line["targets"]),
            }


TASK = Task(
    name="newsmtsc",
    version=1,
    title="NewsMTSC: sentiment toward persons in political news",
    description=(
        "An item is a news sentence with a mention in it, mostly a person by name or pronoun; the label is the "
        "sentiment of the sentence toward it. No holder is named. A sentence with several targets gives several "
        "items. The official splits cut articles: 564 of the 1,146 test items of `rw` and 735 of the 1,476 of "
        "`mt` are from articles that training has too, and 4 sentences of `rw` and 2 of `mt` stand in training "
        "word for word. Upstream calls the two test files devtest: there is no separate validation split. 61 "
        "mentions of training and 3 of `mt` are labelled more than once, always alike. target_spans begin with "
        "the labelled mention; the others were found by machine, are incomplete and may overlap."
    ),
    language="en-US",
    label_kind="human",
    annotators=(
        "five people per sentence, by the authors' card of the data, which names crowd workers and experts; only "
        "sentences on which the five gave the same or a similar sentiment are kept"
    ),
    agreement=None,
    licence="MIT",
    terms=(
        "The authors' card of the data names the MIT licence; the repository's own is for newly developed "
        "files and does not mention the data. The authors ask to cite Hamborg and Donnay (2021)."
    ),
    citation="""\
@inproceedings{hamborg-donnay-2021-newsmtsc,
    title = "{N}ews{MTSC}: A Dataset for (Multi-)Target-dependent Sentiment Classification in Political News
      Articles",
    author = "Hamborg, Felix  and
      Donnay, Karsten",
    booktitle = "Proceedings of the 16th Conference of the European Chapter of the Association for Computational
      Linguistics: Main Volume",
    month = apr,
    year = "2021",
    address = "Online",
    publisher = "Association for Computational Linguistics",
    url = "https://aclanthology.org/2021.eacl-main.142",
    doi = "10.18653/v1/2021.eacl-main.142",
    pages = "1663--1675",
}
""",
    homepage="https://github.com/fhamborg/NewsMTSC",
    labels=("neg", "neutral", "pos"),
    metric="macro_f1",
    paper_metric="macro_f1",
    paper_scores="macro-F1 (F1m) on each of the two test sets",
    board_map=None,
    board_map_reason="The sentiment of a sentence toward a person is not the stance of a named actor.",
    holder="",
    target_kind="a mention in the sentence: mostly a person, by name or pronoun",
    variants={
        "rw": "test sentences drawn to resemble the real world (devtest_rw)",
        "mt": "test sentences with two or more targets (devtest_mt)",
    },
    default_moves=False,
    made_with_label={},
    split_sets={"audited": frozen(LISTS / "newsmtsc.tsv"), "official": as_published},
    source=SOURCE,
    read=read,
    coder_labels=None,  # five people per sentence, of whose labels upstream publishes the one they came to
)
