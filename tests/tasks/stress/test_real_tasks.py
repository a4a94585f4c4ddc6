"""What holds for the stress sets of every task: spans are right, labels follow, nothing else has changed."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from standoff.tasks.frame import check_frame
from standoff.tasks.registry import get_task, load_task, names
from standoff.tasks.stress.registry import StressSet, make_sets

Pair = tuple[dict[str, Any], dict[str, Any]]
"""An original and what was made of it."""

MARKS = re.compile("[\"'`,„“”‟«»‹›\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}‚]")  # noqa: RUF001 - quotation marks

pytestmark = pytest.mark.parametrize("task", names())


@cache
def sets_of(task: str, shared_data: Path) -> dict[str, StressSet]:
    loaded = load_task(task, data_dir=None if get_task(task).source is None else shared_data)
    return {one.stress.name: one for one in make_sets(loaded)}


def pairs(task: str, stress: str, shared_data: Path) -> list[Pair]:
    made = sets_of(task, shared_data).get(stress)
    return [] if made is None else list(zip(_rows(made.originals), _rows(made.frame), strict=True))


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def covered(row: dict[str, Any], side: str) -> list[str]:
    return [row["text"][start:end] for start, end in row[f"{side}_spans"]]


def is_all_but(changed: str, places: list[tuple[int, int]], original: str) -> bool:
    """Return whether one text is the other with something else in these places of it, and only there."""
    ends = [0, *(place for span in sorted(places) for place in span), len(changed)]
    pieces = [re.escape(changed[start:end]) for start, end in list(pairwise(ends))[::2]]
    return re.fullmatch("(?:.+?)".join(pieces), original, re.DOTALL) is not None


def test_a_set_is_a_frame_of_the_task(task: str, shared_data: Path) -> None:
    sets = sets_of(task, shared_data)
    assert sets
    for name, made in sets.items():
        check_frame(made.frame, made.loaded.task.labels, f"{task}, {name}")
        assert list(made.frame["id"]) == [f"{item}~{name}" for item in made.originals["id"]]
        assert made.frame["original"].is_unique
        assert set(made.frame["original"]) <= set(made.loaded.split(made.loaded.scored)["id"])
        for column in ("group", "split"):
            assert list(made.frame[column]) == list(made.originals[column])


def test_no_item_equals_its_original(task: str, shared_data: Path) -> None:
    for stress in sets_of(task, shared_data):
        for before, after in pairs(task, stress, shared_data):
            assert any(before[name] != after[name] for name in ("text", "actor", "target"))


def test_labels_are_kept_but_where_they_are_derived(task: str, shared_data: Path) -> None:
    for stress, made in sets_of(task, shared_data).items():
        if made.stress.labels == "kept":
            assert list(made.frame["label"]) == list(made.originals["label"])
            assert made.label_kind == get_task(task).label_kind
        else:
            assert made.n_labels_changed > 0, stress
            assert made.label_kind == "derived"


def test_masked_names_are_gone_and_placeholders_stand_in_the_spans(task: str, shared_data: Path) -> None:
    for before, after in pairs(task, "names_masked", shared_data):
        places = []
        for side, placeholder in (("actor", "Entity A"), ("target", "Entity B")):
            if before[side] != after[side]:
                assert after[side] == placeholder
                assert set(covered(after, side)) <= {placeholder}
                assert len(covered(after, side)) == after["text"].count(placeholder)
                assert not re.search(rf"(?<!\w){re.escape(before[side])}(?!\w)", after["text"])
                places += after[f"{side}_spans"]
            else:
                assert covered(before, side) == covered(after, side)
        assert is_all_but(after["text"], places, before["text"])


def test_actors_trade_places_in_pairs(task: str, shared_data: Path) -> None:
    found = pairs(task, "actors_swapped", shared_data)
    for before, after in found:
        partners = [
            (old, new)
            for old, new in found
            if (old["text"], old["target"], new["text"]) == (before["text"], before["target"], after["text"])
            and old["actor"] != before["actor"]
        ]
        assert {new["label"] for _, new in partners} == {before["label"]}
        assert {old["label"] for old, _ in partners} == {after["label"]} != {before["label"]}
        assert (after["actor"], after["target"]) == (before["actor"], before["target"])
        old, new = partners[0]
        assert is_all_but(after["text"], [*after["actor_spans"], *new["actor_spans"]], before["text"])
        assert is_all_but(before["text"], [*before["actor_spans"], *old["actor_spans"]], after["text"])
        assert after["actor"] in covered(after, "actor")
        assert not set(covered(after, "actor")) & set(covered(new, "actor"))


def test_roles_stand_where_names_stood(task: str, shared_data: Path) -> None:
    found = pairs(task, "role_titles", shared_data)
    assert bool(found) == (task == "intervention")
    for before, after in found:
        assert after["actor"].startswith("the ")
        assert {words.lower() for words in covered(after, "actor")} == {after["actor"].lower()}
        assert is_all_but(after["text"], after["actor_spans"], before["text"])
        assert before["actor"].split()[-1] not in after["text"]


def test_another_target_is_one_of_another_conflict(task: str, shared_data: Path) -> None:
    found = pairs(task, "target_swapped", shared_data)
    assert bool(found) == (task == "intervention")
    if found:
        frame = sets_of(task, shared_data)["target_swapped"].loaded.frame
        conflict_of = dict(zip(frame["target"], frame["conflict_id"], strict=True))
        for before, after in found:
            assert conflict_of[after["target"]] != before["conflict_id"]
            assert (after["text"], after["actor"], after["label"]) == (before["text"], before["actor"], "none")


def test_a_negated_target_has_one_word_more(task: str, shared_data: Path) -> None:
    found = pairs(task, "target_negated", shared_data)
    assert bool(found) == (task in {"gwsd", "intervention"})
    board: dict[str, Any] = dict(get_task(task).board_map or {})
    opposite = {"support": "oppose", "oppose": "support", "none": "none"}
    for before, after in found:
        assert after["target"].replace(" not ", " ", 1) == before["target"]
        assert board[after["label"]] == opposite[board[before["label"]]]
        assert (after["text"], after["actor_spans"]) == (before["text"], before["actor_spans"])


def test_misspelt_words_are_few_and_no_mentions(task: str, shared_data: Path) -> None:
    found = pairs(task, "spelling_noise", shared_data)
    n_words = n_changed = 0
    for before, after in found:
        for side in ("actor", "target"):
            assert covered(before, side) == covered(after, side)
            assert before[side] == after[side]
        words = [re.findall(r"\w+", row["text"]) for row in (before, after)]
        assert len(words[0]) == len(words[1])
        changed = [(old, new) for old, new in zip(*words, strict=True) if old != new]
        assert all(old[0] == new[0] and abs(len(old) - len(new)) <= 1 for old, new in changed)
        n_words, n_changed = n_words + len(words[0]), n_changed + len(changed)
    assert 0.08 < n_changed / n_words < 0.12
    loaded = sets_of(task, shared_data)["spelling_noise"].loaded
    assert len(found) >= 0.99 * len(loaded.split(loaded.scored))


def test_texts_without_quotation_marks_are_otherwise_the_same(task: str, shared_data: Path) -> None:
    for before, after in pairs(task, "quotation_marks_removed", shared_data):
        assert MARKS.sub("", before["text"]) == MARKS.sub("", after["text"])
        assert not re.search('["„“”«»]', after["text"])
        assert after["text"].count("n't") == before["text"].count("n't")
        for side in ("actor", "target"):
            old, new = ([MARKS.sub("", words) for words in covered(row, side)] for row in (before, after))
            assert [words for words in old if words] == [words for words in new if words]
