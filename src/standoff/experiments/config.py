"""A run's configuration: one TOML file says everything that the predictions depend on."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, model_validator

from standoff.baselines.registry import BASELINES, is_random
from standoff.errors import InputError, NotFoundError, unknown_name
from standoff.files import read_text
from standoff.records import Line, Record
from standoff.tasks.registry import TASK_FILE, get_task

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SUFFIX = ".toml"
_SEEDS_END = 2**32
"""scikit-learn's seeds lie below it."""


class RunConfig(Record):
    """What is trained on what.

    Args:
        task: ``name``, ``name:variant``, or the path of a task file, from the folder the command is run in.
        baseline: A name in the registry of baselines.
        split_set: A split set of the task; its default when null.
        seed: Becomes ``random_state`` of the baseline.
        seeds: How many seeds a baseline that is random is run with: ``seed``, ``seed + 1``, …
        parameters: Arguments of the baseline.
    """

    task: Line
    baseline: Line
    split_set: Line | None = None
    seed: Annotated[int, Field(ge=0, lt=_SEEDS_END)] = 12345
    seeds: Annotated[int, Field(ge=1, le=1000)] = 5
    parameters: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _seeds_end(self) -> Self:
        if self.seed + self.seeds > _SEEDS_END:
            raise ValueError(f"the last seed, seed + seeds - 1, lies below {_SEEDS_END}")
        return self

    @property
    def name(self) -> str:
        """The run's name: baseline, the task's name, and the split set where one is given.

        Raises:
            NotFoundError: The task's file is not there.
            InputError: It does not declare a task.
        """
        task = get_task(self.task).name if self.task.endswith(TASK_FILE) else self.task
        return "-".join([self.baseline, task.replace(":", "-"), *([self.split_set] if self.split_set else [])])

    @property
    def all_seeds(self) -> tuple[int, ...]:
        """The seeds of the models that are made: one where nothing is random.

        Raises:
            NotFoundError: No such baseline.
        """
        return tuple(range(self.seed, self.seed + (self.seeds if is_random(self.baseline) else 1)))


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


def is_folder_of_configs(system: str) -> bool:
    """Return whether ``system`` means a folder; the name of a baseline does not, whatever lies in this folder."""
    return system not in BASELINES and Path(system).is_dir()


def configs(
    system: str, tasks: Sequence[str] = (), split_set: str | None = None
) -> Iterator[tuple[str, RunConfig]]:
    """Yield name and configuration of each run that ``system`` stands for.

    Args:
        system: A TOML file; a folder, for all its TOML files; or the name of a baseline.
        tasks: A file or a baseline is run on each of these; of a folder's files, those on these tasks are meant.
        split_set: In place of the file's.

    Raises:
        NotFoundError: No such file or baseline, or a folder without files.
        InputError: A file does not fit, or a baseline is named and no task.
    """
    changed = {"split_set": split_set} if split_set else {}
    if is_folder_of_configs(system):
        paths = sorted(Path(system).glob(f"*{SUFFIX}"))
        if not paths:
            raise NotFoundError(
                "no configurations",
                where=system,
                expected=f"files that end in {SUFFIX}",
                remedy="name another folder, or write one: docs/runs.md says what is in it",
            )
        for path in paths:
            config = read_config(path).model_copy(update=changed)
            if not tasks or config.task in tasks:
                yield (config.name if changed else path.stem), config
        return
    from_file = read_config(Path(system)) if system.endswith(SUFFIX) else None
    if from_file is None and system not in BASELINES:
        remedy = f"the name of a file ends in {SUFFIX}; of a folder there is none at this path"
        raise unknown_name("baseline", system, BASELINES, remedy=remedy)
    if from_file is not None and not tasks:
        yield Path(system).stem, from_file.model_copy(update=changed)
    elif not tasks:
        raise InputError(
            "names a baseline and no task",
            got=system,
            expected="a TOML file, a folder of them, or the name of a baseline with --task NAME",
            remedy=f"name the task too: standoff run {system} --task intervention",
        )
    for task in tasks:
        base = from_file or RunConfig.parse({"task": task, "baseline": system}, where="--task")
        config = base.model_copy(update={"task": task, **changed})
        yield config.name, config
