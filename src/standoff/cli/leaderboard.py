"""``standoff leaderboard …``: build, check, freeze, diff."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from standoff.cli.options import DataDir, Report, ReportFormat, Root, print_json

app = typer.Typer(help="The leaderboard of runs and submissions.", no_args_is_help=True)

HERE = Path()


@app.command("build")
def build_command(
    root: Root = HERE,
    data_dir: DataDir = None,
    output: Report = ReportFormat.TEXT,
) -> None:
    """Write experiments/LEADERBOARD.json and LEADERBOARD.md from runs, submissions and the tasks' data.

    Example: standoff leaderboard build
    """
    from standoff.cli.tables_text import print_tables
    from standoff.experiments.leaderboard import page, store
    from standoff.experiments.leaderboard.build import build

    experiments = root / "experiments"
    document = build(experiments, data_dir=data_dir, report=lambda line: typer.echo(line, err=True))
    store.write(experiments, document)
    if output is ReportFormat.JSON:
        print_json(document)
    elif output is ReportFormat.MARKDOWN:
        typer.echo(page.render(document), nl=False)
    else:
        print_tables(page.tables(document))
    typer.echo(f"written: {experiments / store.PAGE}, {experiments / store.DOCUMENT}", err=True)


@app.command("check")
def check_command(root: Root = HERE, data_dir: DataDir = None) -> None:
    """Fail when a run, a submission or the leaderboard is not what the leaderboard was made of.

    Example: standoff leaderboard check
    """
    from standoff.errors import printable
    from standoff.experiments.leaderboard.store import check

    found = check(root / "experiments", data_dir=data_dir, report=lambda line: typer.echo(line, err=True))
    for problem in found.problems:
        typer.echo(printable(f"{problem.where}: {problem.what}"))
    if found.not_computed:
        typer.echo(printable(f"The numbers were not computed again: {found.not_computed}"), err=True)
    if found.problems:
        typer.echo(f"{len(found.problems)} problem(s); bring it up to date: standoff leaderboard build", err=True)
        raise typer.Exit(1)
    typer.echo("the leaderboard is current" + ("" if found.not_computed else ", every number computed again"))


@app.command("freeze")
def freeze_command(
    name: Annotated[str, typer.Argument(help="Of the frozen board; becomes a folder in experiments/boards.")],
    because: Annotated[str, typer.Option(help="What changes after it: a sentence for readers.")],
    root: Root = HERE,
) -> None:
    """Keep the leaderboard as it stands, before corrected labels or other rules change it.

    Example: standoff leaderboard freeze 2026-11 --because "Labels of seesaw are corrected in version 3."
    """
    from standoff.experiments.leaderboard.store import freeze

    typer.echo(
        f"written: {freeze(root / 'experiments', name, because=because, on=dt.datetime.now(dt.UTC).date())}"
    )


@app.command("diff")
def diff_command(
    before: Annotated[Path, typer.Argument(help="A LEADERBOARD.json, or the folder of a frozen board.")],
    after: Annotated[Path, typer.Argument(help="The newer one.")] = Path("experiments"),
    output: Report = ReportFormat.TEXT,
) -> None:
    """Show how ranks and scores moved between two leaderboards.

    Example: standoff leaderboard diff experiments/boards/2026-11
    """
    from standoff.cli.tables_text import print_tables
    from standoff.experiments.leaderboard.diff import moves
    from standoff.experiments.leaderboard.store import read
    from standoff.experiments.tables import as_markdown

    tables = moves(read(before), read(after))
    if output is ReportFormat.JSON:
        print_json(
            [
                {"board": one.title, "rows": [dict(zip(one.columns, row, strict=True)) for row in one.rows]}
                for one in tables
            ]
        )
    elif output is ReportFormat.MARKDOWN:
        typer.echo(as_markdown(tables), nl=False)
    elif tables:
        print_tables(tables)
    else:
        typer.echo("no rank and no score moved")
