"""Print every route of Label Studio and each table's way to a room; runs in Label Studio's environment."""

# mypy: disable-error-code="import-not-found"

import json
import re
import sys
from collections.abc import Iterator
from typing import Any

from label_studio.server import _setup_env


def routes(resolver: Any, before: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        path = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from routes(pattern, path)
        else:
            yield path


def template(route: str) -> str:
    """Return a path with ``{name}`` for each argument, and with what is optional left out."""
    named = re.sub(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)", lambda found: f"{{{found[1] or found[2]}}}", route)
    return "/" + re.sub(r"[\^$]|/\?", "", named.replace(r"\.", "."))


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    sys.argv = ["routes"]
    _setup_env()
    import guard
    from django.apps import apps
    from django.urls import get_resolver

    found = sorted({template(route) for route in routes(get_resolver())})
    # After the routes: some tables are known only once their views are.
    tables = apps.get_models(include_auto_created=True)
    ways = {table._meta.label: guard.way_to_room(table) for table in tables}  # noqa: SLF001 - public, says Django
    sys.stdout.write("\n" + json.dumps({"routes": found, "ways": ways}) + "\n")
