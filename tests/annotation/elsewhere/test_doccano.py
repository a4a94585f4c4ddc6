from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.annotation.elsewhere.formats import doccano, units

from standoff.annotation.elsewhere.doccano import counts_differ, read_doccano
from standoff.annotation.elsewhere.foreign import Foreign
from standoff.errors import InputError

TEXT = "Westland sends troops / soon."


def read(tmp_path: Path, *examples: dict[str, Any], name: str = "anna", **options: Any) -> Foreign:
    path = tmp_path / f"{name}.jsonl"
    path.write_text(doccano(examples), encoding="utf-8")
    return read_doccano(path, **options)


def refused(tmp_path: Path, *examples: dict[str, Any], **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        read(tmp_path, *examples, **options)
    return str(caught.value)


def entity(number: int, start: int, end: int, label: str) -> dict[str, Any]:
    return {"id": number, "label": label, "start_offset": start, "end_offset": end}


def test_spans_are_read(tmp_path: Path) -> None:
    example = {
        "id": 4,
        "text": TEXT,
        "label": [[0, 8, "actor"], [9, 21, "supports"]],
        "Comments": ["sure"],
        "day": 3,
    }
    found = read(tmp_path, example)
    first, second = found.statements
    assert second.values == {"day": "3", "comments": "sure", "label": "supports", "span": "sends troops"}
    assert (second.annotation_id, second.line, second.coder) == ("line 1 label 2", 1, "anna")
    assert (second.start, second.end, second.document, second.quote) == (9, 21, "4", None)
    assert first.values["span"] == "Westland"
    assert found.documents["4"].text == TEXT


def test_older_exports_call_the_text_data_and_spans_entities(tmp_path: Path) -> None:
    found = read(tmp_path, {"id": 4, "data": TEXT, "entities": [[0, 8, "actor"]], "cats": ["news"]})
    assert [one.values["label"] for one in found.statements] == ["news", "actor"]


def test_labels_of_whole_texts_have_no_span(tmp_path: Path) -> None:
    found = read(tmp_path, {"id": 4, "text": TEXT, "label": ["supports"], "actor": "Westland", "x": None})
    (one,) = found.statements
    assert one.values == {"actor": "Westland", "label": "supports"}
    assert (one.start, one.end) == (None, None)


def test_nobody_is_named_in_a_shared_project(tmp_path: Path) -> None:
    (one,) = read(tmp_path, {"id": 4, "text": TEXT, "label": ["supports"]}, name="all").statements
    assert one.coder is None


@pytest.mark.parametrize(("evidence", "span"), [("to", (9, 21)), ("from", (0, 8))])
def test_relations_are_read_in_place_of_spans(tmp_path: Path, evidence: str, span: tuple[int, int]) -> None:
    entities = [entity(1, 0, 8, "actor"), entity(2, 9, 21, "claim"), entity(3, 24, 28, "when")]
    relations = [{"id": 8, "from_id": 1, "to_id": 2, "type": "supports"}]
    rows = [
        {"id": 4, "text": TEXT, "entities": entities, "relations": relations},
        {"id": 5, "text": TEXT, "entities": [entity(9, 0, 8, "actor")], "relations": []},
    ]
    found = read(tmp_path, *rows, evidence=evidence)
    (one,) = found.statements
    assert one.values == {
        "relation": "supports",
        "from": "actor",
        "from text": "Westland",
        "to": "claim",
        "to text": "sends troops",
    }
    assert (one.start, one.end) == span
    assert one.annotation_id == "relation 8"
    assert [(loss.reason, loss.where, loss.what) for loss in found.losses] == [
        ("span-unrelated", "anna.jsonl:1", "3 when"),
        ("span-unrelated", "anna.jsonl:2", "9 actor"),
    ]


def test_a_relation_to_nothing_is_refused(tmp_path: Path) -> None:
    relations = [{"id": 8, "from_id": 1, "to_id": 7, "type": "supports"}]
    row = {"id": 4, "text": TEXT, "entities": [entity(1, 0, 8, "actor")], "relations": relations}
    assert "a relation between two spans" in refused(tmp_path, row)


def test_an_id_of_the_user_may_stand_for_several_lines_of_one_text(tmp_path: Path) -> None:
    rows = [
        {"id": "plea", "text": TEXT, "label": [label], "actor": who} for label, who in (("pro", "a"), ("con", "b"))
    ]
    found = read(tmp_path, *rows)
    assert list(found.documents) == ["plea"]
    assert [one.annotation_id for one in found.statements] == ["line 1 label 1", "line 2 label 1"]
    assert "anna.jsonl:2: is no labelled text" in refused(tmp_path, rows[0], {**rows[1], "text": "Another."})


# -- what offsets count ---------------------------------------------------------------------------------

LETTERS = "a\u00e9 b\n\U0001f6a2\U0001d49c\U0001f468\u200d\U0001f3fbe\u0301\u05e9\u05dc\u202e\u0639\r"
"""Emoji with joiners and skin tones, astral letters, combining marks, right-to-left letters, both line ends."""

TEXTS = st.text(st.sampled_from(LETTERS), min_size=1, max_size=30)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(text=TEXTS, data=st.data())
def test_spans_survive_whatever_offsets_count(tmp_path: Path, text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    java = [units(text[:start]), units(text[:end]), "x"]
    for given_as, label in (("utf-16", java), ("code-points", [start, end, "x"])):
        (one,) = read(tmp_path, {"id": 1, "text": text, "label": [label]}, offsets=given_as).statements
        assert (one.start, one.end) == (start, end)
    found = read(tmp_path, {"id": 1, "text": text, "label": [java]}) if counts_differ(text) else None
    if found is None:
        assert java[:2] == [start, end]
    else:
        assert [loss.reason for loss in found.losses] == ["offset-unit-unknown"]
        assert found.statements == []


def test_an_offset_within_a_character_is_a_loss(tmp_path: Path) -> None:
    found = read(tmp_path, {"id": 1, "text": "🚢 b", "label": [[1, 4, "x"], [3, 4, "x"]]}, offsets="utf-16")
    assert [(loss.reason, loss.what) for loss in found.losses] == [("span-splits-character", "line 1 label 1")]
    assert [one.values["span"] for one in found.statements] == ["b"]


def test_an_offset_beyond_the_text_is_refused(tmp_path: Path) -> None:
    assert "within the text of 3 characters" in refused(tmp_path, {"id": 1, "text": "abc", "label": [[1, 4, "x"]]})
    row = {"id": 1, "text": "🚢b", "label": [[2, 3, "x"]]}
    assert "within the text" in refused(tmp_path, row, offsets="code-points")


@pytest.mark.parametrize(
    ("text", "differ"),
    [("plain é", False), ("🚢", True), ("e\u0301", True), ("a\r\nb", True), ("a\nb", False), ("שלום", False)],
)
def test_what_counts_differently(text: str, differ: bool) -> None:
    assert counts_differ(text) is differ


# -- malformed ------------------------------------------------------------------------------------------


def test_a_broken_line_is_told(tmp_path: Path) -> None:
    path = tmp_path / "anna.jsonl"
    path.write_text(doccano([{"id": 1, "text": "a", "label": []}]) + '{"id": 2, "te')
    with pytest.raises(InputError, match=r"anna\.jsonl:2: is not JSON"):
        read_doccano(path)


@pytest.mark.parametrize(("start", "what"), [(b"PK\x03\x04", "is a zip"), (b"[{}]", "is a JSON list")])
def test_other_files_are_told(tmp_path: Path, start: bytes, what: str) -> None:
    path = tmp_path / "anna.jsonl"
    path.write_bytes(start)
    with pytest.raises(InputError, match=what):
        read_doccano(path)


@pytest.mark.parametrize(
    "row",
    [
        {"id": 1, "filename": "a.png", "label": []},
        {"id": 1, "text": "a", "annotations": [{"label": 1, "start_offset": 0, "end_offset": 1}]},
        {"id": 1, "text": "a", "label": [[0, "x"]]},
        {"id": 1, "text": "a", "label": "x"},
        {"id": 1, "text": "a", "label": [[-1, 1, "x"]]},
        {"id": 1, "text": "ab", "entities": [entity(3, 0, 1, "x"), entity(3, 1, 2, "y")]},
        {"id": 1, "text": "ab", "entities": [], "relations": {"id": 1}},
    ],
)
def test_lines_of_other_projects_are_refused(tmp_path: Path, row: dict[str, Any]) -> None:
    assert "anna.jsonl:1: is no labelled text of doccano" in refused(tmp_path, row)
