"""The practice key: what it takes, and what it says to whoever wrote it wrongly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.annotation.campaign.practised import known_rows, practised

from standoff.annotation.campaign.campaign import Round
from standoff.annotation.campaign.key import read_key
from standoff.annotation.campaign.plan import extend_plan, make_plan
from standoff.errors import InputError, NotFoundError, RefusedError
from standoff.records import DETAIL_FIELDS, CoderKind, Stance

POSITION = 0
"""A line of the key with a position."""

NO_POSITION: dict[str, Any] = {"stance": "no_position", "evidence": [], **dict.fromkeys(DETAIL_FIELDS)}


def refused(folder: Path, line: int, **changed: Any) -> str:
    rows = known_rows()
    rows[line] |= changed
    sources, campaign = practised(folder, rows)
    with pytest.raises(InputError) as caught:
        read_key(sources, campaign)
    assert f"practice.jsonl:{line + 1}" in str(caught.value)
    return str(caught.value)


def test_answers_come_in_the_order_of_the_file_with_who_gave_them(tmp_path: Path) -> None:
    rows = known_rows()
    sources, campaign = practised(tmp_path, rows)
    key = read_key(sources, campaign)
    assert [one.key for one in key] == [(r["article_id"], r["actor_id"], r["proposition_id"]) for r in rows]
    assert {(one.author, one.kind) for one in key} == {("anna", CoderKind.HUMAN)}
    assert key[0].reason == rows[0]["reason"]
    assert key[0].section == "1, rule 7"


def test_quotes_become_spans_of_the_text(tmp_path: Path) -> None:
    sources, campaign = practised(tmp_path)
    for row, known in zip(known_rows(), read_key(sources, campaign), strict=True):
        text = sources.articles_by_id[known.article_id].text
        assert text is not None
        assert sorted(text[span.start : span.end] for span in known.evidence) == sorted(row["evidence"])


def test_no_position_has_neither_details_nor_evidence(tmp_path: Path) -> None:
    sources, campaign = practised(tmp_path, [known_rows()[POSITION] | NO_POSITION])
    assert [one.stance for one in read_key(sources, campaign)] == [Stance.NO_POSITION]


def test_a_campaign_without_practice_has_no_key(tmp_path: Path) -> None:
    sources, campaign = practised(tmp_path, practice=None)
    with pytest.raises(InputError, match="has no practice"):
        read_key(sources, campaign)


def test_a_key_that_is_not_there_is_told(tmp_path: Path) -> None:
    sources, campaign = practised(tmp_path, practice="other.jsonl")
    with pytest.raises(NotFoundError, match=r"other\.jsonl"):
        read_key(sources, campaign)


def test_an_empty_key_is_refused(tmp_path: Path) -> None:
    sources, campaign = practised(tmp_path, [])
    with pytest.raises(InputError, match="no known answers"):
        read_key(sources, campaign)


def test_a_unit_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "not a unit" in refused(tmp_path, POSITION, actor_id="nobody")


def test_an_unknown_author_is_refused(tmp_path: Path) -> None:
    assert "who gave the answer" in refused(tmp_path, POSITION, author="zoe")


def test_a_missing_reason_is_refused(tmp_path: Path) -> None:
    assert "reason" in refused(tmp_path, POSITION, reason="")


def test_a_quote_that_is_not_in_the_text_is_refused(tmp_path: Path) -> None:
    assert "occurs 0 times" in refused(tmp_path, POSITION, evidence=["nothing of the sort"])


def test_offsets_outside_the_text_are_refused(tmp_path: Path) -> None:
    assert "leaves the text" in refused(tmp_path, POSITION, evidence=[[5, 100_000]])


def test_a_position_without_details_is_refused(tmp_path: Path) -> None:
    assert "relay, time" in refused(tmp_path, POSITION, relay=None, time=None)


def test_a_position_without_evidence_is_refused(tmp_path: Path) -> None:
    assert "evidence do not fit" in refused(tmp_path, POSITION, evidence=[])


def test_details_without_a_position_are_refused(tmp_path: Path) -> None:
    assert "time do not fit" in refused(tmp_path, POSITION, **(NO_POSITION | {"time": "current"}))


def test_a_unit_twice_is_refused(tmp_path: Path) -> None:
    first = known_rows()[0]
    assert "has a known answer already" in refused(tmp_path, 1, **first)


def test_an_article_whose_text_is_not_shipped_is_refused(tmp_path: Path) -> None:
    unit = {"article_id": "norland-2001-news", "actor_id": "ada-berg", "proposition_id": "norland-2001-troops"}
    assert "not shipped" in refused(tmp_path, POSITION, **unit)


# -- planning it ----------------------------------------------------------------------------------------


def test_every_coder_practises_all_units_in_the_keys_order(tmp_path: Path) -> None:
    rows = list(reversed(known_rows()))
    sources, campaign = practised(tmp_path, rows)
    plan = make_plan(sources, campaign, Round.PRACTICE)
    for coder_id in campaign.coders:
        mine = [task for task in plan if task.coder_id == coder_id]
        assert [task.actor_id for task in mine] == [row["actor_id"] for row in rows]
        assert [task.position for task in mine] == list(range(len(rows)))
        assert {(task.round, task.occurrence) for task in mine} == {(Round.PRACTICE, 1)}


def test_a_coder_who_joins_practises_too(tmp_path: Path) -> None:
    sources, campaign = practised(tmp_path)
    plan = make_plan(sources, campaign, Round.PRACTICE)
    joined = campaign.model_copy(update={"coders": (*campaign.coders, "dan")})
    after = extend_plan(sources, joined, Round.PRACTICE, plan)
    assert set(plan) < set(after)
    assert len([task for task in after if task.coder_id == "dan"]) == len(known_rows())


def test_nobody_practises_on_what_is_coded(tmp_path: Path) -> None:
    sources, campaign = practised(tmp_path, conflicts=["norland-2001", "ostmark-2002"])
    with pytest.raises(RefusedError) as caught:
        make_plan(sources, campaign, Round.PRACTICE)
    assert "ostmark-2002-coal" in str(caught.value)
    assert "nobody codes blind what was shown before" in str(caught.value)
