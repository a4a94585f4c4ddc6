"""The tables of a release: which columns, which rows, and the digest of their content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from standoff.corpus.sources import units_of
from standoff.corpus.statements import agree, derive
from standoff.corpus.text import find_mentions
from standoff.files import canonical_json
from standoff.records import LABEL_FIELDS, UNIT_FIELDS, Split, Statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from standoff.corpus.sources import Sources
    from standoff.records import Actor, Article, Evidence, Judgement, Proposition

CANARY = "standoff corpus canary 7c1d0f4e-52c5-4e0b-9a53-6f0c2a9b8e41"
"""Stands in every file of every release except the lists of ids: a text that holds it holds the corpus, and should
not be trained on."""

REGISTRY = "registry"
"""The one split of the configs that are not divided."""

_TEXT = pa.string()
_SPAN = pa.struct([("start", pa.int32()), ("end", pa.int32())])
_EVIDENCE = pa.struct(
    [
        ("start", pa.int32()),
        ("end", pa.int32()),
        ("quote", _TEXT),
        ("quote_sha256", _TEXT),
        ("prefix", _TEXT),
        ("suffix", _TEXT),
    ]
)
_SOURCE = pa.struct([("url", _TEXT), ("publisher", _TEXT), ("published", _TEXT), ("accessed", _TEXT)])
_ROLE = pa.struct([("role", _TEXT), ("from", _TEXT), ("to", _TEXT)])
_VOTE = pa.struct([("stance", _TEXT), ("n", pa.int32())])
_EXPORT = pa.struct([("file", _TEXT), ("sha256", _TEXT), ("annotation_id", _TEXT)])
_PARAGRAPH = pa.struct([("words", pa.int32()), ("sha256", _TEXT)])


def _schema(*columns: str, **typed: pa.DataType) -> pa.Schema:
    fields = [(name, typed.get(name, _TEXT)) for name in columns]
    return pa.schema(fields, metadata={"canary": CANARY})


SCHEMAS: dict[str, pa.Schema] = {
    "stance": _schema(
        "unit_id",
        *UNIT_FIELDS,
        "conflict_id",
        "title",
        "text",
        "text_sha256",
        "language",
        "published",
        "outlet",
        "text_availability",
        "license",
        "actor",
        "actor_kind",
        "actor_roles",
        "proposition",
        *LABEL_FIELDS,
        "label",
        "evidence",
        "mentions",
        "status",
        "kind",
        "n_coders",
        "votes",
        "rule",
        actor_roles=pa.list_(_TEXT),
        evidence=pa.list_(_EVIDENCE),
        mentions=pa.list_(_SPAN),
        n_coders=pa.int32(),
        votes=pa.list_(_VOTE),
    ),
    "judgements": _schema(
        "judgement_id",
        *UNIT_FIELDS,
        "coder_id",
        "kind",
        *LABEL_FIELDS,
        "evidence",
        "confidence",
        "note",
        "codebook_version",
        "created_at",
        "lead_time_s",
        "suggestion_shown",
        "export",
        "text_sha256",
        evidence=pa.list_(_EVIDENCE),
        lead_time_s=pa.float64(),
        suggestion_shown=pa.bool_(),
        export=_EXPORT,
    ),
    "articles": _schema(
        "article_id",
        "conflict_id",
        "conflict",
        "title",
        "text",
        "text_sha256",
        "words",
        "language",
        "published",
        "outlet",
        "url",
        "sources",
        "origin",
        "text_availability",
        "license",
        "cluster_id",
        "split",
        "actor_ids",
        "proposition_ids",
        "paragraphs",
        words=pa.int32(),
        sources=pa.list_(_SOURCE),
        actor_ids=pa.list_(_TEXT),
        proposition_ids=pa.list_(_TEXT),
        paragraphs=pa.list_(_PARAGRAPH),
    ),
    "actors": _schema(
        "actor_id",
        "name",
        "aliases",
        "kind",
        "country",
        "wikidata",
        "roles",
        aliases=pa.list_(_TEXT),
        roles=pa.list_(_ROLE),
    ),
    "propositions": _schema(
        "proposition_id",
        "conflict_id",
        "conflict",
        "text",
        "intervener",
        "place",
        "beneficiary",
        "instrument",
        "broader",
    ),
}
"""The configs of a release and their columns, in stored order. Days are text, YYYY-MM-DD."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The rows of a release: ``rows[config][split]``, and the splits' article ids."""

    rows: dict[str, dict[str, list[dict[str, Any]]]]
    splits: dict[str, list[str]]

    def arrow(self, config: str, split: str) -> pa.Table:
        """Return one table under the schema of its config."""
        return pa.Table.from_pylist(self.rows[config][split], schema=SCHEMAS[config])

    def digest(self, config: str) -> str:
        """Return the sha256 over the rows of one config: the same rows give the same digest in any file format."""
        found = hashlib.sha256(canonical_json(SCHEMAS[config].names).encode())
        for split, rows in self.rows[config].items():
            found.update(f"\n{split}\n".encode())
            for row in rows:
                found.update(canonical_json(row).encode() + b"\n")
        return found.hexdigest()


def make_tables(sources: Sources) -> Tables:
    """Return the tables of a release of ``sources``, which must have passed the checks."""
    return _Maker(sources).make()


class _Maker:
    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.articles = sources.articles_by_id
        self.actors = sources.actors_by_id
        self.propositions = sources.propositions_by_id
        self.conflicts = {entry.record.conflict_id: entry.record for entry in sources.conflicts}
        self.judgements = sources.judgements_by_unit()
        self.splits = {
            split: sorted(article_id for article_id, _ in sources.splits.get(split, ())) for split in Split
        }

    def make(self) -> Tables:
        divided = {
            "stance": self._stance_rows,
            "judgements": self._judgement_rows,
            "articles": self._article_rows,
        }
        rows: dict[str, dict[str, list[dict[str, Any]]]] = {
            config: {split.value: make(split, ids) for split, ids in self.splits.items()}
            for config, make in divided.items()
        }
        rows["actors"] = {REGISTRY: [actor.to_json() for _, actor in sorted(self.actors.items())]}
        rows["propositions"] = {
            REGISTRY: [
                {**proposition.to_json(), "conflict": self.conflicts[proposition.conflict_id].name}
                for _, proposition in sorted(self.propositions.items())
            ]
        }
        ordered = {
            config: {
                split: [{name: row[name] for name in SCHEMAS[config].names} for row in part]
                for split, part in rows[config].items()
            }
            for config in SCHEMAS
        }
        return Tables(ordered, {split.value: ids for split, ids in self.splits.items()})

    def _article_rows(self, split: Split, ids: Sequence[str]) -> list[dict[str, Any]]:
        found = []
        for article_id in ids:
            article = self.articles[article_id]
            words = sum(paragraph.words for paragraph in article.paragraphs)
            conflict = self.conflicts[article.conflict_id].name
            found.append({**article.to_json(), "split": split.value, "conflict": conflict, "words": words})
        return found

    def _judgement_rows(self, _: Split, ids: Sequence[str]) -> list[dict[str, Any]]:
        found = []
        for article_id in ids:
            article = self.articles[article_id]
            for key in units_of(article):
                for entry in self.judgements.get(key, ()):
                    judgement: Judgement = entry.record
                    found.append(
                        {
                            **judgement.to_json(),
                            "evidence": _evidence(judgement.evidence, article),
                        }
                    )
        return found

    def _stance_rows(self, _: Split, ids: Sequence[str]) -> list[dict[str, Any]]:
        decisions = {entry.record.key: entry.record for entry in self.sources.decisions}
        found = []
        for article_id in ids:
            article = self.articles[article_id]
            statements = [
                statement
                for key in units_of(article)
                if key in self.judgements
                for statement in [agree([entry.record for entry in self.judgements[key]], decisions.get(key))]
                if statement is not None
            ]
            found += [self._stance_row(article, statement) for statement in derive(statements, self.propositions)]
        return found

    def _stance_row(self, article: Article, statement: Statement) -> dict[str, Any]:
        actor: Actor = self.actors[statement.actor_id]
        proposition: Proposition = self.propositions[statement.proposition_id]
        label = statement.board_label
        return {
            **statement.to_json(),
            **{
                name: value
                for name, value in article.to_json().items()
                if name in SCHEMAS["stance"].names and name not in UNIT_FIELDS
            },
            "unit_id": "/".join(statement.key),
            "actor": actor.name,
            "actor_kind": actor.kind.value,
            "actor_roles": list(actor.roles_on(article.published)),
            "proposition": proposition.text,
            "label": None if label is None else label.value,
            "evidence": _evidence(statement.evidence, article),
            "mentions": self._mentions(article, actor.actor_id),
        }

    def _mentions(self, article: Article, actor_id: str) -> list[dict[str, int]]:
        found = find_mentions(article.text or "", self.actors.values())
        return [{"start": m.start, "end": m.end} for m in found if m.actor_id == actor_id]


def _evidence(spans: Iterable[Evidence], article: Article) -> list[dict[str, Any]]:
    found = []
    for span in spans:
        quote = None if article.text is None else article.text[span.start : span.end]
        found.append({**span.to_json(), "quote": quote})
    return [{name.name: row[name.name] for name in _EVIDENCE} for row in found]
