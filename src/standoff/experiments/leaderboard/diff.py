"""How ranks and scores moved between two leaderboards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from standoff.experiments.tables import Table, points

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ABSENT = "-"


def moves(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Table]:
    """Return a table for each board that differs: what each system had, and has.

    Boards are the same when task and split are; where the data changed, the title says so.

    Args:
        before: The older document.
        after: The newer one.
    """
    found = []
    for title, old, new in _paired(before, after):
        rows = list(_rows(_by_system(old), _by_system(new)))
        if rows or (old is None) != (new is None):
            columns = ("system", "rank before", "rank after", "score before", "score after", "moved by")
            found.append(Table(title, columns, tuple(rows)))
    return found


def _paired(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[tuple[str, Mapping[str, Any] | None, Mapping[str, Any] | None]]:
    yield "All tasks", before["overall"], after["overall"]
    boards = [{(one["task"], one["split"]): one for one in document["boards"]} for document in (before, after)]
    for key in dict.fromkeys([*boards[1], *boards[0]]):
        old, new = (one.get(key) for one in boards)
        title = ", ".join(key)
        if old is None or new is None:
            title += ": new board" if old is None else ": no such board any more"
        elif old["digest"] != new["digest"]:
            title += f": other data (version {old['version']}, now {new['version']})"
        yield title, old, new


def _by_system(board: Mapping[str, Any] | None) -> dict[str, Mapping[str, Any]]:
    return {row["system"]: row for row in board["rows"]} if board else {}


def _rows(
    before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[str, ...]]:
    for system in dict.fromkeys([*after, *before]):
        old, new = before.get(system), after.get(system)
        cells = [_rank(old), _rank(new), points(_whole(old)), points(_whole(new))]
        if cells[0] == cells[1] and cells[2] == cells[3]:
            continue
        moved = points({"value": new["value"] - old["value"]}, signed=True, short=True) if old and new else ABSENT
        yield (system, *cells, moved)


def _rank(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return ABSENT
    return "floor" if row["rank"] is None else str(row["rank"])


def _whole(row: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if row is None else {end: row[end] for end in ("value", "low", "high")}
