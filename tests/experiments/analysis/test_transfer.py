from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from standoff.errors import InputError
from standoff.experiments.analysis.fitting import fit_and_ask
from standoff.experiments.analysis.paired import reached
from standoff.experiments.analysis.tables import tables
from standoff.experiments.analysis.transfer import POLARITY, Cell, Transfer, common_map, transfer
from standoff.tasks.registry import get_task, load_task, names
from standoff.tasks.task import BOARD_LABELS, LoadedTask, Task


def other(toy: Task, name: str, **changed: object) -> LoadedTask:
    """Return the toy as another task."""
    loaded = load_task(toy.name, split_set="folds" if name == "folded" else None)
    task = dataclasses.replace(loaded.task, name=name, **changed)  # type: ignore[arg-type]
    return dataclasses.replace(loaded, task=task)


@pytest.fixture
def found(toy: Task, counts: str) -> Transfer:
    folded = other(toy, "folded")
    three = other(
        toy,
        "three",
        labels=("neg", "neutral", "pos"),
        board_map=None,
        board_map_reason="sentiment",
        language="ru",
    )
    # Plans 2 and 3 are neutral in the set with three labels.
    neutral = three.frame["target"].isin(["plan 2", "plan 3"])
    frame = three.frame.assign(label=three.frame["label"].mask(neutral, "neutral"))
    three = dataclasses.replace(three, frame=frame)
    odd = other(toy, "odd", labels=("neg", "strange"), board_map=None, board_map_reason="nobody knows")
    return transfer(counts, [load_task(toy.name), folded, three, odd], resamples=50)


def cell(found: Transfer, train: str, test: str) -> Cell:
    (one,) = (one for one in found.cells if (one.train, one.test) == (train, test))
    return one


def test_every_pair_has_a_cell(found: Transfer) -> None:
    assert [member.task for member in found.members] == ["toy", "folded", "three"]
    assert len(found.cells) == 9
    assert found.left_out == {"odd": "nobody knows"}
    assert cell(found, "toy", "folded").value.value == 1


def test_the_diagonal_is_the_sets_own_model(found: Transfer, toy: Task, counts: str) -> None:
    for name in ("toy", "folded", "three"):
        one = cell(found, name, name)
        assert one.value == one.within
    loaded = load_task(toy.name)
    own = reached(fit_and_ask(counts, loaded.rounds(), seed=1), loaded.task.labels, resamples=50)
    assert cell(found, "toy", "toy").value.value == own.value
    assert cell(found, "folded", "folded").n == 44  # all items, by cross-validation
    assert cell(found, "three", "folded").n == 44


def test_only_labels_of_both_sets_are_learnt_and_tested(found: Transfer) -> None:
    two = cell(found, "three", "toy")
    assert two.labels == ("support", "oppose")
    assert two.n == 20
    assert two.value.value == 1  # a model that knew the third label would lose
    back = cell(found, "toy", "three")
    assert back.n == 10  # the ten items with the third label are left out
    assert back.within.value == 1
    assert cell(found, "three", "three").labels == ("support", "oppose", "none")


def test_a_set_without_a_map_shares_polarity_alone(found: Transfer) -> None:
    assert {one.task: one.meaning for one in found.members} == {
        "toy": "stance",
        "folded": "stance",
        "three": "polarity",
    }
    assert cell(found, "toy", "folded").meaning == "stance"
    assert cell(found, "toy", "three").meaning == cell(found, "three", "toy").meaning == "polarity"


def test_the_document_makes_a_table_with_languages(found: Transfer) -> None:
    (table,) = tables(found.to_json())
    assert table.columns == ("train \\ test", "toy (en)", "folded (en)", "three (ru)")
    assert table.rows[0][:3] == ("toy (en)", "100", "100 (100)")
    assert table.rows[0][3].startswith("100° (")
    assert any("three" in note and "no stance" in note for note in table.notes)
    assert any("odd: nobody knows" in note for note in table.notes)


def test_one_set_is_no_transfer(toy: Task, counts: str) -> None:
    with pytest.raises(InputError, match="at least two sets"):
        transfer(counts, [load_task(toy.name)])


def test_every_built_in_task_has_common_labels() -> None:
    for name in names():
        task = get_task(name)
        mapped = common_map(task)
        assert mapped is not None, name
        assert list(mapped) == list(task.labels)
        assert set(mapped.values()) <= set(BOARD_LABELS)
        if task.board_map is not None:
            assert mapped == dict(task.board_map)


def test_polarity_agrees_with_the_maps_that_tasks_declare() -> None:
    declared = [task.board_map for task in map(get_task, names()) if task.board_map]
    for mapped in declared:
        assert all(POLARITY[label] == board for label, board in mapped.items() if label in POLARITY)
    assert any(set(mapped) & set(POLARITY) for mapped in declared)


def test_it_is_the_same_each_time(toy: Task, counts: str, tmp_path: Path) -> None:
    sets = [load_task(toy.name), other(toy, "folded")]
    first, second = (transfer(counts, sets, resamples=50).to_json() for _ in range(2))
    assert first == second
    assert list(tmp_path.iterdir()) == []


def test_a_set_with_folds_is_cross_validated_on_the_diagonal(toy: Task, counts: str) -> None:
    folded = other(toy, "folded")
    # Each text is one word of its own: a model that has seen the item knows its label, another knows nothing.
    words = ["".join(chr(ord("a") + int(digit)) for digit in f"{row:03d}") for row in range(len(folded.frame))]
    folded = dataclasses.replace(folded, frame=folded.frame.assign(text=words))
    found = transfer(counts, [folded, load_task(toy.name)], resamples=10)
    assert cell(found, "folded", "folded").value.value == pytest.approx(1 / 3)
    assert cell(found, "folded", "folded").n == 44
