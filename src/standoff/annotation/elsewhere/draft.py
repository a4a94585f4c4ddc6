"""The first draft of a map: what an export holds, what resolves by itself, and what a person has to decide."""

from __future__ import annotations

import json
from collections import Counter
from difflib import get_close_matches
from typing import TYPE_CHECKING

from standoff.annotation.elsewhere.dna import WRITTEN
from standoff.annotation.elsewhere.doccano import counts_differ
from standoff.annotation.elsewhere.mapping import Resolver, known_values
from standoff.errors import shorten
from standoff.records import DETAIL_FIELDS, Confidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from standoff.annotation.elsewhere.foreign import Document, Foreign, Statement
    from standoff.annotation.elsewhere.mapping import Map
    from standoff.corpus.sources import Sources

USUAL: dict[str, tuple[str, ...]] = {
    "actor": ("actor", "organization", "person"),
    "proposition": ("proposition", "concept"),
    "stance": ("stance", "agreement"),
    **{name: (name,) for name in (*DETAIL_FIELDS, "confidence")},
    "note": ("note", "comments"),
    "coder": ("coder",),
}
"""The names that columns and features of each kind usually have; DNA's example variables among them."""

HEAD = """\
# A draft: each "" is a decision to take, and a line that is wrong is to be corrected. What stays "" is not brought
# in, and reported.
"""


def draft_map(sources: Sources, exports: Sequence[Foreign], given: Map, *, texts: Mapping[str, str]) -> str:
    """Return a map in TOML with every name of the exports in it.

    Args:
        sources: The checked sources.
        exports: The files, read.
        given: The map so far: at least the tool; its decisions are taken over.
        texts: The texts of articles by id: a document with the same words needs no decision.
    """
    return "\n".join(_Draft(sources, exports, given, texts).lines()) + "\n"


class _Draft:
    """One draft."""

    def __init__(self, sources: Sources, exports: Sequence[Foreign], given: Map, texts: Mapping[str, str]) -> None:
        self.sources, self.exports = sources, exports
        self.statements = [one for foreign in exports for one in foreign.statements]
        self.columns = Counter(name for one in self.statements for name in one.values if name != "span")
        fields = self._usual() | {str(target): source for target, source in given.fields.items()}
        self.map = given.model_copy(update={"fields": fields})
        self.resolver = Resolver(self.map, sources, texts)

    def _usual(self) -> dict[str, str | list[str]]:
        found: dict[str, str | list[str]] = {}
        for target, names in USUAL.items():
            here = [name for name in names if name in self.columns]
            if here:
                found[target] = here[0] if len(here) == 1 else here
        if "label" in self.columns and "stance" not in found:
            labels = {one.values["label"] for one in self.statements if "label" in one.values}
            found["stance" if labels <= known_values("stance").keys() else "label"] = "label"
        return found

    def lines(self) -> Iterator[str]:
        """Yield the lines of the map."""
        yield HEAD
        yield f"tool = {_quoted(self.map.tool)}"
        if self.map.layer:
            yield f"layer = {_quoted(self.map.layer)}"
        if self.map.tool == "doccano":
            texts = [one.text or "" for foreign in self.exports for one in foreign.documents.values()]
            needed = any(map(counts_differ, texts))
            why = (
                "needed: utf-16 (coded in doccano) or code-points (uploaded)"
                if needed
                else "makes no difference here"
            )
            yield f"offsets = {_quoted(self.map.offsets)}  # {why}"
            yield f"evidence = {_quoted(self.map.evidence)}  # the end of a relation that shows the stance"
        yield "\n[fields]  # which column or feature holds what; of several, the first that is not empty"
        for target, source in self.map.fields.items():
            yield f"{target} = {json.dumps(source, ensure_ascii=False)}"
        for name in sorted(self.columns.keys() - self.map.used):
            yield f"# no place: {shorten(name)}, {self.columns[name]} values"
        yield "\n[always]  # what holds for the whole export"
        for target, value in self.map.always.items():
            yield f"{target} = {_quoted(value)}"
        if "confidence" not in self.map.always and "confidence" not in self.map.fields:
            yield f'# confidence = ""  # every judgement has one: {", ".join(Confidence)}'
        yield from self._documents()
        yield from self._values("actors", "actor", {**self.resolver.actors, **self.map.actors})
        yield from self._values(
            "propositions", "proposition", {**self.resolver.propositions, **self.map.propositions}
        )
        yield from self._values("stances", "stance", known_values("stance") | self.map.stances)
        for name in (*DETAIL_FIELDS, "confidence"):
            if self.map.sources_of(name):  # type: ignore[arg-type]  # details are targets
                yield from self._values(
                    f"details.{name}", name, known_values(name) | self.map.details.get(name, {})
                )
        yield from self._labels()
        yield from self._coders()

    def _documents(self) -> Iterator[str]:
        yield "\n[documents]"
        counts = Counter(one.document for one in self.statements)
        titles: dict[str, list[str]] = {}
        for key, article in self.sources.articles_by_id.items():
            titles.setdefault(article.title.translate(WRITTEN), []).append(key)
        for document in _documents(self.exports):
            article_id, comment = self.resolver.article_id(document), ""
            same = titles.get(document.title.translate(WRITTEN), [])
            if article_id is None and document.name not in self.map.documents and len(same) == 1:
                article_id, comment = same[0], "; only the title is the same: check"
            n = counts[document.name]
            yield _line(document.name, article_id, f"{shorten(document.title, 60)}, {_n(n)}{comment}")

    def _values(self, table: str, target: str, known: Mapping[str, str]) -> Iterator[str]:
        yield f"\n[{table}]"
        counts: Counter[str] = Counter()
        for one in self.statements:
            value = _first(one, self.map.sources_of(target))  # type: ignore[arg-type]  # tables are of targets
            if value is not None:
                counts[value] += 1
        for value, count in sorted(counts.items()):
            near = get_close_matches(value, known, n=2)
            hint = f"; near: {', '.join(map(shorten, near))}" if near and not known.get(value) else ""
            yield _line(value, known.get(value), _n(count) + hint)

    def _labels(self) -> Iterator[str]:
        counts = Counter(_first(one, self.map.sources_of("label")) for one in self.statements)
        counts.pop(None, None)
        if counts:
            yield "\n[labels]  # what each label says; leave out what other fields say"
        for label, count in sorted(counts.items(), key=lambda item: str(item[0])):
            told = self.map.labels.get(str(label), {"actor": "", "proposition": "", "stance": ""})
            pairs = ", ".join(f"{name} = {_quoted(value)}" for name, value in told.items())
            yield f"{_quoted(str(label))} = {{ {pairs} }}  # {_n(count)}"

    def _coders(self) -> Iterator[str]:
        yield "\n[coders]"
        names = Counter(_first(one, self.map.sources_of("coder")) or one.coder for one in self.statements)
        for name, count in sorted((name, count) for name, count in names.items() if name):
            coder_id = self.resolver.coder_id(name)
            yield _line(name, coder_id if coder_id in self.resolver.coders else None, _n(count))
        if names[None]:
            yield f"# {_n(names[None])} without a name: pass --coder"


def _documents(exports: Iterable[Foreign]) -> list[Document]:
    found = {name: document for foreign in exports for name, document in foreign.documents.items()}
    return [found[name] for name in sorted(found)]


def _first(statement: Statement, names: Iterable[str]) -> str | None:
    return next((value for name in names if (value := statement.values.get(name, "").strip())), None)


def _line(name: str, value: str | None, comment: str) -> str:
    return f"{_quoted(name)} = {_quoted(value or '')}  # {comment if value else f'decide: {comment}'}"


def _n(count: int) -> str:
    return f"{count} statement" + ("" if count == 1 else "s")


def _quoted(text: str) -> str:
    """Return a TOML string; JSON's are, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
