"""Coders' answers: from a file of answers with quoted evidence to judgements and decisions with spans.

An answer is one JSON object per line: the unit's three ids, ``stance``, the five details, ``evidence`` (a list of
quotes that occur once in the text, or ``[start, end]`` pairs), ``confidence`` and ``note``. A decision has
``reason`` in place of the last two. The file is kept, unedited, under ``annotations/exports``; each judgement
names it by its hash.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from standoff.corpus.sources import units_of
from standoff.corpus.text import make_evidence
from standoff.errors import InputError, Problem, RefusedError, StandoffError, listed, shorten
from standoff.files import read_bytes, read_jsonl, sha256_bytes, sha256_text, write_bytes, write_jsonl
from standoff.records import LABEL_FIELDS, Decision, Evidence, Judgement, Labelled, TextAvailability, UnitKey

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from standoff.corpus.sources import Sources
    from standoff.records import Article

L = TypeVar("L", bound=Labelled)

UNIT_FIELDS = ("article_id", "actor_id", "proposition_id")
ANSWER_FIELDS = frozenset({*UNIT_FIELDS, *LABEL_FIELDS, "evidence", "confidence", "note"})
DECISION_FIELDS = frozenset({*UNIT_FIELDS, *LABEL_FIELDS, "evidence", "reason"})


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import wrote: the paths, and how many lines are in each file of labels."""

    export: Path
    written: dict[Path, int]


def import_judgements(
    sources: Sources,
    path: Path,
    *,
    coder_id: str,
    codebook: str,
    texts: Mapping[str, str] | None = None,
    now: dt.datetime | None = None,
) -> Imported:
    """Turn a coder's file of answers into ``annotations/judgements/<conflict>/<coder>.jsonl``.

    Args:
        sources: The checked sources.
        path: The file of answers. It must hold exactly the units of every article that it touches.
        coder_id: Who answered; a coder of ``annotations/coders.yaml``.
        codebook: The codebook version the coder followed, such as ``v1``.
        texts: Texts of bring-your-own articles, by id.
        now: When the answers were given; the present by default.

    Raises:
        InputError: Answers that do not fit; the first twenty are listed and nothing is written.
        RefusedError: The file of labels holds units that these answers lack and that would be lost.
    """
    _require_coder(sources, coder_id)
    reading = _Reading(sources, path, texts or {}, ANSWER_FIELDS)
    export = f"{{conflict}}/{coder_id}.jsonl"
    digest = sha256_bytes(read_bytes(path))
    stamp = _stamp(now)
    by_conflict: dict[str, list[Judgement]] = {}
    for number, answer, labels, article in reading.answers():
        conflict_id = article.conflict_id
        record = {
            **labels,
            "judgement_id": f"{coder_id}-{sha256_text('|'.join(answer[name] for name in UNIT_FIELDS))[:12]}",
            "coder_id": coder_id,
            "confidence": answer["confidence"],
            "note": answer["note"],
            "codebook_version": codebook,
            "created_at": stamp,
            "lead_time_s": None,
            "suggestion_shown": False,
            "export": {
                "file": export.format(conflict=conflict_id),
                "sha256": digest,
                "annotation_id": str(number),
            },
            "text_sha256": article.text_sha256,
        }
        made = reading.make(Judgement, record, number)
        if made is not None:
            by_conflict.setdefault(conflict_id, []).append(made)
    reading.finish(complete=True)
    return _write(sources, path, by_conflict, f"judgements/{{conflict}}/{coder_id}.jsonl", export)


def import_decisions(
    sources: Sources,
    path: Path,
    *,
    decided_by: str,
    codebook: str,
    texts: Mapping[str, str] | None = None,
    now: dt.datetime | None = None,
) -> Imported:
    """Turn an adjudicator's file of decisions into ``annotations/adjudicated/<conflict>.jsonl``.

    Arguments and errors as :func:`import_judgements`; only judged units can be decided.
    """
    _require_coder(sources, decided_by)
    reading = _Reading(sources, path, texts or {}, DECISION_FIELDS)
    by_unit = sources.judgements_by_unit()
    stamp = _stamp(now)
    by_conflict: dict[str, list[Decision]] = {}
    for number, answer, labels, article in reading.answers():
        key: UnitKey = (answer["article_id"], answer["actor_id"], answer["proposition_id"])
        judged = [entry.record.judgement_id for entry in by_unit.get(key, [])]
        if not judged:
            reading.problem(number, f"{' / '.join(key)} has no judgements to decide on")
        record = {
            **labels,
            "decided_by": decided_by,
            "decided_at": stamp,
            "reason": answer["reason"],
            "from_judgements": judged,
            "codebook_version": codebook,
            "text_sha256": article.text_sha256,
        }
        made = reading.make(Decision, record, number)
        if made is not None:
            by_conflict.setdefault(article.conflict_id, []).append(made)
    reading.finish(complete=False)
    return _write(
        sources,
        path,
        by_conflict,
        "adjudicated/{conflict}.jsonl",
        f"{{conflict}}/{decided_by}.decisions.jsonl",
    )


def _require_coder(sources: Sources, coder_id: str) -> None:
    if coder_id not in {entry.record.coder_id for entry in sources.coders}:
        raise InputError(
            f"no coder {coder_id!r}", where="annotations/coders.yaml", remedy="add the coder, with its kind, first"
        )


def _stamp(now: dt.datetime | None) -> str:
    moment = now or dt.datetime.now(dt.UTC)
    return moment.astimezone(dt.UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _write(
    sources: Sources, path: Path, by_conflict: Mapping[str, list[Any]], labels_name: str, export_name: str
) -> Imported:
    if len(by_conflict) != 1:
        raise InputError(
            "holds answers of more than one conflict, or of none",
            where=path,
            got=sorted(by_conflict),
            expected="the answers of one conflict per file",
        )
    ((conflict_id, records),) = by_conflict.items()
    notes = sources.root / "annotations"
    export = notes / "exports" / export_name.format(conflict=conflict_id)
    target = notes / labels_name.format(conflict=conflict_id)
    records.sort(key=lambda record: record.key)
    _refuse_loss(sources, target, {record.key for record in records})
    if path.resolve() != export.resolve():
        write_bytes(export, read_bytes(path))
    write_jsonl(target, (record.to_json() for record in records))
    return Imported(export, {target: len(records)})


def _refuse_loss(sources: Sources, target: Path, given: set[UnitKey]) -> None:
    name = target.relative_to(sources.root).as_posix()
    units = {key for article in sources.articles_by_id.values() for key in units_of(article)}
    stored = {entry.record.key for entry in sources.labelled if entry.file == name}
    lost = sorted((stored & units) - given)
    if lost:
        raise RefusedError(
            f"{len(lost)} units of this file have no line in the answers and would be lost",
            where=target,
            got=" / ".join(lost[0]),
            remedy="add their answers, kept under annotations/exports, to the new ones; nothing was written",
        )


@dataclass(slots=True)
class _Reading:
    """One pass over a file of answers, which collects what does not fit."""

    sources: Sources
    path: Path
    texts: Mapping[str, str]
    fields: frozenset[str]
    problems: list[Problem]
    seen: set[UnitKey]

    def __init__(self, sources: Sources, path: Path, texts: Mapping[str, str], fields: frozenset[str]) -> None:
        self.sources, self.path, self.texts, self.fields = sources, path, texts, fields
        self.problems, self.seen = [], set()

    def answers(self) -> Iterator[tuple[int, dict[str, Any], dict[str, Any], Article]]:
        """Yield (line number, answer, its label fields with spans, article) for each answer that fits so far."""
        articles = self.sources.articles_by_id
        units = {key for article in articles.values() for key in units_of(article)}
        for number, answer in read_jsonl(self.path):
            if answer.keys() != self.fields:
                wrong = sorted(answer.keys() ^ self.fields)
                self.problem(number, f"fields {', '.join(wrong)} are missing or unknown")
                continue
            key: UnitKey = (answer["article_id"], answer["actor_id"], answer["proposition_id"])
            known = all(isinstance(part, str) for part in key) and key in units
            if not known or key in self.seen:
                why = "was answered before" if known else "is not a unit of the corpus"
                self.problem(number, f"{' / '.join(map(str, key))} {why}")
                continue
            self.seen.add(key)
            article = articles[key[0]]
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
                start, end = _locate(item, text, article.text_availability)
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

    def finish(self, *, complete: bool) -> None:
        """Raise :class:`InputError` if anything did not fit, or a unit of a touched article has no answer."""
        if complete:
            touched = {key[0] for key in self.seen}
            for article_id in sorted(touched):
                for key in units_of(self.sources.articles_by_id[article_id]):
                    if key not in self.seen:
                        self.problems.append(Problem(str(self.path), f"no answer for {' / '.join(key)}"))
        if self.problems:
            raise InputError(
                f"{len(self.problems)} answers do not fit:\n{listed(self.problems)}",
                where=self.path,
                remedy="correct them; nothing was written",
            )

    def problem(self, number: int, what: str) -> None:
        """Note what does not fit in a line."""
        self.problems.append(Problem(f"line {number}", what))


def _locate(item: object, text: str, availability: TextAvailability) -> tuple[int, int]:
    """Return the offsets of one piece of evidence."""
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
