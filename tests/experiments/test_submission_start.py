"""``standoff submit init``: what is written, and what is never overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from standoff.errors import InputError, NotFoundError, RefusedError, StandoffError
from standoff.experiments.submission_start import TEMPLATE, Step, start_submission


def test_a_folder_is_made_with_its_name_in_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "my-system"
    assert start_submission(folder) == []
    assert [path.name for path in folder.iterdir()] == ["system.yaml"]
    text = (folder / "system.yaml").read_text(encoding="utf-8")
    assert text == TEMPLATE.format(name="my-system")
    assert "\nname: my-system\n" in text
    assert "{" not in text.replace("{name", "")


def test_predictions_that_are_there_stay(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "predictions.csv").write_text("id,label\n", encoding="utf-8")
    start_submission(tmp_path / "mine")
    assert (tmp_path / "mine" / "predictions.csv").read_text(encoding="utf-8") == "id,label\n"


def test_the_name_is_that_of_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    start_submission(Path())
    assert "\nname: here\n" in Path("system.yaml").read_text(encoding="utf-8")


def test_tasks_become_steps(tmp_path: Path, shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shared_data.is_dir()
    monkeypatch.setenv("STANDOFF_DATA", str(tmp_path / "nothing"))
    folder = tmp_path / "mine"
    names = ["intervention", "intervention:0.1.0", "newsmtsc", "newsmtsc:rw", "newsmtsc:mt"]
    assert start_submission(folder, names) == [
        Step("intervention:0.1.0", folder / "intervention-0.1.0.jsonl", here=True),
        Step("intervention:0.1.0", folder / "intervention-0.1.0.jsonl", here=True),
        Step("newsmtsc", folder / "newsmtsc.jsonl", here=False),
        Step("newsmtsc", folder / "newsmtsc.jsonl", here=False),
        Step("newsmtsc:mt", folder / "newsmtsc-mt.jsonl", here=False),
    ]


@pytest.mark.parametrize(
    ("task", "error"), [("sesaw", NotFoundError), ("seesaw:none", NotFoundError), ("own.toml", InputError)]
)
def test_another_task_is_refused_before_anything_is_written(
    tmp_path: Path, task: str, error: type[StandoffError]
) -> None:
    with pytest.raises(error):
        start_submission(tmp_path / "mine", ["intervention", task])
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize("name", ["Mine", "tfidf-svm", "nul", "a b", "x" * 65, "x\x1b[31m"])
def test_what_is_no_name_is_refused_before_anything_is_written(tmp_path: Path, name: str) -> None:
    (tmp_path / "In").mkdir()
    with pytest.raises(InputError, match="name") as caught:
        start_submission(tmp_path / "In" / name)
    assert "\x1b" not in str(caught.value)
    assert list((tmp_path / "In").iterdir()) == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "mine" / "system.yaml"
    path.parent.mkdir()
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(RefusedError, match="exists already"):
        start_submission(tmp_path / "mine")
    assert path.read_text(encoding="utf-8") == "mine"
    path.unlink()
    path.symlink_to(tmp_path / "nowhere")
    with pytest.raises(RefusedError, match="exists already"):
        start_submission(tmp_path / "mine")
    assert path.is_symlink()
    assert not (tmp_path / "nowhere").exists()


def test_a_file_is_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    with pytest.raises(InputError):
        start_submission(tmp_path / "mine")
