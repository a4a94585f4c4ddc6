from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from standoff.cli.app import app
from standoff.errors import InputError, NotFoundError, RefusedError, StandoffError
from standoff.experiments.config import RunConfig
from standoff.experiments.run import run
from standoff.experiments.training import train


def call(*arguments: object) -> Result:
    found = CliRunner().invoke(app, ["analyse", *map(str, arguments)])
    if isinstance(found.exception, StandoffError):
        raise found.exception
    assert found.exit_code == 0, found.output
    return found


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    for baseline in ("majority", "stratified", "text_blind"):
        run(RunConfig(task="intervention", baseline=baseline, seeds=1), folder / f"{baseline}-intervention")
    return folder


def test_errors_are_printed_stored_and_drawn(runs: Path, tmp_path: Path) -> None:
    out, plot = tmp_path / "deep" / "errors.json", tmp_path / "errors.svg"
    found = call("errors", runs / "majority-intervention", "--resamples", 50, "--out", out, "--plot", plot)
    assert "actor_kind" in found.stdout
    assert "gold in rows, predicted in columns" in " ".join(found.stdout.split())
    assert "made by models, not by people" in " ".join(found.stdout.split())
    stored = json.loads(out.read_text())
    assert (stored["analysis"], stored["n"]) == ("errors", 113)
    assert plot.read_text().startswith("<?xml")
    shown = call("errors", runs / "majority-intervention", "--resamples", 50, "--format", "json")
    assert json.loads(shown.stdout) == stored


def test_a_stored_analysis_is_shown_as_it_was(runs: Path, tmp_path: Path) -> None:
    out = tmp_path / "errors.json"
    arguments = ("errors", runs / "majority-intervention", "--resamples", 50, "--format", "markdown")
    fresh = call(*arguments, "--out", out)
    again = call("show", out, "--format", "markdown", "--plot", tmp_path / "x.png")
    assert fresh.stdout == again.stdout
    assert fresh.stdout.startswith("**majority-intervention: majority on intervention")
    assert (tmp_path / "x.png").stat().st_size > 1000


def test_a_comparison_of_runs(runs: Path, tmp_path: Path) -> None:
    out = tmp_path / "against.json"
    arguments = ("against", "stratified", "--anchor", "majority", "--runs", runs, "--resamples", 100)
    found = call(*arguments, "--out", out)
    assert "stratified against the best anchor" in found.stdout
    stored = json.loads(out.read_text())
    assert [one["best_anchor"]["system"] for one in stored["on_tasks"]] == ["majority"]
    assert stored["controls"] == []
    # The labels of the one task are made by models.
    assert stored["mean"] == {"best_anchor": None, "best_rival": None}
    both = call(*arguments, "--control", "text_blind", "--format", "json")
    assert json.loads(both.stdout)["controls"] == ["text_blind"]
    with pytest.raises(NotFoundError, match="no run on these tasks and splits"):
        call(*arguments, "--split-set", "audited")
    with pytest.raises(RefusedError, match="missing"):
        call("against", "stratified", "--runs", runs)  # no anchor of the registry has runs there


def test_a_curve(tmp_path: Path) -> None:
    plot = tmp_path / "curve.png"
    found = call("curve", "majority", "--task", "intervention", "--orders", 1, "--plot", plot)
    assert "majority" in found.stdout
    assert "315 held-out training items" in " ".join(found.stdout.split())
    assert plot.exists()
    few = call("curve", "majority", "--task", "intervention", "--orders", 1, "--held-out", 1, "--format", "json")
    assert json.loads(few.stdout)["curves"][0]["n_held_out"] < 100


def test_features_of_a_baseline_and_of_a_saved_model_are_the_same(tmp_path: Path) -> None:
    fitted = call("features", "tfidf_svm", "--task", "intervention", "--top", 3, "--format", "json").stdout
    train(RunConfig(task="intervention", baseline="tfidf_svm"), tmp_path / "model")
    saved = call("features", tmp_path / "model", "--top", 3, "--format", "json").stdout
    assert json.loads(saved) == json.loads(fitted)
    for label in json.loads(saved)["labels"]:
        assert len(label["speak_for"]) == len(label["speak_against"]) == 3
        weights = [one["weight"] for one in label["speak_for"]]
        assert weights == sorted(weights, reverse=True)
        assert weights[-1] > 0


def test_a_matrix(tmp_path: Path, shared_data: Path) -> None:
    out = tmp_path / "transfer.json"
    tasks = ("--task", "intervention", "--task", "heating", "--data", shared_data)
    found = call("transfer", "majority", *tasks, "--resamples", 50, "--out", out)
    assert "heating (de-DE)" in found.stdout
    cells = {(one["train"], one["test"]): one for one in json.loads(out.read_text())["cells"]}
    assert len(cells) == 4
    assert all(set(one["labels"]) >= {"support", "oppose"} for one in cells.values())


def test_what_is_being_done_is_said_line_by_line_where_there_is_no_terminal(shared_data: Path) -> None:
    tasks = ("--task", "intervention", "--task", "heating", "--task", "intervention:0.1.0", "--data", shared_data)
    found = call("curve", "majority", "stratified", *tasks, "--orders", 1, "--held-out", 1, "--format", "json")
    # The task that is named twice is looked at once; six points for each of two baselines on two tasks.
    lines = found.stderr.splitlines()
    assert lines[0] == "1/24 majority on intervention:0.1.0, 10%"
    assert lines[-1] == "24/24 stratified on heating, 100%"
    assert len(lines) == 24
    curves = json.loads(found.stdout)["curves"]
    assert [(one["task"], one["baseline"]) for one in curves] == [
        (task, baseline) for task in ("intervention:0.1.0", "heating") for baseline in ("majority", "stratified")
    ]


NAMES_THAT_ARE_NONE = (
    ("curve", "majority", "majorty"),
    ("ablation", "majorty"),
    ("against", "majorty"),
    ("against", "majority", "--anchor", "majorty"),
    ("against", "majority", "--control", "majorty"),
    ("transfer", "majorty"),
    ("features", "majorty"),
    ("curve", "majority", "--task", "sesaw"),
    ("errors", "nowhere"),
    ("show", "nowhere.json"),
)


@pytest.mark.parametrize("arguments", NAMES_THAT_ARE_NONE, ids=" ".join)
def test_a_name_that_is_none_is_refused_before_scikit_learn_is_imported(arguments: tuple[str, ...]) -> None:
    code = (
        "import sys\n"
        "from standoff.cli.app import app\n"
        "from standoff.errors import NotFoundError\n"
        "try:\n"
        "    app(['analyse', *sys.argv[1:]], standalone_mode=False)\n"
        "except NotFoundError:\n"
        "    sys.exit('sklearn' in sys.modules)\n"
        "sys.exit(2)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], check=False, capture_output=True)
    assert done.returncode == 0, done.stderr


def test_what_cannot_be_done_is_said_before_any_work(runs: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.png or \.svg"):
        call("curve", "majority", "--plot", tmp_path / "x.pdf")
    with pytest.raises(RefusedError, match="names no ideas"):
        call("ablation", "majority", "--task", "intervention")
    with pytest.raises(RefusedError, match="no weights of features"):
        call("features", "majority", "--task", "intervention")
    with pytest.raises(InputError, match="holds 3 runs"):
        call("errors", runs)
    with pytest.raises(NotFoundError, match="no baseline named"):
        call("transfer", "majorty", "--task", "intervention", "--task", "intervention:0.1.0")
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(InputError, match="is not an analysis"):
        call("show", tmp_path / "x.json")
