r"""WebAnno TSV 3.2 and 3.3, which INCEpTION and WebAnno export: one file per document and user.

The header names the layers and their features, each a column. A sentence is its text in ``#Text=`` lines, then a
line per token: ``1-3``, its offsets, the token, the columns; parts of a token have lines of their own, ``1-3.1``.
``_`` is no annotation, ``*`` one without a value, ``|`` parts stacked annotations, and ``[7]`` marks the lines of
one annotation. Offsets count UTF-16 units. What stands between sentences is not in the file, only how long it is:
it is read as a line end and spaces. A backslash escapes.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from standoff.annotation.elsewhere.foreign import Document, Foreign, Statement, utf16_offsets
from standoff.errors import InputError
from standoff.files import read_bytes, read_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

VERSIONS = ("3.2", "3.3")
FOLDERS = ("annotation", "curation")
"""In an exported project the files of a document are in a folder of its name, below one of these."""

TEXT_ESCAPES = {"t": "\t", "n": "\n", "f": "\f", "r": "\r", "b": "\b", "\\": "\\"}
VALUE_ESCAPES = {"t": "\t", "n": "\n", **{mark: mark for mark in "\\[]|_;*-"}}
# Backslash and "->" are escaped as one, so "\->" has lost its backslash when "\-" has.

SUFFIXED = re.compile(r"((?:[^\\\[]|\\.)*)\[(\d+)\]", re.DOTALL)
UNIT = re.compile(r"\d+-\d+(?:\.\d+)?")
RANGE = re.compile(r"(\d+)-(\d+)")


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of the header: its kind, name, columns as the header names them, and the number of the first."""

    kind: str
    name: str
    features: tuple[str, ...]
    column: int


@dataclass(slots=True)
class _Annotation:
    """A span annotation while its lines are read; offsets in UTF-16 units."""

    name: str
    layer: Layer
    line: int
    start: int
    end: int
    values: dict[str, str] = field(default_factory=dict)
    links: bool = False


def read_webanno(path: Path, *, layer: str | None = None) -> Foreign:
    """Read the annotations of one user on one document.

    Args:
        path: The file.
        layer: The span layer whose annotations are statements; when not given the only custom one (of those
            that the header names, ``webanno.custom.…``). Other annotations are losses.

    Raises:
        InputError: Another format or version, a header that is none, a line that was cut off, or offsets that do
            not fit the text.
        NotFoundError: No such file.
    """
    reader = _Reader(path)
    chosen = _chosen(path, reader.layers, layer)
    name, coder = _names(path)
    found = Foreign(path, read_bytes(path))
    text, annotations = reader.read(found)
    at = utf16_offsets(text)
    found.documents[name] = Document(name, title=text[:60], text=text)
    for annotation in annotations:
        start, end = at[annotation.start], at[annotation.end]
        if annotation.links:
            found.lose("relation-dropped", annotation.line, f"slots of {annotation.name}")
        if annotation.layer != chosen:
            found.lose("type-unmapped", annotation.line, f"{annotation.layer.name} {annotation.name}")
            continue
        values = {**annotation.values, "span": text[start:end]}
        found.statements.append(Statement(annotation.name, annotation.line, name, values, coder, start, end))
    return found


def _names(path: Path) -> tuple[str, str | None]:
    """Return the document's name and the coder's, None where the file is named after the document."""
    folders = path.absolute().parents
    for folder, document in itertools.pairwise(reversed(folders[:3])):
        if folder.name in FOLDERS:
            return document.name, path.stem
    return path.stem, None


def _chosen(path: Path, layers: Sequence[Layer], wanted: str | None) -> Layer:
    spans = [layer for layer in layers if layer.kind == "SP"]
    custom = [layer for layer in spans if layer.name.startswith("webanno.custom.")]
    found = [layer for layer in spans if layer.name == wanted] if wanted else custom
    if len(found) != 1:
        raise InputError(
            f"has no span layer {wanted}" if wanted else "does not have one custom span layer",
            where=path,
            got=", ".join(layer.name for layer in spans) or "no span layer",
            remedy='name the layer that holds the stances in the map: layer = "webanno.custom.…"',
        )
    return found[0]


class _Reader:
    """One pass over the lines."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines = [line.removesuffix("\r") for line in read_text(path).split("\n")]
        self.line = 0
        self.layers = self._header()
        self.columns = 3 + sum(len(layer.features) for layer in self.layers)
        self.text, self.units, self.last = "", 0, (0, 0)
        self.known: dict[str, _Annotation] = {}
        self.made: list[_Annotation] = []

    def _wrong(self, what: str, got: object = None, expected: str | None = None) -> InputError:
        remedy = "export the document again, as WebAnno TSV v3.3"
        return InputError(what, where=f"{self.path}:{self.line}", got=got, expected=expected, remedy=remedy)

    def _header(self) -> list[Layer]:
        self.line = 1
        name, _, version = self.lines[0].removeprefix("#FORMAT=").rpartition(" ")
        if not self.lines[0].startswith("#FORMAT=") or name != "WebAnno TSV" or version not in VERSIONS:
            raise self._wrong(
                "is not WebAnno TSV of a version that can be read",
                self.lines[0],
                " or ".join(f"#FORMAT=WebAnno TSV {version}" for version in VERSIONS),
            )
        layers: list[Layer] = []
        column = 3
        for line in self.lines[1:]:
            self.line += 1
            if not line.strip():
                break
            match = re.fullmatch(r"#T_(SP|CH|RL)=([^|]+)(.*)", line)
            if match is None:
                raise self._wrong("is no layer", line, "#T_SP=, #T_CH= or #T_RL=, a layer, |, its features")
            # A layer without features has a column all the same, and a | behind its name.
            features = tuple(name for name in match[3].split("|") if name) or ("",)
            layers.append(Layer(match[1], match[2], features, column))
            column += len(features)
        return layers

    def read(self, found: Foreign) -> tuple[str, list[_Annotation]]:
        """Return the document's text and the span annotations in the order of their first lines."""
        sentence: list[str] = []
        tokens: list[tuple[int, list[str]]] = []
        for number, line in enumerate(self.lines[self.line :], start=self.line + 1):
            self.line = number
            if line.startswith("#Text=") and not tokens:
                sentence.append(_unescape(line.removeprefix("#Text="), TEXT_ESCAPES))
            elif line.startswith("#Sentence.id=") and not tokens:
                continue
            elif not line:
                self._sentence(sentence, tokens, found)
                sentence, tokens = [], []
            else:
                tokens.append((number, self._cells(line)))
        self._sentence(sentence, tokens, found)
        if not self.text:
            raise self._wrong("holds no sentence")
        return self.text, self.made

    def _cells(self, line: str) -> list[str]:
        cells = line.split("\t")
        if len(cells) == self.columns + 1 and not cells[-1]:
            cells.pop()  # INCEpTION ends each line with a tab, other writers do not
        if len(cells) != self.columns or not UNIT.fullmatch(cells[0]) or not RANGE.fullmatch(cells[1]):
            raise self._wrong("is cut off or no token", line, f"{self.columns} columns: 1-1, 0-4, the token, …")
        return cells

    def _sentence(self, texts: list[str], tokens: list[tuple[int, list[str]]], found: Foreign) -> None:
        if not texts and not tokens:
            return
        if not texts or not tokens:
            self.line = tokens[0][0] if tokens else self.line
            raise self._wrong(
                "is a sentence without its #Text= line" if tokens else "is a sentence without tokens"
            )
        self.line = tokens[0][0]
        begin = int(tokens[0][1][1].split("-")[0])
        if begin < self.units:
            raise self._wrong("starts before the last sentence ends", begin, f"{self.units} or more")
        if begin > self.units:
            gap = begin - self.units
            self.text += ("\n" if self.text else " ") + " " * (gap - 1)
        text = "\n".join(texts)
        at = {begin + units: index for units, index in utf16_offsets(text).items()}
        for number, cells in tokens:
            self.line = number
            start, end = map(int, cells[1].split("-"))
            token = text[at[start] : at[end]] if start in at and end in at else None
            if token is None or cells[2] not in {token, _escaped(token)}:
                raise self._wrong(
                    "has offsets that do not fit the text, in UTF-16 units", cells[1], f"{cells[2]!r} there"
                )
            self._annotate(number, cells, start, end, found)
        self.text += text
        self.units = max(at)

    def _annotate(self, number: int, cells: list[str], start: int, end: int, found: Foreign) -> None:
        for layer in self.layers:
            columns = cells[layer.column : layer.column + len(layer.features)]
            if layer.kind != "SP":
                if any(cell != "_" for cell in columns):
                    found.lose("relation-dropped", number, f"{layer.name} at {cells[0]}")
                continue
            stacks = [[] if cell == "_" else _split(cell, "|") for cell in columns]
            for index in range(max(map(len, stacks))):
                parts = [stack[index] if index < len(stack) else None for stack in stacks]
                made = _Annotation(f"{cells[0]}/{index + 1}", layer, number, start, end)
                self._part(made, [_suffix(part) for part in parts])

    def _part(self, made: _Annotation, pairs: list[tuple[str | None, str | None]]) -> None:
        """Keep an annotation with these (value, number in brackets), or widen the one of that number."""
        columns = list(zip(made.layer.features, pairs, strict=True))
        # The brackets of a slot's target name the target, not the annotation.
        mark = next((mark for feature, (_, mark) in columns if mark and not _is_target(feature)), None)
        known = self.known.get(mark) if mark else None
        if known is not None and known.layer == made.layer:
            known.end = max(known.end, made.end)  # lines come in the order of the text
            return
        for feature, (value, _) in columns:
            if value is None or value in {"", "_", "*"}:
                continue
            if feature.startswith("ROLE_") or _is_target(feature):
                made.links = True
            elif feature:
                made.values[feature] = _unescape(value, VALUE_ESCAPES)
        self.made.append(made)
        if mark:
            made.name = f"{made.name.split('/')[0]}[{mark}]"
            self.known[mark] = made


def _is_target(feature: str) -> bool:
    """Return whether a column holds a slot's targets: it is called after their type, which has dots."""
    return "." in feature and not feature.startswith("ROLE_")


def _suffix(part: str | None) -> tuple[str | None, str | None]:
    """Return a value, and the number in brackets behind it."""
    match = SUFFIXED.fullmatch(part or "")
    return (match[1], match[2]) if match else (part, None)


def _split(cell: str, mark: str) -> list[str]:
    """Split at each ``mark`` that no backslash escapes."""
    return ["".join(part) for part in _parts(cell, mark)]


def _parts(cell: str, mark: str) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for piece in re.findall(r"\\.|[^\\]|\\$", cell, re.DOTALL):
        if piece == mark:
            found.append([])
        else:
            found[-1].append(piece)
    return found


def _unescape(text: str, escapes: dict[str, str]) -> str:
    def plain(match: re.Match[str]) -> str:
        if match[1] in escapes:
            return escapes[match[1]]
        return match[1] if escapes is TEXT_ESCAPES and ord(match[1]) < 32 else match[0]

    return re.sub(r"\\(.)", plain, text, flags=re.DOTALL)


def _escaped(token: str) -> str:
    return re.sub(r"->|[\\\[\]|_;*]", lambda match: "\\" + match[0], token)
