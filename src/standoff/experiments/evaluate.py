"""Scoring predictions on a task: the scores, and the signature that pins how they came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from standoff.errors import InputError, IntegrityError, NotFoundError
from standoff.evaluation.align import align as refuse_misfits
from standoff.evaluation.predictions import Predictions, read_predictions
from standoff.evaluation.scores import RESAMPLES, SEED, Scores, score
from standoff.evaluation.signature import DIGEST_DIGITS, Signature
from standoff.experiments.four_way import FourWay, as_scored, four_way, has_four_way
from standoff.experiments.submission_files import addresses
from standoff.tasks.intervention_slice import SLICE as INTERVENTION
from standoff.tasks.intervention_slice import has_slice
from standoff.tasks.registry import load_task, parse_address
from standoff.tasks.slices import pick
from standoff.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from standoff.experiments.analysis.slices import ErrorAnalysis
    from standoff.tasks.task import LoadedTask


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The scores of one system on one split of a task.

    Args:
        task: The address that loads the task again.
        label_kind: Who made the labels.
        paper_metric: The metric of the dataset's paper, one of those in ``scores``; None when there is none.
        scores: On the split, or on the slice that was asked for.
        four_way: On the finer labels, where the task's items have them; None otherwise.
        signature: Of these scores.
        by_slice: On every slice of the items, where that was asked for; None otherwise.
        slices: The evaluations of standing slices, by name: ``intervention`` where the task has it.
    """

    task: str
    label_kind: str
    paper_metric: str | None
    scores: Scores
    four_way: FourWay | None
    signature: Signature
    slices: Mapping[str, Evaluation]
    by_slice: ErrorAnalysis | None

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
            "four_way": self.four_way.to_json() if self.four_way else None,
            "slices": {
                name: {"signature": str(one.signature), "scores": one.scores.to_json()}
                for name, one in self.slices.items()
            },
            "by_slice": [asdict(one) for one in self.by_slice.slices] if self.by_slice else None,
        }


def evaluate(
    predictions: Path | str | Predictions | Mapping[str, str],
    task: str | None = None,
    *,
    split: str | None = None,
    split_set: str | None = None,
    slice_: str | None = None,
    metric: str | None = None,
    signature: str | None = None,
    slices: bool = False,
    data_dir: Path | None = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Evaluation:
    """Score predictions on a split of a task.

    Args:
        predictions: A JSONL, CSV or Parquet file; predictions that were read from one; or id to label.
        task: ``name``, ``name:variant``, or the path of a task file. May be None where a signature is given.
        split: Which split is scored; by default ``test``, or all folds of a cross-validated task.
        split_set: Which way to split; the task's default when None.
        slice_: Score these items of the split only: a slice column of booleans, or ``column=value``. Of what is
            scored by default, a computed column too, such as ``unanimity=all``; see
            :func:`standoff.experiments.analysis.slices.with_computed_slices`.
        metric: Name of the metric that the signature is about; the task's primary metric when None.
        signature: The line of a score. All that it says is taken from it, in place of the arguments above and
            those on resampling; only a task file has to be named.
        slices: Whether to score every slice of the items too; see ``by_slice`` of the result.
        data_dir: A folder with the task's files; the set stored by ``standoff tasks get`` by default.
        resamples: Number of bootstrap resamples.
        seed: Seed of the bootstrap.

    Raises:
        InputError: The file is broken, or holds duplicate or unknown ids or unknown labels; neither a task nor a
            signature is given.
        NotFoundError: No such task, split, slice, metric or file.
        IntegrityError: The data is not what the signature was made on.
    """
    pinned = Signature.parse(signature) if signature is not None else None
    address = task or (pinned.task if pinned else None)
    if address is None:
        raise InputError("no task is named", remedy="name one: evaluate(predictions, 'seesaw')")
    if pinned is not None:
        split_set, split = _split_of(pinned, address)
        slice_, metric, resamples, seed = pinned.slice, pinned.metric, pinned.resamples, pinned.seed
    loaded = load_task(address, data_dir=data_dir, split_set=split_set)
    if pinned is not None:
        refuse_other_data(pinned, loaded.address, loaded.task.version, loaded.digest)
    if not isinstance(predictions, Predictions | Mapping):
        predictions = read_predictions(predictions, loaded.address, known={*addresses().values(), loaded.address})
    return score_split(
        loaded,
        predictions,
        split=split,
        slice_=slice_,
        metric=metric,
        slices=slices,
        resamples=resamples,
        seed=seed,
    )


def score_split(
    loaded: LoadedTask,
    predictions: Predictions | Mapping[str, str],
    *,
    split: str | None = None,
    slice_: str | None = None,
    metric: str | None = None,
    slices: bool = False,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Evaluation:
    """Score predictions on a split of a loaded task; see :func:`evaluate`.

    Predictions are for the split, whether a slice of it is scored or all of it.
    """
    name = split or loaded.scored
    rows, task = loaded.split(name), loaded.task
    gold = Gold(
        task=loaded.address,
        version=task.version,
        digest=loaded.digest,
        split=loaded.split_label(name),
        labels=task.labels,
        label_kind=task.label_kind,
        metric=metric or task.metric,
        paper_metric=task.paper_metric,
        board_map=task.board_map,
        rows=rows if slice_ is None or name != loaded.scored else _sliceable(loaded, rows, slice_),
    )
    found = score_gold(gold, predictions, slice_=slice_, resamples=resamples, seed=seed)
    return replace(found, by_slice=_by_slice(loaded, predictions, found)) if slices else found


@dataclass(frozen=True, slots=True, eq=False)
class Gold:
    """Items with their gold labels, and what a score on them says about them.

    Args:
        task: The address of the task.
        version: Its version.
        digest: What pins the labels in a signature.
        split: Full name of the split.
        labels: The inventory, in order.
        label_kind: Who made the labels.
        metric: The metric that comes first.
        paper_metric: The metric of the dataset's paper; None when there is none.
        board_map: Label to the board's label; None where they mean no stance.
        rows: The items of the split.
    """

    task: str
    version: int
    digest: str
    split: str
    labels: tuple[str, ...]
    label_kind: str
    metric: str
    paper_metric: str | None
    board_map: Mapping[str, str] | None
    rows: pd.DataFrame


def score_gold(
    gold: Gold,
    predictions: Predictions | Mapping[str, str],
    *,
    slice_: str | None = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Evaluation:
    """Score predictions on items whose labels are at hand; see :func:`evaluate`.

    Raises:
        InputError: The predictions hold unknown ids or labels.
        NotFoundError: No such slice or metric.
    """
    rows = gold.rows
    given = predictions if isinstance(predictions, Predictions) else Predictions(dict(predictions), None)
    predicted = as_scored(rows, gold.labels, given)
    refuse_misfits(dict(zip(rows["id"], rows["label"], strict=True)), predicted, gold.labels)

    def on(slice_: str | None, slices: Mapping[str, Evaluation]) -> Evaluation:
        items = rows if slice_ is None else pick(rows, slice_)
        finer = has_four_way(rows, gold.labels)
        scores = score(
            dict(zip(items["id"], items["label"], strict=True)),
            predicted.only(items["id"]),
            dict(zip(items["id"], items["group"], strict=True)),
            gold.labels,
            board_map=gold.board_map,
            resamples=resamples,
            seed=seed,
            metric=gold.metric,
        )
        return Evaluation(
            task=gold.task,
            label_kind=gold.label_kind,
            paper_metric=gold.paper_metric,
            scores=scores,
            four_way=four_way(items, given.labels, resamples=resamples, seed=seed) if finer else None,
            signature=_signature(gold, scores, slice_),
            slices=slices,
            by_slice=None,
        )

    standing = slice_ is None and has_slice(rows) and rows[INTERVENTION].any()
    return on(slice_, {INTERVENTION: on(INTERVENTION, {})} if standing else {})


def _signature(gold: Gold, scores: Scores, slice_: str | None) -> Signature:
    return Signature(
        version=__version__,
        task=gold.task,
        task_version=gold.version,
        digest=gold.digest,
        split=gold.split,
        slice=slice_,
        n=scores.n,
        metric=scores.metric,
        labels=scores.labels,
        missing=scores.n_missing,
        resamples=scores.resamples,
        seed=scores.seed,
    )


def _sliceable(loaded: LoadedTask, rows: pd.DataFrame, slice_: str) -> pd.DataFrame:
    """Return the items with the computed columns too where the slice is of one of them."""
    if slice_.partition("=")[0] in rows:
        return rows
    from standoff.experiments.analysis.slices import with_computed_slices  # noqa: PLC0415 - as in _by_slice

    return with_computed_slices(loaded)


def _by_slice(
    loaded: LoadedTask, predictions: Predictions | Mapping[str, str], found: Evaluation
) -> ErrorAnalysis:
    from standoff.experiments.analysis.slices import by_slice  # noqa: PLC0415 - imports what scoring does not need

    given = predictions if isinstance(predictions, Predictions) else Predictions(dict(predictions), None)
    labels = as_scored(loaded.split(loaded.scored), loaded.task.labels, given).labels
    here = found.signature
    if here.slice is not None or here.split != loaded.split_label(loaded.scored):
        raise InputError(
            "slices are those of all items that are scored by default",
            got=f"{here.split}{f', {here.slice}' if here.slice else ''}",
            remedy="leave out the split and the slice, or the slices",
        )
    return by_slice(
        loaded,
        labels,
        run=loaded.address,
        system="predictions",
        resamples=here.resamples,
        seed=here.seed,
    )


def _split_of(pinned: Signature, address: str) -> tuple[str, str]:
    """Return the split set and the split that a signature names as ``audited-test``."""
    known = parse_address(address)[0].split_sets
    for split_set in known:
        if pinned.split.startswith(f"{split_set}-"):
            return split_set, pinned.split.removeprefix(f"{split_set}-")
    raise NotFoundError(
        "the signature is about a split that the task does not have",
        got=pinned.split,
        expected="one that starts with " + " or ".join(f"{split_set}-" for split_set in known),
        remedy="install the version of standoff that the signature starts with",
    )


def refuse_other_data(pinned: Signature, task: str, version: int, digest: str) -> None:
    """Refuse a signature that is about other data.

    Args:
        pinned: The signature.
        task: The address of the task that is here.
        version: Its version.
        digest: What pins its labels.

    Raises:
        IntegrityError: Task, version or digest are not those of the signature.
    """
    here = f"{task}@{version}#{digest[:DIGEST_DIGITS]}"
    there = f"{pinned.task}@{pinned.task_version}#{pinned.digest}"
    if here != there:
        raise IntegrityError(
            "the data is not what the signature was made on",
            got=f"task:{here}",
            expected=f"task:{there}",
            remedy="get the data of that version; or, if the labels are sealed, name their file with --gold",
        )
