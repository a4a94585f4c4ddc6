"""The practice key: units whose answer is known, each with the reason and the place in the codebook.

One JSON object a line, in the order in which coders see them: the fields of an answer, with ``reason``,
``section`` (what to read in the codebook, such as ``1, rule 4``) and ``author`` (who gave the answer, a coder of
``annotations/coders.yaml``) in place of ``confidence`` and ``note``. Evidence is quoted, or given as offsets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from standoff.annotation.answers import locate
from standoff.annotation.campaign.campaign import campaign_folder
from standoff.corpus.text import make_evidence
from standoff.errors import InputError, StandoffError
from standoff.files import read_jsonl
from standoff.records import DETAIL_FIELDS, POSITIONED, CoderKind, Id, Labelled, Line, Prose

if TYPE_CHECKING:
    from pathlib import Path

    from standoff.annotation.campaign.campaign import Campaign
    from standoff.corpus.sources import Sources
    from standoff.records import Article, UnitKey

KEY_FILE = "practice.jsonl"
"""The name of a key that is copied into a campaign's folder."""


class KnownAnswer(Labelled):
    """A unit with its known answer, why it is right, and where the codebook says so."""

    reason: Annotated[Prose, Field(min_length=1)]
    section: Line
    author: Id
    kind: CoderKind
    """What the author is, from ``annotations/coders.yaml``."""


def read_key(sources: Sources, campaign: Campaign) -> list[KnownAnswer]:
    """Return the known answers of a campaign's practice: :func:`read_known_answers` of the file it names.

    Raises:
        InputError: The campaign has no practice, or a line does not fit.
        NotFoundError: The file does not exist.
    """
    if campaign.practice is None:
        raise InputError(
            f"the campaign {campaign.name} has no practice",
            remedy="name a file of units with known answers: practice = … in its campaign.toml",
        )
    return read_known_answers(sources, campaign_folder(sources.root, campaign.name) / campaign.practice)


def read_known_answers(sources: Sources, path: Path) -> list[KnownAnswer]:
    """Return the known answers in a file, in its order.

    Raises:
        InputError: A line does not fit; it is named. Or there are none.
        NotFoundError: The file does not exist.
    """
    articles, units = sources.articles_by_id, sources.units
    kinds = {entry.record.coder_id: entry.record.kind for entry in sources.coders}
    found: dict[UnitKey, KnownAnswer] = {}
    for number, row in read_jsonl(path):
        where = f"{path}:{number}"
        article = articles.get(str(row.get("article_id")))
        if article is None or (article.article_id, row.get("actor_id"), row.get("proposition_id")) not in units:
            raise InputError("is not a unit of the corpus", where=where, got=row.get("article_id"))
        author = str(row.get("author"))
        if author not in kinds:
            raise InputError(
                "its author is nobody of annotations/coders.yaml",
                where=where,
                got=author,
                expected="who gave the answer, so that coders know whether a person or a model did",
            )
        spans = _spans(row.get("evidence"), article, where)
        known = KnownAnswer.parse({**row, "evidence": spans, "kind": kinds[author]}, where=where)
        if known.key in found:
            raise InputError("the unit has a known answer already", where=where, got=known.key)
        _require_complete(known, where)
        found[known.key] = known
    if not found:
        raise InputError("holds no known answers", where=path)
    return list(found.values())


def _spans(given: object, article: Article, where: str) -> list[Any]:
    """Return the spans of quotes or offsets."""
    if article.text is None:
        raise InputError(
            "the text is not shipped, so its evidence cannot be checked", where=where, got=article.article_id
        )
    spans = []
    for item in given if isinstance(given, list) else [given]:
        try:
            start, end = locate(item, article.text, article.text_availability)
            spans.append(make_evidence(article.text, start, end))
        except (ValueError, StandoffError) as error:
            raise InputError(str(error), where=where) from None
    return sorted(spans, key=lambda span: span.start)


def _require_complete(known: KnownAnswer, where: str) -> None:
    """Raise unless a position has all details and evidence, and what is no position has neither."""
    position = known.stance in POSITIONED
    wrong = [name for name in DETAIL_FIELDS if (getattr(known, name) is not None) != position]
    if bool(known.evidence) != position:
        wrong.append("evidence")
    if wrong:
        raise InputError(
            f"{', '.join(wrong)} do not fit the stance",
            where=where,
            got=known.stance,
            expected="details and evidence exactly where a position is taken",
        )
