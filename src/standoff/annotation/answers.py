"""Coders' answers: from a file of answers with quoted evidence to judgements and decisions with spans.

An answer is one JSON object per line: the unit's three ids, ``stance``, the five details, ``evidence`` (a list of
quotes that occur once in the text, or ``[start, end]`` pairs), ``confidence`` and ``note``. A decision has
``reason`` in place of the last two. Every file that is imported is kept, unedited, under ``annotations/exports``;
each judgement and decision names the one it comes from, with its hash.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from standoff.annotation.store import (
    decisions_file,
    judgement_id,
    judgements_file,
    keep_export,
    merge,
    require_readable,
    stamp,
)
from standoff.corpus.sources import units_of
from standoff.corpus.text import make_evidence
from standoff.errors import InputError, Problem, StandoffError, listed, shorten
from standoff.files import read_bytes, read_jsonl, sha256_bytes, sha256_text
from standoff.records import (
    LABEL_FIELDS,
    UNIT_FIELDS,
    Decision,
    Evidence,
    Judgement,
    Labelled,
    TextAvailability,
    UnitKey,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from standoff.corpus.sources import Sources
    from standoff.records import Article

L = TypeVar("L", bound=Labelled)

ANSWER_FIELDS = frozenset({*UNIT_FIELDS, *LABEL_FIELDS, "evidence", "confidence", "note"})
DECISION_FIELDS = frozenset({*UNIT_FIELDS, *LABEL_FIELDS, "evidence", "reason"})


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: where the answers are kept, the file of labels, its lines, and how many are new."""

    export: Path
    labels: Path
    lines: int
    changed: int


def import_judgements(
    sources: Sources,
    path: Path,
    *,
    coder_id: str,
    codebook: str,
    texts: Mapping[str, str] | None = None,
    given_at: dt.datetime | None = None,
) -> Imported:
    """Turn a coder's answers on one conflict into lines of ``annotations/judgements/<conflict>/<coder>.jsonl``.

    Judgements of other articles in that file stay; importing the same answers again changes nothing.

    Args:
        sources: The checked sources.
        path: The file of answers. It must hold all units of every article that it touches.
        coder_id: Who answered; a coder of ``annotations/coders.yaml``.
        codebook: The codebook version the coder followed, such as ``v1``.
        texts: Texts of bring-your-own articles, by id.
        given_at: When the answers were given; by default when the file was last changed.

    Raises:
        InputError: Answers that do not fit; the first twenty are listed and nothing is written.
        RefusedError: The file of labels has lines that cannot be read; merging would lose them.
    """
    kind = sources.kind_of(coder_id)
    reading = _Reading(sources, path, texts or {}, ANSWER_FIELDS, coder_id)
    given = stamp(path, given_at)
    made: list[Judgement | None] = []
    for number, answer, labels, article in reading.answers():
        record = {
            **labels,
            "judgement_id": judgement_id(
                coder_id, (answer["article_id"], answer["actor_id"], answer["proposition_id"])
            ),
            "coder_id": coder_id,
            "kind": kind,
            "confidence": answer["confidence"],
            "note": answer["note"],
            "codebook_version": codebook,
            "created_at": given,
            "lead_time_s": None,
            "suggestion_shown": False,
            "export": reading.export(number, article),
            "text_sha256": article.text_sha256,
        }
        made.append(reading.make(Judgement, record, number))
    conflict_id = reading.finish(complete=True)
    return _store(reading, judgements_file(conflict_id, coder_id), made)


def import_decisions(
    sources: Sources,
    path: Path,
    *,
    decided_by: str,
    codebook: str,
    texts: Mapping[str, str] | None = None,
    given_at: dt.datetime | None = None,
) -> Imported:
    """Turn decisions on units of one conflict into lines of ``annotations/adjudicated/<conflict>.jsonl``.

    Decisions on other units in that file stay. Arguments and errors as :func:`import_judgements`; only judged
    units can be decided.
    """
    kind = sources.kind_of(decided_by)
    reading = _Reading(sources, path, texts or {}, DECISION_FIELDS, f"{decided_by}.decisions")
    by_unit = sources.judgements_by_unit()
    given = stamp(path, given_at)
    made: list[Decision | None] = []
    for number, answer, labels, article in reading.answers():
        key: UnitKey = (answer["article_id"], answer["actor_id"], answer["proposition_id"])
        judged = [entry.record.judgement_id for entry in by_unit.get(key, [])]
        if not judged:
            reading.problem(number, f"{' / '.join(key)} has no judgements to decide on")
        record = {
            **labels,
            "decided_by": decided_by,
            "kind": kind,
            "decided_at": given,
            "reason": answer["reason"],
            "from_judgements": judged,
            "codebook_version": codebook,
            "export": reading.export(number, article),
            "text_sha256": article.text_sha256,
        }
        made.append(reading.make(Decision, record, number))
    conflict_id = reading.finish(complete=False)
    return _store(reading, decisions_file(conflict_id), made)


def _store(reading: _Reading, name: str, made: Sequence[Labelled | None]) -> Imported:
    """Keep the answers, and merge the new records with those of other units that the file of labels holds."""
    require_readable(reading.sources, name)
    export = keep_export(reading.sources.root, reading.export_file, reading.data)
    merged = merge(reading.sources, name, (record for record in made if record is not None))
    return Imported(export, merged.path, lines=merged.lines, changed=merged.changed)


class _Reading:
    """One pass over a file of answers, which collects what does not fit."""

    def __init__(
        self, sources: Sources, path: Path, texts: Mapping[str, str], fields: frozenset[str], export_name: str
    ) -> None:
        self.sources, self.path, self.texts, self.fields = sources, path, texts, fields
        self.articles = sources.articles_by_id
        self.units = sources.units
        self.data = read_bytes(path)
        self.digest = sha256_bytes(self.data)
        self.export_name = export_name
        self.export_file = ""
        self.problems: list[Problem] = []
        self.seen: set[UnitKey] = set()

    def export(self, number: int, article: Article) -> dict[str, str]:
        """Return where a line of the answers is kept: no two files of answers share a name."""
        self.export_file = f"{article.conflict_id}/{self.export_name}.{self.digest[:12]}.jsonl"
        return {"file": self.export_file, "sha256": self.digest, "annotation_id": str(number)}

    def answers(self) -> Iterator[tuple[int, dict[str, Any], dict[str, Any], Article]]:
        """Yield (line number, answer, its label fields with spans, article) for each answer that fits so far."""
        for number, answer in read_jsonl(self.path):
            if answer.keys() != self.fields:
                wrong = sorted(answer.keys() ^ self.fields)
                self.problem(number, f"fields {', '.join(wrong)} are missing or unknown")
                continue
            key: UnitKey = (answer["article_id"], answer["actor_id"], answer["proposition_id"])
            known = all(isinstance(part, str) for part in key) and key in self.units
            if not known or key in self.seen:
                why = "was answered before" if known else "is not a unit of the corpus"
                self.problem(number, f"{' / '.join(map(str, key))} {why}")
                continue
            self.seen.add(key)
            article = self.articles[key[0]]
            evidence = self._spans(answer["evidence"], article, number)
            labels = {name: answer[name] for name in (*UNIT_FIELDS, *LABEL_FIELDS)}
            yield number, answer, {**labels, "evidence": evidence}, article

    def _spans(self, given: object, article: Article, number: int) -> list[Evidence]:
        text = article.text or self.texts.get(article.article_id)
        if text is None or sha256_text(text) != article.text_sha256:
            self.problem(number, f"the text of {article.article_id} is not at hand: hydrate it and pass --texts")
            return []
        found = []
        for item in given if isinstance(given, list) else [given]:
            try:
                start, end = locate(item, text, article.text_availability)
                found.append(make_evidence(text, start, end))
            except (ValueError, StandoffError) as error:
                self.problem(number, str(error))
        return sorted(found, key=lambda span: span.start)

    def make(self, model: type[L], record: dict[str, Any], number: int) -> L | None:
        """Return the validated record, or None after noting why it does not fit."""
        try:
            return model.model_validate(record)
        except ValidationError as error:
            for item in error.errors(include_url=False):
                where = ".".join(map(str, item["loc"]))
                self.problem(number, f"{where}: {item['msg']} (got {shorten(item['input'], 40)})")
            return None

    def finish(self, *, complete: bool) -> str:
        """Return the one conflict that was answered.

        Raises:
            InputError: Something did not fit, a unit of a touched article has no answer (where ``complete``), or
                the answers are not on exactly one conflict.
        """
        touched = sorted({key[0] for key in self.seen})
        if complete:
            for article_id in touched:
                for key in units_of(self.articles[article_id]):
                    if key not in self.seen:
                        self.problems.append(Problem(str(self.path), f"no answer for {' / '.join(key)}"))
        if self.problems:
            raise InputError(
                f"{len(self.problems)} answers do not fit:\n{listed(self.problems)}",
                where=self.path,
                remedy="correct them; nothing was written",
            )
        conflicts = sorted({self.articles[article_id].conflict_id for article_id in touched})
        if len(conflicts) != 1:
            raise InputError(
                "holds answers of more than one conflict, or of none",
                where=self.path,
                got=conflicts,
                expected="the answers of one conflict per file",
            )
        return conflicts[0]

    def problem(self, number: int, what: str) -> None:
        """Note what does not fit in a line."""
        self.problems.append(Problem(f"line {number}", what))


def locate(item: object, text: str, availability: TextAvailability) -> tuple[int, int]:
    """Return the offsets of one piece of evidence: of a quote that occurs once in the text, or ``[start, end]``.

    Raises:
        ValueError: It is neither, or the quote of a text that is not shipped.
    """
    match item:
        case [int(start), int(end)]:
            return start, end
        case str(quote) if availability is TextAvailability.BRING_YOUR_OWN:
            raise ValueError(f"evidence {shorten(quote, 40)}: give [start, end], as this text may not be stored")
        case str(quote) if quote:
            count = text.count(quote)
            if count != 1:
                raise ValueError(
                    f"evidence {shorten(quote, 60)} occurs {count} times in the text; quote more of it"
                )
            start = text.index(quote)
            return start, start + len(quote)
    raise ValueError(f"evidence {shorten(item, 40)} is neither a quote nor [start, end]")
