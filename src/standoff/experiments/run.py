"""Runs: train a baseline by its configuration, predict, score, and record what is needed to do it again."""

from __future__ import annotations

import datetime as dt
import os
import platform
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from standoff.baselines.registry import make_baseline
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
    """Train on ``train``, predict ``test``, and store predictions, record and scores in a new folder.

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
    started = dt.datetime.now(dt.UTC)
    clock = time.perf_counter()
    ids, labels, n_train = _predict(config, loaded)
    seconds = time.perf_counter() - clock
    evaluation = score_split(loaded, "test", dict(zip(ids, labels, strict=True)))
    with new_folder(folder) as made:
        write_predictions(made / PREDICTIONS, ids, labels)
        record = {
            "name": config.name,
            "config": config.to_json(),
            "task": {
                "name": loaded.task.name,
                "version": loaded.task.version,
                "variant": loaded.variant,
                "digest": loaded.digest,
                "label_kind": loaded.task.label_kind,
                "train": loaded.split_label("train"),
                "test": loaded.split_label("test"),
                "n_train": n_train,
                "n_test": len(ids),
            },
            "predictions_sha256": sha256_file(made / PREDICTIONS),
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
            "peak_memory_mib": _peak_memory_mib(),
        }
        write_text(made / RECORD, pretty_json(record))
        write_text(made / SCORES, pretty_json(evaluation.to_json()))
    return Run(config.name, folder, evaluation)


def _predict(config: RunConfig, loaded: LoadedTask) -> tuple[list[str], list[str], int]:
    train, test = loaded.split("train"), loaded.split("test")
    model = make_baseline(config.baseline, config.parameters, seed=config.seed)
    model.fit(train, train["label"])
    # The gold labels of the test items are not shown to the model.
    predicted = model.predict(test.drop(columns="label"))
    return list(test["id"]), [str(label) for label in predicted], len(train)


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


def _peak_memory_mib() -> float | None:
    try:
        import resource  # noqa: PLC0415 - Windows has none
    except ImportError:
        return None
    # Linux counts in KiB, macOS in bytes.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)
