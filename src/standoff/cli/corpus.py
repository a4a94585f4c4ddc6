"""``standoff corpus``: check, hydrate, build, verify, diff, stats."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, cast

import typer

from standoff.cli.options import Format, Output, Root, print_json, print_table
from standoff.errors import unknown_name

app = typer.Typer(
    help="Check the sources, build and verify releases, hydrate texts of your own.", no_args_is_help=True
)

HERE = Path()


@app.command("check")
def check_command(
    root: Root = HERE,
    level: Annotated[int, typer.Option(min=1, max=3, help="1 format, 2 references, 3 content.")] = 3,
    output: Output = Format.TEXT,
    rules: Annotated[bool, typer.Option("--rules", help="List the rules and stop.")] = False,
) -> None:
    """Check the sources; exit code 1 if there are errors.

    Example: standoff corpus check --level 2 --format json
    """
    from standoff.corpus.check import RULES, check

    if rules:
        print_table(
            f"{len(RULES)} rules",
            ("rule", "level", "severity", "expected"),
            ((rule.rule_id, rule.level, rule.severity, rule.expected) for rule in RULES.values()),
        )
        return
    report = check(root, level=cast("Literal[1, 2, 3]", level))
    if output is Format.JSON:
        print_json(report.to_json())
    else:
        typer.echo(report.to_text())
    if report.errors:
        raise typer.Exit(1)


@app.command("build")
def build_command(
    version: Annotated[str, typer.Argument(help="Such as 0.1.0; listed in corpus/sources/releases.yaml.")],
    root: Root = HERE,
    out: Annotated[
        Path | None, typer.Option(help="Build here instead of corpus/releases.", file_okay=False)
    ] = None,
) -> None:
    """Build a release from the sources; the same sources give the same bytes.

    Example: standoff corpus build 0.1.0
    """
    from standoff.corpus.release import build, read_manifest

    folder = build(root, version, out=out)
    manifest = read_manifest(folder)
    typer.echo(f"{folder}: {len(manifest['files'])} files, content {manifest['content_sha256'][:12]}")


@app.command("verify")
def verify_command(
    folders: Annotated[
        list[Path] | None, typer.Argument(help="Release folders; all releases at hand by default.")
    ] = None,
) -> None:
    """Compare every byte of a release with its manifest; exit code 1 if one differs.

    Example: standoff corpus verify corpus/releases/0.1.0
    """
    from standoff.corpus.load import releases_folder, versions
    from standoff.corpus.release import verify

    failed = False
    for folder in folders or [releases_folder() / version for version in versions()]:
        problems = verify(folder)
        failed = failed or bool(problems)
        typer.echo(f"{folder}: {f'{len(problems)} problems' if problems else 'as published'}")
        for problem in problems:
            typer.echo(f"  {problem}")
    if failed:
        raise typer.Exit(1)


@app.command("diff")
def diff_command(
    before: Annotated[str, typer.Argument(help="A version at hand, or a release folder.")],
    after: Annotated[str, typer.Argument(help="A version at hand, or a release folder.")],
    output: Output = Format.TEXT,
) -> None:
    """Show what changed between two releases, and the version step that this needs.

    Example: standoff corpus diff 0.1.0 0.2.0
    """
    from standoff.corpus.diff import compare, read_rows

    found = compare(read_rows(_folder(before)), read_rows(_folder(after)))
    if output is Format.JSON:
        print_json(found.to_json())
        return
    print_table(
        f"{before} → {after}: a {found.bump.name} step",
        ("config", "added", "removed", "moved", "changed"),
        (
            (name, len(diff.added), len(diff.removed), len(diff.moved), len(diff.changed))
            for name, diff in found.configs.items()
        ),
    )
    for name, diff in found.configs.items():
        for key, columns in list(diff.changed.items())[:20]:
            typer.echo(f"  {name} {key}: {', '.join(columns)}")


def _folder(name: str) -> Path:
    """Return the folder of a version at hand, or the folder of that name, with every byte verified."""
    from standoff.corpus.load import releases_folder, versions
    from standoff.corpus.release import require_whole

    folder = releases_folder() / name if name in versions() else Path(name)
    if not folder.is_dir():
        raise unknown_name("version or release folder", name, versions())
    require_whole(folder)
    return folder


@app.command("stats")
def stats_command(
    release: Annotated[
        str | None, typer.Argument(help="A version or a release folder; the newest by default.")
    ] = None,
    output: Output = Format.TEXT,
) -> None:
    """Count a release: articles, statements and labels per split, agreement of the coders.

    Example: standoff corpus stats 0.1.0
    """
    from standoff.corpus.diff import read_rows
    from standoff.corpus.load import release_folder
    from standoff.corpus.statistics import describe

    found = describe(read_rows(_folder(release) if release else release_folder()))
    if output is Format.JSON:
        print_json(found)
        return
    splits = found["splits"]
    print_table("release", ("what", "count"), [(k, v) for k, v in found.items() if isinstance(v, int)])
    print_table(
        "splits", ("split", "conflicts"), ((name, ", ".join(part["conflicts"])) for name, part in splits.items())
    )
    names = ("articles", "words", "statements", "actors", "scored")
    print_table("counts", ("split", *names), ((name, *(part[n] for n in names)) for name, part in splits.items()))
    print_table(
        "labels of the scored statements",
        ("split", *splits["test"]["labels"]),
        ((name, *part["labels"].values()) for name, part in splits.items()),
    )
    stances: dict[str, dict[str, int]] = {split: part["stances"] for split, part in splits.items()}
    print_table(
        "stances",
        ("split", *next(iter(stances.values()))),
        ((split, *counts.values()) for split, counts in stances.items()),
    )
    print_table("kinds of label", ("kind", "statements"), found["kinds"].items())
    print_table("how agreed", ("status", "statements"), found["statuses"].items())
    print_table(
        "share of units on which the coders agree", ("field", "share or count"), found["agreement"].items()
    )


@app.command("hydrate")
def hydrate_command(
    article_id: Annotated[str, typer.Argument(help="A bring-your-own article of the corpus.")],
    file: Annotated[Path, typer.Argument(help="Your copy of its text, page furniture and all.")],
    out: Annotated[Path, typer.Option(help="Folder for the text.", file_okay=False)] = Path("texts"),
    accept_altered: Annotated[
        bool,
        typer.Option("--accept-altered", help="Write a text that is not the published one, for reading only."),
    ] = False,
    output: Output = Format.TEXT,
) -> None:
    """Find an article in your own copy, verify it, and re-anchor its spans.

    Example: standoff corpus hydrate syria-2024-voz-assad-begs saved-page.txt
    """
    from standoff.corpus.hydrate import Outcome, hydrate, write_hydrated
    from standoff.corpus.load import published_article
    from standoff.files import read_bytes

    article, judgements, split = published_article(article_id)
    found = hydrate(article, judgements, read_bytes(file), where=str(file))
    report = {
        "article_id": article_id,
        "split": split,
        "outcome": found.outcome.value,
        "encoding": found.encoding,
        "paragraphs": {"exact": found.exact, "altered": found.altered_at, "missing": found.missing_at},
        "spans": dict(found.anchors),
        "lost_by_stance": dict(found.lost_by_stance),
    }
    if output is Format.JSON:
        print_json(report)
    else:
        typer.echo(
            f"{article_id} ({split}): {found.outcome.value}, {found.exact} of {found.paragraphs} paragraphs as "
            f"published, {found.altered} altered, {found.missing} missing (read as {found.encoding})"
        )
        for what, at in (("altered", found.altered_at), ("missing", found.missing_at)):
            if at:
                typer.echo(f"  {what}: paragraphs {', '.join(map(str, at))}, the title being 1")
        anchors = ", ".join(f"{number} by {name}" for name, number in sorted(found.anchors.items()))
        typer.echo(f"spans: {anchors.replace('by lost', 'lost') or 'none'}")
        for stance, number in sorted(found.lost_by_stance.items()):
            typer.echo(f"  lost: {number} of {stance}")
    path = write_hydrated(found, out, accept_altered=accept_altered)
    if output is Format.TEXT:
        typer.echo(f"written: {path}")
        if found.outcome is Outcome.VERIFIED:
            typer.echo(f'load with: standoff.load("intervention", texts="{out}")')


@app.command("fingerprint")
def fingerprint_command(
    file: Annotated[
        Path, typer.Argument(help="A text: the title, an empty line, paragraphs parted by empty lines.")
    ],
) -> None:
    """Print the front matter that lets a bring-your-own text be found and verified.

    Example: standoff corpus fingerprint article.txt
    """
    from standoff.corpus.hydrate import decode
    from standoff.corpus.text import fingerprint, single_spaced
    from standoff.files import read_bytes, sha256_text

    text = single_spaced(decode(read_bytes(file), where=str(file))[0])
    typer.echo(f"text_sha256: {sha256_text(text)}\nparagraphs:")
    for paragraph in fingerprint(text):
        typer.echo(f"  - {{words: {paragraph.words}, sha256: {paragraph.sha256}}}")
