"""The model that an analysis is of: a saved one, or a baseline that is fitted for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from standoff.baselines.registry import BASELINES
from standoff.baselines.saving import TEXTS, load_model
from standoff.errors import InputError, NotFoundError
from standoff.evaluation.scores import SEED
from standoff.tasks.registry import load_task
from standoff.tasks.task import FOLDS

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.base import ClassifierMixin

    from standoff.baselines.saving import TaskFacts
    from standoff.tasks.task import LoadedTask


@dataclass(frozen=True, slots=True, eq=False)
class System:
    """A fitted model and where it comes from.

    Attributes:
        name: Of the baseline.
        model: The fitted estimator.
        columns: The texts that it looks at.
        task: What it was trained on.
        trained_on: Name of the split: ``train``, or ``folds`` for all items.
        seed: Its seed.
        without: The group that was left out of the training items; None where none was.
    """

    name: str
    model: ClassifierMixin
    columns: tuple[str, ...]
    task: LoadedTask | TaskFacts
    trained_on: str
    seed: int
    without: str | None

    @property
    def address(self) -> str:
        """What loads its task again."""
        return self.task.address

    def has_seen(self, items: pd.DataFrame, digest: str) -> bool:
        """Return whether items of the task with that digest are among those that it was trained on.

        Args:
            items: Needs ``group`` and ``split``.
            digest: Of the task's frame.
        """
        if digest != self.task.digest:
            return False
        splits = set(items["split"])
        inside = self.trained_on == FOLDS or self.trained_on in splits
        return inside and set(items["group"]) != {self.without}


def resolve(
    name: str,
    *,
    task: str | None,
    data_dir: Path | None = None,
    seed: int = SEED,
    without: str | None = None,
) -> System:
    """Return the saved model in a folder, or the baseline of that name, fitted on a task.

    Args:
        name: A folder that ``standoff train`` wrote, or the name of a baseline.
        task: What a baseline is fitted on; a saved model has been.
        data_dir: A folder with the task's files; the stored set by default.
        seed: Of the baseline.
        without: A group to leave out of the training items, so that the model has not seen it.

    Raises:
        NotFoundError: Neither a baseline nor a folder, or no such task.
        InputError: A baseline without a task.
        StandoffError: As :func:`standoff.baselines.saving.load_model`.
    """
    if name in BASELINES:
        if task is None:
            raise InputError("names a baseline and no task", got=name, expected="--task NAME, to fit it on")
        loaded = load_task(task, data_dir=data_dir)
        # They bring scikit-learn, which takes seconds: what cannot be done is said before.
        from standoff.experiments.analysis.fitting import training_items  # noqa: PLC0415
        from standoff.experiments.fitting import fit  # noqa: PLC0415

        items = training_items(loaded)
        items = items[items["group"] != without].reset_index(drop=True)
        model = fit(name, items, seed=seed)
        return System(name, model, looks_at(name), loaded, FOLDS if loaded.folds else "train", seed, without)
    if not Path(name).exists():
        raise NotFoundError(
            f"no model or baseline named {name!r}",
            expected=f"a folder that `standoff train` wrote, or one of {', '.join(BASELINES)}",
        )
    saved = load_model(name)
    facts = saved.facts
    return System(
        facts.baseline,
        saved.estimator,
        facts.columns,
        facts.task,
        facts.trained_on.split.removeprefix(f"{facts.task.split_set}-"),
        facts.seed,
        None,
    )


def looks_at(baseline: str) -> tuple[str, ...]:
    """Return the texts that a baseline looks at, by the registry."""
    return tuple(name for name in TEXTS if name in BASELINES[baseline].sees)
