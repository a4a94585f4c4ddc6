"""Who sits where: each coder's account on a server, and the token with which the tools work beside it.

On our own server every coder has a **room**: a Label Studio organisation with the person's account and a service
account, whose token the tools hold; ``inside/accounts.py`` makes it and ``inside/guard.py`` closes it. On another
server all coders share the organisation of the token in ``STANDOFF_LABEL_STUDIO_TOKEN``: there a coder could look
at another's project, and the seat says so (``isolated``).
"""

from __future__ import annotations

import json
import re
import secrets
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from standoff.annotation.studio.data_folder import prepare_folder
from standoff.annotation.studio.environment import INSIDE, inside_command, server_environment
from standoff.annotation.studio.invitation import join, lead_token
from standoff.annotation.studio.secrets import read_secrets, update_secrets
from standoff.errors import InputError, NotFoundError, RefusedError, StandoffError, printable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from standoff.annotation.studio.server import Desk

DOMAIN = "standoff.invalid"
"""Of e-mail addresses that nobody has; this top-level domain is kept free for such (RFC 2606)."""
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Of passwords: without those that are taken for one another (i l 1, o 0)."""
TIMEOUT_S = 600.0
"""Of the script that makes a room: to make the database first takes half a minute, more on a busy machine."""
LOG_LINES = 15


@dataclass(frozen=True, slots=True)
class Seat:
    """A coder's place on a server.

    Args:
        coder_id: The coder.
        url: The server.
        email: What the coder logs in with.
        password: The same; None where the account was there before, or has got another password since.
        token: What the tools use in the coder's room; on a server that is not ours the lead's own.
        isolated: Whether other coders cannot see what is in the room.
    """

    coder_id: str
    url: str
    email: str
    password: str | None = field(repr=False)
    token: str = field(repr=False)
    isolated: bool


def add_coder(desk: Desk, coder_id: str, *, email: str | None = None, new_password: bool = False) -> Seat:
    """Give a coder an account on the desk's server, and on ours a room; what is there already stays.

    Args:
        desk: Where the server is; our own need not be running.
        coder_id: The coder.
        email: What the coder logs in with; without it the one in use, else ``<coder>@standoff.invalid``.
        new_password: Whether the coder's account, on our server, gets a new password.

    Raises:
        InputError: The e-mail is none, or belongs to another room; or the token in the environment does not fit.
        NotFoundError: The other server does not answer.
        RefusedError: The other server takes the token or the account not; or a password there is to be changed.
        StandoffError: The script that makes rooms failed.
    """
    email = None if email is None else checked_email(email)
    if new_password and not desk.own:
        raise RefusedError(
            "only our own server gives new passwords", where=desk.url, remedy="ask whoever keeps that server"
        )
    prepare_folder(desk.folder)
    with update_secrets(desk.folder) as kept:
        # Kept before the account is made: a password that only the server knew would be lost.
        account = _accounts(kept, desk).setdefault(coder_id, {})
        if "email" not in account:
            account.setdefault("password", make_password())
    with update_secrets(desk.folder) as kept:
        account = _accounts(kept, desk)[coder_id]
        account |= (_make_room if desk.own else _join)(desk, coder_id, account, email, new_password)
    return _seat(desk, coder_id, account, "" if desk.own else lead_token())


def find_seats(desk: Desk, coder_ids: Iterable[str]) -> dict[str, Seat]:
    """Return the seats of coders.

    Raises:
        NotFoundError: Some have none; they are named, with the command that makes theirs.
        InputError: The token of a server that is not ours is not in the environment.
    """
    token = "" if desk.own else lead_token()
    accounts = _known_accounts(desk)
    wanted = list(dict.fromkeys(coder_ids))
    if missing := [coder_id for coder_id in wanted if coder_id not in accounts]:
        at = "" if desk.own else f" --url {desk.url}"
        raise NotFoundError(
            f"no account is known of {', '.join(missing)}",
            where=desk.url,
            remedy="; ".join(f"standoff annotate coders add {coder_id}{at}" for coder_id in missing),
        )
    return {coder_id: _seat(desk, coder_id, accounts[coder_id], token) for coder_id in wanted}


def known_emails(desk: Desk) -> dict[str, str]:
    """Return the e-mail address of each coder who has an account on the desk's server, by coder."""
    return {coder_id: account["email"] for coder_id, account in _known_accounts(desk).items()}


def _known_accounts(desk: Desk) -> dict[str, dict[str, Any]]:
    accounts = _accounts(read_secrets(desk.folder), desk)
    return {coder_id: account for coder_id, account in accounts.items() if "email" in account}


def make_password() -> str:
    """Return a new password, such as ``k7mq-3hzt-xw9e-r4pa``: 79 bits, and easy to copy from paper."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))


def checked_email(email: str) -> str:
    """Return an e-mail address as Label Studio compares it, in lower case.

    Raises:
        InputError: It is none.
    """
    found = email.strip().lower()
    if not re.fullmatch(r"[\w.+-]{1,64}@[\w-]+(\.[\w-]+)+", found, re.ASCII) or len(found) > 254:
        raise InputError("is not an e-mail address", got=email, expected="such as anna@example.org")
    return found


def _accounts(kept: dict[str, Any], desk: Desk) -> dict[str, dict[str, Any]]:
    where = kept.setdefault("seats", {}) if desk.own else kept.setdefault("elsewhere", {})
    found: dict[str, dict[str, Any]] = where if desk.own else where.setdefault(desk.url, {})
    return found


def _seat(desk: Desk, coder_id: str, account: dict[str, Any], token: str) -> Seat:
    return Seat(
        coder_id=coder_id,
        url=desk.url,
        email=account["email"],
        password=account["password"],
        token=account["token"] if desk.own else token,
        isolated=desk.own,
    )


def _make_room(
    desk: Desk, coder_id: str, account: dict[str, Any], email: str | None, new_password: bool
) -> dict[str, Any]:
    password = make_password() if new_password else account["password"]
    order = {
        "room": coder_id,
        "service": f"service+{coder_id}@{DOMAIN}",
        "email": email,
        "default_email": f"{coder_id}@{DOMAIN}",
        "password": password,
        "new_password": new_password,
    }
    answer = _run_inside(desk.folder, order)
    if "taken" in answer:
        raise InputError(
            "this e-mail belongs to another account", got=answer["taken"], remedy="give another --email"
        )
    return {
        "email": answer["email"],
        "password": password if answer["opens"] else None,
        "token": answer["token"],
    }


def _run_inside(folder: Path, order: dict[str, Any]) -> dict[str, Any]:
    """Run ``accounts.py``: passwords go in by its standard input and tokens come back by its standard output."""
    try:
        done = subprocess.run(  # noqa: S603 - our own command
            inside_command(str(INSIDE / "accounts.py")),
            input=json.dumps(order),
            capture_output=True,
            check=False,
            encoding="utf-8",
            env=server_environment(folder),
            timeout=TIMEOUT_S,
            umask=0o077,
        )
    except subprocess.TimeoutExpired:
        raise StandoffError(f"the room was not made in {TIMEOUT_S:.0f} s", where=folder) from None
    if done.returncode:
        end = "\n".join(done.stderr.splitlines()[-LOG_LINES:])
        raise StandoffError("the room could not be made", where=folder, remedy=f"see:\n{printable(end)}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _join(
    desk: Desk, coder_id: str, account: dict[str, Any], email: str | None, _new_password: bool
) -> dict[str, Any]:
    email = email or account.get("email") or f"{coder_id}@{DOMAIN}"
    password = account["password"] or make_password()
    if not join(desk.url, lead_token(), email, password):
        # It was there already, with a password of its own, unless it is the one that was made here before.
        password = account["password"] if account.get("email") == email else None
    return {"email": email, "password": password}
