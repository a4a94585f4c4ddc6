"""What the round ``find`` yields: for each article and coder, who takes a position on what, with the words.

Kept at ``annotations/findings/<conflict>/<coder>.jsonl``, one :class:`Finding` a line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from standoff.files import read_jsonl
from standoff.records import CodebookVersion, CoderKind, Evidence, Export, Id, Line, Record, Sha256, Utc

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "annotations/findings"


class FoundStatement(Record):
    """One actor's position on one proposition. ``actor`` is an actor's id, or the name that the coder typed."""

    actor: Line
    proposition_id: Id
    evidence: Annotated[tuple[Evidence, ...], Field(min_length=1)]


class Finding(Record):
    """One coder's reading of one article: its statements, and the spans that name actors."""

    article_id: Id
    coder_id: Id
    kind: CoderKind
    statements: tuple[FoundStatement, ...]
    mentions: tuple[Evidence, ...]
    codebook_version: CodebookVersion
    created_at: Utc
    lead_time_s: Annotated[float, Field(ge=0)] | None
    export: Export
    text_sha256: Sha256


def findings_file(root: Path, conflict_id: str, coder_id: str) -> Path:
    """Return where a coder's findings in a conflict are kept."""
    return root / FOLDER / conflict_id / f"{coder_id}.jsonl"


def read_findings(root: Path, conflict_id: str) -> list[Finding]:
    """Return what all coders found in the articles of a conflict; none where nobody has looked.

    Raises:
        InputError: A line does not fit.
    """
    return [
        Finding.parse(row, where=f"{path}:{number}")
        for path in sorted((root / FOLDER / conflict_id).glob("*.jsonl"))
        for number, row in read_jsonl(path)
    ]
