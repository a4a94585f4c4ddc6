"""Whose judgements are looked at together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.annotation import made

from standoff.annotation.selection import ALL, judgements_of_kind, kinds
from standoff.corpus.reader import read_sources
from standoff.errors import NotFoundError, RefusedError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """The made-up corpus with a coder who counts as human; nobody is."""
    root = made.copy(tmp_path)
    made.add_coder(root, "ben", "human")
    made.copy_answers(root, "ben", kind="human")
    return root


def test_judgements_of_one_kind_need_no_choice(tmp_path: Path) -> None:
    sources = read_sources(made.copy(tmp_path))
    found = judgements_of_kind(sources)
    assert len(found) == 34
    assert found == sorted(found, key=lambda one: (one.key, one.coder_id))
    assert kinds(found) == ["model"]
    assert len(judgements_of_kind(sources, ["ostmark-2002"])) == 6


def test_kinds_are_not_mixed_unasked(mixed: Path) -> None:
    sources = read_sources(mixed)
    with pytest.raises(RefusedError, match="human and model coders are not mixed unasked") as caught:
        judgements_of_kind(sources)
    assert caught.value.remedy == "choose with --kind: human, model or all"
    assert {one.coder_id for one in judgements_of_kind(sources, kind="human")} == {"ben"}
    assert {one.coder_id for one in judgements_of_kind(sources, kind="model")} == {"model-a", "model-b"}
    assert kinds(judgements_of_kind(sources, kind=ALL)) == ["human", "model"]
    assert kinds(judgements_of_kind(sources, ["ostmark-2002"])) == ["model"], "where there is one kind"


def test_what_is_not_there(mixed: Path) -> None:
    sources = read_sources(mixed)
    with pytest.raises(NotFoundError, match="no conflict named 'atlantis'"):
        judgements_of_kind(sources, ["atlantis"])
    with pytest.raises(NotFoundError, match="ostmark-2002: no judgements of kind human"):
        judgements_of_kind(sources, ["ostmark-2002"], kind="human")
    with pytest.raises(NotFoundError, match="no judgements of kind robot"):
        judgements_of_kind(sources, kind="robot")
