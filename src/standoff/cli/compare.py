"""``standoff compare``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from standoff.cli.options import DataDir, Report, ReportFormat, SplitSet, print_json


def compare_command(
    systems: Annotated[
        list[Path], typer.Argument(help="Runs, folders of runs, submissions, or files of predictions.")
    ],
    task: Annotated[
        str | None,
        typer.Option(
            help="A task (see: standoff tasks list), or a task file.", show_default="that of the first run"
        ),
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="train, validation, test, or a fold; by default test, or all folds.")
    ] = None,
    split_set: SplitSet = None,
    slice_: Annotated[
        str | None, typer.Option("--slice", help="Compare on these items only: intervention, or COLUMN=VALUE.")
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(help="What ranks the systems: macro_f1, accuracy, …", show_default="the task's metric"),
    ] = None,
    permutations: Annotated[
        int, typer.Option(min=1, max=10_000_000, help="Random assignments behind a p value.")
    ] = 10_000,
    resamples: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="Bootstrap resamples behind an interval.")
    ] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of both.")] = 12345,
    data_dir: DataDir = None,
    shown: Report = ReportFormat.TEXT,
) -> None:
    """Compare systems on the same items: ranks with ties, and the paired difference of every two.

    Example: standoff compare experiments/runs --task seesaw
    """
    from standoff.experiments.comparison import compare

    found = compare(
        systems,
        task=task,
        split=split,
        split_set=split_set,
        slice_=slice_,
        metric=metric,
        data_dir=data_dir,
        permutations=permutations,
        resamples=resamples,
        seed=seed,
    )
    if shown is ReportFormat.JSON:
        print_json(found.to_json())
        return
    from standoff.cli.compare_text import print_comparison, to_markdown

    if shown is ReportFormat.MARKDOWN:
        typer.echo(to_markdown(found), nl=False)
    else:
        print_comparison(found)
