"""What an export of another tool comes to: documents, statements on them, and what could not be kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from standoff.files import sha256_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Document:
    """A text that was coded there: its name in the export, a title to know it by, its text if it is there."""

    name: str
    title: str = ""
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, span, relation or label of the other tool.

    ``values`` are its variables or features, by name, without empty ones. The words it stands on are
    ``text[start:end]`` of the document, in code points, or ``quote`` where the export has no document text; all
    three are None where the other tool marked no words.
    """

    annotation_id: str
    line: int
    document: str
    values: Mapping[str, str]
    coder: str | None = None
    start: int | None = None
    end: int | None = None
    quote: str | None = None


@dataclass(frozen=True, slots=True)
class Loss:
    """Something of an export that did not become part of a judgement; ``reason`` is a key of ``REASONS``."""

    reason: str
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}: {self.what}"


@dataclass(slots=True)
class Foreign:
    """One file of another tool, read."""

    path: Path
    data: bytes
    documents: dict[str, Document] = field(default_factory=dict)
    statements: list[Statement] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)

    @property
    def sha256(self) -> str:
        """The hash of the file."""
        return sha256_bytes(self.data)

    def where(self, line: int) -> str:
        """Return the name of a line of the file."""
        return f"{self.path.name}:{line}"

    def lose(self, reason: str, line: int, what: str) -> None:
        """Note something that is not kept."""
        self.losses.append(Loss(reason, self.where(line), what))


def utf16_offsets(text: str) -> dict[int, int]:
    """Return, for each UTF-16 offset that is no middle of a surrogate pair, the offset in code points.

    Java and JavaScript count a character above U+FFFF twice.
    """
    found, units = {0: 0}, 0
    for index, character in enumerate(text, start=1):
        units += 2 if ord(character) > 0xFFFF else 1
        found[units] = index
    return found
