"""One system against the best anchor, and the best of anchors and controls, on each task, from recorded runs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from standoff.errors import InputError, IntegrityError, NotFoundError, RefusedError, listed, unknown_name
from standoff.evaluation.scores import SEED
from standoff.experiments.analysis.paired import RESAMPLES, difference, mean_difference, task_seed
from standoff.experiments.analysis.predicted import macro_f1_of
from standoff.experiments.analysis.results import document
from standoff.tasks.registry import parse_address

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from standoff.evaluation.scores import Estimate
    from standoff.experiments.analysis.paired import Difference
    from standoff.experiments.analysis.recorded import RecordedRun
    from standoff.tasks.task import LoadedTask


@dataclass(frozen=True, slots=True)
class Rival:
    """The best of several systems on one task.

    Attributes:
        system: The one with the highest macro-F1; of equal ones the first named.
        value: Its macro-F1.
        difference: Ours minus its, with the paired interval.
    """

    system: str
    value: float
    difference: Estimate


@dataclass(frozen=True, slots=True)
class OnTask:
    """A system and its rivals on one task.

    Attributes:
        task: Its address.
        split: What was scored.
        label_kind: Who made the labels.
        n: Number of items.
        n_groups: Number of groups.
        ours: Macro-F1 of the system.
        best_anchor: The best of the anchors.
        best_rival: The best of anchors and controls.
    """

    task: str
    split: str
    label_kind: str
    n: int
    n_groups: int
    ours: float
    best_anchor: Rival
    best_rival: Rival


@dataclass(frozen=True, slots=True, eq=False)
class Against:
    """A system against its rivals on every task.

    Attributes:
        ours: Its name.
        anchors: The anchors' names.
        controls: The controls' names; where there is none, the best rival is the best anchor.
        on_tasks: One entry per task, human-labelled tasks first.
        mean_to_best_anchor: Mean difference to the best anchor over the human-labelled tasks; None where there is
            none.
        mean_to_best_rival: The same to the best of anchors and controls.
        tasks: The tasks.
        seed: Seed of the resamples.
        resamples: Number of resamples.
    """

    ours: str
    anchors: tuple[str, ...]
    controls: tuple[str, ...]
    on_tasks: tuple[OnTask, ...]
    mean_to_best_anchor: Estimate | None
    mean_to_best_rival: Estimate | None
    tasks: tuple[LoadedTask, ...]
    seed: int
    resamples: int

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as a document; see :func:`standoff.experiments.analysis.results.document`."""
        means = {"best_anchor": self.mean_to_best_anchor, "best_rival": self.mean_to_best_rival}
        return document(
            "against",
            {
                "ours": self.ours,
                "anchors": list(self.anchors),
                "controls": list(self.controls),
                "on_tasks": [asdict(one) for one in self.on_tasks],
                "mean": {to: asdict(mean) if mean else None for to, mean in means.items()},
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
    controls: Sequence[str] = (),
    tasks: Sequence[str] | None = None,
    split_set: str | None = None,
    data_dir: Path | None = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
    report: Callable[[str], None] = lambda _: None,
) -> Against:
    """Return the differences in macro-F1 between a system and its best rivals, task by task and on average.

    The best one of a task is chosen by its value on the items that the difference is then measured on, which
    favours the rivals, the more so the more there are.

    Args:
        ours: Name of the system's baseline.
        anchors: Names of the anchors' baselines.
        runs: Recorded runs; those of other systems, variants and split sets are passed over. Of a run with
            several seeds the first is compared.
        controls: Names of the controls' baselines, which see less than the anchors and may do better for it.
        tasks: Addresses; by default those that any of the systems has a run on, in the default variant.
        split_set: Name of a split set; each task's default for None.
        data_dir: A folder with the tasks' files; the stored sets by default.
        resamples: Number of resamples of the paired bootstrap over groups.
        seed: Of the resamples; for each task another one is made from it.
        report: Called with a line before each task.

    Raises:
        RefusedError: A system has no run on one of the tasks: nothing is averaged over what happens to be there.
        NotFoundError: No run of ``ours``, or no such task.
        InputError: A system has two runs on a task, or is its own rival.
        IntegrityError: A task's data is not what its runs were made on.
    """
    rivals = (*anchors, *controls)
    if not anchors or ours in rivals:
        raise InputError("a system is compared with other systems", got=f"{ours} with {list(rivals)}")
    chosen = _chosen([ours, *rivals], runs, tasks, split_set)
    on_tasks: list[OnTask] = []
    human: list[tuple[Difference, Difference]] = []
    loaded_tasks: list[LoadedTask] = []
    for address, by_system in sorted(chosen.items()):
        report(address)
        loaded = by_system[ours].load(data_dir=data_dir)
        found = _OnItems(loaded, ours, by_system, resamples=resamples, seed=task_seed(seed, loaded.address))
        best = found.best(anchors), found.best(rivals)
        differences = found.difference(best[0]), found.difference(best[1])
        on_tasks.append(
            OnTask(
                task=loaded.address,
                split=loaded.split_label(loaded.scored),
                label_kind=loaded.task.label_kind,
                n=len(found.predicted[ours].gold),
                n_groups=differences[0].n_groups,
                ours=found.values[ours],
                best_anchor=Rival(best[0], found.values[best[0]], differences[0].estimate),
                best_rival=Rival(best[1], found.values[best[1]], differences[1].estimate),
            )
        )
        loaded_tasks.append(loaded)
        if loaded.task.label_kind == "human":
            human.append(differences)
    return Against(
        ours=ours,
        anchors=tuple(anchors),
        controls=tuple(controls),
        on_tasks=tuple(sorted(on_tasks, key=lambda one: (one.label_kind, one.task))),
        mean_to_best_anchor=mean_difference([anchor for anchor, _ in human]).estimate if human else None,
        mean_to_best_rival=mean_difference([rival for _, rival in human]).estimate if human else None,
        tasks=tuple(loaded_tasks),
        seed=seed,
        resamples=resamples,
    )


class _OnItems:
    """What the systems predict for the scored items of a task.

    Args:
        loaded: The task.
        ours: The system that the others are compared with.
        by_system: A run of each.
        resamples: Number of resamples.
        seed: Of the resamples.

    Raises:
        IntegrityError: A run is on other data.
    """

    def __init__(
        self, loaded: LoadedTask, ours: str, by_system: Mapping[str, RecordedRun], *, resamples: int, seed: int
    ) -> None:
        for system, run in by_system.items():
            if run.record.task.digest != loaded.digest:
                raise IntegrityError(f"the run of {system} is on other data than that of {ours}", where=run.folder)
        self.labels, self.ours, self.resamples, self.seed = loaded.task.labels, ours, resamples, seed
        self.predicted = {system: run.on(loaded) for system, run in by_system.items()}
        self.values = {system: macro_f1_of(one, self.labels) for system, one in self.predicted.items()}

    def best(self, systems: Sequence[str]) -> str:
        return max(systems, key=lambda system: self.values[system])

    def difference(self, other: str) -> Difference:
        ours, theirs = self.predicted[self.ours], self.predicted[other]
        return difference(ours, theirs, self.labels, seed=self.seed, resamples=self.resamples)


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
