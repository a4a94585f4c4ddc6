"""Handing in answers through a coder's own account, as the page does: for simulated coders."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Self

from standoff.annotation.studio.address import is_loopback
from standoff.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    import requests

    from standoff.annotation.studio.seats import Seat

TIMEOUT_S = 60.0


class CoderSession:
    """A coder who is logged in, with e-mail and password, as in the browser. A context manager."""

    def __init__(self, seat: Seat) -> None:
        """Log in.

        Raises:
            RefusedError: The seat has no password, or the server does not take it.
        """
        import requests  # noqa: PLC0415 - only who talks to a server pays for it

        self.seat = seat
        self._session: requests.Session = requests.Session()
        self._session.trust_env = not is_loopback(seat.url)
        page = self._session.get(f"{seat.url}/user/login/", timeout=TIMEOUT_S)
        csrf = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        form = {
            "csrfmiddlewaretoken": csrf[1] if csrf else "",
            "email": seat.email,
            "password": seat.password or "",
            "persist_session": "on",
        }
        answer = self._session.post(
            f"{seat.url}/user/login/",
            data=form,
            headers={"Referer": seat.url},
            timeout=TIMEOUT_S,
            allow_redirects=False,
        )
        if answer.status_code != 302:
            self._session.close()
            raise RefusedError(
                f"{seat.email} cannot log in",
                where=seat.url,
                remedy=f"standoff annotate coders add {seat.coder_id} --new-password",
            )

    def __enter__(self) -> Self:
        """Return the session."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        self._session.close()

    def next_task(self, project_id: int) -> dict[str, Any] | None:
        """Return the task that the page would show next; None when all are done."""
        answer = self._session.get(f"{self.seat.url}/api/projects/{project_id}/next/", timeout=TIMEOUT_S)
        if answer.status_code == 404:
            return None
        answer.raise_for_status()
        task: dict[str, Any] = answer.json()
        return task

    def submit(
        self,
        task_id: int,
        project_id: int,
        values: Mapping[str, str],
        spans: Sequence[tuple[int, int]],
        *,
        lead_time_s: float | None = None,
    ) -> None:
        """Submit an answer.

        Args:
            task_id: The task.
            project_id: Its project.
            values: What is chosen or written, by control; empty ones are left out.
            spans: The evidence, as offsets into the task's text.
            lead_time_s: Seconds that it took.

        Raises:
            RefusedError: The server does not take it.
        """
        result: list[dict[str, Any]] = []
        for name, value in values.items():
            if value:
                kind, content = ("textarea", "text") if name in {"note", "reason"} else ("choices", "choices")
                result.append({"from_name": name, "to_name": "text", "type": kind, "value": {content: [value]}})
        for start, end in spans:
            marked = {"start": start, "end": end, "labels": ["evidence"]}
            result.append({"from_name": "evidence", "to_name": "text", "type": "labels", "value": marked})
        answer = self._session.post(
            f"{self.seat.url}/api/tasks/{task_id}/annotations/",
            params={"project": project_id},
            json={"result": result, "lead_time": lead_time_s},
            headers={"X-CSRFToken": self._session.cookies.get("csrftoken") or "", "Referer": self.seat.url},
            timeout=TIMEOUT_S,
        )
        if answer.status_code != 201:
            raise RefusedError(
                "the server does not take the answer", where=f"{self.seat.url}, task {task_id}", got=answer.text
            )
