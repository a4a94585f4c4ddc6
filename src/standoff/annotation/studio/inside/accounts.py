"""Make a coder's room on our server; runs inside Label Studio's environment, whether the server runs or not.

The order is one JSON object on the standard input: ``room`` (the coder's id); ``service`` (e-mail of the room's
owner); ``email`` (the coder's, or null to keep it) and ``default_email`` (that of a new account); ``password``,
and ``new_password``: whether an account that is there gets it too. The answer is the last line of the standard
output: ``email``, ``token`` (the owner's, for our tools) and ``opens`` (whether the password opens the coder's
account); or ``taken``, an e-mail that belongs to another room, and then nothing was changed.

Run again, it makes what is missing and leaves the rest: a token that was revoked is issued anew.
"""

# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import json
import sys
import time
from typing import Any

from label_studio.server import _setup_env

ATTEMPTS = 20
PAUSE_S = 0.5
"""Between attempts while the running server writes: SQLite has one writer at a time."""


def main() -> None:
    """Read the order, make the room, print the answer."""
    order = json.load(sys.stdin)
    sys.argv = ["accounts"]  # Label Studio reads the command line as its own
    _setup_env()
    from django.core.management import call_command  # noqa: PLC0415 - only after the set-up, as all of Django's
    from label_studio.server import is_database_synchronized  # noqa: PLC0415 - the same

    if not is_database_synchronized("default"):
        call_command("migrate", "--no-color", verbosity=0)
    sys.stdout.write("\n" + json.dumps(when_free(order)) + "\n")


def when_free(order: dict[str, Any]) -> dict[str, Any]:
    """Make the room, waiting for the running server where it is writing."""
    from django.db import OperationalError, connection, transaction  # noqa: PLC0415 - after the set-up

    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic():
                connection.cursor().execute("UPDATE organization SET id = id WHERE 0")  # become the writer at once
                return make_room(order)
        except OperationalError as error:
            if "locked" not in str(error) or attempt == ATTEMPTS:
                raise
            time.sleep(PAUSE_S)
    raise AssertionError


def make_room(order: dict[str, Any]) -> dict[str, Any]:
    """Make what is missing of a room and its two accounts, and return the answer."""
    from django.db import transaction  # noqa: PLC0415 - after the set-up
    from organizations.models import Organization  # noqa: PLC0415 - the same
    from rest_framework.authtoken.models import Token  # noqa: PLC0415 - the same
    from users.models import User  # noqa: PLC0415 - the same

    owner = User.objects.filter(email=order["service"]).first()
    owner = owner or User.objects.create_user(order["service"])  # without a password nobody can log in as it
    room = Organization.objects.filter(created_by=owner).first()
    room = room or Organization.create_organization(created_by=owner, title=order["room"])
    settle(owner, room)
    room.jwt.legacy_api_tokens_enabled = True
    room.jwt.save()

    coder = room.users.exclude(pk=owner.pk).first()
    email = order["email"] or (coder.email if coder else order["default_email"])
    if User.objects.filter(email=email).exclude(pk=coder and coder.pk).exists():
        transaction.set_rollback(True)
        return {"taken": email}
    if coder is None:
        coder = User.objects.create_user(email, order["password"], username=order["room"])
        room.add_user(coder)
    elif order["new_password"]:
        coder.set_password(order["password"])
    coder.email = email
    settle(coder, room)
    token, _ = Token.objects.get_or_create(user=owner)
    return {"email": email, "token": token.key, "opens": coder.check_password(order["password"])}


def settle(account: Any, room: Any) -> None:
    """Let an account live in a room."""
    account.active_organization = room
    account.is_active = True
    account.save()


if __name__ == "__main__":
    main()
