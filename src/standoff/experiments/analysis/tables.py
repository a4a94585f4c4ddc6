"""Analyses as tables: the same from a fresh computation and from a stored document, on a terminal and in docs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from standoff.errors import unknown_name
from standoff.experiments.board import NOTICE
from standoff.experiments.stress_tables import stress_tables
from standoff.experiments.tables import Table, confusion_table, points

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from standoff.experiments.tables import Estimate

OPEN_BOX = "\N{OPEN BOX}"
"""What a space is shown as where it matters."""

_SPACES_THAT_VANISH = re.compile("^ +| +$| {2,}")

LEVEL_OF_MARKS = 0.05
"""A mean difference is marked where its adjusted p value is below."""


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


def _features(document: Mapping[str, Any]) -> list[Table]:
    found = []
    for label in document["labels"]:
        pairs = [label["speak_for"], label["speak_against"]]
        rows = []
        for place in range(max(map(len, pairs))):
            cells: list[str] = []
            for side in pairs:
                one = side[place] if place < len(side) else None
                cells += [visible(one["feature"]), f"{one['weight']:+.3f}"] if one else ["", ""]
            rows.append(tuple(cells))
        title = f"{document['system']}: features for and against {label['label']}"
        columns = ("speaks for it", "weight", "speaks against it", "weight")
        found.append(Table(title, columns, tuple(rows), tuple(document.get("notes", ()))))
    return found


def _errors(document: Mapping[str, Any]) -> list[Table]:
    head = f"{document['run']}: {document['system']} on {document['task']}, {document['split']}"
    rows = [
        (
            "all",
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
                f"{one['column']}{mark}: {one['value']}",
                str(one["n"]),
                str(one["n_groups"]),
                f"lacks {', '.join(one['absent'])}" if one["absent"] and not few else points(one["macro_f1"]),
                f"{one['n_right']} right" if few else points(one["accuracy"]),
            )
        )
    about = (
        "95 % intervals: bootstrap over groups, each for its slice alone. "
        f"Slices under {document['min_items']} items are counted only. "
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
    columns = ("slice", "items", "groups", "macro-F1", "accuracy")
    return [
        Table(f"{head}, by slice", columns, tuple(rows), (*notes, *_model_made(document))),
        confusion_table(head, document["confusion"]),
    ]


def _curve(document: Mapping[str, Any]) -> list[Table]:
    found = []
    by_task: dict[str, list[dict[str, Any]]] = {}
    for curve in document["curves"]:
        by_task.setdefault(curve["task"], []).append(curve)
    for task, curves in by_task.items():
        names = tuple(curve["baseline"] for curve in curves)
        rows = []
        for place, point in enumerate(curves[0]["points"]):
            shown = tuple(_ranged(curve["points"][place]) for curve in curves)
            rows.append((f"{point['fraction']:.0%}", f"{point['n_items']:.0f}", *shown))
        first = curves[0]
        notes = (f"Mean [range] over {document['orders']} random orders of the training groups.",)
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
    tasks = document["provenance"]["tasks"]
    human = [task for task in document["whole"] if tasks[task]["label_kind"] == "human"]
    without = document["without"]
    rows = [
        (
            one["name"],
            points(one["mean"], signed=True) + ("*" if one["p"] is not None and one["p"] < LEVEL_OF_MARKS else ""),
            "-" if one["p"] is None else f"{one['p']:.3f}",
            f"{sum(one['tasks'][task]['value'] < 0 for task in human)} of {len(human)}",
        )
        for one in without
    ]
    about = (
        "Macro-F1 without the idea minus with it, in points of 100, on validation folds of the training items: "
        f"below zero, the idea pays. The mean is over the {len(human)} human-labelled task(s). 95 % intervals: "
        f"paired bootstrap over groups, {document['resamples']:,} resamples; each is for its row alone. p is "
        f"adjusted for the {len(rows)} rows (Holm), * where it is below {LEVEL_OF_MARKS}."
    )
    title = f"{document['baseline']}: what each idea is worth"
    columns = ("taken out", "mean difference", "p", "below zero on")
    mean = Table(title, columns, tuple(rows), (about,))

    whole = ("nothing: macro-F1", *(points(one, short=True) for one in document["whole"].values()))
    by_task = [
        (one["name"], *(points(found, signed=True, short=True) for found in one["tasks"].values()))
        for one in without
    ]
    note = "The differences on each task. None is marked: a task alone seldom tells so many apart from chance."
    title = f"{document['baseline']}: what each idea is worth on each task"
    columns = ("taken out", *document["whole"])
    return [mean, Table(title, columns, (whole, *by_task), (note, *_models_among(document)))]


def _against(document: Mapping[str, Any]) -> list[Table]:
    anchors, controls = document["anchors"], document["controls"]
    intervals = (
        "95 % intervals: paired bootstrap over groups, "
        f"{document['resamples']:,} resamples; each is for its row alone, not adjusted for their number."
    )
    about = (
        f"Macro-F1; anchors: {', '.join(anchors)}. The best anchor of a task is the one with the highest value on "
        f"these items, which favours the anchors. {intervals}"
    )
    found = [_against_best(document, "best_anchor", "best anchor", about)]
    if controls:
        about = (
            f"The same with the controls too, which see less than the task shows: {', '.join(controls)}. "
            f"Of several seeds the first counts. {intervals}"
        )
        found.append(_against_best(document, "best_rival", "best of anchors and controls", about))
    return found


def _against_best(document: Mapping[str, Any], which: str, called: str, about: str) -> Table:
    rows = [
        (
            one["task"],
            f"{one['label_kind']}s",
            str(one["n"]),
            f"{100 * one['ours']:.1f}",
            f"{one[which]['system']} {100 * one[which]['value']:.1f}",
            points(one[which]["difference"], signed=True),
        )
        for one in document["on_tasks"]
    ]
    notes = [about]
    human = [one[which]["difference"] for one in document["on_tasks"] if one["label_kind"] == "human"]
    if human:
        rows.append((f"mean of {len(human)}", "humans", "", "", "", points(document["mean"][which], signed=True)))
        notes.append(f"Of the {len(human)} human-labelled task(s), {_sides_of_zero(human)}.")
    columns = ("task", "labels by", "items", "macro-F1", called, "difference")
    title = f"{document['ours']} against the {called}"
    return Table(title, columns, tuple(rows), (*notes, *_models_among(document)))


def _sides_of_zero(differences: Sequence[Estimate]) -> str:
    """Return how many differences are above and below zero, and how many of them by their whole interval."""
    above = [one for one in differences if one["value"] > 0]
    below = [one for one in differences if one["value"] < 0]
    clear_above = sum(one["low"] is not None and one["low"] > 0 for one in above)
    clear_below = sum(one["high"] is not None and one["high"] < 0 for one in below)
    return (
        f"{len(above)} lie above zero ({clear_above} with the whole interval), "
        f"{len(below)} below ({clear_below} with the whole interval)"
    )


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


def visible(feature: str) -> str:
    """Return ``view: term`` with the spaces at the ends of the term visible: n-grams stop at word boundaries.

    Inside, only spaces beside one another are shown, which Markdown would make one.
    """
    view, colon, term = feature.partition(": ") if ": " in feature else ("", "", feature)
    return view + colon + _SPACES_THAT_VANISH.sub(lambda found: OPEN_BOX * len(found[0]), term)


_TABLES: dict[str, Callable[[Mapping[str, Any]], list[Table]]] = {
    "ablation": _ablation,
    "against": _against,
    "curve": _curve,
    "errors": _errors,
    "features": _features,
    "stress": stress_tables,
    "transfer": _transfer,
}
