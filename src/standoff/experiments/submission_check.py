"""The check of a submission: all that is wrong with it, and what it scores where the tasks' data is here."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from standoff.errors import (
    InputError,
    IntegrityError,
    NotFoundError,
    StandoffError,
    printable,
    shorten,
)
from standoff.evaluation.align import align
from standoff.experiments.evaluate import score_split
from standoff.experiments.submission_files import addresses
from standoff.experiments.submissions import look
from standoff.tasks import registry

if TYPE_CHECKING:
    from pathlib import Path

    from standoff.evaluation.predictions import Predictions
    from standoff.experiments.evaluate import Evaluation


@dataclass(slots=True)
class Check:
    """What was found.

    Args:
        name: The folder's name.
        problems: What has to be mended.
        warnings: What is allowed and perhaps not meant, a sentence each.
        evaluations: Address of a task -> scores on its default split set, as a board will show them.
        unchecked: Address of a task -> why its data could not be read; ids were not looked at there.
        without: Addresses of the tasks (those of default variants) that there are no predictions for.
    """

    name: str
    problems: list[StandoffError] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    evaluations: dict[str, Evaluation] = field(default_factory=dict)
    unchecked: dict[str, StandoffError] = field(default_factory=dict)
    without: list[str] = field(default_factory=list)

    @property
    def ready(self) -> bool:
        """Whether nothing is wrong, as far as could be checked."""
        return not self.problems

    def to_json(self) -> dict[str, Any]:
        """Return the same as JSON-ready values."""
        return {
            "name": self.name,
            "ready": self.ready,
            "problems": [_parts(problem) for problem in self.problems],
            "warnings": list(self.warnings),
            "evaluations": {task: found.to_json() for task, found in self.evaluations.items()},
            "unchecked": {task: _parts(why) for task, why in self.unchecked.items()},
            "without": list(self.without),
        }


def check_submission(folder: Path, *, data_dir: Path | None = None) -> Check:
    """Look at all of a submission, going on after a problem as far as that makes sense.

    Labels are checked in any case. Where the data of a task is here, ids are checked too, and scores are made with
    the number of resamples and the seed of published ones.

    Args:
        folder: The submission.
        data_dir: A folder with the tasks' files, or with such folders in it; by default what
            ``standoff tasks get`` stored.

    Raises:
        NotFoundError: No such folder.
        InputError: Nothing in the folder can be looked at.
    """
    seen = look(folder)
    found = Check(seen.name, problems=seen.problems)
    for address, predictions in seen.predictions.items():
        try:
            _check_task(found, address, predictions, data_dir)
        except InputError as error:
            placed = copy(error)
            placed.where = f"{seen.files[address]}, {address}"
            found.problems.append(placed)
    defaults: dict[str, str] = {}
    for address in addresses().values():
        defaults.setdefault(address.partition(":")[0], address)
    found.without = [address for address in defaults.values() if address not in seen.predictions]
    return found


def _check_task(found: Check, address: str, predictions: Predictions, data_dir: Path | None) -> None:
    """Score the predictions for a task, or see that their labels are the task's.

    Raises:
        InputError: They do not fit the task.
    """
    try:
        loaded = registry.load_task(address, data_dir=data_dir)
    except (NotFoundError, IntegrityError) as error:  # which is not the submission's fault
        found.unchecked[address] = error
        _check_labels(predictions, registry.parse_address(address)[0].labels)
        return
    evaluation = score_split(loaded, predictions)
    found.evaluations[address] = evaluation
    if missing := evaluation.scores.n_missing:
        first = ", ".join(shorten(item) for item in evaluation.scores.missing_ids[:3])
        found.warnings.append(
            f"{address}: of {evaluation.scores.n} items {missing} have no prediction, which counts as wrong: "
            f"{first}{', …' if missing > 3 else ''}"
        )


def _check_labels(predictions: Predictions, labels: tuple[str, ...]) -> None:
    """Refuse labels, and probabilities of labels, that a task does not have, whatever its items are.

    Raises:
        InputError: There are some.
    """
    try:
        align(dict.fromkeys(predictions.labels, labels[0]), predictions, labels)
    except InputError as error:
        error.expected = f"one of {', '.join(map(repr, labels))}"  # how many items there are is not known here
        raise


def _parts(error: StandoffError) -> dict[str, str | None]:
    """Return what an error says, each part by its name and safe to print."""
    parts = {name: getattr(error, name) for name in ("where", "what", "got", "expected", "remedy")}
    return {name: None if part is None else printable(part) for name, part in parts.items()}
