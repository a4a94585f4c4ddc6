"""``standoff evaluate``: predictions to scores."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from standoff.cli.options import DataDir, Report, ReportFormat, SplitSet, print_json

if TYPE_CHECKING:
    from standoff.experiments.evaluate import Evaluation


def evaluate_command(
    predictions: Annotated[
        Path,
        typer.Argument(
            help="JSONL, CSV or Parquet with id, label and perhaps probabilities; or a folder of such files, each "
            "named as its task."
        ),
    ],
    task: Annotated[
        str | None,
        typer.Option(
            help="A task (see: standoff tasks list), or a task file. When none is named, all are scored that a "
            "column task names, or that a folder has files for."
        ),
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="train, validation, test, or a fold; by default test, or all folds.")
    ] = None,
    split_set: SplitSet = None,
    slice_: Annotated[
        str | None, typer.Option("--slice", help="Score these items only: intervention, or COLUMN=VALUE.")
    ] = None,
    metric: Annotated[
        str | None, typer.Option(help="The metric that comes first and that the signature is about.")
    ] = None,
    signature: Annotated[
        str | None, typer.Option(help="Score exactly as the score with this signature was: paste the line.")
    ] = None,
    gold: Annotated[
        Path | None,
        typer.Option(help="Score against the private file of sealed labels (see: standoff seal).", dir_okay=False),
    ] = None,
    slices: Annotated[
        bool, typer.Option("--slices", help="Score each slice of the items too; small ones are counted only.")
    ] = False,
    plot: Annotated[
        Path | None,
        typer.Option(help="Draw the reliability of the probabilities into this .svg or .png.", dir_okay=False),
    ] = None,
    resamples: Annotated[int, typer.Option(min=1, max=1_000_000, help="Bootstrap resamples.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the bootstrap.")] = 12345,
    data_dir: DataDir = None,
    output: Report = ReportFormat.TEXT,
) -> None:
    """Score predictions by id, with 95 % intervals and a signature.

    Example: standoff evaluate predictions.jsonl --task seesaw
    """
    from standoff.experiments.evaluate import evaluate
    from standoff.experiments.prediction_files import predictions_by_task
    from standoff.experiments.sealed_round import evaluate_sealed

    if gold is not None:
        _refuse_beside_gold(task, split, split_set, slices=slices)
        scored = evaluate_sealed(
            predictions,
            gold,
            slice_=slice_,
            metric=metric,
            signature=signature,
            resamples=resamples,
            seed=seed,
        )
        _deliver([scored], plot, output, several=False)
        return
    several = task is None and signature is None
    given = predictions_by_task(predictions) if several else {task: predictions}
    found = [
        evaluate(
            one,
            address,
            split=split,
            split_set=split_set,
            slice_=slice_,
            metric=metric,
            signature=signature,
            slices=slices,
            data_dir=data_dir,
            resamples=resamples,
            seed=seed,
        )
        for address, one in given.items()
    ]
    _deliver(found, plot, output, several=several)


def _refuse_beside_gold(*given: str | None, slices: bool) -> None:
    from standoff.errors import InputError

    if slices or any(given):
        raise InputError(
            "a file of sealed labels says what is scored",
            expected="--gold without --task, --split, --split-set and --slices",
            remedy="leave these out",
        )


def _deliver(found: list[Evaluation], plot: Path | None, output: ReportFormat, *, several: bool) -> None:
    from standoff.cli.tables_text import print_tables
    from standoff.experiments.evaluation_tables import evaluation_tables
    from standoff.experiments.tables import as_markdown

    if plot is not None:
        from standoff.site.reliability import save_reliability

        save_reliability(found, plot)
    if output is ReportFormat.JSON:
        documents = [one.to_json() for one in found]
        print_json(documents if several else documents[0])
        return
    tables = [table for one in found for table in evaluation_tables(one)]
    if output is ReportFormat.MARKDOWN:
        typer.echo(as_markdown(tables), nl=False)
    else:
        print_tables(tables)
