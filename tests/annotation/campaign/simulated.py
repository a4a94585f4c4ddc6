"""Made-up articles, and coders who behave in known ways: what the measures should and should not notice."""

from __future__ import annotations

import datetime as dt
import math
import random
from dataclasses import dataclass
from pathlib import Path

from standoff.annotation.campaign.campaign import Assignment, Campaign
from standoff.annotation.campaign.progress import Answer
from standoff.corpus.sources import Entry, Sources
from standoff.records import (
    Article,
    CoderKind,
    Confidence,
    Conflict,
    Export,
    Judgement,
    Origin,
    Paragraph,
    Stance,
    TextAvailability,
    UnitKey,
)

START = dt.datetime(2001, 5, 1, 8, tzinfo=dt.UTC)
DAY = dt.date(2001, 4, 1)
WORDS = 360


def article(article_id: str, actors: int, propositions: int, *, conflict: str = "war") -> Article:
    """Return an article without its text, of ``actors`` times ``propositions`` units."""
    return Article(
        article_id=article_id,
        conflict_id=conflict,
        title="A title",
        text=None,
        text_sha256="ab" * 32,
        language="en",
        published=DAY,
        outlet="The Paper",
        url=None,
        sources=(),
        origin=Origin.DISPATCH,
        text_availability=TextAvailability.BRING_YOUR_OWN,
        license="CC-BY-4.0",
        cluster_id=article_id,
        split=None,
        actor_ids=tuple(f"actor-{number}" for number in range(actors)),
        proposition_ids=tuple(f"{conflict}-{number}" for number in range(propositions)),
        paragraphs=(Paragraph(words=WORDS, sha256="cd" * 32),),
    )


def made_sources(articles: list[Article], root: Path = Path()) -> Sources:
    """Return sources with these articles and their conflicts."""
    sources = Sources(root)
    sources.articles = [Entry(one, f"{one.article_id}.md") for one in articles]
    sources.conflicts = [
        Entry(Conflict(conflict_id=name, name=name, place="XX", start=DAY, end=DAY, summary="A war."), name)
        for name in sorted({one.conflict_id for one in articles})
    ]
    return sources


def several(n: int, *, conflict: str = "war") -> list[Article]:
    """Return ``n`` articles of 2 to 24 units."""
    return [
        article(f"{conflict}-{number:03}", 2 + number * 7 % 5, 1 + number * 3 % 4, conflict=conflict)
        for number in range(n)
    ]


def made_campaign(**changed: object) -> Campaign:
    """Return a campaign of three coders, two for each unit."""
    decided = {
        "name": "trial",
        "conflicts": ["war"],
        "codebook": "v1",
        "coders": ["anna", "ben", "carla"],
        "coders_per_unit": 2,
        "seed": 1,
        "repeats": 0.1,
    }
    return Campaign.model_validate({**decided, **changed})


@dataclass(frozen=True)
class Behaviour:
    """How a made-up coder codes.

    ``error`` is the chance of another stance than the true one; from the middle of the stream on it is
    ``late_error``, and ``late_blind`` is the chance that a position is overlooked then. ``read`` and ``click`` are
    the seconds for an article's text and for a unit, each times a log-normal factor.
    """

    error: float = 0.12
    late_error: float | None = None
    late_blind: float = 0.0
    second_error: float | None = None
    read: float = 90.0
    click: float = 15.0


def _chance(seed: str) -> random.Random:
    return random.Random(seed)  # noqa: S311 - made-up answers are to be made again, not secret


def truth(key: UnitKey) -> Stance:
    """Return the true stance of a unit: half of them no position."""
    chance = _chance("|".join(key)).random()
    return Stance.NO_POSITION if chance < 0.5 else Stance.SUPPORTS if chance < 0.75 else Stance.OPPOSES


def simulate(plan: list[Assignment], behaviours: dict[str, Behaviour], seed: int) -> list[Answer]:
    """Return the answers of coders who behave so; who is not named is honest."""
    answers = []
    for coder_id in sorted({task.coder_id for task in plan}):
        stream = sorted((task for task in plan if task.coder_id == coder_id), key=lambda task: task.position)
        chance, how, seen = _chance(f"{seed}|{coder_id}"), behaviours.get(coder_id, Behaviour()), set[str]()
        habit: dict[UnitKey, Stance] = {}
        for place, task in enumerate(stream):
            seconds = how.click * math.exp(chance.gauss(0, 0.5))
            if task.article_id not in seen or task.occurrence > 1:
                seconds += how.read * math.exp(chance.gauss(0, 0.3))
            seen.add(task.article_id)
            if task.occurrence > 1 and how.second_error is None:
                stance = habit[task.key] if chance.random() > 0.05 else _other(habit[task.key], chance)
            else:
                stance = _stance(task, how, chance, late=place >= len(stream) / 2)
            habit.setdefault(task.key, stance)
            answers.append(Answer(task, judgement(task, stance, seconds, place)))
    return answers


def _stance(task: Assignment, how: Behaviour, chance: random.Random, *, late: bool) -> Stance:
    true = truth(task.key)
    error = how.late_error if late and how.late_error is not None else how.error
    if task.occurrence > 1 and how.second_error is not None:
        error = how.second_error
    if late and true is not Stance.NO_POSITION and chance.random() < how.late_blind:
        return Stance.NO_POSITION
    return _other(true, chance) if chance.random() < error else true


def _other(stance: Stance, chance: random.Random) -> Stance:
    return chance.choice(
        [one for one in (Stance.SUPPORTS, Stance.OPPOSES, Stance.NO_POSITION, Stance.SEEKS) if one != stance]
    )


def judgement(task: Assignment, stance: Stance, seconds: float | None, place: int = 0) -> Judgement:
    """Return a judgement without details or evidence."""
    return Judgement(
        article_id=task.key[0],
        actor_id=task.key[1],
        proposition_id=task.key[2],
        stance=stance,
        attribution=None,
        commitment=None,
        condition=None,
        relay=None,
        time=None,
        evidence=(),
        judgement_id=f"{task.coder_id}-{task.uid}",
        coder_id=task.coder_id,
        kind=CoderKind.MODEL,
        confidence=Confidence.HIGH,
        note="",
        codebook_version="v1",
        created_at=START + dt.timedelta(minutes=20 * place),
        lead_time_s=seconds,
        suggestion_shown=False,
        export=Export(file="made.json", sha256="ef" * 32, annotation_id="1"),
        text_sha256=task.text_sha256,
    )
