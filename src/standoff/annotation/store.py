"""Where labels are kept: one file of judgements per conflict and coder, one of decisions per conflict."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from standoff.errors import RefusedError, listed
from standoff.files import read_jsonl, sha256_text, write_bytes, write_jsonl, write_text
from standoff.records import PRIVATE_EXPORTS, Decision, Judgement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from standoff.corpus.sources import Sources
    from standoff.records import Labelled, UnitKey

JUDGEMENTS = "judgements"
TIMES = frozenset({"created_at", "decided_at"})
"""What may differ between two readings of the same answer."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge did: the file of labels, its lines, and how many of them are new or changed."""

    path: Path
    lines: int
    changed: int


def judgement_id(coder_id: str, key: UnitKey) -> str:
    """Return the id of a coder's judgement of a unit."""
    return f"{coder_id}-{sha256_text('|'.join(key))[:12]}"


def judgements_file(conflict_id: str, coder_id: str) -> str:
    """Return the path of a coder's judgements below ``annotations``."""
    return f"{JUDGEMENTS}/{conflict_id}/{coder_id}.jsonl"


def decisions_file(conflict_id: str) -> str:
    """Return the path of a conflict's decisions below ``annotations``."""
    return f"adjudicated/{conflict_id}.jsonl"


def stamp(path: Path, given_at: dt.datetime | None) -> str:
    """Return when the answers in a file were given, to the second in UTC: by default when it was last changed."""
    moment = given_at or dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
    return moment.astimezone(dt.UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def keep_export(root: Path, file: str, data: bytes) -> Path:
    """Keep a file of answers, unedited, under ``annotations/exports``; return its path. One that is there stays.

    Args:
        root: The checkout.
        file: Its path below ``annotations/exports``; its name holds the first digits of its sha256. Below
            ``private/`` git is told to ignore it.
        data: Its bytes.
    """
    exports = root / "annotations" / "exports"
    if file.startswith(PRIVATE_EXPORTS) and not (ignored := exports / PRIVATE_EXPORTS / ".gitignore").is_file():
        write_text(ignored, "# Exports with texts that may not be passed on.\n*\n")
    path = exports / file
    if not path.is_file():
        write_bytes(path, data)
    return path


def require_readable(sources: Sources, name: str) -> None:
    """Raise :class:`RefusedError` when the file ``annotations/<name>`` has lines that cannot be read."""
    file = f"annotations/{name}"
    broken = [str(i) for i in sources.incidents if i.file == file and i.severity == "error"]
    if broken:
        raise RefusedError(
            f"{len(broken)} lines of this file cannot be read and would be lost:\n{listed(broken)}",
            where=sources.root / file,
            remedy="mend them first, see: standoff corpus check; nothing was written",
        )


def merge(
    sources: Sources, name: str, made: Iterable[Labelled], *, circumstances: frozenset[str] = TIMES
) -> Merged:
    """Write new labels beside those of other units that the file ``annotations/<name>`` holds, sorted by unit.

    A label that says what the stored one says is not new, and the stored one stays; the fields in
    ``circumstances`` do not count. Nothing new leaves the file as it is.

    Raises:
        RefusedError: The file has lines that cannot be read; merging would lose them.
        InputError: The same, of lines that came after the sources were read.
    """
    require_readable(sources, name)
    target = sources.root / "annotations" / name
    # The file is read anew: another coder's labels may have been merged since the sources were read. Labels of
    # units that the corpus no longer has do not stay.
    units, stored = sources.units, {one.key: one for one in _stored(target, name)}
    stored = {key: one for key, one in stored.items() if key in units}
    merged: dict[UnitKey, Labelled] = dict(stored)
    for record in made:
        before = stored.get(record.key)
        merged[record.key] = before if before is not None and _same(before, record, circumstances) else record
    changed = sum(record is not stored.get(key) for key, record in merged.items())
    write_jsonl(target, (record.to_json() for _, record in sorted(merged.items())))
    return Merged(target, lines=len(merged), changed=changed)


def _stored(path: Path, name: str) -> Iterator[Judgement | Decision]:
    model = Judgement if name.startswith(f"{JUDGEMENTS}/") else Decision
    if path.is_file():
        for number, row in read_jsonl(path):
            yield model.parse(row, where=f"{path}:{number}")


def _same(before: Labelled, after: Labelled, circumstances: frozenset[str]) -> bool:
    first, second = (record.model_dump(exclude=set(circumstances)) for record in (before, after))
    return type(before) is type(after) and first == second
