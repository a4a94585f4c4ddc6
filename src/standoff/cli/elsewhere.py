"""``standoff annotate bring``: work done in other tools, brought in with a report of what was lost."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from standoff.cli.options import Format, Output, Root, Texts, print_json, print_table
from standoff.errors import printable

if TYPE_CHECKING:
    from standoff.annotation.elsewhere.losses import Report

HERE = Path()
SHOWN = 20
"""More losses than this are in the report's file only."""


class Tool(StrEnum):
    """Whose export it is."""

    DNA = "dna"
    DOCCANO = "doccano"
    WEBANNO = "webanno"


def bring_command(
    tool: Annotated[Tool, typer.Argument(help="Whose files these are; webanno is INCEpTION's and WebAnno's TSV.")],
    files: Annotated[list[Path], typer.Argument(help="The exported files, unzipped.")],
    map_file: Annotated[Path | None, typer.Option("--map", help="What is what; see docs/elsewhere.md.")] = None,
    coder: Annotated[
        str | None, typer.Option(help="Who coded all of it; by default whom the export and the map name.")
    ] = None,
    codebook: Annotated[str, typer.Option(help="The codebook version that the work is taken to follow.")] = "v1",
    draft_map: Annotated[
        Path | None, typer.Option(help="Write a first map with everything found, and bring nothing in.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write the whole report to this file, as JSON.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report only, write no judgements.")] = False,
    root: Root = HERE,
    texts: Texts = None,
    at: Annotated[
        dt.datetime | None,
        typer.Option(help="When it was coded, in UTC; by default when each file was last changed."),
    ] = None,
    output: Output = Format.TEXT,
) -> None:
    """Bring in work done in DNA, doccano or INCEpTION, with a report of everything that does not fit.

    Example: standoff annotate bring dna events.csv --map map.toml --coder anna
    """
    from standoff.annotation.elsewhere.bring import bring, read_exports
    from standoff.annotation.elsewhere.draft import draft_map as draft
    from standoff.annotation.elsewhere.mapping import Map, read_map
    from standoff.corpus.load import read_texts
    from standoff.corpus.reader import read_sources
    from standoff.errors import InputError
    from standoff.files import pretty_json, refuse_existing, write_text

    if map_file is None and draft_map is None:
        raise InputError(
            "there is no map",
            expected="--map, which says what the export's names stand for",
            remedy="write a first one with --draft-map map.toml, decide what is open in it, pass --map map.toml",
        )
    sources = read_sources(root)
    hydrated = read_texts(texts) if texts else {}
    given = Map(tool=tool.value) if map_file is None else read_map(map_file, tool.value, sources)
    exports = read_exports(files, given, drafting=draft_map is not None)
    if draft_map is not None:
        refuse_existing(draft_map)
        included = {key: one.text for key, one in sources.articles_by_id.items() if one.text is not None}
        write_text(draft_map, draft(sources, exports, given, texts={**included, **hydrated}))
        typer.echo(f'{draft_map}: decide what is "" in it, then bring the files in with --map {draft_map}')
        return
    found = bring(
        sources,
        exports,
        given,
        codebook=codebook,
        coder_id=coder,
        texts=hydrated,
        given_at=at and at.replace(tzinfo=dt.UTC),
        dry_run=dry_run,
    )
    if report is not None:
        write_text(report, pretty_json(found.to_json()))
    if output is Format.JSON:
        print_json(found.to_json())
    else:
        print_report(found, dry_run=dry_run)


def print_report(found: Report, *, dry_run: bool) -> None:
    """Print what was kept and what was lost, the first losses line by line."""
    from standoff.annotation.elsewhere.losses import REASONS

    would = "would be " if dry_run else ""
    judgements = f"{found.judgements} judgement" + ("" if found.judgements == 1 else "s")
    changed = "" if dry_run else f", {found.changed} of them new or changed"
    typer.echo(f"{found.kept} of {found.statements} statements {would}kept, in {judgements}{changed}")
    for title, counts in (
        ("judgements by coder", found.by_coder),
        ("judgements by stance", found.by_stance),
        ("spans by how they were found", found.anchors),
        ("judgements for which the map set a value", found.set_by_map),
        ("still to be completed before a release, positions without", found.to_complete),
    ):
        if counts:
            print_table(title, ("what", "count"), sorted(counts.items()))
    if found.losses:
        rows = [(name, REASONS[name][0], count, REASONS[name][1]) for name, count in found.reasons.most_common()]
        print_table("not kept", ("reason", "lost", "count", "means"), rows)
    for loss in found.losses[:SHOWN]:
        typer.echo(printable(str(loss)))
    if len(found.losses) > SHOWN:
        typer.echo(f"… and {len(found.losses) - SHOWN} more: --report FILE has all")
    for file in found.exports:
        typer.echo(f"{would}kept as annotations/exports/{file}")
