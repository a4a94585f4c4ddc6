"""Checking the sources: levels 1 format, 2 references, 3 content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from standoff.corpus import content_labels, reader, references
from standoff.corpus.incidents import Report, Rule

if TYPE_CHECKING:
    from pathlib import Path

    from standoff.corpus.sources import Sources

# content_labels enters its rules in the book of level 3 when it is imported.
BOOKS = (reader.BOOK, references.BOOK, content_labels.BOOK)
RULES: dict[str, Rule] = {rule_id: rule for book in BOOKS for rule_id, rule in book.rules.items()}


def check(root: Path, *, level: Literal[1, 2, 3] = 3) -> Report:
    """Read and check the sources under ``root`` up to ``level``; see :func:`check_sources`.

    Raises:
        NotFoundError: ``root`` holds no sources.
    """
    return check_sources(reader.read_sources(root), level=level)


def check_sources(sources: Sources, *, level: Literal[1, 2, 3] = 3) -> Report:
    """Check what was read, up to ``level``.

    A level runs only if the ones below found no error: a record that could not be read would otherwise be
    reported again by everything that refers to it.
    """
    incidents, reached = list(sources.incidents), 1
    for book in BOOKS[1:level]:
        if any(incident.severity == "error" for incident in incidents):
            break
        incidents += book.run(sources)
        reached = book.level
    return Report(tuple(incidents), level=level, reached=reached, counts=sources.counts())
