"""Scoring predictions on a task: the scores, and the signature that pins how they came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from standoff.evaluation.align import align as refuse_misfits
from standoff.evaluation.predictions import read_predictions
from standoff.evaluation.scores import RESAMPLES, SEED, Scores, score
from standoff.evaluation.signature import Signature
from standoff.tasks.intervention_slice import SLICE as INTERVENTION
from standoff.tasks.intervention_slice import has_slice
from standoff.tasks.registry import load_task
from standoff.tasks.slices import pick
from standoff.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from standoff.tasks.task import LoadedTask, Task


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The scores of one system on one split of a task.

    Args:
        task: The address that loads the task again.
        label_kind: Who made the labels.
        paper_metric: The metric of the dataset's paper, one of those in ``scores``; None when there is none.
        scores: On the split, or on the slice that was asked for.
        signature: Of these scores.
        slices: The evaluations of standing slices, by name: ``intervention`` where the task has it.
    """

    task: str
    label_kind: str
    paper_metric: str | None
    scores: Scores
    signature: Signature
    slices: Mapping[str, Evaluation]

    def __str__(self) -> str:
        """Return score, interval, who made the labels, and signature, on two lines."""
        primary = self.scores.primary
        interval = "no interval" if primary.low is None else f"[{primary.low:.3f}, {primary.high:.3f}]"
        return (
            f"{self.task}: {self.scores.metric} {primary.value:.3f} {interval} on {self.scores.n} items, "
            f"{self.scores.n_missing} missing, labels by {self.label_kind}s\n{self.signature}"
        )

    def to_json(self) -> dict[str, Any]:
        """Return the evaluation as JSON-ready values."""
        return {
            "task": self.task,
            "label_kind": self.label_kind,
            "paper_metric": self.paper_metric,
            "signature": str(self.signature),
            "scores": self.scores.to_json(),
            "slices": {
                name: {"signature": str(one.signature), "scores": one.scores.to_json()}
                for name, one in self.slices.items()
            },
        }


def evaluate(
    predictions: Path | str | Mapping[str, str],
    task: str,
    *,
    split: str | None = None,
    split_set: str | None = None,
    slice_: str | None = None,
    data_dir: Path | None = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Evaluation:
    """Score predictions on a split of a task.

    Args:
        predictions: A JSONL file (``{"id": …, "label": …}`` per line, may be gzipped), or id to label.
        task: ``name``, ``name:variant``, or the path of a task file.
        split: Which split is scored; by default ``test``, or all folds of a cross-validated task.
        split_set: Which way to split; the task's default when None.
        slice_: Score these items of the split only: a slice column of booleans, or ``column=value``.
        data_dir: A folder with the task's files; the set stored by ``standoff tasks get`` by default.
        resamples: Number of bootstrap resamples.
        seed: Seed of the bootstrap.

    Raises:
        InputError: The file is broken, or holds duplicate or unknown ids or unknown labels.
        NotFoundError: No such task, split, slice or file.
    """
    predicted = predictions if isinstance(predictions, Mapping) else read_predictions(predictions)
    loaded = load_task(task, data_dir=data_dir, split_set=split_set)
    return score_split(loaded, predicted, split=split, slice_=slice_, resamples=resamples, seed=seed)


def score_split(
    loaded: LoadedTask,
    predicted: Mapping[str, str],
    *,
    split: str | None = None,
    slice_: str | None = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Evaluation:
    """Score predictions on a split of a loaded task; see :func:`evaluate`.

    Predictions are for the split, whether a slice of it is scored or all of it.
    """
    name = split or loaded.scored
    rows = loaded.split(name)
    refuse_misfits(dict(zip(rows["id"], rows["label"], strict=True)), predicted, loaded.task.labels)

    def on(slice_: str | None, slices: Mapping[str, Evaluation]) -> Evaluation:
        items = rows if slice_ is None else pick(rows, slice_)
        scores = _score(items, predicted, loaded.task, resamples=resamples, seed=seed)
        signature = Signature(
            version=__version__,
            task=loaded.address,
            task_version=loaded.task.version,
            digest=loaded.digest,
            split=loaded.split_label(name),
            slice=slice_,
            n=scores.n,
            metric=scores.metric,
            labels=scores.labels,
            missing=scores.n_missing,
            resamples=resamples,
            seed=seed,
        )
        kind, paper_metric = loaded.task.label_kind, loaded.task.paper_metric
        return Evaluation(loaded.address, kind, paper_metric, scores, signature, slices)

    standing = slice_ is None and has_slice(rows) and rows[INTERVENTION].any()
    return on(slice_, {INTERVENTION: on(INTERVENTION, {})} if standing else {})


def _score(rows: pd.DataFrame, predicted: Mapping[str, str], task: Task, *, resamples: int, seed: int) -> Scores:
    return score(
        dict(zip(rows["id"], rows["label"], strict=True)),
        {item: predicted[item] for item in rows["id"] if item in predicted},
        dict(zip(rows["id"], rows["group"], strict=True)),
        task.labels,
        resamples=resamples,
        seed=seed,
        metric=task.metric,
    )
