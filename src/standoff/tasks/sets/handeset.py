"""HanDeSeT: for or against the motion, by speech, in the UK House of Commons (Abercrombie & Batista-Navarro 2018).

An item is a unit: a speech and the motion it is about. The id is the number of the record in the file, from 1,
because upstream's ``id`` numbers the debates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from standoff.tasks.getting.source import github
from standoff.tasks.intervention_slice import with_slice
from standoff.tasks.split_sets import LISTS, frozen
from standoff.tasks.task import Task

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = github(
    "MartinWehking/DeepSeminar", "2d60d2a6b03a122599ed5a798a9af025ba2a12af", files="handeset.txt", one_by_one=True
)

_STANCES = {"0": "against", "1": "for"}
_POLARITIES = {"0": "neg", "1": "pos"}


def read(folder: Path, _: str) -> pd.DataFrame:
    """Return the one frame, in the order of the file.

    ``text`` is the utterances of the speech, joined by a blank line. ``group`` holds together what shares a
    title, a motion or a debate number, and is the title that came first. Slice columns: ``title``, ``debate``
    (upstream's number), ``party`` (of the speaker), ``motion_party``, ``government_motion`` (moved by the
    government or not), ``motion_polarity`` (labelled by hand: pos or neg), ``vote`` (of the speaker in the
    division), ``n_utterances``, ``rebellion`` (the speaker's rebellion rate, in percent) and ``intervention`` (see
    docs/intervention-slice.md).

    Args:
        folder: The files, laid out as upstream.
    """
    table = pd.read_csv(folder / "HanDeSeT.csv", dtype=str, keep_default_na=False)
    # Titles were copied with the line ends and tabs of a web page.
    units = table.assign(title=[" ".join(title.split()) for title in table["title"]]).to_dict("records")
    pairs = zip(units, _groups(units), strict=True)
    frame = pd.DataFrame([_item(number, unit, group) for number, (unit, group) in enumerate(pairs, start=1)])
    return with_slice(frame, "handeset")


def _item(number: int, unit: dict[Any, str], group: str) -> dict[str, Any]:
    utterances = [unit[f"utt{place}"] for place in range(1, 6) if unit[f"utt{place}"]]
    return {
        "id": str(number),
        "group": group,
        "text": "\n\n".join(utterances),
        "actor": unit["name"],
        "target": unit["motion"].strip(),  # inside a motion, line ends part its numbered paragraphs
        "label": _STANCES[unit["manual speech"]],
        "actor_spans": [],
        "target_spans": [],
        "split": "",
        "title": unit["title"],
        "debate": unit["id"],
        "party": unit["party affiliation"],
        "motion_party": unit["motion party affiliation"],
        "government_motion": unit["govt/opp motion"] == "1",
        "motion_polarity": _POLARITIES[unit["manual motion"]],
        "vote": _STANCES[unit["vote speech"]],
        "n_utterances": len(utterances),
        "rebellion": float(unit["rebellion %"]),
    }


def _groups(units: list[dict[Any, str]]) -> list[str]:
    """Return for each unit the first title that is linked to it by a title, a motion or a debate number."""
    first: dict[tuple[str, str], str] = {}
    groups = []
    for unit in units:
        keys = [(column, unit[column]) for column in ("title", "motion", "id")]
        group = next((first[key] for key in keys if key in first), unit["title"])
        first.update(dict.fromkeys(keys, group))
        groups.append(group)
    return groups


TASK = Task(
    name="handeset",
    version=1,
    title="HanDeSeT: Hansard debates with sentiment tags",
    description=(
        "An item is a speech of one member of the UK House of Commons, of one to five utterances, about a motion, "
        "between 1997 and 2017. The label is whether the speech is for or against the motion, given by hand; it "
        "is not the member's vote (slice `vote`), which differs in 91 of the 1,251 items. Party tells much "
        'without the text: "for" exactly when the speaker is of the party that moved the motion is right in 946. '
        "Quotations were replaced by the word QUOTATION upstream, in 169 items. In 241 items the speech or the "
        "motion has dashes, quotation marks or apostrophes that were mis-encoded upstream and hold control "
        "characters; they are kept. Debate 129 repeats debate 76, eight speeches of it letter for letter, "
        "one of them with the other label. Five titles name several debates each, which are one group: 129 "
        "debates make 119 groups."
    ),
    language="en-GB",
    label_kind="human",
    annotators="people, in two rounds; how many labelled each speech was not found",
    agreement=None,  # the abstract of the corpus paper calls it high and gives no figure
    licence="OPL-UK-3.0 AND ODbL-1.0",
    terms=(
        "The publisher puts the Hansard text under the Open Parliament Licence 3.0 and the rebellion rates under "
        "the Open Database License; for the labels, and by the repository with the file, no licence is stated."
    ),
    citation="""\
@inproceedings{abercrombie-batista-navarro-2018-sentiment,
    title = "A Sentiment-labelled Corpus of {H}ansard Parliamentary Debate Speeches",
    author = "Abercrombie, Gavin  and
      Batista-Navarro, Riza",
    booktitle = "{ParlaCLARIN} 2018",
    year = "2018",
    note = "Data: https://data.mendeley.com/datasets/xsvp45cbt4/2",
}
""",
    homepage="https://research.manchester.ac.uk/en/datasets/handeset-hansard-debates-with-sentiment-tags",
    labels=("against", "for"),
    metric="macro_f1",
    paper_metric="accuracy",
    paper_scores="accuracy and F1",
    board_map={"against": "oppose", "for": "support"},
    board_map_reason=None,
    holder="the member of parliament who speaks",
    target_kind="a motion before the House, in full",
    variants={"all": "every unit"},
    default_moves=False,
    made_with_label={"motion_polarity": "labelled by hand, as the speeches are"},
    split_sets={"audited": frozen(LISTS / "handeset.tsv")},
    source=SOURCE,
    read=read,
    coder_labels=None,  # one label per speech
)
