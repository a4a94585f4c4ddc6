"""The leaderboard as Markdown, from its document."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from standoff.experiments.board import NOTICE
from standoff.experiments.markdown import as_text
from standoff.experiments.tables import Table, points

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SEEN = "\N{DAGGER}"
"""Stands beside a system that says it may have seen test items of the task."""

HEAD = """# The leaderboard

What each system reaches, with 95 % intervals from a bootstrap over groups (articles), in points of 100. Made by
`standoff leaderboard build` from the [runs](runs) and submissions in this folder; the same as data is in
[LEADERBOARD.json](LEADERBOARD.json). [How to read it](../docs/leaderboard.md), [how to submit](../docs/submit.md).

"""

FLOOR = "floor"
"""Stands in place of a rank for controls, which see less than the task shows on purpose."""

CEILING = "ceiling"


def render(document: Mapping[str, Any]) -> str:
    """Return the whole page."""
    frozen = document.get("frozen")
    # A frozen board lies two folders deeper.
    head = re.sub(r"\]\((?!LEADERBOARD)", "](../../", HEAD) if frozen else HEAD
    parts = [head.rstrip(), *([f"**{as_text(_frozen(frozen))}**"] if frozen else [])]
    for heading, tables in sections(document):
        parts += [f"## {heading}", *(table.to_markdown().rstrip() for table in tables)]
    return "\n\n".join(parts) + "\n"


def tables(document: Mapping[str, Any]) -> list[Table]:
    """Return all tables of the page, in its order."""
    return [table for _, found in sections(document) for table in found]


def sections(document: Mapping[str, Any]) -> Iterator[tuple[str, list[Table]]]:
    """Yield each heading of the page with the tables below it."""
    human = [one for one in document["boards"] if one["label_kind"] == "human"]
    alpha = document["settings"]["alpha"]
    overall = [_overall(document)] if document["overall"] else []
    yield "Over all tasks with labels by humans", overall
    yield "Each task with labels by humans", [_board(one, alpha) for one in human if one["is_default"]]
    models = [_board(one, alpha) for one in document["boards"] if one["label_kind"] == "model"]
    yield "Labels by models: agreement with these models, not with people", models
    yield (
        "As published: official splits and other variants",
        [_board(one, alpha) for one in human if not one["is_default"]],
    )
    yield "Which systems can be told apart", [_pairs(one) for one in document["boards"] if one["pairs"]]
    yield "The systems", [_systems(document)]


def _frozen(frozen: Mapping[str, str]) -> str:
    return f"Frozen on {frozen['on']}, and no longer the current board: {frozen['because']}"


def _overall(document: Mapping[str, Any]) -> Table:
    overall, about = document["overall"], document["intervention"]
    on_slice = {row["system"]: row for row in about["rows"]} if about else {}
    rows = []
    for row in overall["rows"]:
        other = on_slice.get(row["system"])
        cells = [_rank(row), row["system"], points(row), _counts(row)]
        if about:
            cells += [points(other), _rank(other) if other else "-"]
        rows.append(tuple(cells))
    rows += [("unranked", name, "-", "", *(["-", "-"] if about else [])) for name in overall["holes"]]
    columns = ["rank", "system", "mean macro-F1 [95 %]", "better than, worse than"]
    alpha, min_items = (document["settings"][name] for name in ("alpha", "min_items"))
    notes = [
        f"The mean over {len(overall['tasks'])} tasks: {', '.join(overall['tasks'])}.",
        "A system without a result on one of them has no mean and no rank.",
        "Systems that cannot be told apart share a rank.",
        f"Told apart: adjusted p below {alpha}, by paired randomisation over groups and Holm's method.",
        "Controls see less than the task shows, on purpose: they are the floor, and have no rank.",
        "On tasks that have nothing of what they do not look at, they see all there is.",
        *(f"{name} has no result on {', '.join(holes)}." for name, holes in overall["holes"].items()),
    ]
    if about:
        columns += ["on interventions [95 %]", "rank there"]
        listed = _counted(about["tasks"])
        notes.append(
            f"On interventions: the mean over the tasks with {min_items} or more items about one: {listed}."
        )
    notes += [
        f"Intervals {where} may be too narrow, as groups are few: {_counted(one['few_groups'])}."
        for where, one in (("of the mean", overall), ("on interventions", about))
        if one and one["few_groups"]
    ]
    return Table("All tasks", tuple(columns), tuple(rows), tuple(notes))


def _counted(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{name} ({n})" for name, n in numbers.items())


def _board(board: Mapping[str, Any], alpha: float) -> Table:
    title = (
        f"{board['task']}, {board['split']}: {board['n']} items in {board['n_groups']} groups, "
        f"labels by {board['label_kind']}s"
    )
    columns = ["rank", "system", f"{board['metric'].replace('_f1', '-F1')} [95 %]", "better than, worse than"]
    columns += ["accuracy [95 %]", "missing", "above the floor"]
    has_slice, has_after = board["n_intervention"] > 0, any(row["after_cutoff"] for row in board["rows"])
    columns += [f"on the {board['n_intervention']} about interventions"] * has_slice
    columns += ["after its cut-off"] * has_after
    rows = []
    for row in board["rows"]:
        cells = [
            _rank(row),
            row["system"],
            _value(row),
            _counts(row),
            points(row["accuracy"]),
            str(row["missing"]),
        ]
        cells.append(_above(row["above_floor"]))
        cells += [on_part(row["intervention"])] * has_slice
        cells += [on_part(row["after_cutoff"])] * has_after
        rows.append(tuple(cells))
    blank = [""] * (has_slice + has_after)
    rows += [
        (
            CEILING,
            f"{row['name']}, {board['label_kind']}s",
            points(row),
            "",
            points(row["accuracy"]),
            "",
            "",
            *blank,
        )
        for row in board["ceilings"]
    ]
    notes = tuple(_board_notes(board, alpha))
    return Table(title, tuple(columns), tuple(rows), notes, board["rows"][0]["signature"])


def _board_notes(board: Mapping[str, Any], alpha: float) -> Iterator[str]:
    if any(row["seeds"] for row in board["rows"]):
        yield "± is the standard deviation over seeds; intervals are of their mean, tests of the first seed."
    if any(row["seen_test"] for row in board["rows"]):
        yield f"{SEEN} says of itself that it may have seen test items of this task."
    if board["pairs"] and not any(one["metric"]["p_adjusted"] < alpha for one in board["pairs"]):
        yield "No two of the ranked systems can be told apart: rank 1 says nothing here."
    if any(row["above_floor"] for row in board["rows"]):
        yield "Above the floor: the difference to the best control that is not random, with its p value adjusted."
    for name in board["hides_nothing"]:
        yield f"{name} sees all there is here, as the task has nothing of what it does not look at: no floor."
    if board["caution"]:
        yield f"Caution: {board['caution']}."
    for row in board["ceilings"]:
        out = f" {row['n_left_out']:.0f} of {row['n_items']} items left out." if row["n_left_out"] else ""
        yield f"{row['name']}: {row['note']}{out}"
    if board["label_kind"] == "model":
        yield NOTICE
    yield "The signature is that of the first row."


def _pairs(board: Mapping[str, Any]) -> Table:
    rows = [
        (
            f"{one['first']} - {one['second']}",
            points(one["metric"]["difference"], signed=True),
            _p(one["metric"]["p"]),
            _p(one["metric"]["p_adjusted"]),
            points(one["accuracy"]["difference"], signed=True),
            _p(one["accuracy"]["p_adjusted"]),
            points({"value": one["smallest_difference"]}, short=True),
        )
        for one in board["pairs"]
    ]
    columns = ("pair", "macro-F1 [95 %]", "p", "adjusted", "accuracy [95 %]", "adjusted p", "smallest to be shown")
    note = (
        "Smallest: a true difference of that size is found in 80 % of test sets like this one, before adjusting."
    )
    return Table(f"{board['task']}, {board['split']}", columns, tuple(rows), (note,))


def _systems(document: Mapping[str, Any]) -> Table:
    rows = [
        (
            name,
            one["role"],
            _called(one),
            "; ".join(one["training"]) or "nothing",
            "; ".join(one["pretrained"]) or "nothing",
            one["cutoff"] or ("not known" if one["role"] == "submission" else "-"),
            ", ".join(one["seen_test"]) or "-",
        )
        for name, one in document["systems"].items()
    ]
    columns = (
        "system",
        "role",
        "what it is",
        "fitted on",
        "pre-trained",
        "cut-off",
        "may have seen test items of",
    )
    return Table("What is declared about each system", columns, tuple(rows))


def _called(one: Mapping[str, Any]) -> str:
    by = f", by {', '.join(one['authors'])}" if one["authors"] else ""
    return f"{one['title']}{by}" + (f": {one['description']}" if one["description"] else "")


def _rank(row: Mapping[str, Any]) -> str:
    return FLOOR if row["rank"] is None else str(row["rank"])


def _counts(row: Mapping[str, Any]) -> str:
    return "" if row["better_than"] is None else f"{row['better_than']}, {row['worse_than']}"


def _value(row: Mapping[str, Any]) -> str:
    if not row["seeds"]:
        return points(row)
    seeds = row["seeds"]
    return f"{points(row)} ± {100 * seeds['standard_deviation']:.1f}, {seeds['n']} seeds"


def _above(floor: Mapping[str, Any] | None) -> str:
    if floor is None:
        return ""
    difference = points(floor["difference"], signed=True)
    return f"{difference} to {floor['control']}, adjusted p {_p(floor['p_adjusted'])}"


def on_part(part: Mapping[str, Any] | None) -> str:
    """Return a score on some of the items; of few items, how many are right."""
    if part is None:
        return "-"
    return f"{part['n_right']} of {part['n']} right" if part["value"] is None else points(part)


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
