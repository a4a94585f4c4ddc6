"""``standoff train`` and ``predict``: from a baseline to predictions that ``evaluate`` scores."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from standoff.baselines.probabilities import is_adjusted
from standoff.baselines.registry import BASELINES, make_baseline
from standoff.baselines.saving import load_model
from standoff.cli.app import app
from standoff.errors import InputError, NotFoundError, RefusedError, StandoffError
from standoff.tasks.registry import load_task


def invoke(*arguments: str | Path) -> str:
    done = CliRunner().invoke(app, list(map(str, arguments)))
    if isinstance(done.exception, StandoffError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def model(tmp_path: Path) -> Path:
    invoke("train", "majority", "--task", "intervention", "--out", tmp_path / "model")
    return tmp_path / "model"


@pytest.fixture
def items(tmp_path: Path) -> Path:
    frame = load_task("intervention").split("test")
    path = tmp_path / "items.jsonl"
    frame[["id", "text", "actor", "target"]].to_json(path, orient="records", lines=True, force_ascii=False)
    return path


def test_training_prints_scores_and_writes_a_folder(tmp_path: Path) -> None:
    text = invoke("train", "majority", "--task", "intervention", "--out", tmp_path / "m")
    assert "macro_f1" in text
    assert "made by models" in text
    assert f"written: {tmp_path / 'm'}" in text
    assert load_model(tmp_path / "m").facts.trained_on.split == "official-train"


def test_a_configuration_is_trained_under_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_text('task = "intervention"\nbaseline = "stratified"\nseed = 4\n', encoding="utf-8")
    assert "written: models/stratified-intervention" in invoke("train", "mine.toml")
    assert load_model("models/stratified-intervention").facts.seed == 4


def test_what_is_predicted_is_what_evaluate_reads(tmp_path: Path, model: Path, items: Path) -> None:
    out = tmp_path / "p.jsonl"
    assert invoke("predict", model, items, "--out", out) == f"written: {out}\n"
    printed = json.loads(invoke("evaluate", out, "--task", "intervention", "--format", "json"))
    assert printed == load_model(model).facts.scored.evaluation
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [list(row) for row in rows] == [["id", "label"]] * len(rows)


def test_probabilities_do_not_disturb_evaluate(tmp_path: Path, model: Path, items: Path) -> None:
    out = tmp_path / "p.jsonl"
    invoke("predict", model, items, "--out", out, "--probabilities")
    first = json.loads(out.read_text(encoding="utf-8").splitlines()[0])
    assert list(first["probabilities"]) == ["support", "oppose", "none"]
    assert sum(first["probabilities"].values()) == 1
    invoke("evaluate", out, "--task", "intervention")


def test_the_help_names_the_baselines_whose_most_probable_label_may_lose() -> None:
    text = " ".join(invoke("predict", "--help").split())
    _, _, about = text.partition("--probabilities")
    named = [name for name in BASELINES if name in about]
    assert named == [name for name in BASELINES if is_adjusted(make_baseline(name))] == ["standoff_linear"]
    assert "decides in favour of rarer labels, for macro-F1" in about


def test_probabilities_that_a_model_does_not_have_are_refused(tmp_path: Path, items: Path) -> None:
    invoke("train", "tfidf_svm", "--task", "intervention", "--out", tmp_path / "svm")
    with pytest.raises(RefusedError, match=r"tfidf_logreg, standoff_linear\n.* leave out --probabilities"):
        invoke("predict", tmp_path / "svm", items, "--out", tmp_path / "p.jsonl", "--probabilities")
    assert not (tmp_path / "p.jsonl").exists()


def test_what_exists_is_not_written_over(model: Path, items: Path) -> None:
    with pytest.raises(RefusedError, match=r"exists already\n.* name another folder with --out"):
        invoke("train", "majority", "--task", "intervention", "--out", model)
    with pytest.raises(RefusedError, match="name another file with --out"):
        invoke("predict", model, items, "--out", items)


def test_a_file_where_a_folder_should_be_is_told_before_the_work(model: Path, items: Path) -> None:
    broken = items.with_name("broken.jsonl")
    broken.write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be made"):  # and not what is wrong with the items
        invoke("predict", model, broken, "--out", items / "p.jsonl")
    with pytest.raises(InputError, match="cannot be made"):  # and not that the data of the task are not there
        invoke("train", "majority", "--task", "seesaw", "--data", model, "--out", items / "m")


def test_nothing_is_written_of_a_file_with_a_fault_at_its_end(tmp_path: Path, model: Path, items: Path) -> None:
    with items.open("a", encoding="utf-8") as handle:
        handle.write('{"text": "x"}\n')
    with pytest.raises(InputError, match="line 114: there is no id; add what is missing"):
        invoke("predict", model, items, "--out", tmp_path / "p.jsonl")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["items.jsonl", "model"]


def test_what_cannot_be_trained_or_loaded_is_said(tmp_path: Path, items: Path) -> None:
    with pytest.raises(InputError, match="no task"):
        invoke("train", "majority")
    with pytest.raises(
        InputError, match=r"one model is trained at a time(.|\n)*`standoff run` takes a whole folder"
    ):
        invoke("train", tmp_path, "--task", "intervention")
    with pytest.raises(NotFoundError, match="did you mean intervention"):
        invoke("train", "majority", "--task", "interventions", "--out", tmp_path / "m")
    with pytest.raises(NotFoundError, match="did you mean majority"):
        invoke("train", "majorty", "--task", "intervention", "--out", tmp_path / "m")
    with pytest.raises(NotFoundError, match=r"no saved model(.|\n)*`standoff train "):
        invoke("predict", tmp_path / "none", items)
    with pytest.raises(NotFoundError, match=r"none\.csv: no such file"):  # looked at before the model
        invoke("predict", tmp_path / "none", tmp_path / "none.csv")


@pytest.mark.parametrize(
    "arguments",
    [
        ("train", "majorty", "--task", "intervention"),
        ("train", "majority", "--task", "interventions"),
        ("train", "majority", "--task", "intervention", "--out", "."),
        ("train", "majority", "--task", "intervention", "--out", "items.csv/m"),
        ("predict", "nowhere", "items.csv"),
        ("predict", ".", "items.csv"),
        ("predict", "nowhere", "items.txt"),
        ("predict", "nowhere", "none.csv"),
        ("predict", "nowhere", "items.csv", "--out", "items.csv"),
        ("explain", "nowhere", "--article", "x"),
        ("explain", ".", "--article", "x"),
        ("explain", "tfidf_svm"),
        ("explain", "tfidf_svm", "--article", "x", "--task", "interventions"),
        ("explain", "tfidf_svm", "--file", "items.txt", "--task", "intervention"),
        ("explain", "tfidf_svm", "--file", "none.csv", "--task", "intervention"),
        ("explain", "tfidf_svm", "--file", "items.csv"),
        ("explain", "tfidf_svm", "--file", "items.csv", "--actor", "x"),
    ],
)
def test_what_is_wrong_at_a_glance_is_refused_before_what_takes_seconds_to_import(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "items.csv").write_text("id\n")
    code = (
        f"import sys; sys.argv[1:] = {list(arguments)!r}\n"
        "from standoff.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: print(end.code, *sorted(sys.modules.keys() & {'sklearn', 'skops', 'scipy'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert done.stdout == "1\n"
    assert done.stderr.startswith("error: ")
    assert "what to do: " in done.stderr
