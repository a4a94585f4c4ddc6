"""Every baseline predicts the same to the byte: run after run, whatever the threads and the hashing of strings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from standoff.baselines.registry import BASELINES

MAKE = """
import hashlib, json, sys
from pathlib import Path
from standoff.baselines.registry import BASELINES
from standoff.experiments.batch import make_all
from standoff.experiments.config import RunConfig
from standoff.experiments.fitting import fit, shown
from standoff.experiments.jobs import Failed, Job
from standoff.experiments.stored import read_record
from standoff.tasks.registry import load_task

task, out = sys.argv[1], Path(sys.argv[2])
group = [Job(name, RunConfig(task=task, baseline=name), out / name) for name in BASELINES]
failed = [one for one in make_all([group], processes=1) if isinstance(one, Failed)]
sys.exit(f"{failed}") if failed else None
made = {job.name: read_record(job.folder).files for job in group}
train, test = next(load_task(task).rounds())
for name, files in made.items():
    model = fit(name, train, seed=12345)
    if hasattr(model, "decision_function"):
        files["decision values"] = hashlib.sha256(model.decision_function(shown(test)).tobytes()).hexdigest()
print(json.dumps(made))
"""

SURROUNDINGS = {"first": ("1", "0"), "two threads": ("2", "1"), "another hash": ("1", "2")}
"""Number of threads of the linear-algebra libraries, and seed of the hashes of strings."""

TWO_FOLDS = "\n[splits]\nfolds = { count = 2 }\n"
"""Each baseline is fitted twice where it would be five times: of rounds of the same there are enough."""

Files = dict[str, dict[str, dict[str, str]]]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, task_writer: Callable[..., str]) -> Files:
    """The sha256 of each baseline's files and decision values, made in a process for each of the surroundings."""
    folder = tmp_path_factory.mktemp("reproducible")
    task = task_writer(folder, "made-up", articles=30)
    with Path(task).open("a", encoding="utf-8") as file:
        file.write(TWO_FOLDS)
    made = {}
    for name, (threads, hashing) in SURROUNDINGS.items():
        done = subprocess.run(
            [sys.executable, "-c", MAKE, task, str(folder / name)],
            env={
                **os.environ,
                "OMP_NUM_THREADS": threads,
                "OPENBLAS_NUM_THREADS": threads,
                "PYTHONHASHSEED": hashing,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        made[name] = json.loads(done.stdout)
    return made


@pytest.mark.xdist_group("reproducible")
@pytest.mark.parametrize("baseline", BASELINES)
@pytest.mark.parametrize("surroundings", [name for name in SURROUNDINGS if name != "first"])
def test_the_files_of_a_run_are_the_same(files: Files, baseline: str, surroundings: str) -> None:
    assert files["first"][baseline].keys() >= {"predictions.jsonl", "scores.json"}
    assert files[surroundings][baseline] == files["first"][baseline]


@pytest.mark.xdist_group("reproducible")
def test_what_is_linear_is_compared_by_its_decision_values_too(files: Files) -> None:
    """A label stays the same while the last bits of what it is chosen by change."""
    assert {name for name, made in files["first"].items() if "decision values" not in made} == {
        "majority",
        "stratified",
    }


@pytest.mark.xdist_group("reproducible")
def test_the_made_up_task_tells_models_apart(files: Files) -> None:
    """Were it so easy that all predict the same, sameness would show nothing."""
    assert len({made["predictions.jsonl"] for made in files["first"].values()}) > 2
