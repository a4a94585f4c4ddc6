from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from tests.tasks.stress.made import make_loaded

from standoff.errors import NotFoundError
from standoff.tasks.frame import SHOWN
from standoff.tasks.registry import load_task
from standoff.tasks.stress import registry
from standoff.tasks.stress.items import Item
from standoff.tasks.stress.registry import STRESSES, Stress, make_set, make_sets, stress_digest, unlabelled
from standoff.tasks.task import LoadedTask

ITEM = {"text": "Alexander welcomes it.", "actor": "Alexander", "target": "it", "label": "support"}


def louder(_: LoadedTask, items: Sequence[Item]) -> Iterator[Item]:
    yield from (replace(item, text=item.text.upper()) for item in items)


@pytest.fixture
def added(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(registry.STRESSES, "louder", Stress("louder", louder, 1, "kept", "Does it bear shouting?"))
    return "louder"


def test_a_stress_is_a_function_and_a_line(added: str) -> None:
    (row,) = make_set(make_loaded(ITEM), added).frame.to_dict("records")
    assert (row["id"], row["original"], row["text"]) == ("0~louder", "0", "ALEXANDER WELCOMES IT.")
    assert added in {one.stress.name for one in make_sets(make_loaded(ITEM))}


def test_an_item_that_comes_out_as_it_was_is_left_out(added: str) -> None:
    made = make_set(make_loaded(ITEM, {**ITEM, "text": "OUT."}), added)
    assert list(made.frame["original"]) == ["0"]


def test_only_items_that_are_scored_are_changed(added: str) -> None:
    made = make_set(make_loaded({**ITEM, "split": "train"}, ITEM, {**ITEM, "split": "validation"}), added)
    assert list(made.frame["original"]) == ["1"]
    folded = make_loaded({**ITEM, "split": "fold-1"}, {**ITEM, "split": "fold-2"})
    assert list(make_set(folded, added).frame["split"]) == ["fold-1", "fold-2"]


def test_originals_stand_in_the_order_of_the_items(added: str) -> None:
    made = make_set(make_loaded({**ITEM, "text": "A"}, ITEM, {**ITEM, "group": "h", "label": "none"}), added)
    assert list(made.originals["id"]) == list(made.frame["original"]) == ["1", "2"]
    assert list(made.originals["label"]) == ["support", "none"]
    assert (made.n_groups, made.n_labels_changed) == (2, 0)


def test_names_of_stresses_are_those_of_their_functions() -> None:
    assert all(name == one.name == getattr(one.change, "__name__", "") for name, one in STRESSES.items())
    assert all(one.version >= 1 and one.asks.endswith("?") for one in STRESSES.values())


def test_labels_by_rule_are_derived_and_never_called_human() -> None:
    loaded = make_loaded({**ITEM, "target": "It should be built."}, label_kind="human")
    kinds = {one.stress.name: one.label_kind for one in make_sets(loaded)}
    assert kinds == {"names_masked": "human", "target_negated": "derived", "spelling_noise": "human"}
    none = make_loaded({**ITEM, "target": "It should be built.", "label": "none"}, label_kind="human")
    made = make_set(none, "target_negated")
    assert (made.n_labels_changed, made.label_kind) == (0, "derived")  # nobody was asked that question


def test_labels_of_models_stay_those_of_models() -> None:
    assert make_set(make_loaded(ITEM, label_kind="model"), "spelling_noise").label_kind == "model"


def test_what_a_system_gets_has_no_label() -> None:
    shown = unlabelled(make_set(make_loaded(ITEM), "names_masked"))
    assert list(shown.columns) == list(SHOWN)
    assert shown["actor_spans"].tolist() == [[[0, 8]]]
    assert shown["id"].tolist() == ["0~names_masked"]


def test_an_unknown_stress_is_told_with_the_nearest() -> None:
    with pytest.raises(NotFoundError, match="no stress named 'name_masked'") as caught:
        make_set(make_loaded(ITEM), "name_masked")
    assert "did you mean names_masked" in str(caught.value)


def test_a_stress_that_changes_nothing_is_told() -> None:
    with pytest.raises(NotFoundError, match="target_negated changes no item"):
        make_set(make_loaded(ITEM), "target_negated")
    assert make_sets(make_loaded(ITEM), ["target_negated"]) == []


def test_stresses_that_are_named_come_once_and_in_that_order() -> None:
    found = make_sets(make_loaded(ITEM), ["spelling_noise", "names_masked", "spelling_noise"])
    assert [one.stress.name for one in found] == ["spelling_noise", "names_masked"]


def test_the_digest_is_over_the_items_and_where_they_come_from() -> None:
    made = make_set(make_loaded(ITEM), "spelling_noise")
    assert made.digest == stress_digest(made.frame.copy())
    for column in ("id", "text", "label", "original"):
        assert stress_digest(made.frame.assign(**{column: "none"})) != made.digest


DIGESTS = """
from standoff.tasks.registry import load_task
from standoff.tasks.stress.registry import make_sets
print(*(one.digest for one in make_sets(load_task("intervention"))))
"""


def test_sets_do_not_depend_on_the_seed_of_string_hashes() -> None:
    def made(seed: str) -> list[str]:
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", DIGESTS], env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout.split()

    here = [one.digest for one in make_sets(load_task("intervention"))]
    assert made("1") == made("2") == here
    assert len(here) == 6
