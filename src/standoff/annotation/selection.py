"""Which coders are looked at together: people and programs are not mixed unless somebody asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standoff.errors import NotFoundError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from standoff.corpus.sources import Sources
    from standoff.records import CoderKind, Judgement

ALL = "all"
"""In place of a kind: people and programs together."""


def judgements_of_kind(
    sources: Sources, conflict_ids: Iterable[str] = (), *, kind: str | None = None
) -> list[Judgement]:
    """Return the judgements of coders of one kind, by unit and coder.

    Args:
        sources: The checked sources.
        conflict_ids: Of which conflicts; all when there is none.
        kind: ``human`` or ``model``, or :data:`ALL` for both. None is for judgements that are all of one kind.

    Raises:
        NotFoundError: A conflict does not exist, or has no such judgement.
        RefusedError: There are judgements of both kinds, and nobody said which are meant.
    """
    wanted = list(conflict_ids)
    for conflict_id in wanted:
        sources.require_conflict(conflict_id)
    articles = sources.articles_by_id
    found = [
        entry.record
        for _, entries in sorted(sources.judgements_by_unit().items())
        for entry in entries
        if entry.record.article_id in articles
        and (not wanted or articles[entry.record.article_id].conflict_id in wanted)
        and kind in {None, ALL, entry.record.kind.value}
    ]
    if not found:
        raise NotFoundError(
            f"no judgements{'' if kind in {None, ALL} else f' of kind {kind}'}",
            where=", ".join(wanted) or "annotations/judgements",
            remedy="code first, or name another conflict or kind",
        )
    if kind is None and len(kinds(found)) > 1:
        raise RefusedError(
            "human and model coders are not mixed unasked",
            where=", ".join(wanted) or "annotations/judgements",
            remedy=f"choose with --kind: human, model or {ALL}",
        )
    return found


def kinds(judgements: Iterable[Judgement]) -> list[CoderKind]:
    """Return the kinds of coders behind judgements, sorted."""
    return sorted({judgement.kind for judgement in judgements})
