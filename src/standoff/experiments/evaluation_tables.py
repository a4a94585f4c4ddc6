"""What an evaluation shows: tables for a terminal and for Markdown."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from standoff.evaluation.metrics import METRICS
from standoff.experiments.analysis.slices import MIN_ITEMS
from standoff.experiments.analysis.tables import tables
from standoff.experiments.board import NOTICE
from standoff.experiments.tables import Table, confusion_table, points

if TYPE_CHECKING:
    from collections.abc import Iterator

    from standoff.evaluation.scores import Calibration, Estimate, Scores
    from standoff.experiments.evaluate import Evaluation
    from standoff.experiments.four_way import FourWay


def evaluation_tables(evaluation: Evaluation) -> list[Table]:
    """Return all scores, the confusion of labels, and what there is of the four-way view and of calibration."""
    scores = evaluation.scores.to_json()
    found = [_scores_table(evaluation), confusion_table("labels", scores["confusion"])]
    if evaluation.four_way:
        found.append(_four_way_table(evaluation.four_way))
    if evaluation.scores.calibration:
        found.append(_calibration_table(evaluation.scores.calibration))
    if evaluation.by_slice:
        found.append(tables(evaluation.by_slice.to_json())[0])
    return found


def _scores_table(evaluation: Evaluation) -> Table:
    scores, signature = evaluation.scores, evaluation.signature
    part = signature.split + (f", {signature.slice}" if signature.slice else "")
    title = (
        f"{evaluation.task}, {part}: {scores.n} items in {scores.n_groups} groups, {scores.n_missing} missing, "
        f"labels by {evaluation.label_kind}s"
    )
    whole = {scores.metric: scores.primary, "accuracy": scores.accuracy, **scores.others}
    rows = [
        (_named(name, evaluation.paper_metric), _points(one), "", "", str(_items(scores, name)))
        for name, one in whole.items()
    ]
    rows += [
        (f"F1 of {one.label}", _points(one.f1), _points(one.precision), _points(one.recall), str(one.support))
        for one in scores.per_class
    ]
    rows += [
        (f"{one.scores.metric} on {name}", _on_slice(one.scores), "", "", str(one.scores.n))
        for name, one in evaluation.slices.items()
    ]
    columns = ("score", "value [95 %]", "precision", "recall", "items")
    return Table(title, columns, tuple(rows), tuple(_notes(evaluation)), str(signature))


def _on_slice(scores: Scores) -> str:
    """Return the score on a slice; of few items, how many are right."""
    if scores.n >= MIN_ITEMS:
        return _points(scores.primary)
    return f"{sum(row[place] for place, row in enumerate(scores.confusion))} of {scores.n} right"


def _named(name: str, paper_metric: str | None) -> str:
    return f"{name} (the paper's)" if name == paper_metric else name


def _items(scores: Scores, metric: str) -> int:
    """Return the number of items that a metric is about."""
    return scores.n_positioned if metric == "polarity_f1" and scores.n_positioned is not None else scores.n


def _notes(evaluation: Evaluation) -> Iterator[str]:
    scores = evaluation.scores
    if scores.missing_ids:
        more = scores.n_missing - len(scores.missing_ids)
        listed = ", ".join(scores.missing_ids) + (f" and {more} more" if more else "")
        yield f"Missing, counted as wrong: {scores.n_missing} ({listed})"
    yield from (
        f"{name}: {METRICS[name].describes[0].lower()}{METRICS[name].describes[1:]}" for name in scores.others
    )
    if scores.no_interval_because:
        yield f"No interval: {scores.no_interval_because}."
    if scores.caution:
        yield f"Caution: {scores.caution}."
    if evaluation.label_kind == "model":
        yield f"Note: {NOTICE}"


def _four_way_table(view: FourWay) -> Table:
    table = confusion_table("seeking for oneself apart", view.to_json()["confusion"])
    if view.macro_f1:
        note = f"Macro-F1 over the four: {_points(view.macro_f1)}."
    else:
        note = "The system predicts the board's labels; one that predicts these four is scored on them too."
    return Table(table.title, table.columns, table.rows, (note,))


def _calibration_table(calibration: Calibration) -> Table:
    rows = tuple(
        (f"{one.low:.1f} to {one.high:.1f}", str(one.n), _share(one.mean), _share(one.right))
        for one in calibration.bins
    )
    note = (
        f"Brier score {_plain(calibration.brier)} (0 is best, 2 worst); expected calibration error "
        f"{_plain(calibration.error)} (0 is best; with few items chance alone keeps it above). "
        f"Another label than the most probable one is predicted for {calibration.n_other}."
    )
    columns = ("probability of the most probable label", "items", "mean", "right")
    return Table("probabilities", columns, rows, (note,))


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _points(estimate: Estimate) -> str:
    return points(asdict(estimate))


def _plain(estimate: Estimate) -> str:
    interval = "" if estimate.low is None else f" [{estimate.low:.3f}, {estimate.high:.3f}]"
    return f"{estimate.value:.3f}{interval}"
