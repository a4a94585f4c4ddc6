"""Pace: who clicks too quickly is noticed, who reads is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.annotation.campaign.simulated import (
    WORDS,
    Behaviour,
    article,
    judgement,
    made_campaign,
    made_sources,
    several,
    simulate,
)

from standoff.annotation.campaign.campaign import Round
from standoff.annotation.campaign.pace import READING_SPEED, Pace, pace
from standoff.annotation.campaign.plan import make_plan
from standoff.annotation.campaign.progress import Answer
from standoff.records import Stance

if TYPE_CHECKING:
    from collections.abc import Callable

    from standoff.annotation.campaign.campaign import Assignment

SOURCES = made_sources(several(24))
PLAN = make_plan(SOURCES, made_campaign(), Round.MAIN)
WORDS_OF = {entry.record.article_id: WORDS for entry in SOURCES.articles}


def paces(behaviours: dict[str, Behaviour], seed: int = 1) -> dict[str, Pace]:
    return {one.coder_id: one for one in pace(simulate(PLAN, behaviours, seed), WORDS_OF, seed=seed)}


def timed(plan: list[Assignment], seconds: Callable[[Assignment], float | None]) -> list[Answer]:
    return [Answer(task, judgement(task, Stance.SUPPORTS, seconds(task))) for task in plan]


def test_honest_coders_are_not_flagged() -> None:
    assert [one.flags for seed in range(20) for one in paces({}, seed).values()] == [()] * 60


def test_a_coder_who_only_clicks_is_flagged_and_nobody_else() -> None:
    for seed in range(10):
        found = paces({"ben": Behaviour(read=3, click=2)}, seed)
        assert {name for name, one in found.items() if one.flags} == {"ben"}
        too_quick, against = found["ben"].flags
        assert "600 words a minute" in too_quick
        assert "of the others' time" in against


def test_a_quick_reader_is_not_flagged() -> None:
    # 60 seconds for 360 words are 360 words a minute.
    assert all(
        not one.flags for seed in range(10) for one in paces({"ben": Behaviour(read=60, click=9)}, seed).values()
    )


def test_a_slow_coder_is_not_flagged() -> None:
    found = paces({"ben": Behaviour(read=150, click=24)})
    assert not any(one.flags for one in found.values())
    share = found["ben"].against_others
    assert share is not None
    assert 1 < share.low < 1.65 < share.high < 2.5


def test_the_share_of_the_others_time_is_on_the_same_units() -> None:
    tenth = timed(PLAN, lambda task: 3.0 if task.coder_id == "ben" else 30.0)
    found = {one.coder_id: one.against_others for one in pace(tenth, WORDS_OF, seed=1)}
    assert found["ben"] is not None
    assert (found["ben"].value, found["ben"].low, found["ben"].high) == pytest.approx((0.1, 0.1, 0.1))


def test_too_quick_is_more_words_than_can_be_read_in_the_time_of_the_whole_article() -> None:
    sources = made_sources([article("war-1", 2, 2), article("war-2", 2, 2)])
    plan = make_plan(sources, made_campaign(coders=["anna"], coders_per_unit=1, repeats=0), Round.MAIN)
    words = {"war-1": 400, "war-2": 400}
    exactly = 400 / READING_SPEED / 4
    assert pace(timed(plan, lambda _: exactly), words, seed=1)[0].quick == {}
    (found,) = pace(timed(plan, lambda _: 0.9 * exactly), words, seed=1)
    assert found.quick == pytest.approx({"war-1": READING_SPEED / 0.9, "war-2": READING_SPEED / 0.9})
    assert len(found.flags) == 1
    (one,) = pace(timed(plan, lambda task: exactly * (0.9 if task.article_id == "war-1" else 1)), words, seed=1)
    assert list(one.quick) == ["war-1"]
    assert one.flags == ()  # one article may have been known


def test_an_article_with_an_unknown_time_is_not_too_quick() -> None:
    plan = make_plan(SOURCES, made_campaign(), Round.MAIN)
    first = {(task.coder_id, task.article_id): task.uid for task in reversed(plan)}
    found = pace(timed(plan, lambda task: None if task.uid in first.values() else 0.5), WORDS_OF, seed=1)
    assert [(one.articles, one.quick) for one in found] == [(0, {})] * 3


def test_without_times_there_is_no_pace() -> None:
    assert pace(timed(PLAN, lambda _: None), WORDS_OF, seed=1) == []


def test_odd_times_are_told_apart_by_place_in_the_article() -> None:
    answers = simulate(PLAN, {}, 1)
    mine = [one for one in answers if one.task.coder_id == "anna"]
    later = mine[1]
    left_open = Answer(later.task, later.judgement.model_copy(update={"lead_time_s": 9000.0}))
    found = pace([left_open if one is later else one for one in mine], WORDS_OF, seed=1)[0]
    assert found.odd[0].uid == later.task.uid
    assert found.odd[0].z > 3.5
    assert len(found.odd) <= 3
    # The minutes of an opening task are usual there, and odd at a task in the middle.
    minutes = mine[0].judgement.lead_time_s
    assert minutes is not None
    assert mine[0].task.uid not in {one.uid for one in found.odd}
    clicked = Answer(later.task, later.judgement.model_copy(update={"lead_time_s": 0.2}))
    quick = pace([clicked if one is later else one for one in mine], WORDS_OF, seed=1)[0]
    assert [one.z < 0 for one in quick.odd if one.uid == later.task.uid] == [True]


def test_repeats_are_left_out_of_the_time_of_an_article() -> None:
    slow_again = timed(PLAN, lambda task: 9000.0 if task.occurrence == 2 else 0.5)
    assert all(len(one.quick) == one.articles for one in pace(slow_again, WORDS_OF, seed=1))
