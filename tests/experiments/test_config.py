from __future__ import annotations

from pathlib import Path

import pytest

from standoff.errors import InputError, NotFoundError
from standoff.experiments.config import RunConfig, read_config

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
    assert (config.seed, config.split_set, config.parameters) == (12345, None, {})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("task = seesaw", "not TOML"),
        ('task = "seesaw"', "baseline: Field required"),
        ('task = "a"\nbaseline = "b"\nsede = 1', "sede"),
        ('task = "a"\nbaseline = "b"\nseed = -1', "seed"),
        ('task = "a"\nbaseline = "b"\nseed = "x"', "seed"),
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
