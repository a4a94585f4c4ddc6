"""``standoff annotate coders``: who codes, and the coders' accounts on the server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from standoff.cli.campaign import Url  # noqa: TC001 - typer evaluates the annotations
from standoff.cli.options import Format, Output, Root, print_json, print_table
from standoff.cli.studio import DataFolder, data_folder
from standoff.records import CoderKind  # noqa: TC001 - typer evaluates the annotations

if TYPE_CHECKING:
    from standoff.annotation.studio.seats import Seat
    from standoff.annotation.studio.server import Desk

coders_app = typer.Typer(help="Who codes, and the coders' accounts on the server.", no_args_is_help=True)

HERE = Path()


@coders_app.command("add")
def add_command(
    coder_id: Annotated[str, typer.Argument(help="The coder's id, such as anna.")],
    kind: Annotated[
        CoderKind | None, typer.Option(help="Of a new coder. That somebody is a person, you say.")
    ] = None,
    description: Annotated[
        str | None, typer.Option(help="Of a new coder: who that is; of a model, what it is shown.")
    ] = None,
    email: Annotated[
        str | None,
        typer.Option(
            help="What the coder logs in with; no mail is sent.", show_default="<coder>@standoff.invalid"
        ),
    ] = None,
    new_password: Annotated[
        bool, typer.Option("--new-password", help="Give the coder's account a new password.")
    ] = False,
    handout: Annotated[
        Path | None,
        typer.Option(help="Write a card for the coder, with the password, to this file.", dir_okay=False),
    ] = None,
    show_password: Annotated[bool, typer.Option("--show-password", help="Print the password.")] = False,
    root: Root = HERE,
    folder: DataFolder = None,
    url: Url = None,
) -> None:
    """List a coder in annotations/coders.yaml, and make the coder's room and account; what is there stays.

    Where no server is running the coder is listed only: start one and run the command again.

    Example: standoff annotate coders add anna --kind human --description "Student of politics, trained in May"
    """
    from standoff.annotation.coders import register
    from standoff.annotation.studio.projects import write_card
    from standoff.annotation.studio.seats import add_coder, checked_email
    from standoff.corpus.reader import read_sources
    from standoff.files import refuse_existing

    if handout is not None:
        refuse_existing(handout)
    if email is not None:
        checked_email(email)
    desk = _desk(root, folder, url)
    if register(read_sources(root), coder_id, kind=kind, description=description):
        typer.echo(f"{coder_id} is listed in annotations/coders.yaml")
    if desk is None:
        typer.echo(
            "no server is running, so there is no room yet: standoff annotate serve --detach, then this again"
        )
        return
    seat = add_coder(desk, coder_id, email=email, new_password=new_password)
    _print_seat(seat, desk, show_password=show_password, new_password=new_password)
    if handout is not None:
        write_card(handout, seat, {})
        typer.echo(f"the card for {coder_id}, with the password: {handout}")


@coders_app.command("list")
def list_command(
    root: Root = HERE, folder: DataFolder = None, url: Url = None, output: Output = Format.TEXT
) -> None:
    """Show the coders: kind, description, and the account on the server, if there is one.

    Example: standoff annotate coders list
    """
    from standoff.annotation.coders import list_coders
    from standoff.annotation.studio.seats import known_emails
    from standoff.annotation.studio.server import Desk, normalise
    from standoff.corpus.reader import read_sources

    coders = list_coders(read_sources(root))
    place = data_folder(root, folder)
    emails = known_emails(Desk(place, "", own=True) if url is None else Desk(place, normalise(url), own=False))
    rows = [
        {
            **coder.to_json(),
            "email": emails.get(coder_id),
            # Accounts on a server that is not ours share its rooms.
            "room": coder_id in emails and url is None,
        }
        for coder_id, coder in coders.items()
    ]
    if output is Format.JSON:
        print_json(rows)
        return
    print_table(
        f"{len(rows)} coders",
        ("coder", "kind", "e-mail", "room", "description"),
        (
            (row["coder_id"], row["kind"], row["email"], "yes" if row["room"] else "no", row["description"])
            for row in rows
        ),
    )


def _desk(root: Path, folder: Path | None, url: str | None) -> Desk | None:
    """Return where the server is; None where no address is given and none of ours is running."""
    from standoff.annotation.studio.server import find_server, open_desk

    place = data_folder(root, folder)
    if url is None and find_server(place) is None:
        return None
    return open_desk(place, url=url)


def _print_seat(seat: Seat, desk: Desk, *, show_password: bool, new_password: bool) -> None:
    typer.echo(f"{seat.coder_id} logs in at {seat.url}/user/login/ as {seat.email}")
    if seat.password is None:
        remedy = "give a new one with --new-password" if desk.own else "the account was there before"
        typer.echo(f"the password is not known here: {remedy}")
    elif show_password:
        typer.echo(f"password: {seat.password}")
    else:
        new = "a new password" if new_password else "the password"
        typer.echo(f"{new} is kept in {desk.folder / 'secrets.json'}: see --show-password and --handout")
    if not seat.isolated:
        typer.echo("this server is not ours: coders share it and can open one another's projects")
