"""From runs and submissions to the leaderboard, as one document."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from standoff.errors import NotFoundError, enumerated
from standoff.evaluation.resample import FEW_GROUPS, caution
from standoff.evaluation.scores import LEVEL
from standoff.evaluation.signature import Signature
from standoff.evaluation.significance import ALPHA, holm
from standoff.experiments.analysis.results import rounded
from standoff.experiments.analysis.slices import MIN_ITEMS
from standoff.experiments.ceilings import ceilings
from standoff.experiments.leaderboard.entries import input_digests, read_entries
from standoff.experiments.leaderboard.overall import Mean
from standoff.experiments.leaderboard.standing import Settings, stand
from standoff.experiments.spread import Spread
from standoff.tasks.registry import load_task, parse_address, refuse_missing
from standoff.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from standoff.experiments.leaderboard.entries import BoardKey, Entry
    from standoff.experiments.leaderboard.standing import Part, Standing

SHAPE = 1
"""Raised whenever the document's shape changes."""


def build(
    experiments: Path,
    *,
    data_dir: Path | None = None,
    settings: Settings | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Return the leaderboard as JSON-ready values: the same bytes for the same files and data, on any machine.

    Args:
        experiments: The folder with ``runs`` and ``submissions``.
        data_dir: A folder with the tasks' files; the stored sets by default.
        settings: What resamples and tests are made with.
        report: Called with a line before each board.

    Raises:
        NotFoundError: There is nothing, or the files of a task are not here.
        InputError: A run or submission is broken, or does not fit its task.
        IntegrityError: A run was made on other data, or its scores are not what its predictions give.
    """
    settings = settings or Settings()
    entries = read_entries(experiments)
    if not entries:
        raise NotFoundError("no runs and no submissions", where=experiments, remedy="name a checkout with --root")
    refuse_absent(entries, data_dir=data_dir)
    standings = {key: _stand(key, found, data_dir, settings, report) for key, found in entries.items()}
    # Human-labelled tasks first; of each kind, the splits that are scored by default.
    ordered = sorted(standings.items(), key=lambda one: (one[1].label_kind, not is_default(one[0]), one[0]))
    default = [one for key, one in ordered if is_default(key) and one.label_kind == "human"]
    roles = {entry.system: entry.role for found in entries.values() for entry in found}
    content = {
        "shape": SHAPE,
        "standoff": __version__,
        "settings": {**asdict(settings), "level": LEVEL, "alpha": ALPHA, "min_items": MIN_ITEMS},
        "overall": _overall([one.whole for one in default], roles),
        "intervention": _overall(
            [one.intervention for one in default if one.intervention and one.intervention.n >= MIN_ITEMS], roles
        ),
        "boards": [_board(key, one) for key, one in ordered],
        "systems": _systems([entry for found in entries.values() for entry in found]),
        "inputs": input_digests(experiments),
    }
    found: dict[str, Any] = rounded(content)
    return found


def refuse_absent(entries: Iterable[BoardKey], *, data_dir: Path | None = None) -> None:
    """Refuse boards of tasks whose files are not here, all at once.

    Raises:
        NotFoundError: The files of some tasks are not here; it says which.
    """
    absent = []
    for address in sorted({address for address, _ in entries}):
        try:
            refuse_missing(address, data_dir=data_dir)
        except NotFoundError:
            absent.append(address)
    if absent:
        raise NotFoundError(
            f"the files of {len(absent)} task(s) are not here yet: {enumerated(absent)}",
            remedy="get them: standoff tasks get --all, or with --from FOLDER from a copy",
        )


def is_default(key: BoardKey) -> bool:
    """Return whether a board is of a task's default variant, as it is split by default."""
    address, split_set = key
    task, variant = parse_address(address)
    return variant == task.pick_variant(None) and split_set == task.pick_split_set(None)


def _stand(
    key: BoardKey,
    entries: Sequence[Entry],
    data_dir: Path | None,
    settings: Settings,
    report: Callable[[str], None],
) -> Standing:
    address, split_set = key
    report(f"{address}, {split_set}: {len(entries)} systems")
    return stand(load_task(address, data_dir=data_dir, split_set=split_set), entries, settings)


def _overall(parts: Sequence[Part], roles: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the means over several tasks; of systems that are not on all of them, what is missing."""
    if not parts:
        return None
    complete = [name for name in sorted(roles) if all(name in part.names for part in parts)]
    mean = Mean(tuple(part.only(complete) for part in parts))
    estimates = mean.estimates() if complete else {}
    # Tests hold for few groups too, where they find less; intervals do not.
    ranks, told = mean.ranked([name for name in estimates if roles[name] != "control"])
    better = [(pair.first, pair.second) for pair in told if pair.p_adjusted < ALPHA]
    return {
        "tasks": {part.address: part.n for part in parts},
        "few_groups": {part.address: part.n_groups for part in parts if part.n_groups < FEW_GROUPS},
        "rows": [
            {
                "system": name,
                "role": roles[name],
                "rank": ranks.get(name),
                "better_than": sum(name == first for first, _ in better) if name in ranks else None,
                "worse_than": sum(name == second for _, second in better) if name in ranks else None,
                **asdict(estimate),
            }
            for name, estimate in estimates.items()
        ],
        "holes": {
            name: [part.address for part in parts if name not in part.names]
            for name in sorted(roles)
            if name not in complete
        },
        "pairs": [asdict(pair) for pair in told],
    }


def _board(key: BoardKey, standing: Standing) -> dict[str, Any]:
    loaded, whole = standing.loaded, standing.whole
    compared = whole.compare(standing.ranked).to_json() if len(standing.ranked) > 1 else None
    by_system = {one["name"]: one for one in compared["systems"]} if compared else {}
    coders = ceilings(loaded, resamples=whole.settings.resamples, seed=whole.settings.seed)
    above = _above_floor(standing)
    return {
        "task": loaded.address,
        "split": standing.split,
        "is_default": is_default(key),
        "label_kind": standing.label_kind,
        "version": loaded.task.version,
        "digest": loaded.digest,
        "metric": whole.metric,
        "n": whole.n,
        "n_groups": whole.n_groups,
        "n_intervention": standing.intervention.n if standing.intervention else 0,
        "caution": caution(whole.counts[:, 0], whole.labels) if whole.has_intervals else None,
        "rows": [
            _row(standing, name, by_system.get(name), above.get(name))
            for name in (*standing.ranked, *standing.floor)
        ],
        # The last one, a coder against a label that is partly its own, belongs beside the scores of no system.
        "ceilings": [row.to_json() for row in coders.rows[:-1]] if coders else [],
        "hides_nothing": list(standing.hides_nothing),
        "pairs": compared["pairs"] if compared else [],
    }


def _row(
    standing: Standing, name: str, compared: Mapping[str, Any] | None, above: Mapping[str, Any] | None
) -> dict[str, Any]:
    whole, role = standing.whole, standing.entry(name).role
    at = whole.place(name)
    ranks = compared or {"rank": None if role == "control" else 1, "better_than": None, "worse_than": None}
    seeds = whole.by_seed[at]
    return {
        "system": name,
        "role": role,
        "seen_test": standing.loaded.task.name in standing.entry(name).declared.seen_test,
        **{key: ranks[key] for key in ("rank", "better_than", "worse_than")},
        **asdict(whole.estimates[at]),
        "seeds": _spread(seeds) if len(seeds) > 1 else None,
        "accuracy": asdict(whole.accuracies[at]),
        "missing": whole.missing[at],
        "above_floor": above,
        "intervention": _on_part(standing.intervention, name),
        "after_cutoff": _on_part(standing.after.get(name), name),
        "signature": str(_signature(standing, whole.missing[at])),
    }


def _spread(values: Sequence[float]) -> dict[str, Any]:
    spread = Spread(dict(enumerate(values)))
    return {"n": spread.n, "mean": spread.mean, "standard_deviation": spread.deviation}


def _above_floor(standing: Standing) -> dict[str, dict[str, Any]]:
    """Return how each ranked system compares with the best control, p values adjusted for their number.

    Not one that is random, of which a lucky seed may be ahead of what it reaches on average; and not one that sees
    all that the task shows.
    """
    whole, left_out = standing.whole, standing.hides_nothing
    floor = [
        name for name in standing.floor if name not in left_out and len(whole.by_seed[whole.place(name)]) == 1
    ]
    if not floor:
        return {}
    best = floor[0]
    pairs = {name: standing.whole.compare([name, best]).between(name, best).metric for name in standing.ranked}
    adjusted = holm([one.p for one in pairs.values()])
    return {
        name: {"control": best, "difference": asdict(one.difference), "p_adjusted": p}
        for (name, one), p in zip(pairs.items(), adjusted, strict=True)
    }


def _on_part(part: Part | None, name: str) -> dict[str, Any] | None:
    """Return a system's score on some of the items; of few, only how many are right."""
    if part is None:
        return None
    at = part.place(name)
    right = int(part.counts[:, at].sum(axis=0).diagonal().sum())
    held = part.counts[:, at].sum(axis=(0, 2)) > 0
    # Where a label has no item, its F1 is 0 whatever is predicted.
    value: dict[str, Any] = asdict(part.estimates[at]) if part.n >= MIN_ITEMS and held.all() else {}
    return {"n": part.n, "n_right": right, **({"value": None, "low": None, "high": None} | value)}


def _signature(standing: Standing, missing: int) -> Signature:
    loaded, whole = standing.loaded, standing.whole
    return Signature(
        version=__version__,
        task=loaded.address,
        task_version=loaded.task.version,
        digest=loaded.digest,
        split=standing.split,
        n=whole.n,
        metric=whole.metric,
        labels=loaded.task.labels,
        missing=missing,
        resamples=whole.settings.resamples,
        seed=whole.settings.seed,
    )


def _systems(entries: Sequence[Entry]) -> dict[str, Any]:
    """Return what is declared about each system, by name."""
    return {
        entry.system: {"role": entry.role, **asdict(entry.declared)}
        for entry in sorted(entries, key=lambda one: one.system)
    }
