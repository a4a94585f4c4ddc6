"""What the tools ask of a Label Studio: projects, tasks, annotations; every failure says what to do.

The server's client sends a failed request again by itself, which doubles an import that had succeeded with its
answer lost: nothing that writes is ever repeated here.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from standoff.annotation.studio.address import is_loopback
from standoff.annotation.studio.server import normalise, read_version
from standoff.errors import InputError, NotFoundError, RefusedError, StandoffError, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from label_studio_sdk import LabelStudio

    from standoff.annotation.studio.seats import Seat

TIMEOUT = 600.0
"""Seconds. The export of 6,000 tasks took 13; at 28,000 the client's own limit of 60 would be reached."""
PAGE = 1000
"""Tasks asked for at a time."""


class NoAnswerError(StandoffError):
    """The server gave no answer: whether the request was carried out is unknown.

    ``stopped`` says that the server cannot be at work on it any more, as the connection was refused or broke.
    """

    def __init__(self, what: str, *, where: str, remedy: str, stopped: bool) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.stopped = stopped


@dataclass(frozen=True, slots=True)
class Project:
    """A project on the server; ``n_tasks`` is how many tasks it has."""

    project_id: int
    title: str
    description: str
    label_config: str
    instructions: str
    n_tasks: int


@dataclass(frozen=True, slots=True)
class StoredTask:
    """A task on the server: its number there, and its data."""

    task_id: int
    data: Mapping[str, Any]


class Studio:
    """A Label Studio seen with one account's token. Made by :func:`connect`.

    Every method raises :class:`NoAnswerError` where the server does not answer, :class:`RefusedError` where it
    answers and does not do it, and :class:`NotFoundError` where what is asked for is not there.
    """

    def __init__(self, client: LabelStudio, url: str) -> None:
        self._client = client
        self.url = url

    def projects(self) -> list[Project]:
        """Return all projects that the account sees."""
        with _told(self.url, "list the projects"):
            listed: Iterable[Any] = self._client.projects.list(page_size=100)
            return [
                Project(
                    found.id,
                    found.title or "",
                    found.description or "",
                    found.label_config or "",
                    found.expert_instruction or "",
                    found.task_number or 0,
                )
                for found in listed
            ]

    def create_project(self, settings: Mapping[str, Any]) -> int:
        """Make a project and return its number."""
        with _told(self.url, "make a project"):
            made: Any = self._client.projects.create(**settings, request_options={"max_retries": 0})
            return int(made.id)

    def change_project(self, project_id: int, settings: Mapping[str, Any]) -> None:
        """Change settings of a project."""
        with _told(self.url, f"change project {project_id}"):
            self._client.projects.update(project_id, **settings, request_options={"max_retries": 0})

    def tasks(self, project_id: int) -> list[StoredTask]:
        """Return the tasks of a project in the order in which it shows them, without annotations."""
        with _told(self.url, f"list the tasks of project {project_id}"):
            found: Iterable[Any] = self._client.tasks.list(
                project=project_id, page_size=PAGE, include="id,data", fields="task_only"
            )
            return sorted((StoredTask(task.id, task.data or {}) for task in found), key=lambda task: task.task_id)

    def add_tasks(self, project_id: int, tasks: Sequence[Mapping[str, Any]]) -> None:
        """Add tasks to a project: all of them or, where an error is raised, none or all."""
        with _told(self.url, f"add {len(tasks)} tasks to project {project_id}"):
            self._client.projects.import_tasks(
                id=project_id,
                request=tasks,  # type: ignore[arg-type]  # what it declares leaves out the predictions
                request_options={"max_retries": 0},
            )

    def export(self, project_id: int) -> bytes:
        """Return the tasks of a project that have annotations, with these, as the server exports them."""
        with _told(self.url, f"export project {project_id}"):
            return b"".join(self._client.projects.exports.download_sync(project_id, export_type="JSON"))

    def users(self) -> dict[int, str]:
        """Return the e-mail addresses of the users that the account sees, by their numbers."""
        with _told(self.url, "list the users"):
            return {int(user.id): str(user.email) for user in self._client.users.list()}


@contextmanager
def connect(seat: Seat) -> Iterator[Studio]:
    """Give the Label Studio of a seat, once it answers and takes the seat's token.

    Raises:
        InputError: What answers is no Label Studio, or is too old.
        NotFoundError: Nothing answers there.
        RefusedError: The token is not accepted.
    """
    url = normalise(seat.url)
    read_version(url)
    try:
        import httpx  # noqa: PLC0415 - two seconds, which only the commands that talk to a server pay
        from label_studio_sdk import LabelStudio  # noqa: PLC0415 - see above
    except ImportError as error:
        raise InputError(
            f"the client of Label Studio is not installed ({error.name})",
            remedy="pip install 'standoff[annotate]'",
        ) from None
    # A server on this machine is not behind the proxy that the environment may name.
    with httpx.Client(timeout=TIMEOUT, follow_redirects=True, trust_env=not is_loopback(url)) as transport:
        with _told(url, "sign in"):
            client = LabelStudio(  # type: ignore[no-untyped-call]  # its own class has no types
                base_url=url, api_key=seat.token.strip(), timeout=TIMEOUT, httpx_client=transport
            )
            client.users.whoami()
        yield Studio(client, url)


@contextmanager
def _told(url: str, doing: str) -> Iterator[None]:
    """Turn what the client and its transport raise into errors that say what to do."""
    import httpx  # noqa: PLC0415 - see connect
    from label_studio_sdk.core.api_error import ApiError  # noqa: PLC0415 - see connect

    try:
        yield
    except ApiError as error:
        raise _refused(error.status_code, error.body, url, doing) from None
    except (httpx.LocalProtocolError, UnicodeEncodeError) as error:
        raise InputError(
            f"cannot {doing}: the token or the text cannot be sent ({error})",
            where=url,
            remedy="check the token: it has no spaces, line ends or special characters",
        ) from None
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise InputError(f"is no address of a server: {error}", where=url) from None
    except httpx.HTTPError as error:
        raise NoAnswerError(
            f"cannot {doing}: the server gives no answer ({type(error).__name__}: {error or 'no reason given'})",
            where=url,
            remedy="see that it runs, and run the command again: it continues where it stopped",
            stopped=not isinstance(error, httpx.TimeoutException),
        ) from None


def _refused(status: int | None, body: object, url: str, doing: str) -> StandoffError:
    """Return the error for an answer that is not the one that was asked for."""
    page = isinstance(body, str) and "<html" in body.lower()
    said = "a page of HTML" if page else shorten(body, 300)
    if status in {401, 403}:
        return RefusedError(
            f"cannot {doing}: the token is not accepted",
            where=url,
            got=f"{status} {said}",
            remedy="on our own server run `standoff annotate coders add CODER` again; elsewhere put a valid token "
            "in STANDOFF_LABEL_STUDIO_TOKEN (legacy tokens may be disabled there)",
        )
    if status == 404:
        return NotFoundError(
            f"cannot {doing}: it is not there",
            where=url,
            got=f"{status} {said}",
            remedy="check the address, which has no path; what was deleted there is made again by pushing",
        )
    if status is not None and status < 400:
        return InputError(f"cannot {doing}: what answers is no Label Studio", where=url, got=f"{status} {said}")
    return RefusedError(f"cannot {doing}: the server refuses", where=url, got=f"{status} {said}")
