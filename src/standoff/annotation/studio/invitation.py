"""Accounts on a Label Studio that is not ours, by its own invitation link: the only way in over HTTP.

An account that its programming interface makes has no password and cannot log in.
"""

from __future__ import annotations

import html
import os
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from standoff.annotation.studio.address import is_loopback
from standoff.errors import InputError, NotFoundError, RefusedError, printable

if TYPE_CHECKING:
    import requests

VARIABLE = "STANDOFF_LABEL_STUDIO_TOKEN"
TIMEOUT_S = 60.0
NEW_TOKEN = "take it anew from the server's page Account & Settings; legacy tokens may be switched off there"  # noqa: S105 - a sentence


def lead_token() -> str:
    """Return the token from the environment: a legacy token or a personal access token.

    Raises:
        InputError: It is not set, or has characters that no token has; it is not shown.
    """
    token = os.environ.get(VARIABLE, "").strip()
    if not token:
        raise InputError(
            f"{VARIABLE} is not set",
            expected="the token of the account that leads the coding, from its page Account & Settings",
        )
    if not re.fullmatch(r"[\w.-]+", token, re.ASCII):
        raise InputError(f"{VARIABLE} is not a token", expected="letters, digits, and . _ - in one line")
    return token


def join(url: str, token: str, email: str, password: str) -> bool:
    """Make an account in the organisation of the token's account, and return whether it was made.

    An account of that organisation that has the e-mail already is left as it is.

    Raises:
        NotFoundError: Nothing answers at ``url``.
        InputError: Something else than Label Studio answers there; or another organisation has the e-mail.
        RefusedError: The server does not take the token, invites nobody, or does not make the account.
    """
    lead = _session(url)
    lead.headers["Authorization"] = _authorization(url, token)
    users = _json(_ask(lead, "GET", f"{url}/api/users/"), url)
    if email in {str(user.get("email", "")).lower() for user in users}:
        return False
    invitation = _json(_ask(lead, "GET", f"{url}/api/invite"), url)
    _sign_up(_session(url), urljoin(url, invitation["invite_url"]), email, password)
    return True


def _sign_up(visitor: requests.Session, link: str, email: str, password: str) -> None:
    page = _ask(visitor, "GET", link).text
    csrf = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    if csrf is None:
        raise RefusedError("the server's sign-up page has no form", where=link.partition("?")[0])
    form = {
        "csrfmiddlewaretoken": csrf[1],
        "email": email,
        "password": password,
        "allow_newsletters": "false",
        "how_find_us": "",
        "elaborate": "",
    }
    answer = _ask(visitor, "POST", link, data=form, headers={"Referer": link}, allow_redirects=False)
    if answer.status_code != 302:
        errors = re.findall(r'class="field_errors">(.*?)</ul>', answer.text, re.DOTALL)
        said = re.findall(r"<li>\s*([^<]+?)\s*</li>", "".join(errors))
        raise RefusedError(
            f"the server does not make the account {email}",
            where=link.partition("?")[0],
            got=html.unescape("; ".join(said)) or answer.status_code,
            remedy="if the e-mail belongs to another organisation there, give another with --email",
        )


def _session(url: str) -> requests.Session:
    import requests  # noqa: PLC0415 - only the commands that talk to another server pay for it

    session = requests.Session()
    # A server on this machine is not behind the proxy that the environment may name.
    session.trust_env = not is_loopback(url)
    return session


def _authorization(url: str, token: str) -> str:
    if token.count(".") != 2:
        return f"Token {token}"
    # A personal access token: it buys an access token of five minutes.
    answer = _json(_ask(_session(url), "POST", f"{url}/api/token/refresh/", json={"refresh": token}), url)
    return f"Bearer {answer['access']}"


def _ask(session: requests.Session, method: str, address: str, **given: Any) -> requests.Response:
    import requests  # noqa: PLC0415 - see _session

    where = address.partition("?")[0]
    try:
        answer = session.request(method, address, timeout=TIMEOUT_S, **given)
    except requests.RequestException as error:
        raise NotFoundError(
            f"nothing answers ({type(error).__name__})", where=where, remedy="check the address, and the network"
        ) from None
    if answer.status_code == 401:
        raise RefusedError("the token is not accepted", where=where, got=_detail(answer), remedy=NEW_TOKEN)
    if answer.status_code >= 400:
        raise RefusedError(
            f"the server refuses ({answer.status_code})",
            where=where,
            got=_detail(answer),
            remedy="check the address, and that the token's account may invite people",
        )
    return answer


def _json(answer: requests.Response, url: str) -> Any:
    try:
        return answer.json()
    except ValueError:
        raise InputError(
            "something else answers here", where=url, got=answer.text[:60], expected="a Label Studio server"
        ) from None


def _detail(answer: requests.Response) -> str | None:
    """Return what an error says, None where it is a page."""
    try:
        return printable(str(answer.json()["detail"]))
    except (ValueError, KeyError, TypeError):
        return None
