"""The audit of a task: facts about its items, and findings, each with what it means and what to do about it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from standoff.tasks.audits.drift import find_drift
from standoff.tasks.audits.findings import find
from standoff.tasks.audits.leaks import find_leaks
from standoff.tasks.audits.shortcuts import find_shortcuts
from standoff.tasks.audits.texts import check_texts
from standoff.tasks.frame import SPLITS

if TYPE_CHECKING:
    from standoff.tasks.audits.drift import Drift
    from standoff.tasks.audits.findings import Finding
    from standoff.tasks.audits.leaks import Leaks
    from standoff.tasks.audits.shortcuts import Shortcuts
    from standoff.tasks.audits.texts import TextChecks
    from standoff.tasks.task import LoadedTask

DIGITS = 4
"""Decimals of the numbers in JSON."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found in one task, with one way to split it.

    Attributes:
        task: The task's name, or ``name:variant`` where the variant is not the default one.
        version: The task's version.
        variant: The variant.
        split_set: The way to split.
        digest: The frame's sha256.
        n: Number of items.
        n_groups: Number of groups.
        splits: Split or fold -> number of items.
        leaks: What stands twice.
        drift: How labels differ between splits.
        texts: What is wrong with texts and spans.
        shortcuts: What models that do not read reach.
        findings: The worst first.
    """

    task: str
    version: int
    variant: str
    split_set: str
    digest: str
    n: int
    n_groups: int
    splits: dict[str, int]
    leaks: Leaks
    drift: tuple[Drift, ...]
    texts: TextChecks
    shortcuts: Shortcuts
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the audit as JSON-ready values, numbers to four decimals; ids, and never a text."""
        facts: dict[str, Any] = _rounded(asdict(self))
        return facts


def audit(loaded: LoadedTask) -> Audit:
    """Return the audit of a task as it is split."""
    frame = loaded.frame
    leaks, drift, texts = find_leaks(loaded), find_drift(loaded), check_texts(frame)
    shortcuts = find_shortcuts(loaded)
    is_default = loaded.variant == loaded.task.pick_variant(None)
    counts = frame["split"].value_counts()
    return Audit(
        task=loaded.task.name if is_default else f"{loaded.task.name}:{loaded.variant}",
        version=loaded.task.version,
        variant=loaded.variant,
        split_set=loaded.split_set,
        digest=loaded.digest,
        n=len(frame),
        n_groups=int(frame["group"].nunique()),
        splits={name: int(counts[name]) for name in loaded.folds or SPLITS if name in counts},
        leaks=leaks,
        drift=drift,
        texts=texts,
        shortcuts=shortcuts,
        findings=find(leaks, drift, texts, shortcuts),
    )


def _rounded(value: Any) -> Any:
    """Return a tree of values with its numbers rounded."""
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list | tuple) else value
