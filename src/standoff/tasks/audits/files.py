"""The committed results of audits: a JSON file per task, and the list of known issues, which must not be stale."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from standoff.errors import InputError, Problem
from standoff.files import canonical_json, pretty_json, read_text
from standoff.records import Line, Record
from standoff.tasks.audits.findings import KINDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from standoff.tasks.audits.audit import Audit

KNOWN_ISSUES = "known-issues.toml"

Key = tuple[str, str, str]
"""Task, split set and id of a finding."""


class Issue(Record):
    """A finding that is known.

    Args:
        task: The task, as in :attr:`standoff.tasks.audits.audit.Audit.task`.
        split_set: The way to split.
        finding: A name in :data:`standoff.tasks.audits.findings.KINDS`.
        count: How many there are.
        why: Why it is there, and why it stays, in a sentence.
    """

    task: Line
    split_set: Line
    finding: Line
    count: Annotated[int, Field(ge=1)]
    why: Line

    @property
    def key(self) -> Key:
        """What tells it from others."""
        return self.task, self.split_set, self.finding


class KnownIssues(Record):
    """The list: ``[[issue]]`` tables of a TOML file."""

    issue: tuple[Issue, ...] = ()


def read_issues(folder: Path) -> list[Issue]:
    """Return the known issues of a folder; none where it has no list.

    Raises:
        InputError: Not TOML, fields that do not fit, an unknown finding, or an issue listed twice.
    """
    path = folder / KNOWN_ISSUES
    if not path.exists():
        return []
    try:
        data = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"is not TOML: {error}", where=path, remedy="correct the file") from None
    issues = list(KnownIssues.parse(data, where=str(path)).issue)
    for place, issue in enumerate(issues):
        if issue.finding not in KINDS:
            raise InputError("no such finding", where=path, got=issue.finding, expected=", ".join(KINDS))
        if issue.key in [earlier.key for earlier in issues[:place]]:
            raise InputError("an issue is listed twice", where=path, got=" ".join(issue.key))
    return issues


def file_name(task: str) -> str:
    """Return the name of a task's file."""
    return task.replace(":", "-") + ".json"


def file_text(audits: Sequence[Audit]) -> str:
    """Return the text of a task's file: the audits of all ways to split it."""
    return pretty_json({"split_sets": {audit.split_set: audit.to_json() for audit in audits}})


def skeleton(issues: Sequence[Issue], audits: Sequence[Audit]) -> str:
    """Return the entries that the list lacks, without their reasons, which it takes a person to know."""
    listed = {issue.key for issue in issues}
    return "\n".join(
        "[[issue]]\n"
        + "".join(
            f"{name} = {canonical_json(value)}\n" for name, value in zip(Issue.model_fields, fields, strict=False)
        )
        + 'why = ""\n'
        for key, count in _found(audits).items()
        if key not in listed
        for fields in [(*key, count)]
    )


def stale(
    folder: Path, audited: Sequence[Sequence[Audit]], others: Collection[str] | None = None
) -> list[Problem]:
    """Return what is stale in a folder of results.

    Args:
        folder: With the files that :func:`file_text` made, and the list of known issues.
        audited: The audits made now, those of one task together.
        others: The tasks that exist and were not audited now; what is neither theirs nor audited is stale. None
            when nothing is known of other tasks, whose files and issues are then let be.

    Raises:
        InputError: As :func:`read_issues`.
    """
    return [*_stale_files(folder, audited, others), *_stale_issues(folder, audited, others)]


def _stale_files(
    folder: Path, audited: Sequence[Sequence[Audit]], others: Collection[str] | None
) -> Iterator[Problem]:
    names = {file_name(audits[0].task): audits for audits in audited}
    for name, audits in names.items():
        path = folder / name
        if not path.exists():
            yield Problem(str(path), "is not there: write it with --out")
        elif read_text(path) != file_text(audits):
            yield Problem(
                str(path), "is not what the audit gives now: write it again with --out, and see what changed"
            )
    if others is not None:
        for path in sorted(folder.glob("*.json")):
            if path.name not in {*names, *map(file_name, others)}:
                yield Problem(str(path), "is of no task: remove it")


def _stale_issues(
    folder: Path, audited: Sequence[Sequence[Audit]], others: Collection[str] | None
) -> Iterator[Problem]:
    where = str(folder / KNOWN_ISSUES)
    now = _found([audit for audits in audited for audit in audits])
    tasks = {audits[0].task for audits in audited}
    known = {issue.key: issue for issue in read_issues(folder)}
    for key, count in now.items():
        name = " ".join(key)
        if key not in known:
            yield Problem(where, f"{name} ({count}) is new: mend it, or add it with the reason why it stays")
        elif known[key].count != count:
            yield Problem(where, f"{name} has count {known[key].count}, and now {count}: see why, then correct it")
    for key, issue in known.items():
        name = " ".join(key)
        if issue.task in tasks and key not in now:
            yield Problem(where, f"{name} does not occur any more: remove the entry")
        elif others is not None and issue.task not in {*tasks, *others}:
            yield Problem(where, f"{name} is of no task: remove the entry")


def _found(audits: Sequence[Audit]) -> dict[Key, int]:
    return {
        (audit.task, audit.split_set, finding.id): finding.count for audit in audits for finding in audit.findings
    }
