"""SEESAW: who is for or against whom or what, by sentence, in US political news (Zhang, Beauchamp & Wang 2022).

An item is one (sentence, subject, object) with the label NEG or POS. The ids are
``<annotation file>|<sentence>|<n>``, as in ``TRIPLET_000_DOCUMENT_0|5|1``: the stance numbered 1 upstream of the
sentence numbered 5. Upstream, TRIPLET is a story told by three outlets; a story is never cut by the splits.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pandas as pd

from standoff.files import read_json
from standoff.tasks.frame import occurrences
from standoff.tasks.getting.source import github
from standoff.tasks.intervention_slice import with_slice
from standoff.tasks.split_sets import LISTS, as_published, frozen
from standoff.tasks.task import Task

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCE = github("launchnlp/SEESAW", "aeb7bac2d1fa9c65856accc9e1c18269953a4db7", files="seesaw.txt")

# What annotators entered when the holder is not expressed, and when an entity is not in the article's list.
PLACEHOLDERS = {"None": "none", "Not in the list": "unlisted"}

_LABELS = {"NEG": "neg", "POS": "pos"}
_SPLITS = {"train": "train", "valid": "validation", "test": "test"}
# SEESAW/README.md: "0: (Far) Left, 1: Lean Left, 2: Center, 3: Lean Right, 4: (Far) Right", as AllSides had it
# in June 2022.
_LEANINGS = ("left", "lean left", "center", "lean right", "right")
_ANNOTATIONS = "SEESAW/annotations/"


def read(folder: Path, variant: str) -> pd.DataFrame:
    """Return the frame of a variant, in the order of file, sentence and stance number.

    Slice columns: ``story`` (its title), ``topic``, ``date`` (ISO), ``year``, ``article``, ``outlet``,
    ``leaning`` (of the outlet), ``actor_type``, ``target_type``, ``n_annotators`` (different ones: upstream names
    a coder twice in seven rows) and ``intervention`` (see docs/intervention-slice.md).

    Args:
        folder: The files, laid out as upstream.
        variant: ``named`` or ``all``.
    """
    stems = sorted(
        path.removeprefix(_ANNOTATIONS)[:-5] for path in SOURCE.checksums() if path.startswith(_ANNOTATIONS)
    )
    rows = [row for stem in stems for row in _article_rows(folder / "SEESAW", stem)]
    if variant == "named":
        rows = [row for row in rows if row["actor"] not in PLACEHOLDERS and row["target"] not in PLACEHOLDERS]
    return with_slice(pd.DataFrame(rows), "seesaw")


def _article_rows(root: Path, stem: str) -> Iterator[dict[str, Any]]:
    story_id, _, number = stem.partition("_DOCUMENT_")
    story = read_json(root / "meta" / f"{story_id}.json")
    outlet = story[f"Meta info for article {number}"]
    annotation = read_json(root / "annotations" / f"{stem}.json")
    sentences = {str(s["id"]): s["text"] for s in read_json(root / "articles" / f"{stem}.json")["text"]}
    types = PLACEHOLDERS | {name: _usual(given) for name, given, *_ in annotation["entity lists"]}
    about_article = {
        "story": story["story_title"],
        "topic": story["story_topic"],
        "date": story["story_time"],
        "year": int(story["story_time"][:4]),
        "article": stem,
        "outlet": outlet["source"],
        "leaning": _LEANINGS[outlet["bias_label"]],
    }
    # The sentences of an annotation file are not always in order.
    for sentence, stances in sorted(annotation["sentence-level stances"].items(), key=lambda item: int(item[0])):
        text = sentences[sentence]
        for stance in stances:
            actor, target = stance["subject"], stance["object"]
            yield {
                "id": f"{stem}|{sentence}|{stance['id']}",
                "group": story_id,
                "text": text,
                "actor": actor,
                "target": target,
                "label": _LABELS[stance["sentiment"]],
                "actor_spans": _spans(text, actor),
                "target_spans": _spans(text, target),
                "split": _SPLITS[story["Split"]],
                **about_article,
                "actor_type": types[actor],
                "target_type": types[target],
                "n_annotators": len(set(stance["annotators"])),
            }


def _spans(text: str, name: str) -> list[tuple[int, int]]:
    return [] if name in PLACEHOLDERS else occurrences(text, name)


def _usual(given: list[str]) -> str:
    """Return the type most annotators gave an entity, the earlier one where two are level."""
    return Counter(given).most_common(1)[0][0].lower()


TASK = Task(
    name="seesaw",
    version=2,
    title="SEESAW: entity-to-entity stance in US political news",
    description=(
        "An item is a news sentence with a holder and a target; the label is the holder's stance toward the "
        "target. There is no neutral label: pairs without a stance are not in the set. Two (sentence, holder, "
        "target) of the validation split carry both labels, from different annotators, and are kept. actor_spans "
        "and target_spans are where the entity's name, exactly as annotated, stands in the sentence as whole "
        "words: in 1,858 (holder) and 1,689 (target) of the 7,759 items of `named`; elsewhere the sentence has "
        "another form of the name, a pronoun or nothing."
    ),
    language="en-US",
    label_kind="human",
    annotators="a pool of six people; 9,745 of the 10,619 labels are by one of them each, the rest by two to five",
    agreement=None,
    licence="CC-BY-NC-SA-4.0",
    terms=(
        "SEESAW is under CC BY-NC-SA 4.0: non-commercial use only, with credit to Zhang, Beauchamp and Wang "
        "(2022), and adaptations under the same licence."
    ),
    citation="""\
@inproceedings{zhang-etal-2022-seesaw,
    title = "Generative Entity-to-Entity Stance Detection with Knowledge Graph Augmentation",
    author = "Zhang, Xinliang Frederick  and
      Beauchamp, Nicholas  and
      Wang, Lu",
    booktitle = "Proceedings of the 2022 Conference on Empirical Methods in Natural Language Processing,
      {EMNLP} 2022",
    year = "2022",
    publisher = "Association for Computational Linguistics",
}
""",
    homepage="https://github.com/launchnlp/SEESAW",
    labels=("neg", "pos"),
    metric="macro_f1",
    paper_metric=None,  # the paper's task is to extract the triplets; ours is given the holder and the target
    paper_scores="the extraction of whole triplets; scores on given pairs do not compare with it",
    board_map={"neg": "oppose", "pos": "support"},
    board_map_reason=None,
    holder="the entity that holds the stance (a person, group, organisation, state or religion)",
    target_kind="an entity, topic or event",
    variants={
        "named": "the holder and the target are both named entities of the article",
        "all": 'every label, also those whose holder is "None" or whose holder or target is "Not in the list"',
    },
    default_moves=False,
    made_with_label={"n_annotators": "how many annotators gave the label"},
    split_sets={"audited": frozen(LISTS / "seesaw.tsv"), "official": as_published},
    source=SOURCE,
    read=read,
    # Upstream names who gave each stance, and yet has no labels of single coders: of 2,437 pairs of annotators on
    # one sentence, holder and target, 3 differ in the label, which people who label apart do not reach. What is
    # published was almost certainly reconciled.
    coder_labels=None,
)
