"""Ablation: what each idea in a baseline is worth, by taking it out, on validation folds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from importlib import import_module
from itertools import count
from typing import TYPE_CHECKING, Any

from standoff.baselines.features import shared_analyses
from standoff.baselines.registry import BASELINES
from standoff.errors import RefusedError, unknown_name
from standoff.evaluation.scores import SEED
from standoff.evaluation.significance import holm
from standoff.experiments.analysis.fitting import fit_and_ask, rounds_until
from standoff.experiments.analysis.paired import (
    RESAMPLES,
    difference,
    mean_difference,
    reached,
    task_seed,
)
from standoff.experiments.analysis.results import document

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from standoff.evaluation.scores import Estimate
    from standoff.experiments.analysis.paired import Difference
    from standoff.tasks.task import LoadedTask


@dataclass(frozen=True, slots=True)
class Without:
    """A baseline without one idea.

    Attributes:
        name: Of the idea taken out.
        parameters: Arguments of the constructor that take it out.
        tasks: Task -> macro-F1 without the idea minus macro-F1 of the whole: below zero, the idea pays.
        mean: Over the human-labelled tasks, None where there is none.
        p: The p value of that mean, adjusted for the number of ideas; None where there is no mean.
    """

    name: str
    parameters: dict[str, Any]
    tasks: dict[str, Estimate]
    mean: Estimate | None
    p: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Ablation:
    """A baseline, and the same baseline without each of its ideas.

    Attributes:
        baseline: Its name.
        whole: Task -> macro-F1 of the whole.
        n_held_out: Task -> number of predictions it is over.
        without: One entry per idea, in the order given.
        tasks: The tasks.
        seed: Of the baseline and of the resamples.
        resamples: Number of resamples.
    """

    baseline: str
    whole: dict[str, Estimate]
    n_held_out: dict[str, int]
    without: tuple[Without, ...]
    tasks: tuple[LoadedTask, ...]
    seed: int
    resamples: int

    def to_json(self) -> dict[str, Any]:
        """Return the ablation as a document; see :func:`standoff.experiments.analysis.results.document`."""
        return document(
            "ablation",
            {
                "baseline": self.baseline,
                "whole": {task: asdict(estimate) for task, estimate in self.whole.items()},
                "n_held_out": self.n_held_out,
                "without": [asdict(one) for one in self.without],
                "resamples": self.resamples,
            },
            tasks=self.tasks,
            seeds={"random_state": self.seed, "bootstrap": self.seed},
        )


def ideas_of(baseline: str) -> dict[str, dict[str, Any]]:
    """Return what a baseline says can be taken out of it: ``ABLATIONS`` in its module.

    Raises:
        NotFoundError: No such baseline.
        RefusedError: It names no ideas.
    """
    if baseline not in BASELINES:
        raise unknown_name("baseline", baseline, BASELINES)
    module = BASELINES[baseline].path.partition(":")[0]
    found: dict[str, dict[str, Any]] = getattr(import_module(module), "ABLATIONS", {})
    if not found:
        raise RefusedError(
            f"baseline {baseline} names no ideas to take out",
            where=module,
            expected="ABLATIONS: name of an idea -> arguments of the constructor that take it out",
        )
    return found


def ablate(
    baseline: str,
    ideas: Mapping[str, Mapping[str, Any]],
    tasks: Sequence[LoadedTask],
    *,
    enough: int | None = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
    report: Callable[[str], None] = lambda _: None,
) -> Ablation:
    """Return what macro-F1 changes by when one idea at a time is taken out of a baseline.

    Nothing of the test split is looked at: see :func:`standoff.experiments.validation.validation_rounds`. In a
    task with folds an item is held out in several rounds, and counts once for each, always with its group.

    Args:
        baseline: Its name.
        ideas: Name of an idea -> arguments of the constructor that take it out.
        tasks: The tasks.
        enough: Validation rounds are taken until this many items are held out; None takes all.
        resamples: Number of resamples of the paired bootstrap over groups.
        seed: Of the baseline, and of the resamples, for each task another one made from it.
        report: Called with a line before each model.

    Raises:
        NotFoundError: No such baseline.
        InputError: The baseline has no such parameter.
    """
    whole: dict[str, Estimate] = {}
    n_held_out: dict[str, int] = {}
    found: dict[str, dict[str, Difference]] = {name: {} for name in ideas}
    models, total = count(1), len(tasks) * (1 + len(ideas))
    for loaded in tasks:
        task, labels, drawn = loaded.address, loaded.task.labels, task_seed(seed, loaded.address)
        rounds = rounds_until(loaded, enough)
        with shared_analyses():
            report(f"{next(models)}/{total} {baseline} on {task}")
            full = fit_and_ask(baseline, rounds, seed=seed)
            whole[task] = reached(full, labels, seed=drawn, resamples=resamples)
            n_held_out[task] = len(full.gold)
            for name, parameters in ideas.items():
                report(f"{next(models)}/{total} {baseline} without {name} on {task}")
                less = fit_and_ask(baseline, rounds, parameters=parameters, seed=seed)
                found[name][task] = difference(less, full, labels, seed=drawn, resamples=resamples)
    human = [loaded.address for loaded in tasks if loaded.task.label_kind == "human"]
    means = {name: mean_difference([by_task[task] for task in human]) for name, by_task in found.items() if human}
    adjusted = dict(zip(means, holm([one.p for one in means.values()]), strict=True))
    without = tuple(
        Without(
            name,
            dict(ideas[name]),
            {task: one.estimate for task, one in by_task.items()},
            means[name].estimate if human else None,
            adjusted.get(name),
        )
        for name, by_task in found.items()
    )
    return Ablation(baseline, whole, n_held_out, without, tuple(tasks), seed, resamples)
