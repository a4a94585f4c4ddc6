"""``standoff analyse …``: features, errors, curves, ablation, comparison, transfer."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from standoff.cli.options import DataDir, Out, Report, ReportFormat, Resamples, Seed, SplitSet, print_json
from standoff.errors import InputError, printable, unknown_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from standoff.tasks.task import LoadedTask

app = typer.Typer(
    help="What a model looks at, where it errs, what more data or an idea is worth.", no_args_is_help=True
)


Tasks = Annotated[
    list[str] | None,
    typer.Option("--task", help="A task; repeat it for more.", show_default="every task"),
]
Plot = Annotated[Path | None, typer.Option("--plot", help="Draw it into this file: .svg or .png.", dir_okay=False)]
HeldOut = Annotated[
    int | None,
    typer.Option(min=1, help="Take validation rounds until so many items are held out.", show_default="all"),
]


@app.command("features")
def features_command(
    system: Annotated[str, typer.Argument(help="A folder that standoff train wrote, or a baseline.")],
    task: Annotated[str | None, typer.Option(help="What a baseline is fitted on.")] = None,
    top: Annotated[int, typer.Option(min=1, help="How many features for and against each label.")] = 15,
    seed: Seed = 12345,
    data_dir: DataDir = None,
    out: Out = None,
    plot: Plot = None,
    shown: Report = ReportFormat.TEXT,
) -> None:
    """Print the features that weigh most for and against each label of a linear model.

    Example: standoff analyse features tfidf_svm --task intervention
    """
    _refuse(plot)
    from standoff.experiments.analysis.features import top_features
    from standoff.experiments.analysis.results import document
    from standoff.experiments.analysis.systems import resolve

    with _saying() as say:
        say(f"fit {system}")
        chosen = resolve(system, task=task, data_dir=data_dir, seed=seed)
        found = top_features(chosen.model, chosen.name, top=top)
    content = {"task": chosen.address, "trained_on": chosen.trained_on, **found.content()}
    seeds = {"random_state": chosen.seed}
    _deliver(document("features", content, tasks=[chosen.task], seeds=seeds), out, plot, shown)


@app.command("errors")
def errors_command(
    run: Annotated[Path, typer.Argument(help="The folder of a run.", file_okay=False)],
    resamples: Resamples = 1000,
    data_dir: DataDir = None,
    out: Out = None,
    plot: Plot = None,
    shown: Report = ReportFormat.TEXT,
) -> None:
    """Print the scores of a recorded run by slice, and which labels it takes for which.

    Example: standoff analyse errors experiments/runs/tfidf_svm-intervention --plot errors.svg
    """
    from standoff.experiments.analysis.recorded import recorded_runs
    from standoff.experiments.analysis.slices import analyse_errors

    _refuse(plot)
    runs = recorded_runs([run])
    if len(runs) != 1:
        raise InputError(f"holds {len(runs)} runs", where=run, expected="the folder of one run")
    found = analyse_errors(runs[0], data_dir=data_dir, resamples=resamples)
    _deliver(found.to_json(), out, plot, shown)


@app.command("curve")
def curve_command(
    baselines: Annotated[list[str], typer.Argument(help="Names of baselines.")],
    tasks: Tasks = None,
    orders: Annotated[int, typer.Option(min=1, help="Random orders of the training groups.")] = 3,
    held_out: HeldOut = 1000,
    seed: Seed = 12345,
    data_dir: DataDir = None,
    out: Out = None,
    plot: Plot = None,
    shown: Report = ReportFormat.TEXT,
) -> None:
    """Train on 10 to 100 % of the training groups and score held-out training items; never the test split.

    Example: standoff analyse curve tfidf_svm --task gwsd --plot curve.svg
    """
    _refuse(plot, baselines, tasks, data_dir)
    from standoff.experiments.analysis.curve import learning_curves

    loaded = _load(tasks, data_dir)
    with _saying() as say:
        found = learning_curves(baselines, loaded, orders=orders, enough=held_out, seed=seed, report=say)
    _deliver(found.to_json(), out, plot, shown)


@app.command("ablation")
def ablation_command(
    baseline: Annotated[str, typer.Argument(help="A baseline that names its ideas.")] = "standoff_linear",
    tasks: Tasks = None,
    held_out: HeldOut = None,
    resamples: Resamples = 10_000,
    seed: Seed = 12345,
    data_dir: DataDir = None,
    out: Out = None,
    plot: Plot = None,
    shown: Report = ReportFormat.TEXT,
) -> None:
    """Take one idea at a time out of a baseline and score held-out training items; never the test split.

    Example: standoff analyse ablation --task gwsd --task intervention
    """
    _refuse(plot, [baseline], tasks, data_dir)
    from standoff.experiments.analysis.ablation import ablate, ideas_of

    ideas, loaded = ideas_of(baseline), _load(tasks, data_dir)
    with _saying() as say:
        found = ablate(baseline, ideas, loaded, enough=held_out, resamples=resamples, seed=seed, report=say)
    _deliver(found.to_json(), out, plot, shown)


@app.command("against")
def against_command(
    ours: Annotated[str, typer.Argument(help="Name of a baseline with recorded runs.")],
    anchors: Annotated[
        list[str] | None,
        typer.Option("--anchor", help="A baseline to compare with; repeat it.", show_default="every anchor"),
    ] = None,
    controls: Annotated[
        list[str] | None,
        typer.Option(
            "--control",
            help="A control to compare with beside the anchors; repeat it.",
            show_default="every control that is not random, or none where anchors are named",
        ),
    ] = None,
    runs: Annotated[
        list[Path] | None, typer.Option("--runs", help="A folder of runs; repeat it.", show_default="runs")
    ] = None,
    tasks: Annotated[
        list[str] | None,
        typer.Option("--task", help="A task; repeat it.", show_default="those with runs of any of them"),
    ] = None,
    split_set: SplitSet = None,
    resamples: Resamples = 10_000,
    seed: Seed = 12345,
    data_dir: DataDir = None,
    out: Out = None,
    plot: Plot = None,
    shown: Report = ReportFormat.TEXT,
) -> None:
    """Compare the recorded runs of a system with the best anchor and control on each task, and on average.

    Example: standoff analyse against standoff_linear --runs experiments/runs --plot against.svg
    """
    _refuse(plot, [ours, *(anchors or ()), *(controls or ())], tasks, data_dir)
    from standoff.baselines.registry import BASELINES, is_random
    from standoff.experiments.analysis.against import compare
    from standoff.experiments.analysis.recorded import recorded_runs

    def every(role: str) -> list[str]:
        # Not one that is random: a lucky seed would be the best rival.
        return [
            name for name, one in BASELINES.items() if one.role == role and name != ours and not is_random(name)
        ]

    with _saying() as say:
        found = compare(
            ours,
            anchors or every("anchor"),
            recorded_runs(runs or [Path("runs")]),
            controls=controls or ([] if anchors else every("control")),
            tasks=tasks,
            split_set=split_set,
            data_dir=data_dir,
            resamples=resamples,
            seed=seed,
            report=say,
        )
    _deliver(found.to_json(), out, plot, shown)


@app.command("transfer")
def transfer_command(
    baseline: Annotated[str, typer.Argument(help="Name of a baseline.")],
    tasks: Tasks = None,
    resamples: Resamples = 1000,
    seed: Seed = 12345,
    data_dir: DataDir = None,
    out: Out = None,
    plot: Plot = None,
    shown: Report = ReportFormat.TEXT,
) -> None:
    """Train on each set and test on each other one, over the labels that both have.

    Example: standoff analyse transfer tfidf_svm --plot transfer.svg
    """
    _refuse(plot, [baseline], tasks, data_dir)
    from standoff.experiments.analysis.transfer import transfer

    loaded = _load(tasks, data_dir)
    with _saying() as say:
        found = transfer(baseline, loaded, resamples=resamples, seed=seed, report=say)
    _deliver(found.to_json(), out, plot, shown)


@app.command("show")
def show_command(
    file: Annotated[Path, typer.Argument(help="A file that --out wrote.", dir_okay=False)],
    plot: Plot = None,
    shown: Report = ReportFormat.TEXT,
) -> None:
    """Print or draw a stored analysis again, without computing it.

    Example: standoff analyse show experiments/analysis/against.json --format markdown
    """
    from standoff.experiments.analysis.results import read_document

    _refuse(plot)
    _deliver(read_document(file), None, plot, shown)


def _refuse(
    plot: Path | None,
    baselines: Iterable[str] = (),
    tasks: Iterable[str] | None = None,
    data_dir: Path | None = None,
) -> None:
    """Refuse what is named and is not there before scikit-learn is imported and hours are spent.

    Raises:
        InputError: The plot cannot be written in its format.
        NotFoundError: No such baseline or task, or the task's files are not here.
    """
    from standoff.baselines.registry import BASELINES

    for name in baselines:
        if name not in BASELINES:
            raise unknown_name("baseline", name, BASELINES)
    if plot is not None:
        from standoff.site.drawing import refuse_format

        refuse_format(plot)
    if tasks is not None:
        from standoff.tasks.registry import refuse_missing

        for name in tasks:
            refuse_missing(name, data_dir=data_dir)


def _load(names: list[str] | None, data_dir: Path | None) -> list[LoadedTask]:
    """Return the tasks of these names, each once, all of them by default."""
    from standoff.tasks import registry

    loaded = (registry.load_task(name, data_dir=data_dir) for name in names or registry.names())
    return list({one.address: one for one in loaded}.values())


@contextmanager
def _saying() -> Iterator[Callable[[str], None]]:
    """Give a function that says on standard error what is done now, on one line of a terminal or line by line."""
    from rich.console import Console
    from rich.markup import escape

    console = Console(stderr=True)
    if console.is_terminal:
        with console.status("") as status:
            yield lambda line: status.update(escape(printable(line)))
    else:
        yield lambda line: typer.echo(printable(line), err=True)


def _deliver(document: Mapping[str, Any], out: Path | None, plot: Path | None, shown: ReportFormat) -> None:
    from standoff.cli.tables_text import print_tables
    from standoff.experiments.analysis.results import write_document
    from standoff.experiments.analysis.tables import tables
    from standoff.experiments.tables import as_markdown
    from standoff.site.analysis_plots import save_plot

    if shown is ReportFormat.JSON:
        print_json(document)
    elif shown is ReportFormat.MARKDOWN:
        typer.echo(as_markdown(tables(document)), nl=False)
    else:
        print_tables(tables(document))
    if out is not None:
        write_document(out, document)
        typer.echo(f"written: {out}", err=True)
    if plot is not None:
        save_plot(document, plot)
        typer.echo(f"written: {plot}", err=True)
