"""Training a model to keep: fitted, scored, described, and written as a folder that ``load_model`` reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from standoff.baselines.features import shared_analyses
from standoff.baselines.registry import BASELINES, make_baseline
from standoff.baselines.saving import (
    CARD,
    TEXTS,
    Facts,
    Interval,
    ScoringFacts,
    TaskFacts,
    TrainingFacts,
    load_model,
    save_model,
)
from standoff.errors import InputError
from standoff.experiments.environment import code_here, machine_here, packages_here
from standoff.experiments.evaluate import Evaluation, score_split
from standoff.experiments.fitting import ask, fit, shown
from standoff.experiments.model_card import make_card
from standoff.files import new_folder, refuse_existing, sha256_text, write_text
from standoff.tasks.registry import TASK_FILE, load_task
from standoff.tasks.slices import seen_in_training
from standoff.tasks.task import FOLDS

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.base import ClassifierMixin

    from standoff.evaluation.scores import Estimate
    from standoff.experiments.config import RunConfig
    from standoff.tasks.task import LoadedTask

CONTROLS = ("majority", "stratified")
"""The floors that stand beside a model's scores; they take no time."""

Predictions = dict[str, str]


@dataclass(frozen=True, slots=True)
class Training:
    """A model that was trained: where it is, what is known about it, and its scores."""

    folder: Path
    facts: Facts
    evaluation: Evaluation


def train(config: RunConfig, folder: Path, *, data_dir: Path | None = None) -> Training:
    """Fit a baseline, score it, and write model, facts and card to a new folder.

    With splits, the model is fitted on ``train`` and scored on ``test``. With folds, the scores are those of
    cross-validation, and the model that is kept is fitted on all items. A baseline that is random is made once,
    from the configuration's first seed.

    Args:
        config: What is trained on what.
        folder: Where the model goes; it must not exist.
        data_dir: A folder with the task's files; the set stored by ``standoff tasks get`` by default.

    Raises:
        RefusedError: The folder exists, or the baseline has parts that no saved model may have.
        NotFoundError: No such task, baseline or data.
        InputError: A parameter that the baseline does not have or cannot be fitted with.
    """
    refuse_existing(folder)
    make_baseline(config.baseline, config.parameters, seed=config.seed)  # refuses a wrong name before any work
    loaded = load_task(config.task, data_dir=data_dir, split_set=config.split_set)
    code = code_here()  # before any work, which may take long enough for somebody to change the files
    # Threads may add up numbers in another order: with one, their number cannot change a bit.
    with threadpool_limits(1), shared_analyses():
        model, predicted = _fit_and_predict(config, loaded)
        floors = {
            name: score_split(loaded, _fit_and_predict(_control(config, name), loaded)[1]) for name in CONTROLS
        }
        evaluation = score_split(loaded, predicted)
        kept = loaded.split(_kept(loaded))
        facts = Facts(
            model_sha256="0" * 64,  # set when the model is written
            task=_task_facts(config, loaded),
            trained_on=_training_facts(loaded, kept),
            baseline=config.baseline,
            parameters=config.parameters,
            seed=config.seed,
            columns=_columns(config.baseline, loaded.frame),
            scored=ScoringFacts(
                how="cross-validation" if loaded.folds else "held-out",
                evaluation=evaluation.to_json(),
                floors={name: _as_interval(one.scores.primary) for name, one in floors.items()},
                seen_actors=_seen_actors(loaded),
            ),
            code=code.to_json(),
            packages=packages_here(),
            python=machine_here().python,
        )
        with new_folder(folder) as made:
            save_model(model, facts, made)
            facts = _same_when_loaded(model, loaded, made)
            write_text(made / CARD, make_card(facts, loaded.task))
    return Training(folder, facts, evaluation)


def _fit_and_predict(config: RunConfig, loaded: LoadedTask) -> tuple[ClassifierMixin, Predictions]:
    """Return the model to keep, and item id -> label of what is scored."""
    predicted: Predictions = {}
    for train_items, test in loaded.rounds():
        model = _fit(config, train_items)
        predicted.update(zip(test["id"], ask(model, test), strict=True))
    return (_fit(config, loaded.split(FOLDS)) if loaded.folds else model), predicted


def _fit(config: RunConfig, items: pd.DataFrame) -> ClassifierMixin:
    return fit(config.baseline, items, parameters=config.parameters, seed=config.seed)


def _control(config: RunConfig, name: str) -> RunConfig:
    return config.model_copy(update={"baseline": name, "parameters": {}})


def _kept(loaded: LoadedTask) -> str:
    """Return the split that the model to keep is fitted on."""
    return FOLDS if loaded.folds else "train"


def _columns(baseline: str, frame: pd.DataFrame) -> tuple[str, ...]:
    """Return the texts that a baseline looks at and that any item has."""
    sees = BASELINES[baseline].sees
    return tuple(name for name in TEXTS if name in sees and frame[name].str.strip().any())


def _task_facts(config: RunConfig, loaded: LoadedTask) -> TaskFacts:
    task = loaded.task
    return TaskFacts(
        name=task.name,
        address=Path(config.task).name if config.task.endswith(TASK_FILE) else loaded.address,
        version=task.version,
        variant=loaded.variant,
        split_set=loaded.split_set,
        digest=loaded.digest,
        language=task.language,
        label_kind=task.label_kind,
        labels=task.labels,
    )


def _training_facts(loaded: LoadedTask, items: pd.DataFrame) -> TrainingFacts:
    counts = items["label"].value_counts()
    years = [int(year) for year in items["year"].dropna()] if "year" in items else []
    return TrainingFacts(
        split=loaded.split_label(_kept(loaded)),
        items=len(items),
        groups=items["group"].nunique(),
        actors=items["actor"][items["actor"] != ""].nunique(),
        targets=items["target"][items["target"] != ""].nunique(),
        labels={label: int(counts.get(label, 0)) for label in loaded.task.labels},
        years=(min(years), max(years)) if years else None,
        ids_sha256=sha256_text("".join(f"{one}\n" for one in items["id"])),
    )


def _seen_actors(loaded: LoadedTask) -> float | None:
    """Return the share of the scored items whose actor occurs in the training items; None without actors."""
    seen = seen_in_training(loaded, "actor")
    return None if seen.empty else round(float(seen.mean()), 4)


def _as_interval(estimate: Estimate) -> Interval:
    return Interval(value=estimate.value, low=estimate.low, high=estimate.high)


def _same_when_loaded(model: ClassifierMixin, loaded: LoadedTask, folder: Path) -> Facts:
    """Load what was written, and return its facts if it predicts what the model does."""
    items = shown(loaded.split(loaded.scored))
    saved = load_model(folder)
    if differ := int(np.sum(saved.predict(items) != np.array(ask(model, items)))):
        raise InputError(
            f"the stored model predicts {differ} of {len(items)} items otherwise than the fitted one",
            where=f"baseline {saved.facts.baseline}",
            expected="that all it predicts from is stored, and that it looks at no other columns than it says",
            remedy="correct the baseline; nothing was written",
        )
    return saved.facts
