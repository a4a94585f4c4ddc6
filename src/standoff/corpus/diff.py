"""What changed between two releases, and how large a version step that needs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from standoff.corpus.tables import SCHEMAS
from standoff.errors import NotFoundError

if TYPE_CHECKING:
    from pathlib import Path

KEYS = {
    "stance": "unit_id",
    "judgements": "judgement_id",
    "articles": "article_id",
    "actors": "actor_id",
    "propositions": "proposition_id",
}

Rows = dict[str, dict[str, list[dict[str, Any]]]]


class Bump(IntEnum):
    """Version steps. MAJOR: labels edited, removed or re-split. MINOR: added. PATCH: the same data."""

    PATCH = 0
    MINOR = 1
    MAJOR = 2


@dataclass(frozen=True, slots=True)
class ConfigDiff:
    """The keys of one config that were added, removed, moved to another split, or changed, with the columns."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    moved: tuple[str, ...]
    changed: dict[str, tuple[str, ...]]

    @property
    def bump(self) -> Bump:
        """The version step this needs."""
        if self.removed or self.moved or self.changed:
            return Bump.MAJOR
        return Bump.MINOR if self.added else Bump.PATCH


@dataclass(frozen=True, slots=True)
class ReleaseDiff:
    """The differences of each config."""

    configs: dict[str, ConfigDiff]

    @property
    def bump(self) -> Bump:
        """The largest step that any config needs."""
        return max(config.bump for config in self.configs.values())

    def to_json(self) -> dict[str, Any]:
        """Return the differences as JSON-ready values."""
        return {
            "bump": self.bump.name,
            "configs": {
                name: {
                    "added": list(diff.added),
                    "removed": list(diff.removed),
                    "moved": list(diff.moved),
                    "changed": {key: list(columns) for key, columns in diff.changed.items()},
                }
                for name, diff in self.configs.items()
            },
        }


def read_rows(folder: Path) -> Rows:
    """Return the rows of a release folder: ``rows[config][split]``.

    Raises:
        NotFoundError: The folder holds no release.
    """
    found: Rows = {}
    for config in SCHEMAS:
        paths = sorted((folder / "data" / config).glob("*.parquet"))
        if not paths:
            raise NotFoundError("holds no release", where=folder, expected=f"data/{config}/*.parquet")
        found[config] = {path.stem: pq.read_table(path).to_pylist() for path in paths}
    return found


def compare(before: Rows, after: Rows) -> ReleaseDiff:
    """Return the differences between two releases' rows."""
    return ReleaseDiff({config: _compare(before[config], after[config], key) for config, key in KEYS.items()})


def _compare(
    before: dict[str, list[dict[str, Any]]], after: dict[str, list[dict[str, Any]]], key: str
) -> ConfigDiff:
    old = {row[key]: (split, row) for split, rows in before.items() for row in rows}
    new = {row[key]: (split, row) for split, rows in after.items() for row in rows}
    both = sorted(old.keys() & new.keys())
    changed = {}
    for item in both:
        was, now = old[item][1], new[item][1]
        columns = tuple(name for name in dict.fromkeys((*now, *was)) if was.get(name) != now.get(name))
        if columns:
            changed[item] = columns
    return ConfigDiff(
        added=tuple(sorted(new.keys() - old.keys())),
        removed=tuple(sorted(old.keys() - new.keys())),
        moved=tuple(item for item in both if old[item][0] != new[item][0]),
        changed=changed,
    )
