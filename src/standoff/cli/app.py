"""The commands, put together."""

from __future__ import annotations

from typing import Annotated

import typer

from standoff.cli import (
    analyse,
    annotate,
    compare,
    corpus,
    evaluate,
    experiments,
    explain,
    leaderboard,
    models,
    runs,
    seal,
    stress,
    submit,
    tasks,
)
from standoff.version import __version__

app = typer.Typer(
    name="standoff",
    help="Who, in a news text, stands where on an intervention?",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(corpus.app, name="corpus")
app.add_typer(annotate.app, name="annotate")
app.add_typer(tasks.app, name="tasks")
app.add_typer(analyse.app, name="analyse")
app.command("run")(runs.run_command)
app.command("reproduce")(runs.reproduce_command)
app.command("train")(models.train_command)
app.command("predict")(models.predict_command)
app.command("explain")(explain.explain_command)
app.command("evaluate")(evaluate.evaluate_command)
app.add_typer(leaderboard.app, name="leaderboard")
app.add_typer(submit.app, name="submit")
app.add_typer(stress.app, name="stress")
app.command("compare")(compare.compare_command)
app.command("seal")(seal.seal_command)
app.command("unseal")(seal.unseal_command)
app.command("board")(experiments.board_command)
app.command("quickstart")(experiments.quickstart_command)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"standoff {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Who, in a news text, stands where on an intervention?"""
