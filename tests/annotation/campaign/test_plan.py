"""The plan: complete, fair, in runs, with repeats far off; and what is planned stays planned."""

from __future__ import annotations

from collections import Counter
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

import pytest
from tests.annotation.campaign.simulated import article, judgement, made_campaign, made_sources, several

from standoff.annotation.campaign.campaign import Assignment, Campaign, Round
from standoff.annotation.campaign.plan import (
    MIN_DISTANCE,
    Share,
    extend_plan,
    make_plan,
    overlaps,
    shares,
    stale_tasks,
    with_repeats,
)
from standoff.corpus.sources import Entry, Sources, units_of
from standoff.errors import InputError, NotFoundError, RefusedError
from standoff.records import Stance

if TYPE_CHECKING:
    from collections.abc import Sequence


@pytest.fixture(scope="module")
def sources() -> Sources:
    return made_sources([*several(12), *several(6, conflict="strike")])


def both(**changed: object) -> Campaign:
    return made_campaign(**{"conflicts": ["war", "strike"], **changed})


def stream(plan: Sequence[Assignment], coder_id: str) -> list[Assignment]:
    return [task for task in plan if task.coder_id == coder_id]


def first_times(tasks: Sequence[Assignment]) -> list[Assignment]:
    return [task for task in tasks if task.occurrence == 1]


# -- main -----------------------------------------------------------------------------------------------


def test_each_unit_has_its_coders_once(sources: Sources) -> None:
    plan = make_plan(sources, both(), Round.MAIN)
    coders = Counter(task.key for task in first_times(plan))
    assert coders.keys() == sources.units
    assert set(coders.values()) == {2}
    assert len({(task.coder_id, task.key) for task in first_times(plan)}) == len(first_times(plan))


def test_conflicts_outside_the_campaign_are_not_coded(sources: Sources) -> None:
    plan = make_plan(sources, made_campaign(), Round.MAIN)
    assert {task.article_id.split("-")[0] for task in plan} == {"war"}


def test_positions_count_each_coders_tasks_from_zero(sources: Sources) -> None:
    plan = make_plan(sources, both(), Round.MAIN)
    for coder_id in both().coders:
        assert [task.position for task in stream(plan, coder_id)] == list(range(len(stream(plan, coder_id))))


def test_uids_are_of_one_task_each(sources: Sources) -> None:
    plan = make_plan(sources, both(), Round.MAIN) + make_plan(sources, both(), Round.FIND)
    assert len({task.uid for task in plan}) == len(plan)


def test_an_articles_units_stand_together_proposition_by_proposition(sources: Sources) -> None:
    plan = make_plan(sources, both(), Round.MAIN)
    for coder_id in both().coders:
        tasks = first_times(stream(plan, coder_id))
        runs = [(name, list(run)) for name, run in groupby(tasks, key=lambda task: task.article_id)]
        assert len(runs) == len({name for name, _ in runs})
        for name, run in runs:
            assert [task.key for task in run] == list(units_of(sources.articles_by_id[name]))


def test_repeats_never_cut_a_run(sources: Sources) -> None:
    plan = make_plan(sources, both(), Round.MAIN)
    for coder_id in both().coders:
        tasks = stream(plan, coder_id)
        for before, task, after in zip(tasks, tasks[1:], tasks[2:], strict=False):
            if task.occurrence == 2 and before.occurrence == after.occurrence == 1:
                assert before.article_id != after.article_id


def test_coders_have_orders_of_their_own(sources: Sources) -> None:
    plan = make_plan(sources, both(coders=["anna", "ben"]), Round.MAIN)
    anna, ben = (list(dict.fromkeys(task.article_id for task in stream(plan, name))) for name in ("anna", "ben"))
    assert sorted(anna) == sorted(ben)
    assert anna != ben


def test_loads_and_overlaps_are_told(sources: Sources) -> None:
    plan = make_plan(sources, both(repeats=0), Round.MAIN)
    told = shares(plan)
    assert [share.coder_id for share in told] == ["anna", "ben", "carla"]
    assert max(share.tasks for share in told) - min(share.tasks for share in told) <= 1
    assert sum(overlaps(plan).values()) == len(sources.units)
    assert min(overlaps(plan).values()) > 0
    assert told[0] == Share("anna", len(stream(plan, "anna")), told[0].articles, repeats=0)
    assert told[0].articles == len({task.article_id for task in stream(plan, "anna")})


def test_the_order_of_the_sources_means_nothing_and_the_seed_does(sources: Sources) -> None:
    turned = made_sources([entry.record for entry in reversed(sources.articles)])
    plan = make_plan(sources, both(), Round.MAIN)
    assert plan == make_plan(
        turned, both(coders=["carla", "anna", "ben"], conflicts=["strike", "war"]), Round.MAIN
    )
    assert plan != make_plan(sources, both(seed=2), Round.MAIN)


def test_an_article_without_units_is_left_out() -> None:
    with_empty = made_sources([*several(2), article("war-empty", 0, 3)])
    assert "war-empty" not in {task.article_id for task in make_plan(with_empty, made_campaign(), Round.MAIN)}


def test_nothing_to_code_is_refused() -> None:
    with pytest.raises(InputError, match="nothing to code"):
        make_plan(made_sources([article("war-empty", 0, 3)]), made_campaign(), Round.MAIN)


def test_a_conflict_that_is_not_there_is_refused(sources: Sources) -> None:
    with pytest.raises(NotFoundError, match="no conflict named 'peace'"):
        make_plan(sources, made_campaign(conflicts=["peace"]), Round.MAIN)


def test_adjudication_is_not_planned_ahead(sources: Sources) -> None:
    with pytest.raises(RefusedError, match="annotate adjudicate"):
        make_plan(sources, both(), Round.ADJUDICATION)


# -- repeats --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_repeats_come_back_far_off_and_once(sources: Sources, seed: int) -> None:
    plan = make_plan(sources, both(seed=seed), Round.MAIN)
    for coder_id in both().coders:
        tasks = stream(plan, coder_id)
        n = len(first_times(tasks))
        again = [task for task in tasks if task.occurrence == 2]
        assert len(again) == int(0.1 * n + 0.5)
        assert len({task.key for task in again}) == len(again)
        first = {task.key: task.position for task in first_times(tasks)}
        for task in again:
            assert task.position - first[task.key] >= MIN_DISTANCE * n
            between = {other.article_id for other in tasks[first[task.key] + 1 : task.position]}
            assert between - {task.article_id}


def test_repeats_are_of_all_conflicts_and_of_several_articles(sources: Sources) -> None:
    plan = make_plan(sources, both(), Round.MAIN)
    for coder_id in both().coders:
        tasks = stream(plan, coder_id)
        sizes = Counter(task.article_id.split("-")[0] for task in first_times(tasks))
        again = [task.article_id for task in tasks if task.occurrence == 2]
        for conflict, size in sizes.items():
            due = len(again) * size / sum(sizes.values())
            assert abs(sum(name.startswith(conflict) for name in again) - due) < 1.01
        assert len(set(again)) >= min(len(again), 4)


def test_repeats_are_spread_over_the_places_where_they_can_stand() -> None:
    runs = [[(f"a{number}", "x", str(unit)) for unit in range(5)] for number in range(10)]
    found = with_repeats(runs, 0.1, dict.fromkeys((f"a{number}" for number in range(10)), "war"), "seed")
    places = [place for place, (_, occurrence) in enumerate(found) if occurrence == 2]
    assert len(places) == 5
    assert all(later - earlier > 1 for earlier, later in pairwise(places))


def test_one_article_has_no_repeats_and_two_only_early_ones() -> None:
    one = [[("a", "x", str(unit)) for unit in range(20)]]
    assert all(occurrence == 1 for _, occurrence in with_repeats(one, 0.5, {"a": "war"}, "seed"))
    two = [*one, [("b", "x", str(unit)) for unit in range(4)]]
    found = with_repeats(two, 0.5, {"a": "war", "b": "war"}, "seed")
    again = [task for task, occurrence in found if occurrence == 2]
    assert len(again) == 12
    assert {task[0] for task in again} == {"a"}
    assert max(int(task[2]) for task in again) <= 16


def test_no_repeats_where_none_are_wanted(sources: Sources) -> None:
    assert all(task.occurrence == 1 for task in make_plan(sources, both(repeats=0), Round.MAIN))


# -- find -----------------------------------------------------------------------------------------------


def test_find_has_an_article_once_for_each_of_its_coders_who_are_those_of_main(sources: Sources) -> None:
    found, coded = (make_plan(sources, both(), round_) for round_ in (Round.FIND, Round.MAIN))
    assert {(task.article_id, task.coder_id) for task in found} == {(t.article_id, t.coder_id) for t in coded}
    assert len(found) == 2 * len(sources.articles)
    assert all(task.actor_id is None and task.proposition_id is None and task.occurrence == 1 for task in found)


# -- what is added later --------------------------------------------------------------------------------


def grown(sources: Sources, *more: object) -> Sources:
    return made_sources([*(entry.record for entry in sources.articles), *more])  # type: ignore[list-item]


def test_nothing_new_changes_nothing(sources: Sources) -> None:
    plan = make_plan(sources, both(), Round.MAIN)
    assert extend_plan(sources, both(), Round.MAIN, plan[::-1]) == plan


def test_new_articles_come_last_and_change_nothing_before(sources: Sources) -> None:
    plan = make_plan(sources, both(), Round.MAIN)
    more = [article(f"war-new-{number}", 3, 3) for number in range(6)]
    after = extend_plan(grown(sources, *more), both(), Round.MAIN, plan)
    assert [task for task in after if not task.article_id.startswith("war-new")] == plan
    new = [task for task in after if task.article_id.startswith("war-new")]
    assert Counter(Counter(task.key for task in first_times(new)).values()) == {2: 54}
    for coder_id in both().coders:
        assert [task.position for task in stream(after, coder_id)] == list(range(len(stream(after, coder_id))))
    assert max(share.tasks for share in shares(after)) - min(share.tasks for share in shares(after)) <= 9


def test_a_new_coder_gets_of_what_is_new(sources: Sources) -> None:
    plan = make_plan(sources, both(), Round.MAIN)
    four = both(coders=["anna", "ben", "carla", "dan"])
    assert extend_plan(sources, four, Round.MAIN, plan) == plan
    more = [article(f"war-new-{number}", 3, 3) for number in range(4)]
    after = extend_plan(grown(sources, *more), four, Round.MAIN, plan)
    assert {task.article_id for task in stream(after, "dan")} == {one.article_id for one in more}


def test_one_more_coder_per_unit_leaves_the_plan_as_it_is(sources: Sources) -> None:
    plan = make_plan(sources, both(repeats=0), Round.MAIN)
    after = extend_plan(sources, both(repeats=0, coders_per_unit=3), Round.MAIN, plan)
    assert set(plan) < set(after)
    assert set(Counter(task.key for task in after).values()) == {3}


def test_new_units_of_a_planned_article_go_to_its_coders() -> None:
    before, later = (made_sources([article("war-1", n, 2), *several(3)]) for n in (2, 3))
    plan = make_plan(before, made_campaign(repeats=0), Round.MAIN)
    after = extend_plan(later, made_campaign(repeats=0), Round.MAIN, plan)
    coders = {task.coder_id for task in plan if task.article_id == "war-1"}
    new = set(after) - set(plan)
    assert {(task.coder_id, task.actor_id) for task in new} == {(name, "actor-2") for name in coders}
    assert len(new) == 4


def test_who_leaves_is_replaced_where_nothing_was_finished(sources: Sources) -> None:
    plan = make_plan(sources, both(repeats=0), Round.MAIN)
    finished = stream(plan, "carla")[0].article_id
    held = made_sources([entry.record for entry in sources.articles])
    held.judgements = [
        Entry(judgement(task, Stance.SUPPORTS, 9.0), "carla.jsonl")
        for task in stream(plan, "carla")
        if task.article_id == finished
    ]
    # One unit of another article is not the whole article.
    begun = next(task for task in stream(plan, "carla") if task.article_id != finished)
    held.judgements.append(Entry(judgement(begun, Stance.SUPPORTS, 9.0), "carla.jsonl"))
    two = both(coders=["anna", "ben"], repeats=0)
    after = extend_plan(held, two, Round.MAIN, plan)
    assert set(plan) <= set(after)
    readers: dict[str, set[str]] = {}
    for task in after:
        readers.setdefault(task.article_id, set()).add(task.coder_id)
    assert all({"anna", "ben"} <= found for name, found in readers.items() if name != finished)
    assert len(readers[finished]) == 2
    assert [problem.where for problem in stale_tasks(held, two, after)] == ["carla"]


# -- what no longer fits --------------------------------------------------------------------------------


def test_a_changed_text_is_told_and_gets_nothing_new() -> None:
    before = made_sources([article("war-1", 2, 2), *several(3)])
    plan = make_plan(before, made_campaign(), Round.MAIN)
    assert stale_tasks(before, made_campaign(), plan) == []
    changed = article("war-1", 3, 2).model_copy(update={"text_sha256": "09" * 32})
    after = made_sources([changed, *several(3)])
    assert extend_plan(after, made_campaign(), Round.MAIN, plan) == plan
    (problem,) = stale_tasks(after, made_campaign(), plan)
    assert problem.where == "war-1"
    assert "not the one that was planned" in problem.what


def test_what_is_gone_is_told() -> None:
    plan = make_plan(made_sources([article("war-1", 2, 1), article("war-2", 2, 1)]), made_campaign(), Round.MAIN)
    after = made_sources([article("war-1", 1, 1)])
    assert [(one.where, one.what) for one in stale_tasks(after, made_campaign(), plan)] == [
        ("war-1/actor-1/war-0", "the unit is gone"),
        ("war-2", "the article is gone"),
    ]
