"""Runs: train a baseline by its configuration, predict, score, and record what is needed to do it again."""

from __future__ import annotations

import datetime as dt
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from threadpoolctl import threadpool_limits

from standoff.baselines.registry import is_random, make_baseline
from standoff.evaluation.predictions import write_predictions
from standoff.experiments import environment
from standoff.experiments.evaluate import Evaluation, score_split
from standoff.experiments.fitting import ask, fit
from standoff.experiments.record import (
    RECORD,
    SCORES,
    RunRecord,
    Seeds,
    TaskData,
    WallTime,
    predictions_name,
)
from standoff.experiments.spread import Spread
from standoff.files import new_folder, pretty_json, refuse_existing, sha256_file, write_text
from standoff.tasks.registry import load_task

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import Any

    from standoff.experiments.config import RunConfig
    from standoff.tasks.task import LoadedTask

Predictions = dict[str, str]


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run.

    Args:
        name: The configuration's name.
        folder: Where it is stored.
        evaluation: The scores of the first seed.
        spread: The primary metric over the seeds; None where there is one seed.
        seconds: How long fitting and predicting took.
    """

    name: str
    folder: Path
    evaluation: Evaluation
    spread: Spread | None
    seconds: float


def run(config: RunConfig, folder: Path, *, data_dir: Path | None = None) -> Run:
    """Train, predict what is scored, and store predictions, record and scores in a new folder.

    With splits, ``train`` is trained on and ``test`` predicted. With folds, each is predicted by a model that was
    trained on the others, from the same parameters and seed. A baseline that is random is made once for each seed.

    Args:
        config: What is trained on what.
        folder: Where the run goes; it must not exist.
        data_dir: A folder with the task's files; the set stored by ``standoff tasks get`` by default.

    Raises:
        RefusedError: The folder exists.
        NotFoundError: No such task, baseline or data.
        InputError: A parameter that the baseline does not have.
    """
    return run_on(load_task(config.task, data_dir=data_dir, split_set=config.split_set), config, folder)


def run_on(loaded: LoadedTask, config: RunConfig, folder: Path, *, features_shared: bool = False) -> Run:
    """Make a run on a task that is loaded already; see :func:`run`.

    Args:
        loaded: The task and split set of ``config``.
        config: What is trained on what.
        folder: Where the run goes; it must not exist.
        features_shared: Whether models made before have left their analyses of the texts; it is recorded.

    Raises:
        RefusedError: The folder exists.
        InputError: A parameter that the baseline does not have or cannot be fitted with.
    """
    refuse_existing(folder)
    code = environment.code_here()  # before any work, which may take long enough for somebody to change the files
    make_baseline(config.baseline, config.parameters, seed=config.seed)  # refuses a wrong name before any work
    started, watch = dt.datetime.now(dt.UTC).replace(microsecond=0), _Watch()
    environment.forget_peak_memory()
    # Threads may add up numbers in another order: with one, their number cannot change a bit.
    with threadpool_limits(1):
        by_seed = {seed: _predict(config, loaded, seed, watch) for seed in config.all_seeds}
        thread_pools = environment.thread_pools_here()
    peak = environment.peak_memory_mib()
    predicted = by_seed[config.seed]
    evaluation = score_split(loaded, predicted)
    spread = _spread(loaded, evaluation, by_seed) if len(by_seed) > 1 else None
    with new_folder(folder) as made:
        names = [predictions_name(seed, config.seed) for seed in by_seed]
        for name, labels in zip(names, by_seed.values(), strict=True):
            write_predictions(made / name, list(labels), list(labels.values()))
        write_text(made / SCORES, pretty_json(_scores(evaluation, spread)))
        record = RunRecord(
            name=config.name,
            config=config,
            task=_task_data(loaded),
            files={name: sha256_file(made / name) for name in (*names, SCORES)},
            code=code,
            packages=environment.packages_here(),
            thread_pools=thread_pools,
            platform=environment.machine_here(),
            seeds=Seeds(
                random_state=tuple(by_seed) if is_random(config.baseline) else (), bootstrap=evaluation.scores.seed
            ),
            started_at=started,
            wall_time_s=WallTime(fit=round(watch.fit, 3), predict=round(watch.predict, 3)),
            peak_memory_mib=peak,
            features_shared=features_shared,
        )
        write_text(made / RECORD, pretty_json(record.to_json()))
    return Run(config.name, folder, evaluation, spread, record.seconds)


class _Watch:
    """Adds up seconds of fitting and of predicting."""

    def __init__(self) -> None:
        self.fit = self.predict = 0.0

    @contextmanager
    def timing(self, what: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        setattr(self, what, getattr(self, what) + time.perf_counter() - start)


def _predict(config: RunConfig, loaded: LoadedTask, seed: int, watch: _Watch) -> Predictions:
    """Return item id -> label of what is scored."""
    predicted: Predictions = {}
    for train, test in loaded.rounds():
        with watch.timing("fit"):
            model = fit(config.baseline, train, parameters=config.parameters, seed=seed)
        with watch.timing("predict"):
            predicted.update(zip(test["id"], ask(model, test), strict=True))
    return predicted


def _spread(loaded: LoadedTask, first: Evaluation, by_seed: Mapping[int, Predictions]) -> Spread:
    """Return the primary metric of each seed; the first one's is known already."""
    seeds = iter(by_seed)
    values = {next(seeds): first.scores.primary.value}
    for seed in seeds:
        # No interval is wanted, so one resample is enough.
        values[seed] = score_split(loaded, by_seed[seed], resamples=1).scores.primary.value
    return Spread(values)


def _scores(evaluation: Evaluation, spread: Spread | None) -> dict[str, Any]:
    return evaluation.to_json() | ({"seeds": spread.to_json()} if spread else {})


def _task_data(loaded: LoadedTask) -> TaskData:
    return TaskData(
        name=loaded.task.name,
        version=loaded.task.version,
        variant=loaded.variant,
        digest=loaded.digest,
        label_kind=loaded.task.label_kind,
        test=loaded.split_label(loaded.scored),
        n_train=tuple(len(train) for train, _ in loaded.rounds()),
        n_test=len(loaded.split(loaded.scored)),
    )
