"""Scoring by id: holes are wrong and counted, what does not belong is refused."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

import standoff
from standoff.cli.app import app
from standoff.errors import InputError, NotFoundError
from standoff.evaluation.signature import Signature
from standoff.experiments.evaluate import evaluate
from standoff.tasks.registry import load_task
from standoff.tasks.task import Task

pytestmark = pytest.mark.usefixtures("toy")


def gold() -> dict[str, str]:
    rows = load_task("toy").split("test")
    return dict(zip(rows["id"], rows["label"], strict=True))


def lines(predictions: dict[str, str]) -> str:
    return "".join(json.dumps({"id": i, "label": label}) + "\n" for i, label in predictions.items())


def test_gold_against_gold_is_perfect(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text(lines(gold()), encoding="utf-8")
    found = evaluate(path, "toy")
    assert found.scores.primary.value == 1.0
    assert (found.scores.primary.low, found.scores.primary.high) == (1.0, 1.0)
    assert (found.scores.n, found.scores.n_groups, found.scores.n_missing) == (20, 5, 0)
    assert found.label_kind == "human"


def test_the_signature_pins_the_score_and_reads_back() -> None:
    found = evaluate(gold(), "toy", resamples=50, seed=9)
    digest = load_task("toy").digest
    assert str(found.signature) == (
        f"standoff:{standoff.__version__}|task:toy@3#{digest[:8]}|split:official-test|n:20"
        "|metric:macroF1[neg,pos]|missing:0|ci:cluster-bs(50,9)"
    )
    assert Signature.parse(str(found.signature)) == found.signature


def test_order_does_not_matter() -> None:
    predictions = dict.fromkeys(gold(), "pos")
    assert evaluate(predictions, "toy") == evaluate(dict(reversed(predictions.items())), "toy")


def test_a_hole_is_wrong_and_counted() -> None:
    """Ten of each label; two right ones of `pos` are left out: recall 8/10, precision 1, F1 16/18."""
    predictions = gold()
    for item in [i for i, label in predictions.items() if label == "pos"][:2]:
        del predictions[item]
    found = evaluate(predictions, "toy").scores
    assert found.n_missing == 2
    assert len(found.missing_ids) == 2
    assert found.accuracy.value == pytest.approx(18 / 20)
    assert found.primary.value == pytest.approx((1 + 16 / 18) / 2)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda p: {**p, "nowhere/1": "pos"}, "nowhere/1"),
        (lambda p: {**p, next(iter(p)): "positive"}, "positive"),
        (lambda p: {**p, **{f"x/{n}": "pos" for n in range(30)}}, "30; the first 20"),
    ],
)
def test_what_does_not_belong_is_refused(change: Callable[[dict[str, str]], dict[str, str]], says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        evaluate(change(gold()), "toy")
    assert str(caught.value).count("\n  - ") <= 20


BAD_FILES = {
    "duplicates": (b'{"id":"6/0","label":"pos"}\n{"id":"6/0","label":"neg"}\n', "6/0"),
    "wrong columns": (b'{"item":"6/0","prediction":"pos"}\n', "prediction"),
    "empty": (b"", "empty|no predictions"),
    "not json": (b"6/0,pos\n", "line 1|:1"),
    "latin-1": ('{"id":"é","label":"pos"}\n'.encode("latin-1"), "UTF-8"),
    "utf-16": ('{"id":"6/0","label":"pos"}\n'.encode("utf-16"), "UTF-16"),
    "truncated gzip": (gzip.compress(b'{"id":"6/0","label":"pos"}\n')[:-10], "gzip"),
    "nul": (b'{"id":"6/0","label":"pos"}\n\x00\n', "NUL|JSON"),
    "label is null": (b'{"id":"6/0","label":null}\n', "label"),
    "label is a number": (b'{"id":"6/0","label":1}\n', "label"),
    "a list": (b'["6/0","pos"]\n', "object"),
    "zip": (b"PK\x03\x04 whatever", "zip|UTF-8|binary|JSON"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_with_a_reason(name: str, tmp_path: Path) -> None:
    content, says = BAD_FILES[name]
    path = tmp_path / "predictions.jsonl"
    path.write_bytes(content)
    with pytest.raises(InputError, match=says) as caught:
        evaluate(path, "toy")
    assert "predictions.jsonl" in str(caught.value)


def test_a_gzipped_file_scores_like_the_plain_one(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl.gz"
    path.write_bytes(gzip.compress(lines(gold()).encode()))
    assert evaluate(path, "toy").scores.primary.value == 1.0


def test_unknown_task_split_and_file(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="did you mean"):
        evaluate(gold(), "toyy")
    with pytest.raises(NotFoundError, match="split"):
        evaluate(gold(), "toy", split="dev")
    with pytest.raises(NotFoundError, match="no such file"):
        evaluate(tmp_path / "none.jsonl", "toy")


def test_the_command_prints_scores_and_json(tmp_path: Path, toy: Task) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text(lines(dict(list(gold().items())[1:])), encoding="utf-8")
    text = CliRunner().invoke(app, ["evaluate", str(path), "--task", toy.name])
    assert text.exit_code == 0
    assert "Missing, counted as wrong: 1 (6/0)\n" in text.output
    assert "|missing:1|" in text.output
    data = json.loads(CliRunner().invoke(app, ["evaluate", str(path), "--task", "toy", "--format", "json"]).output)
    assert data["scores"]["n_missing"] == 1
    assert data["label_kind"] == "human"


def test_the_command_says_so_where_models_made_the_labels(tmp_path: Path) -> None:
    rows = load_task("intervention").split("test")
    path = tmp_path / "p.jsonl"
    path.write_text(lines(dict(zip(rows["id"], rows["label"], strict=True))), encoding="utf-8")
    text = CliRunner().invoke(app, ["evaluate", str(path), "--task", "intervention"]).output
    assert "The labels of this task are made by models, not by people" in " ".join(text.split())
    assert "task:intervention:" in text  # the release is named, so that the line means the same after the next one
    human = CliRunner().invoke(app, ["evaluate", "--task", "toy", str(_written(tmp_path))]).output
    assert "made by models" not in human


def _written(folder: Path) -> Path:
    path = folder / "toy.jsonl"
    path.write_text(lines(gold()), encoding="utf-8")
    return path


def test_a_slice_is_scored_alone_with_predictions_for_the_whole_split() -> None:
    predictions = {item: label if item.endswith(("0", "1")) else "neg" for item, label in gold().items()}
    whole, on_slice = evaluate(predictions, "toy"), evaluate(predictions, "toy", slice_="intervention")
    assert whole.scores.primary.value < on_slice.scores.primary.value == 1.0
    assert whole.slices["intervention"] == on_slice
    assert (on_slice.scores.n, on_slice.slices) == (10, {})
    assert on_slice.signature.slice == "intervention"
    assert "|split:official-test/intervention|n:10|" in str(on_slice)
    assert Signature.parse(str(on_slice.signature)) == on_slice.signature


def test_a_slice_by_value_and_its_holes() -> None:
    predictions = {item: label for item, label in gold().items() if not item.startswith("7/")}
    found = evaluate(predictions, "toy", slice_="year=2027")
    assert (found.scores.n, found.scores.n_missing) == (4, 4)
    assert evaluate(predictions, "toy", slice_="year=2026").scores.n_missing == 0


def test_a_slice_does_not_excuse_predictions_that_do_not_belong() -> None:
    with pytest.raises(InputError, match="nowhere/1"):
        evaluate({**gold(), "nowhere/1": "pos"}, "toy", slice_="intervention")


def test_the_command_line_scores_a_slice_and_folds(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text(lines(gold()), encoding="utf-8")
    done = CliRunner().invoke(app, ["evaluate", str(path), "--task", "toy", "--slice", "year=2026"])
    assert "toy, official-test, year=2026: 4 items in 1 groups, 0 missing, labels by humans" in " ".join(
        done.output.split()
    )
    everything = load_task("toy").frame
    path.write_text(lines(dict(zip(everything["id"], everything["label"], strict=True))), encoding="utf-8")
    done = CliRunner().invoke(app, ["evaluate", str(path), "--task", "toy", "--split-set", "folds"])
    assert "toy, folds-folds: 44 items in 11 groups" in " ".join(done.output.split())
    # Of fewer than thirty items, only how many are right.
    assert re.search(r"^ *macro_f1 on +22 of 22 right.*\n *intervention", done.output, re.MULTILINE), done.output


def test_a_column_that_only_shares_the_slices_name_is_not_scored(tmp_path: Path) -> None:
    (tmp_path / "made.csv").write_text(
        "text,label,set,intervention\n" + "".join(f"t{n} x,{n % 2},test,{n}\n" for n in range(6)), encoding="utf-8"
    )
    path = tmp_path / "made.toml"
    path.write_text(
        'name = "made"\nlanguage = "en"\nlabel_kind = "human"\n[labels]\norder = ["0", "1"]\n[[files]]\n'
        'path = "made.csv"\n[columns]\ntext = "text"\nlabel = "label"\nslices = ["intervention"]\n'
        '[splits]\ncolumn = "set"\n',
        encoding="utf-8",
    )
    found = evaluate({}, str(path))
    assert found.slices == {}
    assert evaluate({}, str(path), slice_="intervention=3").scores.n == 1
