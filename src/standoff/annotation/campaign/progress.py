"""How far a round is: per coder what is done, how long it took, and what is left."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from standoff.annotation.campaign.campaign import Round, refused_file
from standoff.annotation.campaign.findings import read_findings
from standoff.annotation.campaign.practice import read_readings
from standoff.annotation.differences import stale_decisions
from standoff.errors import RefusedError
from standoff.files import read_jsonl

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from standoff.annotation.campaign.campaign import Assignment, Campaign
    from standoff.corpus.sources import Sources
    from standoff.records import Judgement

MIN_DAYS = 2
"""Days of work from which a forecast is made."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A task and the judgement that answers it."""

    task: Assignment
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Done:
    """A task that has been dealt with: answered, or skipped, of which no time is known."""

    uid: str
    coder_id: str
    at: dt.datetime | None
    lead_time_s: float | None
    skipped: bool


@dataclass(frozen=True, slots=True)
class Work:
    """Where one coder stands in a round.

    Attributes:
        coder_id: Who.
        assigned: Tasks in the plan, repeats included.
        done: Answered tasks.
        skipped: Tasks that the coder passed over; they count as remaining.
        median_s: Median seconds a task; None where no times are known.
        hours: Sum of the known times.
        hours_left: Remaining tasks at the mean time so far (a mean, as it is a sum that is forecast).
        last: The last answer.
        forecast: The day on which the last task is answered at the pace per day so far; None before answers on
            two days, or when nothing remains.
    """

    coder_id: str
    assigned: int
    done: int
    skipped: int
    median_s: float | None
    hours: float
    hours_left: float | None
    last: dt.datetime | None
    forecast: dt.date | None

    @property
    def remaining(self) -> int:
        """Tasks without an answer."""
        return self.assigned - self.done


def read_answers(sources: Sources, campaign: Campaign, round_: Round, plan: Sequence[Assignment]) -> list[Answer]:
    """Return the answered tasks of a round that codes units, by coder and position.

    The first time a unit is coded in the round ``main`` its judgement is the corpus's own; the second time, and
    in practice, it is in the campaign's readings. Answers to a text that has changed since do not count.

    Raises:
        InputError: A line of the readings does not fit.
    """
    again = {(one.coder_id, one.key): one for one in read_readings(sources.root, campaign.name, round_)}
    first = {(entry.record.coder_id, entry.record.key): entry.record for entry in sources.judgements}
    found = []
    for task in sorted(plan, key=lambda task: (task.coder_id, task.position)):
        if task.actor_id is None:
            continue
        held = first if round_ is Round.MAIN and task.occurrence == 1 else again
        judgement = held.get((task.coder_id, task.key))
        if judgement is not None and judgement.text_sha256 == task.text_sha256:
            found.append(Answer(task, judgement))
    return found


def read_done(sources: Sources, campaign: Campaign, round_: Round, plan: Sequence[Assignment]) -> list[Done]:
    """Return what has been dealt with in a round, as far as it has been pulled.

    Raises:
        InputError: A line of the readings, the findings or the refusals does not fit.
        RefusedError: The round is ``feedback``, which leaves nothing behind.
    """
    if round_ is Round.FEEDBACK:
        raise RefusedError(
            "what was read is not kept: there is nothing to look at",
            remedy=f"ask the server: standoff annotate status {campaign.name} {round_}",
        )
    if round_ is Round.FIND:
        found = _found_articles(sources, plan)
    elif round_ is Round.ADJUDICATION:
        found = _decided(sources, campaign, plan)
    else:
        found = [
            Done(
                one.task.uid, one.task.coder_id, one.judgement.created_at, one.judgement.lead_time_s, skipped=False
            )
            for one in read_answers(sources, campaign, round_, plan)
        ]
    answered = {one.uid for one in found}
    skipped = _skipped(sources.root, campaign.name, round_) - answered
    return found + [
        Done(task.uid, task.coder_id, at=None, lead_time_s=None, skipped=True)
        for task in plan
        if task.uid in skipped
    ]


def _decided(sources: Sources, campaign: Campaign, plan: Iterable[Assignment]) -> list[Done]:
    """Return the tasks whose decision is there; where a stale one brought a unit back, a fresh one."""
    held = {(entry.record.decided_by, entry.record.key): entry.record for entry in sources.decisions}
    stale = {one.decision.key for one in stale_decisions(sources, campaign.conflicts)}
    return [
        Done(task.uid, task.coder_id, one.decided_at, lead_time_s=None, skipped=False)
        for task in plan
        if (one := held.get((task.coder_id, task.key))) is not None
        and (task.occurrence == 1 or task.key not in stale)
    ]


def _found_articles(sources: Sources, plan: Sequence[Assignment]) -> list[Done]:
    """Return the articles whose findings are there."""
    articles = sources.articles_by_id
    conflicts = {articles[task.article_id].conflict_id for task in plan if task.article_id in articles}
    found = [one for conflict_id in sorted(conflicts) for one in read_findings(sources.root, conflict_id)]
    held = {(one.coder_id, one.article_id): one for one in found}
    return [
        Done(task.uid, task.coder_id, one.created_at, one.lead_time_s, skipped=False)
        for task in plan
        if (one := held.get((task.coder_id, task.article_id))) is not None and one.text_sha256 == task.text_sha256
    ]


def _skipped(root: Path, name: str, round_: Round) -> set[str]:
    """Return the tasks that the last pull found skipped."""
    path = refused_file(root, name, round_)
    if not path.is_file():
        return set()
    return {str(row["uid"]) for _, row in read_jsonl(path) if row.get("rule") == "skipped" and row.get("uid")}


def work(plan: Sequence[Assignment], done: Sequence[Done]) -> list[Work]:
    """Return where each coder of a plan stands, by coder."""
    return [
        _work(
            coder_id,
            assigned=sum(task.coder_id == coder_id for task in plan),
            done=[one for one in done if one.coder_id == coder_id and not one.skipped],
            skipped=sum(one.coder_id == coder_id and one.skipped for one in done),
        )
        for coder_id in sorted({task.coder_id for task in plan})
    ]


def _work(coder_id: str, *, assigned: int, done: Sequence[Done], skipped: int) -> Work:
    seconds = [one.lead_time_s for one in done if one.lead_time_s is not None]
    moments = sorted(one.at for one in done if one.at is not None)
    remaining = assigned - len(done)
    forecast = None
    if moments and remaining:
        days = (moments[-1].date() - moments[0].date()).days + 1
        if days >= MIN_DAYS:
            forecast = moments[-1].date() + dt.timedelta(days=-(-remaining * days // len(done)))
    return Work(
        coder_id,
        assigned=assigned,
        done=len(done),
        skipped=skipped,
        median_s=median(seconds) if seconds else None,
        hours=sum(seconds) / 3600,
        hours_left=remaining * sum(seconds) / len(seconds) / 3600 if seconds else None,
        last=moments[-1] if moments else None,
        forecast=forecast,
    )
