"""The corpus as a task."""

from __future__ import annotations

from pathlib import Path

import pytest

from standoff.corpus.diff import read_rows
from standoff.corpus.load import actors, release_folder, versions
from standoff.corpus.statistics import describe
from standoff.errors import NotFoundError
from standoff.tasks.coder_labels import check_coder_labels, labels_by_item
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


def test_labels_of_coders_are_the_judgements_that_have_one() -> None:
    task, release = get_task("intervention"), read_rows(release_folder())
    assert task.coder_labels is not None
    found = task.coder_labels(Path(), versions()[-1])
    check_coder_labels(found, task.labels, "intervention")
    rows = [row for part in release["judgements"].values() for row in part]
    kept = [row for row in rows if row["stance"] not in {"mixed", "cannot_tell"}]
    assert 0 < len(rows) - len(kept) == 5
    assert len(found) == len(kept)
    assert {row["kind"] for row in kept} == {task.label_kind} == {"model"}
    of_stance = {"seeks": "support", "supports": "support", "opposes": "oppose", "no_position": "none"}
    for (item, coder, label), row in zip(found.itertuples(index=False, name=None), kept, strict=True):
        assert item == f"{row['article_id']}/{row['actor_id']}/{row['proposition_id']}"
        assert (coder, label) == (row["coder_id"], of_stance[row["stance"]])


def test_where_the_coders_agree_theirs_is_the_label() -> None:
    loaded = load_task("intervention")
    frame = loaded.coder_labels()
    assert frame is not None
    given = labels_by_item(frame)
    assert set(given) == set(loaded.frame["id"])
    unanimous = loaded.frame[[len(set(given[item])) == 1 for item in loaded.frame["id"]]]
    assert len(unanimous) > 0.9 * len(loaded.frame)
    both = unanimous[[len(given[item]) == 2 for item in unanimous["id"]]]
    assert [given[item][0] for item in both["id"]] == list(both["label"])


def test_an_older_release_has_its_own_judgements(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    unit = {"article_id": "a", "actor_id": "b", "proposition_id": "c", "coder_id": "ann"}
    rows = [{**unit, "stance": "mixed"}]
    monkeypatch.setattr(intervention, "release_folder", asked.append)
    monkeypatch.setattr(intervention, "read_rows", lambda _: {"judgements": {"test": rows}})
    found = intervention.coder_labels(Path(), "0.0.9")
    assert asked == ["0.0.9"]
    assert found.empty
    assert list(found.columns) == ["id", "coder", "label"]
