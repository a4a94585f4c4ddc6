"""Level 2: every id that is named exists, once, and where it may be."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from standoff.corpus.incidents import Finding, Location
from standoff.corpus.rules import RuleBook
from standoff.corpus.sources import units_of
from standoff.corpus.statements import ancestors, majority
from standoff.files import sha256_file
from standoff.records import PRIVATE_EXPORTS, Judgement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from standoff.corpus.sources import Entry, Sources
    from standoff.records import Decision, Split

BOOK = RuleBook(level=2)


def _repeated(entries: Iterable[Entry[Any]], id_field: str) -> Iterator[Finding]:
    first: dict[str, Location] = {}
    for entry in entries:
        record_id = getattr(entry.record, id_field)
        if record_id in first:
            yield Finding(entry.at(id_field), record_id, f"First used at {first[record_id]}")
        first.setdefault(record_id, entry.at(id_field))


@BOOK.rule("id-repeated", expected="each id once", remedy="Rename one of the two")
def _id_repeated(sources: Sources) -> Iterator[Finding]:
    for entries, id_field in (
        (sources.articles, "article_id"),
        (sources.actors, "actor_id"),
        (sources.conflicts, "conflict_id"),
        (sources.propositions, "proposition_id"),
        (sources.coders, "coder_id"),
        (sources.judgements, "judgement_id"),
        (sources.releases, "version"),
    ):
        yield from _repeated(entries, id_field)


@BOOK.rule(
    "article-conflict-unknown", expected="a conflict that has a file", remedy="Add the conflict or correct the id"
)
def _article_conflict(sources: Sources) -> Iterator[Finding]:
    known = {entry.record.conflict_id for entry in sources.conflicts}
    for entry in sources.articles:
        if entry.record.conflict_id not in known:
            yield Finding(entry.at("conflict_id"), entry.record.conflict_id)


@BOOK.rule("article-actor-unknown", expected="an actor that has a file", remedy="Add the actor or correct the id")
def _article_actor(sources: Sources) -> Iterator[Finding]:
    for entry in sources.articles:
        for index, actor_id in enumerate(entry.record.actor_ids):
            if actor_id not in sources.actors_by_id:
                yield Finding(entry.at("actors", index), actor_id)


@BOOK.rule("article-list-repeated", expected="each actor and proposition once", remedy="Remove the repetition")
def _article_list(sources: Sources) -> Iterator[Finding]:
    for entry in sources.articles:
        for name, ids in (("actors", entry.record.actor_ids), ("propositions", entry.record.proposition_ids)):
            for listed, count in Counter(ids).items():
                if count > 1:
                    yield Finding(entry.at(name), listed)


@BOOK.rule(
    "article-proposition-unknown",
    expected="a proposition of the conflict's file",
    remedy="Add the proposition or correct the id",
)
def _article_proposition(sources: Sources) -> Iterator[Finding]:
    for entry in sources.articles:
        for index, proposition_id in enumerate(entry.record.proposition_ids):
            if proposition_id not in sources.propositions_by_id:
                yield Finding(entry.at("propositions", index), proposition_id)


@BOOK.rule(
    "article-proposition-foreign",
    expected="a proposition of the article's own conflict",
    remedy="List a proposition of this conflict, or move the article",
)
def _article_proposition_foreign(sources: Sources) -> Iterator[Finding]:
    for entry in sources.articles:
        for index, proposition_id in enumerate(entry.record.proposition_ids):
            proposition = sources.propositions_by_id.get(proposition_id)
            if proposition is not None and proposition.conflict_id != entry.record.conflict_id:
                yield Finding(entry.at("propositions", index), proposition_id)


@BOOK.rule("cluster-unknown", expected="the id of an article", remedy="Name the first article of the cluster")
def _cluster(sources: Sources) -> Iterator[Finding]:
    for entry in sources.articles:
        if entry.record.cluster_id not in sources.articles_by_id:
            yield Finding(entry.at("cluster_id"), entry.record.cluster_id)


@BOOK.rule(
    "proposition-actor-unknown",
    expected="null or an actor that has a file",
    remedy="Add the actor or correct the id",
)
def _proposition_actor(sources: Sources) -> Iterator[Finding]:
    for entry in sources.propositions:
        for name in ("intervener", "beneficiary"):
            actor_id = getattr(entry.record, name)
            if actor_id is not None and actor_id not in sources.actors_by_id:
                yield Finding(entry.at(name), actor_id)


@BOOK.rule(
    "proposition-broader-unknown",
    expected="null or a proposition of the same conflict",
    remedy="Add the broader proposition or correct the id",
)
def _broader(sources: Sources) -> Iterator[Finding]:
    for entry in sources.propositions:
        broader = entry.record.broader
        above = sources.propositions_by_id.get(broader) if broader else None
        if broader and (above is None or above.conflict_id != entry.record.conflict_id):
            yield Finding(entry.at("broader"), broader)


@BOOK.rule(
    "proposition-cycle", expected="a tree", remedy="Cut the cycle: the broadest proposition has broader: null"
)
def _cycle(sources: Sources) -> Iterator[Finding]:
    for entry in sources.propositions:
        above = ancestors(entry.record.proposition_id, sources.propositions_by_id)
        if entry.record.proposition_id in above:
            yield Finding(entry.at("broader"), entry.record.proposition_id, " < ".join(above))


# -- splits ---------------------------------------------------------------------------------------------


@BOOK.rule("split-article-unknown", expected="the id of an article", remedy="Correct the id or remove the line")
def _split_unknown(sources: Sources) -> Iterator[Finding]:
    for listed in sources.splits.values():
        for article_id, where in listed:
            if article_id not in sources.articles_by_id:
                yield Finding(where, article_id)


@BOOK.rule("split-article-twice", expected="each article in one split", remedy="Remove one of the two lines")
def _split_twice(sources: Sources) -> Iterator[Finding]:
    first: dict[str, Location] = {}
    for listed in sources.splits.values():
        for article_id, where in listed:
            if article_id in first:
                yield Finding(where, article_id, f"First listed at {first[article_id]}")
            first.setdefault(article_id, where)


@BOOK.rule(
    "split-article-missing", expected="each article in a split", remedy="Add the id to its conflict's split"
)
def _split_missing(sources: Sources) -> Iterator[Finding]:
    listed = {article_id for lines in sources.splits.values() for article_id, _ in lines}
    for entry in sources.articles:
        if entry.record.article_id not in listed:
            yield Finding(entry.at("article_id"), entry.record.article_id)


def _cut(sources: Sources, group_field: str) -> Iterator[Finding]:
    first: dict[str, tuple[Split, Location]] = {}
    for split, listed in sources.splits.items():
        for article_id, where in listed:
            article = sources.articles_by_id.get(article_id)
            if article is None:
                continue
            group = getattr(article, group_field)
            before = first.setdefault(group, (split, where))
            if before[0] is not split:
                yield Finding(where, f"{group} in {split}", f"Also in {before[0]}, at {before[1]}")


@BOOK.rule("split-conflict-cut", expected="whole conflicts in one split", remedy="Move the article to that split")
def _conflict_cut(sources: Sources) -> Iterator[Finding]:
    yield from _cut(sources, "conflict_id")


@BOOK.rule("split-cluster-cut", expected="near-duplicates in one split", remedy="Move the article to that split")
def _cluster_cut(sources: Sources) -> Iterator[Finding]:
    yield from _cut(sources, "cluster_id")


# -- labels ---------------------------------------------------------------------------------------------


@BOOK.rule(
    "coder-unknown", expected="a coder of annotations/coders.yaml", remedy="Add the coder or correct the id"
)
def _coder(sources: Sources) -> Iterator[Finding]:
    known = {entry.record.coder_id for entry in sources.coders}
    for judgement in sources.judgements:
        if judgement.record.coder_id not in known:
            yield Finding(judgement.at("coder_id"), judgement.record.coder_id)
    for decision in sources.decisions:
        if decision.record.decided_by not in known:
            yield Finding(decision.at("decided_by"), decision.record.decided_by)


@BOOK.rule(
    "label-kind",
    expected="the kind that annotations/coders.yaml gives the coder",
    remedy="Correct the one that is wrong; a model's label is never human",
)
def _label_kind(sources: Sources) -> Iterator[Finding]:
    kinds = {entry.record.coder_id: entry.record.kind for entry in sources.coders}
    for entry in sources.labelled:
        coder = entry.record.coder_id if isinstance(entry.record, Judgement) else entry.record.decided_by
        if coder in kinds and entry.record.kind is not kinds[coder]:
            yield Finding(entry.at("kind"), f"{coder}: {entry.record.kind.value}")


@BOOK.rule(
    "codebook-unknown",
    expected="a version under annotations/codebook",
    remedy="Add the codebook or correct the version",
)
def _codebook(sources: Sources) -> Iterator[Finding]:
    for entry in sources.labelled:
        if entry.record.codebook_version not in sources.codebooks:
            yield Finding(entry.at("codebook_version"), entry.record.codebook_version)


@BOOK.rule(
    "unit-unknown",
    expected="an actor and a proposition that the article lists",
    remedy="List them in the article's front matter, or remove the line",
)
def _unit(sources: Sources) -> Iterator[Finding]:
    known = {key for entry in sources.articles for key in units_of(entry.record)}
    for entry in sources.labelled:
        if entry.record.key not in known:
            yield Finding(entry.at("article_id"), " / ".join(entry.record.key))


@BOOK.rule(
    "unit-uncoded",
    expected="a judgement of every unit",
    remedy="Have it coded; a release leaves it out until then",
    severity="warning",
)
def _uncoded(sources: Sources) -> Iterator[Finding]:
    coded = {entry.record.key for entry in sources.judgements}
    for entry in sources.articles:
        missing = [key for key in units_of(entry.record) if key not in coded]
        if missing:
            yield Finding(entry.at("actors"), f"{len(missing)} units without a judgement", " / ".join(missing[0]))


@BOOK.rule(
    "judgement-repeated",
    expected="one judgement per coder and unit",
    remedy="Keep the one that the coder stands by",
)
def _judgement_repeated(sources: Sources) -> Iterator[Finding]:
    seen: set[tuple[str, ...]] = set()
    for entry in sources.judgements:
        key = (*entry.record.key, entry.record.coder_id)
        if key in seen:
            yield Finding(entry.at("coder_id"), " / ".join(key))
        seen.add(key)


@BOOK.rule("decision-repeated", expected="one decision per unit", remedy="Keep the one that stands")
def _decision_repeated(sources: Sources) -> Iterator[Finding]:
    seen: set[tuple[str, ...]] = set()
    for entry in sources.decisions:
        if entry.record.key in seen:
            yield Finding(entry.at("article_id"), " / ".join(entry.record.key))
        seen.add(entry.record.key)


@BOOK.rule(
    "decision-judgement-unknown",
    expected="exactly the judgements of the unit",
    remedy="Name the ids of the judgements that were decided on",
)
def _decision_from(sources: Sources) -> Iterator[Finding]:
    by_unit = sources.judgements_by_unit()
    for entry in sources.decisions:
        known = {judged.record.judgement_id for judged in by_unit.get(entry.record.key, [])}
        if set(entry.record.from_judgements) != known:
            yield Finding(entry.at("from_judgements"), ", ".join(entry.record.from_judgements) or "none")


@BOOK.rule(
    "decision-missing",
    expected="a decision wherever coders differ",
    remedy="Adjudicate the unit in annotations/adjudicated",
)
def _decision_missing(sources: Sources) -> Iterator[Finding]:
    decided = {entry.record.key for entry in sources.decisions}
    for key, entries in sources.judgements_by_unit().items():
        if key not in decided and majority([entry.record for entry in entries]) is None:
            yield Finding(entries[0].at("article_id"), " / ".join(key))


@BOOK.rule(
    "decision-needless",
    expected="decisions only where coders differ",
    remedy="Remove the decision, or say in its reason why agreement was overruled",
    severity="warning",
)
def _decision_needless(sources: Sources) -> Iterator[Finding]:
    by_unit = sources.judgements_by_unit()
    for entry in sources.decisions:
        judgements = [judged.record for judged in by_unit.get(entry.record.key, [])]
        if judgements and len({judgement.label_values for judgement in judgements}) == 1:
            yield Finding(entry.at("article_id"), " / ".join(entry.record.key))


@BOOK.rule("export-missing", expected="a file under annotations/exports", remedy="Add the raw export")
def _export_missing(sources: Sources) -> Iterator[Finding]:
    for entry in _one_per_export(sources):
        # A private export holds the text of a bring-your-own article; only who pulled it has it.
        private = entry.record.export.file.startswith(PRIVATE_EXPORTS)
        if not private and not (sources.root / "annotations" / "exports" / entry.record.export.file).is_file():
            yield Finding(entry.at("export"), entry.record.export.file)


@BOOK.rule(
    "export-altered",
    expected="the export as it was pulled: the sha256 that the labels name",
    remedy="Restore the file; exports are never edited",
)
def _export_altered(sources: Sources) -> Iterator[Finding]:
    for entry in _one_per_export(sources):
        path = sources.root / "annotations" / "exports" / entry.record.export.file
        if path.is_file() and sha256_file(path) != entry.record.export.sha256:
            yield Finding(entry.at("export"), sha256_file(path), entry.record.export.file)


def _one_per_export(sources: Sources) -> Iterator[Entry[Judgement] | Entry[Decision]]:
    seen: set[tuple[str, str]] = set()
    for entry in sources.labelled:
        export = (entry.record.export.file, entry.record.export.sha256)
        if export not in seen:
            seen.add(export)
            yield entry
