"""The kinds of findings of an audit: how bad each is, what it means, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from standoff.tasks.audits.leaks import Counted, counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from standoff.tasks.audits.drift import Drift
    from standoff.tasks.audits.leaks import Leaks
    from standoff.tasks.audits.shortcuts import Shortcuts
    from standoff.tasks.audits.texts import TextChecks

ABOVE_CHANCE = 0.05
"""A shortcut is a finding when the lower end of its interval is above chance by this: with less, a score of the
task reads the same whether one knows of the shortcut or not."""


class Kind(NamedTuple):
    """A kind of finding; ``high`` makes scores untrue, ``medium`` blurs them, ``low`` is good to know."""

    severity: Literal["high", "medium", "low"]
    unit: str
    means: str
    remedy: str


KINDS = {
    "exact-duplicates-across": Kind(
        "high",
        "items",
        "The words of these items stand in an earlier split or another fold too, so memory is scored as reading.",
        "Score on the audited splits; where the official ones are needed for comparison, say how many items leak.",
    ),
    "group-leak": Kind(
        "high",
        "items",
        "Items of the same group (article, story, debate) stand on both sides of a split.",
        "Score on the audited splits, or split again by group.",
    ),
    "near-duplicates-across": Kind(
        "high",
        "items",
        "Nearly the same text stands in an earlier split or another fold, so memory is scored as reading.",
        "Score on the audited splits; look at the examples, as short texts of one pattern can be alike by chance.",
    ),
    "contradictory-labels": Kind(
        "medium",
        "items",
        "The same words, actor and target have different labels, so no system can be right on all of them.",
        "Ask the makers which label holds; until then the score of a perfect system is below 1.",
    ),
    "label-drift": Kind(
        "medium",
        "splits",
        "Labels are distributed otherwise than in training, further than chance explains; the test takes items as "
        "independent, which makes it too sure where items are grouped.",
        "Compare systems on the same split only, and do not tune thresholds on shares of labels.",
    ),
    "shortcut-target": Kind(
        "medium",
        "models",
        "A model that sees only the target is better than chance: some targets nearly tell the label.",
        "Report a target-only baseline beside each system.",
    ),
    "shortcut-actor": Kind(
        "medium",
        "models",
        "A model that sees only the actor is better than chance: some actors nearly tell the label.",
        "Report an actor-only baseline beside each system.",
    ),
    "shortcut-length": Kind(
        "medium",
        "models",
        "A model that sees only the length of the text is better than chance.",
        "Look for labels that were collected in another way, such as from other sources.",
    ),
    "mis-encoded-text": Kind(
        "medium",
        "items",
        "Texts have characters that come of reading them in a wrong encoding.",
        "Read the source with its true encoding; if it is broken upstream, say so in the description.",
    ),
    "span-cuts-word": Kind(
        "medium",
        "items",
        "A span begins or ends inside a word.",
        "Check the unit of the offsets and whether ends are inclusive; do not rely on the span's words otherwise.",
    ),
    "exact-duplicates-within": Kind(
        "low",
        "items",
        "The same words, actor and target stand in one split more than once and are counted each time.",
        "Keep one of them, unless the source means them to count twice.",
    ),
    "near-duplicates-within": Kind(
        "low",
        "items",
        "Chains of near duplicates join different texts of one split, which has less variety than it seems.",
        "Give items of one origin one group, so that intervals are wide enough.",
    ),
    "over-long-text": Kind(
        "low",
        "items",
        "Texts are more than ten times as long as usual.",
        "Look whether rows ran together when the file was read, and whether systems cut the texts.",
    ),
    "empty-text": Kind(
        "low", "items", "Texts have no letter and no digit.", "Drop them, or look where their text was lost."
    ),
    "markup-in-text": Kind(
        "low",
        "items",
        "Texts have HTML tags or entities in them.",
        "Remove them when reading, with the offsets of spans moved along.",
    ),
}
"""Every finding by its id, the worst first."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something found, and how often.

    Attributes:
        id: A name in :data:`KINDS`.
        severity: See :class:`Kind`.
        count: How many.
        unit: Of what: items, splits or models.
        examples: The first twenty ids of items, or names of splits.
        means: One sentence: what it means.
        remedy: One sentence: what to do.
    """

    id: str
    severity: str
    count: int
    unit: str
    examples: tuple[str, ...]
    means: str
    remedy: str


def find(leaks: Leaks, drift: tuple[Drift, ...], texts: TextChecks, shortcuts: Shortcuts) -> tuple[Finding, ...]:
    """Return what is worth a finding among the facts, in the order of :data:`KINDS`."""
    found = {
        "exact-duplicates-across": leaks.exact_across,
        "group-leak": leaks.in_cut_groups,
        "near-duplicates-across": leaks.near_across,
        "contradictory-labels": leaks.contradictory,
        "label-drift": counted(one.split for one in drift if one.drifts),
        "mis-encoded-text": texts.mis_encoded,
        "span-cuts-word": texts.span_cuts_word,
        "exact-duplicates-within": _sum(one.exact for one in leaks.within),
        "near-duplicates-within": _sum(one.near for one in leaks.within),
        "over-long-text": texts.over_long,
        "empty-text": texts.empty,
        "markup-in-text": texts.markup,
        **_shortcuts(shortcuts),
    }
    return tuple(
        Finding(name, kind.severity, found[name].count, kind.unit, found[name].ids, kind.means, kind.remedy)
        for name, kind in KINDS.items()
        if name in found and found[name].count
    )


def _shortcuts(shortcuts: Shortcuts) -> Mapping[str, Counted]:
    """Return the models whose interval lies above chance."""
    limit = (shortcuts.chance or 0.0) + ABOVE_CHANCE
    above = [one.sees for one in shortcuts.models if one.low is not None and one.low > limit]
    return {f"shortcut-{sees}": Counted(1, ()) for sees in above}


def _sum(parts: Iterator[Counted]) -> Counted:
    listed = list(parts)
    ids = counted(item for part in listed for item in part.ids).ids
    return Counted(sum(part.count for part in listed), ids)
