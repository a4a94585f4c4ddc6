"""A toy campaign to try everything on: made-up articles, and simulated coders who work on a real server."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from standoff.annotation.simulated import CODERS
from standoff.annotation.studio.hand_in import CoderSession
from standoff.corpus.load import codebook_folder
from standoff.corpus.reader import read_sources
from standoff.files import new_folder

if TYPE_CHECKING:
    from standoff.annotation.studio.seats import Seat
    from standoff.corpus.sources import Sources

CAMPAIGN = "toy"
TOY = Path(__file__).parent / "toy"


def make_project(folder: Path) -> None:
    """Write a project that is ready for a campaign: sources, coders, a practice key and the codebook.

    Raises:
        RefusedError: The folder exists already.
    """
    with new_folder(folder) as temporary:
        shutil.copytree(TOY, temporary, dirs_exist_ok=True)
        shutil.copytree(codebook_folder(), temporary / "annotations" / "codebook")


def code(root: Path, seat: Seat, project_id: int) -> int:
    """Let a simulated coder do all tasks of a project that wait for it, and return how many these were.

    The coder sees what the page would show, one task after the other, and hands in through its own account.

    Raises:
        RefusedError: The server does not let the coder in, or does not take an answer.
    """
    sources, done = read_sources(root), 0
    with CoderSession(seat) as session:
        while task := session.next_task(project_id):
            values, spans = _answer(sources, seat.coder_id, task["data"])
            session.submit(task["id"], project_id, values, spans, lead_time_s=_pace(task["data"]))
            done += 1
    return done


def _answer(
    sources: Sources, coder_id: str, shown: dict[str, Any]
) -> tuple[dict[str, str], tuple[tuple[int, int], ...]]:
    actors = sources.actors_by_id
    answer = CODERS[coder_id].answer(shown["text"], actors[shown["actor_id"]], list(actors.values()))
    values = {"stance": str(answer.stance), **answer.details}
    if "answers" in shown:  # the coders' answers are shown to the adjudicator only
        return values | {"reason": f"Decided by a program: its cue words say {answer.stance}."}, answer.evidence
    return values | {"confidence": str(answer.confidence), "note": answer.note}, answer.evidence


def _pace(shown: dict[str, Any]) -> float:
    """Return made-up seconds: a quarter of a second a word."""
    return round(len(shown["text"].split()) / 4, 1)
