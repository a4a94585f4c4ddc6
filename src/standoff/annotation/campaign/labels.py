"""From readings to labels: judgements, decisions and findings, held against the rules of the corpus.

A reading that breaks a rule is refused, under the rule's id. A refusal never removes a label that was made
earlier.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from standoff.annotation.adjudication import from_judgements
from standoff.annotation.campaign.campaign import Round, readings_file
from standoff.annotation.campaign.findings import Finding, findings_file
from standoff.annotation.store import TIMES, decisions_file, judgement_id, judgements_file, merge
from standoff.annotation.studio.payload import Payload
from standoff.annotation.studio.results import OTHER, Refusal
from standoff.corpus import content_labels
from standoff.corpus.sources import Entry, Sources
from standoff.corpus.text import make_evidence
from standoff.errors import NotFoundError
from standoff.files import read_jsonl, write_jsonl
from standoff.records import (
    LABEL_FIELDS,
    UNIT_FIELDS,
    Decision,
    Evidence,
    Judgement,
    Labelled,
    Record,
    Split,
    field_problems,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from standoff.annotation.campaign.campaign import Assignment, Campaign
    from standoff.annotation.studio.results import Read, Reading, Region
    from standoff.records import Article, CoderKind, Export, UnitKey

R = TypeVar("R", bound=Record)

EXPORT = frozenset({"export"})
CIRCUMSTANCES = TIMES | EXPORT
"""What may differ between two readings of one annotation: later exports hold it too."""
RULES = {
    rule_id: check
    for rule_id, check in content_labels.BOOK.checks.items()
    if check.__module__ == content_labels.__name__
}
"""The rules of the corpus that are about labels, by id."""
REQUIRED = {"confidence": "confidence-missing", "reason": "reason-missing"}
"""What a coder has to give beside the labels, and the rule that its absence breaks."""


class _Refused(Exception):  # noqa: N818 - it never leaves this module
    def __init__(self, rule: str, message: str) -> None:
        self.rule, self.message = rule, message
        super().__init__(message)


@dataclass(slots=True)
class Maker:
    """Makes one coder's labels of one round.

    Args:
        sources: The sources, as they are stored now.
        campaign: The campaign.
        round: Which of its rounds.
        coder_id: The coder.
        kind: What the coder is, by ``annotations/coders.yaml``; the server is not asked.
    """

    sources: Sources
    campaign: Campaign
    round: Round
    coder_id: str
    kind: CoderKind
    refusals: list[Refusal] = field(default_factory=list)
    _articles: Mapping[str, Article] = field(init=False)
    _files: dict[str, list[Labelled]] = field(default_factory=lambda: defaultdict(list))
    _findings: dict[str, list[Finding]] = field(default_factory=lambda: defaultdict(list))
    _readings: list[Judgement] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._articles = self.sources.articles_by_id

    def expected(self, plan: Sequence[Assignment]) -> dict[str, dict[str, str]]:
        """Return what says on which unit each task is, by uid; nothing of units that the corpus no longer has."""
        payload, found = Payload(self.sources, self.campaign), {}
        for assignment in plan:
            try:
                found[assignment.uid] = payload.unit(assignment)
            except NotFoundError:  # the reader of results refuses it, if it was coded
                continue
        return found

    def make(self, read: Read, export: Export) -> list[Reading]:
        """Make labels of what was read; return the readings that were taken."""
        self.refusals += read.refusals
        made: list[tuple[Reading, Labelled]] = []
        taken: list[Reading] = []
        for reading in read.readings:
            source = export.model_copy(update={"annotation_id": reading.annotation_id})
            try:
                self._refuse_suggestion(reading)
                if self.round is Round.FEEDBACK:
                    taken.append(reading)  # it was read; there is nothing to keep
                elif self.round is Round.FIND:
                    finding = self._finding(reading, source)
                    self._findings[self._conflict(finding.article_id)].append(finding)
                    taken.append(reading)
                else:
                    made.append((reading, self._labelled(reading, source)))
            except _Refused as error:
                self._refuse(reading, error.rule, error.message)
        # A decision that was asked for again comes after the first one, and so replaces it.
        made.sort(key=lambda pair: pair[0].assignment.occurrence)
        broken = self._broken_rules(made)
        for index, (reading, label) in enumerate(made):
            if index in broken:
                self._refuse(reading, *broken[index])
            else:
                self._file(reading, label)
                taken.append(reading)
        return taken

    def write(self) -> int:
        """Write the labels beside those that are stored; return how many are new or changed."""
        changed = 0
        for name, labels in sorted(self._files.items()):
            # A decision that is confirmed in the same words is a new one: it was made on the answers of today.
            same = EXPORT if self.round is Round.ADJUDICATION else CIRCUMSTANCES
            changed += merge(self.sources, name, labels, circumstances=same).changed
        if self._readings:
            path = readings_file(self.sources.root, self.campaign.name, self.round)
            changed += merge_records(path, Judgement, self._readings, lambda one: (one.coder_id, *one.key))
        for conflict_id, findings in sorted(self._findings.items()):
            path = findings_file(self.sources.root, conflict_id, self.coder_id)
            changed += merge_records(path, Finding, findings, lambda one: (one.article_id,))
        return changed

    # -- records ----------------------------------------------------------------------------------------

    def _labelled(self, reading: Reading, export: Export) -> Labelled:
        key, values = reading.assignment.key, dict(reading.values)
        self._require(values, "reason" if self.round is Round.ADJUDICATION else "confidence")
        stamp = reading.given_at
        record: dict[str, Any] = {
            **dict(zip(UNIT_FIELDS, key, strict=True)),
            **{name: values.get(name) for name in LABEL_FIELDS},
            "evidence": [make_evidence(reading.text, start, end) for start, end in reading.spans],
            "kind": self.kind,
            "codebook_version": self.campaign.codebook,
            "export": export,
            "text_sha256": reading.assignment.text_sha256,
        }
        if self.round is Round.ADJUDICATION:
            own = {
                "decided_by": self.coder_id,
                "decided_at": stamp,
                "reason": values["reason"],
                "from_judgements": self._decided_on(key, stamp),
            }
            return _validated(Decision, {**record, **own})
        own = {
            "judgement_id": judgement_id(self.coder_id, key),
            "coder_id": self.coder_id,
            "confidence": values["confidence"],
            "note": values.get("note", ""),
            "created_at": stamp,
            "lead_time_s": reading.lead_time_s,
            "suggestion_shown": reading.suggestion_shown,
        }
        return _validated(Judgement, {**record, **own})

    def _finding(self, reading: Reading, export: Export) -> Finding:
        statements: dict[tuple[str, str], list[Evidence]] = defaultdict(list)
        mentions: list[Evidence] = []
        for region in reading.regions:
            span = make_evidence(reading.text, region.start, region.end)
            actor = _actor(region)
            if "proposition" in region.labels:
                statements[actor, region.labels["proposition"]].append(span)
            else:
                mentions.append(span)
        for actor, proposition_id in statements:
            if proposition_id not in self.sources.propositions_by_id:
                raise _Refused("unknown-value", f"the statement of {actor} is on {proposition_id!r}")
        return _validated(
            Finding,
            {
                "article_id": reading.assignment.article_id,
                "coder_id": self.coder_id,
                "kind": self.kind,
                "statements": [
                    {"actor": actor, "proposition_id": proposition_id, "evidence": spans}
                    for (actor, proposition_id), spans in sorted(statements.items())
                ],
                "mentions": mentions,
                "codebook_version": self.campaign.codebook,
                "created_at": reading.given_at,
                "lead_time_s": reading.lead_time_s,
                "export": export,
                "text_sha256": reading.assignment.text_sha256,
            },
        )

    def _decided_on(self, key: UnitKey, decided_at: dt.datetime) -> tuple[str, ...]:
        """Return the judgements that a decision was made on; those of a decision that is stored do not change."""
        for entry in self.sources.decisions:
            stored = entry.record
            if (stored.key, stored.decided_by, stored.decided_at) == (key, self.coder_id, decided_at):
                return stored.from_judgements
        return from_judgements(self.sources, key, decided_at)

    @staticmethod
    def _require(values: dict[str, str], name: str) -> None:
        if not values.get(name):
            raise _Refused(REQUIRED[name], f"no {name} was given")

    def _conflict(self, article_id: str) -> str:
        return self._articles[article_id].conflict_id

    # -- rules ------------------------------------------------------------------------------------------

    def _refuse_suggestion(self, reading: Reading) -> None:
        article_id = reading.assignment.article_id
        training = self.sources.splits.get(Split.TRAIN, [])
        if reading.suggestion_shown and all(article_id != listed for listed, _ in training):
            message = f"a model's suggestion was shown, and {article_id} is not training data"
            raise _Refused("suggestion-shown", message)

    def _broken_rules(self, made: Sequence[tuple[Reading, Labelled]]) -> dict[int, tuple[str, str]]:
        """Return the first rule that each label breaks, and how, by its place in ``made``."""
        # The texts that were shown, so that the spans of texts that the corpus may not ship are checked as well.
        shown = {
            label.article_id: self._articles[label.article_id].model_copy(update={"text": reading.text})
            for reading, label in made
        }
        trial = Sources(self.sources.root, articles=[Entry(article, "article") for article in shown.values()])
        for index, (_, label) in enumerate(made):
            if isinstance(label, Judgement):
                trial.judgements.append(Entry(label, "annotation", line=index))
            elif isinstance(label, Decision):
                trial.decisions.append(Entry(label, "annotation", line=index))
        broken: dict[int, tuple[str, str]] = {}
        for rule_id, check in RULES.items():
            rule = content_labels.BOOK.rules[rule_id]
            for found in check(trial):
                if rule.severity == "error":
                    broken.setdefault(found.where.line, (rule_id, f"{found.got}; expected {rule.expected}"))
        return broken

    # -- what is kept -----------------------------------------------------------------------------------

    def _file(self, reading: Reading, label: Labelled) -> None:
        conflict_id = self._conflict(label.article_id)
        if isinstance(label, Decision):
            self._files[decisions_file(conflict_id)].append(label)
        elif self.round is Round.MAIN and reading.assignment.occurrence == 1:
            self._files[judgements_file(conflict_id, self.coder_id)].append(label)
        elif isinstance(label, Judgement):
            self._readings.append(label)

    def _refuse(self, reading: Reading, rule: str, message: str) -> None:
        self.refusals.append(
            Refusal(reading.assignment.uid, self.coder_id, reading.task_id, reading.annotation_id, rule, message)
        )


def say_what_stays(refusals: Iterable[Refusal], sources: Sources, plan: Sequence[Assignment]) -> list[Refusal]:
    """Return the refusals; of those that leave an earlier judgement of the coder in place, the message says so."""
    keys = {one.uid: one.key for one in plan if one.round is Round.MAIN and one.occurrence == 1}
    stored = {(entry.record.coder_id, entry.record.key) for entry in sources.judgements}
    return [
        replace(one, message=f"{one.message}; the judgement pulled earlier stays")
        if one.uid in keys and (one.coder_id, keys[one.uid]) in stored
        else one
        for one in refusals
    ]


def merge_records(path: Path, model: type[R], made: Iterable[R], key_of: Callable[[R], tuple[str, ...]]) -> int:
    """Write records beside the stored ones of other keys, sorted; return how many are new or changed.

    A record that says what the stored one says, the circumstances aside, leaves that one in place.

    Raises:
        InputError: A stored line cannot be read; nothing is written.
    """
    lines = read_jsonl(path) if path.is_file() else ()
    stored = {key_of(one): one for one in (model.parse(row, where=f"{path}:{number}") for number, row in lines)}
    merged = dict(stored)
    for record in made:
        before = stored.get(key_of(record))
        if before is None or _content(before) != _content(record):
            merged[key_of(record)] = record
    write_jsonl(path, (record.to_json() for _, record in sorted(merged.items())))
    return sum(record is not stored.get(key) for key, record in merged.items())


def _content(record: Record) -> dict[str, Any]:
    return record.model_dump(exclude=set(CIRCUMSTANCES))


def _validated(model: type[R], data: dict[str, Any]) -> R:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise _Refused("unknown-value", "; ".join(map(str, field_problems(error)))) from None


def _actor(region: Region) -> str:
    """Return the actor of a region: the id of a listed one, or the name that the coder typed."""
    actor = region.labels.get("actor")
    if actor is None:
        raise _Refused("statement-incomplete", f"the span {region.start}:{region.end} names no actor")
    if actor != OTHER:
        return actor
    if not region.labels.get("name"):
        raise _Refused("statement-incomplete", f"the actor at {region.start}:{region.end} has no name")
    return region.labels["name"]
