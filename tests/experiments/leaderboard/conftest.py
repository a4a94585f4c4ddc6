from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from standoff.experiments.config import RunConfig
from standoff.experiments.leaderboard import store
from standoff.experiments.leaderboard.build import build
from standoff.experiments.leaderboard.standing import Settings
from standoff.experiments.run import run

SYSTEMS = ("majority", "stratified", "text_blind", "nbsvm", "tfidf_logreg")
FEW = Settings(permutations=200)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with runs of some baselines on the corpus, and their leaderboard."""
    folder = tmp_path_factory.mktemp("made") / "experiments"
    for name in SYSTEMS:
        config = RunConfig(task="intervention", baseline=name, seeds=2)
        run(config, folder / "runs" / config.name)
    store.write(folder, build(folder, settings=FEW))
    return folder


@pytest.fixture
def experiments(made: Path, tmp_path: Path) -> Path:
    """A copy of it, to change."""
    return Path(shutil.copytree(made, tmp_path / "experiments"))
