"""The sources of the corpus as records, each with the file and line it stands in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from standoff.corpus.incidents import Incident, Location
from standoff.errors import InputError, unknown_name
from standoff.records import (
    Actor,
    Article,
    Coder,
    CoderKind,
    Conflict,
    Day,
    Decision,
    Id,
    Judgement,
    Language,
    Line,
    Origin,
    Paragraph,
    Proposition,
    Record,
    Sha256,
    Source,
    Split,
    TextAvailability,
    UnitKey,
    Url,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from standoff.corpus.located_yaml import Located

R = TypeVar("R", bound=Record)


class ArticleFront(Record):
    """The front matter of an article file."""

    article_id: Id
    conflict_id: Id
    title: Line
    language: Language
    published: Day
    outlet: Line
    url: Url | None
    sources: tuple[Source, ...]
    origin: Origin
    text_availability: TextAvailability
    license: Line
    cluster_id: Id
    actors: tuple[Id, ...]
    propositions: tuple[Id, ...]
    text_sha256: Sha256 | None = None
    paragraphs: tuple[Paragraph, ...] | None = None


class ReleaseNote(Record):
    """One line of the history of releases: what is published as which version, and why."""

    version: Line
    date: Day
    changes: Line


@dataclass(frozen=True, slots=True)
class Entry(Generic[R]):
    """A record with the file it stands in and the lines of its fields."""

    record: R
    file: str
    located: Located | None = None
    line: int = 1
    path: tuple[str | int, ...] = ()

    def at(self, *field_path: str | int) -> Location:
        """Return where a field stands."""
        if self.located is None:
            return Location(self.file, self.line)
        return Location(self.file, self.located.line((*self.path, *field_path)))


@dataclass(slots=True)
class Sources:
    """All source files under one root, as records, and what could not be read."""

    root: Path
    articles: list[Entry[Article]] = field(default_factory=list)
    actors: list[Entry[Actor]] = field(default_factory=list)
    conflicts: list[Entry[Conflict]] = field(default_factory=list)
    propositions: list[Entry[Proposition]] = field(default_factory=list)
    coders: list[Entry[Coder]] = field(default_factory=list)
    judgements: list[Entry[Judgement]] = field(default_factory=list)
    decisions: list[Entry[Decision]] = field(default_factory=list)
    releases: list[Entry[ReleaseNote]] = field(default_factory=list)
    splits: dict[Split, list[tuple[str, Location]]] = field(default_factory=dict)
    codebooks: list[str] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)

    @property
    def articles_by_id(self) -> dict[str, Article]:
        """The articles by id."""
        return {entry.record.article_id: entry.record for entry in self.articles}

    @property
    def actors_by_id(self) -> dict[str, Actor]:
        """The actors by id."""
        return {entry.record.actor_id: entry.record for entry in self.actors}

    @property
    def propositions_by_id(self) -> dict[str, Proposition]:
        """The propositions by id."""
        return {entry.record.proposition_id: entry.record for entry in self.propositions}

    @property
    def units(self) -> set[UnitKey]:
        """All units of all articles."""
        return {key for entry in self.articles for key in units_of(entry.record)}

    def kind_of(self, coder_id: str) -> CoderKind:
        """Return what a coder is.

        Raises:
            InputError: The coder is not listed.
        """
        for entry in self.coders:
            if entry.record.coder_id == coder_id:
                return entry.record.kind
        raise InputError(
            f"no coder {coder_id!r}", where="annotations/coders.yaml", remedy="add the coder, with its kind, first"
        )

    def require_conflict(self, conflict_id: str) -> None:
        """Raise :class:`~standoff.errors.NotFoundError` unless there is a conflict of this id."""
        known = [entry.record.conflict_id for entry in self.conflicts]
        if conflict_id not in known:
            raise unknown_name("conflict", conflict_id, known)

    @property
    def labelled(self) -> list[Entry[Judgement] | Entry[Decision]]:
        """The judgements, then the decisions."""
        return [*self.judgements, *self.decisions]

    def judgements_by_unit(self) -> dict[UnitKey, list[Entry[Judgement]]]:
        """Return the judgements of each unit, in coder order."""
        found: dict[UnitKey, list[Entry[Judgement]]] = {}
        for entry in sorted(self.judgements, key=lambda entry: entry.record.coder_id):
            found.setdefault(entry.record.key, []).append(entry)
        return found

    def counts(self) -> dict[str, int]:
        """Return how many records of each kind were read."""
        return {
            name: len(getattr(self, name))
            for name in ("conflicts", "propositions", "actors", "articles", "judgements", "decisions")
        }


def units_of(article: Article) -> Iterator[UnitKey]:
    """Yield the units of an article: each listed actor on each listed proposition."""
    for proposition_id in article.proposition_ids:
        for actor_id in article.actor_ids:
            yield article.article_id, actor_id, proposition_id
