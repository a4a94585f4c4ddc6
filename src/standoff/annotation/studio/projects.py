"""A coder's project of a round: how it is made and found again, its address, and what the coder is handed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from standoff.annotation.campaign.campaign import Round
from standoff.annotation.studio.instructions import instructions_html
from standoff.annotation.studio.labeling import labeling_config
from standoff.annotation.studio.secrets import write_private
from standoff.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from standoff.annotation.campaign.campaign import Campaign
    from standoff.annotation.studio.client import Project, Studio
    from standoff.annotation.studio.labeling import Kind
    from standoff.annotation.studio.seats import Seat
    from standoff.annotation.studio.server import Desk

CONFIGS: dict[Round, Kind] = {
    Round.PRACTICE: "classify",
    Round.FEEDBACK: "feedback",
    Round.FIND: "find",
    Round.MAIN: "classify",
    Round.ADJUDICATION: "adjudicate",
}
"""The labeling config of each round."""
TITLE_LENGTH = 50
"""The longest title that the server takes."""


def marker(campaign: Campaign, round_: Round, coder_id: str) -> str:
    """Return what a project's description holds, by which it is found again whatever its title has become."""
    return f"standoff:{campaign.name}:{round_}:{coder_id}"


def find_project(studio: Studio, campaign: Campaign, round_: Round, coder_id: str) -> Project | None:
    """Return a coder's project of a round.

    Raises:
        RefusedError: There is more than one.
    """
    sign = marker(campaign, round_, coder_id)
    found = [project for project in studio.projects() if sign in project.description.split()]
    if len(found) > 1:
        numbers = " and ".join(str(project.project_id) for project in found)
        raise RefusedError(
            f"projects {numbers} all claim to be {sign}",
            where=studio.url,
            remedy="see which one holds the annotations, and remove that line from the description of the others",
        )
    return found[0] if found else None


def ensure_project(
    studio: Studio, campaign: Campaign, round_: Round, seat: Seat, codebook: str, *, suggestions: bool
) -> int:
    """Return the number of a coder's project of a round; made where it is not there, its page brought up to date.

    Args:
        studio: The server, with the seat's token.
        campaign: The campaign.
        round_: The round.
        seat: The coder's.
        codebook: Its Markdown.
        suggestions: Whether the coder is shown a model's readings.

    Raises:
        RefusedError: Two projects claim to be the coder's; the server refuses.
    """
    content = {
        "label_config": labeling_config(CONFIGS[round_], codebook),
        "expert_instruction": instructions_html(codebook, campaign.codebook),
    }
    found = find_project(studio, campaign, round_, seat.coder_id)
    if found is not None:
        if (found.label_config, found.instructions) != tuple(content.values()):
            studio.change_project(found.project_id, content)
        return found.project_id
    name = (campaign.name, round_) if seat.isolated else (campaign.name, round_, seat.coder_id)
    settings: dict[str, Any] = {
        "title": " · ".join(name)[:TITLE_LENGTH],
        "description": marker(campaign, round_, seat.coder_id),
        **content,
        "show_instruction": True,
        "sampling": "Sequential sampling",
        "maximum_annotations": 1,
        "show_collab_predictions": suggestions,
        "show_annotation_history": False,
        "show_skip_button": True,
        "enable_empty_annotation": round_ is Round.FIND,
    }
    return studio.create_project(settings)


def link_to(url: str, project_id: int, task_id: int | None = None) -> str:
    """Return the address that opens the next task of a project, or one task; who is not logged in is asked to."""
    opened = "labeling=1" if task_id is None else f"task={task_id}"
    return f"{url.rstrip('/')}/projects/{project_id}/data?{opened}"


def coders_links(studio: Studio, coder_id: str) -> dict[str, str]:
    """Return the address of each round that is on the server for a coder, by campaign and round."""
    found = {}
    for project in sorted(studio.projects(), key=lambda project: project.project_id):
        for sign in project.description.split():
            match sign.split(":"):
                case ["standoff", campaign, round_, whose] if whose == coder_id:
                    found[f"{campaign}, {round_}"] = link_to(studio.url, project.project_id)
    return found


def handout_file(desk: Desk, coder_id: str) -> Path:
    """Return where a coder's card is kept."""
    return desk.folder / "handouts" / f"{coder_id}.txt"


def write_card(path: Path, seat: Seat, links: Mapping[str, str]) -> None:
    """Write what a coder is handed: where to log in, and the links. It holds the password."""
    rounds = "".join(f"   {name}: {link}\n" for name, link in links.items()) or f"   {seat.url}/projects/\n"
    card = (
        f"Coding: {seat.coder_id}\n\n"
        f"1. Open {seat.url}/user/login/\n"
        f"2. Log in as {seat.email}\n"
        f"   password: {seat.password or 'the one that you have'}\n"
        f"3. Open\n{rounds}\n"
        "This card opens your account: keep it to yourself.\n"
    )
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(path, card)
