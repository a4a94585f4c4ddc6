"""Scoring predictions for a sealed split, from the private file with its labels alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from standoff.evaluation.predictions import Predictions, read_predictions
from standoff.evaluation.scores import RESAMPLES, SEED
from standoff.evaluation.signature import Signature
from standoff.experiments.evaluate import Gold, refuse_other_data, score_gold
from standoff.tasks.sealed.gold import open_sealed

if TYPE_CHECKING:
    from standoff.experiments.evaluate import Evaluation


def evaluate_sealed(
    predictions: Path | str | Predictions | Mapping[str, str],
    private: Path | str,
    *,
    slice_: str | None = None,
    metric: str | None = None,
    signature: str | None = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Evaluation:
    """Score predictions for a sealed split.

    The scores are those that :func:`standoff.experiments.evaluate.evaluate` gives on the task where its labels
    are; the task's data is not needed. In the signature, the first digits of the commitment stand where otherwise
    those of the data's digest do.

    Args:
        predictions: A file as ``standoff evaluate`` takes it, or item id to label. Where rows of the file name
            tasks, those are scored that name the address of the sealed one.
        private: The file with the labels that ``standoff seal`` wrote, or the one that ``standoff unseal`` did.
        slice_: Score these items only: a slice column of booleans, or ``column=value``.
        metric: Name of the metric that comes first; the task's primary metric when None.
        signature: The line of a score on these labels; slice, metric, resamples and seed are taken from it.
        resamples: Number of bootstrap resamples.
        seed: Seed of the bootstrap.

    Raises:
        InputError: The predictions are broken, or hold duplicate or unknown ids or unknown labels; or the second
            file is one of the public folder, which holds no labels.
        NotFoundError: No such file or slice.
        IntegrityError: The file with the labels is not as it was written, or the signature is about other labels.
    """
    sealed = open_sealed(Path(private))
    facts = sealed.facts
    if signature is not None:
        pinned = Signature.parse(signature)
        refuse_other_data(pinned, facts.task, facts.task_version, sealed.commitment)
        slice_, metric, resamples, seed = pinned.slice, pinned.metric, pinned.resamples, pinned.seed
    if not isinstance(predictions, Predictions | Mapping):
        predictions = read_predictions(predictions, facts.task)
    gold = Gold(
        task=facts.task,
        version=facts.task_version,
        digest=sealed.commitment,
        split=facts.split,
        labels=facts.labels,
        label_kind=facts.label_kind,
        metric=metric or facts.metric,
        paper_metric=facts.paper_metric,
        board_map=facts.board_map,
        rows=sealed.rows(),
    )
    return score_gold(gold, predictions, slice_=slice_, resamples=resamples, seed=seed)
