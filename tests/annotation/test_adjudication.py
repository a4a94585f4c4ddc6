"""The round of decisions: which units, in which order, shown how; and decisions that are out of date."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

import pytest
from tests.annotation import made
from tests.annotation.made import HARBOUR, SPRING, campaign

from standoff.annotation.adjudication import (
    adjudication_plan,
    answers_html,
    from_judgements,
    to_decide,
)
from standoff.annotation.campaign.campaign import Assignment, Round, make_uid, read_plan, write_plan
from standoff.annotation.differences import differences, in_hidden_order, stale_decisions
from standoff.corpus.reader import read_sources
from standoff.errors import InputError, NotFoundError, RefusedError
from standoff.records import LABEL_FIELDS, Stance

if TYPE_CHECKING:
    from pathlib import Path

    from standoff.annotation.campaign.campaign import Campaign
    from standoff.records import UnitKey

A = "judgements/norland-2001/model-a.jsonl"
LATER = "2002-06-01T08:00:00Z"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = made.copy(tmp_path)
    made.undecided(root)
    return root


@pytest.fixture
def decided(tmp_path: Path) -> Path:
    return made.copy(tmp_path)


def plan(root: Path, given: Campaign | None = None) -> list[Assignment]:
    """Plan the round as the command does: make it, and store it."""
    asked = given or campaign()
    found = adjudication_plan(read_sources(root), asked)
    write_plan(root, asked.name, Round.ADJUDICATION, found)
    return found


def differ_everywhere(root: Path) -> None:
    """Let the coders differ on the time of every position both see, so that all articles have something."""
    for entry in read_sources(root).judgements:
        if entry.record.coder_id == "model-a" and entry.record.time is not None:
            made.change(
                root, A, entry.record.key, time="prospective" if entry.record.time != "prospective" else "past"
            )


# -- the plan -------------------------------------------------------------------------------------------


def test_one_task_for_each_unit_on_which_the_coders_differ(root: Path) -> None:
    found = plan(root)
    assert {task.key for task in found} == {HARBOUR, SPRING}
    sources = read_sources(root)
    for position, task in enumerate(found):
        assert (task.round, task.coder_id, task.occurrence, task.position) == (
            Round.ADJUDICATION,
            "anna",
            1,
            position,
        )
        assert task.uid == make_uid("pilot", Round.ADJUDICATION, "anna", task.key)
        assert task.text_sha256 == sources.articles_by_id[task.article_id].text_sha256
    assert read_plan(root, "pilot", Round.ADJUDICATION) == found


def test_what_is_decided_is_not_planned(decided: Path) -> None:
    assert plan(decided) == []


def test_the_articles_stand_together_in_an_order_that_follows_from_the_seed(root: Path) -> None:
    differ_everywhere(root)
    sources = read_sources(root)
    orders = set()
    for seed in range(8):
        found = adjudication_plan(sources, campaign(seed=seed))
        articles = [task.article_id for task in found]
        runs = [article for place, article in enumerate(articles) if place == 0 or articles[place - 1] != article]
        assert len(runs) == len(set(articles)) == 3
        assert found == adjudication_plan(sources, campaign(seed=seed))
        orders.add(tuple(runs))
    assert len(orders) > 1


def test_within_an_article_the_units_stand_as_the_article_lists_them(root: Path) -> None:
    differ_everywhere(root)
    keys = [task.key for task in plan(root) if task.article_id == HARBOUR[0]]
    assert [key[2] for key in keys] == sorted(key[2] for key in keys), "involvement before troops"
    assert [key[1] for key in keys if key[2].endswith("involvement")] == ["ada-berg", "noel-amari", "westland"]


def test_later_differences_come_after_and_move_nothing(root: Path) -> None:
    first = plan(root)
    differ_everywhere(root)
    second = plan(root)
    assert second[: len(first)] == first
    assert len(second) > len(first)
    assert [task.position for task in second] == list(range(len(second)))
    assert len({task.uid for task in second}) == len({task.key for task in second}) == len(second)
    assert plan(root) == second


def test_what_has_been_settled_since_stays_in_the_plan(root: Path) -> None:
    first = plan(root)
    made.change(root, A, HARBOUR, condition="scope_or_time_limit")
    b = {
        entry.record.key: entry.record
        for entry in read_sources(root).judgements
        if entry.record.coder_id != "model-a"
    }
    made.change(root, A, HARBOUR, **{name: getattr(b[HARBOUR], name) for name in LABEL_FIELDS})
    assert to_decide(read_sources(root), campaign()).undecided == (SPRING,)
    assert plan(root) == first


def test_a_majority_of_three_needs_no_decision(root: Path) -> None:
    made.add_coder(root, "model-c")
    made.copy_answers(root, "model-c")
    assert plan(root) == []


def test_other_conflicts_are_left_alone(root: Path) -> None:
    assert plan(root, campaign(conflicts=["ostmark-2002"])) == []


def test_a_unit_waits_for_all_its_coders(root: Path) -> None:
    made.add_coder(root, "model-c")
    given = campaign(coders=["model-a", "model-b", "model-c"], coders_per_unit=3)
    sources = read_sources(root)
    tasks = [
        Assignment(
            uid=make_uid("pilot", Round.MAIN, "model-c", HARBOUR),
            round=Round.MAIN,
            coder_id="model-c",
            position=0,
            article_id=HARBOUR[0],
            actor_id=HARBOUR[1],
            proposition_id=HARBOUR[2],
            occurrence=1,
            text_sha256=sources.articles_by_id[HARBOUR[0]].text_sha256,
        )
    ]
    write_plan(root, "pilot", Round.MAIN, tasks)
    found = to_decide(sources, given)
    assert (found.undecided, found.waiting) == ((SPRING,), (HARBOUR,))
    assert HARBOUR in found.unanswered
    assert SPRING not in found.unanswered
    assert [task.key for task in adjudication_plan(sources, given)] == [SPRING]
    # Nobody waits for a coder who has left.
    assert set(to_decide(sources, campaign()).undecided) == {HARBOUR, SPRING}


def test_another_adjudicator_gets_what_is_undecided_and_nothing_is_lost(root: Path) -> None:
    first = plan(root)
    made.add_coder(root, "model-d")
    second = plan(root, campaign(adjudicator="model-d"))
    assert second[: len(first)] == first
    assert {(task.coder_id, task.key) for task in second[len(first) :]} == {
        ("model-d", HARBOUR),
        ("model-d", SPRING),
    }
    assert [task.position for task in second[len(first) :]] == [0, 1]


def test_nobody_to_decide(root: Path) -> None:
    with pytest.raises(RefusedError, match="pilot: the campaign has nobody to decide") as caught:
        plan(root, campaign(adjudicator=None))
    assert "adjudicator = " in str(caught.value.remedy)
    assert read_plan(root, "pilot", Round.ADJUDICATION) == []


def test_whoever_has_coded_does_not_decide(root: Path) -> None:
    given = campaign(coders=["model-a"], coders_per_unit=1, adjudicator="model-b")
    with pytest.raises(RefusedError, match="the adjudicator model-b has coded norland-2001, and would decide on"):
        plan(root, given)
    with pytest.raises(RefusedError, match="has coded norland-2001, ostmark-2002"):
        plan(
            root,
            campaign(
                coders=["model-a"],
                coders_per_unit=1,
                adjudicator="model-b",
                conflicts=["ostmark-2002", "norland-2001"],
            ),
        )


def test_coding_another_conflict_is_no_hindrance(root: Path) -> None:
    (root / "annotations/judgements/ostmark-2002/model-a.jsonl").rename(
        root / "annotations/judgements/ostmark-2002/kept"
    )
    made.add_coder(root, "model-c")
    text = (root / "annotations/judgements/ostmark-2002/model-b.jsonl").read_text()
    (root / "annotations/judgements/ostmark-2002/model-c.jsonl").write_text(text.replace("model-b", "model-c"))
    (root / "annotations/judgements/ostmark-2002/kept").unlink()
    assert len(plan(root, campaign(adjudicator="model-c"))) == 2


def test_unknown_names(root: Path) -> None:
    with pytest.raises(InputError, match=r"annotations/coders\.yaml: no coder 'eve'"):
        plan(root, campaign(adjudicator="eve"))
    with pytest.raises(NotFoundError, match="no conflict named 'atlantis-1999'"):
        plan(root, campaign(conflicts=["atlantis-1999"]))


# -- decisions that are out of date ---------------------------------------------------------------------


def stale(root: Path) -> dict[UnitKey, str]:
    return {one.decision.key: one.why for one in stale_decisions(read_sources(root), ["norland-2001"])}


def test_decisions_on_the_judgements_of_today_are_not_stale(decided: Path) -> None:
    assert stale(decided) == {}


def test_a_judgement_that_changed_after_the_decision(decided: Path) -> None:
    made.change(decided, A, HARBOUR, created_at=LATER)
    assert stale(decided) == {HARBOUR: "model-a answered anew on 2002-06-01 08:00 UTC"}
    assert stale_decisions(read_sources(decided), ["ostmark-2002"]) == []


def test_a_coder_who_came_after_the_decision(decided: Path) -> None:
    made.add_coder(decided, "model-c")
    made.copy_answers(decided, "model-c", created_at=LATER)
    assert stale(decided) == dict.fromkeys((HARBOUR, SPRING), "model-c was not among the coders decided on")


def test_a_judgement_that_is_gone(decided: Path) -> None:
    path = decided / "annotations" / A
    path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if HARBOUR[0] not in line))
    (why,) = stale(decided).values()
    assert re.fullmatch(r"the judgement model-a-[0-9a-f]{12} is gone", why)


def test_a_stale_decision_comes_back_once(root: Path) -> None:
    first = plan(root)
    made_before = made.copy(root.parent / "again")
    (root / "annotations" / "adjudicated").mkdir()
    name = "annotations/adjudicated/norland-2001.jsonl"
    (root / name).write_text((made_before / name).read_text())
    assert plan(root) == first
    made.change(root, A, HARBOUR, created_at=LATER, condition="none")
    second = plan(root)
    assert second[:2] == first
    (again,) = second[2:]
    assert (again.key, again.occurrence, again.position) == (HARBOUR, 2, 2)
    assert again.uid not in {task.uid for task in first}
    assert plan(root) == second


def test_a_stale_decision_that_was_made_elsewhere_is_planned_for_the_first_time(decided: Path) -> None:
    made.change(decided, A, HARBOUR, created_at=LATER, condition="none")
    (task,) = plan(decided)
    assert (task.key, task.occurrence) == (HARBOUR, 1)


def test_a_decision_names_what_was_given_by_then(decided: Path) -> None:
    sources = read_sources(decided)
    (stored,) = (entry.record for entry in sources.decisions if entry.record.key == HARBOUR)
    assert from_judgements(sources, HARBOUR, stored.decided_at) == stored.from_judgements
    before = dt.datetime(2002, 5, 1, tzinfo=dt.UTC)
    assert from_judgements(sources, HARBOUR, before) == ()
    made.change(decided, A, HARBOUR, created_at=LATER)
    (left,) = from_judgements(read_sources(decided), HARBOUR, stored.decided_at)
    assert left.startswith("model-b-")
    assert from_judgements(sources, ("ghost", "ghost", "ghost"), stored.decided_at) == ()


# -- the answers side by side ---------------------------------------------------------------------------


def table(html: str) -> dict[str, list[str]]:
    """Return the rows of a table by their names."""
    rows = [
        re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in re.findall(r"<tr>(.*?)</tr>", html)
    ]
    return {name: cells for name, *cells in rows}


def shown(root: Path, key: UnitKey, text: str | None = None, **given: Any) -> str:
    sources = read_sources(root)
    judgements = in_hidden_order(entry.record for entry in sources.judgements_by_unit()[key])
    return answers_html(judgements, text or sources.articles_by_id[key[0]].text, **given)


def test_the_answers_stand_side_by_side(root: Path) -> None:
    rows = table(shown(root, SPRING))
    assert list(rows) == ["", *LABEL_FIELDS, "evidence", "confidence", "note"]
    assert rows[""] == ["A", "B"]
    assert sorted(rows["stance"]) == ["<mark>no_position</mark>", "<mark>supports</mark>"]
    taken = rows["stance"].index("<mark>supports</mark>")
    assert rows["evidence"][taken] == "“Westland voted last month to prolong the mission by half a year”"
    assert rows["evidence"][1 - taken] == "&ndash;"
    assert rows["relay"][1 - taken] == "<mark>&ndash;</mark>"
    assert rows["confidence"][taken] == "low"
    assert rows["note"][taken] == "It voted for more and then sends too few."


def test_only_fields_that_differ_are_marked(root: Path) -> None:
    rows = table(shown(root, HARBOUR))
    marked = [name for name, cells in rows.items() if any("<mark>" in cell for cell in cells)]
    assert marked == ["condition"]
    assert sorted(rows["condition"]) == ["<mark>if_clause</mark>", "<mark>scope_or_time_limit</mark>"]


def test_no_name_of_a_coder_is_shown(root: Path) -> None:
    for task in plan(root):
        html = shown(root, task.key)
        for name in ("model", "coder", "judgement", "export", "2002"):
            assert name not in html


def test_the_order_is_that_of_the_differences(root: Path) -> None:
    (harbour, spring) = differences(read_sources(root), "norland-2001")
    for unit, key in ((harbour, HARBOUR), (spring, SPRING)):
        stances = [cell.replace("<mark>", "").replace("</mark>", "") for cell in table(shown(root, key))["stance"]]
        assert stances == [answer["stance"].value for answer in unit["answers"]]


HOSTILE = '<script>alert("x")</script> & <b>bold</b>\nsecond'


def test_whatever_is_said_is_escaped(root: Path) -> None:
    made.change(root, A, SPRING, note=HOSTILE)
    sources = read_sources(root)
    article = sources.articles_by_id[SPRING[0]]
    assert article.text is not None
    text = HOSTILE + article.text[len(HOSTILE) :]
    (entry,) = (e for e in sources.judgements if e.record.key == SPRING and e.record.coder_id == "model-a")
    span = entry.record.evidence[0].model_copy(update={"start": 0, "end": len(HOSTILE)})
    html = answers_html([entry.record.model_copy(update={"evidence": (span,)})], text, headings=["<i>you</i>"])
    escaped = "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &lt;b&gt;bold&lt;/b&gt;<br>second"
    assert table(html)["note"] == [escaped]
    assert table(html)["evidence"] == [f"“{escaped}”"]
    assert table(html)[""] == ["&lt;i&gt;you&lt;/i&gt;"]


def test_headings_are_the_callers(root: Path) -> None:
    rows = table(shown(root, SPRING, headings=("known answer", "yours")))
    assert rows[""] == ["known answer", "yours"]
    with pytest.raises(ValueError, match="zip"):
        shown(root, SPRING, headings=("only one",))


def test_a_decision_is_shown_with_its_reason_and_without_empty_rows() -> None:
    rows = table(answers_html([made.decision(SPRING, Stance.OPPOSES, "It <votes> no.")], None))
    assert list(rows) == ["", *LABEL_FIELDS, "evidence", "reason"]
    assert rows["reason"] == ["It &lt;votes&gt; no."]
    assert "<mark>" not in str(rows)


def test_evidence_in_a_text_that_is_not_at_hand_is_offsets(root: Path) -> None:
    key = ("norland-2001-news", "noel-amari", "norland-2001-troops")
    made.change(root, A, key, time="past")
    assert "characters 237 to 262" in shown(root, key)
    assert "Norland&#x27;s war is not ours" in shown(root, key, made.NEWS_TEXT.read_text())
