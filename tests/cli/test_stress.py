from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from standoff.cli.app import app as whole
from standoff.cli.stress import app
from standoff.errors import InputError, NotFoundError, RefusedError, StandoffError
from standoff.evaluation.predictions import write_predictions
from standoff.experiments.config import RunConfig
from standoff.experiments.training import train
from standoff.tasks.registry import load_task
from standoff.tasks.stress.registry import STRESSES, make_set

ROOT = Path(__file__).parents[2]
FEW = ("--resamples", "50")


def call(*arguments: object, main: bool = False) -> Result:
    found = CliRunner().invoke(whole if main else app, [*map(str, arguments)])
    if isinstance(found.exception, StandoffError):
        raise found.exception
    assert found.exit_code == 0, found.output
    return found


def plain(text: str) -> str:
    return " ".join(text.split())


def test_stresses_are_listed_with_what_they_ask() -> None:
    text = plain(call("list").stdout)
    assert all(name in text for name in STRESSES)
    rows = json.loads(call("list", "--format", "json").stdout)
    assert [row["name"] for row in rows] == list(STRESSES)
    assert rows[1] == {
        "name": "actors_swapped",
        "labels": "derived",
        "asks": "Does it tell the actors of a text apart?",
    }


def test_the_sets_of_a_task_are_counted() -> None:
    found = call("list", "intervention").stdout
    assert "intervention:0.1.0, official-test: 113 items, labels by models" in plain(found)
    assert re.search(r"target_negated +113 +9 +derived +72", found)
    rows = json.loads(call("list", "intervention", "--format", "json").stdout)
    assert {row["task"] for row in rows} == {"intervention:0.1.0"}
    assert {row["stress"]: row["items"] for row in rows}["role_titles"] == 41


def test_items_are_written_without_labels_for_predict(tmp_path: Path) -> None:
    train(RunConfig(task="intervention", baseline="tfidf_svm"), tmp_path / "model")
    made = make_set(load_task("intervention"), "names_masked")
    for ending in ("jsonl", "csv", "parquet"):
        file, out = tmp_path / f"items.{ending}", tmp_path / f"{ending}.jsonl"
        assert f"({len(made.frame)} items)" in call("write", "intervention", "names_masked", "--out", file).stdout
        call("predict", tmp_path / "model", file, "--out", out, main=True)
        predicted = [json.loads(line) for line in out.read_text().splitlines()]
        assert [row["id"] for row in predicted] == list(made.frame["id"])
        assert out.read_text() == (tmp_path / "jsonl.jsonl").read_text()
    rows = [json.loads(line) for line in (tmp_path / "items.jsonl").read_text().splitlines()]
    assert not any({"label", "split", "original"} & set(row) for row in rows)
    assert rows[0]["actor"] == "Entity A"


def test_what_is_written_and_scored_is_what_run_reports(tmp_path: Path) -> None:
    model, items, plain_items = tmp_path / "model", tmp_path / "items.jsonl", tmp_path / "plain.jsonl"
    train(RunConfig(task="intervention", baseline="tfidf_svm"), model)
    call("write", "intervention", "target_swapped", "--out", items)
    call("tasks", "frame", "intervention", "--scored", "--out", plain_items, main=True)
    for source, out in ((items, "changed.jsonl"), (plain_items, "before.jsonl")):
        call("predict", model, source, "--out", tmp_path / out, main=True)
    scored = call(
        *("score", tmp_path / "changed.jsonl", "--original", tmp_path / "before.jsonl"),
        *(
            "--task",
            "intervention",
            "--stress",
            "target_swapped",
            "--system",
            "tfidf_svm",
            "--format",
            "json",
            *FEW,
        ),
    )
    ran = call(
        *("run", "tfidf_svm", "--task", "intervention", "--stress", "target_swapped", "--format", "json", *FEW)
    )
    assert json.loads(scored.stdout) == json.loads(ran.stdout)


def test_scores_are_printed_stored_and_written_as_markdown(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "stress.json"
    arguments = ("run", "majority", "--task", "intervention", *FEW)
    found = call(*arguments, "--out", out)
    text = plain(found.stdout)
    assert "majority under stress on intervention:0.1.0, official-test, labels by models" in text
    assert "made by models, not by people" in text
    assert "fit majority on 243 items" in found.stderr
    stored = json.loads(out.read_text())
    assert stored == json.loads(call(*arguments, "--format", "json").stdout)
    markdown = call(*arguments, "--format", "markdown").stdout
    assert markdown.startswith("**majority under stress on intervention:0.1.0")
    assert "| names_masked | 75 | model |" in markdown


def test_only_the_stresses_that_are_named_are_scored() -> None:
    found = call(
        *("run", "majority", "--task", "intervention", "--stress", "spelling_noise", "--stress", "role_titles"),
        *("--format", "json", *FEW),
    )
    (result,) = json.loads(found.stdout)["results"]
    assert [one["stress"] for one in result["stresses"]] == ["spelling_noise", "role_titles"]


def test_a_saved_model_is_asked_on_its_own_task(tmp_path: Path) -> None:
    train(RunConfig(task="intervention", baseline="text_blind"), tmp_path / "model")
    found = call("run", tmp_path / "model", "--format", "json", *FEW)
    (result,) = json.loads(found.stdout)["results"]
    assert (result["system"], result["task"]) == ("text_blind", "intervention:0.1.0")


def test_predictions_from_elsewhere_without_those_for_the_originals(tmp_path: Path) -> None:
    made = make_set(load_task("intervention"), "names_masked")
    write_predictions(tmp_path / "mine.jsonl", list(made.frame["id"]), list(made.frame["label"]))
    found = call("score", tmp_path / "mine.jsonl", "--task", "intervention", "--stress", "names_masked", *FEW)
    text = plain(found.stdout)
    assert "mine under stress on intervention:0.1.0" in text
    assert re.search(r"names_masked +75 +model +- +100\.0 +-", found.stdout)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "tfidf_swm", "--task", "intervention"), "no model or baseline named"),
        (("run", "majority", "--task", "interventoin"), "no task named"),
        (("run", "majority", "--task", "intervention", "--stress", "role_title"), "no stress named"),
        (("write", "intervention", "role_title", "--out", "x.jsonl"), "no stress named"),
        (("write", "intervention", "quotation_marks_removed", "--out", "x.jsonl"), "changes no item"),
        (("score", "none.jsonl", "--task", "intervention", "--stress", "role_titles"), "no such file"),
        (("list", "interventoin"), "no task named"),
    ],
)
def test_what_does_not_exist_is_told(
    arguments: tuple[str, ...], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotFoundError, match=message):
        call(*arguments)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text("{}")
    with pytest.raises(RefusedError, match="half of a saved model"):
        call("run", tmp_path, "--task", "intervention")


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "items.jsonl"
    file.write_text("mine")
    with pytest.raises(RefusedError, match="exists already"):
        call("write", "intervention", "role_titles", "--out", file)
    assert file.read_text() == "mine"


def test_predictions_for_other_items_are_refused(tmp_path: Path) -> None:
    write_predictions(tmp_path / "p.jsonl", ["x~role_titles"], ["support"])
    with pytest.raises(InputError, match="do not fit the task"):
        call("score", tmp_path / "p.jsonl", "--task", "intervention", "--stress", "role_titles")


def test_sets_are_frozen_and_checked(tmp_path: Path) -> None:
    call("freeze", "intervention", "--folder", tmp_path)
    assert "6 sets of 1 tasks are what they were" in call("check", "--folder", tmp_path).stdout
    path = tmp_path / "intervention.json"
    path.write_text(path.read_text().replace('"items": 41', '"items": 42'))
    with pytest.raises(InputError, match="1 difference") as caught:
        call("check", "--folder", tmp_path)
    assert "intervention.json, role_titles: items is 41, frozen was 42" in str(caught.value)


def test_a_check_that_can_make_nothing_fails(tmp_path: Path) -> None:
    (tmp_path / "frozen").mkdir()
    (tmp_path / "data").mkdir()
    frozen = (ROOT / "experiments" / "stress" / "gwsd.json").read_text()
    (tmp_path / "frozen" / "gwsd.json").write_text(frozen)
    with pytest.raises(NotFoundError, match="no set could be made again"):
        call("check", "--folder", tmp_path / "frozen", "--data", tmp_path / "data")


def test_its_help_is_light() -> None:
    heavy = {"sklearn", "pandas", "datasets", "pyarrow", "numpy", "scipy"}
    code = (
        "import sys\nfrom typer.testing import CliRunner\nfrom standoff.cli.stress import app\n"
        "assert CliRunner().invoke(app, ['run', '--help']).exit_code == 0\n"
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0\nprint(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert heavy & set(done.stdout.split()) == set()


def test_a_task_of_your_own_has_stress_sets(tmp_path: Path) -> None:
    rows = [
        f"{k},a{k},speaker {k},Speaker {k} is weighing plan {k}.,Plan {k} should go.,{k % 2}" for k in range(20)
    ]
    (tmp_path / "t.csv").write_text("id,article,who,quote,claim,stance\n" + "\n".join(rows))
    (tmp_path / "t.toml").write_text(
        """name = "town"
language = "en"
label_kind = "human"
[labels]
order = ["against", "for"]
rename = { "0" = "against", "1" = "for" }
board = { against = "oppose", for = "support" }
[[files]]
path = "t.csv"
[columns]
id = "id"
group = "article"
text = "quote"
actor = "who"
target = "claim"
label = "stance"
"""
    )
    rows = json.loads(call("list", tmp_path / "t.toml", "--format", "json").stdout)
    assert {row["stress"]: row["labels"] for row in rows} == {
        "target_negated": "derived",
        "spelling_noise": "human",
    }
