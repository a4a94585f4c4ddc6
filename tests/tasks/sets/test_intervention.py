"""The corpus as a task."""

from __future__ import annotations

import pytest

from standoff.corpus.diff import read_rows
from standoff.corpus.load import actors, release_folder, versions
from standoff.corpus.statistics import describe
from standoff.errors import NotFoundError
from standoff.tasks.registry import get_task, load_task
from standoff.tasks.sets import intervention


def test_its_items_are_the_scored_statements() -> None:
    rows = read_rows(release_folder())
    loaded = load_task("intervention")
    described = describe(rows)
    for split, part in described["splits"].items():
        items = loaded.split(split)
        assert len(items) == part["scored"]
        assert {label: int((items["label"] == label).sum()) for label in loaded.task.labels} == part["labels"]
    by_id = {row["unit_id"]: row for part in rows["stance"].values() for row in part}
    for item in loaded.frame.to_dict("records"):
        row = by_id[item["id"]]
        assert row["kind"] != "derived"
        assert (item["text"], item["actor"], item["target"]) == (row["text"], row["actor"], row["proposition"])


def test_actor_spans_name_the_actor() -> None:
    frame, registry = load_task("intervention").frame, actors()
    names = {row["name"]: {row["name"], *row["aliases"]} for row in registry.to_dict("records")}
    for actor, text, spans in zip(frame["actor"], frame["text"], frame["actor_spans"], strict=True):
        assert spans
        assert {text[start:end] for start, end in spans} <= names[actor]


def test_test_conflicts_do_not_occur_in_training() -> None:
    frame = load_task("intervention").frame
    conflicts = {split: set(part["conflict_id"]) for split, part in frame.groupby("split")}
    assert not conflicts["train"] & conflicts["test"]
    assert not conflicts["train"] & conflicts["validation"]
    assert not conflicts["validation"] & conflicts["test"]


def test_seen_actors_are_those_of_the_training_split() -> None:
    frame = load_task("intervention").frame
    train = set(frame.loc[frame["split"] == "train", "actor"])
    test = frame[frame["split"] == "test"]
    assert list(test["seen_actor"]) == [actor in train for actor in test["actor"]]
    assert test["seen_actor"].any()
    assert not test["seen_actor"].all()


def test_every_release_is_a_variant_and_the_newest_the_default() -> None:
    assert list(get_task("intervention").variants) == versions()[::-1]
    newest = versions()[-1]
    assert load_task(f"intervention:{newest}").digest == load_task("intervention").digest
    with pytest.raises(NotFoundError, match=r"9\.9\.9"):
        load_task("intervention:9.9.9")


def test_it_says_that_models_made_the_labels() -> None:
    task = get_task("intervention")
    assert task.label_kind == "model"
    assert set(load_task("intervention").frame["kind"]) == {"model"}
    assert "machine-made" in task.terms


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [(["human"], "human"), (["human", "model"], "model"), (["model"], "model"), ([], "model")],
)
def test_one_model_made_label_makes_it_a_model_labelled_task(
    kinds: list[str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"kind": kind, "label": "none", "text": "x"} for kind in kinds]
    unscored = {"kind": "derived", "label": "oppose", "text": "x"}
    monkeypatch.setattr(intervention, "read_rows", lambda _: {"stance": {"test": [*rows, unscored]}})
    assert intervention.made_by() == expected
