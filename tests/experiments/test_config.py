from __future__ import annotations

from pathlib import Path

import pytest

from standoff.errors import InputError, NotFoundError
from standoff.experiments.config import RunConfig, configs, is_folder_of_configs, read_config

ROOT = Path(__file__).resolve().parents[2]


def written(folder: Path, text: str) -> Path:
    path = folder / "run.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_says_everything(tmp_path: Path) -> None:
    path = written(
        tmp_path, 'task = "seesaw:all"\nbaseline = "tfidf_svm"\nseed = 1\n[parameters]\ncandidates = [0.1]\n'
    )
    config = read_config(path)
    assert config == RunConfig(task="seesaw:all", baseline="tfidf_svm", seed=1, parameters={"candidates": [0.1]})
    assert config.name == "tfidf_svm-seesaw-all"


def test_defaults(tmp_path: Path) -> None:
    config = read_config(written(tmp_path, 'task = "seesaw"\nbaseline = "majority"\n'))
    assert (config.seed, config.seeds, config.split_set, config.parameters) == (12345, 5, None, {})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("task = seesaw", "not TOML"),
        ('task = "seesaw"', "baseline: Field required"),
        ('task = "a"\nbaseline = "b"\nsede = 1', "sede"),
        ('task = "a"\nbaseline = "b"\nseed = -1', "seed"),
        ('task = "a"\nbaseline = "b"\nseed = "x"', "seed"),
        ('task = "a"\nbaseline = "b"\nseeds = 0', "seeds"),
        ('task = "a"\nbaseline = "b"\nseed = 4294967292', "the last seed"),
        ("task = 3\nbaseline = []", "task"),
        ("", "task: Field required"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        read_config(written(tmp_path, text))
    assert "run.toml" in str(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no such file"):
        read_config(tmp_path / "none.toml")


def test_every_committed_configuration_is_named_after_its_content() -> None:
    paths = sorted((ROOT / "experiments" / "configs").glob("*.toml"))
    assert paths
    for path in paths:
        assert read_config(path).name == path.stem


def test_only_what_is_random_has_several_seeds() -> None:
    assert RunConfig(task="a", baseline="stratified", seed=4, seeds=3).all_seeds == (4, 5, 6)
    assert RunConfig(task="a", baseline="majority", seed=4, seeds=3).all_seeds == (4,)
    assert RunConfig(task="a", baseline="stratified", seed=2**32 - 5).all_seeds[-1] == 2**32 - 1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, task in (("b", "gwsd"), ("a", "seesaw"), ("c", "seesaw")):
        (tmp_path / f"{name}.toml").write_text(f'task = "{task}"\nbaseline = "majority"\n', encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not a configuration", encoding="utf-8")
    return tmp_path


def test_a_folder_stands_for_its_files(folder: Path) -> None:
    assert [(name, config.task) for name, config in configs(str(folder))] == [
        ("a", "seesaw"),
        ("b", "gwsd"),
        ("c", "seesaw"),
    ]


def test_of_a_folder_the_files_on_a_task_can_be_meant(folder: Path) -> None:
    assert [name for name, _ in configs(str(folder), ["gwsd"])] == ["b"]


def test_another_split_set_is_in_the_name(folder: Path) -> None:
    assert [(name, config.split_set) for name, config in configs(str(folder), ["gwsd"], "official")] == [
        ("majority-gwsd-official", "official")
    ]


def test_a_file_is_run_on_each_task(folder: Path) -> None:
    found = list(configs(str(folder / "a.toml"), ["gwsd", "dse"]))
    assert [(name, config.task) for name, config in found] == [("majority-gwsd", "gwsd"), ("majority-dse", "dse")]
    assert list(configs(str(folder / "a.toml"))) == [("a", read_config(folder / "a.toml"))]


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no configurations"):
        list(configs(str(tmp_path)))


@pytest.mark.parametrize("tasks", [[], ["gwsd"]])
def test_what_is_neither_baseline_nor_file_nor_folder_is_an_unknown_baseline(tasks: list[str]) -> None:
    with pytest.raises(NotFoundError, match="no baseline named 'majorty'") as caught:
        list(configs("majorty", tasks))
    assert "did you mean majority?" in str(caught.value)
    assert "the name of a file ends in .toml; of a folder there is none at this path" in str(caught.value)


def test_a_baseline_needs_a_task() -> None:
    with pytest.raises(InputError, match="names a baseline and no task") as caught:
        list(configs("majority"))
    assert "standoff run majority --task intervention" in str(caught.value)


@pytest.mark.parametrize("task", ["", "a\nb"])
def test_what_cannot_be_a_task_is_refused(task: str) -> None:
    with pytest.raises(InputError, match="--task"):
        list(configs("majority", [task]))


def test_a_folder_named_like_a_baseline_is_not_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("majority", "mine"):
        (tmp_path / name).mkdir()
    assert not is_folder_of_configs("majority")
    assert is_folder_of_configs("mine")
    assert [config.baseline for _, config in configs("majority", ["gwsd"])] == ["majority"]
