"""Every baseline predicts the same to the byte: run after run, whatever the threads and the hashing of strings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from standoff.baselines.registry import BASELINES

MAKE = """
import json, sys
from pathlib import Path
from standoff.baselines.registry import BASELINES
from standoff.experiments.batch import Failed, Job, make_all
from standoff.experiments.config import RunConfig
from standoff.experiments.stored import read_record

task, out = sys.argv[1], Path(sys.argv[2])
group = [Job(name, RunConfig(task=task, baseline=name), out / name) for name in BASELINES]
failed = [one for one in make_all([group], processes=1, tell=lambda _: None) if isinstance(one, Failed)]
sys.exit(f"{failed}") if failed else None
print(json.dumps({job.name: read_record(job.folder).files for job in group}))
"""

SURROUNDINGS = {"first": ("1", "0"), "again": ("1", "0"), "two threads": ("2", "1"), "another hash": ("1", "2")}
"""Number of threads of the linear-algebra libraries, and seed of the hashes of strings."""

Files = dict[str, dict[str, dict[str, str]]]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, task_writer: Callable[..., str]) -> Files:
    """The sha256 of each baseline's files, made in a process of its own for each of the surroundings."""
    folder = tmp_path_factory.mktemp("reproducible")
    task = task_writer(folder, "made-up", articles=40)
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
def test_the_made_up_task_tells_models_apart(files: Files) -> None:
    """Were it so easy that all predict the same, sameness would show nothing."""
    assert len({made["predictions.jsonl"] for made in files["first"].values()}) > 2
