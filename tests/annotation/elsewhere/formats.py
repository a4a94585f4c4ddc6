"""The files of other tools as those tools write them, with made-up contents.

Written from their sources, apart from the code under test: DNA's ``Exporter.eventCSV``, doccano's formatters and
``to_json``, and INCEpTION's ``Tsv3XSerializer`` with its ``Escaping``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from standoff.corpus.reader import read_sources
from standoff.records import Article

HARBOUR = "norland-2001-harbour"
TROOPS = "norland-2001-troops"
PLEA = "has asked her western neighbour for two battalions to hold the harbour of Havn"
GIFT = "Westland would send soldiers for ninety days if the union of coastal states gave it a mandate"
REFUSAL = "The country should keep out of the war next door altogether"

DNA_COLUMNS = '"statement ID";"time";"document ID";"document title";"author";"source";"section";"type";"text"'


def article(root: Path, article_id: str = HARBOUR) -> Article:
    return read_sources(root).articles_by_id[article_id]


# -- DNA ------------------------------------------------------------------------------------------------


def dna_text(text: str) -> str:
    return '"' + text.replace(";", ",").replace('"', "'") + '"'


def dna_row(number: int, quote: str, document: tuple[int, str] = (7, "A plea"), **values: str | int) -> str:
    """One row; texts are quoted and whole numbers are not."""
    cells = [str(number), "2001-03-04 00:00:00", str(document[0])]
    cells += [dna_text(text) for text in (document[1], "", "Example Wire", "", "", quote)]
    cells += [str(value) if isinstance(value, int) else dna_text(value) for value in values.values()]
    return ";".join(cells)


def dna(rows: Iterable[str], variables: Sequence[str] = ("person", "organization", "concept", "agreement")) -> str:
    """An event list; there is no line end after the last row."""
    head = DNA_COLUMNS + "".join(f';"{name}"' for name in variables)
    return "\n".join([head, *rows])


def said(number: int, quote: str, actor: str = "Westland", agreement: int = 1, **more: Any) -> str:
    return dna_row(
        number, quote, person="", organization=actor, concept="Send troops", agreement=agreement, **more
    )


# -- doccano --------------------------------------------------------------------------------------------


def doccano(examples: Iterable[Mapping[str, Any]]) -> str:
    """JSONL as pandas writes it: Unicode kept, slashes escaped."""
    lines = [json.dumps(one, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/") for one in examples]
    return "\n".join(lines) + "\n"


# -- WebAnno TSV ----------------------------------------------------------------------------------------


def units(text: str) -> int:
    """The length of a text for Java."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def escape_value(value: str) -> str:
    for mark in ("\\", "[", "]", "|", "_", "->", ";", "*"):
        value = value.replace(mark, "\\" + mark)
    return value.replace("\t", "\\t").replace("\n", "\\n")


def escape_text(text: str) -> str:
    text = text.replace("\\", "\\\\")
    return text.replace("\t", "\\t").replace("\r", "\\r").replace("\f", "\\f").replace("\b", "\\b")


@dataclass(frozen=True)
class Span:
    """An annotation of a layer over ``text[start:end]`` (code points); no value is None."""

    layer: str
    start: int
    end: int
    values: Mapping[str, str | None] = field(default_factory=dict)


@dataclass
class Tsv:
    """A document for the writer: its text, its sentences as (start, end), and the features of each layer."""

    text: str
    sentences: Sequence[tuple[int, int]]
    layers: Mapping[str, Sequence[str]]
    spans: Sequence[Span] = ()
    version: str = "3.3"

    def write(self) -> str:
        lines = [f"#FORMAT=WebAnno TSV {self.version}"]
        lines += [f"#T_SP={name}|" + "|".join(features) for name, features in self.layers.items()]
        lines += ["", ""]
        for number, (start, end) in enumerate(self.sentences, start=1):
            lines += ["#Text=" + escape_text(line) for line in self.text[start:end].split("\n")]
            for index, (first, last) in enumerate(words(self.text, start, end), start=1):
                lines.append(self._line(f"{number}-{index}", first, last))
                cut = sorted({part for span in self.spans if (part := self._part(span, first, last))})
                lines += [
                    self._line(f"{number}-{index}.{sub}", *part, token=(first, last))
                    for sub, part in enumerate(cut, 1)
                ]
            lines.append("")
        return "\n".join(lines)

    @staticmethod
    def _part(span: Span, first: int, last: int) -> tuple[int, int] | None:
        """The part of a token that a span covers, when it is not the whole token."""
        start, end = max(span.start, first), min(span.end, last)
        return (start, end) if start < end and (start, end) != (first, last) else None

    def _line(self, name: str, start: int, end: int, token: tuple[int, int] | None = None) -> str:
        cells = [name, f"{units(self.text[:start])}-{units(self.text[:end])}", self.text[start:end]]
        for layer, features in self.layers.items():
            here = []
            for number, span in enumerate(self.spans, start=1):
                covers = span.start <= start and end <= span.end
                part = self._part(span, *token) == (start, end) if token else covers
                if span.layer == layer and part:
                    here.append((number, span))
            for feature in features or [""]:
                values = [(span.values.get(feature), number) for number, span in here]
                stack = [f"{'*' if value is None else escape_value(value)}[{number}]" for value, number in values]
                cells.append("|".join(stack) or "_")
        return "\t".join(cells) + "\t"


def words(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The tokens of a sentence: runs between white space."""
    found, at = [], start
    for word in text[start:end].split():
        at = text.index(word, at)
        found.append((at, at + len(word)))
        at += len(word)
    return found


def paragraphs(text: str) -> list[tuple[int, int]]:
    """The sentences of a document that was cut at empty lines."""
    found, at = [], 0
    for part in text.split("\n\n"):
        if part.strip():
            found.append((at + len(part) - len(part.lstrip()), at + len(part.rstrip())))
        at += len(part) + 2
    return found
