from __future__ import annotations

import dataclasses

import pytest

from standoff.errors import InputError, NotFoundError, RefusedError
from standoff.experiments.analysis.ablation import ablate, ideas_of
from standoff.experiments.analysis.tables import tables
from standoff.tasks.registry import load_task

pytestmark = pytest.mark.usefixtures("toy")


def test_a_baseline_names_its_ideas(counts: str) -> None:
    assert ideas_of(counts) == {"words": {"words": False}, "nothing": {"offset": 0.0}}
    with pytest.raises(RefusedError, match="names no ideas"):
        ideas_of("majority")
    with pytest.raises(NotFoundError, match="did you mean"):
        ideas_of("count")


def test_what_pays_lowers_the_score_when_it_is_taken_out(counts: str) -> None:
    said: list[str] = []
    found = ablate(counts, ideas_of(counts), [load_task("toy")], resamples=200, report=said.append)
    words, nothing = found.without
    assert found.whole["toy"].value == 1
    assert (found.whole["toy"].low, found.whole["toy"].high) == (1, 1)
    # Without words the first label is always predicted: macro-F1 1/3 on labels that are level in every group.
    assert words.tasks["toy"].value == pytest.approx(1 / 3 - 1)
    assert words.mean is not None
    assert words.mean.value == pytest.approx(1 / 3 - 1)
    assert nothing.tasks["toy"].value == 0
    assert found.n_held_out == {"toy": 24}  # the four items of six articles, each held out once
    assert len(said) == 3


def test_the_mean_is_over_human_labelled_tasks(counts: str) -> None:
    human, folds = load_task("toy"), load_task("toy", split_set="folds")
    found = ablate(counts, {"words": {"words": False}}, [human], resamples=50)
    (row,) = found.without
    assert row.mean is not None
    object.__setattr__(folds.task, "label_kind", "model")
    (row,) = ablate(counts, {"words": {"words": False}}, [folds], resamples=50).without
    assert row.mean is None
    assert row.p is None
    assert row.tasks["toy"].value < 0


def test_the_document_makes_a_table(counts: str) -> None:
    document = ablate(counts, ideas_of(counts), [load_task("toy")], resamples=50).to_json()
    assert document == ablate(counts, ideas_of(counts), [load_task("toy")], resamples=50).to_json()
    mean, by_task = tables(document)
    # Of six articles 2 of 64 swaps are as far from zero, here 1 of 50: (1 + 1) / (50 + 1), for two ideas.
    assert document["without"][0]["p"] == pytest.approx(2 * 2 / 51, abs=1e-6)
    assert mean.rows == (
        ("words", "-66.7 [-66.7, -66.7]", "0.078", "1 of 1"),
        ("nothing", "+0.0 [+0.0, +0.0]", "1.000", "0 of 1"),
    )
    assert by_task.columns == ("taken out", "toy")
    assert by_task.rows == (("nothing: macro-F1", "100.0"), ("words", "-66.7"), ("nothing", "+0.0"))


def test_a_parameter_that_is_none_is_refused(counts: str) -> None:
    with pytest.raises(InputError, match="no parameter wrods"):
        ablate(counts, {"x": {"wrods": False}}, [load_task("toy")], resamples=10)


def test_the_groups_of_each_task_are_drawn_apart(counts: str) -> None:
    loaded = load_task("toy")
    # In one article every label is against the words, so that articles differ.
    other = {"neg": "pos", "pos": "neg"}
    labels = [
        other[label] if group == "article-0" else label
        for group, label in zip(loaded.frame["group"], loaded.frame["label"], strict=True)
    ]
    frame = loaded.frame.assign(label=labels)
    tasks = [
        dataclasses.replace(loaded, task=dataclasses.replace(loaded.task, name=name), frame=frame)
        for name in ("one", "two")
    ]
    (row,) = ablate(counts, {"words": {"words": False}}, tasks, resamples=500).without
    one, two, mean = row.tasks["one"], row.tasks["two"], row.mean
    assert mean is not None
    assert mean.value == pytest.approx(one.value)
    assert one.value == two.value
    # Were the articles of both drawn alike, the mean would vary as much as each.
    assert mean.high is not None
    assert one.high is not None
    assert mean.high < one.high - 0.01
