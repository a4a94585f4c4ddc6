"""The values that judgements give to the fields that are compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from standoff.annotation.agreement.fields import BY_DEFAULT, FIELDS, Question, Row, chosen_fields, rows_of, side
from standoff.corpus.reader import read_sources
from standoff.errors import NotFoundError
from standoff.records import DETAIL_FIELDS, Judgement, Stance

MINI = Path(__file__).parents[2] / "data" / "mini"


@pytest.fixture(scope="module")
def judgements() -> list[Judgement]:
    return [entry.record for entry in read_sources(MINI).judgements]


def test_the_order_of_stances() -> None:
    assert {stance.value: side(stance) for stance in Stance} == {
        "seeks": "for",
        "supports": "for",
        "opposes": "against",
        "mixed": "neither",
        "no_position": "neither",
        "cannot_tell": None,
    }
    assert FIELDS["stance_ordinal"].labels == ("against", "neither", "for")
    assert {name for name, field in FIELDS.items() if field.ordinal} == {"stance_ordinal", "confidence"}


@pytest.mark.parametrize("stance", list(Stance))
def test_a_field_gives_one_of_its_labels_or_nothing(judgements: list[Judgement], stance: Stance) -> None:
    changed = judgements[0].model_copy(update={"stance": stance})
    values = {name: field.value(changed) for name, field in FIELDS.items()}
    assert all(value is None or value in FIELDS[name].labels for name, value in values.items())
    rated = {name for name in ("stance", "stance_ordinal", "board", "position", "polarity") if values[name]}
    expected = {
        "mixed": {"stance", "stance_ordinal", "position"},
        "no_position": {"stance", "stance_ordinal", "board", "position"},
        "cannot_tell": {"stance"},
    }
    assert rated == expected.get(stance, {"stance", "stance_ordinal", "board", "position", "polarity"})


def test_each_detail_gives_its_own_value(judgements: list[Judgement]) -> None:
    held = next(one for one in judgements if one.condition == "if_clause")
    assert {name: FIELDS[name].value(held) for name in DETAIL_FIELDS} == {
        name: getattr(held, name).value for name in DETAIL_FIELDS
    }
    assert {FIELDS[name].asks for name in DETAIL_FIELDS} == {Question.DETAIL}
    none = next(one for one in judgements if one.stance == "no_position")
    assert [FIELDS[name].value(none) for name in DETAIL_FIELDS] == [None] * 5


def test_fields_by_name() -> None:
    assert [field.name for field in chosen_fields(None)] == list(BY_DEFAULT)
    assert "confidence" not in BY_DEFAULT
    assert [field.name for field in chosen_fields(["time", "confidence", "time"])] == ["time", "confidence"]
    with pytest.raises(NotFoundError, match="did you mean polarity"):
        chosen_fields(["polarty"])


def test_rows_are_the_values_with_their_unit_coder_article_and_kind(judgements: list[Judgement]) -> None:
    unit = ("norland-2001-news", "ada-berg", "norland-2001-troops")
    held = [one for one in judgements if one.key == unit or one.stance == "no_position"]
    conflict_of = {one.article_id: "norland-2001" for one in held}
    rows = list(rows_of(held[::-1], [FIELDS["polarity"]], conflict_of))
    assert rows == [
        Row("|".join(unit), coder, "polarity", "for", unit[0], "model", "norland-2001")
        for coder in ("model-a", "model-b")
    ]
    both = list(rows_of(held, [FIELDS["stance"], FIELDS["polarity"]], conflict_of))
    assert [row.field for row in both] == ["stance"] * len(held) + ["polarity"] * 2
    assert {type(row.value) for row in both} == {str}
