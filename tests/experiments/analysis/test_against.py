from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from standoff.errors import InputError, IntegrityError, NotFoundError, RefusedError
from standoff.experiments.analysis.against import compare
from standoff.experiments.analysis.recorded import RecordedRun, recorded_runs
from standoff.experiments.analysis.tables import tables
from standoff.experiments.config import RunConfig
from standoff.experiments.run import run
from standoff.tasks.registry import load_task
from standoff.tasks.task import Task


@pytest.fixture
def runs(toy: Task, counts: str, tmp_path: Path) -> list[RecordedRun]:
    """Runs of three systems on two tasks, one of them with labels made by a model."""
    for task in (toy.name, "intervention"):
        for system in (counts, "majority", "stratified"):
            run(RunConfig(task=task, baseline=system, seeds=1), tmp_path / f"{system}-{task}")
    run(RunConfig(task=toy.name, baseline=counts, split_set="folds"), tmp_path / "folds")
    return recorded_runs([tmp_path])


def test_the_best_anchor_of_each_task_is_compared_with(runs: list[RecordedRun]) -> None:
    said: list[str] = []
    found = compare("counts", ["majority", "stratified"], runs, resamples=300, report=said.append)
    toy, corpus = found.on_tasks
    assert (toy.task, toy.label_kind, toy.split, toy.n, toy.n_groups) == ("toy", "human", "official-test", 20, 5)
    assert corpus.label_kind == "model"
    scores = {(one.system, one.record.config.task): one for one in runs if one.record.config.split_set is None}
    for one, task in ((toy, "toy"), (corpus, "intervention")):
        reached = {
            system: load_value(scores[system, task].folder) for system in ("counts", "majority", "stratified")
        }
        best = one.best_anchor
        assert best.system == max(("majority", "stratified"), key=lambda name: reached[name])
        assert best.value == pytest.approx(reached[best.system])
        assert one.ours == pytest.approx(reached["counts"])
        assert best.difference.value == pytest.approx(one.ours - best.value)
        assert best.difference.low is not None
        assert best.difference.high is not None
        assert best.difference.low <= best.difference.value <= best.difference.high
        assert one.best_rival == best
    assert said == ["intervention", "toy"]


def test_controls_count_for_the_best_rival_and_not_for_the_best_anchor(runs: list[RecordedRun]) -> None:
    values = {one.system: load_value(one.folder) for one in runs if one.record.config.task == "toy"}
    worse, better = sorted(("majority", "stratified"), key=lambda name: values[name])
    assert values[worse] < values[better]
    found = compare("counts", [worse], runs, controls=[better], tasks=["toy"], resamples=300)
    (one,) = found.on_tasks
    assert (one.best_anchor.system, one.best_rival.system) == (worse, better)
    assert one.best_rival.difference.value == pytest.approx(one.ours - values[better])
    alone = compare("counts", [better], runs, tasks=["toy"], resamples=300)
    assert one.best_rival == alone.on_tasks[0].best_anchor
    assert found.mean_to_best_anchor == one.best_anchor.difference
    assert found.mean_to_best_rival == one.best_rival.difference
    assert [table.title for table in tables(found.to_json())] == [
        "counts against the best anchor",
        "counts against the best of anchors and controls",
    ]
    with pytest.raises(RefusedError, match="tfidf_svm on toy"):
        compare("counts", ["majority"], runs, controls=["tfidf_svm"])


def load_value(folder: Path) -> float:
    import json

    return float(json.loads((folder / "scores.json").read_text())["scores"]["value"])


def test_the_mean_is_over_human_labelled_tasks(runs: list[RecordedRun]) -> None:
    found = compare("counts", ["majority"], runs, resamples=100)
    assert found.mean_to_best_anchor == found.on_tasks[0].best_anchor.difference
    assert found.mean_to_best_rival == found.mean_to_best_anchor
    only = compare("counts", ["majority"], runs, tasks=["intervention"], resamples=100)
    assert only.mean_to_best_anchor is only.mean_to_best_rival is None
    assert [one.label_kind for one in only.on_tasks] == ["model"]


def test_the_document_makes_a_table_and_is_the_same_each_time(runs: list[RecordedRun]) -> None:
    first, second = (compare("counts", ["majority"], runs, resamples=100).to_json() for _ in range(2))
    assert first == second
    (table,) = tables(first)
    assert table.columns[3:5] == ("macro-F1", "best anchor")
    assert table.rows[0][:5] == ("toy", "humans", "20", "100.0", "majority 33.3")
    assert table.rows[0][5].startswith("+66.7 [")
    assert table.rows[-1][0] == "mean of 1"
    assert any("made by models" in note for note in table.notes)


def test_a_hole_is_refused(runs: list[RecordedRun]) -> None:
    some = [one for one in runs if (one.system, one.record.task.name) != ("majority", "intervention")]
    with pytest.raises(RefusedError, match="majority on intervention"):
        compare("counts", ["majority"], some)
    assert len(compare("counts", ["majority"], some, tasks=["toy"], resamples=10).on_tasks) == 1
    with pytest.raises(RefusedError, match="majority on toy"):
        compare("counts", ["majority"], runs, split_set="folds")


def test_a_system_without_runs_is_named(runs: list[RecordedRun]) -> None:
    with pytest.raises(NotFoundError, match="did you mean counts"):
        compare("count", ["majority"], runs)


def test_two_runs_of_a_system_on_a_task_are_refused(runs: list[RecordedRun]) -> None:
    (one,) = (one for one in runs if one.folder.name == "counts-toy")
    with pytest.raises(InputError, match="has two runs on toy"):
        compare("counts", ["majority"], [*runs, one])


def test_a_system_is_not_its_own_anchor(runs: list[RecordedRun]) -> None:
    for anchors, controls in (([], ["majority"]), (["counts"], []), (["majority"], ["counts"])):
        with pytest.raises(InputError, match="other systems"):
            compare("counts", anchors, runs, controls=controls)


def test_runs_on_other_data_are_refused(runs: list[RecordedRun]) -> None:
    changed = []
    for one in runs:
        digest = "0" * 64 if one.folder.name == "majority-toy" else one.record.task.digest
        task = one.record.task.model_copy(update={"digest": digest})
        changed.append(RecordedRun(one.folder, one.record.model_copy(update={"task": task}), one.predictions))
    with pytest.raises(IntegrityError, match="run of majority is on other data"):
        compare("counts", ["majority"], changed, resamples=10)
    assert load_task("toy").digest


def test_only_default_variants_are_compared_unless_named(
    toy: Task, counts: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = dataclasses.replace(toy, variants={"item": "the items", "other": "the same, in other words"})
    monkeypatch.setattr("toy_task_module.TASK", both)
    for address in ("toy", "toy:other"):
        for system in (counts, "majority"):
            run(RunConfig(task=address, baseline=system), tmp_path / f"{system}-{address.replace(':', '-')}")
    runs = recorded_runs([tmp_path])
    assert [one.task for one in compare(counts, ["majority"], runs, resamples=10).on_tasks] == ["toy"]
    named = compare(counts, ["majority"], runs, tasks=["toy:other"], resamples=10)
    assert [one.task for one in named.on_tasks] == ["toy:other"]
    two = compare(counts, ["majority"], runs, tasks=["toy", "toy:other"], resamples=10)
    assert len(two.on_tasks) == 2
