"""Signatures pasted back, other metrics, slices, four ways, probabilities, several tasks: on the corpus itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sklearn.metrics import f1_score
from typer.testing import CliRunner

from standoff.cli.app import app
from standoff.errors import InputError, IntegrityError, NotFoundError
from standoff.evaluation.predictions import Predictions, write_predictions
from standoff.experiments.evaluate import evaluate
from standoff.experiments.evaluation_tables import evaluation_tables
from standoff.experiments.four_way import FOUR
from standoff.experiments.prediction_files import predictions_by_task
from standoff.tasks.registry import load_task

ROWS = load_task("intervention").split("test")
LABELS = ("support", "oppose", "none")
GOLD = dict(zip(ROWS["id"], ROWS["label"], strict=True))
STANCES = dict(zip(ROWS["id"], ROWS["stance"], strict=True))


def guesses() -> dict[str, str]:
    """Every third item wrong, in turn, and every tenth missing."""
    wrong = {label: LABELS[(place + 1) % 3] for place, label in enumerate(LABELS)}
    return {
        item: wrong[label] if place % 3 == 0 else label
        for place, (item, label) in enumerate(GOLD.items())
        if place % 10
    }


def invoke(*arguments: object) -> str:
    done = CliRunner().invoke(app, [str(one) for one in arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_signature_pasted_back_scores_exactly_the_same() -> None:
    first = evaluate(guesses(), "intervention", resamples=60, seed=4)
    assert evaluate(guesses(), signature=str(first.signature)) == first
    sliced = evaluate(guesses(), "intervention", slice_="attribution=indirect", metric="accuracy", resamples=60)
    again = evaluate(guesses(), signature=str(sliced.signature))
    assert (again.signature, again.scores) == (sliced.signature, sliced.scores)
    assert "metric:accuracy[support,oppose,none]" in str(sliced.signature)


def test_other_data_and_other_splits_than_the_signature_are_refused() -> None:
    line = str(evaluate(guesses(), "intervention", resamples=10).signature)
    before, digest = line.partition("#")[0], line.partition("#")[2]
    with pytest.raises(IntegrityError, match="not what the signature was made on"):
        evaluate(guesses(), signature=f"{before}#00000000{digest[8:]}")
    with pytest.raises(NotFoundError, match="a split that the task does not have"):
        evaluate(guesses(), signature=line.replace("split:official-", "split:strange-"))
    with pytest.raises(InputError, match="no task is named"):
        evaluate(guesses())


def test_metrics_on_the_board_are_those_of_scikit_learn() -> None:
    given = guesses()
    scores = evaluate(given, "intervention", resamples=20).scores
    gold, predicted = list(GOLD.values()), [given.get(item, "-") for item in GOLD]
    polar = f1_score(gold, predicted, labels=["support", "oppose"], average="macro")
    assert scores.others["f_support_oppose"].value == pytest.approx(polar)
    gates = [
        [{"support": "position", "oppose": "position"}.get(one, one) for one in side] for side in (gold, predicted)
    ]
    assert scores.others["gate_f1"].value == pytest.approx(
        f1_score(*gates, labels=["position", "none"], average="macro")
    )
    inside = [place for place, label in enumerate(gold) if label != "none"]
    assert scores.n_positioned == len(inside)
    assert scores.others["polarity_f1"].value == pytest.approx(
        f1_score(
            [gold[at] for at in inside],
            [predicted[at] for at in inside],
            labels=["support", "oppose"],
            average="macro",
        )
    )
    assert all(one.low is not None and one.low <= one.value for one in scores.others.values())
    assert all(one.f1.low is not None and one.precision.low is not None for one in scores.per_class)


def test_another_metric_comes_first_where_it_is_asked_for() -> None:
    found = evaluate(guesses(), "intervention", metric="gate_f1", resamples=20)
    plain = evaluate(guesses(), "intervention", resamples=20)
    assert found.scores.primary == plain.scores.others["gate_f1"]
    assert found.scores.others["macro_f1"] == plain.scores.primary
    with pytest.raises(NotFoundError, match="gate_f2"):
        evaluate(guesses(), "intervention", metric="gate_f2")


def test_stances_are_scored_four_ways_and_as_labels_of_the_board() -> None:
    found = evaluate(STANCES, "intervention", resamples=20)
    assert found.scores.primary.value == 1
    assert found.four_way is not None
    assert found.four_way.macro_f1 is not None
    assert found.four_way.macro_f1.value == 1
    assert found.four_way.predicted == (*FOUR, None)
    # Taking all that is sought for supported is no fault on the board, and one of two in four ways.
    blunt = {item: "supports" if stance == "seeks" else stance for item, stance in STANCES.items()}
    found = evaluate(blunt, "intervention", resamples=20)
    assert found.scores.primary.value == 1
    assert found.four_way is not None
    assert found.four_way.macro_f1 is not None
    expected = f1_score(list(STANCES.values()), list(blunt.values()), labels=list(FOUR), average="macro")
    assert found.four_way.macro_f1.value == pytest.approx(expected)


def test_of_the_boards_labels_it_is_seen_how_they_fall_on_the_four() -> None:
    found = evaluate(guesses(), "intervention", resamples=20)
    assert found.four_way is not None
    assert found.four_way.macro_f1 is None
    assert [sum(row) for row in found.four_way.counts] == [list(STANCES.values()).count(one) for one in FOUR]
    assert sum(row[-1] for row in found.four_way.counts) == found.scores.n_missing
    with pytest.raises(InputError, match="unknown"):
        evaluate({**GOLD, next(iter(GOLD)): "seeks"}, "intervention")


def test_slices_say_where_a_system_errs_and_few_items_are_counted_only() -> None:
    found = evaluate(guesses(), "intervention", slices=True, resamples=20)
    assert found.by_slice is not None
    by_name = {(one.column, one.value): one for one in found.by_slice.slices}
    for column in ("attribution", "commitment", "condition", "relay", "seen_actor"):
        assert sum(one.n for (name, _), one in by_name.items() if name == column) == len(GOLD)
    few = [one for one in by_name.values() if one.n < 30]
    assert few
    assert all(one.accuracy is None and one.macro_f1 is None for one in few)
    with pytest.raises(InputError, match="scored by default"):
        evaluate(guesses(), "intervention", slices=True, slice_="attribution=indirect", resamples=20)


def test_probabilities_are_scored_and_shown(tmp_path: Path) -> None:
    given = guesses()
    sure = {item: {one: 0.8 if one == label else 0.1 for one in LABELS} for item, label in given.items()}
    found = evaluate(Predictions(given, sure), "intervention", resamples=20)
    calibration = found.scores.calibration
    assert calibration is not None
    right = sum(GOLD[item] == label for item, label in given.items())
    wrong, missing = len(given) - right, len(GOLD) - len(given)
    assert calibration.brier.value == pytest.approx(
        (right * 0.06 + wrong * 1.46 + missing * 2) / len(GOLD), abs=1e-5
    )
    assert calibration.error.value == pytest.approx(abs(0.8 - right / len(given)), abs=1e-5)
    assert calibration.n_other == 0
    titles = [table.title for table in evaluation_tables(found)]
    assert titles[-1] == "probabilities"
    path, plot = tmp_path / "p.jsonl", tmp_path / "reliability.svg"
    path.write_text(
        "".join(
            json.dumps({"id": item, "label": label, "probabilities": sure[item]}) + "\n"
            for item, label in given.items()
        )
    )
    printed = invoke("evaluate", path, "--task", "intervention", "--plot", plot, "--resamples", 20)
    assert "Brier score" in printed
    assert "<svg" in plot.read_text()
    assert evaluate(path, "intervention", resamples=20) == found


def test_without_probabilities_there_is_nothing_to_draw(tmp_path: Path) -> None:
    write_predictions(tmp_path / "p.jsonl", list(GOLD), list(GOLD.values()))
    done = CliRunner().invoke(
        app, ["evaluate", str(tmp_path / "p.jsonl"), "--task", "intervention", "--plot", str(tmp_path / "r.svg")]
    )
    assert done.exit_code != 0
    assert not (tmp_path / "r.svg").exists()


def test_a_folder_and_a_file_for_several_tasks_are_scored_task_by_task(tmp_path: Path) -> None:
    folder = tmp_path / "predictions"
    folder.mkdir()
    write_predictions(folder / "intervention-0.1.0.jsonl", list(GOLD), list(GOLD.values()))
    (folder / "notes.txt").write_text("what these are")
    assert list(predictions_by_task(folder)) == ["intervention:0.1.0"]
    (one,) = json.loads(invoke("evaluate", folder, "--format", "json", "--resamples", 20))
    assert one["scores"]["value"] == 1
    file = tmp_path / "all.csv"
    rows = [f"intervention:0.1.0,{item},{label}" for item, label in GOLD.items()]
    file.write_text("\n".join(["task,id,label", *rows, "seesaw,x,pos"]))
    assert set(predictions_by_task(file)) == {"intervention:0.1.0", "seesaw"}
    assert evaluate(file, "intervention:0.1.0", resamples=20).scores.primary.value == 1
    with pytest.raises(NotFoundError, match="no file for a task"):
        predictions_by_task(tmp_path)


def test_markdown_and_text_say_the_same(tmp_path: Path) -> None:
    write_predictions(tmp_path / "p.jsonl", list(guesses()), list(guesses().values()))
    arguments = ("evaluate", tmp_path / "p.jsonl", "--task", "intervention", "--resamples", 20, "--slices")
    text, markdown = invoke(*arguments), invoke(*arguments, "--format", "markdown")
    for what in ("polarity_f1", "gold in rows", "seeking for oneself apart", "by slice", "made by models"):
        assert what in " ".join(text.split())
        assert what in markdown.replace("\\", "")
    assert markdown.startswith("**intervention:0.1.0, official-test")


def test_a_computed_slice_is_scored_alone() -> None:
    found = evaluate(guesses(), "intervention", slice_="unanimity=split", resamples=20)
    assert 0 < found.scores.n < len(GOLD)
    assert evaluate(guesses(), signature=str(found.signature)).scores == found.scores
    with pytest.raises(NotFoundError, match="unanimity"):
        evaluate(guesses(), "intervention", slice_="unanimity=never", resamples=20)


def test_rows_for_a_misspelt_task_leave_no_hole_unsaid(tmp_path: Path) -> None:
    rows = [f"intervention:0.1.0,{item},{label}" for item, label in GOLD.items()]
    rows[3] = rows[3].replace("intervention:", "interventions:")
    file = tmp_path / "all.csv"
    file.write_text("\n".join(["task,id,label", *rows]))
    with pytest.raises(InputError, match="rows for tasks that there are none of") as caught:
        evaluate(file, "intervention", resamples=20)
    assert "interventions:0.1.0" in str(caught.value)
