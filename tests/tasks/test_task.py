from __future__ import annotations

from dataclasses import MISSING, fields, replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from standoff.errors import InputError, NotFoundError
from standoff.tasks.split_sets import as_published
from standoff.tasks.task import FOLDS, LoadedTask, Task

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tasks.conftest import Made


def loaded(made: Made, splits: list[str], variant: str = "named") -> LoadedTask:
    frame = pd.DataFrame({"id": [f"i{number}" for number in range(len(splits))], "split": splits})
    return LoadedTask(
        task=made.task(),
        variant=variant,
        split_set="official",
        folder=made.folder,
        frame=frame,
        digest="0" * 64,
    )


def test_nothing_in_a_declaration_has_a_default() -> None:
    assert all(field.default is MISSING and field.default_factory is MISSING for field in fields(Task))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "See Saw"}, "name 'See Saw'"),
        ({"version": 0}, "version 0"),
        ({"labels": ("neg",), "board_map": {"neg": "oppose"}}, "not two or more different ones"),
        ({"labels": ("neg", "neg"), "board_map": None, "board_map_reason": "why"}, "not two or more different"),
        ({"variants": {}}, "at least one variant and one split set"),
        ({"split_sets": {}}, "at least one variant and one split set"),
        ({"board_map": None}, "exactly one of board_map and board_map_reason"),
        ({"board_map_reason": "why"}, "exactly one of board_map and board_map_reason"),
        ({"board_map": {"neg": "oppose"}}, "board_map covers ['neg'], not the labels ['neg', 'pos']"),
        ({"board_map": {"neg": "against", "pos": "support"}}, "board_map gives ['against', 'support']"),
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused(
    made: Made, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match="contradicts itself") as caught:
        replace(made.task(), **changes)
    assert message in str(caught.value)


def test_a_task_without_a_board_map_gives_the_reason(made: Made) -> None:
    task = replace(made.task(), board_map=None, board_map_reason="sentiment is not a stance")
    assert task.board_map is None


def test_columns_made_with_the_label_are_slice_columns_of_the_frame(made: Made) -> None:
    item = replace(loaded(made, ["test"]), frame=pd.DataFrame({"id": ["i"], "label": ["neg"], "sure": [True]}))
    declared = replace(made.task(), made_with_label={"sure": "how sure the label is"})
    assert replace(item, task=declared).task.made_with_label == {"sure": "how sure the label is"}
    for name in ("shure", "label"):
        task = replace(declared, made_with_label={"sure": "how sure", name: "why"})
        with pytest.raises(InputError, match="no slice columns of the frame") as caught:
            replace(item, task=task)
        assert f"got: ['{name}']" in str(caught.value)
        assert "some of ['sure']" in str(caught.value)


def test_the_first_variant_and_split_set_are_the_defaults(made: Made) -> None:
    task = replace(
        made.task(),
        variants={"x": "first", "a": "second"},
        split_sets={"official": as_published, "audited": as_published},
    )
    assert (task.pick_variant(None), task.pick_variant("a")) == ("x", "a")
    assert (task.pick_split_set(None), task.pick_split_set("audited")) == ("official", "audited")
    with pytest.raises(NotFoundError, match="no variant of task made named 'b'"):
        task.pick_variant("b")
    with pytest.raises(NotFoundError, match="no split set of task made named 'audit'"):
        task.pick_split_set("audit")


def test_a_split_has_its_rows_in_order_with_a_fresh_index(made: Made) -> None:
    split = loaded(made, ["test", "train", "test"]).split("test")
    assert split["id"].to_list() == ["i0", "i2"]
    assert split.index.to_list() == [0, 1]


def test_a_split_that_is_unknown_or_has_no_rows_is_refused(made: Made) -> None:
    task = loaded(made, ["train"])
    with pytest.raises(NotFoundError, match="did you mean validation"):
        task.split("validaton")
    with pytest.raises(NotFoundError, match="the official-test split has no rows"):
        task.split("test")


def test_labels_and_addresses_say_what_was_loaded(made: Made) -> None:
    assert loaded(made, ["test"]).split_label("test") == "official-test"
    assert loaded(made, ["test"]).address == "made"
    assert loaded(made, ["test"], variant="all").address == "made:all"
    with pytest.raises(NotFoundError):
        loaded(made, ["test"]).split_label("dev")


def test_with_splits_there_is_one_round_of_train_and_test(made: Made) -> None:
    task = loaded(made, ["test", "train", "validation", "train"])
    assert (task.folds, task.scored) == ((), "test")
    ((train, test),) = task.rounds()
    assert (train["id"].to_list(), test["id"].to_list()) == (["i1", "i3"], ["i0"])


def test_with_folds_each_is_predicted_once_by_the_others(made: Made) -> None:
    task = loaded(made, ["fold-10", "fold-2", "fold-10", "fold-1"])
    assert (task.folds, task.scored) == (("fold-1", "fold-2", "fold-10"), FOLDS)
    rounds = [(train["id"].to_list(), test["id"].to_list()) for train, test in task.rounds()]
    assert rounds == [(["i0", "i1", "i2"], ["i3"]), (["i0", "i2", "i3"], ["i1"]), (["i1", "i3"], ["i0", "i2"])]
    assert task.split(FOLDS)["id"].to_list() == ["i0", "i1", "i2", "i3"]
    assert task.split("fold-10")["id"].to_list() == ["i0", "i2"]
    assert task.split_label(FOLDS) == "official-folds"
    with pytest.raises(NotFoundError, match="expected: one of fold-1, fold-10, fold-2, folds"):
        task.split("test")


def with_coders(made: Made, rows: list[tuple[str, str, str]], ids: list[str]) -> LoadedTask:
    """Return the made task with these labels of coders, loaded with the items of these ids."""

    def coder_labels(folder: Path, variant: str) -> pd.DataFrame:
        assert (folder, variant) == (made.folder, "all")
        return pd.DataFrame(rows, columns=["id", "coder", "label"])

    task = replace(made.task(), coder_labels=coder_labels)
    frame = pd.DataFrame({"id": ids, "split": ["test"] * len(ids)})
    return replace(loaded(made, [], variant="all"), task=task, frame=frame)


CODED = [("i1", "ann", "neg"), ("i2", "ann", "pos"), ("i1", "bo", "pos"), ("i3", "bo", "pos")]


def test_labels_of_coders_are_those_of_the_loaded_items(made: Made) -> None:
    found = with_coders(made, CODED, ["i3", "i1", "i9"]).coder_labels()
    assert found is not None
    assert found.to_dict("split") == {
        "index": [0, 1, 2],
        "columns": ["id", "coder", "label"],
        "data": [["i1", "ann", "neg"], ["i1", "bo", "pos"], ["i3", "bo", "pos"]],
    }


def test_a_task_without_labels_of_coders_has_none(made: Made) -> None:
    assert loaded(made, ["test"]).coder_labels() is None


def test_labels_of_coders_that_do_not_fit_are_refused(made: Made) -> None:
    # Also of an item that is not loaded: what a task delivers fits or does not.
    with pytest.raises(InputError, match="label is 'mixed', not one of neg, pos") as caught:
        with_coders(made, [*CODED, ("i9", "ann", "mixed")], ["i1"]).coder_labels()
    assert "task made:all" in str(caught.value)
