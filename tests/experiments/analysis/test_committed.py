"""The analyses that are committed: readable, drawable, of the data and the runs as they are now.

They say which code made them, and that is checked. They need not be made again when code changes: like a run, an
analysis is a record of what was computed then.
"""

from __future__ import annotations

import io
import json
import re
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from standoff.experiments.analysis.results import read_document, rounded
from standoff.experiments.analysis.tables import tables
from standoff.experiments.environment import source_digest
from standoff.files import pretty_json
from standoff.site.analysis_plots import plot_analysis
from standoff.tasks.registry import load_task

ROOT = Path(__file__).parents[3]
RUNS = ROOT / "experiments" / "runs"
FOLDER = ROOT / "experiments" / "analysis"
COMMITTED = sorted(FOLDER.glob("*.json"))


def every_text(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for key, one in value.items() for text in (str(key), *every_text(one))]
    if isinstance(value, list):
        return [text for one in value for text in every_text(one)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_it_makes_tables_and_a_plot(path: Path) -> None:
    document = read_document(path)
    assert all(table.rows for table in tables(document))
    assert plot_analysis(document).axes


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_it_is_stored_as_it_is_written(path: Path) -> None:
    document = read_document(path)
    assert path.read_text(encoding="utf-8") == pretty_json(document) == pretty_json(rounded(document))


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_it_holds_no_time_and_no_path(path: Path) -> None:
    for text in every_text(read_document(path)):
        assert not re.search(r"\d{4}-\d{2}-\d{2}T", text)
        assert not re.match(r"/\w+/|[A-Z]:\\", text)


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_its_data_is_that_of_the_tasks(path: Path, shared_data: Path) -> None:
    for address, facts in read_document(path)["provenance"]["tasks"].items():
        folder = None if address.startswith("intervention") else shared_data
        loaded = load_task(address, data_dir=folder, split_set=facts["split_set"])
        assert (facts["version"], facts["digest"]) == (loaded.task.version, loaded.digest)
        assert facts["label_kind"] == loaded.task.label_kind


def scores_of(run: str) -> Any:
    return json.loads((RUNS / run / "scores.json").read_text(encoding="utf-8"))["scores"]


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_it_is_of_the_committed_runs(path: Path) -> None:
    document = read_document(path)
    if document["analysis"] == "errors":
        scores = scores_of(document["run"])
        assert (document["n"], document["macro_f1"]["value"]) == (scores["n"], round(scores["value"], 6))
    elif document["analysis"] == "against":
        for one in document["on_tasks"]:
            name = one["task"].partition(":")[0]
            for rivals, which in ((document["anchors"], "best_anchor"), (document["controls"], "best_rival")):
                systems = (document["ours"], *document["anchors"], *rivals)
                reached = {system: scores_of(f"{system}-{name}") for system in systems}
                assert {scores["n"] for scores in reached.values()} == {one["n"]}
                values = {system: round(scores["value"], 6) for system, scores in reached.items()}
                assert one["ours"] == values.pop(document["ours"])
                assert one[which]["value"] == max(values.values()) == values[one[which]["system"]]


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_its_commit_holds_the_code_that_made_it(path: Path, tmp_path: Path) -> None:
    made = read_document(path)["provenance"]
    assert re.fullmatch("[0-9a-f]{40}", made["commit"] or ""), "made by code that was not committed: make it again"
    command = ["git", "-C", str(ROOT), "archive", made["commit"], "src/standoff"]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"this clone does not go back to commit {made['commit'][:7]}")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as files:
        files.extractall(tmp_path, filter="data")
    assert source_digest(tmp_path / "src" / "standoff") == made["source_sha256"]
