"""``standoff annotate agree``: how far coders agree, each number with its interval."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from standoff.cli.options import Format, Output, Root, print_json
from standoff.errors import InputError, printable

if TYPE_CHECKING:
    from standoff.annotation.agreement.fields import Field, Row
    from standoff.annotation.agreement.finding import Resampling
    from standoff.annotation.agreement.report import AgreementReport

HERE = Path()
BREAKDOWNS = ("label", "conflict", "pair")


def agree_command(
    conflicts: Annotated[
        list[str] | None,
        typer.Argument(help="Conflicts of the corpus; all when none is named.", show_default=False),
    ] = None,
    campaign: Annotated[str | None, typer.Option(help="Only what this campaign's plan gave its coders.")] = None,
    coder: Annotated[list[str] | None, typer.Option(help="Only this coder; may be repeated.")] = None,
    field: Annotated[
        list[str] | None, typer.Option(help="Of judgements, only this field; may be repeated.")
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option(
            help="A table in place of the corpus: columns unit, coder, label; and group, field, kind, conflict."
        ),
    ] = None,
    order: Annotated[
        str | None,
        typer.Option(help="A table's labels from one end to the other, as in no,maybe,yes: ordinal too."),
    ] = None,
    none: Annotated[
        str | None, typer.Option(help="A table's label for nothing there: finding apart from classifying.")
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option(
            help="Write who answered what to this new .csv or .parquet. An ordinal field is read again by "
            "--table with --field, and --order for its labels."
        ),
    ] = None,
    by: Annotated[str, typer.Option(help="Break down by some of label,conflict,pair. JSON has all.")] = "",
    pool_kinds: Annotated[bool, typer.Option("--pool-kinds", help="Take people and models together.")] = False,
    resamples: Annotated[int, typer.Option(min=1, help="Resamples behind the intervals.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the resampling.")] = 12345,
    paper: Annotated[bool, typer.Option("--paper", help="Print a paragraph for a methods section.")] = False,
    output: Output = Format.TEXT,
    root: Root = HERE,
) -> None:
    """Print how far coders agree: alpha, kappa and F1 with intervals, finding apart from classifying.

    People and models are reported apart.

    Example: standoff annotate agree syria-2024 --by label
    """
    from standoff.annotation.agreement.methods import methods_paragraph
    from standoff.annotation.agreement.table import to_frame
    from standoff.annotation.campaign.campaign import read_campaign
    from standoff.annotation.campaign.methods import campaign_paragraph
    from standoff.cli.agreement_text import print_agreement
    from standoff.corpus.reader import read_sources
    from standoff.tasks.overview import write_frame

    parts = _breakdowns(by)
    resampling: Resampling = {"resamples": resamples, "seed": seed}
    if table is not None:
        if conflicts or campaign:
            raise InputError(
                "--table is in place of the corpus", got="conflicts or --campaign", remedy="leave one out"
            )
        rows, report = _of_table(
            table, coder or [], field or [], order=order, none=none, pool_kinds=pool_kinds, resampling=resampling
        )
    else:
        if order or none:
            raise InputError("--order and --none are for a table's labels", remedy="name a table with --table")
        rows, report = _of_corpus(
            root,
            conflicts or [],
            campaign,
            coder or [],
            field,
            pool_kinds=pool_kinds,
            resampling=resampling,
        )
    if export is not None:
        write_frame(to_frame(rows), export)
    paragraphs = [methods_paragraph(report, kind) for kind in report.kinds] if paper else []
    if paper and campaign is not None:
        paragraphs.insert(0, campaign_paragraph(read_sources(root), read_campaign(root, campaign)))
    if output is Format.JSON:
        print_json({**report.to_json(), **({"methods": paragraphs} if paper else {})})
    elif paper:
        typer.echo(printable("\n\n".join(paragraphs)))
    else:
        print_agreement(report, parts)


def _breakdowns(by: str) -> list[str]:
    parts = [part.strip() for part in by.split(",") if part.strip()]
    if unknown := [part for part in parts if part not in BREAKDOWNS]:
        raise InputError("there is no such breakdown", got=", ".join(unknown), expected=", ".join(BREAKDOWNS))
    return parts


def _of_corpus(
    root: Path,
    conflicts: list[str],
    campaign: str | None,
    coders: list[str],
    names: list[str] | None,
    *,
    pool_kinds: bool,
    resampling: Resampling,
) -> tuple[list[Row], AgreementReport]:
    """Return who answered what, and the report."""
    from standoff.annotation.agreement.fields import FIELDS, chosen_fields, rows_of
    from standoff.annotation.agreement.gather import gather
    from standoff.annotation.agreement.report import report_on_judgements
    from standoff.corpus.reader import read_sources

    fields: list[Field] = chosen_fields(names)
    gathered = gather(read_sources(root), conflicts=conflicts, campaign=campaign, coders=coders)
    coded = {gathered.conflict_of[one.article_id] for one in gathered.judgements}
    coded |= {gathered.conflict_of[one.article_id] for one in gathered.findings}
    about = ", ".join(sorted(coded)) + (f" (campaign {campaign})" if campaign else "")
    report = report_on_judgements(gathered, fields, about=about, pool_kinds=pool_kinds, resampling=resampling)
    exported = fields if names else FIELDS.values()
    return list(rows_of(gathered.judgements, exported, gathered.conflict_of)), report


def _of_table(
    path: Path,
    coders: list[str],
    names: list[str],
    *,
    order: str | None,
    none: str | None,
    pool_kinds: bool,
    resampling: Resampling,
) -> tuple[list[Row], AgreementReport]:
    """Return the rows of a table, and the report on them."""
    from standoff.annotation.agreement.report import report_on_table
    from standoff.annotation.agreement.table import read_table
    from standoff.errors import unknown_name

    rows = read_table(path)
    for what, wanted, known in (
        ("coder", coders, {row.coder for row in rows}),
        ("field", names, {row.field for row in rows}),
    ):
        for name in wanted:
            if name not in known:
                raise unknown_name(what, name, known)
    kept = [row for row in rows if (not coders or row.coder in coders) and (not names or row.field in names)]
    labels = [label.strip() for label in (order or "").split(",") if label.strip()]
    return kept, report_on_table(
        kept, about=path.name, order=labels, none=none, pool_kinds=pool_kinds, resampling=resampling
    )
