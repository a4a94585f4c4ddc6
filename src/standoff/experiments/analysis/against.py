"""One system against the best anchor on each task, from recorded runs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from standoff.errors import InputError, IntegrityError, NotFoundError, RefusedError, listed, unknown_name
from standoff.evaluation.metrics import macro_f1
from standoff.evaluation.scores import SEED
from standoff.experiments.analysis.paired import (
    RESAMPLES,
    difference,
    group_counts,
    mean_difference,
    task_seed,
)
from standoff.experiments.analysis.results import document
from standoff.tasks.registry import parse_address

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from standoff.evaluation.scores import Estimate
    from standoff.experiments.analysis.paired import Difference
    from standoff.experiments.analysis.recorded import RecordedRun
    from standoff.tasks.task import LoadedTask


@dataclass(frozen=True, slots=True)
class OnTask:
    """The two systems on one task.

    Attributes:
        task: Its address.
        split: What was scored.
        label_kind: Who made the labels.
        n: Number of items.
        n_groups: Number of groups.
        ours: Macro-F1 of the system.
        anchor: Name of the anchor with the highest macro-F1; of equal ones the first named.
        theirs: Its macro-F1.
        difference: Ours minus theirs, with its paired interval.
    """

    task: str
    split: str
    label_kind: str
    n: int
    n_groups: int
    ours: float
    anchor: str
    theirs: float
    difference: Estimate


@dataclass(frozen=True, slots=True, eq=False)
class Against:
    """A system against the best anchor on every task.

    Attributes:
        ours: Its name.
        anchors: The anchors' names.
        on_tasks: One entry per task, human-labelled tasks first.
        mean: Mean difference over the human-labelled tasks; None where there is none.
        tasks: The tasks.
        seed: Seed of the resamples.
        resamples: Number of resamples.
    """

    ours: str
    anchors: tuple[str, ...]
    on_tasks: tuple[OnTask, ...]
    mean: Estimate | None
    tasks: tuple[LoadedTask, ...]
    seed: int
    resamples: int

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as a document; see :func:`standoff.experiments.analysis.results.document`."""
        return document(
            "against",
            {
                "ours": self.ours,
                "anchors": list(self.anchors),
                "on_tasks": [asdict(one) for one in self.on_tasks],
                "mean": asdict(self.mean) if self.mean else None,
                "resamples": self.resamples,
            },
            tasks=self.tasks,
            seeds={"bootstrap": self.seed},
        )


def compare(
    ours: str,
    anchors: Sequence[str],
    runs: Sequence[RecordedRun],
    *,
    tasks: Sequence[str] | None = None,
    split_set: str | None = None,
    data_dir: Path | None = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
    report: Callable[[str], None] = lambda _: None,
) -> Against:
    """Return the difference in macro-F1 between a system and the best anchor, task by task and on average.

    The best anchor of a task is chosen by its value on the items that the difference is then measured on, which
    favours the anchors.

    Args:
        ours: Name of the system's baseline.
        anchors: Names of the anchors' baselines.
        runs: Recorded runs; those of other systems, variants and split sets are passed over.
        tasks: Addresses; by default those that any of the systems has a run on, in the default variant.
        split_set: Name of a split set; each task's default for None.
        data_dir: A folder with the tasks' files; the stored sets by default.
        resamples: Number of resamples of the paired bootstrap over groups.
        seed: Of the resamples; for each task another one is made from it.
        report: Called with a line before each task.

    Raises:
        RefusedError: A system has no run on one of the tasks: nothing is averaged over what happens to be there.
        NotFoundError: No run of ``ours``, or no such task.
        InputError: A system has two runs on a task, or is its own anchor.
        IntegrityError: A task's data is not what its runs were made on.
    """
    if not anchors or ours in anchors:
        raise InputError("a system is compared with other systems", got=f"{ours} with {list(anchors)}")
    chosen = _chosen([ours, *anchors], runs, tasks, split_set)
    on_tasks: list[OnTask] = []
    differences: list[Difference] = []
    loaded_tasks: list[LoadedTask] = []
    for address, by_system in sorted(chosen.items()):
        report(address)
        on_task, found, loaded = _on_task(
            ours, anchors, by_system, data_dir=data_dir, resamples=resamples, seed=seed
        )
        on_tasks.append(on_task)
        differences.append(found)
        loaded_tasks.append(loaded)
    human = [one for one, on_task in zip(differences, on_tasks, strict=True) if on_task.label_kind == "human"]
    return Against(
        ours=ours,
        anchors=tuple(anchors),
        on_tasks=tuple(sorted(on_tasks, key=lambda one: (one.label_kind, one.task))),
        mean=mean_difference(human) if human else None,
        tasks=tuple(loaded_tasks),
        seed=seed,
        resamples=resamples,
    )


def _chosen(
    systems: Sequence[str], runs: Sequence[RecordedRun], tasks: Sequence[str] | None, split_set: str | None
) -> dict[str, dict[str, RecordedRun]]:
    """Return task -> system -> run, without a hole."""
    found: dict[str, dict[str, RecordedRun]] = {}
    for run in runs:
        if run.system not in systems:
            continue
        config = run.record.config
        task, variant = parse_address(config.task)
        asked = config.task in tasks if tasks else variant == task.pick_variant(None)
        if not asked or split_set not in {None, *task.split_sets}:
            continue
        if task.pick_split_set(config.split_set) != task.pick_split_set(split_set):
            continue
        address = config.task if tasks else task.name
        by_system = found.setdefault(address, {})
        if run.system in by_system:
            raise InputError(
                f"{run.system} has two runs on {address}",
                got=f"{by_system[run.system].folder.name}, {run.folder.name}",
                remedy="compare runs of one folder that holds each system once",
            )
        by_system[run.system] = run
    if systems[0] not in (known := {run.system for run in runs}):
        raise unknown_name("system with runs there", systems[0], known)
    if not any(systems[0] in by_system for by_system in found.values()):
        raise NotFoundError(
            f"{systems[0]} has no run on these tasks and splits",
            got=f"tasks {', '.join(tasks or ['all'])}, split set {split_set or 'the default'}",
            remedy="make them with `standoff run`, or name others with --task and --split-set",
        )
    holes = [
        f"{system} on {task}"
        for task in dict.fromkeys([*(tasks or ()), *sorted(found)])
        for system in systems
        if system not in found.get(task, {})
    ]
    if holes:
        raise RefusedError(
            f"{len(holes)} run(s) are missing:\n{listed(holes)}",
            expected="a run of every system on every task",
            remedy="make them with `standoff run`, or name the tasks with --task",
        )
    return found


def _on_task(
    ours: str,
    anchors: Sequence[str],
    by_system: dict[str, RecordedRun],
    *,
    data_dir: Path | None,
    resamples: int,
    seed: int,
) -> tuple[OnTask, Difference, LoadedTask]:
    loaded = by_system[ours].load(data_dir=data_dir)
    for anchor in anchors:
        if by_system[anchor].record.task.digest != loaded.digest:
            raise IntegrityError(
                f"the run of {anchor} is on other data than that of {ours}", where=by_system[anchor].folder
            )
    labels = loaded.task.labels
    predicted = {system: by_system[system].on(loaded) for system in (ours, *anchors)}
    values = {system: float(macro_f1(group_counts(one, labels).sum(axis=0))) for system, one in predicted.items()}
    best = max(anchors, key=lambda anchor: values[anchor])
    found = difference(
        predicted[ours],
        predicted[best],
        labels,
        seed=task_seed(seed, loaded.address),
        resamples=resamples,
    )
    on_task = OnTask(
        task=loaded.address,
        split=loaded.split_label(loaded.scored),
        label_kind=loaded.task.label_kind,
        n=len(predicted[ours].gold),
        n_groups=found.n_groups,
        ours=values[ours],
        anchor=best,
        theirs=values[best],
        difference=found.estimate,
    )
    return on_task, found, loaded
