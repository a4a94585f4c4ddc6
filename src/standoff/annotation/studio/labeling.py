"""Labeling configs for Label Studio, generated from the label inventories and the codebook.

The values of every choice are those of the enums in :mod:`standoff.records`, in their order; the hint
behind each is its definition in the codebook. The generated files lie in ``annotations/labelstudio/`` for
reading and for review: a test compares them with what this module makes.

============  ========================================================================================
config        one task is
============  ========================================================================================
classify      one (article, actor, proposition): stance, details, evidence, confidence, note
find          one article: who in it takes a position on what, and where it names them
adjudicate    a unit on which coders differ, with their answers: as classify, with a reason
feedback      a unit of the practice round, with the known answer: to be read
============  ========================================================================================

What Label Studio 1.23.2 does with these, seen in its page (``tests/annotation/studio/test_page.py``):

- The details are hidden until the stance takes a position, and are asked for exactly then. Changing the
  stance to one without a position hides them, and hidden details are not submitted, so that
  ``details-unneeded`` cannot come from this page. Marked evidence *is* submitted, whatever the stance; and
  no evidence can be demanded, as ``Labels`` knows no ``required``. So the config says in boxes of the classes
  ``needs <control>`` and ``excludes <control>`` what else an answer holds: our own server's guard reads them and
  refuses a submit with the box's header. On a foreign server the page submits all the same, and whoever pulls
  must look for ``evidence-missing``, ``evidence-unneeded`` and ``note-missing``.
- A hotkey works even on choices that are hidden. Details chosen blindly come to light with the stance.
- The label of the evidence is chosen when a task opens, so that the first span needs no key; its key would let
  go of the label. It is let go of after each span and each submit, and when a submitted task is opened again; no
  attribute keeps it. A drag without a label leaves the words selected, and the next drag from there would carry
  them away: a click beside them lets go of them. In a text box the
  submit key does nothing; Enter keeps what is typed, and unkept words are sent all the same.
- Spans are snapped to words, as the reader's segmentation of the text has them (``granularity="word"``): a drag
  that starts or ends inside a word takes the whole word, and trailing white space is dropped.

The answer of ``find`` needs two kinds of label on one span. A choice per region would be shown only after
the new region has been clicked again, so both are ``Labels`` here: press the actor's key, the proposition's
key, and drag (Label Studio gives each label a key and shows it). The actors come first in the
configuration, because whether the name of an unlisted one is asked for hangs on a span's first label. One
region of a submitted annotation is then one or more results that share an ``id``::

    {"id": "Xy12", "from_name": "found_actor", "type": "labels",
     "value": {"start": 10, "end": 64, "text": "…", "labels": ["sudmark-prime-minister"]}}
    {"id": "Xy12", "from_name": "found_proposition", "type": "labels",
     "value": {"start": 10, "end": 64, "text": "…", "labels": ["norland-troops"]}}

The labels are ids: ``actors`` and ``propositions`` in the task are lists of ``{"value": <shown>, "alias":
<id>}``. A region with both is a statement; with an actor alone, a mention; with a proposition alone,
incomplete. The label ``other`` stands for an actor that is not listed; its region has a third result with
the name that the coder typed::

    {"id": "Xy12", "from_name": "other_name", "type": "textarea", "value": {"start": …, "text": ["Sarland"]}}
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Literal, get_args

from standoff.annotation.codebook import Definitions, definitions
from standoff.errors import InputError
from standoff.records import (
    DETAIL_FIELDS,
    INVENTORIES,
    POSITIONED,
    Stance,
)

Kind = Literal["classify", "find", "adjudicate", "feedback"]
KINDS: tuple[Kind, ...] = get_args(Kind)

HOTKEYS = {
    "stance": "123456",
    "attribution": "qwert",
    "commitment": "as",
    "condition": "dfgh",
    "relay": "zxc",
    "time": "vbn",
    "confidence": "789",
}
"""One key a value. Each control has neighbouring keys, in reading order, for the hand that is not on the
mouse."""

STYLE = Path(__file__).with_name("labeling.css")
EVIDENCE_HOTKEY = "y"
EVIDENCE_COLOUR = "#15803d"
OTHER_COLOUR = "#6b7280"
OTHER = "other"
"""The label of an actor that is not listed."""


def labeling_config(kind: Kind, codebook: str) -> str:
    """Return the labeling config of one kind of project as XML.

    Args:
        kind: What is done with a task.
        codebook: Markdown of the codebook whose definitions become the hints.

    Raises:
        InputError: The codebook does not define every value, or defines one that does not exist.
    """
    makers = {"classify": _classify, "find": _find, "adjudicate": _adjudicate, "feedback": _feedback}
    page = ET.Element("View", className="standoff")
    ET.SubElement(page, "Style").text = STYLE.read_text(encoding="utf-8")
    makers[kind](page, hints(codebook))
    ET.indent(page)
    return ET.tostring(page, encoding="unicode") + "\n"


def hints(codebook: str) -> Definitions:
    """Return what a codebook says of each value, as plain text.

    Raises:
        InputError: It does not define every value in the order of the inventories, or defines another.
    """
    found = definitions(codebook)
    for name, inventory in INVENTORIES.items():
        if list(found[name]) != list(inventory):
            raise InputError(
                f"the codebook does not define the values of {name}",
                got=", ".join(found[name]) or "none",
                expected=", ".join(inventory) + ", in this order",
                remedy="correct the codebook's table, or the inventory in standoff.records",
            )
    return {
        name: {value: when.replace("`", "") for value, when in values.items()} for name, values in found.items()
    }


def _classify(page: ET.Element, told: Definitions) -> None:
    answer = _unit(page)
    _judgement(answer, told)
    _choices(answer, "confidence", told)
    for control, values in (("stance", "mixed,cannot_tell"), ("confidence", "low")):
        box = _when(answer, control, values, rule="needs note")
        _line(box, "reminder", f"{values.replace(',', ' or ')} needs a note")
    _text_area(answer, {"name": "note", "toName": "text"}, "Note: one short sentence, then Enter")


def _adjudicate(page: ET.Element, told: Definitions) -> None:
    answer = _unit(page)
    _readings(answer)
    _judgement(answer, told)
    _text_area(answer, _required("reason", "Give the reason for your decision."), "Reason, then Enter")


def _feedback(page: ET.Element, _told: Definitions) -> None:
    answer = _unit(page)
    _readings(answer)
    read = _required("read", "Read the answers, then press 1.") | {"choice": "single", "layout": "inline"}
    ET.SubElement(ET.SubElement(answer, "Choices", read), "Choice", value="read", hotkey="1")


def _find(page: ET.Element, _told: Definitions) -> None:
    columns = ET.SubElement(page, "View", className="columns")
    left = ET.SubElement(columns, "View", className="article")
    _line(ET.SubElement(left, "View", className="unit"), "dateline", "$dateline")
    _text(left, labels=True)
    answer = ET.SubElement(columns, "View", className="answer")
    _line(answer, "title", "Who: choose the actor, and mark where the text names it")
    actors = ET.SubElement(answer, "Labels", name="found_actor", toName="text", value="$actors")
    ET.SubElement(actors, "Label", value=OTHER, hotkey="0", background=OTHER_COLOUR)
    _line(answer, "title", "On what: choose actor and proposition, and mark the words that show it")
    ET.SubElement(
        answer, "Labels", name="found_proposition", toName="text", value="$propositions", showInline="false"
    )
    name = _required("other_name", "Type the name of the other actor.") | {
        "perRegion": "true",
        "whenTagName": "found_actor",
        "whenLabelValue": OTHER,
    }
    box = ET.SubElement(
        answer, "View", visibleWhen="region-selected", whenTagName="found_actor", whenLabelValue=OTHER
    )
    _text_area(box, name, "Name of the other actor, then Enter")


def _unit(page: ET.Element) -> ET.Element:
    """Add the unit above the article on the left; return the column on the right, which takes the answer."""
    columns = ET.SubElement(page, "View", className="columns")
    left = ET.SubElement(columns, "View", className="article")
    unit = ET.SubElement(left, "View", className="unit")
    _line(unit, "proposition", "$proposition")
    who = ET.SubElement(unit, "View", className="who")
    for key in ("actor", "role", "dateline"):
        _line(who, key, f"${key}")
    _text(left)
    return ET.SubElement(columns, "View", className="answer")


def _judgement(answer: ET.Element, told: Definitions) -> None:
    _choices(answer, "stance", told)
    positions = ",".join(stance for stance in Stance if stance in POSITIONED)
    details = _when(answer, "stance", positions)
    for field in DETAIL_FIELDS:
        _choices(details, field, told)
    for rule, values, sentence in (
        ("needs", positions, f"Mark the words that show the position: press {EVIDENCE_HOTKEY} and drag over them"),
        ("excludes", Stance.NO_POSITION, f"{Stance.NO_POSITION} has no evidence: click the mark, press Backspace"),
    ):
        _line(_when(answer, "stance", values, rule=f"{rule} evidence"), "rule", sentence)
    marking = ET.SubElement(_field(answer, "evidence"), "View", className="marking")
    labels = ET.SubElement(marking, "Labels", name="evidence", toName="text")
    ET.SubElement(
        labels, "Label", value="evidence", hotkey=EVIDENCE_HOTKEY, background=EVIDENCE_COLOUR, selected="true"
    )
    _line(marking, "how", f"Drag at once. Not marked? Click beside, press {EVIDENCE_HOTKEY}, drag again.")


def _readings(parent: ET.Element) -> None:
    box = ET.SubElement(parent, "View", className="readings")
    ET.SubElement(box, "HyperText", name="readings", value="$answers", inline="true")


def _choices(parent: ET.Element, field: str, told: Definitions) -> None:
    keys = HOTKEYS[field]
    message = f"Choose the {field}: press {', '.join(keys[:-1])} or {keys[-1]}."
    # Not radio buttons: the page names each after its value, so that one `none` would switch the other off.
    attributes = _required(field, message) | {"choice": "single", "layout": "inline"}
    choices = ET.SubElement(_field(parent, field), "Choices", attributes)
    for value, key in zip(INVENTORIES[field], keys, strict=True):
        ET.SubElement(choices, "Choice", value=value, hotkey=key, hint=told[field][value])


def _field(parent: ET.Element, name: str) -> ET.Element:
    """Add a row with the name of a field in front; return it."""
    row = ET.SubElement(parent, "View", className="field")
    _line(row, "title", name)
    return row


def _required(name: str, message: str) -> dict[str, str]:
    return {"name": name, "toName": "text", "required": "true", "requiredMessage": message}


def _when(parent: ET.Element, control: str, values: str, *, rule: str = "") -> ET.Element:
    """Add a box that is seen only while one of ``values``, separated by commas, is chosen in ``control``.

    Where it is a rule for the guard: ``needs <control>`` or ``excludes <control>``.
    """
    seen = {"visibleWhen": "choice-selected", "whenTagName": control, "whenChoiceValue": values}
    return ET.SubElement(parent, "View", {"className": rule} | seen if rule else seen)


def _line(parent: ET.Element, name: str, value: str) -> None:
    # A Header takes no class name of its own.
    ET.SubElement(ET.SubElement(parent, "View", className=f"line {name}"), "Header", value=value, size="5")


def _text(parent: ET.Element, *, labels: bool = False) -> None:
    attributes = {"value": "$text", "valueType": "text", "granularity": "word", "saveTextResult": "yes"}
    ET.SubElement(parent, "Text", attributes | {"name": "text", "showLabels": str(labels).lower()})


def _text_area(parent: ET.Element, attributes: dict[str, str], placeholder: str) -> None:
    # The submit key does nothing inside the box: Enter keeps the text and leaves the box.
    attributes |= {"rows": "1", "maxSubmissions": "1", "editable": "true", "placeholder": placeholder}
    ET.SubElement(parent, "TextArea", attributes)
