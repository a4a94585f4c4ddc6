"""Runs: train a baseline by its configuration, predict, score, and record what is needed to do it again."""

from __future__ import annotations

import datetime as dt
import os
import platform
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from standoff.baselines.registry import make_baseline
from standoff.errors import InputError
from standoff.evaluation.predictions import write_predictions
from standoff.experiments.evaluate import Evaluation, score_split
from standoff.files import new_folder, pretty_json, refuse_existing, sha256_file, write_text
from standoff.tasks.registry import load_task
from standoff.version import __version__

if TYPE_CHECKING:
    from standoff.experiments.config import RunConfig
    from standoff.tasks.task import LoadedTask

PREDICTIONS = "predictions.jsonl"
RECORD = "run.json"
SCORES = "scores.json"
PACKAGES = ("numpy", "pandas", "scikit-learn", "scipy")
"""The packages that predictions can depend on."""


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run: where it is stored, and its scores on the test split."""

    name: str
    folder: Path
    evaluation: Evaluation


def run(config: RunConfig, folder: Path, *, data_dir: Path | None = None) -> Run:
    """Train, predict what is scored, and store predictions, record and scores in a new folder.

    With splits, ``train`` is trained on and ``test`` predicted. With folds, each is predicted by a model that was
    trained on the others, from the same parameters and seed.

    Args:
        config: What is trained on what.
        folder: Where the run goes; it must not exist.
        data_dir: A folder with the task's files; the set stored by ``standoff tasks get`` by default.

    Raises:
        RefusedError: The folder exists.
        NotFoundError: No such task, baseline or data.
        InputError: A parameter that the baseline does not have.
    """
    refuse_existing(folder)
    loaded = load_task(config.task, data_dir=data_dir, split_set=config.split_set)
    make_baseline(config.baseline, config.parameters, seed=config.seed)  # refuses a wrong name before any work
    started = dt.datetime.now(dt.UTC)
    _forget_peak_memory()
    clock = time.perf_counter()
    predicted, n_train = _predict(config, loaded)
    seconds = time.perf_counter() - clock
    peak = _peak_memory_mib()
    evaluation = score_split(loaded, predicted)
    with new_folder(folder) as made:
        write_predictions(made / PREDICTIONS, list(predicted), list(predicted.values()))
        write_text(made / SCORES, pretty_json(evaluation.to_json()))
        record = {
            "name": config.name,
            "config": config.to_json(),
            "task": {
                "name": loaded.task.name,
                "version": loaded.task.version,
                "variant": loaded.variant,
                "digest": loaded.digest,
                "label_kind": loaded.task.label_kind,
                "test": loaded.split_label(loaded.scored),
                "n_train": n_train,
                "n_test": len(predicted),
            },
            "predictions_sha256": sha256_file(made / PREDICTIONS),
            "scores_sha256": sha256_file(made / SCORES),
            "code": {"standoff": __version__, **_git_state()},
            "packages": {name: version(name) for name in PACKAGES},
            "platform": {
                "python": platform.python_version(),
                "system": platform.system(),
                "machine": platform.machine(),
                "processors": os.cpu_count(),
            },
            "seeds": {"random_state": config.seed, "bootstrap": evaluation.scores.seed},
            "started_at": started.replace(microsecond=0).isoformat().replace("+00:00", "Z"),
            "wall_time_s": round(seconds, 3),
            "peak_memory_mib": peak,
        }
        write_text(made / RECORD, pretty_json(record))
    return Run(config.name, folder, evaluation)


def _predict(config: RunConfig, loaded: LoadedTask) -> tuple[dict[str, str], list[int]]:
    """Return item id -> label of what is scored, and the number of training items of each round."""
    predicted: dict[str, str] = {}
    n_train = []
    for train, test in loaded.rounds():
        model = make_baseline(config.baseline, config.parameters, seed=config.seed)
        try:
            model.fit(train, train["label"])
        except (TypeError, ValueError) as error:
            raise InputError(
                f"baseline {config.baseline} cannot be fitted on {config.task}: {error}",
                got=config.parameters,
                remedy="check the parameters; nothing was written",
            ) from error
        # The gold labels of the test items are not shown to the model.
        labels = model.predict(test.drop(columns="label"))
        predicted.update(zip(test["id"], map(str, labels), strict=True))
        n_train.append(len(train))
    return predicted, n_train


def _git_state() -> dict[str, Any]:
    """Return the commit of the code and whether files differ from it; nulls outside a checkout."""
    folder = Path(__file__).parents[1]
    try:
        # An environment may lie inside somebody else's checkout: only code that git tracks has its commit.
        _git(folder, "ls-files", "--error-unmatch", "__init__.py")
        commit = _git(folder, "rev-parse", "HEAD")
        return {"commit": commit, "dirty": bool(_git(folder, "status", "--porcelain", "--", str(folder)))}
    except (OSError, subprocess.CalledProcessError):
        return {"commit": None, "dirty": None}


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - fixed words, no shell
    return done.stdout.strip()


def _forget_peak_memory() -> None:
    """Let the peak start anew, so that a run does not inherit the peak of the one before (Linux only)."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak_memory_mib() -> float | None:
    """Return the peak resident memory of the process since :func:`_forget_peak_memory`; None where unknown."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return round(int(line.split()[1]) / 1024, 1)
    return None
