"""Scoring predictions on a task: the scores, and the signature that pins how they came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from standoff.evaluation.predictions import read_predictions
from standoff.evaluation.scores import RESAMPLES, SEED, Scores, score
from standoff.evaluation.signature import Signature
from standoff.tasks.registry import load_task
from standoff.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from standoff.tasks.task import LoadedTask


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The scores of one system on one split of a task."""

    task: str
    label_kind: str
    scores: Scores
    signature: Signature

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
            "signature": str(self.signature),
            "scores": self.scores.to_json(),
        }


def evaluate(
    predictions: Path | str | Mapping[str, str],
    task: str,
    *,
    split: str = "test",
    split_set: str | None = None,
    data_dir: Path | None = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Evaluation:
    """Score predictions on a split of a task.

    Args:
        predictions: A JSONL file (``{"id": …, "label": …}`` per line, may be gzipped), or id to label.
        task: ``name`` or ``name:variant``.
        split: Which split is scored.
        split_set: Which way to split; the task's default when None.
        data_dir: A folder with the task's files; the set stored by ``standoff tasks get`` by default.
        resamples: Number of bootstrap resamples.
        seed: Seed of the bootstrap.

    Raises:
        InputError: The file is broken, or holds duplicate or unknown ids or unknown labels.
        NotFoundError: No such task, split or file.
    """
    predicted = predictions if isinstance(predictions, Mapping) else read_predictions(predictions)
    loaded = load_task(task, data_dir=data_dir, split_set=split_set)
    return score_split(loaded, split, predicted, resamples=resamples, seed=seed)


def score_split(
    loaded: LoadedTask,
    split: str,
    predicted: Mapping[str, str],
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Evaluation:
    """Score predictions on a split of a loaded task; see :func:`evaluate`."""
    rows = loaded.split(split)
    task = loaded.task
    scores = score(
        dict(zip(rows["id"], rows["label"], strict=True)),
        predicted,
        dict(zip(rows["id"], rows["group"], strict=True)),
        task.labels,
        resamples=resamples,
        seed=seed,
        metric=task.metric,
    )
    signature = Signature(
        version=__version__,
        task=loaded.address,
        task_version=task.version,
        digest=loaded.digest,
        split=loaded.split_label(split),
        n=scores.n,
        metric=task.metric,
        labels=task.labels,
        missing=scores.n_missing,
        resamples=resamples,
        seed=seed,
    )
    return Evaluation(loaded.address, task.label_kind, scores, signature)
