"""Systems compared on a task: from runs, submissions, files or labels to ranks and paired differences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from standoff.errors import InputError, NotFoundError, RefusedError, listed
from standoff.evaluation import compare as evaluation
from standoff.evaluation.align import align
from standoff.evaluation.metrics import get_metric, to_board
from standoff.evaluation.predictions import Predictions, read_predictions
from standoff.evaluation.resample import cluster_counts
from standoff.evaluation.scores import RESAMPLES, SEED
from standoff.evaluation.significance import PERMUTATIONS
from standoff.experiments.record import PREDICTIONS, RECORD
from standoff.experiments.stored import find_runs, read_stored
from standoff.experiments.submissions import read_submission
from standoff.experiments.system import SYSTEM
from standoff.records import BoardLabel
from standoff.tasks.registry import load_task
from standoff.tasks.slices import pick
from standoff.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from standoff.evaluation.compare import Comparison
    from standoff.evaluation.metrics import Metric
    from standoff.experiments.record import RunRecord
    from standoff.experiments.submissions import Submission
    from standoff.tasks.task import LoadedTask, Task

Given = Predictions | Mapping[str, str] | Path | str
"""What a system may be given as: labels by item id, a prediction file, or the folder of a run or submission."""

SHOWN = 20
"""How many missing items of a system are named."""


@dataclass(frozen=True, slots=True, eq=False)
class TaskComparison:
    """Systems compared on the same items of a task.

    Attributes:
        task: The address that loads the task again.
        task_version: Its version.
        digest: The sha256 of its data.
        split: What was scored.
        slice: The slice of it; None for all of it.
        label_kind: Who made the labels.
        labels: The task's labels, in order.
        places: Name of a system -> where its predictions are from; without those given as labels.
        missing: Name of a system -> the ids it gives no prediction for, counted as wrong, where there are any.
        comparison: Scores, ranks and differences.
    """

    task: str
    task_version: int
    digest: str
    split: str
    slice: str | None
    label_kind: str
    labels: tuple[str, ...]
    places: dict[str, Path]
    missing: dict[str, tuple[str, ...]]
    comparison: Comparison

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as JSON-ready values."""
        return {
            "standoff": __version__,
            "task": self.task,
            "task_version": self.task_version,
            "digest": self.digest,
            "split": self.split,
            "slice": self.slice,
            "label_kind": self.label_kind,
            "labels": list(self.labels),
            **self.comparison.to_json(),
            "missing_ids": {name: list(ids[:SHOWN]) for name, ids in self.missing.items()},
        }


def compare(
    systems: Path | str | Sequence[Path | str] | Mapping[str, Given],
    *,
    task: str | None = None,
    split: str | None = None,
    split_set: str | None = None,
    slice_: str | None = None,
    metric: str | None = None,
    data_dir: Path | None = None,
    permutations: int = PERMUTATIONS,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> TaskComparison:
    """Compare systems on the same items: ranks with ties, and the paired difference of every two.

    Example: ``compare(["runs/tfidf_svm-gwsd", "runs/nbsvm-gwsd"])``

    Args:
        systems: Folders of runs, folders that hold such folders (all that are on the task), submissions, or
            prediction files; or name -> one of these, or name -> item id -> label. One folder of runs may stand
            alone. Of a run with several seeds the first is compared. Without names, a run is called by its
            baseline, others by their file or folder.
        task: ``name``, ``name:variant``, or the path of a task file; by default that of the first run.
        split: Which split is scored; by default ``test``, or all folds of a cross-validated task.
        split_set: Which way to split; by default that of the first run, or the task's default.
        slice_: Compare on these items of the split only: a slice column of booleans, or ``column=value``.
        metric: Name of the metric that ranks the systems; the task's primary metric by default.
        data_dir: A folder with the task's files; the set stored by ``standoff tasks get`` by default.
        permutations: Random assignments behind each p value.
        resamples: Resamples behind each interval.
        seed: Of both.

    Raises:
        RefusedError: Runs are on other items than the task has; the message says what differs.
        InputError: There are not two systems; a file is broken, or does not fit the task; or it is not said which
            task submissions or prediction files are compared on.
        NotFoundError: No such task, split, slice, metric or file, or nothing for the task.
    """
    found = _found(systems)
    if task is None:
        config = _first_run(found).config
        task, split_set = config.task, split_set or config.split_set
    loaded = load_task(task, data_dir=data_dir, split_set=split_set)
    named = _named(_on_task(found, loaded))
    rows = loaded.split(split or loaded.scored)
    gold = dict(zip(rows["id"], rows["label"], strict=True))
    chosen = rows if slice_ is None else pick(rows, slice_)
    is_chosen = rows["id"].isin(set(chosen["id"])).to_numpy()
    counts, missing = {}, {}
    for name, one in named.items():
        aligned = align(gold, one.read(loaded, gold), loaded.task.labels)
        counts[name] = cluster_counts(
            aligned.gold[is_chosen], aligned.predicted[is_chosen], list(chosen["group"]), len(loaded.task.labels)
        )
        holes = set(aligned.missing)
        if of_chosen := tuple(item for item in chosen["id"] if item in holes):
            missing[name] = of_chosen
    return TaskComparison(
        task=loaded.address,
        task_version=loaded.task.version,
        digest=loaded.digest,
        split=loaded.split_label(split or loaded.scored),
        slice=slice_,
        label_kind=loaded.task.label_kind,
        labels=loaded.task.labels,
        places={name: one.place for name, one in named.items() if one.place is not None},
        missing=missing,
        comparison=evaluation.compare(
            counts,
            loaded.task.labels,
            metric=_metric(metric or loaded.task.metric, loaded.task),
            permutations=permutations,
            resamples=resamples,
            seed=seed,
        ),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """A system that was named, or found in a folder that was.

    Attributes:
        names: What it may be called, the shortest first.
        place: The folder of a run or submission, or a prediction file; None where the labels are given.
        labels: The labels, where they are given.
        record: Of a run.
        submission: What is in the folder of a submission.
        among: The folder of runs in which it was found, where it was not named itself.
    """

    names: tuple[str, ...]
    place: Path | None = None
    labels: Predictions | Mapping[str, str] | None = None
    record: RunRecord | None = None
    submission: Submission | None = None
    among: Path | None = None

    def read(self, loaded: LoadedTask, gold: Mapping[str, str]) -> Predictions | Mapping[str, str]:
        """Return the predictions; of a run those for the items of the split, which may be one fold of all."""
        if self.labels is not None or self.place is None:
            return self.labels or {}
        if self.submission is not None:
            return _of_task(self.submission, loaded)
        if self.record is None:
            return read_predictions(self.place, loaded.address)
        predicted = read_predictions(self.place / PREDICTIONS).labels
        if not (of_split := {item: label for item, label in predicted.items() if item in gold}):
            raise RefusedError(
                "this run predicts no item of the split",
                where=self.place,
                expected=self.record.task.test,
                remedy="leave --split out, or compare prediction files",
            )
        return of_split


def _found(systems: Path | str | Sequence[Path | str] | Mapping[str, Given]) -> list[_Found]:
    """Return the systems that are named, or in the folders that are."""
    if isinstance(systems, Path | str):
        systems = [systems]
    named = systems.items() if isinstance(systems, Mapping) else [(None, one) for one in systems]
    return [one for name, given in named for one in _found_at(name, given)]


def _found_at(name: str | None, given: Given) -> list[_Found]:
    if isinstance(given, Predictions | Mapping):
        return [_Found((str(name),), labels=given)]
    place = Path(given)
    whole = place.resolve().name
    if not place.is_dir():
        return [_Found((name,) if name else (whole.split(".")[0] or whole, whole, str(place)), place)]
    if (place / SYSTEM).is_file():
        submission = read_submission(place)
        return [_Found((name,) if name else (submission.system.name, str(place)), place, submission=submission)]
    folders = find_runs([place])
    if name and len(folders) > 1:
        raise InputError(f"holds {len(folders)} runs, and {name!r} is one system", where=place)
    among = None if (place / RECORD).is_file() else place
    records = [read_stored(folder).record for folder in folders]
    return [
        _Found(
            (name,) if name else (record.config.baseline, folder.resolve().name, str(folder)),
            folder,
            record=record,
            among=among,
        )
        for folder, record in zip(folders, records, strict=True)
    ]


def _first_run(found: Sequence[_Found]) -> RunRecord:
    for one in found:
        if one.record is not None:
            return one.record
    raise InputError(
        "it is not said which task the predictions are for",
        expected="a task, unless a run is compared, which knows its own",
        remedy="name it: --task seesaw",
    )


def _of_task(submission: Submission, loaded: LoadedTask) -> Predictions:
    if loaded.address not in submission.predictions:
        raise NotFoundError(
            f"this submission has no predictions for {loaded.address}",
            where=submission.folder,
            expected=f"one of {', '.join(submission.predictions)}",
        )
    return submission.predictions[loaded.address]


def _on_task(found: Sequence[_Found], loaded: LoadedTask) -> list[_Found]:
    """Return the systems without the runs on other tasks that stand in the same folder.

    Raises:
        RefusedError: A run that is left is not on the task as it is loaded.
        NotFoundError: A folder has no run on the task.
    """
    kept = [one for one in found if not one.among or not one.record or not _elsewhere(one.record, loaded)]
    for folder in {one.among for one in found if one.among} - {one.among for one in kept}:
        raise NotFoundError(
            f"no run on {loaded.address}, {loaded.split_label(loaded.scored)}",
            where=folder,
            remedy="check the task and the split set, or make runs: standoff run majority --task …",
        )
    differ = {one.place: _differences(one.record, loaded) for one in kept if one.record is not None}
    problems = [f"{place}: {'; '.join(facts)}" for place, facts in differ.items() if facts]
    if problems:
        raise RefusedError(
            f"systems are compared on the same items only; these runs are on others:\n{listed(problems)}",
            expected=f"runs on {loaded.address}, {loaded.split_label(loaded.scored)}",
            remedy="name runs on one task, or a folder of runs and --task; make runs on other data again",
        )
    return kept


def _elsewhere(record: RunRecord, loaded: LoadedTask) -> list[str]:
    """Return by what a run is on another task, variant or split."""
    return _unlike(
        ("task", record.task.name, loaded.task.name),
        ("variant", record.task.variant, loaded.variant),
        ("split", record.task.test, loaded.split_label(loaded.scored)),
    )


def _differences(record: RunRecord, loaded: LoadedTask) -> list[str]:
    """Return all by which a run is not on what is compared on."""
    return _elsewhere(record, loaded) + _unlike(
        ("version", record.task.version, loaded.task.version),
        ("data digest", record.task.digest[:12], loaded.digest[:12]),
    )


def _unlike(*facts: tuple[str, object, object]) -> list[str]:
    return [f"{what} {its}, not {ours}" for what, its, ours in facts if its != ours]


def _named(found: Sequence[_Found]) -> dict[str, _Found]:
    """Return the systems by name: of each the shortest one that no other may have.

    Raises:
        InputError: One is named twice.
    """
    counts = Counter(name for one in found for name in set(one.names))
    named: dict[str, _Found] = {}
    for one in found:
        name = next((name for name in one.names if counts[name] == 1), None)
        if name is None:
            raise InputError("is named twice", where=one.names[-1], remedy="name each system once")
        named[name] = one
    return named


def _metric(name: str, task: Task) -> Metric:
    """Return a metric on the counts of the task's labels."""
    metric = get_metric(name)
    if not metric.on_board:
        return metric
    if task.board_map is None:
        raise InputError(
            f"{name} is about support and oppose, and the labels of {task.name} are not: {task.board_map_reason}",
            got=", ".join(task.labels),
            remedy="choose another metric, such as macro_f1",
        )
    board = [BoardLabel(task.board_map[label]) for label in task.labels]
    return replace(metric, compute=lambda counts: metric.compute(to_board(counts, board)))
