"""How a comparison of systems looks on a terminal and in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from standoff.cli.tables_text import print_tables
from standoff.errors import enumerated, printable
from standoff.evaluation.significance import ALPHA
from standoff.experiments.board import NOTICE
from standoff.experiments.comparison import SHOWN
from standoff.experiments.markdown import as_text, ends_in_points, in_points
from standoff.experiments.tables import Table

if TYPE_CHECKING:
    from standoff.evaluation.compare import Comparison, Pair, System, Tested
    from standoff.evaluation.scores import Estimate
    from standoff.experiments.comparison import TaskComparison

NO_PROOF = (
    "A rank is not a proof that a system is better elsewhere, and a p value does not say how large or useful a "
    "difference is: both are about items like these, drawn and labelled as these were."
)


def print_comparison(found: TaskComparison) -> None:
    """Print a comparison: with two systems first in one sentence, then as tables."""
    if len(found.comparison.systems) == 2:
        typer.echo(printable(sentence(found.comparison)) + "\n")
    print_tables(tables(found))


def to_markdown(found: TaskComparison) -> str:
    """Return the same as Markdown."""
    parts = [table.to_markdown() for table in tables(found)]
    if len(found.comparison.systems) == 2:
        parts.insert(0, as_text(sentence(found.comparison)) + "\n")
    return "\n".join(parts)


def sentence(found: Comparison) -> str:
    """Return what a comparison of two systems comes to."""
    (pair,), metric = found.pairs, _called(found.metric)
    first, second = printable(pair.first), printable(pair.second)
    value, *ends = _ends(pair.metric.difference)
    by = " ".join(filter(None, (f"{100 * value:.1f} points of {metric}", ends_in_points(*ends))))
    test = f"p {_p(pair.metric.p)}"
    if not value:
        said = f"{first} and {second} reach the same {metric}: the difference is {by}, {test}."
    elif pair.metric.is_significant:
        said = f"{first} is ahead of {second} by {by}, {test}."
    else:
        said = f"{first} and {second} cannot be told apart: the first is ahead by {by}, {test}."
    if pair.smallest_difference is None:
        return said
    least = f"{100 * pair.smallest_difference:.1f} points"
    return f"{said} Between these two, this test set can be relied on to show a difference of {least} or more."


def tables(found: TaskComparison) -> list[Table]:
    """Return the ranking and the pairs, with what must be said beside them."""
    compared = found.comparison
    part = found.split if found.slice is None else f"{found.split}, {printable(found.slice)}"
    head = f"{found.task}, {part}: {compared.n:,} items in {compared.n_groups:,} groups"
    scores = [f"{name} [95 %]" for name in _scores(compared)]
    ranked = Table(
        f"{head}, labels by {found.label_kind}s",
        ("rank", "system", *scores, "missing", "better than", "worse than"),
        tuple(_of_system(one, len(scores)) for one in compared.systems),
        (
            f"{_shared(compared)} {NO_PROOF}",
            *(f"Caution: {one}." for one in compared.cautions),
            *_missing(found),
            *((NOTICE,) if found.label_kind == "model" else ()),
        ),
    )
    tests = [column for score in scores for column in (score, "p")]
    pairs = Table(
        f"{head}, two at a time",
        ("pair", *tests, "shows from", "more right, %"),
        tuple(_of_pair(one, len(scores)) for one in compared.pairs),
        (_how(compared),),
    )
    return [ranked, pairs]


def _scores(compared: Comparison) -> list[str]:
    """Return what the two scores of a comparison are called; they may be one and the same."""
    return list(dict.fromkeys((_called(compared.metric), "accuracy")))


def _shared(compared: Comparison) -> str:
    return (
        "Systems share a rank that cannot all be told apart: a new one begins only where every system above is "
        f"significantly better in {_called(compared.metric)} than every one below "
        f"(p < {ALPHA}{_adjusted(compared)})."
    )


def _how(compared: Comparison) -> str:
    metric = _called(compared.metric)
    swaps = "all ways to do so" if compared.is_exact else f"{compared.permutations:,} times at random"
    swapped = f"of {metric}, by swapping the two systems in whole groups, {swaps}; "
    tests = f"{swapped if len(_scores(compared)) > 1 else ''}of accuracy, exact"
    return (
        "The first minus the second, in points of 100, on the same items. "
        f"Intervals: paired bootstrap over groups, {compared.resamples:,} resamples, each for its pair alone. "
        f"p: two-sided{_adjusted(compared)}, * below {ALPHA}; {tests}. "
        f"Shows from: the smallest true difference in {metric} that four of five such test sets would show. "
        "More right: in what share of the groups the first has more items right, and the second."
    )


def _adjusted(compared: Comparison) -> str:
    n = len(compared.pairs)
    return f", adjusted for {n} pairs by Holm's method" if n > 1 else ""


def _of_system(one: System, n_scores: int) -> tuple[str, ...]:
    scores = [in_points(*_ends(score)) for score in (one.value, one.accuracy)]
    counts = map(str, (one.n_missing, one.better_than, one.worse_than))
    return str(one.rank), printable(one.name), *scores[:n_scores], *counts


def _of_pair(one: Pair, n_scores: int) -> tuple[str, ...]:
    pair = f"{printable(one.first)} - {printable(one.second)}"
    tests = [_of_test(test) for test in (one.metric, one.accuracy)]
    least = "-" if one.smallest_difference is None else f"{100 * one.smallest_difference:.1f}"
    share = " : ".join(f"{100 * side:.0f}" for side in one.favoured)
    return pair, *(cell for test in tests[:n_scores] for cell in test), least, share


def _of_test(one: Tested) -> tuple[str, str]:
    return in_points(*_ends(one.difference), signed=True), _p(one.p_adjusted) + "*" * one.is_significant


def _missing(found: TaskComparison) -> list[str]:
    return [
        f"Missing from {printable(name)}, counted as wrong: {len(ids):,} "
        f"({enumerated([printable(item) for item in ids], limit=SHOWN)})."
        for name, ids in found.missing.items()
    ]


def _ends(one: Estimate) -> tuple[float, float | None, float | None]:
    return one.value, one.low, one.high


def _p(value: float) -> str:
    return "<0.0001" if value < 0.0001 else f"{value:.4f}"


def _called(metric: str) -> str:
    return metric.replace("_f1", "-F1").replace("_", " ")
