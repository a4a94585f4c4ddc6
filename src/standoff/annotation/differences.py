"""The units on which coders differ, for a third reader: answers side by side, without the coders' names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from standoff.corpus.statements import majority
from standoff.files import sha256_text
from standoff.records import LABEL_FIELDS

if TYPE_CHECKING:
    from standoff.corpus.sources import Sources
    from standoff.records import Article, Judgement


def differences(sources: Sources, conflict_id: str) -> list[dict[str, Any]]:
    """Return the undecided units of a conflict without a majority, each with its answers in a hidden order.

    The order of the answers follows from a hash of the unit and the coder, so that the first is not always the
    same coder's. Evidence is given as offsets, and as words where the text is shipped.
    """
    articles = sources.articles_by_id
    decided = {entry.record.key for entry in sources.decisions}
    found = []
    for key, entries in sorted(sources.judgements_by_unit().items()):
        article = articles[key[0]]
        judgements = [entry.record for entry in entries]
        if article.conflict_id != conflict_id or key in decided or majority(judgements) is not None:
            continue
        judgements.sort(key=lambda judgement: sha256_text(judgement.judgement_id))
        found.append(
            {
                "article_id": key[0],
                "actor_id": key[1],
                "proposition_id": key[2],
                "answers": [_answer(judgement, article) for judgement in judgements],
            }
        )
    return found


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
