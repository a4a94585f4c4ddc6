"""What coders are compared on: the fields of a judgement, each with its labels and its level of measurement."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from standoff.annotation.agreement.finding import polarity, position
from standoff.errors import unknown_name
from standoff.records import (
    BOARD_LABEL,
    Attribution,
    BoardLabel,
    Commitment,
    Condition,
    Confidence,
    Relay,
    Stance,
    Time,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from standoff.records import Judgement


class Question(StrEnum):
    """What agreement on a field is about."""

    FOUND = "found"
    """Whether there is something, and its side where both coders see it: finding apart from classifying."""
    WHICH = "which"
    """Which label, whatever it is."""
    DETAIL = "detail"
    """A detail of what both coders see."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that is compared.

    Attributes:
        name: Its name in files and options.
        describes: What it is, in one clause.
        labels: Its values; in order, where ``ordinal``.
        ordinal: Whether a step to the next label is a smaller difference than a step past it.
        value: The value that a judgement gives; None where it gives none, which is a missing value and not one
            more label.
        asks: What agreement on it is about.
        given: The condition on which there is a value; empty where there always is.
    """

    name: str
    describes: str
    labels: tuple[str, ...]
    ordinal: bool
    value: Callable[[Judgement], str | None]
    asks: Question = Question.WHICH
    given: str = ""


def side(stance: Stance) -> str | None:
    """Return ``against``, ``neither`` or ``for``: the order in which stances can be put.

    ``seeks`` is no stronger than ``supports``: it is support by the one who would receive it; both are ``for``.
    ``no_position`` and ``mixed`` lie between the sides, the one on none and the other on both, and neither is
    nearer to one of them: both are ``neither``. ``cannot_tell`` says that the coder sees a stance and not which;
    it has no place in the order and is not rated.
    """
    if stance is Stance.CANNOT_TELL:
        return None
    return polarity(stance) or "neither"


def _board(judgement: Judgement) -> str | None:
    return BOARD_LABEL[judgement.stance]


FIELDS: dict[str, Field] = {
    field.name: field
    for field in (
        Field("stance", "the six stances, unordered", tuple(Stance), ordinal=False, value=lambda j: j.stance),
        Field(
            "stance_ordinal",
            "the side taken: against < neither < for",
            ("against", "neither", "for"),
            ordinal=True,
            value=lambda j: side(j.stance),
            given="the stance can be told",
        ),
        Field(
            "board",
            "the board's three labels",
            tuple(BoardLabel),
            ordinal=False,
            value=_board,
            given="the stance is neither mixed nor cannot_tell",
        ),
        Field(
            "position",
            "the gate: whether a position is taken at all",
            ("position", "no_position"),
            ordinal=False,
            value=lambda j: position(j.stance),
            asks=Question.FOUND,
            given="the stance can be told",
        ),
        Field(
            "polarity",
            "for or against",
            ("for", "against"),
            ordinal=False,
            value=lambda j: polarity(j.stance),
            asks=Question.FOUND,
            given="both coders see a position that is not mixed",
        ),
        *(
            Field(
                name,
                describes,
                tuple(labels),
                ordinal=False,
                value=lambda j, name=name: getattr(j, name),  # type: ignore[misc]  # binds the loop's name
                asks=Question.DETAIL,
                given="both coders see a position",
            )
            for name, describes, labels in (
                ("attribution", "how the text gives the stance", Attribution),
                ("commitment", "whether the text asserts it", Commitment),
                ("condition", "what it depends on", Condition),
                ("relay", "through whom it reaches the text", Relay),
                ("time", "when it is held", Time),
            )
        ),
        Field(
            "confidence",
            "how sure the coders are",
            tuple(Confidence),
            ordinal=True,
            value=lambda j: j.confidence,
        ),
    )
}
"""All fields by name."""

BY_DEFAULT = tuple(name for name in FIELDS if name != "confidence")
"""The fields of a report. Confidence is about the coder, not the text: two careful coders need not share it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One value that one coder gave to one unit: a row of the table that is exported, and of outside tables.

    ``kind`` is ``human`` or ``model``, or ``unstated`` in an outside table that does not say; ``group`` is what is
    resampled as a whole, the article; ``part`` is the conflict, empty in an outside table.
    """

    unit: str
    coder: str
    field: str
    value: str
    group: str
    kind: str
    part: str = ""


def chosen_fields(names: Iterable[str] | None) -> list[Field]:
    """Return the fields of these names, or those of a report.

    Raises:
        NotFoundError: There is no such field; the nearest are named.
    """
    chosen = list(names or BY_DEFAULT)
    for name in chosen:
        if name not in FIELDS:
            raise unknown_name("field", name, FIELDS)
    return [FIELDS[name] for name in dict.fromkeys(chosen)]


def rows_of(
    judgements: Iterable[Judgement], fields: Iterable[Field], conflict_of: dict[str, str]
) -> Iterator[Row]:
    """Yield the values that judgements give to fields, field by field.

    Args:
        judgements: In any order; all kinds.
        fields: What is wanted.
        conflict_of: The conflict of each article.
    """
    held = sorted(judgements, key=lambda judgement: (judgement.key, judgement.coder_id))
    for field in fields:
        for judgement in held:
            if (value := field.value(judgement)) is not None:
                yield Row(
                    unit="|".join(judgement.key),
                    coder=judgement.coder_id,
                    field=field.name,
                    value=str(value),
                    group=judgement.article_id,
                    kind=judgement.kind.value,
                    part=conflict_of[judgement.article_id],
                )
