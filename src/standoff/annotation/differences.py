"""The units on which coders differ, for a third reader: answers side by side, without the coders' names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from standoff.corpus.sources import units_of
from standoff.corpus.statements import majority
from standoff.files import sha256_text
from standoff.records import LABEL_FIELDS, UNIT_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from standoff.corpus.sources import Sources
    from standoff.records import Article, Decision, Judgement, UnitKey


@dataclass(frozen=True, slots=True)
class Stale:
    """A decision on judgements that are not those of today, and what about them is new."""

    decision: Decision
    why: str


def differing_units(sources: Sources, conflict_ids: Iterable[str]) -> list[UnitKey]:
    """Return the units of conflicts without a majority, decided or not, as the articles list them."""
    wanted, by_unit = set(conflict_ids), sources.judgements_by_unit()
    return [
        key
        for entry in sources.articles
        if entry.record.conflict_id in wanted
        for key in units_of(entry.record)
        if key in by_unit and majority([judged.record for judged in by_unit[key]]) is None
    ]


def differences(sources: Sources, conflict_id: str) -> list[dict[str, Any]]:
    """Return the undecided units of a conflict without a majority, each with its answers in a hidden order.

    Evidence is given as offsets, and as words where the text is shipped.
    """
    articles, by_unit = sources.articles_by_id, sources.judgements_by_unit()
    decided = {entry.record.key for entry in sources.decisions}
    return [
        {
            **dict(zip(UNIT_FIELDS, key, strict=True)),
            "answers": [
                _answer(judgement, articles[key[0]])
                for judgement in in_hidden_order(entry.record for entry in by_unit[key])
            ],
        }
        for key in sorted(differing_units(sources, [conflict_id]))
        if key not in decided
    ]


def in_hidden_order(judgements: Iterable[Judgement]) -> list[Judgement]:
    """Return the judgements of one unit in the order in which a third reader sees them.

    It follows from a hash of the unit and the coder, so that the first is not always the same coder's.
    """
    return sorted(judgements, key=lambda judgement: sha256_text(judgement.judgement_id))


def stale_decisions(sources: Sources, conflict_ids: Iterable[str]) -> list[Stale]:
    """Return the decisions that were not made on the judgements as they stand, by unit.

    A judgement that was given or changed after the decision is told by its time, one that is gone or was not
    among those decided on by its id.
    """
    wanted, articles = set(conflict_ids), sources.articles_by_id
    by_unit = sources.judgements_by_unit()
    found = []
    for entry in sorted(sources.decisions, key=lambda entry: entry.record.key):
        decision = entry.record
        article = articles.get(decision.article_id)
        if article is None or article.conflict_id not in wanted:
            continue
        why = _what_changed(decision, [judged.record for judged in by_unit.get(decision.key, [])])
        if why:
            found.append(Stale(decision, "; ".join(why)))
    return found


def _what_changed(decision: Decision, judgements: Sequence[Judgement]) -> list[str]:
    decided_on = set(decision.from_judgements)
    gone = decided_on - {judgement.judgement_id for judgement in judgements}
    why = []
    for judgement in judgements:
        if judgement.judgement_id not in decided_on:
            why.append(f"{judgement.coder_id} was not among the coders decided on")
        elif judgement.created_at > decision.decided_at:
            why.append(f"{judgement.coder_id} answered anew on {judgement.created_at:%Y-%m-%d %H:%M} UTC")
    return why + [f"the judgement {judgement_id} is gone" for judgement_id in sorted(gone)]


def _answer(judgement: Judgement, article: Article) -> dict[str, Any]:
    return {
        **{name: getattr(judgement, name) for name in LABEL_FIELDS},
        "evidence": [
            [span.start, span.end] if article.text is None else article.text[span.start : span.end]
            for span in judgement.evidence
        ],
        "confidence": judgement.confidence,
        "note": judgement.note,
    }
