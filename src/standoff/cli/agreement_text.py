"""How a report on agreement looks on a terminal of 80 columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from standoff.annotation.agreement.classifying import MAX_PAIRED
from standoff.annotation.agreement.fields import Question
from standoff.annotation.agreement.methods import few, gaps, with_interval
from standoff.annotation.agreement.rounding import number, percent
from standoff.cli.options import print_table
from standoff.errors import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from standoff.annotation.agreement.classifying import FieldAgreement
    from standoff.annotation.agreement.finding import PairwiseF1
    from standoff.annotation.agreement.found import FindingAgreement
    from standoff.annotation.agreement.intervals import Estimate
    from standoff.annotation.agreement.planning import PlanRow
    from standoff.annotation.agreement.report import AgreementReport, KindReport

LEGEND = """\
alpha: Krippendorff's; 1 where all agree, 0 where they do as by chance. Krippendorff (2004, p. 241) relies on .80 \
and more, and draws tentative conclusions from .667 on; look at the lower end.
kappa: Cohen's for two coders, Fleiss' for more. same: share of pairs of answers that are alike, by chance or not.
F1: twice what both coders of a pair found, by what one and the other found, over all articles and pairs."""

MAX_NAMED = 6
"""More names than this are not printed before what they share."""


def print_agreement(report: AgreementReport, by: Sequence[str]) -> None:
    """Print a report, kind by kind, with the breakdowns ``by`` (label, conflict, pair), and its words' meaning."""
    for kind in report.kinds:
        print_kind(report, kind, by)
    _say(LEGEND)


def _say(*lines: str) -> None:
    """Print lines, broken at words where they are wider than the terminal."""
    console = Console()
    for line in lines:
        console.print(printable(line), markup=False, highlight=False)


def print_kind(report: AgreementReport, kind: KindReport, by: Sequence[str]) -> None:
    """Print agreement of the coders of one kind."""
    _say(*_heading(report, kind), "")
    of = {question: [one for one in kind.fields if one.asks is question] for question in Question}
    group = report.group
    _print_fields(
        "finding, apart from classifying: seen at all, and where both see it, which", of[Question.FOUND], group
    )
    _print_found(
        "evidence: the words that show a position, given that both see one",
        [one for one in kind.finding if one.found == "evidence"],
        group,
    )
    _print_found(
        "the round find: who takes a position on what, article by article",
        [one for one in kind.finding if one.found != "evidence"],
        group,
    )
    _print_fields("classifying", of[Question.WHICH], group)
    _print_fields("details, given that both coders see a position", of[Question.DETAIL], group)
    for part in by:
        _BREAK_DOWN[part](kind, group)
    _print_planning(report, kind)


def _heading(report: AgreementReport, kind: KindReport) -> Iterator[str]:
    yield f"Agreement on {report.about}"
    yield "coders: " + ", ".join(
        one.coder_id if one.kind == "unstated" else f"{one.coder_id} ({one.kind})" for one in kind.coders
    )
    yield kind.kind_in_words
    codebook = f"; codebook {', '.join(kind.codebooks)}" if kind.codebooks else ""
    if kind.n_units:
        where = "" if report.group == "unit" else f" in {kind.n_groups:,} {report.group}s"
        by = ", ".join(
            f"{n:,} by {coders} coder{'s' * (coders > 1)}" for coders, n in kind.n_units_by_coders.items()
        )
        yield f"{kind.n_units:,} units{where}: {by}{codebook}"
    if kind.n_cannot_tell:
        yield (
            f"{kind.n_cannot_tell:,} answers are cannot_tell: they count in stance; the other fields leave their "
            "units out"
        )
    if report.n_outdated:
        yield f"{report.n_outdated:,} judgements are of a text that has changed since: they are left out"
    if kind.n_articles_to_find:
        yield f"{kind.n_articles_to_find:,} articles in which statements were looked for{codebook}"
    yield (
        f"[{100 * report.level:.0f} % intervals]: bootstrap over {report.group}s, {report.resamples:,} resamples, "
        f"seed {report.seed}"
    )


def _percent(one: Estimate) -> str:
    if one.value is None:
        return "undefined"
    ends = "" if one.low is None or one.high is None else f" [{percent(one.low)}, {percent(one.high)}]"
    return f"{percent(one.value)} %{ends}"


def _print(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; none where there are no rows."""
    rows = list(rows)
    if not rows:
        return
    print_table(title, columns, [[printable(c) if isinstance(c, str) else c for c in row] for row in rows])


def _print_fields(title: str, fields: Sequence[FieldAgreement], group: str) -> None:
    _print(
        title,
        ("field", "units", "alpha", "kappa", "same"),
        (
            (
                one.field,
                one.overall.alpha.n_units,
                with_interval(one.overall.alpha),
                "" if one.overall.kappa is None else with_interval(one.overall.kappa),
                _percent(one.overall.percent),
            )
            for one in fields
        ),
    )
    _say_gaps([(one.field, one.overall.alpha) for one in fields], group)


def _say_gaps(named: Sequence[tuple[str, Estimate | PairwiseF1]], group: str) -> None:
    """Print below a table what has no value, no interval or one that means little, and why."""
    lines = [f"{_named(names)}: {why}" for names, why in gaps(named)]
    names, why = few(named, group)
    if names:
        lines.append(f"{why} ({_named(names)})")
    if lines:
        _say(*lines, "")


def _named(names: Sequence[str]) -> str:
    names = list(dict.fromkeys(names))
    more = len(names) - MAX_NAMED
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:MAX_NAMED])} and {more:,} more"


def _print_found(title: str, found: Sequence[FindingAgreement], group: str) -> None:
    _print(
        title,
        ("found", "counted as the same", "compared", "F1"),
        ((one.found, one.criterion_describes, one.overall.n_pairs, with_interval(one.overall)) for one in found),
    )
    _say_gaps([(f"{one.found} ({one.criterion})", one.overall) for one in found], group)


def _by_label(kind: KindReport, group: str) -> None:
    told = set()
    for field in kind.fields:
        if field.by_label in told:
            continue
        told.add(field.by_label)  # an ordinal field has the labels of the nominal one
        _print(
            f"{field.field} by label: one label against the rest; given one coder's, the chance of another's",
            ("label", "given", "alpha", "same, given the label"),
            (
                (one.label, one.n_ratings, with_interval(one.alpha), _percent(one.specific))
                for one in field.by_label
                if one.n_ratings
            ),
        )
        _say_gaps([(one.label, one.alpha) for one in field.by_label if one.n_ratings], group)


def _by_conflict(kind: KindReport, group: str) -> None:
    _print(
        "by conflict",
        ("field", "conflict", "units", "alpha", "same"),
        (
            (
                field.field,
                str(one.conflict_id),
                one.alpha.n_units,
                with_interval(one.alpha),
                _percent(one.percent),
            )
            for field in kind.fields
            for one in field.by_conflict
        ),
    )
    _say_gaps(
        [(f"{field.field} in {one.conflict_id}", one.alpha) for field in kind.fields for one in field.by_conflict],
        group,
    )
    _print(
        "finding by conflict",
        ("found", "same when", "conflict", "F1"),
        (
            (found.found, found.criterion, str(one.conflict_id), with_interval(one.f1))
            for found in kind.finding
            for one in found.by_conflict
        ),
    )
    _say_gaps(
        [
            (f"{found.found} ({found.criterion}) in {one.conflict_id}", one.f1)
            for found in kind.finding
            for one in found.by_conflict
        ],
        group,
    )


def _by_pair(kind: KindReport, group: str) -> None:
    if kind.pairs_left_out:
        _say(
            f"by pair of coders: {kind.pairs_left_out:,} pairs are left out, as coders are more than {MAX_PAIRED}",
            "",
        )
        return
    _print(
        "by pair of coders",
        ("field", "coders", "units", "kappa, or alpha if ordinal", "same"),
        (
            (
                field.field,
                ", ".join(one.coders),
                one.alpha.n_units,
                with_interval(one.kappa or one.alpha),
                _percent(one.percent),
            )
            for field in kind.fields
            for one in field.by_pair
        ),
    )
    _say_gaps(
        [
            (f"{field.field} of {', '.join(one.coders)}", one.kappa or one.alpha)
            for field in kind.fields
            for one in field.by_pair
        ],
        group,
    )
    _print(
        "finding by pair of coders",
        ("found", "same when", "coders", "F1"),
        (
            (found.found, found.criterion, ", ".join(one.coders), with_interval(one.f1))
            for found in kind.finding
            for one in found.by_pair
        ),
    )
    _say_gaps(
        [
            (f"{found.found} ({found.criterion}) of {', '.join(one.coders)}", one.f1)
            for found in kind.finding
            for one in found.by_pair
        ],
        group,
    )


_BREAK_DOWN = {"label": _by_label, "conflict": _by_conflict, "pair": _by_pair}


def _print_planning(report: AgreementReport, kind: KindReport) -> None:
    if kind.planning is None:
        if kind.pairs_left_out:
            _say(f"planning and the pairs of coders are left out, as coders are more than {MAX_PAIRED}", "")
        return
    by_coders: dict[int, list[PlanRow]] = {}
    for row in kind.planning.rows:
        by_coders.setdefault(row.coders, []).append(row)
    rows = next(iter(by_coders.values()))
    if all(row.half_width is None for row in kind.planning.rows):
        _say(f"planning: not from these units: {rows[0].no_interval_because}", "")
        return
    shown = {coders: of for coders, of in by_coders.items() if any(row.half_width is not None for row in of)}
    _print(
        f"planning: half the width of the interval of alpha on {kind.planning.field}, these coders as a pilot",
        ("coders", "alpha, panel by panel", *(f"{row.units:,} units" for row in rows)),
        (
            (
                coders,
                _span(of_coders[0]),
                *("none" if row.half_width is None else f"± {number(row.half_width)}" for row in of_coders),
            )
            for coders, of_coders in shown.items()
        ),
    )
    _say("alpha, panel by panel: from the lowest to the highest that some of these coders reach on all units here")
    if any(row.few_groups for row in kind.planning.rows):
        _say(f"few {report.group}s: such intervals come out too narrow")
    if report.group != "unit":
        _say(f"in {', '.join(f'{row.groups:,}' for row in rows if row.groups)} {report.group}s, as full as here")
    _say("")


def _span(row: PlanRow) -> str:
    """Return the lowest and the highest alpha of the panels of so many coders."""
    if row.lowest is None or row.highest is None:
        return ""
    low, high = number(row.lowest), number(row.highest)
    return low if low == high else f"{low} to {high}"
