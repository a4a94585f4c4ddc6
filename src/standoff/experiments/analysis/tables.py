"""Analyses as tables: the same from a fresh computation and from a stored document, on a terminal and in docs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from standoff.errors import unknown_name
from standoff.experiments.board import NOTICE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Estimate = dict[str, float | None]
"""``value``, ``low`` and ``high``, as a document has them."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of texts, and what must be said beside it."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()

    def to_markdown(self) -> str:
        """Return the table as Markdown, the title in bold above it and the notes below."""
        lines = [
            f"**{_cell(self.title)}**",
            "",
            _line(self.columns),
            "|" + "---|" * len(self.columns),
            *map(_line, self.rows),
        ]
        for note in self.notes:
            lines += ["", f"*{_cell(note)}*"]
        return "\n".join(lines) + "\n"


def tables(document: Mapping[str, Any]) -> list[Table]:
    """Return the tables of an analysis.

    Args:
        document: What :func:`standoff.experiments.analysis.results.document` returns, fresh or read again.

    Raises:
        NotFoundError: No tables are known for such an analysis.
    """
    if document["analysis"] not in _TABLES:
        raise unknown_name("analysis", document["analysis"], _TABLES)
    return _TABLES[document["analysis"]](document)


def to_markdown(document: Mapping[str, Any]) -> str:
    """Return all tables of an analysis as Markdown."""
    return "\n".join(table.to_markdown() for table in tables(document))


def points(estimate: Estimate | None, *, signed: bool = False, short: bool = False) -> str:
    """Return a score in points of 100 with its interval, a dash for none.

    Args:
        estimate: The score.
        signed: Whether to show a plus sign, as for differences.
        short: Whether to leave the interval out.
    """
    if estimate is None or estimate["value"] is None:
        return "-"
    form = "+.1f" if signed else ".1f"
    value = f"{100 * estimate['value']:{form}}"
    if short:
        return value
    if estimate["low"] is None or estimate["high"] is None:
        return f"{value} (no interval)"
    return f"{value} [{100 * estimate['low']:{form}}, {100 * estimate['high']:{form}}]"


def _features(document: Mapping[str, Any]) -> list[Table]:
    found = []
    for label in document["labels"]:
        pairs = [label["speak_for"], label["speak_against"]]
        rows = []
        for place in range(max(map(len, pairs))):
            cells: list[str] = []
            for side in pairs:
                one = side[place] if place < len(side) else None
                cells += [_shown(one["feature"]), f"{one['weight']:+.3f}"] if one else ["", ""]
            rows.append(tuple(cells))
        title = f"{document['system']}: features for and against {label['label']}"
        found.append(Table(title, ("speaks for it", "weight", "speaks against it", "weight"), tuple(rows)))
    return found


def _errors(document: Mapping[str, Any]) -> list[Table]:
    head = f"{document['run']}: {document['system']} on {document['task']}, {document['split']}"
    rows = [
        (
            "all",
            "",
            str(document["n"]),
            str(document["n_groups"]),
            points(document["macro_f1"]),
            points(document["accuracy"]),
        )
    ]
    for one in document["slices"]:
        mark = "*" if one["origin"] == "gold" else ""
        few = one["accuracy"] is None
        rows.append(
            (
                one["column"] + mark,
                one["value"],
                str(one["n"]),
                str(one["n_groups"]),
                f"lacks {', '.join(one['absent'])}" if one["absent"] and not few else points(one["macro_f1"]),
                f"{one['n_right']} right" if few else points(one["accuracy"]),
            )
        )
    about = (
        f"Intervals: 95 %, bootstrap over groups. Slices under {document['min_items']} items are counted only. "
        "Where a slice lacks gold items of a label, there is no macro-F1."
    )
    notes = [about]
    if document["made_with_the_label"]:
        by_reason: dict[str, list[str]] = {}
        for name, why in document["made_with_the_label"].items():
            by_reason.setdefault(why, []).append(name)
        listed = "; ".join(f"{', '.join(names)}: {why}" for why, names in by_reason.items())
        notes.append(f"Columns with * are made with the gold label and are no input of any system: {listed}.")
    if document["left_out"]:
        notes.append(f"Not divided by, as of one value or of too many: {', '.join(document['left_out'])}.")
    columns = ("column", "value", "items", "groups", "macro-F1", "accuracy")
    return [
        Table(f"{head}, by slice", columns, tuple(rows), (*notes, *_model_made(document))),
        _confusion(head, document["confusion"]),
    ]


def _confusion(head: str, confusion: Mapping[str, Any]) -> Table:
    missing = any(row[-1] for row in confusion["counts"])
    names = [name for name in confusion["predicted"] if name is not None] + (["missing"] if missing else [])
    rows = [
        (gold, *map(str, counts[: len(names)]))
        for gold, counts in zip(confusion["gold"], confusion["counts"], strict=True)
    ]
    return Table(f"{head}: gold in rows, predicted in columns", ("gold", *names), tuple(rows))


def _curve(document: Mapping[str, Any]) -> list[Table]:
    found = []
    by_task: dict[str, list[dict[str, Any]]] = {}
    for curve in document["curves"]:
        by_task.setdefault(curve["task"], []).append(curve)
    for task, curves in by_task.items():
        names = tuple(f"{curve['baseline']} (range)" for curve in curves)
        rows = []
        for place, point in enumerate(curves[0]["points"]):
            shown = tuple(_ranged(curve["points"][place]) for curve in curves)
            rows.append((f"{point['fraction']:.0%}", f"{point['n_items']:.0f}", *shown))
        first = curves[0]
        notes = (f"Mean and range over {document['orders']} random orders of the training groups.",)
        title = (
            f"{task}: macro-F1 on {first['n_held_out']} held-out training items, labels by {first['label_kind']}s"
        )
        columns = ("training groups", "items", *names)
        found.append(Table(title, columns, tuple(rows), (*notes, *_model_made(first))))
    return found


def _ranged(point: Mapping[str, Any]) -> str:
    mean, low, high = (f"{100 * point[name]:.1f}" for name in ("mean", "low", "high"))
    return f"{mean} [{low}, {high}]" if len(point["values"]) > 1 else mean


def _ablation(document: Mapping[str, Any]) -> list[Table]:
    human = sum(facts["label_kind"] == "human" for facts in document["provenance"]["tasks"].values())
    whole = (points(one, short=True) for one in document["whole"].values())
    rows = [("nothing", "macro-F1:", *whole)]
    rows += [
        (one["name"], points(one["mean"], signed=True), *map(_clear, one["tasks"].values()))
        for one in document["without"]
    ]
    note = (
        "Macro-F1 without the idea minus with it, in points of 100, on validation folds of the training items: "
        f"below zero, the idea pays. The mean is over the {human} human-labelled task(s). 95 % intervals by a "
        "paired bootstrap over groups; * where that of a task leaves zero out."
    )
    columns = ("taken out", "mean", *document["whole"])
    title = f"{document['baseline']}: what each idea is worth"
    return [Table(title, columns, tuple(rows), (note, *_models_among(document)))]


def _clear(estimate: Estimate) -> str:
    """Return a difference without its interval, with a star where the interval leaves zero out."""
    low, high = estimate["low"], estimate["high"]
    star = "*" if low is not None and high is not None and (low > 0 or high < 0) else ""
    return points(estimate, signed=True, short=True) + star


def _against(document: Mapping[str, Any]) -> list[Table]:
    rows = [
        (
            one["task"],
            f"{one['label_kind']}s",
            str(one["n"]),
            f"{100 * one['ours']:.1f}",
            f"{one['anchor']} {100 * one['theirs']:.1f}",
            points(one["difference"], signed=True),
        )
        for one in document["on_tasks"]
    ]
    human = sum(one["label_kind"] == "human" for one in document["on_tasks"])
    if document["mean"]:
        rows.append((f"mean of {human}", "humans", "", "", "", points(document["mean"], signed=True)))
    columns = ("task", "labels by", "items", document["ours"], "best anchor", "difference")
    note = (
        f"Macro-F1; anchors: {', '.join(document['anchors'])}. The best anchor of a task is the one with the "
        f"highest value on these items. 95 % interval: paired bootstrap over groups, {document['resamples']:,} "
        "resamples."
    )
    title = f"{document['ours']} against the best anchor"
    return [Table(title, columns, tuple(rows), (note, *_models_among(document)))]


def _transfer(document: Mapping[str, Any]) -> list[Table]:
    members = {member["task"]: member for member in document["members"]}
    cells = {(cell["train"], cell["test"]): cell for cell in document["cells"]}
    columns = ("train \\ test", *(f"{task} ({one['language']})" for task, one in members.items()))
    rows = [
        (f"{task} ({members[task]['language']})", *(_transferred(cells[task, other]) for other in members))
        for task in members
    ]
    polarity = [task for task, one in members.items() if one["meaning"] == "polarity"]
    about = (
        "Macro-F1 over the labels that both sets have; in brackets the same baseline trained on the tested set "
        "itself, on the same items and labels. On the diagonal, a set's own model."
    )
    notes = [about]
    if polarity:
        notes.append(
            f"°: the labels of {', '.join(polarity)} mean no stance; only which way they point is compared."
        )
    if document["left_out"]:
        notes.append("Left out: " + "; ".join(f"{task}: {why}" for task, why in document["left_out"].items()))
    title = f"{document['baseline']}, trained on one set, tested on another"
    return [Table(title, columns, tuple(rows), (*notes, *_models_among(document)))]


def _transferred(cell: Mapping[str, Any]) -> str:
    mark = "°" if cell["meaning"] == "polarity" else ""
    value = f"{100 * cell['value']['value']:.0f}{mark}"
    return value if cell["train"] == cell["test"] else f"{value} ({100 * cell['within']['value']:.0f})"


def _model_made(facts: Mapping[str, Any]) -> tuple[str, ...]:
    return (NOTICE,) if facts["label_kind"] == "model" else ()


def _models_among(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a note on the tasks whose labels are made by models, where there are any."""
    tasks = document["provenance"]["tasks"]
    made = [task for task, facts in tasks.items() if facts["label_kind"] == "model"]
    return (f"{', '.join(made)}: {NOTICE}",) if made else ()


def _shown(feature: str) -> str:
    """Return a feature with its outer spaces visible: character n-grams begin and end at word boundaries."""
    return feature.replace(" ", "␣") if feature != feature.strip() else feature


def _cell(text: str) -> str:
    # Backslash first, or it would escape the escapes; what looks like HTML or Markdown is text.
    for character in "\\|*_`<":
        text = text.replace(character, f"\\{character}")
    return " ".join(text.split())


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(map(_cell, cells))} |"


_TABLES: dict[str, Callable[[Mapping[str, Any]], list[Table]]] = {
    "ablation": _ablation,
    "against": _against,
    "curve": _curve,
    "errors": _errors,
    "features": _features,
    "transfer": _transfer,
}
