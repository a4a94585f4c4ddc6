"""What every analysis ends in: a JSON document that says what it was computed from, the same bytes each time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from standoff.baselines.saving import TaskFacts
from standoff.errors import InputError
from standoff.experiments.environment import code_here, last_change, packages_here
from standoff.files import pretty_json, read_json, write_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from standoff.tasks.task import LoadedTask

DIGITS = 6
"""Decimals of a stored number: more than anyone reads, fewer than differ between processors."""


def document(
    analysis: str, content: Mapping[str, Any], *, tasks: Iterable[LoadedTask | TaskFacts], seeds: Mapping[str, int]
) -> dict[str, Any]:
    """Return an analysis as JSON-ready values, numbers rounded to :data:`DIGITS` decimals.

    It holds no time and no path, so that computing it again with the same committed code gives the same bytes.

    Args:
        analysis: Its name, by which tables and plots are chosen.
        content: What was found.
        tasks: The tasks it was computed from.
        seeds: What each seed is for, and the seed.
    """
    code = code_here()
    return {
        "analysis": analysis,
        "provenance": {
            # Which code it was, and where to find it: the commit does not change with files outside the package.
            "standoff": code.standoff,
            "source_sha256": code.source_sha256,
            "commit": last_change(),
            "packages": packages_here(),
            "tasks": {one.address: _task(one) for one in tasks},
            "seeds": dict(seeds),
        },
        **rounded(content),
    }


def _task(one: LoadedTask | TaskFacts) -> dict[str, Any]:
    # The facts of a saved model hold what a loaded task has beside its items.
    declared = one if isinstance(one, TaskFacts) else one.task
    return {
        "version": declared.version,
        "split_set": one.split_set,
        "digest": one.digest,
        "language": declared.language,
        "label_kind": declared.label_kind,
    }


def rounded(value: Any) -> Any:
    """Return JSON-ready values with every number that is not whole rounded to :data:`DIGITS` decimals."""
    if isinstance(value, dict):
        return {name: rounded(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(one) for one in value]
    # Adding zero turns -0.0 into 0.0: which of the two a sum ends in differs between processors.
    return round(value, DIGITS) + 0.0 if isinstance(value, float) else value


def write_document(path: Path, content: Mapping[str, Any]) -> None:
    """Write a document as indented JSON, atomically."""
    write_text(path, pretty_json(content))


def read_document(path: Path) -> dict[str, Any]:
    """Return a stored document.

    Raises:
        NotFoundError: No such file.
        InputError: Not JSON, or not an analysis.
    """
    found = read_json(path)
    if not isinstance(found, dict) or not isinstance(found.get("analysis"), str) or "provenance" not in found:
        raise InputError(
            "is not an analysis", where=path, expected="a file that `standoff analyse … --out FILE` wrote"
        )
    return found
