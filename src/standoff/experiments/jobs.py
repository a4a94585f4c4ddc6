"""Runs that are to be made, and what is told of each while they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from standoff.experiments.config import RunConfig


@dataclass(frozen=True, slots=True)
class Job:
    """A run to make: its name, what is trained on what, and the folder it goes to."""

    name: str
    config: RunConfig
    folder: Path


@dataclass(frozen=True, slots=True)
class Planned:
    """So many runs are to be made; told first."""

    n: int


@dataclass(frozen=True, slots=True)
class Started:
    """A run was started."""

    name: str


@dataclass(frozen=True, slots=True)
class Made:
    """A run was made; ``value`` is its primary metric, the mean where there are several seeds."""

    name: str
    metric: str
    value: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Skipped:
    """A run was not made, as the task has nothing that its baseline looks at; nobody has to mend anything."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A run could not be made, and left nothing.

    Args:
        name: Of the run.
        error: What went wrong, and what to do about it.
        not_begun: The runs that were to come after it in its process, where it took that with it.
    """

    name: str
    error: str
    not_begun: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Warned:
    """Something that a run had to say on its way."""

    name: str
    warning: str


Outcome = Made | Skipped | Failed
Event = Planned | Started | Outcome | Warned
