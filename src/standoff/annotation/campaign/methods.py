"""How a campaign was run, as a paragraph for a methods section: every number is counted from what is stored."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from standoff.annotation.campaign.campaign import Round, read_plan
from standoff.annotation.campaign.drift import self_agreement
from standoff.annotation.campaign.key import read_key
from standoff.annotation.campaign.practice import read_readings, score
from standoff.annotation.campaign.progress import read_answers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from standoff.annotation.campaign.campaign import Assignment, Campaign
    from standoff.corpus.sources import Sources


def campaign_paragraph(sources: Sources, campaign: Campaign) -> str:
    """Return how a campaign was planned, what practice and repeats showed, and what was decided.

    Raises:
        InputError: A line of the plan, the practice key or the readings does not fit; a coder is not listed.
    """
    plan = read_plan(sources.root, campaign.name, Round.MAIN)
    if not plan:
        return f"The round {Round.MAIN} of the campaign {campaign.name} is not planned."
    units = {task.key for task in plan}
    each = sorted(Counter(task.key for task in plan if task.occurrence == 1).values())
    by = f"{each[0]}" if each[:1] == each[-1:] else f"{each[0]} to {each[-1]}"
    n_articles = len({key[0] for key in units})
    design = (
        f"In the campaign {campaign.name}, {len(units)} units in {n_articles} articles were given to {by} of "
        f"{len(campaign.coders)} coders each ({_named(sources, campaign.coders)}), whole articles at a time, "
        "balanced over coders and pairs of coders; each coder had a project and an order of articles of its own "
        f"(seed {campaign.seed})."
    )
    sentences = [design]
    if campaign.practice is not None:
        sentences.append(_practice(sources, campaign))
    sentences += _repeats(sources, campaign, plan)
    decided = [entry.record for entry in sources.decisions if entry.record.key in units]
    if decided:
        who = _named(sources, {one.decided_by for one in decided})
        # Of a decision that came as a file nobody knows what the adjudicator was shown.
        here = all(f"/{campaign.name}/{Round.ADJUDICATION}." in f"/{one.export.file}" for one in decided)
        saw = ", who saw the text and the answers without names" if here else ""
        sentences.append(f"{len(decided)} units on which coders differed were decided by {who}{saw}.")
    return " ".join(sentences)


def _practice(sources: Sources, campaign: Campaign) -> str:
    key = read_key(sources, campaign)
    scores = score(key, read_readings(sources.root, campaign.name, Round.PRACTICE), campaign, sources)
    reached = ", ".join(f"{one.coder_id} {one.fields['stance']}" for one in scores)
    authors = _named(sources, {one.author for one in key})
    return (
        f"Coders practised on {len(key)} units with answers known from {authors} (stance as known, units and "
        f"points of 100 with a 95 % score interval: {reached}; mark {100 * campaign.pass_mark:.0f})."
    )


def _repeats(sources: Sources, campaign: Campaign, plan: list[Assignment]) -> list[str]:
    found = self_agreement(read_answers(sources, campaign, Round.MAIN, plan))
    if not found:
        return []
    same = ", ".join(f"{one.coder_id} {one.fields['stance']}" for one in found)
    return [f"Units that came back unannounced got the same stance again as follows: {same}."]


def _named(sources: Sources, coder_ids: Iterable[str]) -> str:
    return ", ".join(f"{coder_id} ({sources.kind_of(coder_id)})" for coder_id in sorted(coder_ids))
