"""``standoff annotate push``, ``status`` and ``pull``: a campaign's tasks to the server, coders' answers back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from standoff.annotation.campaign.campaign import Round
from standoff.cli.options import Format, Output, Root, Texts, print_json, print_table
from standoff.cli.studio import DataFolder, data_folder
from standoff.errors import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from standoff.annotation.campaign.campaign import Campaign
    from standoff.annotation.campaign.pull import Pulled, Standing
    from standoff.annotation.campaign.push import Pushed
    from standoff.annotation.studio.results import Refusal
    from standoff.annotation.studio.seats import Seat
    from standoff.annotation.studio.server import Desk
    from standoff.corpus.sources import Sources

HERE = Path()
Name = Annotated[str, typer.Argument(help="A campaign of annotations/campaigns.")]
WhichRound = Annotated[Round, typer.Argument(help="The round.")]
Url = Annotated[
    str | None,
    typer.Option(
        help="A Label Studio elsewhere; its token in STANDOFF_LABEL_STUDIO_TOKEN.", show_default="our own"
    ),
]


def push_command(
    name: Name,
    round_: WhichRound = Round.MAIN,
    texts: Texts = None,
    suggestions: Annotated[
        Path | None,
        typer.Option(help="A model's readings, to start from; of training data only.", dir_okay=False),
    ] = None,
    root: Root = HERE,
    folder: DataFolder = None,
    url: Url = None,
    output: Output = Format.TEXT,
) -> None:
    """Send a round's tasks to the coders, each to a project of their own; what is there already stays.

    Example: standoff annotate push pilot main
    """
    from standoff.annotation.campaign.push import push
    from standoff.annotation.studio.payload import Payload, read_suggestions
    from standoff.corpus.load import read_texts

    sources, campaign, desk, seats = _open(root, name, round_, folder, url)
    payload = Payload(
        sources,
        campaign,
        texts=read_texts(texts) if texts else {},
        suggestions=read_suggestions(suggestions, sources) if suggestions else {},
    )
    pushed = push(payload, round_, desk, seats)
    if output is Format.JSON:
        print_json([_pushed_json(one) for one in pushed])
        return
    print_table(
        f"{name}, {round_}: {desk.url}",
        ("coder", "tasks", "sent now", "on the server"),
        ((one.coder_id, one.assigned, one.sent, f"project {one.project_id}") for one in pushed),
    )
    for one in pushed:  # a link in a table would be cut at the table's width
        typer.echo(f"{one.coder_id}: {one.link}")
    typer.echo(f"to hand out, each with login and links: {', '.join(str(one.handout) for one in pushed)}")
    for one in pushed:
        for line in _warnings(one):
            typer.echo(f"warning: {one.coder_id}: {line}", err=True)
    if not all(one.isolated for one in pushed):
        typer.echo(
            "warning: on a server that is not ours coders can open each other's projects: that they code blind "
            "rests on trust",
            err=True,
        )


def status_command(
    name: Name,
    round_: WhichRound = Round.MAIN,
    root: Root = HERE,
    folder: DataFolder = None,
    url: Url = None,
    output: Output = Format.TEXT,
) -> None:
    """Show who has done what on the server, and which answers a pull would refuse; nothing is stored.

    Example: standoff annotate status pilot main
    """
    from standoff.annotation.campaign.pull import status

    sources, campaign, desk, seats = _open(root, name, round_, folder, url)
    found = status(sources, campaign, round_, desk, seats)
    if output is Format.JSON:
        print_json([_standing_json(one) for one in found])
        return
    print_table(
        f"{name}, {round_}: {desk.url}",
        ("coder", "tasks", "done", "skipped", "to mend", "not sent", "s each", "last (UTC)"),
        (_standing_row(one) for one in found),
    )
    for one in found:
        _print_refusals("to mend", one.refusals, one.links)


def pull_command(
    name: Name,
    round_: WhichRound = Round.MAIN,
    root: Root = HERE,
    folder: DataFolder = None,
    url: Url = None,
    output: Output = Format.TEXT,
) -> None:
    """Fetch a round's answers: keep the raw export, make labels of it, say what is refused and why.

    Example: standoff annotate pull pilot main
    """
    from standoff.annotation.campaign.pull import pull

    sources, campaign, desk, seats = _open(root, name, round_, folder, url)
    found = pull(sources, campaign, round_, desk, seats)
    if output is Format.JSON:
        print_json([_pulled_json(one) for one in found])
        return
    print_table(
        f"{name}, {round_}: {desk.url}",
        ("coder", "tasks", "taken", "new or changed", "refused"),
        ((one.coder_id, one.assigned, one.taken, one.changed, len(one.refusals)) for one in found),
    )
    for one in found:
        if one.export is not None:
            typer.echo(f"{one.coder_id}: annotations/exports/{one.export.file}")
        if one.withdrawn:
            typer.echo(
                f"{one.coder_id}: {one.withdrawn} answers that were pulled earlier are no longer on the server; "
                "their labels stay"
            )
    for one in found:
        _print_refusals("refused", one.refusals, one.links)


def _open(
    root: Path, name: str, round_: Round, folder: Path | None, url: str | None
) -> tuple[Sources, Campaign, Desk, dict[str, Seat]]:
    from standoff.annotation.campaign.campaign import read_campaign, read_plan_by_coder
    from standoff.annotation.studio.seats import find_seats
    from standoff.annotation.studio.server import open_desk
    from standoff.corpus.reader import read_sources

    campaign, sources = read_campaign(root, name), read_sources(root)
    coders = read_plan_by_coder(root, name, round_)
    desk = open_desk(data_folder(root, folder), url=url)
    return sources, campaign, desk, find_seats(desk, coders)


def _warnings(pushed: Pushed) -> Iterable[str]:
    """Yield what is not as it should be on the server, and what to do."""
    for uids, what in (
        (
            pushed.changed,
            "are not what would be sent now: delete them there and push again, unless they are coded",
        ),
        (pushed.doubled, "are there twice: delete the one that is not coded"),
        (pushed.unknown, "are there and not in the plan: a pull refuses them"),
    ):
        if uids:
            shown = ", ".join(map(printable, uids[:5])) + (" …" if len(uids) > 5 else "")
            yield f"{len(uids)} tasks {what} ({shown})"


def _print_refusals(title: str, refusals: Iterable[Refusal], links: Mapping[int, str]) -> None:
    for one in refusals:
        typer.echo(f"{title}: {one.coder_id}: {one.rule}: {printable(one.message)} {links[one.task_id]}")


def _standing_row(one: Standing) -> tuple[object, ...]:
    work = one.work
    last = "" if work.last is None else f"{work.last:%d %b %H:%M}"
    median = "" if work.median_s is None else f"{work.median_s:.0f}"
    not_sent = max(0, work.assigned - (one.sent or 0))
    return (work.coder_id, work.assigned, work.done, work.skipped, len(one.refusals), not_sent, median, last)


def _refusals_json(refusals: Iterable[Refusal], links: Mapping[int, str]) -> list[dict[str, Any]]:
    return [{**one.to_json(), "link": links[one.task_id]} for one in refusals]


def _pushed_json(one: Pushed) -> dict[str, Any]:
    return {
        "coder_id": one.coder_id,
        "project_id": one.project_id,
        "link": one.link,
        "handout": str(one.handout),
        "assigned": one.assigned,
        "sent": one.sent,
        "changed": one.changed,
        "doubled": one.doubled,
        "unknown": one.unknown,
        "isolated": one.isolated,
    }


def _standing_json(one: Standing) -> dict[str, Any]:
    work = one.work
    return {
        "coder_id": work.coder_id,
        "assigned": work.assigned,
        "sent": one.sent,
        "done": work.done,
        "skipped": work.skipped,
        "median_s": work.median_s,
        "last": None if work.last is None else work.last.isoformat(),
        "to_mend": _refusals_json(one.refusals, one.links),
    }


def _pulled_json(one: Pulled) -> dict[str, Any]:
    return {
        "coder_id": one.coder_id,
        "export": None if one.export is None else one.export.file,
        "assigned": one.assigned,
        "taken": one.taken,
        "changed": one.changed,
        "withdrawn": one.withdrawn,
        "refused": _refusals_json(one.refusals, one.links),
    }
