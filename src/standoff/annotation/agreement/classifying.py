"""Agreement in classifying, field by field: all coders, each label, each conflict, each pair."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from standoff.annotation.agreement.coefficients import label_alpha, specific_agreement
from standoff.annotation.agreement.fields import Question
from standoff.annotation.agreement.intervals import estimate
from standoff.annotation.agreement.ratings import Ratings, patterns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from standoff.annotation.agreement.fields import Row
    from standoff.annotation.agreement.finding import Resampling
    from standoff.annotation.agreement.intervals import Estimate


MAX_PAIRED = 20
"""With more coders than this (190 pairs) pairs are left out, and so is planning."""


@dataclass(frozen=True, slots=True)
class Coefficients:
    """Agreement on one field: of all coders, of a pair (``coders``), or in one conflict.

    ``alpha`` is Krippendorff's, ordinal where the field is. ``kappa`` is Cohen's for two coders and Fleiss' for
    more; None where the field is ordinal, as it would count every difference alike.
    """

    coders: tuple[str, ...]
    conflict_id: str | None
    alpha: Estimate
    kappa: Estimate | None
    percent: Estimate


@dataclass(frozen=True, slots=True)
class LabelAgreement:
    """Agreement on one label: the number of its ratings, alpha of it against the rest, specific agreement."""

    label: str
    n_ratings: int
    alpha: Estimate
    specific: Estimate


@dataclass(frozen=True, slots=True)
class FieldAgreement:
    """Agreement on one field; ``given`` is the condition on which coders have a value in it, or empty.

    ``by_pair`` is empty where there are more than :data:`MAX_PAIRED` coders.
    """

    field: str
    describes: str
    asks: Question
    given: str
    ordinal: bool
    overall: Coefficients
    by_label: tuple[LabelAgreement, ...]
    by_conflict: tuple[Coefficients, ...]
    by_pair: tuple[Coefficients, ...]


def field_agreement(
    name: str,
    rows: Sequence[Row],
    labels: Sequence[str],
    *,
    describes: str,
    asks: Question = Question.WHICH,
    given: str = "",
    ordinal: bool = False,
    resampling: Resampling,
) -> FieldAgreement:
    """Return agreement on the rows of one field.

    Args:
        name: The field's name in the report.
        rows: Its values, by any number of coders.
        labels: All labels; in order, where ``ordinal``.
        describes: What the field is.
        asks: What agreement on it is about.
        given: The condition on which there is a value.
        ordinal: Whether alpha takes labels further apart as further from agreement.
        resampling: How intervals are made.
    """
    ratings = ratings_of(rows, labels)
    counted, given_by = Counter(row.value for row in rows), patterns(ratings)
    conflicts = sorted({row.part for row in rows} - {""})
    of_conflict = {part: ratings_of((row for row in rows if row.part == part), labels) for part in conflicts}
    return FieldAgreement(
        field=name,
        describes=describes,
        asks=asks,
        given=given,
        ordinal=ordinal,
        overall=_coefficients(ratings, None, ordinal=ordinal, resampling=resampling),
        by_label=tuple(
            LabelAgreement(
                label,
                counted[label],
                estimate(given_by, label_alpha(label), **resampling),
                estimate(given_by, specific_agreement(label), **resampling),
            )
            for label in labels
        ),
        by_conflict=tuple(
            _coefficients(part, conflict_id, ordinal=ordinal, resampling=resampling)
            for conflict_id, part in of_conflict.items()
        ),
        by_pair=tuple(
            _coefficients(ratings.restrict(pair), None, ordinal=ordinal, resampling=resampling)
            for pair in (combinations(ratings.coders, 2) if len(ratings.coders) <= MAX_PAIRED else ())
        ),
    )


def ratings_of(rows: Iterable[Row], labels: Sequence[str]) -> Ratings:
    """Return the ratings that rows of one field make."""
    return Ratings.from_rows(((row.unit, row.coder, row.value, row.group) for row in rows), labels)


def _coefficients(
    ratings: Ratings, conflict_id: str | None, *, ordinal: bool, resampling: Resampling
) -> Coefficients:
    kappa, counted = "cohen_kappa" if len(ratings.coders) == 2 else "fleiss_kappa", patterns(ratings)
    return Coefficients(
        coders=ratings.coders,
        conflict_id=conflict_id,
        alpha=estimate(counted, "alpha_ordinal" if ordinal else "alpha_nominal", **resampling),
        kappa=None if ordinal else estimate(counted, kappa, **resampling),
        percent=estimate(counted, "percent_agreement", **resampling),
    )
