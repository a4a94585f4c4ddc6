from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from tests.annotation.elsewhere.formats import units

from standoff.annotation.elsewhere.foreign import Foreign, Loss, utf16_offsets
from standoff.annotation.elsewhere.losses import REASONS, Report
from standoff.files import sha256_bytes


def test_the_middle_of_a_surrogate_pair_has_no_offset() -> None:
    assert utf16_offsets("a\U0001f6a2b") == {0: 0, 1: 1, 3: 2, 4: 3}
    assert utf16_offsets("") == {0: 0}


@given(text=st.text(max_size=30), data=st.data())
def test_offsets_are_those_of_java(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    assert utf16_offsets(text)[units(text[:at])] == at
    assert len(utf16_offsets(text)) == len(text) + 1


def test_a_loss_names_file_and_line() -> None:
    found = Foreign(Path("a") / "b.csv", b"x")
    found.lose("duplicate", 3, "7")
    assert found.losses == [Loss("duplicate", "b.csv:3", "7")]
    assert str(found.losses[0]) == "b.csv:3: duplicate: 7"
    assert found.sha256 == sha256_bytes(b"x")


def test_reasons_are_told_in_the_order_of_their_list() -> None:
    report = Report(losses=[Loss(reason, "f:1", "x") for reason in reversed(REASONS)])
    assert [entry["reason"] for entry in report.to_json()["losses"]] == list(REASONS)
    assert all(means and lost in {"statement", "part", "nothing"} for lost, means in REASONS.values())
