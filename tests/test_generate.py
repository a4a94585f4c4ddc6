"""What docs/generate.py writes: blocks of the documents, pictures, configurations."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from standoff.baselines.registry import BASELINES
from standoff.experiments.analysis.ablation import ablate
from standoff.experiments.analysis.against import compare
from standoff.experiments.analysis.curve import learning_curves
from standoff.experiments.analysis.recorded import recorded_runs
from standoff.experiments.analysis.results import read_document, write_document
from standoff.experiments.analysis.slices import analyse_errors
from standoff.experiments.analysis.tables import tables
from standoff.experiments.analysis.transfer import transfer
from standoff.experiments.board import read_runs
from standoff.experiments.config import read_config
from standoff.tasks.registry import load_task, names

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "docs" / "generate.py"
RUNS = ROOT / "experiments" / "runs"
KINDS = ("against", "ablation", "curve", "transfer", "errors")


@pytest.fixture
def generate() -> Any:
    """The script as a module, fresh for each test, which may set its paths."""
    spec = importlib.util.spec_from_file_location("generate", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an analysis of each kind, made by the library of quick baselines on the corpus."""
    folder = tmp_path_factory.mktemp("analysis")
    loaded = load_task("intervention")
    other = replace(loaded, task=replace(loaded.task, name="other"))
    runs = recorded_runs([RUNS / f"{name}-intervention" for name in ("tfidf_svm", "majority")])
    documents = {
        "against": compare("tfidf_svm", ["majority"], runs, resamples=50).to_json(),
        "ablation": ablate("majority", {"nothing": {}}, [loaded], resamples=50).to_json(),
        "curve": learning_curves(["majority"], [loaded], fractions=(0.5, 1.0)).to_json(),
        "transfer": transfer("majority", [loaded, other], resamples=50).to_json(),
        "errors-intervention": analyse_errors(runs[0], resamples=50).to_json(),
    }
    for name, document in documents.items():
        write_document(folder / f"{name}.json", document)
    return folder


def test_what_is_committed_is_current() -> None:
    command = [sys.executable, str(SCRIPT), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_check_fails_on_a_stale_document(
    generate: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    copy = tmp_path / "tasks.md"
    fresh = (ROOT / "docs" / "tasks.md").read_text(encoding="utf-8")
    stale = fresh.replace("| `seesaw` | en-US |", "| `seesaw` | da |")
    assert stale != fresh
    copy.write_text(stale, encoding="utf-8")
    generate.DOCUMENTS = (copy,)
    monkeypatch.setattr(sys, "argv", ["generate.py", "--check"])
    with pytest.raises(SystemExit, match=r"tasks\.md is stale: run"):
        generate.main()
    monkeypatch.setattr(sys, "argv", ["generate.py"])
    generate.main()
    assert copy.read_text(encoding="utf-8") == fresh


def test_blocks_are_found_and_replaced(generate: Any) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert generate.generated(text) == text
    stale = text.replace("<!-- generated: stats -->\n", "<!-- generated: stats -->\nstale\n")
    assert generate.generated(stale) == text != stale
    with pytest.raises(SystemExit, match="no block"):
        generate.generated("no markers")


@pytest.mark.parametrize("kind", KINDS)
def test_an_analysis_is_shown_with_picture_tables_and_origin(generate: Any, stored: Path, kind: str) -> None:
    generate.ANALYSES = stored
    (path,) = stored.glob(f"{kind}*.json")
    document = read_document(path)
    shown = generate.BLOCKS[kind]()
    assert f"(images/analysis-{path.stem}.svg)" in shown
    assert f"(../experiments/analysis/{path.name}), made by standoff " in shown
    assert all(table.to_markdown().strip() in shown for table in tables(document))
    assert ("<details>" in shown) == (kind in {"errors", "curve", "transfer"})
    code = document["provenance"]["commit"] or document["provenance"]["source_sha256"]
    assert re.search(rf"(commit|source) {code[:7]}", shown)
    document["provenance"]["commit"] = "0123456789" * 4
    assert "commit 0123456." in generate.shown_analysis(path, document)


@pytest.mark.parametrize("kind", KINDS)
def test_an_analysis_that_is_not_there_is_said_not_to_be(generate: Any, tmp_path: Path, kind: str) -> None:
    generate.ANALYSES = tmp_path
    assert generate.BLOCKS[kind]() == "*Not made yet.*"
    assert dict(generate.pictures()) == {}


def test_several_analyses_of_a_kind_stand_one_after_the_other(generate: Any, stored: Path, tmp_path: Path) -> None:
    generate.ANALYSES = tmp_path
    for name in ("curve-b", "curve-a"):
        write_document(tmp_path / f"{name}.json", read_document(stored / "curve.json"))
    found = re.findall(r"images/analysis-([\w-]+)\.svg", generate.BLOCKS["curve"]())
    assert found == ["curve-a", "curve-b"]


def test_pictures_are_small_and_the_same_each_time(generate: Any, stored: Path) -> None:
    generate.ANALYSES = stored
    first, again = dict(generate.pictures()), dict(generate.pictures())
    assert first == again
    assert {path.name for path in first} == {f"analysis-{path.stem}.svg" for path in stored.glob("*.json")}
    assert all(path.parent == ROOT / "docs" / "images" for path in first)
    for svg in first.values():
        assert "<svg" in svg
        assert "<dc:date>" not in svg
        assert len(svg) < 200_000


def test_a_stale_picture_is_found_and_drawn_anew(
    generate: Any, stored: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    generate.ANALYSES, generate.IMAGES, generate.DOCUMENTS = stored, tmp_path, ()
    monkeypatch.setattr(sys, "argv", ["generate.py"])
    generate.main()
    drawn = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert len(drawn) == len(KINDS)
    (tmp_path / "analysis-curve.svg").write_text("<svg/>", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["generate.py", "--check"])
    with pytest.raises(SystemExit, match=r"analysis-curve\.svg is stale"):
        generate.main()
    monkeypatch.setattr(sys, "argv", ["generate.py"])
    generate.main()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == drawn


def test_there_is_no_picture_without_its_analysis(generate: Any) -> None:
    pictures = {path.stem for path in generate.IMAGES.glob("analysis-*")}
    assert pictures == {f"analysis-{path.stem}" for path in generate.ANALYSES.glob("*.json")}


def test_every_baseline_has_a_row_with_its_file(generate: Any) -> None:
    rows = re.findall(
        r"^\| \[`(\w+)`\]\(([^)]+)\) \| (\w+) \| ([\w, ]+) \| \S", generate.BLOCKS["baselines"](), re.MULTILINE
    )
    assert [(name, role, sees) for name, _, role, sees in rows] == [
        (name, one.role, ", ".join(one.sees) or "nothing") for name, one in BASELINES.items()
    ]
    assert all((ROOT / "docs" / source).is_file() for _, source, _, _ in rows)


def test_the_readme_shows_a_floor_the_anchors_and_ours_and_the_page_all(generate: Any) -> None:
    known = {row.system for board in read_runs(RUNS) for row in board.rows}
    shown = {"majority", *(name for name in known if BASELINES[name].role != "control")}
    for block, wanted in (("scores", shown), ("all_scores", known)):
        headings = generate.BLOCKS[block]().splitlines()[0].strip("| ").split(" | ")
        assert set(headings[4:]) == wanted


def test_scores_of_another_variant_or_split_are_not_among_them(generate: Any) -> None:
    board = next(one for one in read_runs(RUNS) if one.task == "newsmtsc" and one.split == "audited-test")
    assert generate.is_default(board)
    assert not generate.is_default(replace(board, task="newsmtsc:mt"))
    assert not generate.is_default(replace(board, split="official-test"))


def test_every_baseline_has_a_configuration_for_every_task(generate: Any) -> None:
    made = {path.stem: path for path in generate.configs()}
    assert set(made) >= {f"{baseline}-{task}" for baseline in BASELINES for task in names()}
    official = {name for name in made if name.endswith("-official")}
    assert {"tfidf_svm-dse-official", "nbsvm-rusentrel-official", "standoff_linear-gwsd-official"} < official
    assert not any(BASELINES[name.partition("-")[0]].role == "control" for name in official)
    assert not official & {"tfidf_svm-seesaw-official", "tfidf_svm-intervention-official"}  # they are the default
    assert "tfidf_svm-newsmtsc-mt" in made
    for path in made.values():
        assert read_config(path).name == path.stem


def test_configurations_that_are_not_generated_say_what_is_special(generate: Any) -> None:
    for path in set(generate.CONFIGS.glob("*.toml")) - set(generate.configs()):
        config = read_config(path)
        assert config.parameters or config.seed != 12345 or config.split_set, f"{path.name}: remove it"
