from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from standoff.evaluation.metrics import accuracy
from standoff.experiments.analysis.recorded import RecordedRun, recorded_runs
from standoff.experiments.analysis.slices import (
    COMPUTED_WITH_LABEL,
    MAX_VALUES,
    MIN_ITEMS,
    ErrorAnalysis,
    Slice,
    analyse_errors,
    in_order,
    with_computed_slices,
)
from standoff.experiments.analysis.tables import tables
from standoff.experiments.config import RunConfig
from standoff.experiments.run import run
from standoff.tasks.frame import COLUMNS
from standoff.tasks.registry import load_task
from standoff.tasks.task import LoadedTask, Task


@pytest.fixture
def recorded(toy: Task, tmp_path: Path) -> RecordedRun:
    run(RunConfig(task=toy.name, baseline="majority", split_set="folds"), tmp_path / "majority-toy")
    (found,) = recorded_runs([tmp_path])
    return found


def by_column(found: ErrorAnalysis, column: str) -> list[Slice]:
    return [one for one in found.slices if one.column == column]


def test_slices_add_up_to_the_whole(recorded: RecordedRun) -> None:
    found = analyse_errors(recorded, resamples=50)
    assert found.scores.n == 44
    assert {one.column for one in found.slices} == {"intervention", "year"}
    for column in ("intervention", "year"):
        assert sum(one.n for one in by_column(found, column)) == 44
        assert (
            sum(one.n_right for one in by_column(found, column)) == round(44 * found.scores.accuracy.value) == 22
        )
    # Everybody in the toy is Ada, seen and named, and all texts have as many words.
    assert set(found.left_out) == {"seen_actor", "seen_target", "named_actor", "n_words"}


def test_a_small_slice_is_counted_only(recorded: RecordedRun) -> None:
    found = analyse_errors(recorded, resamples=50)
    assert all(one.n < MIN_ITEMS for one in found.slices)
    assert all(one.macro_f1 is None and one.accuracy is None for one in found.slices)
    assert {one.n for one in by_column(found, "year")} == {4}


def test_a_slice_that_lacks_a_label_has_no_macro_f1(
    recorded: RecordedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("standoff.experiments.analysis.slices.MIN_ITEMS", 22)
    loaded = load_task("toy", split_set="folds")
    frame = loaded.frame.assign(side=loaded.frame["label"].map({"neg": "left", "pos": "right"}))
    object.__setattr__(loaded, "frame", frame)
    monkeypatch.setattr(RecordedRun, "load", lambda *_, **__: loaded)
    found = analyse_errors(recorded, resamples=50)
    left, right = by_column(found, "side")
    assert (left.absent, right.absent) == (("pos",), ("neg",))
    assert left.macro_f1 is None
    assert left.accuracy is not None
    assert left.accuracy.value == 1
    assert right.accuracy is not None
    assert right.accuracy.value == 0
    no, yes = by_column(found, "intervention")
    assert (no.value, yes.value) == ("false", "true")
    assert no.macro_f1 is not None
    assert no.macro_f1.value == pytest.approx(1 / 3)
    assert no.macro_f1.low is not None


def test_the_whole_and_its_slices_are_those_of_the_scores(recorded: RecordedRun) -> None:
    found = analyse_errors(recorded)
    stored = recorded.folder / "scores.json"
    document = found.to_json()
    assert f'"value": {document["macro_f1"]["value"]:.5f}'[:-1] in stored.read_text()
    counts = pd.DataFrame(document["confusion"]["counts"])
    assert counts.to_numpy().tolist() == [[22, 0, 0], [22, 0, 0]]
    assert accuracy(counts.to_numpy()) == found.scores.accuracy.value


def test_computed_slices_know_what_was_trained_on_in_that_round(toy: Task) -> None:
    loaded = load_task(toy.name, split_set="folds")
    frame = loaded.frame.copy()
    # An actor of one fold alone is unseen when that fold is asked; one of two folds is seen in both.
    frame.loc[frame["split"] == "fold-1", "actor"] = "Eve"
    frame.loc[frame["group"].isin(["article-3", "article-5"]), "actor"] = "Ben"
    frame["actor_spans"] = pd.Series([[] for _ in range(len(frame))], dtype=object)
    frame["text"] = [
        f"{text} Said Eve." if item == "0/0" else text
        for item, text in zip(frame["id"], frame["text"], strict=True)
    ]
    object.__setattr__(loaded, "frame", frame)
    items = with_computed_slices(loaded).set_index("id")
    assert not items.loc[items["actor"] == "Eve", "seen_actor"].any()
    assert items.loc[items["actor"] == "Ben", "seen_actor"].all()
    assert items.loc[items["actor"] == "Ada", "seen_actor"].all()
    assert items.loc["0/0", "named_actor"]
    assert not items.loc["0/1", "named_actor"]
    assert items.loc[items["actor"] == "Ada", "named_actor"].all()
    assert items["seen_target"].all()
    assert len(items) == len(frame)


def test_a_span_names_an_actor_by_another_name(toy: Task) -> None:
    loaded = load_task(toy.name)
    object.__setattr__(loaded, "frame", loaded.frame.assign(actor="Countess of Lovelace"))
    assert with_computed_slices(loaded)["named_actor"].all()


def test_a_task_without_actors_has_no_slice_about_them(toy: Task) -> None:
    loaded = load_task(toy.name)
    frame = loaded.frame.assign(
        actor="", actor_spans=pd.Series([[] for _ in range(len(loaded.frame))], dtype=object)
    )
    object.__setattr__(loaded, "frame", frame)
    added = set(with_computed_slices(loaded)) - set(COLUMNS) - {"intervention", "year"}
    assert added == {"seen_target", "n_words"}


def test_an_item_without_an_actor_is_neither_seen_nor_unseen(toy: Task) -> None:
    loaded = load_task(toy.name)
    test = loaded.split("test")["id"].tolist()
    frame = loaded.frame.assign(actor=["" if item in test[:3] else "Ada" for item in loaded.frame["id"]])
    object.__setattr__(loaded, "frame", frame)
    items = with_computed_slices(loaded).set_index("id")
    assert items.loc[test[:3], "seen_actor"].isna().all()
    assert items.loc[test[3:], "seen_actor"].all()
    assert list(in_order(items["seen_actor"])) == ["true", "null"]


def test_a_column_of_the_task_itself_is_kept(toy: Task) -> None:
    loaded = load_task(toy.name)
    object.__setattr__(loaded, "frame", loaded.frame.assign(seen_actor="by hand"))
    assert set(with_computed_slices(loaded)["seen_actor"]) == {"by hand"}


def with_coders(loaded: LoadedTask, given: dict[str, str]) -> LoadedTask:
    """Return the task with these labels of coders, written n and p."""
    words = {"n": "neg", "p": "pos"}
    rows = [(item, f"c{place}", words[one]) for item, labels in given.items() for place, one in enumerate(labels)]
    coders = pd.DataFrame(rows, columns=["id", "coder", "label"])
    return replace(loaded, task=replace(loaded.task, coder_labels=lambda *_: coders))


def test_unanimity_is_computed_where_there_are_labels_of_coders(toy: Task) -> None:
    loaded = load_task(toy.name)
    assert "unanimity" not in with_computed_slices(loaded)
    given = {"10/3": "pppn", "7/0": "nnn", "7/1": "np", "8/0": "p", "0/0": "nn"}
    items = with_computed_slices(with_coders(loaded, given)).set_index("id")
    found = items["unanimity"].dropna().to_dict()
    assert found == {"7/0": "all", "7/1": "split", "10/3": "most"}  # 0/0 is not scored
    assert list(in_order(items["unanimity"])) == ["all", "most", "split", "null"]
    assert "unanimity" not in with_computed_slices(with_coders(loaded, {"0/0": "nn"}))
    assert "unanimity" not in with_computed_slices(with_coders(loaded, {"7/0": "n"}))


def test_unanimity_is_said_to_be_made_with_the_label(
    recorded: RecordedRun, toy: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = load_task(toy.name, split_set="folds")
    given = {item: "nnn" if number % 2 else "nnp" for number, item in enumerate(loaded.frame["id"])}
    monkeypatch.setattr(RecordedRun, "load", lambda *_, **__: with_coders(loaded, given))
    found = analyse_errors(recorded, resamples=10)
    assert [(one.value, one.n, one.origin) for one in by_column(found, "unanimity")] == [
        ("all", 22, "gold"),
        ("most", 22, "gold"),
    ]
    assert found.notes == COMPUTED_WITH_LABEL
    # A column of that name that the task itself has is what the task says it is.
    own = replace(loaded, frame=loaded.frame.assign(unanimity=["x", "y"] * 22))
    monkeypatch.setattr(RecordedRun, "load", lambda *_, **__: with_coders(own, given))
    found = analyse_errors(recorded, resamples=10)
    assert [(one.value, one.origin) for one in by_column(found, "unanimity")] == [("x", "input"), ("y", "input")]
    assert found.notes == {}


@pytest.mark.parametrize(
    ("dates", "years"),
    [
        (["2019-03-01", "2020-12-31"], ["2019", "2020"]),
        (["2019-03-01T10:00:00Z", None], ["2019", "null"]),
        (["2019-03-01", "some day"], ["2019", "null"]),
        (["03/01/2019", "20190301"], None),
        (["2019-spring", "2019"], None),
        ([2019.5, None], None),
    ],
)
def test_the_year_is_taken_from_an_iso_date(toy: Task, dates: list[object], years: list[str] | None) -> None:
    loaded = load_task(toy.name)
    bare = loaded.frame.drop(columns="year")
    frame = bare.assign(date=pd.Series((dates * len(bare))[: len(bare)], dtype=object))
    items = with_computed_slices(replace(loaded, frame=frame))
    if years is None:
        assert "year" not in items
    else:
        assert list(in_order(items["year"])) == years
    kept = with_computed_slices(replace(loaded, frame=frame.assign(year=1815)))
    assert set(kept["year"]) == {1815}


def test_words_are_counted_in_quarters(toy: Task) -> None:
    loaded = load_task(toy.name, split_set="folds")
    texts = ["word " * (number + 1) for number in range(len(loaded.frame))]
    object.__setattr__(loaded, "frame", loaded.frame.assign(text=texts))
    items = with_computed_slices(loaded)
    assert items["n_words"].value_counts().to_dict() == {"1-11": 11, "12-22": 11, "23-33": 11, "34-44": 11}
    assert all(
        int(name.split("-")[0]) <= len(text.split()) <= int(name.split("-")[1])
        for name, text in zip(items["n_words"], items["text"], strict=True)
    )


def test_values_stand_in_their_order() -> None:
    assert list(in_order(pd.Series([10, 9, 2]))) == ["2", "9", "10"]
    assert list(in_order(pd.Series(["100-120", "20-99"]))) == ["20-99", "100-120"]
    assert list(in_order(pd.Series([True, False]))) == ["false", "true"]
    assert list(in_order(pd.Series(["b", None, "a"]))) == ["a", "b", "null"]


def test_what_is_made_with_the_label_is_said_and_real(tmp_path: Path) -> None:
    run(RunConfig(task="intervention", baseline="majority"), tmp_path / "run")
    (recorded,) = recorded_runs([tmp_path])
    found = analyse_errors(recorded, resamples=20)
    origins = {one.column: one.origin for one in found.slices}
    assert origins["stance"] == origins["attribution"] == origins["commitment"] == "gold"
    assert origins["actor_kind"] == origins["n_words"] == origins["seen_actor"] == "input"
    assert set(found.notes) == {column for column, origin in origins.items() if origin == "gold"}
    # The claim of the note: no details exactly where the label is none.
    frame = recorded.load().frame
    for column in ("attribution", "commitment", "condition", "relay", "time"):
        assert (frame[column].isna() == (frame["label"] == "none")).all()
    by_slice, confusions = tables(found.to_json())
    assert "attribution*: null" in {row[0] for row in by_slice.rows}
    assert any("no input of any system" in note and "attribution" in note for note in by_slice.notes)
    assert any("made by models, not by people" in note for note in by_slice.notes)
    assert confusions.columns == ("gold", "support", "oppose", "none")


def test_a_column_of_too_many_values_is_left_out(recorded: RecordedRun, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = load_task("toy", split_set="folds")
    many = [str(number % (MAX_VALUES + 1)) for number in range(len(loaded.frame))]
    most = [str(number % MAX_VALUES) for number in range(len(loaded.frame))]
    object.__setattr__(loaded, "frame", loaded.frame.assign(many=many, most=most))
    monkeypatch.setattr(RecordedRun, "load", lambda *_, **__: loaded)
    found = analyse_errors(recorded, resamples=10)
    assert "many" in found.left_out
    assert [one.value for one in by_column(found, "most")] == [str(number) for number in range(MAX_VALUES)]


def test_a_missing_prediction_is_wrong_in_its_slice(recorded: RecordedRun) -> None:
    kept = {item: label for item, label in recorded.predictions.items() if not item.startswith("0/")}
    less = RecordedRun(recorded.folder, recorded.record, kept)
    whole, part = analyse_errors(recorded, resamples=10), analyse_errors(less, resamples=10)
    assert part.scores.n_missing == 4
    before, after = (by_column(found, "year")[0] for found in (whole, part))
    assert (before.n, before.n_right, after.n, after.n_right) == (4, 2, 4, 0)
    assert sum(row[-1] for row in part.to_json()["confusion"]["counts"]) == 4
