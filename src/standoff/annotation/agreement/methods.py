"""Numbers in words: a paragraph for the methods section of a paper, every number in it generated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standoff.annotation.agreement.fields import Question
from standoff.annotation.agreement.intervals import FEW_GROUPS
from standoff.annotation.agreement.rounding import number
from standoff.evaluation.scores import MIN_GROUPS
from standoff.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from standoff.annotation.agreement.classifying import FieldAgreement
    from standoff.annotation.agreement.finding import PairwiseF1
    from standoff.annotation.agreement.found import FindingAgreement
    from standoff.annotation.agreement.intervals import Estimate
    from standoff.annotation.agreement.report import AgreementReport, KindReport

WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

WHO = {
    "human": "The coders are people.",
    "model": "The coders are not people but programs or language models.",
    "unstated": "",
    "pooled": "Coders of different kinds, people and models, are taken together.",
}

NAMES = {
    "stance": "the six stances",
    "stance_ordinal": "the side of the stance in order, against < neither < for",
    "board": "the three classes support, oppose and none",
    "position": "whether a position is taken at all",
    "polarity": "its side, given that both coders see one that is not mixed",
}
"""What fields of ours are called where their name does not say it."""

SPANS = {
    "overlap": "{} where overlapping spans count as the same (matched one to one, the largest overlap first)",
    "exact": "{} where both ends have to be the same",
    "characters": "{} over characters",
}


def with_interval(one: Estimate | PairwiseF1) -> str:
    """Return a coefficient with its interval, as in ``.81 [.75, .86]``; in words where there is none."""
    if one.value is None:
        return "undefined"
    if one.low is None or one.high is None:
        return f"{number(one.value)} (no interval)"
    return f"{number(one.value)} [{number(one.low)}, {number(one.high)}]"


def methods_paragraph(report: AgreementReport, kind: KindReport) -> str:
    """Return the paragraph on the coders of one kind."""
    gate, others, details = (
        [field for field in kind.fields if field.asks is question]
        for question in (Question.FOUND, Question.WHICH, Question.DETAIL)
    )
    find = [part for part in kind.finding if part.found != "evidence"]
    evidence = [part for part in kind.finding if part.found == "evidence"]
    sentences = [
        *_coverage(report, kind),
        *_classified("Krippendorff's alpha is", others),
        *_classified("Finding apart from classifying, alpha is", gate),
        *_classified("Given that both coders see a position, alpha is", details),
        *_spans(
            "In marking the words that show a position, given that both coders see one, pairwise F1 is", evidence
        ),
        *_found(find),
        *_left_out(report, kind),
        _intervals(report),
        *_gaps(report, kind),
        f"Computed with standoff {__version__}.",
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _left_out(report: AgreementReport, kind: KindReport) -> Iterable[str]:
    if kind.n_cannot_tell:
        yield (
            f"{kind.n_cannot_tell} answers were that the text leaves the stance open; they count among the "
            "stances, and the other figures leave their units out."
        )
    if report.n_outdated:
        yield f"{report.n_outdated} judgements of texts that were changed later are left out."


def _intervals(report: AgreementReport) -> str:
    whole = "units" if report.group == "unit" else f"whole {report.group}s"
    return (
        f"Brackets hold {100 * report.level:.0f} % intervals: percentiles of a bootstrap over {whole} "
        f"({report.resamples:,} resamples, seed {report.seed}), drawn away from the value by G / (G - 1) for G "
        f"{report.group}s."
    )


def _coverage(report: AgreementReport, kind: KindReport) -> Iterable[str]:
    names = _listed([coder.coder_id for coder in kind.coders])
    who = f"{_count(len(kind.coders), 'coder').capitalize()} ({names})"
    by = f"({report.about})" + (f" by codebook {_listed(kind.codebooks)}" if kind.codebooks else "")
    if kind.n_units:
        what = " (each an actor and a proposition in an article)" if report.group == "article" else ""
        group = "" if report.group == "unit" else f" in {_count(kind.n_groups, report.group)}"
        double = sum(n for coders, n in kind.n_units_by_coders.items() if coders > 1)
        yield (
            f"{who} coded {_count(kind.n_units, 'unit')}{what}{group} {by}; "
            f"{double:,} of the units have two or more coders."
        )
    elif kind.n_articles_to_find:
        yield f"{who} looked for statements in {_count(kind.n_articles_to_find, 'article')} {by}."
    yield WHO[kind.kind]


def _classified(start: str, fields: Sequence[FieldAgreement]) -> Iterable[str]:
    parts = [
        f"{with_interval(field.overall.alpha)} for {_name(field)} ({_count(field.overall.alpha.n_units, 'unit')})"
        for field in fields
        if field.overall.alpha.value is not None
    ]
    if parts:
        yield f"{start} {_listed(parts)}."


def _spans(start: str, parts: Sequence[FindingAgreement]) -> Iterable[str]:
    said = [SPANS[part.criterion].format(with_interval(part.overall)) for part in parts if part.overall.found]
    if said:
        yield f"{start} {_listed(said)}."


def _found(parts: Sequence[FindingAgreement]) -> Iterable[str]:
    whole = [part for part in parts if part.criterion == "same" and part.overall.found]
    if whole:
        n = _count(whole[0].overall.n_documents, "article")
        said = [f"{with_interval(part.overall)} for {part.describes}" for part in whole]
        yield f"In finding statements in {n}, pairwise F1 is {_listed(said)}."
    for name, start in (
        ("spans", "For the words that show them it is"),
        ("mentions", "For names of actors it is"),
    ):
        yield from _spans(start, [part for part in parts if part.found == name])


def gaps(named: Iterable[tuple[str, Estimate | PairwiseF1]]) -> list[tuple[list[str], str]]:
    """Return what has no value or no interval or one that means little: the names, and why, each reason once."""
    found: dict[str, list[str]] = {}
    for name, one in named:
        if why := _gap(one):
            found.setdefault(why, []).append(name)
    return [(names, why) for why, names in found.items()]


def _gap(one: Estimate | PairwiseF1) -> str | None:
    if one.undefined:
        return f"undefined, {one.undefined}"
    if one.no_interval_because:
        small = "n too small, " if one.n_groups < MIN_GROUPS else ""
        return f"no interval, {small}{one.no_interval_because}"
    if one.low == 1:
        return "nobody differs, and resampling cannot show how many would in more texts"
    return None


def few(named: Iterable[tuple[str, Estimate | PairwiseF1]], group: str) -> tuple[list[str], str]:
    """Return what has an interval from few groups, and what that means; no names where nothing has."""
    names = list(dict.fromkeys(name for name, one in named if one.few_groups))
    return names, f"few {group}s: such intervals come out too narrow"


def _gaps(report: AgreementReport, kind: KindReport) -> Iterable[str]:
    narrow: list[str] = []
    for what, named in (
        ("alpha for", [(field.field, field.overall.alpha) for field in kind.fields]),
        ("F1 for", [(f"{part.found} ({part.criterion})", part.overall) for part in kind.finding]),
    ):
        for names, why in gaps(named):
            yield f"{what[0].upper()}{what[1:]} {_listed(names)}: {why}."
        names, why = few(named, report.group)
        narrow += [f"{what} {_listed(names)}"] if names else []
    if narrow:
        yield f"{why.capitalize()} ({'; '.join(narrow)}: fewer than {FEW_GROUPS})."


def _name(field: FieldAgreement) -> str:
    if field.field in NAMES:
        return NAMES[field.field]
    if field.ordinal:
        return f"{field.field.removesuffix('_ordinal')} as ordinal, {field.describes}"
    return field.field + (f", given that {field.given}" if field.given and field.asks is Question.FOUND else "")


def _count(n: int, noun: str) -> str:
    return f"{WORDS[n] if n < len(WORDS) else format(n, ',')} {noun}{'' if n == 1 else 's'}"


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""
