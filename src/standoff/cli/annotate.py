"""``standoff annotate``: the commands put together, and those that need no server."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from standoff.cli import adjudication, agreement, campaign, coders, demo, elsewhere, planning, studio
from standoff.cli.options import Root, Texts, print_json

app = typer.Typer(
    help="From articles to judgements and decisions, by people who code on Label Studio.", no_args_is_help=True
)
app.command("demo")(demo.demo_command)
app.command("serve")(studio.serve_command)
app.command("stop")(studio.stop_command)
app.add_typer(coders.coders_app, name="coders")
app.command("plan")(planning.plan_command)
app.command("push")(campaign.push_command)
app.command("status")(campaign.status_command)
app.command("pull")(campaign.pull_command)
app.command("practice")(planning.practice_command)
app.command("progress")(planning.progress_command)
app.command("agree")(agreement.agree_command)
app.command("adjudicate")(adjudication.adjudicate_command)
app.command("confusions")(adjudication.confusions_command)
app.command("aggregate")(adjudication.aggregate_command)
app.command("next")(adjudication.next_command)
app.command("bring")(elsewhere.bring_command)

HERE = Path()
Codebook = Annotated[str, typer.Option(help="The codebook version that was followed.")]
GivenAt = Annotated[
    dt.datetime | None,
    typer.Option("--at", help="When the answers were given, in UTC; by default when the file was last changed."),
]


@app.command("units")
def units_command(
    conflict_id: Annotated[str, typer.Argument(help="A conflict of the corpus.")], root: Root = HERE
) -> None:
    """Print the units of a conflict as JSON: what a coder has to answer.

    Example: standoff annotate units syria-2024
    """
    from standoff.corpus.reader import read_sources
    from standoff.corpus.sources import units_of
    from standoff.records import UNIT_FIELDS

    sources = read_sources(root)
    sources.require_conflict(conflict_id)
    print_json(
        [
            dict(zip(UNIT_FIELDS, key, strict=True))
            for entry in sources.articles
            if entry.record.conflict_id == conflict_id
            for key in units_of(entry.record)
        ]
    )


@app.command("import")
def import_command(
    answers: Annotated[Path, typer.Argument(help="One JSON object per line; see CONTRIBUTING.md.")],
    coder: Annotated[str, typer.Option(help="Who answered; a coder of annotations/coders.yaml.")],
    codebook: Codebook = "v1",
    root: Root = HERE,
    texts: Texts = None,
    at: GivenAt = None,
) -> None:
    """Turn a coder's answers on one conflict into judgements.

    Example: standoff annotate import answers.jsonl --coder anna
    """
    from standoff.annotation.answers import import_judgements
    from standoff.corpus.load import read_texts
    from standoff.corpus.reader import read_sources

    found = import_judgements(
        read_sources(root),
        answers,
        coder_id=coder,
        codebook=codebook,
        texts=read_texts(texts) if texts else None,
        given_at=at and at.replace(tzinfo=dt.UTC),
    )
    typer.echo(
        f"{found.labels}: {found.lines} judgements, {found.changed} of them new; answers kept as {found.export}"
    )


@app.command("differences")
def differences_command(
    conflict_id: Annotated[str, typer.Argument(help="A conflict of the corpus.")], root: Root = HERE
) -> None:
    """Print the undecided units on which coders differ, their answers side by side and without names.

    Example: standoff annotate differences syria-2024 > to-decide.json
    """
    from standoff.annotation.differences import differences
    from standoff.corpus.reader import read_sources

    sources = read_sources(root)
    sources.require_conflict(conflict_id)
    print_json(differences(sources, conflict_id))


@app.command("decide")
def decide_command(
    decisions: Annotated[Path, typer.Argument(help="One JSON object per line; see CONTRIBUTING.md.")],
    coder: Annotated[str, typer.Option(help="Who decided; a coder of annotations/coders.yaml.")],
    codebook: Codebook = "v1",
    root: Root = HERE,
    texts: Texts = None,
    at: GivenAt = None,
) -> None:
    """Record the decisions on one conflict; the judgements stay as they are.

    Example: standoff annotate decide decisions.jsonl --coder anna
    """
    from standoff.annotation.answers import import_decisions
    from standoff.corpus.load import read_texts
    from standoff.corpus.reader import read_sources

    found = import_decisions(
        read_sources(root),
        decisions,
        decided_by=coder,
        codebook=codebook,
        texts=read_texts(texts) if texts else None,
        given_at=at and at.replace(tzinfo=dt.UTC),
    )
    typer.echo(
        f"{found.labels}: {found.lines} decisions, {found.changed} of them new; answers kept as {found.export}"
    )
