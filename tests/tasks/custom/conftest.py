"""A folder to write small made-up data and a task's file into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from standoff.errors import Problem, StandoffError
from standoff.tasks.custom.formats import read_rows
from standoff.tasks.custom.items import Reading, read_items
from standoff.tasks.custom.schema import Files, TaskFile

if TYPE_CHECKING:
    from pathlib import Path

    from standoff.tasks.custom.rows import Rows

HEAD = 'name = "made"\nlanguage = "en"\nlabel_kind = "human"\n'
LABELS = '[labels]\norder = ["against", "for"]\n'


@dataclass(frozen=True)
class Folder:
    """A folder with a task in it."""

    path: Path

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file as it is given, line ends too."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return file

    def task(self, toml: str) -> Path:
        """Write the task's file; what every task needs is put in front, labels too where it has none."""
        return self.write("task.toml", HEAD + ("" if "[labels]" in toml else LABELS) + toml)

    def read(self, toml: str) -> Reading:
        path = self.task(toml)
        return read_items(TaskFile.read(path), path)

    def items(self, toml: str) -> list[dict[str, Any]]:
        return self.read(toml).items

    def refusal(self, toml: str) -> str:
        """Return the message with which the task is refused."""
        with pytest.raises(StandoffError) as caught:
            self.read(toml)
        return str(caught.value)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """An empty folder."""
    return Folder(tmp_path)


def rows(folder: Path, **table: Any) -> Rows:
    problems: list[Problem] = []
    found = read_rows(Files.model_validate(table), folder, problems)
    assert problems == []
    return found


def cells(folder: Path, **table: Any) -> list[tuple[str, dict[str, Any]]]:
    """Return (place, innermost level) of each row."""
    return [(row.place, dict(row.levels[0])) for row in rows(folder, **table).rows]


def problems_of(folder: Path, **table: Any) -> list[str]:
    problems: list[Problem] = []
    read_rows(Files.model_validate(table), folder, problems)
    return [str(problem) for problem in problems]


def refusal(folder: Path, **table: Any) -> str:
    with pytest.raises(StandoffError) as caught:
        read_rows(Files.model_validate(table), folder, [])
    return str(caught.value)
