from __future__ import annotations

from pathlib import Path

import pytest

from standoff.errors import InputError, NotFoundError
from standoff.experiments.analysis.articles import article_items
from standoff.experiments.analysis.systems import looks_at, resolve
from standoff.experiments.config import RunConfig
from standoff.experiments.training import train
from standoff.tasks.registry import load_task

pytestmark = pytest.mark.usefixtures("toy")


def test_a_baseline_is_fitted_on_the_task(counts: str) -> None:
    found = resolve(counts, task="toy")
    assert (found.name, found.address, found.trained_on, found.columns) == ("counts", "toy", "train", ("text",))
    assert sum(found.model.counts_["neg"].values()) > 0
    assert found.model.counts_["neg"]["refuses"] == 10


def test_a_group_can_be_left_out(counts: str) -> None:
    loaded = load_task("toy")
    found = resolve(counts, task="toy", without="article-0")
    assert found.model.counts_["neg"]["refuses"] == 8
    assert not found.has_seen(article_items("toy", "article-0"), loaded.digest)
    assert found.has_seen(article_items("toy", "article-1"), loaded.digest)
    assert not found.has_seen(article_items("toy", "article-9"), loaded.digest)
    assert not found.has_seen(article_items("toy", "article-1"), "0" * 64)


def test_a_saved_model_is_what_was_saved(tmp_path: Path) -> None:
    train(RunConfig(task="intervention", baseline="majority"), tmp_path / "model")
    found = resolve(str(tmp_path / "model"), task=None)
    assert (found.name, found.trained_on, found.without) == ("majority", "train", None)
    assert found.address == load_task("intervention").address
    assert list(found.model.classes_) == ["none", "oppose", "support"]


def test_neither_a_model_nor_a_baseline_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no model or baseline named 'x'"):
        resolve("x", task="toy")
    with pytest.raises(InputError, match="names a baseline and no task"):
        resolve("majority", task=None)
    with pytest.raises(NotFoundError, match="standoff train"):
        resolve(str(tmp_path / "gone"), task=None)


def test_what_a_baseline_looks_at_is_in_the_registry() -> None:
    assert looks_at("majority") == ()
    assert looks_at("actor_blind") == ("text", "target")
