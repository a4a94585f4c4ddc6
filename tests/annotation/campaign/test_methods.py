"""The paragraph on how a campaign was run: its numbers are counted by hand."""

from __future__ import annotations

from pathlib import Path

from tests.annotation.campaign.practised import known_rows, practised

from standoff.annotation.campaign.campaign import Round, readings_file, write_plan
from standoff.annotation.campaign.methods import campaign_paragraph
from standoff.annotation.campaign.plan import make_plan
from standoff.corpus.sources import Sources
from standoff.files import write_jsonl
from standoff.records import Judgement, Stance, UnitKey


def test_the_design_the_decisions_and_whose_they_are(tmp_path: Path) -> None:
    sources, campaign = practised(tmp_path, practice=None, repeats=0)
    write_plan(sources.root, "pilot", Round.MAIN, make_plan(sources, campaign, Round.MAIN))
    said = campaign_paragraph(sources, campaign)
    units = [key for key in sources.units if key[0].startswith("norland-2001")]
    articles = {key[0] for key in units}
    assert f"{len(units)} units in {len(articles)} articles were given to 2 of 2 coders each" in said
    assert "(model-a (model), model-b (model))" in said
    assert f"{len(sources.decisions)} units on which coders differed were decided by anna (human)" in said
    assert "without names" not in said, "these decisions came as a file"
    assert "practised" not in said
    assert "came back" not in said


def test_practice_and_repeats_are_told_with_their_intervals(tmp_path: Path) -> None:
    sources, campaign = practised(tmp_path, repeats=0.3)
    plan = make_plan(sources, campaign, Round.MAIN)
    write_plan(sources.root, "pilot", Round.MAIN, plan)
    repeat = next(task for task in plan if task.occurrence == 2)
    first = stance_of(sources, repeat.coder_id, repeat.key)
    other = Stance.MIXED if first.stance is not Stance.MIXED else Stance.SEEKS
    again = first.model_copy(update={"stance": other, "text_sha256": repeat.text_sha256})
    write_jsonl(readings_file(sources.root, "pilot", Round.MAIN), [again.to_json()])
    said = campaign_paragraph(sources, campaign)
    assert f"practised on {len(known_rows())} units with answers known from anna (human)" in said
    assert f"came back unannounced got the same stance again as follows: {repeat.coder_id} 0/1: 0 [0, 79]." in said


def stance_of(sources: Sources, coder_id: str, key: UnitKey) -> Judgement:
    return next(
        one.record for one in sources.judgements if (one.record.coder_id, one.record.key) == (coder_id, key)
    )


def test_a_campaign_without_a_plan_says_so(tmp_path: Path) -> None:
    assert "is not planned" in campaign_paragraph(*practised(tmp_path))
