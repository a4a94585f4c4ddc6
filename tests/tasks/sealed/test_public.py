"""The public folder: a task that participants train on, which gives back what it was made of."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.tasks.sealed.rounds import Round

from standoff.errors import RefusedError
from standoff.tasks.frame import FOLD, frame_digest
from standoff.tasks.registry import load_task
from standoff.tasks.sealed.public import LABELLED, plain_rows, public_files, refuse_unreadable
from standoff.tasks.task import LoadedTask


def write(folder: Path, loaded: LoadedTask) -> dict[str, str]:
    """Write the public files with the test split sealed."""
    files = public_files(loaded, "test")
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return files


def test_the_task_gives_back_the_labelled_items_in_folds(zoo: Round) -> None:
    """With `test` sealed there is nothing to test on: what is labelled is cross-validated."""
    loaded = load_task(str(zoo.public / "task.toml"))
    labelled = zoo.loaded.frame[zoo.loaded.frame["split"] != "test"]
    assert plain_rows(loaded.frame.sort_values("id"), LABELLED) == plain_rows(labelled.sort_values("id"), LABELLED)
    assert len(loaded.folds) == 5
    assert all(FOLD.fullmatch(name) for name in loaded.frame["split"])
    assert loaded.frame.groupby("group")["split"].nunique().max() == 1


def test_the_task_declares_what_the_task_does(zoo: Round) -> None:
    task, public = zoo.loaded.task, load_task(str(zoo.public / "task.toml")).task
    assert (public.name, task.name) == ("zoo-sealed", "zoo")
    assert public.title == 'Animals, "quoted" \\ and \u2028 not, without the labels of audited-test'
    same = ("language", "label_kind", "version", "licence", "terms", "labels", "metric", "holder", "target_kind")
    for name in (*same, "description", "annotators", "agreement", "citation", "homepage"):
        assert getattr(public, name) == getattr(task, name), name
    assert dict(public.board_map or {}) == {"quokka": "support", "axolotl": "oppose", "narwhal": "none"}


def test_a_task_without_a_board_map_says_why() -> None:
    loaded = load_task("intervention")
    changed = replace(loaded.task, board_map=None, board_map_reason='no "stance"\x7f\n')
    text = public_files(replace(loaded, task=changed), "test")["task.toml"]
    declared = tomllib.loads(text)["labels"]
    assert declared == {"order": ["support", "oppose", "none"], "board_reason": 'no "stance"\x7f\n'}


def test_slices_are_declared_but_for_those_made_with_the_label(zoo: Round) -> None:
    assert tomllib.loads((zoo.public / "task.toml").read_text(encoding="utf-8"))["columns"]["slices"] == [
        "year",
        "note",
    ]
    text = public_files(load_task("intervention"), "test")["task.toml"]
    assert tomllib.loads(text)["columns"]["slices"] == [
        "conflict_id",
        "language",
        "outlet",
        "actor_kind",
        "year",
        "seen_actor",
    ]


def test_values_become_plain() -> None:
    frame = pd.DataFrame(
        {
            "id": ["a", "b", "c"],
            "n": np.array([1, 2, 3]),
            "x": [0.5, float("nan"), 2.0],
            "y": pd.array([1, None, 3], dtype="Int64"),
            "b": [True, False, True],
            "s": ["t", None, pd.NA],
            "actor_spans": [[(np.int64(0), 2)], [], [(1, 2), (3, 4)]],
        }
    )
    rows = plain_rows(frame, [str(name) for name in frame])
    assert json.dumps(rows[0]) == json.dumps(
        {"id": "a", "n": 1, "x": 0.5, "y": 1, "b": True, "s": "t", "actor_spans": [[0, 2]]}
    )
    assert [rows[1][name] for name in ("x", "y", "s")] == [None, None, None]
    assert rows[2]["s"] is None
    assert rows[2]["actor_spans"] == [[1, 2], [3, 4]]
    assert type(rows[0]["n"]) is int


HARD = "\ufeff a\r\nb\x00c\u2028\x85\x0c\x7f\\ \" ' {brace} [x] 😀 e\u0301 "


def test_hard_texts_come_back_to_the_character(zoo: Round, tmp_path: Path) -> None:
    frame = zoo.loaded.frame.assign(
        text=[f"{HARD}{text}" for text in zoo.loaded.frame["text"]],
        actor_spans=pd.Series([[(0, 3), (5, 9)]] * len(zoo.loaded.frame)),
        target=["" if n % 2 else HARD for n in range(len(zoo.loaded.frame))],
    )
    loaded = replace(zoo.loaded, frame=frame, digest=frame_digest(frame))
    write(tmp_path, loaded)
    refuse_unreadable(tmp_path, loaded, "test")
    given = load_task(str(tmp_path / "task.toml")).frame
    assert all(text.startswith(HARD) for text in given["text"])
    assert set(given["target"]) == {"", HARD}


def test_a_task_that_gives_back_something_else_is_refused(zoo: Round, tmp_path: Path) -> None:
    files = write(tmp_path, zoo.loaded)
    refuse_unreadable(tmp_path, zoo.loaded, "test")
    (tmp_path / "train.jsonl").write_text(files["train.jsonl"].replace("plan 1", "plan 2"), encoding="utf-8")
    with pytest.raises(RefusedError, match="do not come back whole"):
        refuse_unreadable(tmp_path, zoo.loaded, "test")
    (tmp_path / "train.jsonl").unlink()
    with pytest.raises(RefusedError, match="would make no task"):
        refuse_unreadable(tmp_path, zoo.loaded, "test")
