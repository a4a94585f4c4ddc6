"""The records of the corpus and the closed label inventories, in the order in which they are stored.

Offsets are Unicode code points into the stored text, end exclusive: ``text[start:end]``. Text is NFC with LF
line ends; its sha256 is over the UTF-8 bytes.
"""

from __future__ import annotations

import datetime as dt
import re
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from standoff.errors import InputError, Problem, listed, shorten

ID_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"
SHA256_PATTERN = r"^[0-9a-f]{64}$"

Id = Annotated[str, Field(pattern=ID_PATTERN, max_length=96)]
Sha256 = Annotated[str, Field(pattern=SHA256_PATTERN)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
Url = Annotated[str, Field(pattern=r"^https?://[^\s<>\"]+$", max_length=1000)]
CodebookVersion = Annotated[str, Field(pattern=r"^v[1-9][0-9]*$")]
Line = Annotated[str, Field(max_length=500, pattern=r"^[^\s\p{Cc}](?:[^\p{Cc}\p{Zl}\p{Zp}]*[^\s\p{Cc}])?$")]
"""One line without white space around it and without control characters, which a terminal would obey."""
# The length matters less than that pydantic looks at the text at all: it then refuses lone surrogates, which
# no UTF-8 file can hold.
Prose = Annotated[str, Field(max_length=10_000)]
ExportFile = Annotated[str, Field(max_length=200, pattern=r"^[\w-][\w.-]*(?:/[\w-][\w.-]*)*$")]
"""A path below ``annotations/exports``: no part starts with a dot, so that none leads out of the folder."""
PRIVATE_EXPORTS = "private/"
"""Below ``annotations/exports``: exports with a text that may not be published; they stay where they were made."""


def _day(value: object) -> object:
    # Without this, pydantic would read 20241208, as a number or as text, as seconds since 1970.
    if isinstance(value, dt.date) or (isinstance(value, str) and re.match(r"\d{4}-\d{2}-\d{2}(?:T|$)", value)):
        return value
    raise ValueError("a day is written YYYY-MM-DD, a time YYYY-MM-DDTHH:MM:SSZ")


def _utc(value: dt.datetime) -> dt.datetime:
    if value.tzinfo is None or value.utcoffset() != dt.timedelta(0):
        raise ValueError("a time needs the time zone UTC, as in 2024-12-08T12:00:00Z")
    return value


Day = Annotated[dt.date, BeforeValidator(_day)]
Utc = Annotated[dt.datetime, AfterValidator(_utc), BeforeValidator(_day)]


class Stance(StrEnum):
    """Where an actor stands on a proposition, by what the text says."""

    SEEKS = "seeks"
    SUPPORTS = "supports"
    OPPOSES = "opposes"
    MIXED = "mixed"
    NO_POSITION = "no_position"
    CANNOT_TELL = "cannot_tell"


class Attribution(StrEnum):
    """How the text gives the stance."""

    DIRECT_QUOTE = "direct_quote"
    INDIRECT = "indirect"
    REPORTED_ACT = "reported_act"
    INFERRED = "inferred"
    HEADLINE_ONLY = "headline_only"


class Commitment(StrEnum):
    """Whether the text asserts that the actor holds the stance, or hedges."""

    ASSERTED = "asserted"
    HEDGED = "hedged"


class Condition(StrEnum):
    """What the actor makes its stance depend on."""

    NONE = "none"
    IF_CLAUSE = "if_clause"
    QUID_PRO_QUO = "quid_pro_quo"
    SCOPE_OR_TIME_LIMIT = "scope_or_time_limit"


class Relay(StrEnum):
    """Whether the stance reaches the text through somebody else."""

    NONE = "none"
    NAMED = "named"
    ANONYMOUS = "anonymous"


class Time(StrEnum):
    """When the stance is held, seen from the day of publication."""

    CURRENT = "current"
    PAST = "past"
    PROSPECTIVE = "prospective"


class Confidence(StrEnum):
    """How sure the coder is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class CoderKind(StrEnum):
    """Who made a label. Nothing made by a program or a language model is ever called human."""

    HUMAN = "human"
    MODEL = "model"


class StatementKind(StrEnum):
    """Who made a published label; ``derived`` ones follow from another label and are never scored."""

    HUMAN = "human"
    MODEL = "model"
    DERIVED = "derived"


class Status(StrEnum):
    """How a statement was agreed."""

    ADJUDICATED = "adjudicated"
    MAJORITY = "majority"
    SINGLE = "single"


class BoardLabel(StrEnum):
    """The three labels of the board."""

    SUPPORT = "support"
    OPPOSE = "oppose"
    NONE = "none"


class Split(StrEnum):
    """The parts of a release; whole conflicts go to one."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


class ActorKind(StrEnum):
    """What an actor is."""

    PERSON = "person"
    GOVERNMENT = "government"
    ARMED_GROUP = "armed-group"
    PARTY = "party"
    INTERNATIONAL_ORGANISATION = "international-organisation"
    CIVIL_SOCIETY = "civil-society"


class Instrument(StrEnum):
    """The means a proposition names; ``any`` where it names none."""

    ANY = "any"
    TROOPS = "troops"
    AIR_STRIKES = "air-strikes"
    ARMS = "arms"
    PEACEKEEPING = "peacekeeping"
    SANCTIONS = "sanctions"
    MEDIATION = "mediation"
    SAFE_PASSAGE = "safe-passage"


class Origin(StrEnum):
    """Where an article comes from."""

    DISPATCH = "dispatch"
    NEWSWIRE = "newswire"
    PUBLIC_RECORD = "public-record"


class TextAvailability(StrEnum):
    """Whether the corpus may ship the text."""

    INCLUDED = "included"
    BRING_YOUR_OWN = "bring-your-own"


BOARD_LABEL: dict[Stance, BoardLabel | None] = {
    Stance.SEEKS: BoardLabel.SUPPORT,
    Stance.SUPPORTS: BoardLabel.SUPPORT,
    Stance.OPPOSES: BoardLabel.OPPOSE,
    Stance.MIXED: None,
    Stance.NO_POSITION: BoardLabel.NONE,
    Stance.CANNOT_TELL: None,
}
"""The board's label of each stance; ``mixed`` and ``cannot_tell`` stay off the board."""

POSITIONED = frozenset({Stance.SEEKS, Stance.SUPPORTS, Stance.OPPOSES, Stance.MIXED})
"""The stances that take a position, and so need evidence."""

DETAIL_FIELDS = ("attribution", "commitment", "condition", "relay", "time")
"""The fields that describe a position; null exactly when there is none."""

LABEL_FIELDS = ("stance", *DETAIL_FIELDS)
"""All label fields of a judgement, in stored order."""

INVENTORIES: dict[str, type[StrEnum]] = {
    "stance": Stance,
    "attribution": Attribution,
    "commitment": Commitment,
    "condition": Condition,
    "relay": Relay,
    "time": Time,
    "confidence": Confidence,
}
"""The closed lists of values of what a coder chooses, in stored order."""

UNIT_FIELDS = ("article_id", "actor_id", "proposition_id")
"""The three ids of a unit, in stored order."""

UnitKey = tuple[str, str, str]
"""(article_id, actor_id, proposition_id)"""


class Record(BaseModel):
    """Base of all records: frozen, closed, and strict about unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=False, allow_inf_nan=False)

    @classmethod
    def parse(cls, data: object, *, where: str) -> Self:
        """Validate ``data`` read from ``where`` (a file, or ``file:line``).

        Raises:
            InputError: One or more fields do not fit; each is listed with path, value and expectation.
        """
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            problems = field_problems(error)
            name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", cls.__name__.removesuffix("Record")).lower()
            raise InputError(
                f"is not a valid {name} record:\n{listed(problems)}",
                where=where,
                remedy="correct the fields named above",
            ) from None

    def to_json(self) -> dict[str, Any]:
        """Return the record as JSON-ready values, keys in stored order."""
        return self.model_dump(mode="json", by_alias=True)


def field_problems(error: ValidationError) -> list[Problem]:
    """Return one :class:`Problem` per field that does not fit."""
    return [
        Problem(
            ".".join(str(part) for part in item["loc"]) or "(record)",
            f"{item['msg']} (got {shorten(item['input'], 60)})",
        )
        for item in error.errors(include_url=False)
    ]


class Source(Record):
    """A public page that a dispatch rests on."""

    url: Url
    publisher: Line
    published: Day | None
    accessed: Day


class Paragraph(Record):
    """The fingerprint of one paragraph: its number of words, and the sha256 of them joined by single spaces."""

    words: Annotated[int, Field(gt=0)]
    sha256: Sha256


class Article(Record):
    """One news text.

    ``text`` is the title, an empty line, and the body; null when the licence keeps it away. ``published`` of a
    dispatch is the day it reports from. ``actor_ids`` and ``proposition_ids`` say what is coded: each actor on
    each proposition. ``paragraphs`` lets a user's own copy of a text that is not shipped be found and verified.
    """

    article_id: Id
    conflict_id: Id
    title: Line
    text: str | None
    text_sha256: Sha256
    language: Language
    published: Day
    outlet: Line
    url: Url | None
    sources: tuple[Source, ...]
    origin: Origin
    text_availability: TextAvailability
    license: Line
    cluster_id: Id
    split: Split | None
    actor_ids: tuple[Id, ...]
    proposition_ids: tuple[Id, ...]
    paragraphs: tuple[Paragraph, ...]


class Role(Record):
    """What an actor was, from a day on (inclusive) to a day (exclusive; null when it lasts)."""

    model_config = ConfigDict(populate_by_name=True)

    role: Line
    from_: Day | None = Field(alias="from")
    to: Day | None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.from_ and self.to and self.from_ >= self.to:
            raise ValueError(f"a role ends after it starts (from {self.from_}, to {self.to})")
        return self

    def holds_on(self, day: dt.date) -> bool:
        """Return whether the role was held on ``day``."""
        return (self.from_ is None or self.from_ <= day) and (self.to is None or day < self.to)


class Actor(Record):
    """A person, government, armed group, party, organisation or civil-society body."""

    actor_id: Id
    name: Line
    aliases: tuple[Line, ...]
    kind: ActorKind
    country: Country | None
    wikidata: Annotated[str, Field(pattern=r"^Q[1-9][0-9]*$")] | None
    roles: tuple[Role, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The name and all aliases."""
        return (self.name, *self.aliases)

    def roles_on(self, day: dt.date) -> tuple[str, ...]:
        """Return the roles held on ``day``, in stored order."""
        return tuple(role.role for role in self.roles if role.holds_on(day))


class Proposition(Record):
    """A worded position one can be for or against."""

    proposition_id: Id
    conflict_id: Id
    text: Line
    intervener: Id | None
    place: Country
    beneficiary: Id | None
    instrument: Instrument
    broader: Id | None


class Conflict(Record):
    """One intervention episode; articles and propositions belong to one."""

    conflict_id: Id
    name: Line
    place: Country
    start: Day
    end: Day
    summary: Prose

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.start > self.end:
            raise ValueError(f"a conflict ends after it starts (start {self.start}, end {self.end})")
        return self


class Evidence(Record):
    """A span of the stored text; hash, prefix and suffix find it again in a copy that differs."""

    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(gt=0)]
    quote_sha256: Sha256
    prefix: Annotated[str, Field(max_length=64)]
    suffix: Annotated[str, Field(max_length=64)]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.start >= self.end:
            raise ValueError(f"a span starts before its end (start {self.start}, end {self.end})")
        return self


class Unit(Record):
    """What is judged: one actor's stance on one proposition in one article."""

    article_id: Id
    actor_id: Id
    proposition_id: Id

    @property
    def key(self) -> UnitKey:
        """The three ids, in order."""
        return (self.article_id, self.actor_id, self.proposition_id)


class Labelled(Unit):
    """A unit with its stance, the details of a position, and the words that show it.

    The details are null when no position is taken or none can be told.
    """

    stance: Stance
    attribution: Attribution | None
    commitment: Commitment | None
    condition: Condition | None
    relay: Relay | None
    time: Time | None
    evidence: tuple[Evidence, ...]

    @property
    def label_values(self) -> tuple[str | None, ...]:
        """Stance and details in stored order, without the evidence."""
        return tuple(getattr(self, name) for name in LABEL_FIELDS)


class Export(Record):
    """Where an answer was first recorded: a file under ``annotations/exports``, its hash, and the id in it."""

    file: ExportFile
    sha256: Sha256
    annotation_id: Line


class Judgement(Labelled):
    """One coder's reading of one unit; ``kind`` is what the coder is, recorded where the label is made."""

    judgement_id: Id
    coder_id: Id
    kind: CoderKind
    confidence: Confidence
    note: Prose
    codebook_version: CodebookVersion
    created_at: Utc
    lead_time_s: Annotated[float, Field(ge=0)] | None
    suggestion_shown: bool
    export: Export
    text_sha256: Sha256


class Decision(Labelled):
    """The adjudicated reading of one unit on which coders differed: who decided, why, and from what."""

    decided_by: Id
    kind: CoderKind
    decided_at: Utc
    reason: Annotated[Prose, Field(min_length=1)]
    from_judgements: tuple[Id, ...]
    codebook_version: CodebookVersion
    export: Export
    text_sha256: Sha256


class Vote(Record):
    """How many coders chose a stance."""

    stance: Stance
    n: Annotated[int, Field(gt=0)]


class Statement(Labelled):
    """The agreed reading of one unit, with how it was agreed."""

    status: Status
    kind: StatementKind
    n_coders: Annotated[int, Field(gt=0)]
    votes: tuple[Vote, ...]
    rule: Line

    @property
    def board_label(self) -> BoardLabel | None:
        """The board's label; null for a stance that stays off the board."""
        return BOARD_LABEL[self.stance]


class Coder(Record):
    """Who labels. ``description`` says how: for a model, what it was shown and what it was not."""

    coder_id: Id
    kind: CoderKind
    description: Annotated[Prose, Field(min_length=1)]
