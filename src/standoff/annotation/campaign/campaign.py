"""A campaign and its plan, as they are stored: ``annotations/campaigns/<name>/``.

- ``campaign.toml``: what people decide, a :class:`Campaign`;
- ``plan/<round>.jsonl``: who codes what in which order, one :class:`Assignment` a line, frozen once it is made;
- ``readings/<round>.jsonl``: judgements that are not the corpus's own: of practice, and of hidden repeats;
- ``refused/<round>.jsonl``: what the last pull refused, and why.
"""

from __future__ import annotations

import tomllib
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator

from standoff.errors import InputError, NotFoundError, unknown_name
from standoff.files import read_jsonl, read_text, sha256_text, write_jsonl
from standoff.records import CodebookVersion, Id, Record, Sha256, UnitKey

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "annotations/campaigns"


class Round(StrEnum):
    """What coders are asked in a pass through the articles."""

    PRACTICE = "practice"
    """Units whose answer is known."""
    FEEDBACK = "feedback"
    """The units of practice again, the known answer beside the coder's own: to be read."""
    FIND = "find"
    """Who takes a position on what, article by article."""
    MAIN = "main"
    """Each unit by several coders who do not see each other's answers."""
    ADJUDICATION = "adjudication"
    """Units on which coders differ, decided by one person who sees the answers without names."""


class Campaign(Record):
    """What people decide before coding starts.

    ``repeats`` is the share of a coder's units that come back later, unannounced, to measure self-agreement.
    ``practice`` names the units with known answers, a file in the campaign's folder.
    """

    name: Annotated[Id, Field(max_length=32)]
    conflicts: Annotated[tuple[Id, ...], Field(min_length=1)]
    codebook: CodebookVersion
    coders: Annotated[tuple[Id, ...], Field(min_length=1)]
    coders_per_unit: Annotated[int, Field(ge=1)]
    seed: Annotated[int, Field(ge=0)]
    repeats: Annotated[float, Field(ge=0, le=0.5)] = 0.05
    practice: str | None = None
    pass_mark: Annotated[float, Field(ge=0, le=1)] = 0.8
    adjudicator: Id | None = None

    @model_validator(mode="after")
    def _enough_coders(self) -> Campaign:
        if len(set(self.coders)) != len(self.coders):
            raise ValueError("a coder is listed twice")
        if self.coders_per_unit > len(self.coders):
            raise ValueError(f"{self.coders_per_unit} coders per unit, and {len(self.coders)} coders")
        if self.adjudicator in self.coders:
            raise ValueError(f"the adjudicator {self.adjudicator} has coded the units that are to be decided")
        return self


class Assignment(Record):
    """One task of one coder. In the round ``find`` the task is an article: actor and proposition are null.

    ``position`` counts a coder's tasks from 0 in the order in which they are shown. ``occurrence`` is 1, and 2
    where the same unit comes back. ``text_sha256`` is of the text as it was when the plan was made.
    """

    uid: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    round: Round
    coder_id: Id
    position: Annotated[int, Field(ge=0)]
    article_id: Id
    actor_id: Id | None
    proposition_id: Id | None
    occurrence: Annotated[int, Field(ge=1, le=2)]
    text_sha256: Sha256

    @property
    def key(self) -> UnitKey:
        """The unit's three ids, in order; only of rounds that code units.

        Raises:
            ValueError: The task is an article.
        """
        if self.actor_id is None or self.proposition_id is None:
            raise ValueError(f"task {self.uid} is an article, not a unit")
        return (self.article_id, self.actor_id, self.proposition_id)


def make_uid(campaign: str, round_: Round, coder_id: str, task: tuple[str, ...], *, occurrence: int = 1) -> str:
    """Return the id by which a task is known on every server: 16 hexadecimal digits, always the same.

    Args:
        campaign: The campaign's name.
        round_: The round.
        coder_id: Whose task it is.
        task: The unit's three ids; the article's alone in the round ``find``.
        occurrence: 2 where the unit comes back.
    """
    parts = (campaign, round_, coder_id, *task, str(occurrence))
    return sha256_text("|".join(parts))[:16]


def campaign_folder(root: Path, name: str) -> Path:
    """Return the folder of a campaign below a checkout."""
    return root / FOLDER / name


def read_campaign(root: Path, name: str) -> Campaign:
    """Return the campaign ``name`` of the checkout ``root``.

    Raises:
        NotFoundError: There is none of this name; those there are, are named.
        InputError: Its file is not TOML, or a field does not fit.
    """
    path = campaign_folder(root, name) / "campaign.toml"
    if not path.is_file():
        known = sorted(found.parent.name for found in (root / FOLDER).glob("*/campaign.toml"))
        if not known:
            raise NotFoundError(
                f"no campaign {name!r}: there is none yet",
                where=root / FOLDER,
                remedy="make one with: standoff annotate plan NAME --conflict … --coder …",
            )
        raise unknown_name("campaign", name, known)
    try:
        data = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"is not TOML: {error}", where=path) from None
    campaign = Campaign.parse(data, where=str(path))
    if campaign.name != name:
        raise InputError("the campaign's name is its folder's", where=path, got=campaign.name, expected=name)
    return campaign


def read_plan(root: Path, name: str, round_: Round) -> list[Assignment]:
    """Return the tasks of a round, all coders', by coder and position; none where the round is not planned.

    Raises:
        InputError: A line does not fit.
    """
    path = plan_file(root, name, round_)
    if not path.is_file():
        return []
    return [Assignment.parse(row, where=f"{path}:{number}") for number, row in read_jsonl(path)]


def read_plan_by_coder(root: Path, name: str, round_: Round) -> dict[str, list[Assignment]]:
    """Return the tasks of a round by coder, in order.

    Raises:
        NotFoundError: The round is not planned.
        InputError: A line does not fit.
    """
    found: dict[str, list[Assignment]] = {}
    for assignment in read_plan(root, name, round_):
        found.setdefault(assignment.coder_id, []).append(assignment)
    if not found:
        raise NotFoundError(f"the round {round_} of {name} is not planned", remedy=planning_command(name, round_))
    return found


def write_plan(root: Path, name: str, round_: Round, plan: list[Assignment]) -> None:
    """Write the tasks of a round."""
    ordered = sorted(plan, key=lambda assignment: (assignment.coder_id, assignment.position))
    write_jsonl(plan_file(root, name, round_), (assignment.to_json() for assignment in ordered))


def practised(root: Path) -> set[str]:
    """Return the articles that any campaign has planned for practice: their answers are told to coders.

    Raises:
        InputError: A line does not fit.
    """
    names = [path.parent.parent.name for path in (root / FOLDER).glob(f"*/plan/{Round.PRACTICE}.jsonl")]
    return {task.article_id for name in names for task in read_plan(root, name, Round.PRACTICE)}


def readings_file(root: Path, name: str, round_: Round) -> Path:
    """Return where a campaign keeps judgements that are not the corpus's own."""
    return campaign_folder(root, name) / "readings" / f"{round_}.jsonl"


def refused_file(root: Path, name: str, round_: Round) -> Path:
    """Return where is kept what the last pull of a round refused."""
    return campaign_folder(root, name) / "refused" / f"{round_}.jsonl"


def planning_command(name: str, round_: Round) -> str:
    """Return the command that plans a round: those that follow from answers have their own."""
    match round_:
        case Round.FEEDBACK:
            return f"standoff annotate practice {name}"
        case Round.ADJUDICATION:
            return f"standoff annotate adjudicate {name}"
    return f"standoff annotate plan {name} --round {round_}"


def plan_file(root: Path, name: str, round_: Round) -> Path:
    """Return where the plan of a round is kept."""
    return campaign_folder(root, name) / "plan" / f"{round_}.jsonl"
