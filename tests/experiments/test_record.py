"""What a record holds, how it reads back, and how it tells code, packages and machine apart."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import standoff
from standoff.experiments import environment
from standoff.experiments.config import RunConfig
from standoff.experiments.record import RunRecord, predictions_name
from standoff.experiments.run import run
from standoff.experiments.stored import read_record

pytestmark = pytest.mark.usefixtures("toy")

SOURCE = Path(standoff.__file__).parent


@pytest.fixture
def record(tmp_path: Path) -> RunRecord:
    run(RunConfig(task="toy", baseline="majority"), tmp_path / "run")
    return read_record(tmp_path / "run")


def test_a_record_reads_back_as_it_was_written(tmp_path: Path, record: RunRecord) -> None:
    assert record.to_json() == json.loads((tmp_path / "run" / "run.json").read_text())


def test_the_first_seed_has_the_plain_name() -> None:
    assert predictions_name(7, 7) == "predictions.jsonl"
    assert predictions_name(8, 7) == "predictions-8.jsonl"


def test_the_same_surroundings_differ_in_nothing(record: RunRecord) -> None:
    assert environment.software_differences(record) == []
    assert environment.machine_differences(record) == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"code": {"source_sha256": "0" * 64}}, "source 00000000), is standoff 0"),
        ({"packages": {"numpy": "0.1"}}, "numpy was 0.1, is "),
        ({"packages": {"scipy": "0.1"}}, "scipy was 0.1, is "),
    ],
)
def test_other_software_is_named(record: RunRecord, changes: dict[str, dict[str, Any]], says: str) -> None:
    data = record.to_json()
    for part, change in changes.items():
        data[part] |= change
    (difference,) = environment.software_differences(RunRecord.parse(data, where="here"))
    assert says in difference


def test_another_commit_with_the_same_source_is_the_same_code(record: RunRecord) -> None:
    data = record.to_json()
    data["code"] |= {"commit": "f" * 40, "dirty": not data["code"]["dirty"]}
    assert environment.software_differences(RunRecord.parse(data, where="here")) == []


def test_another_processor_is_named_and_how_many_there_are_is_not(record: RunRecord) -> None:
    data = record.to_json()
    data["platform"] |= {"processors": 999, "processor": "abacus", "python": "2.7"}
    assert [
        line.split(" was ")[0] for line in environment.machine_differences(RunRecord.parse(data, where="x"))
    ] == [
        "python",
        "processor",
    ]


def test_the_libraries_with_threads_are_named_without_paths(tmp_path: Path) -> None:
    run(RunConfig(task="toy", baseline="tfidf_svm"), tmp_path / "svm")
    pools = read_record(tmp_path / "svm").thread_pools
    assert {"openmp"} < {pool["user_api"] for pool in pools}
    assert all(pool["num_threads"] == 1 for pool in pools)
    assert not any("site-packages" in str(pool) for pool in pools)


def copied(folder: Path) -> Path:
    inside = folder / "env" / "standoff"
    for path in SOURCE.rglob("*.py"):
        target = inside / path.relative_to(SOURCE)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    return inside


def code_of(package: Path) -> dict[str, Any]:
    code = "from standoff.experiments.environment import code_here; print(code_here().model_dump_json())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=package.parent,
        env={"PYTHONPATH": str(package.parent), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_code_outside_a_checkout_has_no_commit_but_a_digest(tmp_path: Path) -> None:
    """An environment may lie inside somebody else's checkout: its commit says nothing about this code."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    package = copied(tmp_path)
    first = code_of(package)
    assert (first["commit"], first["dirty"]) == (None, None)
    assert first["source_sha256"] == code_of(package)["source_sha256"]
    with (package / "cli" / "app.py").open("a", encoding="utf-8") as file:
        file.write("# a change\n")
    assert code_of(package)["source_sha256"] != first["source_sha256"]


def test_a_run_does_not_inherit_the_peak_memory_of_the_one_before() -> None:
    large = bytearray(200 << 20)
    before = environment.peak_memory_mib()
    del large
    environment.forget_peak_memory()
    after = environment.peak_memory_mib()
    if before is None or after is None:
        assert sys.platform != "linux"
    else:
        assert after < before - 150
