"""The user's map from another tool's names and values to the corpus's, and what it makes of a statement."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from standoff.annotation.elsewhere.anchor import ink
from standoff.errors import InputError, Problem, listed
from standoff.files import read_text
from standoff.records import (
    DETAIL_FIELDS,
    INVENTORIES,
    field_problems,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from standoff.annotation.elsewhere.foreign import Document, Statement
    from standoff.corpus.sources import Sources

Tool = Literal["dna", "doccano", "webanno"]
Target = Literal[
    "label",
    "actor",
    "proposition",
    "stance",
    "attribution",
    "commitment",
    "condition",
    "relay",
    "time",
    "confidence",
    "note",
    "coder",
]
Set = Literal[
    "actor",
    "proposition",
    "stance",
    "attribution",
    "commitment",
    "condition",
    "relay",
    "time",
    "confidence",
    "note",
]
Names = dict[str, str]


class Map(BaseModel):
    """What is what: the file that a person writes, or completes from a draft. An empty name is undecided.

    ``fields`` says which column or feature holds what, the first non-empty of several; ``always`` what holds for
    the whole export; ``labels`` explains labels that say several things at once.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    tool: Tool
    layer: str | None = None
    offsets: Literal["", "utf-16", "code-points"] = ""
    evidence: Literal["from", "to"] = "to"
    fields: dict[Target, str | list[str]] = Field(default_factory=dict)
    always: dict[Set, str] = Field(default_factory=dict)
    documents: Names = Field(default_factory=dict)
    actors: Names = Field(default_factory=dict)
    propositions: Names = Field(default_factory=dict)
    stances: Names = Field(default_factory=dict)
    details: dict[str, dict[str, str]] = Field(default_factory=dict)
    labels: dict[str, dict[Set, str]] = Field(default_factory=dict)
    coders: Names = Field(default_factory=dict)

    @model_validator(mode="after")
    def _values(self) -> Self:
        allowed = {*DETAIL_FIELDS, "confidence"}
        if unknown := sorted(self.details.keys() - allowed):
            raise ValueError(f"[details] has {', '.join(unknown)}; it can have {', '.join(sorted(allowed))}")
        given = [("stance", value) for value in self.stances.values()]
        given += [(name, value) for name, values in self.details.items() for value in values.values()]
        for entry in (self.always, *self.labels.values()):
            given += [(name, value) for name, value in entry.items() if name in INVENTORIES]
        for name, value in given:
            known = [member.value for member in INVENTORIES[name]]
            if value and value not in known:
                raise ValueError(f"{value!r} is no {name}; known: {', '.join(known)}")
        return self

    def sources_of(self, target: Target) -> list[str]:
        """Return the columns or features that may hold ``target``, in order."""
        given = self.fields.get(target, [])
        return [given] if isinstance(given, str) else given

    @property
    def used(self) -> set[str]:
        """All columns and features that have a place."""
        return {source for target in self.fields for source in self.sources_of(target)}


def read_map(path: Path, tool: str, sources: Sources) -> Map:
    """Read a map and check it against the corpus.

    Raises:
        InputError: Not TOML, unknown fields or values, the map of another tool, or ids the corpus does not have.
    """
    try:
        found = Map.model_validate(tomllib.loads(read_text(path)))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"is not TOML: {error}", where=path) from None
    except ValidationError as error:
        raise InputError(f"is not a map:\n{listed(field_problems(error))}", where=path) from None
    if found.tool != tool:
        raise InputError("is the map of another tool", where=path, got=found.tool, expected=tool)
    entries = (found.always, *found.labels.values())
    problems = [
        *_unknown("documents", found.documents.values(), sources.articles_by_id),
        *_unknown("actors", found.actors.values(), sources.actors_by_id),
        *_unknown("propositions", found.propositions.values(), sources.propositions_by_id),
        *_unknown("actor", (entry.get("actor", "") for entry in entries), sources.actors_by_id),
        *_unknown("proposition", (entry.get("proposition", "") for entry in entries), sources.propositions_by_id),
    ]
    if problems:
        raise InputError(f"names what the corpus does not have:\n{listed(problems)}", where=path)
    return found


def _unknown(table: str, values: Iterable[str], known: Mapping[str, object]) -> list[Problem]:
    return [Problem(table, f"no {value!r}") for value in sorted(set(values)) if value and value not in known]


@dataclass(slots=True)
class Resolved:
    """A statement in the corpus's words; what could not be resolved is in ``problems`` as (reason, what)."""

    actor_id: str | None = None
    proposition_id: str | None = None
    stance: str | None = None
    details: dict[str, str | None] = field(default_factory=dict)
    confidence: str | None = None
    note: str = ""
    problems: list[tuple[str, str]] = field(default_factory=list)
    set_by_map: set[str] = field(default_factory=set)


class Resolver:
    """A map with the names that resolve by themselves: those of the corpus."""

    def __init__(self, given: Map, sources: Sources, texts: Mapping[str, str]) -> None:
        self.map = given
        self.actors = _own_names(
            (name, actor.actor_id)
            for actor in sources.actors_by_id.values()
            for name in (*actor.names, actor.actor_id)
        )
        propositions = sources.propositions_by_id
        self.propositions = _own_names(
            (name, key) for key, one in propositions.items() for name in (one.text, key)
        )
        self.coders = {entry.record.coder_id for entry in sources.coders}
        self.articles = sources.articles_by_id
        self.texts = _own_names((ink(text), article_id) for article_id, text in texts.items())

    def article_id(self, document: Document) -> str | None:
        """Return the article that a document is: by the map, by its id, or by its words."""
        mapped = self.map.documents.get(document.name)
        if mapped is not None:
            return mapped or None
        if document.name in self.articles:
            return document.name
        return None if document.text is None else self.texts.get(ink(document.text))

    def coder_id(self, name: str | None) -> str | None:
        """Return the coder that a name stands for, itself where it is not mapped."""
        return (self.map.coders.get(name, name) or None) if name else None

    def resolve(self, statement: Statement) -> Resolved:
        """Return what the map makes of a statement."""
        found = Resolved()
        told = self._label(statement, found)
        found.actor_id = self._pick("actor", statement, told, found, {**self.actors, **self.map.actors})
        names = {**self.propositions, **self.map.propositions}
        found.proposition_id = self._pick("proposition", statement, told, found, names)
        found.stance = self._pick("stance", statement, told, found, known_values("stance") | self.map.stances)
        for name in (*DETAIL_FIELDS, "confidence"):
            known = known_values(name) | self.map.details.get(name, {})
            value = self._pick(name, statement, told, found, known)
            if name == "confidence":
                found.confidence = value
            else:
                found.details[name] = value
        note = [statement.values[name] for name in self.map.sources_of("note") if name in statement.values]
        found.note = note[0] if note else told.get("note", self.map.always.get("note", ""))
        self._missing(found)
        return found

    def _missing(self, found: Resolved) -> None:
        """Say what a judgement cannot be without, where nothing worse was said of it."""
        said = {reason for reason, _ in found.problems}
        for name, value in (
            ("actor", found.actor_id),
            ("proposition", found.proposition_id),
            ("stance", found.stance),
        ):
            if value is None and not said & {f"{name}-unresolved", "label-unresolved"}:
                found.problems.append((f"{name}-unresolved", "nothing is said of it"))
        if found.confidence is None:
            found.problems.append(("confidence-missing", "nothing is said of it"))

    def _label(self, statement: Statement, found: Resolved) -> dict[str, str]:
        for source in self.map.sources_of("label"):
            if value := statement.values.get(source):
                told = self.map.labels.get(value)
                if told is None or not all(told.values()):
                    found.problems.append(("label-unresolved", value))
                return {str(name): one for name, one in (told or {}).items() if one}
        return {}

    def _pick(
        self, target: str, statement: Statement, told: Mapping[str, str], found: Resolved, known: Mapping[str, str]
    ) -> str | None:
        """Return a target's value: the statement's own, else the label's, else the map's for the whole export."""
        for source in self.map.sources_of(target):  # type: ignore[arg-type]  # targets are what the map's keys are
            value = statement.values.get(source, "").strip()
            if value:
                resolved = known.get(value) or None
                if resolved is None:
                    whole = target in {"actor", "proposition", "stance"}
                    reason = f"{target}-unresolved" if whole else "value-unmapped"
                    found.problems.append((reason, value if whole else f"{source} {value}"))
                return resolved
        if told.get(target):
            return told[target]
        always = self.map.always.get(target)  # type: ignore[call-overload]  # as above
        if always:
            found.set_by_map.add(target)
        return always or None


def known_values(name: str) -> dict[str, str]:
    """Return the values of a label field, each standing for itself."""
    return {member.value: member.value for member in INVENTORIES[name]}


def _own_names(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return names with what they stand for, without those that stand for two."""
    found: dict[str, set[str]] = {}
    for name, key in pairs:
        found.setdefault(name, set()).add(key)
    return {name: next(iter(keys)) for name, keys in found.items() if len(keys) == 1}
