"""Domestic heating in Germany: who agrees with what, by sentence, in six newspapers (Schwenke 2021).

An item is a statement as discourse network analysis codes it: a sentence, an actor, a concept, and whether the
actor agrees. The id is the number of the record in the file, from 1.
"""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pandas as pd

from standoff.tasks.frame import occurrences
from standoff.tasks.getting.source import github
from standoff.tasks.split_sets import LISTS, frozen
from standoff.tasks.task import Task

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = github(
    "JonasSchwenke/DiscourseNetworkAnalysisDomesticHeating",
    "8cc6a98e790e9932f7bf4adcbd84db4429e30c9e",
    files="heating.txt",
    one_by_one=True,
)

_LABELS = {0: "disagree", 1: "agree"}
_ARTICLE = re.compile(r"\[(\d+)\]")
_WITH_SHORT_FORM = re.compile(r"(.+) \((.+)\)")


def read(folder: Path, _: str) -> pd.DataFrame:
    """Return the one frame, in the order of the file.

    ``group`` is the number that begins the article's title. Slice columns, in German where they hold words:
    ``actor_category``, ``concept_category``, ``framing`` (null where there is none), ``outlet`` and ``year``.

    Args:
        folder: The files, laid out as upstream.
    """
    from openpyxl import load_workbook  # noqa: PLC0415 - takes longer to import than everything else here

    with closing(load_workbook(folder / "Code/Data/all_statements.xlsx", read_only=True)) as workbook:
        header, *records = workbook["Sheet1"].iter_rows(values_only=True)
    statements = [dict(zip(header, record, strict=True)) for record in records]
    return pd.DataFrame([_item(number, row) for number, row in enumerate(statements, start=1)])


def _item(number: int, row: dict[Any, Any]) -> dict[str, Any]:
    text, actor, target = row["sequence"], row["actor"].strip(), row["concept"]  # one actor begins with a space
    return {
        "id": str(number),
        "group": _ARTICLE.findall(row["title"])[0],
        "text": text,
        "actor": actor,
        "target": target,
        "label": _LABELS[row["agreement"]],
        "actor_spans": _spans(text, actor),
        "target_spans": _spans(text, target),
        "split": "",
        "actor_category": row["actor_cat"],
        "concept_category": row["concept_cat"],
        "framing": row["framing"],
        "outlet": row["source"],
        "year": row["year"],
    }


def _spans(text: str, name: str) -> list[tuple[int, int]]:
    """Return where a name stands; one with a short form in brackets, as in ``Name (N)``, in either form."""
    match = _WITH_SHORT_FORM.fullmatch(name)
    if match is None:
        return occurrences(text, name)
    long = occurrences(text, match[1])
    inside = {place for span in long for place in range(*span)}  # "Agora" is a word of "Agora Energiewende"
    return sorted(long + [span for span in occurrences(text, match[2]) if span[0] not in inside])


TASK = Task(
    name="heating",
    version=1,
    title="Discourse network statements on domestic heating in German newspapers",
    description=(
        "An item is a sentence of a German newspaper, 2015 to 2019, with an actor and a concept, mostly a policy "
        "measure or a heating technology; the label is whether the actor agrees with it. In 174 of the 559 items "
        "the actor is the newspaper itself. One sentence can make several items: 72 repeat the sentence of an "
        "earlier one, and 54 of these its actor and concept too, mostly because a statement with two framings "
        "was coded twice; three such pairs carry both labels. Two sentences stand in two articles each. "
        "actor_spans and target_spans are where the name or its short form in brackets, exactly as coded, stands "
        "in the sentence as whole words: in 135 (actor) and 103 (target) items."
    ),
    language="de-DE",
    label_kind="human",
    annotators="coded by hand with a codebook; by whom, and how many coded each statement, is not stated",
    agreement=None,
    licence="NOASSERTION",
    terms="No licence is stated for these sentences of six newspapers; cite the thesis of Schwenke (2021).",
    citation="""\
@mastersthesis{schwenke-2021-heating,
    title = "Discourse Network Analysis of Domestic Heating in {G}ermany",
    author = "Schwenke, Jonas",
    school = "Universit{\\"a}t Konstanz",
    year = "2021",
    note = "Written for the Fraunhofer ISI",
    url = "https://github.com/JonasSchwenke/DiscourseNetworkAnalysisDomesticHeating",
}
""",
    homepage="https://github.com/JonasSchwenke/DiscourseNetworkAnalysisDomesticHeating",
    labels=("disagree", "agree"),
    metric="macro_f1",
    paper_metric=None,  # a study of discourse, without classifiers
    paper_scores="nothing: a study of discourse, without classifiers",
    board_map={"disagree": "oppose", "agree": "support"},
    board_map_reason=None,
    holder="an organisation, party, public body, newspaper or kind of expert, in German",
    target_kind="a concept: a heating technology, a policy measure or another matter, in German",
    variants={"all": "every statement"},
    default_moves=False,
    made_with_label={"framing": "read from the text by the coders together with the label"},
    split_sets={"audited": frozen(LISTS / "heating.tsv")},
    source=SOURCE,
    read=read,
    coder_labels=None,  # one code per statement
)
