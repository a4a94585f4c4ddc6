"""The notebooks run from top to bottom, offline, and hold no outputs."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from standoff.tasks.getting.fetch import get
from standoff.tasks.registry import get_task, names

FOLDER = Path(__file__).resolve().parents[2] / "experiments" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def executed(path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> nbformat.NotebookNode:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    notebook: nbformat.NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    ).execute()
    return notebook


def output_text(notebook: nbformat.NotebookNode) -> str:
    parts = []
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            parts.append(output.get("text", ""))
            parts += [str(value) for kind, value in output.get("data", {}).items() if kind.startswith("text/")]
    return "\n".join(parts)


def test_there_is_a_notebook() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_committed_notebook_holds_no_outputs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code
    assert all(not cell.outputs and cell.execution_count is None for cell in code)


def test_the_first_notebook_reaches_the_score(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    notebook = executed(FOLDER / "01-load.ipynb", monkeypatch, tmp_path)
    text = output_text(notebook)
    assert "<mark" in text  # evidence in the case
    assert "Donald Trump (President-elect of the United States)" in text
    assert "labels by models" in text
    assert "standoff:" in text
    images = [
        output
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if "image/png" in output.get("data", {})
    ]
    assert len(images) == 2


def test_the_second_notebook_shows_every_task(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, shared_data: Path
) -> None:
    monkeypatch.setenv("STANDOFF_DATA", str(tmp_path / "data"))
    for name in names():
        if (task := get_task(name)).source is not None:
            get(task, from_dir=shared_data)
    text = output_text(executed(FOLDER / "02-tasks.ipynb", monkeypatch, tmp_path))
    assert all(name in text for name in names())
    assert "group-leak" in text
    assert "oppose" in text


def test_the_third_notebook_keeps_a_model_and_explains_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")  # it runs the command line
    text = output_text(executed(FOLDER / "03-models.ipynb", monkeypatch, tmp_path))
    assert (tmp_path / "model" / "model.skops").is_file()
    for name in ("text_blind", "macro_f1", "library_name: standoff", "Sudmark", "predicted"):
        assert name in text
    assert re.search(r"\[[+-]\w", text)
