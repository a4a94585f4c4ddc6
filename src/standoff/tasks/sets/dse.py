"""Directed sentiment between two political entities in a news sentence (Park, Pan & Joo 2021).

An item is one (sentence, p, q). The ids are ``<file>|<line>``, as in ``train|17``: line 17 of ``train.txt``.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any

import pandas as pd

from standoff.errors import InputError
from standoff.files import read_text, sha256_text
from standoff.tasks.getting.source import github
from standoff.tasks.intervention_slice import with_slice
from standoff.tasks.split_sets import LISTS, as_published, frozen
from standoff.tasks.task import Task

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from standoff.tasks.frame import Span

SOURCE = github(
    "bywords/directed_sentiment_analysis",
    "6a1275f070e40e8d9ae7499963556653c05d439c",
    files="dse.txt",
    one_by_one=True,
)

LABELS = ("neutral", "actor_pos", "target_pos", "actor_neg", "target_neg")
"""In upstream's order: ``actor_neg`` is "*p* holds a negative opinion toward *q*", ``target_neg`` the reverse."""

_CODES = dict(zip("01234", LABELS, strict=True))
_SPLITS = {"train": "train", "valid": "validation", "test": "test"}


def read(folder: Path, _: str) -> pd.DataFrame:
    """Return the frame, in the order of training, validation and test file.

    The one slice column is ``intervention`` (see docs/intervention-slice.md).

    ``text`` is the sentence without the brackets, and without spaces at its ends, which the authors' script drops
    too; the spans are where the entities stand in it.

    Raises:
        InputError: A line has not four fields, has a label that is not 0 to 4, or its sentence has not p and
            then q in its only brackets.
    """
    rows = [row for stem in _SPLITS for row in _rows(folder / "dataset" / f"{stem}.txt")]
    return with_slice(pd.DataFrame(rows), "dse")


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    # Tab-separated with CSV quoting, which the authors' script undoes too: a field with a quotation mark in it
    # stands in quotation marks, and its own are doubled. No field has a line end in it.
    lines = csv.reader(io.StringIO(read_text(path), newline=""), delimiter="\t", strict=True)
    for number, fields in enumerate(lines, start=1):
        # Before p, p, between, q, after q.
        pieces = re.split(r"[\[\]]", fields[0]) if len(fields) == 4 else []
        if (
            len(pieces) != 5
            or [pieces[1].strip(), pieces[3].strip()] != fields[1:3]  # seven brackets hold a space more
            or fields[3] not in _CODES
        ):
            raise InputError(
                "is not a usable row",
                where=f"{path}:{number}",
                got=fields,
                expected="a sentence with p and then q in its only brackets, p, q, and a label from 0 to 4",
            )
        text = "".join(pieces).strip()
        yield {
            "id": f"{path.stem}|{number}",
            "group": f"s-{sha256_text(text)[:12]}",
            "text": text,
            "actor": fields[1],
            "target": fields[2],
            "label": _CODES[fields[3]],
            "actor_spans": [_last(fields[1], pieces[:2])],
            "target_spans": [_last(fields[2], pieces[:4])],
            "split": _SPLITS[path.stem],
        }


def _last(name: str, pieces: list[str]) -> Span:
    """Return where ``name``, which ends the pieces, stands in a text that begins with them, outer spaces apart."""
    end = len("".join(pieces).strip())
    return end - len(name), end


TASK = Task(
    name="dse",
    version=1,
    title="Directed sentiment between political entities in news",
    description=(
        "An item is a news sentence with two entities: the actor p, which always stands first, and the target q. "
        "The label says that one of them holds a positive or negative attitude toward the other, and which, or "
        "that neither does. The official splits leak: 400 of the 1,623 test items are copies (sentence, p and q) "
        "of training items, all with the same label, and 444 have a sentence that training or validation has "
        "too; these are mostly not neutral, so that memorising them lifts macro-F1. Entities are as published: "
        "2,272 actors and 2,165 targets are cut inside a word ('Los Angele'). Some sentences are two run together "
        "at a quotation mark; in 35 items an entity reaches over the seam. The README announces 16,288 sentences; "
        "the files hold 16,228. The authors' script scores on files named valid_reduced.txt and test_reduced.txt, "
        "which are not published: numbers in the paper may be on other items than the official test split."
    ),
    language="en",
    label_kind="human",
    annotators="crowd workers; how many labelled each sentence is not stated in the repository",
    agreement=None,
    licence="NOASSERTION",
    terms=(
        'No licence is stated; the authors write that one can use the resources "for your purposes by citing the '
        'paper" (Park, Pan and Joo 2021).'
    ),
    citation="""\
@inproceedings{park2021directed,
    title = "Who Blames or Endorses Whom? Entity-to-Entity Directed Sentiment Extraction in News Text",
    author = "Park, Kunwoo  and
      Pan, Zhufeng  and
      Joo, Jungseock",
    booktitle = "Findings of the Association for Computational Linguistics: ACL-IJCNLP 2021",
    year = "2021",
    eprint = "2106.01033",
    archivePrefix = "arXiv",
}
""",
    homepage="https://github.com/bywords/directed_sentiment_analysis",
    labels=LABELS,
    metric="macro_f1",
    paper_metric="macro_f1",  # metrics.py: micro-F1 and mean average precision beside it
    paper_scores="micro-F1, macro-F1 and mean average precision over the five labels",
    board_map=None,
    board_map_reason=(
        "The label says which of the two holds the attitude: where the target does, the actor's is not labelled."
    ),
    holder="the entity p, which stands first; whether p or q holds the attitude is part of the label",
    target_kind="the entity q (a person, group, organisation or place), which stands second",
    variants={"all": "all items"},
    default_moves=False,
    made_with_label={},
    split_sets={"audited": frozen(LISTS / "dse.tsv"), "official": as_published},
    source=SOURCE,
    read=read,
    coder_labels=None,  # upstream publishes one label per sentence
)
