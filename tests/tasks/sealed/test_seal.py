"""Sealing: what is published, what is kept, and what is refused without a trace."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.tasks.sealed.rounds import (
    IN_FOLDS,
    LABELS,
    MARKER,
    Round,
    contents,
    lines,
    rows,
    sealed_round,
    with_labels,
    write_task,
)

from standoff.errors import InputError, NotFoundError, RefusedError
from standoff.tasks.frame import SHOWN, frame_digest
from standoff.tasks.registry import load_task
from standoff.tasks.sealed.gold import open_sealed, unseal
from standoff.tasks.sealed.seal import _write_private, seal

posix = pytest.mark.skipif(os.name != "posix", reason="modes of files and symbolic links are POSIX's")


def tree(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


# -- what is published ----------------------------------------------------------------------------------


def test_the_public_folder_has_items_labelled_splits_a_task_and_the_commitment(zoo: Round) -> None:
    assert set(contents(zoo.public)) == {
        "commitment.json",
        "task.toml",
        "test.items.jsonl",
        "train.jsonl",
        "validation.jsonl",
    }


def test_items_are_what_a_model_may_see_sorted_by_id(zoo: Round) -> None:
    items = lines(zoo.public / "test.items.jsonl")
    assert all(tuple(item) == SHOWN for item in items)
    ids = [item["id"] for item in items]
    assert ids == sorted(zoo.gold) != list(zoo.gold)
    rows = zoo.loaded.split("test").set_index("id")
    for item in items:
        row = rows.loc[item["id"]]
        assert (item["text"], item["group"], item["target"]) == (row["text"], row["group"], row["target"])
        assert item["actor_spans"] == [list(span) for span in row["actor_spans"]] == [[0, 3]]


def test_no_public_file_holds_a_label_of_the_sealed_split(zoo: Round) -> None:
    public = contents(zoo.public)
    for label in LABELS:
        assert label not in public["test.items.jsonl"]
        assert label in public["train.jsonl"]
    for name, text in public.items():
        assert MARKER not in text
        if name != "test.items.jsonl":
            assert not any(f'"{item}"' in text for item in zoo.gold)
    assert MARKER in zoo.private.read_text(encoding="utf-8")


def test_nothing_public_depends_on_the_labels_but_the_commitment_and_the_salt(zoo: Round, tmp_path: Path) -> None:
    """The same items with every label moved on by one, and another withheld column: the same bytes."""
    others = {item: LABELS[(LABELS.index(label) + 1) % 3] for item, label in zoo.gold.items()}
    changed = with_labels(zoo.loaded, others)
    frame = changed.frame.assign(note=["other" if one else "" for one in changed.frame["split"] == "test"])
    seal(replace(changed, frame=frame, digest=frame_digest(frame)), "test", tmp_path / "p", tmp_path / "g.jsonl")
    public, other = contents(zoo.public), contents(tmp_path / "p")
    differ = {name for name in public if public[name] != other[name]}
    assert differ == {"commitment.json"}
    one, two = (json.loads(texts["commitment.json"]) for texts in (public, other))
    assert {name for name in one if one[name] != two[name]} == {"salt_sha256", "commitment"}


def test_no_two_salts_are_the_same(zoo: Round, tmp_path: Path) -> None:
    made = [seal(zoo.loaded, "test", tmp_path / f"p{n}", tmp_path / f"g{n}.jsonl") for n in range(3)]
    assert len({one.commitment for one in [*made, zoo.made]}) == 4
    assert len({one.salt_sha256 for one in [*made, zoo.made]}) == 4
    assert {len(open_sealed(tmp_path / f"g{n}.jsonl").salt) for n in range(3)} == {32}


# -- what is kept ---------------------------------------------------------------------------------------


def test_the_private_file_says_what_it_is_and_has_labels_and_slices(zoo: Round) -> None:
    first, facts, *items = lines(zoo.private)
    assert first["what"].startswith("PRIVATE: ")
    assert first["commitment"] == zoo.made.commitment
    assert facts["data_sha256"] == zoo.loaded.digest
    assert {name: facts[name] for name in facts if name != "data_sha256"} == {
        name: value for name, value in zoo.made.to_json().items() if name not in {"salt_sha256", "commitment"}
    }
    assert [item["id"] for item in items] == sorted(zoo.gold)
    assert {item["id"]: item["label"] for item in items} == zoo.gold
    assert all(list(item) == ["id", "group", "label", "year", "note"] for item in items)
    assert unseal(zoo.commitment, zoo.private).commitment == zoo.made.commitment


@posix
@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_the_private_file_is_for_its_owner_alone(zoo: Round, tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        seal(zoo.loaded, "test", tmp_path / "p", tmp_path / "g.jsonl")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "g.jsonl").stat().st_mode) == 0o600
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "p").iterdir()} == {0o644}
    assert tree(tmp_path) == {"g.jsonl", "p", *(f"p/{name}" for name in contents(tmp_path / "p"))}


# -- other splits ---------------------------------------------------------------------------------------


def test_a_sealed_validation_split_leaves_train_and_test(zoo: Round, tmp_path: Path) -> None:
    made = seal(zoo.loaded, "validation", tmp_path / "p", tmp_path / "g.jsonl")
    assert set(made.files) == {"validation.items.jsonl", "train.jsonl", "test.jsonl", "task.toml"}
    found = load_task(str(tmp_path / "p" / "task.toml"), split_set="official")
    assert dict(found.frame["split"].value_counts()) == {"train": 24, "test": 18}
    assert made.split == "audited-validation"


def test_folds_are_refused_with_a_reason_unless_one_is_named(tmp_path: Path) -> None:
    loaded = load_task(str(write_task(tmp_path / "data", end=IN_FOLDS)))
    for split in ("test", "folds", "train"):
        with pytest.raises(RefusedError, match=r"(?s)nobody could train on it.*what to do: .*--split fold-4"):
            seal(loaded, split, tmp_path / "p", tmp_path / "g.jsonl")
    assert tree(tmp_path) == {"data", "data/zoo.csv", "data/zoo.toml"}
    made = seal(loaded, "fold-2", tmp_path / "p", tmp_path / "g.jsonl")
    assert made.split == "audited-fold-2"
    assert set(made.files) == {"fold-2.items.jsonl", "fold-1.jsonl", "fold-3.jsonl", "fold-4.jsonl", "task.toml"}
    assert made.items == len(loaded.split("fold-2")) < len(loaded.frame)
    labelled = load_task(str(tmp_path / "p" / "task.toml"))
    assert set(labelled.frame["id"]) == set(loaded.frame["id"]) - set(loaded.split("fold-2")["id"])


def test_a_set_without_labelled_items_is_published_without_a_task(tmp_path: Path) -> None:
    items = [row for row in rows() if row["set"] == "test"]
    found = sealed_round(tmp_path, items)
    assert set(contents(found.public)) == {"commitment.json", "test.items.jsonl"}


# -- refusals leave nothing -----------------------------------------------------------------------------


def test_unknown_and_empty_splits(zoo: Round, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no split of task zoo named 'tests'"):
        seal(zoo.loaded, "tests", tmp_path / "p", tmp_path / "g.jsonl")
    assert tree(tmp_path) == set()


def test_ids_that_name_labels_are_refused(tmp_path: Path) -> None:
    items = [{**row, "id": f"{row['label']}/{row['id']}"} for row in rows()]
    with pytest.raises(RefusedError, match="the id says the label of 18 of 18 items"):
        sealed_round(tmp_path, items)
    assert tree(tmp_path) == {"data", "data/zoo.csv", "data/zoo.toml"}


def test_too_few_labelled_items_for_a_task_are_refused(tmp_path: Path) -> None:
    items = [row for row in rows() if row["set"] == "test" or row["article"] == "train-1"]
    with pytest.raises(RefusedError, match=r"would make no task: 3 items in 1 groups cannot fill 5 folds"):
        sealed_round(tmp_path, items)
    assert tree(tmp_path) == {"data", "data/zoo.csv", "data/zoo.toml"}


@pytest.mark.parametrize("taken", ["folder", "full folder", "file"])
def test_an_existing_public_folder_is_refused(zoo: Round, tmp_path: Path, taken: str) -> None:
    target = tmp_path / "p"
    if taken == "file":
        target.write_text("mine")
    else:
        target.mkdir()
    if taken == "full folder":
        (target / "x").touch()
    before = tree(tmp_path)
    with pytest.raises(RefusedError, match=r"p: exists already(.|\n)*what was published stays"):
        seal(zoo.loaded, "test", target, tmp_path / "g.jsonl")
    assert tree(tmp_path) == before


def test_an_existing_private_file_is_refused_and_stays(zoo: Round, tmp_path: Path) -> None:
    private = tmp_path / "g.jsonl"
    private.write_text("salt of another round")
    with pytest.raises(RefusedError, match=r"g\.jsonl: exists already(.|\n)*cannot be made again"):
        seal(zoo.loaded, "test", tmp_path / "p", private)
    # The same where it appears in the last moment.
    with pytest.raises(RefusedError, match="exists already"):
        _write_private(private, b"other")
    assert private.read_text() == "salt of another round"
    assert tree(tmp_path) == {"g.jsonl"}


@posix
def test_a_link_that_leads_nowhere_is_refused_too(zoo: Round, tmp_path: Path) -> None:
    (tmp_path / "g.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RefusedError, match="exists already"):
        seal(zoo.loaded, "test", tmp_path / "p", tmp_path / "g.jsonl")
    assert tree(tmp_path) == {"g.jsonl"}


INSIDE: dict[str, Callable[[Path], tuple[Path, Path]]] = {
    "in it": lambda base: (base / "p", base / "p" / "g.jsonl"),
    "deep in it": lambda base: (base / "p", base / "p" / "a" / "b" / "g.jsonl"),
    "the folder itself": lambda base: (base / "p", base / "p"),
    "by ..": lambda base: (base / "p", base / "x" / ".." / "p" / "g.jsonl"),
    "public by ..": lambda base: (base / "x" / ".." / "p", base / "p" / "g.jsonl"),
    "by a linked folder": lambda base: (base / "real" / "p", base / "link" / "p" / "g.jsonl"),
    "public by a linked folder": lambda base: (base / "link" / "p", base / "real" / "p" / "g.jsonl"),
    "by a link to the folder": lambda base: (base / "p", base / "to-p" / "g.jsonl"),
    "by a linked file": lambda base: (base / "p", base / "to-g"),
    "the other way round": lambda base: (base / "g.jsonl" / "p", base / "g.jsonl"),
}


@posix
@pytest.mark.parametrize("how", INSIDE)
def test_a_private_file_in_the_public_folder_is_refused(zoo: Round, tmp_path: Path, how: str) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "to-p").symlink_to(tmp_path / "p")
    (tmp_path / "to-g").symlink_to(tmp_path / "p" / "g.jsonl")
    before = tree(tmp_path)
    public, private = INSIDE[how](tmp_path)
    with pytest.raises(RefusedError, match="would lie in the public folder"):
        seal(zoo.loaded, "test", public, private)
    assert tree(tmp_path) == before


def test_relative_paths_are_compared_too(zoo: Round, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RefusedError, match="would lie in the public folder"):
        seal(zoo.loaded, "test", tmp_path / "p", Path("p/g.jsonl"))
    seal(zoo.loaded, "test", Path("p"), Path("p.jsonl"))  # a name that only starts alike
    assert (tmp_path / "p.jsonl").is_file()


@pytest.mark.parametrize("which", ["public", "private"])
def test_a_path_through_a_file_leaves_nothing(zoo: Round, tmp_path: Path, which: str) -> None:
    (tmp_path / "file").touch()
    public, private = tmp_path / "p", tmp_path / "file" / "g.jsonl"
    if which == "public":
        public, private = tmp_path / "file" / "p", tmp_path / "g.jsonl"
    with pytest.raises(InputError, match="cannot be made"):
        seal(zoo.loaded, "test", public, private)
    assert tree(tmp_path) == {"file"}


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="/proc is a folder that nobody can write to")
def test_a_place_that_cannot_be_written_to_leaves_nothing(zoo: Round, tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"/proc/g\.jsonl: this file cannot be written(.|\n)*another private file"
    ):
        seal(zoo.loaded, "test", tmp_path / "p", Path("/proc/g.jsonl"))
    assert tree(tmp_path) == set()


def test_a_long_name_is_no_obstacle(zoo: Round, tmp_path: Path) -> None:
    seal(zoo.loaded, "test", tmp_path / "p", tmp_path / ("g" * 255))
    assert unseal(tmp_path / "p" / "commitment.json", tmp_path / ("g" * 255)).facts.items == 18


# -- the built-in tasks ---------------------------------------------------------------------------------


def test_columns_made_with_the_label_are_nowhere_in_public(tmp_path: Path) -> None:
    loaded = load_task("intervention")
    made = seal(loaded, "test", tmp_path / "p", tmp_path / "g.jsonl")
    withheld = set(loaded.task.made_with_label)
    assert {"stance", "attribution"} < withheld
    for name in made.files:
        if name.endswith(".jsonl"):
            assert all(not withheld & set(row) for row in lines(tmp_path / "p" / name))
    assert all(withheld < set(row) for row in lines(tmp_path / "g.jsonl")[2:])
    assert {"conflict_id", "year", "seen_actor"} < set(lines(tmp_path / "p" / "train.jsonl")[0])
    assert (made.label_kind, made.task) == ("model", loaded.address)


@pytest.mark.parametrize(
    "name", ["dse", "gwsd", "handeset", "heating", "newsmtsc", "polstance", "rusentrel", "seesaw"]
)
def test_every_public_set_can_be_sealed_and_comes_back(name: str, tmp_path: Path, shared_data: Path) -> None:
    loaded = load_task(name, data_dir=shared_data)
    split = loaded.folds[0] if loaded.folds else "test"
    made = seal(loaded, split, tmp_path / "p", tmp_path / "g.jsonl")
    gold = unseal(tmp_path / "p" / "commitment.json", tmp_path / "g.jsonl")
    items = loaded.split(split)
    assert {row["id"]: row["label"] for row in gold.items} == dict(zip(items["id"], items["label"], strict=True))
    assert made.items == len(items)
