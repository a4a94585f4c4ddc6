"""The report on agreement: each kind of coder by itself, finding apart from classifying, intervals everywhere.

Coders who are people and coders who are programs or language models are never taken together unless that is asked
for: agreement of two runs of one model says how alike they answer, and nothing about people.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, replace
from math import comb
from typing import TYPE_CHECKING, Any

from standoff.annotation.agreement.classifying import MAX_PAIRED, field_agreement, ratings_of
from standoff.annotation.agreement.fields import FIELDS, Question, rows_of
from standoff.annotation.agreement.finding import DEFAULT_RESAMPLING
from standoff.annotation.agreement.found import evidence_agreement, find_agreement
from standoff.annotation.agreement.planning import planning_table
from standoff.errors import InputError, unknown_name
from standoff.evaluation.scores import LEVEL
from standoff.records import Stance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from standoff.annotation.agreement.classifying import FieldAgreement
    from standoff.annotation.agreement.fields import Field, Row
    from standoff.annotation.agreement.finding import Resampling
    from standoff.annotation.agreement.found import FindingAgreement
    from standoff.annotation.agreement.gather import Gathered
    from standoff.annotation.agreement.planning import PlanRow
    from standoff.annotation.campaign.findings import Finding

POOLED = "pooled"

KIND_IN_WORDS = {
    "human": "All coders are people.",
    "model": (
        "No coder is a person: all are programs or language models. Agreement says how alike they answer, not how "
        "well people would agree."
    ),
    "unstated": "The table does not say whether the coders are people or models.",
    POOLED: "Coders of different kinds are taken together, as was asked for.",
}
"""Each kind of report, and what it means for a reader; in the order in which they are given."""


@dataclass(frozen=True, slots=True)
class CoderUnits:
    """A coder, what it is, how many units it coded, and in how many articles it looked for statements."""

    coder_id: str
    kind: str
    n_units: int
    n_articles_to_find: int


@dataclass(frozen=True, slots=True)
class Planning:
    """Where alpha of one field would lie with so many coders and units, from these coders as a pilot."""

    field: str
    coefficient: str
    rows: tuple[PlanRow, ...]


@dataclass(frozen=True, slots=True)
class KindReport:
    """Agreement of the coders of one kind.

    Attributes:
        kind: ``human``, ``model``, ``unstated``, or ``pooled``.
        kind_in_words: What that means for a reader.
        coders: The coders.
        n_units: Units coded by anybody.
        n_units_by_coders: How many units have one coder, two, and so on.
        n_groups: Groups (articles) of these units.
        n_articles_to_find: Articles in which coders looked for statements.
        codebooks: The versions of the codebook that were followed.
        fields: Agreement in classifying, field by field.
        finding: Agreement in finding: evidence, and what the round ``find`` yielded.
        planning: From the first field; None where nobody can be compared, or pairs are left out.
        n_cannot_tell: How many answers are ``cannot_tell``: they count in ``stance``, and nowhere else.
        pairs_left_out: How many pairs of coders are not reported by themselves, as there are too many; 0 or all.
    """

    kind: str
    kind_in_words: str
    coders: tuple[CoderUnits, ...]
    n_units: int
    n_units_by_coders: dict[int, int]
    n_groups: int
    n_articles_to_find: int
    codebooks: tuple[str, ...]
    fields: tuple[FieldAgreement, ...]
    finding: tuple[FindingAgreement, ...]
    planning: Planning | None
    pairs_left_out: int
    n_cannot_tell: int = 0


@dataclass(frozen=True, slots=True)
class AgreementReport:
    """Agreement, one report per kind of coder; ``about`` says what was coded, ``group`` what is resampled.

    ``n_outdated`` judgements are of a text that has changed since, and left out.
    """

    about: str
    group: str
    level: float
    resamples: int
    seed: int
    kinds: tuple[KindReport, ...]
    n_outdated: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the whole report as JSON-ready values."""
        return asdict(self)


def report_on_judgements(
    gathered: Gathered,
    fields: Sequence[Field],
    *,
    about: str,
    pool_kinds: bool = False,
    resampling: Resampling = DEFAULT_RESAMPLING,
) -> AgreementReport:
    """Return the agreement of the judgements and findings that were gathered.

    Args:
        gathered: What coders said.
        fields: What is compared, from :func:`~standoff.annotation.agreement.fields.chosen_fields`.
        about: What was coded, for the reader.
        pool_kinds: Take people and models together.
        resampling: How intervals are made.
    """
    kinds = []
    present = {one.kind for one in gathered.judgements} | {one.kind for one in gathered.findings}
    for kind in _kinds(present, pool_kinds=pool_kinds):
        judgements = [one for one in gathered.judgements if kind in {POOLED, one.kind}]
        findings = [one for one in gathered.findings if kind in {POOLED, one.kind}]
        rows = {field: list(rows_of(judgements, [field], gathered.conflict_of)) for field in fields}
        agreed = [
            field_agreement(
                field.name,
                rows[field],
                field.labels,
                describes=field.describes,
                asks=field.asks,
                given=field.given,
                ordinal=field.ordinal,
                resampling=resampling,
            )
            for field in (fields if judgements else ())
        ]
        kinds.append(
            KindReport(
                # The stance is never missing: it says who coded what, whether or not it is among the fields.
                **_coverage(kind, list(rows_of(judgements, [FIELDS["stance"]], gathered.conflict_of)), findings),
                codebooks=tuple(
                    sorted(
                        {one.codebook_version for one in judgements} | {one.codebook_version for one in findings}
                    )
                ),
                fields=tuple(agreed),
                finding=(
                    *evidence_agreement(judgements, gathered.conflict_of, resampling=resampling),
                    *find_agreement(findings, gathered.conflict_of, resampling=resampling),
                ),
                planning=_planning(agreed[0], rows[fields[0]], fields[0].labels, resampling) if agreed else None,
                n_cannot_tell=sum(one.stance is Stance.CANNOT_TELL for one in judgements),
            )
        )
    return AgreementReport(
        about=about,
        group="article",
        level=LEVEL,
        kinds=tuple(kinds),
        n_outdated=gathered.n_outdated,
        **resampling,
    )


def report_on_table(
    rows: Sequence[Row],
    *,
    about: str,
    order: Sequence[str] = (),
    none: str | None = None,
    pool_kinds: bool = False,
    resampling: Resampling = DEFAULT_RESAMPLING,
) -> AgreementReport:
    """Return the agreement of an outside table's rows.

    Args:
        rows: From :func:`~standoff.annotation.agreement.table.read_table`.
        about: What was coded, for the reader.
        order: The labels from one end to the other; then each field is also reported as ordinal.
        none: The label that says that nothing is there; then finding is reported apart from classifying.
        pool_kinds: Take people and models together.
        resampling: How intervals are made.

    Raises:
        InputError: A label occurs that the order lacks.
        NotFoundError: ``none`` is not a label.
    """
    labels = sorted({row.value for row in rows})
    if none is not None and none not in labels:
        raise unknown_name("label", none, labels)
    if order and (lacking := sorted(set(labels) - set(order))):
        raise InputError("the order lacks labels", got=", ".join(lacking), expected=f"all of {', '.join(labels)}")
    kinds = []
    for kind in _kinds((row.kind for row in rows), pool_kinds=pool_kinds):
        coded = [row for row in rows if kind in {POOLED, row.kind}]
        agreed = [
            one
            for name in dict.fromkeys(row.field for row in coded)
            for one in _fields_of_table(name, [row for row in coded if row.field == name], order, none, resampling)
        ]
        first = [row for row in coded if row.field == agreed[0].field]
        kinds.append(
            KindReport(
                **_coverage(kind, coded),
                codebooks=(),
                fields=tuple(agreed),
                finding=(),
                planning=_planning(agreed[0], first, [one.label for one in agreed[0].by_label], resampling),
            )
        )
    group = "unit" if all(row.group == row.unit for row in rows) else "group"
    return AgreementReport(about=about, group=group, level=LEVEL, kinds=tuple(kinds), **resampling)


def _fields_of_table(
    name: str, rows: Sequence[Row], order: Sequence[str], none: str | None, resampling: Resampling
) -> Iterator[FieldAgreement]:
    """Yield agreement on one field of a table: its labels; as ordinal; whether there is one, and which, apart."""
    labels = list(order) or sorted({row.value for row in rows})
    yield field_agreement(name, rows, labels, describes=f"{len(labels)} labels", resampling=resampling)
    if order:
        scale = " < ".join(labels)
        yield field_agreement(
            f"{name}_ordinal", rows, labels, describes=scale, ordinal=True, resampling=resampling
        )
    if none in labels:
        others = [label for label in labels if label != none]
        found = [replace(row, value=none if row.value == none else "found") for row in rows]
        yield field_agreement(
            f"{name}_found",
            found,
            ("found", none),
            describes=f"anything but {none}",
            asks=Question.FOUND,
            resampling=resampling,
        )
        yield field_agreement(
            f"{name}_which",
            [row for row in rows if row.value != none],
            others,
            describes=", ".join(others),
            asks=Question.FOUND,
            given=f"neither coder says {none}",
            resampling=resampling,
        )


def _kinds(kinds: Iterable[str], *, pool_kinds: bool) -> list[str]:
    found = {str(kind) for kind in kinds}
    if pool_kinds and len(found) > 1:
        return [POOLED]
    return [kind for kind in KIND_IN_WORDS if kind in found]


def _coverage(kind: str, coded: Sequence[Row], findings: Sequence[Finding] = ()) -> dict[str, Any]:
    """Return the part of a kind's report that says who coded how much."""
    coders: dict[str, set[str]] = defaultdict(set)
    for row in coded:
        coders[row.unit].add(row.coder)
    n_units = Counter(coder for of_unit in coders.values() for coder in of_unit)
    n_articles = Counter(one.coder_id for one in findings)
    kind_of = {row.coder: row.kind for row in coded} | {one.coder_id: one.kind.value for one in findings}
    return {
        "kind": kind,
        "kind_in_words": KIND_IN_WORDS[kind],
        "coders": tuple(
            CoderUnits(coder, kind_of[coder], n_units[coder], n_articles[coder]) for coder in sorted(kind_of)
        ),
        "n_units": len(coders),
        "n_units_by_coders": dict(sorted(Counter(map(len, coders.values())).items())),
        "n_groups": len({row.group for row in coded}),
        "n_articles_to_find": len({one.article_id for one in findings}),
        "pairs_left_out": comb(len(kind_of), 2) if len(kind_of) > MAX_PAIRED else 0,
    }


def _planning(
    first: FieldAgreement, rows: Sequence[Row], labels: Sequence[str], resampling: Resampling
) -> Planning | None:
    """Return the planning table of a field, or None where no unit has two coders, or the coders are many."""
    if not first.overall.alpha.n_units or len(first.overall.coders) > MAX_PAIRED:
        return None
    coefficient = first.overall.alpha.coefficient
    made = planning_table(ratings_of(rows, labels), coefficient=coefficient, **resampling)
    return Planning(first.field, coefficient, tuple(made))
