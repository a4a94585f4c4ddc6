"""One file over HTTP: it goes on where it stopped, and each way to fail has its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pooch
import requests
from urllib3.exceptions import NameResolutionError, NewConnectionError, ReadTimeoutError

from standoff.errors import IntegrityError, NotFoundError
from standoff.tasks.getting.progress import arriving

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from standoff.tasks.getting.progress import ByteBar

TIMEOUT_SECONDS = 30.0
"""How long a server may take to accept a connection, and may then send nothing, before it is given up."""

AGAIN = "run the same command again: it goes on where it stopped"

# What arrived of a block is lost when the connection breaks off within it.
_BLOCK = 1 << 14


class _StartAnewError(Exception):
    """The server cannot go on where this file stopped."""


def download(url: str, part: Path, *, label: str, by_hand: str) -> None:
    """Append to ``part`` what it lacks of the file at ``url``; after an error what has arrived stays there.

    The server is asked for the bytes after those in ``part`` (RFC 9110, section 14). One that sends the whole file
    instead, or says that there is no such range, makes this one start anew.

    Args:
        url: Address of the file.
        part: A local file with the first bytes of it, or none yet.
        label: What the progress bar calls it.
        by_hand: How to get the file without this function, for the remedies.

    Raises:
        NotFoundError: The file cannot be reached, or stopped arriving.
        IntegrityError: A web page came in its place.
        OSError: The disk does not take it.
    """
    with arriving(label) as bar:
        try:
            try:
                _append(url, part, bar, by_hand)
            except _StartAnewError:
                part.unlink()
                _append(url, part, bar, by_hand)
        except OSError as error:
            # What requests raises are OSErrors too, without a number; one with a number is the disk's.
            if error.errno is not None and not isinstance(error, ConnectionError | TimeoutError):
                raise
            lasting = _status(error) in {401, 403, 404, 410}
            here = part.stat().st_size if part.exists() else 0
            raise NotFoundError(
                f"cannot be downloaded: {_reason(error)}",
                where=url,
                got=_cause(error),
                expected=f"the whole file; {here} bytes of it are here and kept",
                remedy=by_hand if lasting else f"{AGAIN}; or {by_hand}",
            ) from error


def _append(url: str, part: Path, bar: ByteBar, by_hand: str) -> None:
    responses: list[requests.Response] = []
    with part.open("ab") as handle:
        offset = handle.tell()

        def answered(response: requests.Response, **_: Any) -> None:
            responses.append(response)
            if not response.is_redirect and response.status_code < 400:
                _refuse_page(response, url, by_hand)
            bar.start_at(_accept(response, handle, offset))

        # Range and Content-Length count encoded bytes, the disk has decoded ones: ask for plain ones.
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={offset}-"} if offset else {})
        fetch = pooch.HTTPDownloader(
            progressbar=bar,
            chunk_size=_BLOCK,
            timeout=TIMEOUT_SECONDS,
            headers=headers,
            hooks={"response": answered},
        )
        try:
            fetch(url, handle, None)
        finally:
            for response in responses:  # pooch leaves the connection of a failed download open
                response.close()


def _accept(response: requests.Response, handle: BinaryIO, offset: int) -> int:
    """Return how many bytes stay in ``handle`` before those of the response, having removed the others."""
    if response.is_redirect or (response.status_code >= 400 and response.status_code != 416):
        return offset
    if response.status_code == 206 and response.headers.get("Content-Range", "").startswith(f"bytes {offset}-"):
        return offset
    if offset and response.status_code in {206, 416}:
        raise _StartAnewError
    if offset:
        handle.truncate(0)
    return 0


def _refuse_page(response: requests.Response, url: str, by_hand: str) -> None:
    # Before a byte is written: a page, unlike a damaged file, must not cost what has arrived so far.
    if response.headers.get("Content-Type", "").lower().startswith("text/html"):
        raise IntegrityError(
            f"a web page came in place of the file, from {response.url}",
            where=url,
            got=next(response.iter_content(80), b""),
            expected="the file",
            remedy=f"see in a browser what stands before the file (a sign-in, a proxy), then "
            f"{AGAIN}; or {by_hand}",
        )


def _status(error: OSError) -> int | None:
    """Return the HTTP status that the error reports, None when it is another error."""
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return error.response.status_code
    return None


def _cause(error: OSError) -> object:
    """Return what urllib3 raised: requests wraps it, and urllib3 once more when it would have tried again."""
    inner = error.args[0] if error.args else error
    return getattr(inner, "reason", inner)


def _reason(error: OSError) -> str:
    status = _status(error)
    if status is not None:
        said = {401: "wants a sign-in", 403: "refuses it", 404: "has no such file", 410: "has the file no longer"}
        said |= {429: "asks to wait"}
        return f"the server {said.get(status, 'failed' if status >= 500 else 'answers')} (HTTP {status})"
    cause = _cause(error)
    if isinstance(error, requests.Timeout | TimeoutError) or isinstance(cause, ReadTimeoutError):
        return f"nothing came for {TIMEOUT_SECONDS:g} seconds"
    if isinstance(cause, NameResolutionError):
        return "the server's name is not known here (is there a network?)"
    if isinstance(cause, NewConnectionError):
        return "the server takes no connection"
    return "the connection failed or broke off"
