"""The labeling configs: complete, of one piece with the inventories and the codebook, and accepted by the SDK."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from standoff.annotation.studio.labeling import (
    EVIDENCE_HOTKEY,
    HOTKEYS,
    KINDS,
    OTHER,
    STYLE,
    Kind,
    hints,
    labeling_config,
)
from standoff.errors import InputError
from standoff.records import DETAIL_FIELDS, INVENTORIES, LABEL_FIELDS, POSITIONED, Judgement, Stance

ANNOTATIONS = Path(__file__).parents[3] / "annotations"
CODEBOOK = (ANNOTATIONS / "codebook" / "v1.md").read_text(encoding="utf-8")
JUDGED: tuple[Kind, ...] = ("classify", "adjudicate")
SHOWN = {
    "classify": {"proposition", "actor", "role", "dateline", "text"},
    "find": {"dateline", "text", "actors", "propositions"},
    "adjudicate": {"proposition", "actor", "role", "dateline", "text", "answers"},
    "feedback": {"proposition", "actor", "role", "dateline", "text", "answers"},
}
"""What of a task each page shows. Nothing says who else codes it, or in which round."""
LABEL_STUDIO_KEYS = {"u", "enter", "escape", "backspace", "delete", "space"}
"""Keys without a modifier that Label Studio 1.23.2 uses itself."""


def parsed(kind: Kind) -> ET.Element:
    return ET.fromstring(labeling_config(kind, CODEBOOK))  # noqa: S314 - made by ourselves


def controls(kind: Kind) -> dict[str, ET.Element]:
    return {tag.attrib["name"]: tag for tag in parsed(kind).iter() if "toName" in tag.attrib}


@pytest.mark.parametrize("kind", KINDS)
def test_the_committed_configs_are_what_is_generated(kind: Kind) -> None:
    committed = (ANNOTATIONS / "labelstudio" / f"{kind}.xml").read_text(encoding="utf-8")
    assert committed == labeling_config(kind, CODEBOOK)


def test_no_other_config_is_committed() -> None:
    assert {path.name for path in (ANNOTATIONS / "labelstudio").iterdir()} == {f"{kind}.xml" for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_the_sdk_accepts_the_configs(kind: Kind) -> None:
    from label_studio_sdk.label_interface.interface import LabelInterface

    interface: Any = LabelInterface(labeling_config(kind, CODEBOOK))
    interface.validate()


@pytest.mark.parametrize("kind", KINDS)
def test_names_are_unique_and_no_name_of_a_control_is_a_key_of_the_data(kind: Kind) -> None:
    names = [tag.attrib["name"] for tag in parsed(kind).iter() if "name" in tag.attrib]
    assert len(names) == len(set(names))
    assert not set(controls(kind)) & SHOWN[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_what_of_a_task_is_shown(kind: Kind) -> None:
    values = [tag.attrib.get("value", "") for tag in parsed(kind).iter()]
    assert {value[1:] for value in values if value.startswith("$")} == SHOWN[kind]


@pytest.mark.parametrize("kind", JUDGED)
def test_values_are_those_of_the_records_in_their_order(kind: Kind) -> None:
    found = {name: tag for name, tag in controls(kind).items() if tag.tag == "Choices"}
    assert list(found) == [*LABEL_FIELDS, *(["confidence"] if kind == "classify" else [])]
    for name, choices in found.items():
        assert [choice.attrib["value"] for choice in choices] == [str(value) for value in INVENTORIES[name]]
        assert choices.attrib["choice"] == "single"
        assert choices.attrib["required"] == "true"


def test_the_inventories_are_those_of_a_judgement() -> None:
    for name, inventory in INVENTORIES.items():
        assert Judgement.model_fields[name].annotation in {inventory, inventory | None}


def test_what_else_a_page_asks() -> None:
    assert set(controls("classify")) == {*LABEL_FIELDS, "evidence", "confidence", "note"}
    assert set(controls("adjudicate")) == {*LABEL_FIELDS, "evidence", "reason"}
    assert set(controls("find")) == {"found_actor", "found_proposition", "other_name"}
    assert set(controls("feedback")) == {"read"}


@pytest.mark.parametrize("kind", JUDGED)
def test_a_position_opens_the_details_and_nothing_else_does(kind: Kind) -> None:
    boxes = [tag for tag in parsed(kind).iter("View") if "visibleWhen" in tag.attrib]
    details = next(box for box in boxes if box.findall(".//Choices"))
    assert details.attrib["whenTagName"] == "stance"
    assert set(details.attrib["whenChoiceValue"].split(",")) == {str(stance) for stance in POSITIONED}
    assert [choices.attrib["name"] for choices in details.iter("Choices")] == list(DETAIL_FIELDS)


def test_the_reminders_of_a_note_are_for_what_needs_one() -> None:
    boxes = [
        tag for tag in parsed("classify").iter("View") if tag.find("View[@className='line reminder']") is not None
    ]
    assert [(box.attrib["whenTagName"], box.attrib["whenChoiceValue"]) for box in boxes] == [
        ("stance", "mixed,cannot_tell"),
        ("confidence", "low"),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_every_rule_is_on_a_control_that_is_there_and_says_what_to_do(kind: Kind) -> None:
    rules = [
        tag for tag in parsed(kind).iter("View") if tag.attrib.get("className", "").startswith(("needs", "ex"))
    ]
    assert [tag.attrib["className"] for tag in rules] == {
        "classify": ["needs evidence", "excludes evidence", "needs note", "needs note"],
        "adjudicate": ["needs evidence", "excludes evidence"],
    }.get(kind, [])
    for tag in rules:
        assert tag.attrib["className"].split()[1] in controls(kind)
        assert set(tag.attrib["whenChoiceValue"].split(",")) <= set(INVENTORIES[tag.attrib["whenTagName"]])
        (header,) = tag.iter("Header")
        assert header.attrib["value"]


@pytest.mark.parametrize("kind", KINDS)
def test_hotkeys_are_unique_and_leave_those_of_label_studio_alone(kind: Kind) -> None:
    keys = [tag.attrib["hotkey"] for tag in parsed(kind).iter() if "hotkey" in tag.attrib]
    assert len(keys) == len(set(keys))
    assert not set(keys) & LABEL_STUDIO_KEYS
    assert all(re.fullmatch("[a-z0-9]", key) for key in keys)


@pytest.mark.parametrize("kind", JUDGED)
def test_every_value_has_a_hotkey_which_its_message_names(kind: Kind) -> None:
    for name, control in controls(kind).items():
        if control.tag == "Choices":
            assert [choice.attrib["hotkey"] for choice in control] == list(HOTKEYS[name])
            assert re.findall(r"\b\w\b", control.attrib["requiredMessage"].split("press")[1]) == list(
                HOTKEYS[name]
            )
    assert controls(kind)["evidence"][0].attrib["hotkey"] == EVIDENCE_HOTKEY


@pytest.mark.parametrize("kind", JUDGED)
def test_every_value_has_its_definition_as_a_hint(kind: Kind) -> None:
    told = hints(CODEBOOK)
    for name, control in controls(kind).items():
        for choice in control.findall("Choice"):
            assert choice.attrib["hint"] == told[name][choice.attrib["value"]]


def test_definitions_are_the_words_of_the_codebook() -> None:
    found = hints(CODEBOOK)
    assert found["stance"]["no_position"] == "the actor is named and the text gives no stance on this proposition"
    assert found["condition"]["none"] == "no condition"
    assert found["relay"]["none"].startswith("the text has it from the actor itself")
    assert found["confidence"]["low"] == "near a coin toss"
    for values in found.values():
        for words in values.values():
            assert words in CODEBOOK.replace("`", "")


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("| `opposes` |", "| `rejects` |", "stance"),
        ("| `opposes` | the actor", "| the actor", "stance"),
        ("| commitment | `asserted`", "| confidence | `asserted`", "commitment"),
        ("| | `named` |", "| | `anonymous` |", "relay"),
        ("`high`: another", "high: another", "confidence"),
    ],
)
def test_a_codebook_that_does_not_fit_the_inventories_is_refused(old: str, new: str, field: str) -> None:
    assert CODEBOOK.count(old) == 1
    with pytest.raises(InputError, match=f"does not define the values of {field}"):
        hints(CODEBOOK.replace(old, new))


def test_the_order_of_a_codebook_is_that_of_the_inventory() -> None:
    lines = CODEBOOK.split("\n")
    seeks, supports = (
        next(i for i, line in enumerate(lines) if line.startswith(f"| `{x}`")) for x in list(Stance)[:2]
    )
    lines[seeks], lines[supports] = lines[supports], lines[seeks]
    with pytest.raises(InputError, match="values of stance"):
        hints("\n".join(lines))


def test_the_style_has_no_sign_that_label_studio_escapes() -> None:
    assert not set("<>&") & set(STYLE.read_text(encoding="utf-8"))


def test_the_label_of_an_unlisted_actor_is_no_actor_of_the_corpus() -> None:
    sources = Path(__file__).parents[3] / "corpus" / "sources" / "actors"
    actors = "".join(path.read_text(encoding="utf-8") for path in sources.iterdir())
    assert "actor_id:" in actors
    assert not re.search(rf"actor_id: {OTHER}$", actors, re.MULTILINE)


def test_the_actor_is_asked_for_before_the_proposition() -> None:
    # Label Studio looks at the first label of a span when it asks for the name of another actor.
    assert list(controls("find"))[:2] == ["found_actor", "found_proposition"]
