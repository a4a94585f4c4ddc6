"""A run's configuration: one TOML file says everything that the predictions depend on."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from standoff.errors import InputError
from standoff.files import read_text
from standoff.records import Line, Record
from standoff.tasks.registry import TASK_FILE, get_task

if TYPE_CHECKING:
    from pathlib import Path


class RunConfig(Record):
    """What is trained on what.

    Args:
        task: ``name``, ``name:variant``, or the path of a task file, from the folder the command is run in.
        baseline: A name in the registry of baselines.
        split_set: A split set of the task; its default when null.
        seed: Becomes ``random_state`` of the baseline.
        parameters: Arguments of the baseline.
    """

    task: Line
    baseline: Line
    split_set: Line | None = None
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 12345
    parameters: dict[str, Any] = Field(default_factory=dict)

    @property
    def name(self) -> str:
        """The run's name: baseline, the task's name, and the split set where one is given.

        Raises:
            NotFoundError: The task's file is not there.
            InputError: It does not declare a task.
        """
        task = get_task(self.task).name if self.task.endswith(TASK_FILE) else self.task
        return "-".join([self.baseline, task.replace(":", "-"), *([self.split_set] if self.split_set else [])])


def read_config(path: Path) -> RunConfig:
    """Return the configuration in a TOML file.

    Raises:
        NotFoundError: No such file.
        InputError: Not TOML, or fields that do not fit.
    """
    try:
        data = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            f"is not TOML: {error}",
            where=path,
            expected='lines such as: task = "seesaw"',
            remedy="correct the file",
        ) from None
    return RunConfig.parse(data, where=str(path))
