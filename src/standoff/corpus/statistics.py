"""Counts of a release, computed from its rows: the numbers on the card and of ``standoff corpus stats``."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from standoff.corpus.text import count_words
from standoff.records import LABEL_FIELDS, UNIT_FIELDS, BoardLabel, Split, Stance, StatementKind, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from standoff.corpus.diff import Rows


def describe(rows: Rows) -> dict[str, Any]:
    """Return the counts of a release: whole numbers, and shares of units on which all coders agree."""
    parts = {split.value: _describe_split(rows, split.value) for split in Split}
    articles = [article for part in rows["articles"].values() for article in part]
    return {
        "conflicts": len({article["conflict_id"] for article in articles}),
        "actors": sum(map(len, rows["actors"].values())),
        "propositions": sum(map(len, rows["propositions"].values())),
        "articles": len(articles),
        "bring_your_own": sum(article["text"] is None for article in articles),
        "statements": sum(part["statements"] for part in parts.values()),
        "judgements": sum(map(len, rows["judgements"].values())),
        "kinds": _count((row["kind"] for part in rows["stance"].values() for row in part), StatementKind),
        "statuses": _count((row["status"] for part in rows["stance"].values() for row in part), Status),
        "agreement": _agreement([row for part in rows["judgements"].values() for row in part]),
        "splits": parts,
    }


def _describe_split(rows: Rows, split: str) -> dict[str, Any]:
    articles, statements = rows["articles"][split], rows["stance"][split]
    return {
        "conflicts": sorted({article["conflict_id"] for article in articles}),
        "articles": len(articles),
        "words": sum(count_words(article["text"] or "") for article in articles),
        "statements": len(statements),
        "actors": len({row["actor_id"] for row in statements}),
        "scored": sum(is_scored(row) for row in statements),
        "stances": _count((row["stance"] for row in statements), Stance),
        "labels": _count((row["label"] for row in statements if is_scored(row)), BoardLabel),
        "kinds": _count((row["kind"] for row in statements), StatementKind),
    }


def is_scored(row: Mapping[str, Any]) -> bool:
    """Return whether a row of ``stance`` is scored: coded, with a board label, and with its text at hand."""
    return row["kind"] != "derived" and row["label"] is not None and row["text"] is not None


def _count(values: Iterable[str | None], order: Iterable[str] = ()) -> dict[str, int]:
    found = Counter(str(value) for value in values)
    return {str(name): found[str(name)] for name in (*order, *sorted(found.keys() - set(map(str, order))))}


def _agreement(judgements: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the share of units, coded at least twice, whose coders all give the same value."""
    units: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in judgements:
        units.setdefault(tuple(row[name] for name in UNIT_FIELDS), []).append(row)
    coded = [unit for unit in units.values() if len(unit) > 1]
    # The details exist only where a position is taken, so they are compared where all coders see one.
    positioned = [unit for unit in coded if all(row["attribution"] for row in unit)]
    found: dict[str, Any] = {"units": len(coded), "positioned_by_all": len(positioned)}
    for name in LABEL_FIELDS:
        among = coded if name == "stance" else positioned
        same = sum(len({row[name] for row in unit}) == 1 for unit in among)
        found[name] = round(same / len(among), 4) if among else None
    return found
