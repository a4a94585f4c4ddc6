"""PolStance: Danish politicians on immigration policy, by quote in newswire (Lehmann & Derczynski 2019).

An item is a quote that upstream labelled. Of the 1,226 quotes that a program took from articles, 326 are marked as
false positives; these have no label and are left out. The ids are upstream's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from standoff.tasks.getting.source import github
from standoff.tasks.split_sets import LISTS, frozen
from standoff.tasks.task import Task

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = github(
    "rasleh/Political-Stance-in-Danish",
    "40c2b7479a7e9e5f156caad7734a0b588316997c",
    files="polstance.txt",
    one_by_one=True,
)

# How `subTopic` is written out. The files that are read have letters only.
TARGETS = {
    "p": "national immigration policy",
    "c": "centralisation of immigration and integration policy",
}

_SUB_TOPICS = {"p": "national policy", "c": "centralisation"}
_LABELS = {"a": "against", "n": "neutral", "f": "for"}
# Upstream's politicianMapping.csv gives both spellings the same index.
_SPELLINGS = {"uffe Elbæk": "Uffe Elbæk"}


def read(folder: Path, _: str) -> pd.DataFrame:
    """Return the one frame, in the order of the file.

    Slice columns: ``party`` (of the politician, as upstream has it), ``date`` (ISO) and ``sub_topic``.

    Args:
        folder: The files, laid out as upstream.
    """
    path = folder / "Scraper/resources/parsedQuotes/quote_db.csv"
    quotes = pd.read_csv(path, sep=";", encoding="utf-16", dtype=str, keep_default_na=False)
    labelled = quotes[quotes["falsePositive"] == "0"]
    return pd.DataFrame([_item(quote) for quote in labelled.to_dict("records")])


def _item(quote: dict[Any, str]) -> dict[str, Any]:
    month, day, year = quote["date"].split("/")
    return {
        "id": quote["quoteID"],
        "group": quote["articleID"],
        "text": quote["quote"],
        "actor": _SPELLINGS.get(quote["politician"], quote["politician"]),
        "target": TARGETS[quote["subTopic"]],
        "label": _LABELS[quote["fan"]],
        "actor_spans": [],
        "target_spans": [],
        "split": "",
        "party": quote["party"],
        "date": f"{year}-{month}-{day}",
        "sub_topic": _SUB_TOPICS[quote["subTopic"]],
    }


TASK = Task(
    name="polstance",
    version=1,
    title="PolStance: quotes of Danish politicians on immigration policy",
    description=(
        "An item is a quote of a Danish politician in newswire of 2018; the label is whether it is for, against "
        "or neutral toward the target. There are two targets, letters upstream, which we write out; neither says "
        "which policy is meant, and the labels go with parties: 192 of the 247 quotes under Dansk Folkeparti are "
        '"for", 30 of the 39 under Enhedslisten "against". Always giving the label that is most frequent in the '
        "politician's party is right in 631 of the 900 items. The thesis behind the set counts 898 quotes. "
        "Fourteen quotes stand twice: seven once for each target, six under two politicians (one of these with "
        "opposite labels), and one under two parties of the same politician."
    ),
    language="da-DK",
    label_kind="human",
    annotators="one native speaker, supervised by one second-language speaker",
    agreement=None,
    licence="CC-BY-4.0",
    terms="PolStance is under CC BY 4.0; its authors ask that uses acknowledge Lehmann and Derczynski (2019).",
    citation="""\
@inproceedings{lehmann-derczynski-2019-political,
    title = "Political Stance in {D}anish",
    author = "Lehmann, Rasmus  and
      Derczynski, Leon",
    booktitle = "Proceedings of the 22nd Nordic Conference on Computational Linguistics",
    year = "2019",
    address = "Turku, Finland",
    publisher = {Link{\\"o}ping University Electronic Press},
    url = "https://aclanthology.org/W19-6121",
    pages = "197--207",
}
""",
    homepage="https://github.com/rasleh/Political-Stance-in-Danish",
    labels=("against", "neutral", "for"),
    metric="macro_f1",
    paper_metric="macro_f1",
    paper_scores="macro-F1 and micro-F1",
    board_map=None,
    board_map_reason="the files do not say which policy a quote is for or against, only its sub-topic",
    holder="the quoted politician",
    target_kind="a sub-topic of immigration policy, one of two",
    variants={"all": "every labelled quote"},
    default_moves=False,
    made_with_label={},
    split_sets={"audited": frozen(LISTS / "polstance.tsv")},
    source=SOURCE,
    read=read,
    coder_labels=None,  # one person labelled
)
