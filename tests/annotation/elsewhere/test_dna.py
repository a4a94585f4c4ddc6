from __future__ import annotations

from pathlib import Path

import pytest
from tests.annotation.elsewhere.formats import DNA_COLUMNS, dna, dna_row, said

from standoff.annotation.elsewhere.dna import read_dna
from standoff.annotation.elsewhere.foreign import Foreign
from standoff.errors import InputError, NotFoundError


def read(tmp_path: Path, text: str | bytes) -> Foreign:
    path = tmp_path / "events.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_dna(path)


def refused(tmp_path: Path, text: str | bytes) -> str:
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    return str(caught.value)


def test_an_event_list_is_read(tmp_path: Path) -> None:
    found = read(tmp_path, dna([said(3, "Send them; now"), said(9, "No", "River Front", 0)]))
    first, second = found.statements
    assert (first.annotation_id, first.line, first.document, first.quote) == ("3", 2, "7", "Send them, now")
    assert first.values == {
        "document time": "2001-03-04 00:00:00",
        "document title": "A plea",
        "document source": "Example Wire",
        "organization": "Westland",
        "concept": "Send troops",
        "agreement": "1",
    }
    assert (second.annotation_id, second.line, second.values["agreement"]) == ("9", 3, "0")
    assert (first.start, first.end, first.coder) == (None, None, None)
    assert found.documents["7"].title == "A plea"
    assert found.documents["7"].text is None


def test_other_variables_are_read_as_they_are(tmp_path: Path) -> None:
    row = dna_row(1, "x", actor="Westland", claim="c", intensity=-5)
    (found,) = read(tmp_path, dna([row], ("actor", "claim", "intensity"))).statements
    assert found.values["intensity"] == "-5"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_words_on_several_lines_stay_one_statement(tmp_path: Path, end: str) -> None:
    rows = [said(1, f"one{end}{end}two"), said(2, "three")]
    found = read(tmp_path, dna(rows).replace("\n", end) if end == "\n" else dna(rows))
    assert [one.quote for one in found.statements] == [f"one{end}{end}two", "three"]
    assert [one.line for one in found.statements] == [2, 5]


def test_line_ends_of_windows_are_read(tmp_path: Path) -> None:
    found = read(tmp_path, dna([said(1, "one"), said(2, "two")]).replace("\n", "\r\n"))
    assert [one.line for one in found.statements] == [2, 3]
    assert list(found.statements[0].values)[-1] == "agreement"


def test_an_empty_event_list_has_no_statements(tmp_path: Path) -> None:
    assert read(tmp_path, dna([])).statements == []


@pytest.mark.parametrize("mark", [",", "\t"])
def test_another_separator_is_told(tmp_path: Path, mark: str) -> None:
    message = refused(tmp_path, dna([said(1, "one")]).replace(";", mark).replace('"', ""))
    assert "events.csv:1: has another separator than the semicolon" in message


def test_a_network_is_no_event_list(tmp_path: Path) -> None:
    assert "events.csv:1: is not an event list of DNA" in refused(tmp_path, '"";"Westland"\n"Westland";1')


def test_an_empty_file_is_no_event_list(tmp_path: Path) -> None:
    assert "is not an event list" in refused(tmp_path, "")


def test_a_row_that_is_cut_off_is_told_with_its_line(tmp_path: Path) -> None:
    text = dna([said(1, "one\ntwo"), said(2, "three")])
    assert "events.csv:4: is cut off" in refused(tmp_path, text[: text.rindex(";")])
    assert "events.csv:4: is not CSV" in refused(tmp_path, text[: text.index("three") + 2])


def test_a_statement_id_occurs_once(tmp_path: Path) -> None:
    assert "events.csv:3: its statement ID" in refused(tmp_path, dna([said(1, "one"), said(1, "two")]))
    assert "events.csv:2: its statement ID" in refused(tmp_path, dna(["x" + said(1, "one")]))


def test_a_variable_is_named_once_and_may_be_called_like_a_column(tmp_path: Path) -> None:
    assert "names a variable twice" in refused(tmp_path, DNA_COLUMNS + ';"actor";"actor"')
    (one,) = read(tmp_path, dna([dna_row(1, "x", source="a friend", type=2)], ("source", "type"))).statements
    assert (one.values["source"], one.values["type"]) == ("a friend", "2")
    assert one.values["document source"] == "Example Wire"


def test_encodings_are_told(tmp_path: Path) -> None:
    text = dna([said(1, "one"), said(2, "Noël")])
    assert "events.csv:3: is not UTF-8" in refused(tmp_path, text.encode("cp1252"))
    assert "events.csv:1: starts with a byte-order mark" in refused(tmp_path, text.encode("utf-8-sig"))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no such file"):
        read_dna(tmp_path / "none.csv")
