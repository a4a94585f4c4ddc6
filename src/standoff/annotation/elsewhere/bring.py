"""Bringing work of another tool in: judgements of what fits, and a report of everything that does not."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from standoff.annotation.elsewhere.anchor import Alignment, UnanchoredError, ink
from standoff.annotation.elsewhere.dna import read_dna
from standoff.annotation.elsewhere.doccano import read_doccano
from standoff.annotation.elsewhere.foreign import Loss
from standoff.annotation.elsewhere.losses import REASONS, Report
from standoff.annotation.elsewhere.mapping import Resolver
from standoff.annotation.elsewhere.webanno import read_webanno
from standoff.annotation.store import judgement_id, judgements_file, merge, require_readable
from standoff.corpus.text import drop_overlaps, make_evidence
from standoff.errors import InputError, shorten
from standoff.files import sha256_text, write_bytes
from standoff.records import (
    DETAIL_FIELDS,
    POSITIONED,
    PRIVATE_EXPORTS,
    Judgement,
    Stance,
    TextAvailability,
    UnitKey,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from standoff.annotation.elsewhere.foreign import Foreign, Statement
    from standoff.annotation.elsewhere.mapping import Map, Resolved
    from standoff.corpus.sources import Sources
    from standoff.records import Article, Evidence

FOLDER = "elsewhere/"
"""Below ``annotations/exports``, or its private part: the other tools' files, as they were handed in."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """A statement that fits: whose it is, on what, and what it says."""

    foreign: Foreign
    statement: Statement
    coder_id: str
    article: Article
    resolved: Resolved
    evidence: Evidence | None
    way: str | None

    @property
    def unit(self) -> UnitKey:
        return (self.article.article_id, str(self.resolved.actor_id), str(self.resolved.proposition_id))

    @property
    def says(self) -> tuple[object, ...]:
        """What two statements on one unit must agree in."""
        return (self.resolved.stance, *self.resolved.details.values(), self.resolved.confidence)

    @property
    def where(self) -> str:
        return self.foreign.where(self.statement.line)


def read_exports(paths: Sequence[Path], given: Map) -> list[Foreign]:
    """Read the files of one tool.

    Raises:
        InputError: A file that is not what the tool writes; the message names file and line.
        NotFoundError: No such file.
    """
    if given.tool == "dna":
        return [read_dna(path) for path in paths]
    if given.tool == "doccano":
        return [read_doccano(path, offsets=given.offsets or None, evidence=given.evidence) for path in paths]
    return [read_webanno(path, layer=given.layer) for path in paths]


def bring(
    sources: Sources,
    exports: Sequence[Foreign],
    given: Map,
    *,
    codebook: str,
    coder_id: str | None = None,
    texts: Mapping[str, str] | None = None,
    given_at: dt.datetime | None = None,
    dry_run: bool = False,
) -> Report:
    """Turn another tool's statements into judgements and merge them into the coders' files.

    What fits is kept and everything else reported; a judgement made here is never replaced, and bringing the same
    in again changes nothing. The files are kept unedited under ``annotations/exports``, in its private part where
    they may hold a text that the corpus does not publish.

    Args:
        sources: The checked sources.
        exports: The files, read.
        given: The map.
        codebook: The codebook version that the coders' work is taken to follow.
        coder_id: Who coded all of it; by default each statement's own coder.
        texts: Texts of bring-your-own articles, by id.
        given_at: When it was coded; by default when each file was last changed.
        dry_run: Report only, write nothing.

    Raises:
        InputError: There is no such codebook.
        RefusedError: A file of labels has lines that cannot be read; nothing was written.
    """
    if codebook not in sources.codebooks:
        raise InputError(
            f"no codebook {codebook!r}",
            where="annotations/codebook",
            expected=f"one of {', '.join(sources.codebooks)}",
        )
    return _Bringing(sources, given, coder_id, codebook, texts or {}, given_at).run(exports, dry_run=dry_run)


class _Bringing:
    """One import."""

    def __init__(
        self,
        sources: Sources,
        given: Map,
        coder_id: str | None,
        codebook: str,
        texts: Mapping[str, str],
        given_at: dt.datetime | None,
    ) -> None:
        self.sources, self.given, self.coder, self.codebook, self.given_at = (
            sources,
            given,
            coder_id,
            codebook,
            given_at,
        )
        self.articles, self.units = sources.articles_by_id, sources.units
        at_hand = {key: one.text or texts.get(key) for key, one in self.articles.items()}
        self.texts = {
            key: text
            for key, text in at_hand.items()
            if text is not None and sha256_text(text) == self.articles[key].text_sha256
        }
        self.resolver = Resolver(given, sources, self.texts)
        self.kinds = {entry.record.coder_id: entry.record.kind for entry in sources.coders}
        self.stored = {(entry.record.coder_id, entry.record.key): entry.record for entry in sources.judgements}
        self.report = Report()
        self.strange: set[int] = set()
        self.alignments: dict[tuple[int, str], tuple[str | None, Alignment | None]] = {}

    def run(self, exports: Sequence[Foreign], *, dry_run: bool) -> Report:
        readings: dict[tuple[str, UnitKey], list[_Reading]] = {}
        for foreign in exports:
            self.report.files.append(foreign.path.name)
            self.report.statements += len(foreign.statements)
            self.report.losses += foreign.losses
            self.report.statements += sum(REASONS[loss.reason][0] == "statement" for loss in foreign.losses)
            for statement in foreign.statements:
                reading = self._read(foreign, statement)
                if reading is not None:
                    readings.setdefault((reading.coder_id, reading.unit), []).append(reading)
            self._dropped(foreign)
            if any(self._is_strange(foreign, name) for name in foreign.documents):
                self.strange.add(id(foreign))
        made: dict[str, list[Judgement]] = {}
        used: dict[str, Foreign] = {}
        for group in readings.values():
            judgement = self._judge(group)
            if judgement is not None:
                name = judgements_file(group[0].article.conflict_id, judgement.coder_id)
                made.setdefault(name, []).append(judgement)
                used[judgement.export.file] = group[0].foreign
                self._count(judgement, group)
        self.report.exports = sorted(used)
        self._write(made, used, dry_run=dry_run)
        return self.report

    # -- one statement ---------------------------------------------------------------------------------------

    def _lose(self, reason: str, where: str, what: str) -> None:
        self.report.losses.append(Loss(reason, where, what))

    def _read(self, foreign: Foreign, statement: Statement) -> _Reading | None:
        """Return what a statement says, or None after noting every reason why it is not kept."""
        where = foreign.where(statement.line)
        resolved = self.resolver.resolve(statement)
        problems = list(resolved.problems)
        coder_id = self.coder or self._coder(statement)
        if coder_id is None:
            problems.append(("coder-unknown", "nobody is named"))
        elif coder_id not in self.kinds:
            problems.append(("coder-unlisted", coder_id))
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
                self.strange |= {id(foreign)} if str(error) == "quote-not-found" else set()
                problems.append((str(error), shorten(_quote(foreign, statement), 80)))
        key = (article_id, resolved.actor_id, resolved.proposition_id)
        if None not in key and key not in self.units:
            problems.append(("unit-unknown", " / ".join(map(str, key))))
        for reason, what in problems:
            self._lose(reason, where, f"{statement.annotation_id}: {what}")
        if any(REASONS[reason][0] == "statement" for reason, _ in problems):
            return None
        return _Reading(foreign, statement, str(coder_id), self.articles[str(article_id)], resolved, evidence, way)

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
                self._lose("text-differs", foreign.where(statement.line), f"{document.name} and {article_id}")
        return self.alignments[key]

    def _is_strange(self, foreign: Foreign, name: str) -> bool:
        """Return whether a document may be a text, or another version of one, that the corpus does not publish."""
        document = foreign.documents[name]
        article_id = self.resolver.article_id(document)
        if article_id is None or self.articles[article_id].text_availability is not TextAvailability.INCLUDED:
            return True
        return document.text is not None and ink(document.text) != ink(self.texts[article_id])

    def _anchor(self, statement: Statement, alignment: Alignment) -> tuple[Evidence | None, str | None]:
        if statement.quote is not None:
            start, end, way = alignment.find(statement.quote, written=self.given.tool == "dna")
        elif statement.start is not None and statement.end is not None:
            start, end, way = alignment.locate(statement.start, statement.end)
        else:
            return None, None
        return make_evidence(alignment.ours, start, end), way

    def _dropped(self, foreign: Foreign) -> None:
        """Count the values that the map gives no place, by column or feature."""
        known = self.given.used | {"span"}
        dropped = Counter(name for one in foreign.statements for name in one.values if name not in known)
        for name, count in sorted(dropped.items()):
            self._lose("attribute-dropped", foreign.path.name, f"{name}: {count} values")

    # -- one unit of one coder -------------------------------------------------------------------------------

    def _judge(self, group: list[_Reading]) -> Judgement | None:
        first = group[0]
        before = self.stored.get((first.coder_id, first.unit))
        reason = "contradiction" if len({one.says for one in group}) > 1 else ""
        if before is not None and not self._is_mine(before):
            reason = "already-judged"
        if reason:
            lines = ", ".join(one.where for one in group)
            for one in group:
                self._lose(reason, one.where, f"{' / '.join(one.unit)}: {one.resolved.stance} ({lines})")
            return None
        record = self._record(group)
        try:
            judgement = Judgement.model_validate(record)
        except ValidationError as error:
            for one in group:
                self._lose("record-invalid", one.where, error.errors(include_url=False)[0]["msg"])
            return None
        if before is not None and (before.label_values, before.evidence) != (
            judgement.label_values,
            judgement.evidence,
        ):
            self._lose("replaced", first.where, f"{' / '.join(first.unit)}: {before.stance}")
        return judgement

    def _is_mine(self, judgement: Judgement) -> bool:
        """Return whether a judgement came from an earlier export of the same tool."""
        return judgement.export.file.removeprefix(PRIVATE_EXPORTS).startswith(f"{FOLDER}{self.given.tool}/")

    def _record(self, group: list[_Reading]) -> dict[str, Any]:
        first = group[0]
        stance = Stance(str(first.resolved.stance))
        taken = stance in POSITIONED
        spans = self._spans(group, keep=stance is not Stance.NO_POSITION)
        unneeded = [] if taken else [name for name, value in first.resolved.details.items() if value is not None]
        for name in unneeded:
            self._lose("detail-unneeded", first.where, f"{first.statement.annotation_id}: {name}")
        names = [one.statement.annotation_id for one in group if one.foreign is first.foreign]
        more = f" and {len(names) - 20} more" if len(names) > 20 else ""
        return {
            **dict(zip(("article_id", "actor_id", "proposition_id"), first.unit, strict=True)),
            "stance": stance,
            **{name: first.resolved.details[name] if taken else None for name in DETAIL_FIELDS},
            "evidence": spans,
            "judgement_id": judgement_id(first.coder_id, first.unit),
            "coder_id": first.coder_id,
            "kind": self.kinds[first.coder_id],
            "confidence": first.resolved.confidence,
            "note": "\n".join(dict.fromkeys(one.resolved.note for one in group if one.resolved.note)),
            "codebook_version": self.codebook,
            "created_at": _stamp(first.foreign.path, self.given_at),
            "lead_time_s": None,
            "suggestion_shown": False,
            "export": {
                "file": self._export_file(first.foreign),
                "sha256": first.foreign.sha256,
                "annotation_id": ", ".join(names[:20]) + more,
            },
            "text_sha256": first.article.text_sha256,
        }

    def _spans(self, group: list[_Reading], *, keep: bool) -> tuple[Evidence, ...]:
        """Return the evidence of all statements on a unit, each place once."""
        kept: list[Evidence] = []
        for one in group:
            if one.evidence is None:
                continue
            name = one.statement.annotation_id
            if not keep:
                self._lose("detail-unneeded", one.where, f"{name}: a span")
            elif one.evidence in kept:
                self._lose("duplicate", one.where, name)
            elif len(drop_overlaps([*kept, one.evidence])) == len(kept):
                self._lose("evidence-overlap", one.where, f"{name}: {one.evidence.start}:{one.evidence.end}")
            else:
                kept.append(one.evidence)
        return drop_overlaps(kept)

    def _export_file(self, foreign: Foreign) -> str:
        stem = re.sub(r"[^A-Za-z0-9_-]+", "-", foreign.path.stem).strip("-")[:60] or "export"
        suffix = re.sub(r"[^A-Za-z0-9.]+", "", foreign.path.suffix)
        private = "" if self._is_public(foreign) else PRIVATE_EXPORTS
        return f"{private}{FOLDER}{self.given.tool}/{stem}.{foreign.sha256[:12]}{suffix}"

    def _is_public(self, foreign: Foreign) -> bool:
        """Return whether a file holds no words but those of texts that the corpus publishes."""
        return id(foreign) not in self.strange

    def _count(self, judgement: Judgement, group: list[_Reading]) -> None:
        report = self.report
        report.kept += len(group)
        report.judgements += 1
        report.by_coder[f"{judgement.coder_id} ({judgement.kind})"] += 1
        report.by_stance[judgement.stance] += 1
        report.anchors.update(one.way for one in group if one.way is not None)
        for name in group[0].resolved.set_by_map:
            report.set_by_map[name] += 1
        if judgement.stance in POSITIONED:
            for name in DETAIL_FIELDS:
                report.to_complete[name] += getattr(judgement, name) is None
            report.to_complete["evidence"] += not judgement.evidence

    # -- writing -----------------------------------------------------------------------------------------

    def _write(self, made: Mapping[str, list[Judgement]], used: Mapping[str, Foreign], *, dry_run: bool) -> None:
        self.report.to_complete = +self.report.to_complete
        for name in made:
            require_readable(self.sources, name)
        if dry_run:
            return
        for file, foreign in used.items():
            write_bytes(self.sources.root / "annotations" / "exports" / file, foreign.data)
        for name, judgements in sorted(made.items()):
            self.report.changed += merge(self.sources, name, judgements).changed


def _named(foreign: Foreign, document: str) -> str:
    title = foreign.documents[document].title
    return f"{document} {shorten(title, 60)}" if title else document


def _quote(foreign: Foreign, statement: Statement) -> str:
    text = foreign.documents[statement.document].text
    return (text or "")[statement.start : statement.end] if statement.quote is None else statement.quote


def _stamp(path: Path, given_at: dt.datetime | None) -> str:
    moment = given_at or dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
    return moment.astimezone(dt.UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
