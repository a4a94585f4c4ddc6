"""Who found what: evidence of judgements, statements and spans of the round ``find``, compared pair by pair."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from standoff.annotation.agreement.classifying import MAX_PAIRED
from standoff.annotation.agreement.finding import SAME, SPAN_CRITERIA, compare, pairwise_f1
from standoff.records import POSITIONED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from standoff.annotation.agreement.finding import Compared, Criterion, PairwiseF1, Resampling, Span
    from standoff.annotation.campaign.findings import Finding
    from standoff.records import Evidence, Judgement

    Sets: TypeAlias = dict[str, dict[str, AbstractSet[Any]]]


@dataclass(frozen=True, slots=True)
class PartF1:
    """The F1 of a pair of coders (``coders``), or in one conflict."""

    coders: tuple[str, ...]
    conflict_id: str | None
    f1: PairwiseF1


@dataclass(frozen=True, slots=True)
class FindingAgreement:
    """Agreement on what was found; ``criterion`` is when two things found are the same."""

    found: str
    describes: str
    criterion: str
    criterion_describes: str
    overall: PairwiseF1
    by_conflict: tuple[PartF1, ...]
    by_pair: tuple[PartF1, ...]


def evidence_agreement(
    judgements: Iterable[Judgement], conflict_of: Mapping[str, str], *, resampling: Resampling
) -> list[FindingAgreement]:
    """Return agreement on the words that show a position, over units on which both coders of a pair see one.

    Whether both see one is another question, that of the field ``position``; here it would be counted again.
    """
    found: Sets = defaultdict(dict)
    article_of: dict[str, str] = {}
    for one in judgements:
        if one.stance in POSITIONED:
            unit = "|".join(one.key)
            found[unit][one.coder_id] = _spans(one.evidence)
            article_of[unit] = one.article_id
    what = "the words that show the position, given both coders see one"
    return [
        _agreement(
            "evidence",
            what,
            compare(found, criterion, groups=article_of),
            criterion,
            conflict_of=conflict_of,
            resampling=resampling,
        )
        for criterion in (SPAN_CRITERIA if found else ())
    ]


def find_agreement(
    findings: Iterable[Finding], conflict_of: Mapping[str, str], *, resampling: Resampling
) -> list[FindingAgreement]:
    """Return agreement on what the round ``find`` yielded, article by article.

    Statements are compared as (actor, proposition), actors alone, and spans whatever they were marked for.
    """
    statements: Sets = defaultdict(dict)
    actors: Sets = defaultdict(dict)
    spans: Sets = defaultdict(dict)
    mentions: Sets = defaultdict(dict)
    for one in findings:
        article, coder = one.article_id, one.coder_id
        statements[article][coder] = {(found.actor, found.proposition_id) for found in one.statements}
        actors[article][coder] = {found.actor for found in one.statements}
        spans[article][coder] = _spans(span for found in one.statements for span in found.evidence)
        mentions[article][coder] = _spans(one.mentions)
    compared: list[tuple[str, str, Sets, tuple[Criterion, ...]]] = [
        ("statements", "who takes a position on what: (actor, proposition)", statements, (SAME,)),
        ("actors", "who takes a position at all", actors, (SAME,)),
        ("spans", "the words that show any position", spans, SPAN_CRITERIA),
        ("mentions", "the words that name actors", mentions, SPAN_CRITERIA),
    ]
    return [
        _agreement(
            name, what, compare(found, criterion), criterion, conflict_of=conflict_of, resampling=resampling
        )
        for name, what, found, criteria in compared
        for criterion in criteria
        if any(part for by_coder in found.values() for part in by_coder.values())
    ]


def _spans(evidence: Iterable[Evidence]) -> set[Span]:
    return {(span.start, span.end) for span in evidence}


def _agreement(
    name: str,
    describes: str,
    compared: list[Compared],
    criterion: Criterion,
    *,
    conflict_of: Mapping[str, str],
    resampling: Resampling,
) -> FindingAgreement:
    conflicts = sorted({conflict_of[one.group] for one in compared})
    pairs = sorted({one.coders for one in compared})
    coders = tuple(sorted({coder for pair in pairs for coder in pair}))
    return FindingAgreement(
        found=name,
        describes=describes,
        criterion=criterion.name,
        criterion_describes=criterion.describes,
        overall=pairwise_f1(compared, **resampling),
        by_conflict=tuple(
            PartF1(
                coders,
                conflict_id,
                pairwise_f1([one for one in compared if conflict_of[one.group] == conflict_id], **resampling),
            )
            for conflict_id in conflicts
        ),
        by_pair=tuple(
            PartF1(pair, None, pairwise_f1([one for one in compared if one.coders == pair], **resampling))
            for pair in (pairs if len(coders) <= MAX_PAIRED else ())
        ),
    )
