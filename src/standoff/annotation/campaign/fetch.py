"""Getting a coder's export from the server, and keeping it as it came.

An export is kept under ``annotations/exports/campaigns``. One with a text that may not be passed on is kept under
``annotations/exports/private``, which git ignores.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from standoff.annotation.store import keep_export
from standoff.annotation.studio.client import connect
from standoff.annotation.studio.projects import find_project, link_to
from standoff.annotation.studio.results import read_export
from standoff.errors import IntegrityError
from standoff.files import read_bytes, sha256_bytes
from standoff.records import PRIVATE_EXPORTS, Export

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from standoff.annotation.campaign.campaign import Assignment, Campaign, Round
    from standoff.annotation.studio.results import Read
    from standoff.annotation.studio.seats import Seat
    from standoff.corpus.sources import Sources

SHARED = "campaigns/"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A coder's project of a round as it is on the server.

    Args:
        coder_id: The coder.
        project_id: The project's number; None when it was not pushed.
        n_tasks: How many tasks it has.
        url: The server's address.
        data: The export, byte for byte.
        tasks: What the export says: the tasks that have annotations, with these.
        users: The e-mail addresses on the server, by the users' numbers.
        user_id: The coder's number on the server; None where the account is gone.
    """

    coder_id: str
    project_id: int | None
    n_tasks: int
    url: str
    data: bytes
    tasks: list[dict[str, Any]]
    users: Mapping[int, str]
    user_id: int | None

    def read(self, plan: Sequence[Assignment], expected: Mapping[str, Mapping[str, str]]) -> Read:
        """Return what the annotations say, and what cannot be taken: see :func:`read_export`."""
        return read_export(self.tasks, plan, expected, self.user_id, self.users)

    def link(self, task_id: int) -> str:
        """Return the address of a task."""
        return link_to(self.url, self.project_id or 0, task_id)


def fetch(campaign: Campaign, round_: Round, seat: Seat) -> Fetched:
    """Get a coder's export.

    Raises:
        RefusedError: Two projects claim to be the coder's; the server refuses.
        NoAnswerError: The server does not answer.
    """
    with connect(seat) as studio:
        users = studio.users()
        project = find_project(studio, campaign, round_, seat.coder_id)
        data = b"[]" if project is None else studio.export(project.project_id)
    return Fetched(
        coder_id=seat.coder_id,
        project_id=None if project is None else project.project_id,
        n_tasks=0 if project is None else project.n_tasks,
        url=studio.url,
        data=data,
        tasks=json.loads(data),
        users=users,
        user_id=next((number for number, email in users.items() if email.lower() == seat.email.lower()), None),
    )


def keep(
    fetched: Fetched, sources: Sources, campaign: Campaign, round_: Round, plan: Sequence[Assignment]
) -> Export | None:
    """Keep an export, unless it is kept already; return how labels name it. None when it has no annotations.

    Raises:
        IntegrityError: A kept file is not what its name says.
    """
    if not fetched.tasks:
        return None
    articles, exports = sources.articles_by_id, sources.root / "annotations" / "exports"
    # Whether by the plan, and not by the tasks that happen to be annotated: so all of a coder's lie in one place.
    shared = all(one.article_id in articles and articles[one.article_id].text is not None for one in plan)
    folder = f"{SHARED if shared else PRIVATE_EXPORTS}{campaign.name}"
    stem = f"{round_}.{fetched.coder_id}"
    digest = sha256_bytes(fetched.data)
    path = exports / folder / f"{stem}.{digest[:12]}.json"
    if not path.is_file():
        lasting = _lasting(fetched.tasks)
        for kept in sorted((exports / folder).glob(f"{stem}.*.json")):
            data = read_bytes(kept)
            if kept.stem.rsplit(".", 1)[1] != sha256_bytes(data)[:12]:
                raise IntegrityError("is not the export that its name says", where=kept, remedy="restore the file")
            if _lasting(json.loads(data)) == lasting:
                path, digest = kept, sha256_bytes(data)
                break
        else:
            keep_export(sources.root, path.relative_to(exports).as_posix(), fetched.data)
    return Export(file=path.relative_to(exports).as_posix(), sha256=digest, annotation_id="0")


def _lasting(value: Any) -> Any:
    """Return an export without ``created_ago``, which is another at every export."""
    if isinstance(value, dict):
        return {name: _lasting(part) for name, part in value.items() if name != "created_ago"}
    return [_lasting(part) for part in value] if isinstance(value, list) else value
