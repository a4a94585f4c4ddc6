"""Progress: what was pulled is joined to the plan, and counted by hand."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from tests.annotation.campaign.practised import practised
from tests.annotation.campaign.simulated import judgement, made_campaign, made_sources, several

from standoff.annotation.campaign.campaign import Assignment, Campaign, Round, campaign_folder, make_uid
from standoff.annotation.campaign.plan import make_plan
from standoff.annotation.campaign.progress import Done, read_answers, read_done, work
from standoff.corpus.sources import Entry, Sources
from standoff.errors import InputError, RefusedError
from standoff.files import write_jsonl
from standoff.records import Stance, UnitKey

MAY = dt.datetime(2001, 5, 1, 9, tzinfo=dt.UTC)


@pytest.fixture
def campaign() -> Campaign:
    return made_campaign(repeats=0.2)


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    return made_sources(several(6), tmp_path)


@pytest.fixture
def plan(sources: Sources, campaign: Campaign) -> list[Assignment]:
    return make_plan(sources, campaign, Round.MAIN)


def store(sources: Sources, tasks: list[Assignment], seconds: float | None = 10.0) -> None:
    """Answer tasks: first times into the corpus, second times into the campaign's readings."""
    sources.judgements = [
        Entry(judgement(task, Stance.SUPPORTS, seconds), "x.jsonl") for task in tasks if task.occurrence == 1
    ]
    again = [judgement(task, Stance.OPPOSES, seconds) for task in tasks if task.occurrence == 2]
    write_jsonl(
        campaign_folder(sources.root, "trial") / "readings" / "main.jsonl", (one.to_json() for one in again)
    )


def test_first_and_second_times_come_from_their_places(
    sources: Sources, campaign: Campaign, plan: list[Assignment]
) -> None:
    store(sources, plan)
    found = read_answers(sources, campaign, Round.MAIN, plan[::-1])
    assert [one.task for one in found] == plan
    stances = {(one.task.occurrence, one.judgement.stance) for one in found}
    assert stances == {(1, Stance.SUPPORTS), (2, Stance.OPPOSES)}


def test_before_the_first_pull_nothing_is_done(
    sources: Sources, campaign: Campaign, plan: list[Assignment]
) -> None:
    assert read_done(sources, campaign, Round.MAIN, plan) == []
    assert {(one.done, one.median_s, one.hours_left, one.last, one.forecast) for one in work(plan, [])} == {
        (0, None, None, None, None)
    }


def test_practice_is_read_from_the_readings_only(
    sources: Sources, campaign: Campaign, plan: list[Assignment]
) -> None:
    practice = [task.model_copy(update={"round": Round.PRACTICE}) for task in plan if task.occurrence == 1]
    store(sources, plan)
    assert read_answers(sources, campaign, Round.PRACTICE, practice) == []
    path = campaign_folder(sources.root, "trial") / "readings" / "practice.jsonl"
    write_jsonl(path, [judgement(practice[0], Stance.MIXED, 3.0).to_json()])
    assert [one.task for one in read_answers(sources, campaign, Round.PRACTICE, practice)] == [practice[0]]


def test_an_answer_to_another_text_does_not_count(
    sources: Sources, campaign: Campaign, plan: list[Assignment]
) -> None:
    store(sources, plan)
    changed = [task.model_copy(update={"text_sha256": "09" * 32}) for task in plan[:1]]
    assert len(read_answers(sources, campaign, Round.MAIN, [*changed, *plan[1:]])) == len(plan) - 1


def test_others_answers_to_the_unit_are_not_the_coders(
    sources: Sources, campaign: Campaign, plan: list[Assignment]
) -> None:
    store(sources, [task for task in plan if task.coder_id == "anna"])
    assert {one.coder_id for one in read_done(sources, campaign, Round.MAIN, plan)} == {"anna"}


def test_skipped_tasks_are_those_of_the_last_pull_that_are_not_answered(
    sources: Sources, campaign: Campaign, plan: list[Assignment]
) -> None:
    store(sources, plan[:3])
    refusals = [
        {"uid": plan[0].uid, "rule": "skipped"},
        {"uid": plan[5].uid, "rule": "skipped"},
        {"uid": plan[6].uid, "rule": "offsets"},
    ]
    write_jsonl(campaign_folder(sources.root, "trial") / "refused" / "main.jsonl", refusals)
    done = read_done(sources, campaign, Round.MAIN, plan)
    assert [(one.uid, one.at, one.lead_time_s) for one in done if one.skipped] == [(plan[5].uid, None, None)]
    (anna, *_) = work(plan, done)
    assert (anna.done, anna.skipped, anna.remaining) == (3, 1, anna.assigned - 3)


def test_found_articles_are_done(sources: Sources, campaign: Campaign) -> None:
    plan = make_plan(sources, campaign, Round.FIND)
    first = plan[0]
    finding = {
        "article_id": first.article_id,
        "coder_id": first.coder_id,
        "kind": "model",
        "statements": [],
        "mentions": [],
        "codebook_version": "v1",
        "created_at": "2001-05-01T09:00:00Z",
        "lead_time_s": 200.0,
        "export": {"file": "made.json", "sha256": "ef" * 32, "annotation_id": "1"},
        "text_sha256": first.text_sha256,
    }
    path = sources.root / "annotations" / "findings" / "war" / "anna.jsonl"
    write_jsonl(path, [finding])
    assert read_done(sources, campaign, Round.FIND, plan) == [
        Done(first.uid, first.coder_id, MAY, 200.0, skipped=False)
    ]
    write_jsonl(path, [finding | {"text_sha256": "09" * 32}])
    assert read_done(sources, campaign, Round.FIND, plan) == []
    path.write_text("{}\n")
    with pytest.raises(InputError, match=r"anna\.jsonl:1"):
        read_done(sources, campaign, Round.FIND, plan)


# -- counting -------------------------------------------------------------------------------------------


def days(plan: list[Assignment], *moments: tuple[int, float | None]) -> list[Done]:
    """Answer the first tasks, each on a day after the first and in so many seconds."""
    return [
        Done(task.uid, task.coder_id, MAY + dt.timedelta(days=day), seconds, skipped=False)
        for task, (day, seconds) in zip(plan, moments, strict=False)
    ]


def test_times_are_summed_and_what_is_left_is_foretold(plan: list[Assignment]) -> None:
    (anna, *others) = work(plan, days(plan, (0, 30), (0, 60), (1, 90), (1, 1000)))
    n = sum(task.coder_id == "anna" for task in plan)
    assert (anna.coder_id, anna.assigned, anna.done, anna.remaining) == ("anna", n, 4, n - 4)
    assert anna.median_s == 75
    assert anna.hours == pytest.approx(1180 / 3600)
    assert anna.hours_left == pytest.approx((n - 4) * 295 / 3600)
    assert anna.last == MAY + dt.timedelta(days=1)
    # Two tasks a day, counted from the last day of work, a begun day being a whole one.
    assert anna.forecast == dt.date(2001, 5, 2) + dt.timedelta(days=(n - 4 + 1) // 2)
    assert [one.done for one in others] == [0, 0]


def test_pauses_count_in_the_forecast(plan: list[Assignment]) -> None:
    (anna, *_) = work(plan, days(plan, (0, 30), (9, 30)))
    assert anna.forecast == dt.date(2001, 5, 10) + dt.timedelta(days=5 * anna.remaining)


def test_one_day_is_too_little_for_a_forecast(plan: list[Assignment]) -> None:
    assert work(plan, days(plan, (0, 30), (0, 30)))[0].forecast is None


def test_who_is_done_has_no_forecast_and_nothing_left(plan: list[Assignment]) -> None:
    mine = [task for task in plan if task.coder_id == "anna"]
    (anna,) = work(mine, days(mine, *[(number, 30) for number in range(len(mine))]))
    assert (anna.remaining, anna.hours_left, anna.forecast) == (0, 0, None)


def test_unknown_times_are_left_out_of_the_median(plan: list[Assignment]) -> None:
    (anna, *_) = work(plan, days(plan, (0, 30), (0, None), (0, 50)))
    assert (anna.done, anna.median_s) == (3, 40)


def test_of_adjudication_the_decisions_are_done_and_a_stale_one_is_to_do_again(tmp_path: Path) -> None:
    sources, campaign = practised(tmp_path)
    decisions = [entry.record for entry in sources.decisions]
    plan = [decision_task(campaign, one.key, one.text_sha256) for one in decisions]
    done = read_done(sources, campaign, Round.ADJUDICATION, plan)
    assert [(one.uid, one.at) for one in done] == [
        (task.uid, one.decided_at) for task, one in zip(plan, decisions, strict=True)
    ]
    again = decision_task(campaign, decisions[0].key, decisions[0].text_sha256, occurrence=2)
    assert len(read_done(sources, campaign, Round.ADJUDICATION, [*plan, again])) == len(plan) + 1
    later = decisions[0].decided_at + dt.timedelta(days=1)
    for entry in sources.judgements:
        if entry.record.key == decisions[0].key:
            object.__setattr__(entry, "record", entry.record.model_copy(update={"created_at": later}))
    assert len(read_done(sources, campaign, Round.ADJUDICATION, [*plan, again])) == len(plan)


def decision_task(campaign: Campaign, key: UnitKey, text_sha256: str, *, occurrence: int = 1) -> Assignment:
    return Assignment(
        uid=make_uid(campaign.name, Round.ADJUDICATION, "anna", key, occurrence=occurrence),
        round=Round.ADJUDICATION,
        coder_id="anna",
        position=0,
        article_id=key[0],
        actor_id=key[1],
        proposition_id=key[2],
        occurrence=occurrence,
        text_sha256=text_sha256,
    )


def test_feedback_leaves_nothing_to_look_at(sources: Sources, campaign: Campaign, plan: list[Assignment]) -> None:
    with pytest.raises(RefusedError, match="standoff annotate status trial feedback"):
        read_done(sources, campaign, Round.FEEDBACK, plan)
