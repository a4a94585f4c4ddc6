"""Recorded runs beside the items that they are about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from standoff.errors import IntegrityError
from standoff.evaluation.predictions import read_predictions
from standoff.experiments.analysis.predicted import Predicted
from standoff.experiments.record import PREDICTIONS, RECORD
from standoff.experiments.stored import find_runs, read_stored
from standoff.tasks.registry import load_task

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from standoff.experiments.record import RunRecord
    from standoff.tasks.task import LoadedTask

NO_PREDICTION = ""
"""Stands for the label of an item that has no prediction; no inventory has it."""


@dataclass(frozen=True, slots=True, eq=False)
class RecordedRun:
    """A run with its predictions, those of its first seed where it has several.

    Attributes:
        folder: Where it is.
        record: How it was made.
        predictions: Item id to predicted label.
    """

    folder: Path
    record: RunRecord
    predictions: dict[str, str]

    @property
    def system(self) -> str:
        """The name of the baseline."""
        return self.record.config.baseline

    def load(self, *, data_dir: Path | None = None) -> LoadedTask:
        """Return the task that the run is on.

        Raises:
            IntegrityError: The task's data is not what the run was made on.
            NotFoundError: The task's files are not here.
        """
        config = self.record.config
        loaded = load_task(config.task, data_dir=data_dir, split_set=config.split_set)
        if loaded.digest != self.record.task.digest:
            raise IntegrityError(
                f"task {loaded.address} has other data or splits than this run was made on",
                where=self.folder / RECORD,
                got=loaded.digest,
                expected=self.record.task.digest,
                remedy="make the run again",
            )
        return loaded

    def on(self, loaded: LoadedTask) -> Predicted:
        """Return the predictions beside the gold labels of what is scored, in its order."""
        items = loaded.split(loaded.scored)
        predicted = tuple(self.predictions.get(item, NO_PREDICTION) for item in items["id"])
        return Predicted(tuple(items["label"]), predicted, tuple(items["group"]))


def recorded_runs(places: Iterable[Path]) -> list[RecordedRun]:
    """Return the runs at and in the given folders.

    Raises:
        NotFoundError: A place is not a run and has none in it, or a file of a run is gone.
        InputError: A record is broken, or a file is not the recorded one.
    """
    found = []
    for folder in find_runs(places):
        record = read_stored(folder).record
        found.append(RecordedRun(folder, record, read_predictions(folder / PREDICTIONS).labels))
    return found
