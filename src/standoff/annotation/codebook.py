"""The codebook: a Markdown file per version, whose tables say what each value of each label means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from standoff.records import INVENTORIES, Confidence

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Definitions = dict[str, dict[str, str]]
"""What each value of each field means, by field and value."""


def codebook_file(root: Path, version: str) -> Path:
    """Return where a version of the codebook is kept."""
    return root / "annotations" / "codebook" / f"{version}.md"


def newest(versions: Iterable[str]) -> str:
    """Return the newest of versions such as ``v2``; ``v1`` where there is none."""
    return max(versions, key=lambda version: int(version[1:]), default="v1")


def definitions(codebook: str) -> Definitions:
    """Return what a codebook says of each value, in its order and in its words.

    A table of stances has the columns value and when; that of the details field, value and when, the field named
    in the first row of its values only. Confidence is prose: each value in backticks, then a colon.
    """
    found: Definitions = {field: {} for field in INVENTORIES}
    field = "stance"
    for line in codebook.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 2:
            field, name, when = "stance", *cells
        elif len(cells) == 3:
            field, name, when = cells[0] or field, *cells[1:]
        else:
            continue
        if (value := name.strip("`")) != name and field in INVENTORIES:
            found[field].setdefault(value, when)
    for value in Confidence:
        if match := re.search(rf"`{value}`: ([^.]+)\.", codebook):
            found["confidence"][value] = match[1]
    return found
