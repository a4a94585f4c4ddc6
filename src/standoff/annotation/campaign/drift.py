"""Whether a coder stays the same: repeated units coded alike, and early articles coded like late ones.

The repeated units and the early-late comparisons are few for one coder, and many are made: what is flagged is a
reason to look and to ask, not a verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log
from statistics import fmean, median
from typing import TYPE_CHECKING

from standoff.annotation.campaign.proportion import Proportion
from standoff.annotation.campaign.resampled import Estimate, change
from standoff.records import LABEL_FIELDS, POSITIONED, Stance

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from standoff.annotation.campaign.progress import Answer
    from standoff.records import Judgement, UnitKey

SAME_MARK = 0.8
"""A coder is flagged whose share of repeated stances coded alike is surely below this."""

BLOCKS = 4
"""Parts of a coder's stream that are shown side by side."""

TESTS = ("positions", "agreement", "decisions", "pace")
"""What is compared between the early and the late half of a coder's articles."""


@dataclass(frozen=True, slots=True)
class SelfAgreement:
    """How a coder coded units that came back.

    Attributes:
        coder_id: Who.
        fields: How often a field has the same value twice: stance over all repeated units, details over those with
            a position both times.
        changed: The units of which the stance changed, with both stances.
    """

    coder_id: str
    fields: dict[str, Proportion]
    changed: tuple[tuple[UnitKey, Stance, Stance], ...]

    @property
    def flags(self) -> tuple[str, ...]:
        """What to ask the coder about."""
        stance = self.fields["stance"]
        if stance.interval is None or stance.interval[1] >= SAME_MARK:
            return ()
        return (f"codes repeated units alike less often than {100 * SAME_MARK:.0f} %: stance {stance}",)


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a coder's stream: units, the share of each stance, agreement with others, median seconds."""

    units: int
    stances: dict[Stance, float]
    agreement: float | None
    median_s: float | None


@dataclass(frozen=True, slots=True)
class Drift:
    """How a coder's late articles differ from the early ones.

    Attributes:
        coder_id: Who.
        blocks: Quarters of the stream, by units; whole articles.
        changes: Late less early half. ``positions``: share of units with a position, less the other coders'
            share on the same units, so that it is not the articles that differ. ``agreement`` and ``decisions``:
            share of stances equal to the others', and to the decided ones. ``pace``: the factor by which the time
            of a task changes. In the first two each set of other coders is its own yardstick, so that it is not
            they who differ. None where either half has fewer than five articles with a value.
    """

    coder_id: str
    blocks: tuple[Block, ...]
    changes: dict[str, Estimate | None]

    @property
    def flags(self) -> tuple[str, ...]:
        """What to ask the coder about: intervals without 0; of pace only a halving, as all get quicker."""
        found = []
        for name, what in (
            (
                "positions",
                "sees positions {more} often, compared with others, in late articles than in early ones",
            ),
            ("agreement", "agrees with others {more} often in late articles than in early ones"),
            ("decisions", "agrees with the decisions {more} often in late articles than in early ones"),
        ):
            one = self.changes[name]
            if one is not None and not one.low <= 0 <= one.high:
                said = what.format(more="more" if one.value > 0 else "less")
                found.append(
                    f"{said}: {100 * one.value:+.0f} points [{100 * one.low:+.0f}, {100 * one.high:+.0f}]"
                )
        quicker = self.changes["pace"]
        if quicker is not None and quicker.high < 1 / 2:
            found.append(
                f"takes {quicker.value:.2f} [{quicker.low:.2f}, {quicker.high:.2f}] of the early time late"
            )
        return tuple(found)


def self_agreement(answers: Iterable[Answer]) -> list[SelfAgreement]:
    """Return how coders coded units that came back, by coder; of units answered both times."""
    first: dict[tuple[str, UnitKey], Judgement] = {}
    second: dict[tuple[str, UnitKey], Judgement] = {}
    for one in answers:
        (first if one.task.occurrence == 1 else second)[one.task.coder_id, one.task.key] = one.judgement
    pairs: dict[str, list[tuple[Judgement, Judgement]]] = {}
    for at, judgement in sorted(second.items()):
        if at in first:
            pairs.setdefault(at[0], []).append((first[at], judgement))
    return [_self_agreement(coder_id, held) for coder_id, held in sorted(pairs.items())]


def _self_agreement(coder_id: str, pairs: Sequence[tuple[Judgement, Judgement]]) -> SelfAgreement:
    both = [pair for pair in pairs if {one.stance for one in pair} <= POSITIONED]
    return SelfAgreement(
        coder_id,
        {
            name: Proportion(sum(getattr(a, name) == getattr(b, name) for a, b in held), len(held))
            for name in LABEL_FIELDS
            for held in [pairs if name == "stance" else both]
        },
        tuple((a.key, a.stance, b.stance) for a, b in pairs if a.stance != b.stance),
    )


def drift(answers: Sequence[Answer], decisions: Mapping[UnitKey, Stance], *, seed: int) -> list[Drift]:
    """Return how each coder's late articles differ from the early ones, by coder. Repeats are left out.

    Args:
        answers: The answered tasks of all coders.
        decisions: The decided stances.
        seed: Of the resampling.
    """
    held = [one for one in answers if one.task.occurrence == 1]
    stances: dict[UnitKey, dict[str, Stance]] = {}
    for one in held:
        stances.setdefault(one.task.key, {})[one.task.coder_id] = one.judgement.stance
    found = []
    for coder_id in sorted({one.task.coder_id for one in held}):
        mine = sorted((one for one in held if one.task.coder_id == coder_id), key=lambda one: one.task.position)
        halves = _parts(mine, 2)
        measures = _measures(mine, stances, decisions)
        changes = {
            name: change(
                *([measures[name][at] for at in half if at in measures[name]] for half in halves), seed=seed
            )
            for name in TESTS
        }
        if (pace := changes["pace"]) is not None:
            changes["pace"] = Estimate(exp(pace.value), exp(pace.low), exp(pace.high))
        blocks = [[mine[at] for at in part] for part in _parts(mine, BLOCKS) if part]
        found.append(Drift(coder_id, tuple(_block(part, stances) for part in blocks), changes))
    return found


def _parts(mine: Sequence[Answer], n: int) -> list[list[int]]:
    """Return the places of a stream in ``n`` parts of about equal size, without cutting an article."""
    starts: dict[str, int] = {}
    parts: list[list[int]] = [[] for _ in range(n)]
    sizes: dict[str, int] = {}
    for place, one in enumerate(mine):
        starts.setdefault(one.task.article_id, place)
        sizes[one.task.article_id] = sizes.get(one.task.article_id, 0) + 1
    for place, one in enumerate(mine):
        article_id = one.task.article_id
        middle = starts[article_id] + sizes[article_id] / 2
        parts[min(n - 1, int(n * middle / len(mine)))].append(place)
    return parts


def _measures(
    mine: Sequence[Answer],
    stances: Mapping[UnitKey, Mapping[str, Stance]],
    decisions: Mapping[UnitKey, Stance],
) -> dict[str, dict[int, tuple[str, float]]]:
    """Return for each test the value at each place of a stream, with its article; not where there is none."""
    found: dict[str, dict[int, tuple[str, float]]] = {name: {} for name in TESTS}
    opened: set[str] = set()
    partners: dict[frozenset[str], list[int]] = {}
    for place, one in enumerate(mine):
        article_id, stance = one.task.article_id, one.judgement.stance
        others = {who: theirs for who, theirs in stances[one.task.key].items() if who != one.task.coder_id}
        if others:
            usual = fmean(theirs in POSITIONED for theirs in others.values())
            partners.setdefault(frozenset(others), []).append(place)
            found["positions"][place] = (article_id, (stance in POSITIONED) - usual)
            found["agreement"][place] = (article_id, fmean(theirs == stance for theirs in others.values()))
        if one.task.key in decisions:
            found["decisions"][place] = (article_id, float(decisions[one.task.key] == stance))
        # An article's first task holds the reading of the text, whose length has nothing to do with drift.
        if article_id in opened and one.judgement.lead_time_s is not None:
            found["pace"][place] = (article_id, log(max(one.judgement.lead_time_s, 0.1)))
        opened.add(article_id)
    # Who else reads a coder's early articles need not be who reads the late ones: what comes of them is taken out.
    for name in ("positions", "agreement"):
        for places in partners.values():
            usual = fmean(found[name][place][1] for place in places)
            for place in places:
                article_id, value = found[name][place]
                found[name][place] = (article_id, value - usual)
    return found


def _block(part: Sequence[Answer], stances: Mapping[UnitKey, Mapping[str, Stance]]) -> Block:
    given = [one.judgement.stance for one in part]
    same = [
        theirs == one.judgement.stance
        for one in part
        for who, theirs in stances[one.task.key].items()
        if who != one.task.coder_id
    ]
    seconds = [one.judgement.lead_time_s for one in part if one.judgement.lead_time_s is not None]
    return Block(
        units=len(part),
        stances={stance: given.count(stance) / len(given) for stance in Stance},
        agreement=fmean(same) if same else None,
        median_s=median(seconds) if seconds else None,
    )
