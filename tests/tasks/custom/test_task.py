"""A TOML file becomes a task that loads, splits and scores as the built-in ones do."""

from __future__ import annotations

import random
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from standoff.baselines.registry import make_baseline
from standoff.errors import InputError
from standoff.tasks.custom.task import read_task
from standoff.tasks.frame import check_frame, frame_digest
from standoff.tasks.split_sets import changes, list_text
from standoff.tasks.task import LoadedTask, Task

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tasks.custom.conftest import Folder

COLUMNS = '[columns]\ngroup = "g"\ntext = "t"\nlabel = "l"\n'
WHOLE = '[[files]]\npath = "a.csv"\n' + COLUMNS
WORDS = [f"{a}{b}" for a in "bdfgklmnprst" for b in "aeiou"]


def table(n: int, **columns: list[str]) -> str:
    """Return n rows of ten made-up words, two to a group, the label in the first word."""
    made = random.Random(0)  # noqa: S311 - a seed, not a secret
    lines = [",".join(["g", "t", "l", *columns])]
    for number in range(n):
        label = ("for", "against")[number % 2]
        text = " ".join([label.upper(), *made.sample(WORDS, 10)])
        lines.append(",".join([f"g{number // 2}", text, label, *(values[number] for values in columns.values())]))
    return "\n".join(lines) + "\n"


def loaded(task: Task, folder: Path, split_set: str) -> LoadedTask:
    """Load as the registry does."""
    frame = task.split_sets[split_set](task.read(folder, "default"))
    check_frame(frame, task.labels, task.name)
    return LoadedTask(
        task=task,
        variant="default",
        split_set=split_set,
        folder=folder,
        frame=frame,
        digest=frame_digest(frame),
    )


def test_what_is_declared_arrives(folder: Folder) -> None:
    path = folder.task(
        'version = 3\ntitle = "Made up"\ndescription = "Nothing."\nannotators = "nobody"\nagreement = "none"\n'
        'licence = "CC0-1.0"\nterms = "Free."\ncitation = "@misc{made}"\nhomepage = "https://example.org"\n'
        'holder = "a person"\ntarget_kind = "a bill"\n'
        '[labels]\norder = ["against", "for"]\nboard = { for = "support", against = "oppose" }\n' + WHOLE
    )
    task = read_task(path)
    assert (task.name, task.version, task.title, task.description) == ("made", 3, "Made up", "Nothing.")
    assert (task.annotators, task.agreement, task.licence, task.terms) == ("nobody", "none", "CC0-1.0", "Free.")
    assert (task.citation, task.homepage, task.holder) == ("@misc{made}", "https://example.org", "a person")
    assert (task.target_kind, task.language, task.label_kind) == ("a bill", "en", "human")
    assert (list((task.board_map or {}).items()), task.board_map_reason) == (
        [("against", "oppose"), ("for", "support")],
        None,
    )
    assert (task.source, task.default_moves, task.metric, task.paper_metric) == (None, False, "macro_f1", None)


def test_what_is_not_declared_is_said_to_be_unknown(folder: Folder) -> None:
    task = read_task(folder.task(WHOLE))
    assert (task.title, task.annotators, task.agreement, task.licence) == (
        "made",
        "not stated",
        None,
        "NOASSERTION",
    )
    assert (task.holder, task.target_kind, task.board_map) == ("", "", None)
    assert task.board_map_reason is not None
    assert read_task(folder.task(WHOLE + 'actor = "g"\n')).holder == "the actor"
    assert read_task(folder.task(WHOLE + '[tags]\ntarget = ["<", ">"]\n')).target_kind == "the target"


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ('[labels]\norder = ["for"]\n' + WHOLE, "are not two or more different ones"),
        ('[labels]\norder = ["for", "for"]\n' + WHOLE, "are not two or more different ones"),
    ],
)
def test_a_task_that_contradicts_itself_is_refused_by_its_file(folder: Folder, toml: str, message: str) -> None:
    path = folder.task(toml)
    with pytest.raises(InputError) as caught:
        read_task(path)
    assert str(caught.value).startswith(f"{path}: the task contradicts itself")
    assert message in str(caught.value)


def test_names_are_not_taken_twice_and_are_names(folder: Folder) -> None:
    path = folder.task(WHOLE)
    with pytest.raises(InputError, match=r"task\.toml: name 'made' is that of a built-in task"):
        read_task(path, reserved={"seesaw", "made"})
    assert read_task(path, reserved={"seesaw"}).name == "made"
    path.write_text(path.read_text(encoding="utf-8").replace('"made"', '"Made up"'), encoding="utf-8")
    with pytest.raises(InputError, match="name 'Made up' is not lower-case"):
        read_task(path)


def test_without_splits_five_folds_are_made(folder: Folder) -> None:
    folder.write("a.csv", table(40))
    task = read_task(folder.task(WHOLE))
    assert list(task.split_sets) == ["audited"]
    made = loaded(task, folder.path, "audited")
    assert made.folds == ("fold-1", "fold-2", "fold-3", "fold-4", "fold-5")
    assert made.frame.groupby("group")["split"].nunique().max() == 1
    assert (made.address, made.scored, len(made.frame)) == ("made", "folds", 40)


def test_the_number_of_folds_and_their_seed_can_be_said(folder: Folder) -> None:
    folder.write("a.csv", table(40))
    tomls = [WHOLE + f"[splits]\nfolds = {{ count = 4, seed = {seed} }}\n" for seed in (7, 7, 8)]
    made = [loaded(read_task(folder.task(toml)), folder.path, "audited") for toml in tomls]
    assert [len(one.folds) for one in made] == [4, 4, 4]
    assert made[0].digest == made[1].digest != made[2].digest


def test_declared_folds_are_official_and_audited_ones_as_many(folder: Folder) -> None:
    folder.write("a.csv", table(42, f=[str(number % 3) for number in range(42)]))
    task = read_task(folder.task(WHOLE + '[splits]\nfolds = { column = "f" }\n'))
    assert list(task.split_sets) == ["audited", "official"]
    official, audited = (loaded(task, folder.path, name) for name in ("official", "audited"))
    assert official.frame["split"].to_list() == ["fold-1", "fold-2", "fold-3"] * 14
    assert official.frame.groupby("group")["split"].nunique().max() == 2
    assert len(audited.folds) == 3
    assert audited.frame.groupby("group")["split"].nunique().max() == 1


def test_items_that_cannot_be_split_are_refused_by_the_file(folder: Folder) -> None:
    folder.write("a.csv", table(4))
    path = folder.task(WHOLE)
    with pytest.raises(InputError) as caught:
        loaded(read_task(path), folder.path, "audited")
    assert str(caught.value).startswith(f"{path}: 4 items in 2 groups cannot fill 5 folds")
    assert "ask for fewer folds" in str(caught.value)
    listed = folder.write("splits.tsv", "id\tsplit\n")
    task = read_task(folder.task(WHOLE + '[splits]\nlist = "splits.tsv"\n'))
    with pytest.raises(InputError, match="is not a split list") as caught:
        loaded(task, folder.path, "audited")
    assert str(caught.value).startswith(f"{listed}: ")


def test_declared_splits_are_official_and_audited_without_leaks(folder: Folder) -> None:
    parts = ["train"] * 19 + ["test"] * 11 + ["validation"] * 10
    folder.write("a.csv", table(40, s=parts))
    task = read_task(folder.task(WHOLE + '[splits]\ncolumn = "s"\n'))
    assert list(task.split_sets) == ["audited", "official"]
    assert loaded(task, folder.path, "official").frame["split"].to_list() == parts
    audited = loaded(task, folder.path, "audited").frame
    # The group of items 18 and 19 is in train and in test.
    assert len(audited) == 39
    assert "a|21" not in set(audited["id"])


def test_audited_splits_can_be_frozen_in_a_list(folder: Folder) -> None:
    folder.write("a.csv", table(40))
    task = read_task(folder.task(WHOLE))
    made = changes(task.read(folder.path, "default"), folds=4, seed=7)
    folder.write("splits.tsv", list_text(made))
    frozen = read_task(folder.task(WHOLE + '[splits]\nlist = "splits.tsv"\n'))
    assert list(frozen.split_sets) == ["audited"]
    frame = loaded(frozen, folder.path, "audited").frame
    assert list(zip(frame["id"], frame["split"], strict=True)) == [(change.id, change.split) for change in made]


def test_the_folder_that_read_is_given_does_not_matter(folder: Folder, tmp_path: Path) -> None:
    folder.write("a.csv", table(10))
    task = read_task(folder.task(WHOLE))
    assert frame_digest(task.read(tmp_path / "nowhere", "default")) == frame_digest(task.read(folder.path, ""))


def test_reading_again_sees_what_changed(folder: Folder) -> None:
    folder.write("a.csv", table(10))
    task = read_task(folder.task(WHOLE))
    before = frame_digest(task.read(folder.path, "default"))
    folder.write("a.csv", table(12))
    assert frame_digest(task.read(folder.path, "default")) != before


def test_a_baseline_learns_from_a_custom_task(folder: Folder) -> None:
    folder.write("a.csv", table(60))
    made = loaded(read_task(folder.task(WHOLE)), folder.path, "audited")
    right = 0
    for train, held_out in made.rounds():
        fitted = make_baseline("tfidf_svm", {"candidates": [1.0]}).fit(train, train["label"])
        right += int((fitted.predict(held_out) == held_out["label"]).sum())
    assert right == 60


def test_declaring_a_task_reads_no_data(folder: Folder) -> None:
    path = folder.task(WHOLE)
    code = (
        "import sys; from pathlib import Path; from standoff.tasks.custom.task import read_task; "
        f"read_task(Path({str(path)!r})); "
        "print(*sorted({'sklearn', 'datasets', 'scipy', 'openpyxl', 'rensa', 'ftfy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == ""
