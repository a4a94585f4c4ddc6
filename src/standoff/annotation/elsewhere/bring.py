"""Bringing work of another tool in: judgements of what fits, and a report of everything that does not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from standoff.annotation.elsewhere.dna import read_dna
from standoff.annotation.elsewhere.doccano import read_doccano
from standoff.annotation.elsewhere.losses import REASONS, Report
from standoff.annotation.elsewhere.reading import Reader
from standoff.annotation.elsewhere.webanno import read_webanno
from standoff.annotation.store import judgement_id, judgements_file, keep_export, merge, require_readable, stamp
from standoff.corpus.text import drop_overlaps
from standoff.errors import InputError
from standoff.records import DETAIL_FIELDS, POSITIONED, PRIVATE_EXPORTS, UNIT_FIELDS, Judgement, Stance, UnitKey

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from standoff.annotation.elsewhere.foreign import Foreign
    from standoff.annotation.elsewhere.mapping import Map
    from standoff.annotation.elsewhere.reading import Reading
    from standoff.corpus.sources import Sources
    from standoff.records import Evidence

FOLDER = "elsewhere/"
"""Below ``annotations/exports``, or its private part: the other tools' files, as they were handed in."""


def read_exports(paths: Sequence[Path], given: Map, *, drafting: bool = False) -> list[Foreign]:
    """Read the files of one tool.

    Args:
        paths: The files.
        given: The map.
        drafting: Whether only names matter: what offsets count need not be known then.

    Raises:
        InputError: A file that is not what the tool writes; the message names file and line.
        NotFoundError: No such file.
    """
    if given.tool == "dna":
        return [read_dna(path) for path in paths]
    if given.tool == "doccano":
        offsets = given.offsets or ("utf-16" if drafting else None)
        return [read_doccano(path, offsets=offsets, evidence=given.evidence) for path in paths]
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
        known = ", ".join(sources.codebooks)
        raise InputError(f"no codebook {codebook!r}", where="annotations/codebook", expected=f"one of {known}")
    reader = Reader(sources, given, texts or {}, coder_id=coder_id)
    report = Report(losses=reader.losses)
    groups: dict[tuple[str, UnitKey], list[Reading]] = {}
    for foreign in exports:
        lost = sum(REASONS[loss.reason][0] == "statement" for loss in foreign.losses)
        report.files.append(foreign.path.name)
        report.statements += len(foreign.statements) + lost
        for reading in reader.read(foreign):
            groups.setdefault((reading.coder_id, reading.unit), []).append(reading)
    stored = {(entry.record.coder_id, entry.record.key): entry.record for entry in sources.judgements}
    judging = _Judging(stored, reader, codebook, given_at)
    made: dict[str, list[Judgement]] = {}
    used: dict[str, Foreign] = {}
    for group in groups.values():
        judgement = judging.judge(group)
        if judgement is not None:
            name = judgements_file(group[0].article.conflict_id, judgement.coder_id)
            made.setdefault(name, []).append(judgement)
            used |= {judging.export_file(one.foreign): one.foreign for one in group}
            _count(report, judgement, group)
    report.exports = sorted(used)
    for name in made:
        require_readable(sources, name)
    if not dry_run:
        for file, foreign in used.items():
            keep_export(sources.root, file, foreign.data)
        report.changed = sum(merge(sources, name, judgements).changed for name, judgements in sorted(made.items()))
    return report


def _count(report: Report, judgement: Judgement, group: Sequence[Reading]) -> None:
    report.kept += len(group)
    report.judgements += 1
    report.by_coder[f"{judgement.coder_id} ({judgement.kind})"] += 1
    report.by_stance[judgement.stance] += 1
    report.anchors.update(one.way for one in group if one.way is not None)
    report.set_by_map.update(group[0].resolved.set_by_map)
    if judgement.stance in POSITIONED:
        report.to_complete.update(name for name in DETAIL_FIELDS if getattr(judgement, name) is None)
        report.to_complete.update([] if judgement.evidence else ["evidence"])


@dataclass(frozen=True, slots=True)
class _Judging:
    """From what one coder said on one unit to a judgement."""

    stored: Mapping[tuple[str, UnitKey], Judgement]
    reader: Reader
    codebook: str
    given_at: dt.datetime | None

    def judge(self, group: Sequence[Reading]) -> Judgement | None:
        """Return the judgement, or None after noting why there is none."""
        first = group[0]
        before = self.stored.get((first.coder_id, first.unit))
        reason = "contradiction" if len({one.says for one in group}) > 1 else ""
        if before is not None and not self._is_from_here(before.export.file):
            reason = "already-judged"
        if reason:
            lines = ", ".join(one.where for one in group)
            for one in group:
                said = f"{' / '.join(one.unit)}: {one.resolved.stance} ({lines})"
                self.reader.lose(reason, one.where, said)
            return None
        try:
            judgement = Judgement.model_validate(self._record(group))
        except ValidationError as error:
            for one in group:
                self.reader.lose("record-invalid", one.where, error.errors(include_url=False)[0]["msg"])
            return None
        if before is not None and (before.label_values, before.evidence) != (
            judgement.label_values,
            judgement.evidence,
        ):
            self.reader.lose("replaced", first.where, f"{' / '.join(first.unit)}: {before.stance}")
        return judgement

    def _is_from_here(self, file: str) -> bool:
        """Return whether an export is an earlier one of the same tool."""
        return file.removeprefix(PRIVATE_EXPORTS).startswith(f"{FOLDER}{self.reader.given.tool}/")

    def _record(self, group: Sequence[Reading]) -> dict[str, Any]:
        first = group[0]
        stance = Stance(str(first.resolved.stance))
        details: dict[str, str | None] = dict.fromkeys(DETAIL_FIELDS)
        if stance in POSITIONED:
            details = first.resolved.details
        else:
            for name, value in first.resolved.details.items():
                if value is not None:
                    self.reader.lose("detail-unneeded", first.where, f"{first.statement.annotation_id}: {name}")
        names = [one.statement.annotation_id for one in group if one.foreign is first.foreign]
        more = f" and {len(names) - 20} more" if len(names) > 20 else ""
        return {
            **dict(zip(UNIT_FIELDS, first.unit, strict=True)),
            "stance": stance,
            **details,
            "evidence": self._spans(group, keep=stance is not Stance.NO_POSITION),
            "judgement_id": judgement_id(first.coder_id, first.unit),
            "coder_id": first.coder_id,
            "kind": self.reader.kinds[first.coder_id],
            "confidence": first.resolved.confidence,
            "note": "\n".join(dict.fromkeys(one.resolved.note for one in group if one.resolved.note)),
            "codebook_version": self.codebook,
            "created_at": stamp(first.foreign.path, self.given_at),
            "lead_time_s": None,
            "suggestion_shown": False,
            "export": {
                "file": self.export_file(first.foreign),
                "sha256": first.foreign.sha256,
                "annotation_id": ", ".join(names[:20]) + more,
            },
            "text_sha256": first.article.text_sha256,
        }

    def _spans(self, group: Sequence[Reading], *, keep: bool) -> tuple[Evidence, ...]:
        """Return the evidence of all statements on a unit, each place once."""
        kept: list[Evidence] = []
        for one in group:
            name = one.statement.annotation_id
            if one.evidence is None:
                continue
            if not keep:
                self.reader.lose("detail-unneeded", one.where, f"{name}: a span")
            elif one.evidence in kept:
                self.reader.lose("duplicate", one.where, name)
            elif len(drop_overlaps([*kept, one.evidence])) == len(kept):
                span = f"{name}: {one.evidence.start}:{one.evidence.end}"
                self.reader.lose("evidence-overlap", one.where, span)
            else:
                kept.append(one.evidence)
        return drop_overlaps(kept)

    def export_file(self, foreign: Foreign) -> str:
        """Return where a file is kept, below ``annotations/exports``."""
        stem = re.sub(r"[^A-Za-z0-9_-]+", "-", foreign.path.stem).strip("-")[:60] or "export"
        suffix = re.sub(r"[^A-Za-z0-9.]+", "", foreign.path.suffix)
        private = "" if self.reader.is_public(foreign) else PRIVATE_EXPORTS
        return f"{private}{FOLDER}{self.reader.given.tool}/{stem}.{foreign.sha256[:12]}{suffix}"
