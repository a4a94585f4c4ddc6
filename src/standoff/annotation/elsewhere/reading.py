"""From a statement of another tool to what it says in the corpus's words, or the reasons why it does not fit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from standoff.annotation.elsewhere.anchor import Alignment, UnanchoredError, ink
from standoff.annotation.elsewhere.foreign import Loss
from standoff.annotation.elsewhere.losses import REASONS
from standoff.annotation.elsewhere.mapping import Resolver
from standoff.corpus.text import make_evidence
from standoff.errors import shorten
from standoff.files import sha256_text
from standoff.records import TextAvailability, UnitKey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from standoff.annotation.elsewhere.foreign import Foreign, Statement
    from standoff.annotation.elsewhere.mapping import Map, Resolved
    from standoff.corpus.sources import Sources
    from standoff.records import Article, Evidence


@dataclass(frozen=True, slots=True)
class Reading:
    """A statement that fits: whose it is, on what, what it says, and how its words were found."""

    foreign: Foreign
    statement: Statement
    coder_id: str
    article: Article
    resolved: Resolved
    evidence: Evidence | None
    way: str | None

    @property
    def unit(self) -> UnitKey:
        """The unit it is on."""
        return (self.article.article_id, str(self.resolved.actor_id), str(self.resolved.proposition_id))

    @property
    def says(self) -> tuple[object, ...]:
        """What two statements on one unit must agree in."""
        return (self.resolved.stance, *self.resolved.details.values(), self.resolved.confidence)

    @property
    def where(self) -> str:
        """Its file and line."""
        return self.foreign.where(self.statement.line)


class Reader:
    """Reads statements; what does not fit is in ``losses``.

    Args:
        sources: The checked sources.
        given: The map.
        texts: Texts of bring-your-own articles, by id.
        coder_id: Who coded all of it, or None where each statement has its own coder.
    """

    def __init__(
        self, sources: Sources, given: Map, texts: Mapping[str, str], *, coder_id: str | None = None
    ) -> None:
        self.given, self.coder, self.articles = given, coder_id, sources.articles_by_id
        self.units = sources.units
        self.kinds = {entry.record.coder_id: entry.record.kind for entry in sources.coders}
        at_hand = {key: one.text or texts.get(key) for key, one in self.articles.items()}
        self.texts = {
            key: text
            for key, text in at_hand.items()
            if text is not None and sha256_text(text) == self.articles[key].text_sha256
        }
        self.resolver = Resolver(given, sources, self.texts)
        self.losses: list[Loss] = []
        self.strange: set[int] = set()
        self.alignments: dict[tuple[int, str], tuple[str | None, Alignment | None]] = {}

    def lose(self, reason: str, where: str, what: str) -> None:
        """Note something that is not kept."""
        self.losses.append(Loss(reason, where, what))

    def read(self, foreign: Foreign) -> list[Reading]:
        """Return what the statements of a file say, those that fit."""
        self.losses += foreign.losses
        if any(self._is_strange(foreign, name) for name in foreign.documents):
            self.strange.add(id(foreign))
        found = [self._read(foreign, statement) for statement in foreign.statements]
        known = self.given.used | {"span"}
        dropped = Counter(name for one in foreign.statements for name in one.values if name not in known)
        for name, count in sorted(dropped.items()):
            self.lose("attribute-dropped", foreign.path.name, f"{name}: {count} values")
        return [reading for reading in found if reading is not None]

    def is_public(self, foreign: Foreign) -> bool:
        """Return whether a file that was read holds no words but those of texts that the corpus publishes."""
        return id(foreign) not in self.strange

    def _is_strange(self, foreign: Foreign, name: str) -> bool:
        document = foreign.documents[name]
        article_id = self.resolver.article_id(document)
        if article_id is None or self.articles[article_id].text_availability is not TextAvailability.INCLUDED:
            return True
        return document.text is not None and ink(document.text) != ink(self.texts.get(article_id, ""))

    def _read(self, foreign: Foreign, statement: Statement) -> Reading | None:
        """Return what a statement says, or None after noting every reason why it is not kept."""
        where = foreign.where(statement.line)
        resolved = self.resolver.resolve(statement)
        problems = list(resolved.problems)
        coder_id = self.coder or self._coder(statement)
        if coder_id not in self.kinds:
            problems.append(("coder-unlisted", coder_id) if coder_id else ("coder-unknown", "nobody is named"))
        article_id, alignment = self._document(foreign, statement)
        if article_id is None:
            problems.append(("document-unknown", _named(foreign, statement.document)))
        elif alignment is None:
            problems.append(("text-missing", article_id))
        evidence, way = None, None
        if alignment is not None:
            try:
                evidence, way = self._anchor(statement, alignment)
            except UnanchoredError as error:
                problems.append((str(error), shorten(_quote(foreign, statement), 80)))
                if str(error) == "quote-not-found":
                    self.strange.add(id(foreign))
        key = (article_id, resolved.actor_id, resolved.proposition_id)
        if None not in key and key not in self.units:
            problems.append(("unit-unknown", " / ".join(map(str, key))))
        for reason, what in problems:
            self.lose(reason, where, f"{statement.annotation_id}: {what}")
        if any(REASONS[reason][0] == "statement" for reason, _ in problems):
            return None
        article = self.articles[str(article_id)]
        return Reading(foreign, statement, str(coder_id), article, resolved, evidence, way)

    def _coder(self, statement: Statement) -> str | None:
        named = [statement.values[name] for name in self.given.sources_of("coder") if name in statement.values]
        return self.resolver.coder_id(named[0] if named else statement.coder)

    def _document(self, foreign: Foreign, statement: Statement) -> tuple[str | None, Alignment | None]:
        """Return the article that a statement is on, and the two texts side by side where ours is at hand."""
        key = (id(foreign), statement.document)
        if key not in self.alignments:
            document = foreign.documents[statement.document]
            article_id = self.resolver.article_id(document)
            text = self.texts.get(article_id) if article_id else None
            alignment = None if text is None else Alignment(document.text, text)
            self.alignments[key] = (article_id, alignment)
            if alignment is not None and document.text is not None and not alignment.same_words:
                self.lose("text-differs", foreign.where(statement.line), f"{document.name} and {article_id}")
        return self.alignments[key]

    def _anchor(self, statement: Statement, alignment: Alignment) -> tuple[Evidence | None, str | None]:
        if statement.quote is not None:
            start, end, way = alignment.find(statement.quote, written=self.given.tool == "dna")
        elif statement.start is not None and statement.end is not None:
            start, end, way = alignment.locate(statement.start, statement.end)
        else:
            return None, None
        return make_evidence(alignment.ours, start, end), way


def _named(foreign: Foreign, document: str) -> str:
    title = foreign.documents[document].title
    return f"{document} {shorten(title, 60)}" if title else document


def _quote(foreign: Foreign, statement: Statement) -> str:
    text = foreign.documents[statement.document].text
    return (text or "")[statement.start : statement.end] if statement.quote is None else statement.quote
