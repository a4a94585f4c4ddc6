"""Drift and self-agreement: who changes is noticed, and who does not is let alone nearly always."""

from __future__ import annotations

from collections import Counter

import pytest
from tests.annotation.campaign.simulated import (
    Behaviour,
    article,
    judgement,
    made_campaign,
    made_sources,
    several,
    simulate,
    truth,
)

from standoff.annotation.campaign.campaign import Round
from standoff.annotation.campaign.drift import TESTS, Drift, SelfAgreement, drift, self_agreement
from standoff.annotation.campaign.plan import make_plan
from standoff.annotation.campaign.progress import Answer
from standoff.corpus.sources import Sources
from standoff.records import Relay, Stance, UnitKey

SOURCES = made_sources(several(30))
SEEDS = range(20)


def answers(behaviours: dict[str, Behaviour], seed: int, sources: Sources = SOURCES) -> list[Answer]:
    # A plan of its own for each seed, so that no peculiarity of one plan is taken for a property of the measures.
    return simulate(make_plan(sources, made_campaign(seed=seed), Round.MAIN), behaviours, seed)


def decided(given: list[Answer]) -> dict[UnitKey, Stance]:
    return {one.task.key: truth(one.task.key) for one in given}


def drifts(behaviours: dict[str, Behaviour], seed: int) -> dict[str, Drift]:
    given = answers(behaviours, seed)
    return {one.coder_id: one for one in drift(given, decided(given), seed=seed)}


def selves(behaviours: dict[str, Behaviour], seed: int) -> dict[str, SelfAgreement]:
    return {one.coder_id: one for one in self_agreement(answers(behaviours, seed))}


# -- drift ----------------------------------------------------------------------------------------------


def test_coders_who_do_not_change_are_flagged_about_as_often_as_said() -> None:
    flags = [len(one.flags) for seed in SEEDS for one in drifts({}, seed).values()]
    n_tests = 3 * len(flags)
    # 180 comparisons at one in twenty: 9 are expected, and 18 or more would be a chance of 1 in 200.
    assert 1 <= sum(flags) < 18
    assert n_tests == 180


def test_a_coder_who_gets_careless_is_flagged_and_the_others_are_not_for_it() -> None:
    found: Counter[str] = Counter()
    for seed in SEEDS:
        for name, one in drifts({"ben": Behaviour(late_error=0.5)}, seed).items():
            found[name] += any("less often" in flag and "agrees" in flag for flag in one.flags)
    assert found["ben"] >= 18
    assert found["anna"] + found["carla"] <= 8


def test_a_coder_who_overlooks_positions_late_is_flagged_for_that() -> None:
    found: Counter[str] = Counter()
    for seed in SEEDS:
        for name, one in drifts({"ben": Behaviour(late_blind=0.8)}, seed).items():
            found[name] += any("sees positions less often" in flag for flag in one.flags)
    assert found["ben"] >= 18
    assert found["anna"] + found["carla"] <= 5


def test_the_size_of_a_change_is_near_the_true_one() -> None:
    changes = [drifts({"ben": Behaviour(late_error=0.5)}, seed)["ben"].changes["decisions"] for seed in SEEDS]
    assert all(one is not None for one in changes)
    values = [one.value for one in changes if one is not None]
    assert sum(values) / len(values) == pytest.approx(0.12 - 0.5, abs=0.04)


def test_others_who_differ_among_themselves_are_no_drift() -> None:
    # Ben always errs much, and reads mostly the late articles of one coder: that is not the coder's change.
    flags = 0
    for seed in SEEDS:
        found = drifts({"ben": Behaviour(error=0.5)}, seed)
        flags += sum("agrees with others" in flag for name in ("anna", "carla") for flag in found[name].flags)
    assert flags <= 6


def test_only_a_halved_time_is_told_as_everybody_gets_quicker() -> None:
    given = answers({}, 1)
    late = {
        task.uid
        for name in ("anna", "ben", "carla")
        for stream in [[one.task for one in given if one.task.coder_id == name]]
        for task in stream[len(stream) // 2 :]
    }

    def quicker(factor: float) -> list[Drift]:
        return drift(
            [
                Answer(
                    one.task,
                    one.judgement.model_copy(update={"lead_time_s": (one.judgement.lead_time_s or 0) * factor})
                    if one.task.uid in late
                    else one.judgement,
                )
                for one in given
            ],
            {},
            seed=1,
        )

    some, much = quicker(0.8), quicker(0.2)
    assert not any("early time" in flag for one in some for flag in one.flags)
    assert all(any("early time" in flag for flag in one.flags) for one in much)
    assert all(one.changes["pace"] is not None and one.changes["pace"].value < 0.35 for one in much)


def test_the_time_for_reading_the_text_is_no_part_of_the_pace() -> None:
    given, seen = [], set[tuple[str, str]]()
    for one in answers({}, 1):
        opening = (one.task.coder_id, one.task.article_id) not in seen
        seen.add((one.task.coder_id, one.task.article_id))
        seconds = 10.0 * one.task.position + 100 if opening else 10.0
        given.append(Answer(one.task, one.judgement.model_copy(update={"lead_time_s": seconds})))
    for found in drift(given, {}, seed=1):
        assert found.changes["pace"] is not None
        assert found.changes["pace"].value == pytest.approx(1)


def test_who_else_reads_early_and_who_reads_late_is_no_change() -> None:
    # Anna never errs. Ben, who always errs, reads her late articles, and carla, who never errs, the early ones.
    given = []
    for number in range(20):
        for coder_id in ("anna", "ben" if number >= 10 else "carla"):
            sources = made_sources([article(f"war-{number:02}", 3, 1)])
            alone = made_campaign(coders=[coder_id], coders_per_unit=1)
            for task in make_plan(sources, alone, Round.MAIN):
                moved = task.model_copy(update={"position": 3 * number + task.position})
                stance = Stance.OPPOSES if coder_id == "ben" else Stance.NO_POSITION
                given.append(Answer(moved, judgement(moved, stance, 10.0)))
    anna = drift(given, {}, seed=1)[0]
    assert anna.coder_id == "anna"
    assert anna.flags == ()


def test_few_articles_are_not_compared() -> None:
    (one, *_) = drift(answers({}, 1, made_sources(several(9))), {}, seed=1)
    assert one.changes == dict.fromkeys(TESTS)
    assert one.flags == ()


def test_a_coder_alone_has_no_others_to_compare_with() -> None:
    alone = made_campaign(coders=["anna"], coders_per_unit=1)
    given = simulate(make_plan(SOURCES, alone, Round.MAIN), {}, 1)
    (one,) = drift(given, {}, seed=1)
    assert (one.changes["positions"], one.changes["agreement"], one.changes["decisions"]) == (None, None, None)
    assert one.changes["pace"] is not None
    assert [block.agreement for block in one.blocks] == [None] * 4


def test_blocks_by_hand() -> None:
    sources = made_sources([article(f"war-{number}", 2, 1) for number in range(4)])
    plan = make_plan(sources, made_campaign(coders=["anna", "ben"], repeats=0), Round.MAIN)
    given = []
    for task in plan:
        early = task.position < 4
        stance = Stance.SUPPORTS if task.coder_id == "ben" or early else Stance.NO_POSITION
        given.append(Answer(task, judgement(task, stance, 10.0 + task.position)))
    anna = drift(given, {}, seed=1)[0]
    assert [block.units for block in anna.blocks] == [2, 2, 2, 2]
    assert [block.stances[Stance.SUPPORTS] for block in anna.blocks] == [1, 1, 0, 0]
    assert [block.agreement for block in anna.blocks] == [1, 1, 0, 0]
    assert [block.median_s for block in anna.blocks] == [10.5, 12.5, 14.5, 16.5]


def test_repeats_do_not_count_as_units_of_the_stream() -> None:
    given = answers({}, 1)
    (one, *_) = drift(given, {}, seed=1)
    mine = [answer for answer in given if answer.task.coder_id == "anna" and answer.task.occurrence == 1]
    assert sum(block.units for block in one.blocks) == len(mine)


# -- self-agreement -------------------------------------------------------------------------------------


def test_coders_who_answer_alike_twice_are_not_flagged() -> None:
    found = [one for seed in SEEDS for one in selves({}, seed).values()]
    assert len(found) == 3 * len(SEEDS)
    assert not any(one.flags for one in found)


def test_a_coder_who_answers_at_random_the_second_time_is_flagged() -> None:
    flagged: Counter[str] = Counter()
    for seed in SEEDS:
        for name, one in selves({"ben": Behaviour(error=0.4, second_error=0.4)}, seed).items():
            flagged[name] += bool(one.flags)
    assert flagged["ben"] >= 18
    assert flagged["anna"] == flagged["carla"] == 0


def test_pairs_are_counted_field_by_field() -> None:
    given = answers({}, 1)
    twice = {one.task.key: one for one in given if one.task.coder_id == "anna" and one.task.occurrence == 2}
    assert len(twice) == 20
    same, other_relay, other_stance, *_ = twice
    stances = dict.fromkeys(twice, Stance.SUPPORTS)

    def answer(one: Answer) -> Answer:
        again = one.task.occurrence == 2
        changed: dict[str, object] = {"stance": stances.get(one.task.key, Stance.SUPPORTS), "relay": Relay.NONE}
        if again and one.task.key == other_relay:
            changed["relay"] = Relay.NAMED
        if again and one.task.key == other_stance:
            changed |= {"stance": Stance.NO_POSITION, "relay": None}
        return Answer(one.task, one.judgement.model_copy(update=changed))

    anna, *_ = self_agreement([answer(one) for one in given])
    assert same != other_relay
    assert (anna.fields["stance"].hits, anna.fields["stance"].n) == (19, 20)
    assert (anna.fields["relay"].hits, anna.fields["relay"].n) == (18, 19)
    assert anna.changed == ((other_stance, Stance.SUPPORTS, Stance.NO_POSITION),)


def test_a_unit_answered_once_says_nothing_yet() -> None:
    first = [one for one in answers({}, 1) if one.task.occurrence == 1]
    second = [one for one in answers({}, 1) if one.task.occurrence == 2]
    assert self_agreement(first) == []
    assert self_agreement(second) == []
