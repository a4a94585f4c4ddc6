"""The practice round: how far coders' answers are the known ones, who has passed, and what to tell them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from standoff.annotation.campaign.campaign import Round, make_uid, read_plan, readings_file
from standoff.annotation.campaign.proportion import Proportion
from standoff.files import read_jsonl
from standoff.records import LABEL_FIELDS, POSITIONED, CoderKind, Judgement

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from standoff.annotation.campaign.campaign import Assignment, Campaign
    from standoff.annotation.campaign.key import KnownAnswer
    from standoff.corpus.sources import Sources
    from standoff.records import Evidence, Labelled

NOT_ANSWERED = "not answered"
NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A known answer, and what a coder gave; None where the unit is not answered yet."""

    known: KnownAnswer
    given: Judgement | None


@dataclass(frozen=True, slots=True)
class Score:
    """How a coder did in practice.

    Attributes:
        coder_id: Who.
        kind: What the coder is.
        attempts: All units of the key, in its order.
        fields: For stance and each detail how often it is the known one: stance over all answered units, details
            over those where both the key and the coder take a position.
        evidence: Mean overlap with the known evidence over the same units, from 0 to 1; None where there are none.
        passed: Whether the share of known stances reaches the campaign's mark; None until all units are answered.
    """

    coder_id: str
    kind: CoderKind
    attempts: tuple[Attempt, ...]
    fields: dict[str, Proportion]
    evidence: float | None
    passed: bool | None

    @property
    def answered(self) -> int:
        """How many units are answered."""
        return sum(attempt.given is not None for attempt in self.attempts)

    def to_json(self) -> dict[str, Any]:
        """Return the score as JSON-ready values, without the answers."""
        return {
            "coder_id": self.coder_id,
            "kind": self.kind,
            "units": len(self.attempts),
            "answered": self.answered,
            "passed": self.passed,
            "evidence": self.evidence,
            "fields": {name: share.to_json() for name, share in self.fields.items()},
        }


def read_readings(root: Path, name: str, round_: Round) -> list[Judgement]:
    """Return the judgements of a campaign that are not the corpus's own; none before the first pull.

    Raises:
        InputError: A line does not fit.
    """
    path = readings_file(root, name, round_)
    if not path.is_file():
        return []
    return [Judgement.parse(row, where=f"{path}:{number}") for number, row in read_jsonl(path)]


def feedback_plan(sources: Sources, campaign: Campaign) -> list[Assignment]:
    """Return the tasks of the round ``feedback``: of each coder the practice units that are answered, in order."""
    answered = {(one.coder_id, one.key) for one in read_readings(sources.root, campaign.name, Round.PRACTICE)}
    return [
        task.model_copy(
            update={
                "round": Round.FEEDBACK,
                "uid": make_uid(campaign.name, Round.FEEDBACK, task.coder_id, task.key),
            }
        )
        for task in read_plan(sources.root, campaign.name, Round.PRACTICE)
        if (task.coder_id, task.key) in answered
    ]


def score(
    key: Sequence[KnownAnswer], readings: Iterable[Judgement], campaign: Campaign, sources: Sources
) -> list[Score]:
    """Return how each coder of the campaign did, by coder.

    Args:
        key: The known answers.
        readings: The judgements of the practice round; of a unit judged twice the last counts.
        campaign: Its coders and its mark.
        sources: The coders' kinds.

    Raises:
        InputError: A coder of the campaign is not in ``annotations/coders.yaml``.
    """
    given = {(reading.coder_id, reading.key): reading for reading in readings}
    found = []
    for coder_id in sorted(campaign.coders):
        attempts = tuple(Attempt(known, given.get((coder_id, known.key))) for known in key)
        found.append(_score(coder_id, sources.kind_of(coder_id), attempts, campaign.pass_mark))
    return found


def _score(coder_id: str, kind: CoderKind, attempts: tuple[Attempt, ...], pass_mark: float) -> Score:
    pairs = [(one.known, one.given) for one in attempts if one.given is not None]
    both = [(known, given) for known, given in pairs if {known.stance, given.stance} <= POSITIONED]
    fields = {
        name: Proportion(
            sum(getattr(known, name) == getattr(given, name) for known, given in compared), len(compared)
        )
        for name in LABEL_FIELDS
        for compared in [pairs if name == "stance" else both]
    }
    overlaps = [overlap(known.evidence, given.evidence) for known, given in both]
    stance = fields["stance"]
    return Score(
        coder_id,
        kind,
        attempts,
        fields,
        evidence=sum(overlaps) / len(overlaps) if overlaps else None,
        passed=stance.hits >= pass_mark * stance.n if len(pairs) == len(attempts) else None,
    )


def overlap(known: Iterable[Evidence], given: Iterable[Evidence]) -> float:
    """Return how far two sets of spans mark the same characters: 2|A∩B| / (|A|+|B|) (Dice 1945, Ecology 26:297).

    Nothing marked on both sides is the same: 1.
    """
    first, second = (
        {place for span in spans for place in range(span.start, span.end)} for spans in (known, given)
    )
    total = len(first) + len(second)
    return 2 * len(first & second) / total if total else 1.0


def feedback(found: Score, campaign: Campaign, sources: Sources) -> str:
    """Return what a coder is told, as Markdown: the score, then unit by unit what differs from the known answer.

    Quotations come from shipped texts; of others the offsets are given.
    """
    stance = found.fields["stance"]
    verdict = {
        True: "Passed.",
        False: "Not passed: read the sections named below again.",
        None: f"{len(found.attempts) - found.answered} units are not answered yet.",
    }[found.passed]
    lines = [
        f"# Practice: {campaign.name}",
        "",
        f"Stance as in the key: {stance} (hits/units: points of 100, 95 % interval).",
        f"The mark is {100 * campaign.pass_mark:.0f}. {verdict}",
        "",
        author_note([attempt.known for attempt in found.attempts]),
    ]
    for number, attempt in enumerate(found.attempts, start=1):
        lines += ["", *_unit_lines(number, attempt, campaign, sources)]
    return "\n".join(lines) + "\n"


def author_note(key: Iterable[KnownAnswer]) -> str:
    """Return who gave the known answers; a model's are named as such."""
    authors = sorted({(known.author, known.kind) for known in key})
    note = "Known answers by " + ", ".join(f"{author} ({kind})" for author, kind in authors) + "."
    if any(kind is CoderKind.MODEL for _, kind in authors):
        note += " A model's answer is a reading to argue with, not the truth."
    return note


def _unit_lines(number: int, attempt: Attempt, campaign: Campaign, sources: Sources) -> list[str]:
    known, given = attempt.known, attempt.given
    article = sources.articles_by_id[known.article_id]
    actor, proposition = sources.actors_by_id[known.actor_id], sources.propositions_by_id[known.proposition_id]
    if given is None:
        verdict = NOT_ANSWERED
    elif given.label_values == known.label_values:
        verdict = "as known"
    elif given.stance == known.stance:
        verdict = "stance as known, details differ"
    else:
        verdict = "stance differs"
    lines = [
        f"## {number}. {_escape(actor.name)}: {verdict}",
        "",
        f"Article: {_escape(article.title)} ({_escape(article.outlet)}, {article.published}).",
        f"Proposition: {_escape(proposition.text)}",
        "",
        "| | known | yours |",
        "|---|---|---|",
    ]
    for name in LABEL_FIELDS:
        was, mine = getattr(known, name), None if given is None else getattr(given, name)
        mark = "**" if given is not None and was != mine else ""
        lines.append(f"| {name} | {was or NOTHING} | {mark}{mine or NOTHING}{mark} |")
    lines.append(f"| evidence | {_quotes(known, article.text)} | {_quotes(given, article.text)} |")
    lines += ["", f"Why: {_escape(known.reason)} (codebook {campaign.codebook}, {_escape(known.section)})"]
    return lines


def _quotes(labels: Labelled | None, text: str | None) -> str:
    if labels is None or not labels.evidence:
        return NOTHING
    spans = [(span.start, span.end) for span in labels.evidence]
    return "; ".join(f"{a}:{b}" if text is None else f"“{_escape(text[a:b])}”" for a, b in spans)


def _escape(text: str) -> str:
    """Return text on one line in which Markdown and HTML mean nothing."""
    return "".join(f"\\{c}" if c in r"\`*_[]<>|#&" else c for c in " ".join(text.split()))
