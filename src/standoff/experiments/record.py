"""The record of a run: everything needed to make it again, and to tell why it came out otherwise."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - pydantic reads the annotations

from standoff.experiments.config import RunConfig  # noqa: TC001 - pydantic reads the annotations
from standoff.records import Record, Sha256

PREDICTIONS = "predictions.jsonl"
RECORD = "run.json"
SCORES = "scores.json"


class TaskData(Record):
    """What was trained on and predicted: one number of training items per round of training."""

    name: str
    version: int
    variant: str
    digest: Sha256
    label_kind: str
    test: str
    n_train: tuple[int, ...]
    n_test: int


class Code(Record):
    """The code: commit and state of its checkout (null outside one), and the digest of its source files."""

    standoff: str
    commit: str | None
    dirty: bool | None
    source_sha256: Sha256

    def __str__(self) -> str:
        where = f"commit {self.commit[:7]}{' with changes' if self.dirty else ''}" if self.commit else "no commit"
        return f"standoff {self.standoff} ({where}, source {self.source_sha256[:8]})"


class Machine(Record):
    """What it ran on; ``processor`` is the model's name, null where the system does not say."""

    python: str
    system: str
    machine: str
    processor: str | None
    processors: int | None


class Seeds(Record):
    """``random_state`` of each model in turn, none where nothing is random; the seed of the bootstrap."""

    random_state: tuple[int, ...]
    bootstrap: int


class WallTime(Record):
    """Seconds over all rounds and seeds."""

    fit: float
    predict: float


class RunRecord(Record):
    """What ``run.json`` holds.

    Args:
        name: The configuration's name.
        config: What was trained on what.
        task: The data.
        files: Name -> sha256 of the other files in the folder.
        code: The code.
        packages: Name -> version of each package that predictions can depend on.
        thread_pools: The linear-algebra and OpenMP libraries that were loaded, as threadpoolctl names them.
        platform: The machine.
        seeds: The seeds.
        started_at: When training started.
        wall_time_s: How long it took.
        peak_memory_mib: The process's peak resident memory meanwhile, in MiB; null where the system does not say.
        features_shared: Whether models made before in the same process left analyses of the texts to this one: it
            took less time then, and the memory is that of all their analyses.
    """

    name: str
    config: RunConfig
    task: TaskData
    files: dict[str, Sha256]
    code: Code
    packages: dict[str, str]
    thread_pools: tuple[dict[str, str | int | None], ...]
    platform: Machine
    seeds: Seeds
    started_at: dt.datetime
    wall_time_s: WallTime
    peak_memory_mib: float | None
    features_shared: bool

    @property
    def seconds(self) -> float:
        """Seconds of fitting and predicting together."""
        return self.wall_time_s.fit + self.wall_time_s.predict


def predictions_name(seed: int, first: int) -> str:
    """Return the name of the file with the predictions of ``seed`` in a run whose first seed is ``first``."""
    return PREDICTIONS if seed == first else f"predictions-{seed}.jsonl"
