"""Label Studio's own Python environment: made by ``uv tool run``, kept apart from ours, silent on the network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from standoff.errors import NotFoundError, StandoffError, printable

if TYPE_CHECKING:
    from collections.abc import Callable

VERSION = "1.23.2"
"""The Label Studio that is run. What this room knows of its faults holds for this version: raise it with care."""

INSIDE = Path(__file__).parent / "inside"
"""Scripts that run in Label Studio's environment, where ``standoff`` itself is not."""

KEPT = ("PATH", "HOME", "LANG", "TZ", "TMPDIR", "LD_LIBRARY_PATH")
KEPT_PREFIXES = ("LC_", "XDG_", "UV_")
"""What the server sees of the user's environment. Everything else stays out: Label Studio looks up each of its
settings under its bare name too, so that a HOST, DEBUG, PASSWORD or SECRET_KEY of the shell would be obeyed."""

SETTINGS = {
    "COLLECT_ANALYTICS": "false",  # else every request is reported, with the user's e-mail
    "LATEST_VERSION_CHECK": "false",
    "SENTRY_DSN": "",  # both have an address built in, that only an empty string takes away
    "FRONTEND_SENTRY_DSN": "",
    "FEATURE_FLAGS_OFFLINE": "true",
    "DISABLE_SIGNUP_WITHOUT_LINK": "true",
    "ENABLE_LEGACY_API_TOKEN": "true",  # obeyed when an organisation is made, not later
    "LOG_LEVEL": "WARNING",
}
"""Label Studio's settings, by the name that its documentation puts after ``LABEL_STUDIO_``."""

NOWHERE = "http://127.0.0.1:9"
"""A proxy that is not there. The tips on the home page are fetched from the internet and no setting turns that
off, so whatever the server asks of another machine is sent here, where nothing answers."""


def find_uv() -> str:
    """Return the path of the program ``uv``: that of the Python package, else the one on the path.

    Raises:
        NotFoundError: There is none.
    """
    try:
        from uv import find_uv_bin  # noqa: PLC0415 - of the extra `annotate`

        found: str | None = find_uv_bin()
    except (ImportError, FileNotFoundError):
        found = shutil.which("uv")
    if found is None:
        raise NotFoundError(
            "uv, which runs Label Studio, is not installed", remedy="pip install 'standoff[annotate]'"
        )
    return found


def inside_command(*arguments: str, offline: bool = True) -> list[str]:
    """Return the command that runs ``python`` with ``arguments`` in Label Studio's environment.

    It is made with the Python that runs this: on the versions that we support, Label Studio can be installed.
    uv keeps the environment in its cache, and holds a lock on it as long as the command runs, so that
    ``uv cache clean`` does not take a server's files away.
    """
    return [
        find_uv(),
        "tool",
        "run",
        *(["--offline"] if offline else []),
        "--python",
        sys.executable,
        "--from",
        f"label-studio=={VERSION}",
        "python",
        *arguments,
    ]


def server_environment(folder: Path) -> dict[str, str]:
    """Return the environment variables of a process in Label Studio's environment; nothing in them is secret."""
    kept = {name: value for name, value in os.environ.items() if name in KEPT or name.startswith(KEPT_PREFIXES)}
    settings = {f"LABEL_STUDIO_{name}": value for name, value in SETTINGS.items()}
    proxies = {f"{scheme}_proxy": NOWHERE for scheme in ("http", "https", "all")}
    proxies["no_proxy"] = "localhost,127.0.0.1"
    return {
        **kept,
        **settings,
        **proxies,
        **{name.upper(): value for name, value in proxies.items()},
        "LABEL_STUDIO_BASE_DATA_DIR": str(folder.resolve()),
        "PYTHONUNBUFFERED": "1",
    }


def is_ready() -> bool:
    """Return whether Label Studio can be run without the network."""
    command = inside_command("-c", "import label_studio")
    return subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL).returncode == 0  # noqa: S603 - our own command


def make_ready(say: Callable[[str], None]) -> None:
    """Download Label Studio into uv's cache where it is not there yet; uv shows its progress on stderr.

    Raises:
        StandoffError: The download failed.
    """
    if is_ready():
        return
    say(f"Label Studio {VERSION} is not here yet: it is downloaded once, about 1 GB on the disk")
    command = inside_command("-c", "import label_studio", offline=False)
    done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stdout=sys.stderr)  # noqa: S603 - our own command
    if done.returncode:
        raise StandoffError(
            f"Label Studio {VERSION} could not be downloaded (exit code {done.returncode})",
            got=printable(" ".join(command)),
            remedy="see uv's message above; with a network, run this again: what has arrived is kept",
        )
