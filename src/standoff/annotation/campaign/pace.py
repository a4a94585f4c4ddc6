"""How quickly coders work: too quick to have read, quicker than others on the same articles, single odd times.

Times are what the server measured from opening a task to handing it in; a page left open counts as work. So
medians and logarithms are used, and slowness is never held against anyone.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log
from statistics import median
from typing import TYPE_CHECKING

from standoff.annotation.campaign.resampled import Estimate, mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from standoff.annotation.campaign.progress import Answer

READING_SPEED = 10.0
"""Words a second above which a text was not read: 600 a minute, 2.5 times the mean of silent reading in English,
238 (Brysbaert 2019, How many words do we read per minute?, Journal of Memory and Language 109:104047)."""

QUICK_SHARE = 0.1
"""The share of articles read too quickly from which a coder is flagged; at least two articles."""

ODD = 3.5
"""The robust z-score from which a time is odd (Iglewicz and Hoaglin 1993, How to Detect and Handle Outliers)."""

MIN_TIMES = 8
"""Fewer times of a kind say too little about what is usual."""

HALF = 0.5
"""A coder is flagged whose time is surely below this share of the others' on the same articles."""


@dataclass(frozen=True, slots=True)
class OddTime:
    """A task that took unusually long, or little, for its coder and its place in the article."""

    uid: str
    seconds: float
    z: float


@dataclass(frozen=True, slots=True)
class Pace:
    """How quickly one coder works.

    Attributes:
        coder_id: Who.
        articles: Articles all of whose answered tasks are timed.
        quick: Of these the ones read at more than :data:`READING_SPEED`, with the words a second.
        against_others: This coder's time as a share of the others' on the same units, over articles; None with
            fewer than five articles in common.
        odd: Tasks of unusual times, the most unusual first.
    """

    coder_id: str
    articles: int
    quick: dict[str, float]
    against_others: Estimate | None
    odd: tuple[OddTime, ...]

    @property
    def flags(self) -> tuple[str, ...]:
        """What to ask the coder about, in words; empty for nearly everybody who reads."""
        found = []
        if len(self.quick) >= max(2, QUICK_SHARE * self.articles):
            found.append(
                f"did {len(self.quick)} of {self.articles} articles quicker than {60 * READING_SPEED:.0f} "
                "words a minute, answers included: too quick to have read them"
            )
        if self.against_others is not None and self.against_others.high < HALF:
            one = self.against_others
            found.append(
                f"takes {one.value:.2f} [{one.low:.2f}, {one.high:.2f}] of the others' time for the same units"
            )
        return tuple(found)


def pace(answers: Sequence[Answer], words: Mapping[str, int], *, seed: int) -> list[Pace]:
    """Return how quickly each coder works, by coder; only of coders with times.

    Repeats are left out: their text has been read before.

    Args:
        answers: The answered tasks.
        words: How many words each article has.
        seed: Of the resampling.
    """
    seconds: dict[str, dict[str, dict[tuple[str, ...], float]]] = {}
    untimed: set[tuple[str, str]] = set()
    for one in answers:
        if one.task.occurrence > 1:
            continue
        coder_id, article_id = one.task.coder_id, one.task.article_id
        if one.judgement.lead_time_s is None:
            untimed.add((coder_id, article_id))
        else:
            articles = seconds.setdefault(coder_id, {})
            articles.setdefault(article_id, {})[one.task.key] = one.judgement.lead_time_s
    found = []
    for coder_id, articles in sorted(seconds.items()):
        whole = {name: sum(times.values()) for name, times in articles.items() if (coder_id, name) not in untimed}
        speeds = {name: words[name] / max(total, 1.0) for name, total in whole.items()}
        others = {name: times for name, times in seconds.items() if name != coder_id}
        share = mean(_against(articles, others), seed=seed)
        found.append(
            Pace(
                coder_id,
                articles=len(whole),
                quick={name: speed for name, speed in sorted(speeds.items()) if speed > READING_SPEED},
                against_others=share and Estimate(exp(share.value), exp(share.low), exp(share.high)),
                odd=_odd([one for one in answers if one.task.coder_id == coder_id]),
            )
        )
    return found


def _against(
    articles: Mapping[str, Mapping[tuple[str, ...], float]],
    others: Mapping[str, Mapping[str, Mapping[tuple[str, ...], float]]],
) -> Iterable[tuple[str, float]]:
    """Yield for each article the log of a coder's time over another's on the same units: the median of others."""
    for article_id, mine in articles.items():
        ratios = []
        for theirs in others.values():
            both = mine.keys() & theirs.get(article_id, {}).keys()
            if both:
                own, other = (sum(times[key] for key in both) for times in (mine, theirs[article_id]))
                ratios.append(log(max(own, 1.0) / max(other, 1.0)))
        if ratios:
            yield article_id, median(ratios)


def _odd(answers: Sequence[Answer]) -> tuple[OddTime, ...]:
    """Return a coder's tasks of unusual times; an article's first task holds its reading, and is told apart."""
    kinds: dict[bool, list[tuple[str, float]]] = {True: [], False: []}
    seen: set[str] = set()
    for one in answers:
        opening = one.task.occurrence > 1 or one.task.article_id not in seen
        seen.add(one.task.article_id)
        if one.judgement.lead_time_s is not None:
            kinds[opening].append((one.task.uid, max(one.judgement.lead_time_s, 0.1)))
    found = []
    for times in kinds.values():
        if len(times) < MIN_TIMES:
            continue
        middle = median(log(seconds) for _, seconds in times)
        # 1.4826 makes the median absolute deviation of normal values their standard deviation.
        spread = 1.4826 * median(abs(log(seconds) - middle) for _, seconds in times)
        if spread > 0:
            scores = [(uid, seconds, (log(seconds) - middle) / spread) for uid, seconds in times]
            found += [OddTime(uid, seconds, z) for uid, seconds, z in scores if abs(z) > ODD]
    return tuple(sorted(found, key=lambda one: (-abs(one.z), one.uid)))
