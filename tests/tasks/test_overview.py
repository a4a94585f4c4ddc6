from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from tests.tasks.conftest import Made
from tests.tasks.test_registry import register
from typer.testing import CliRunner

from standoff.cli.app import app
from standoff.errors import InputError, NotFoundError, RefusedError
from standoff.tasks.overview import COLUMNS, task_frame, task_summary, write_frame


@pytest.fixture
def both(made: Made, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    def read(folder: Path, variant: str) -> pd.DataFrame:
        return made.task().read(folder, variant).assign(intervention=[True, False, True], actor="")

    task = replace(made.task(), read=read, board_map=None, board_map_reason="sentiment")
    register(monkeypatch, task)
    return task_frame(["intervention", "made"], data_dir=made.folder)


def test_every_item_of_every_task_is_there(both: pd.DataFrame) -> None:
    assert tuple(both.columns) == COLUMNS
    made = both[both["task"] == "made"]
    assert made["id"].to_list() == ["i0", "i1", "i2"]
    assert made["split"].to_list() == ["official-train", "official-validation", "official-test"]
    assert made["text"].str.contains("😀").all()


def test_labels_are_mapped_where_the_task_has_a_map(both: pd.DataFrame) -> None:
    made, corpus = both[both["task"] == "made"], both[both["task"] != "made"]
    assert made["board_label"].isna().all()
    assert (corpus["board_label"] == corpus["label"]).all()
    assert set(corpus["label_kind"]) == {"model"}


def test_the_slice_is_null_where_nobody_read_for_it(both: pd.DataFrame) -> None:
    assert both[both["task"] == "made"]["intervention"].to_list() == [True, False, True]
    assert both[both["task"] != "made"]["intervention"].isna().all()


def test_the_summary_counts(both: pd.DataFrame) -> None:
    row = task_summary(both).set_index("task").loc["made"]
    assert (row["items"], row["train"], row["validation"], row["test"], row["folds"]) == (3, 1, 1, 1, 0)
    assert (row["groups"], row["actors"], row["targets"], row["intervention"]) == (1, 0, 1, 2)
    assert row["labels"] == "neg 1, pos 2"


def test_the_summary_counts_folds_and_names_the_boards_labels(both: pd.DataFrame) -> None:
    folded = both[both["task"] == "made"].assign(
        split=["audited-fold-1", "audited-fold-2", "audited-fold-2"], board_label=["oppose", "support", "support"]
    )
    row = task_summary(folded).iloc[0]
    assert (row["folds"], row["train"]) == (2, 0)
    assert row["labels"] == "neg 1 = oppose, pos 2 = support"


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".jsonl"])
def test_a_frame_is_written_whole_and_never_over_another(both: pd.DataFrame, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"items{ending}"
    write_frame(both, path)
    read = {
        ".parquet": lambda: pd.read_parquet(path),
        ".csv": lambda: pd.read_csv(path, keep_default_na=False),
        ".jsonl": lambda: pd.read_json(path, lines=True),
    }[ending]()
    assert list(read.columns) == list(COLUMNS)
    assert read["text"].to_list() == both["text"].to_list()
    with pytest.raises(RefusedError):
        write_frame(both, path)


def test_an_unknown_ending_is_refused(both: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.parquet or \.csv or \.jsonl"):
        write_frame(both, tmp_path / "items.xls")


def test_nothing_is_read_when_one_task_is_not_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STANDOFF_DATA", str(tmp_path))
    with pytest.raises(NotFoundError, match="standoff tasks get seesaw"):
        task_frame(["intervention", "seesaw"])


def test_the_command_prints_the_summary_and_writes_the_items(tmp_path: Path) -> None:
    out = tmp_path / "items.csv"
    done = CliRunner().invoke(app, ["tasks", "frame", "intervention", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "1 tasks" in done.output
    assert len(pd.read_csv(out)) > 300


def test_the_command_needs_names_or_all() -> None:
    for arguments in ([], ["intervention", "--all"]):
        done = CliRunner().invoke(app, ["tasks", "frame", *arguments])
        assert isinstance(done.exception, InputError)
        assert "--all" in str(done.exception)
