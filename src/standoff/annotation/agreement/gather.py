"""What is compared: the judgements and findings of the conflicts, campaign and coders that are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from standoff.annotation.campaign.campaign import Round, read_campaign, read_plan
from standoff.annotation.campaign.findings import Finding, read_findings
from standoff.errors import NotFoundError, RefusedError, listed, unknown_name

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from standoff.corpus.sources import Sources
    from standoff.records import Judgement


@dataclass(frozen=True, slots=True)
class Gathered:
    """Judgements and findings, and the conflict of every article.

    ``n_outdated`` judgements were of a text that has changed since: they are left out.
    """

    judgements: tuple[Judgement, ...]
    findings: tuple[Finding, ...]
    conflict_of: dict[str, str]
    n_outdated: int = 0


def gather(
    sources: Sources,
    *,
    conflicts: Sequence[str] = (),
    campaign: str | None = None,
    coders: Collection[str] = (),
) -> Gathered:
    """Return what coders said of the conflicts.

    Args:
        sources: The corpus.
        conflicts: Only these; by default those of the campaign, or all.
        campaign: Only the tasks that its plan gives to its coders; where a round has no plan, all that its coders
            said of its conflicts.
        coders: Only these.

    Raises:
        NotFoundError: There is no such conflict, campaign or coder, or nothing that fits.
        InputError: The campaign, its plan or a file of findings cannot be read.
        RefusedError: A judgement cannot be read: agreement on the rest would look like agreement on all.
    """
    for conflict_id in conflicts:
        sources.require_conflict(conflict_id)
    _require_readable(sources)
    wanted = set(conflicts) or {entry.record.conflict_id for entry in sources.conflicts}
    conflict_of = {entry.record.article_id: entry.record.conflict_id for entry in sources.articles}
    theirs = (lambda _coder, _task: True) if campaign is None else _tasks_of(sources.root, campaign, conflict_of)
    asked = [
        one
        for entry in sources.judgements
        if conflict_of.get((one := entry.record).article_id) in wanted and theirs(one.coder_id, one.key)
    ]
    shas = {entry.record.article_id: entry.record.text_sha256 for entry in sources.articles}
    judgements = [one for one in asked if one.text_sha256 == shas[one.article_id]]
    findings = [
        one
        for conflict_id in sorted(wanted)
        for one in read_findings(sources.root, conflict_id)
        if conflict_of.get(one.article_id) in wanted and theirs(one.coder_id, (one.article_id,))
    ]
    known = {one.coder_id for one in judgements} | {one.coder_id for one in findings}
    if not known:
        raise NotFoundError(
            f"nobody has coded {', '.join(sorted(wanted))} yet" + (f" in {campaign}" if campaign else ""),
            where=sources.root / "annotations" / "judgements",
            remedy="answers come in with: standoff annotate pull, or standoff annotate import",
        )
    for coder in coders:
        if coder not in known:
            raise unknown_name("coder", coder, known, remedy="name coders who have coded what is asked for")
    kept = set(coders) or known
    return Gathered(
        tuple(one for one in judgements if one.coder_id in kept),
        tuple(one for one in findings if one.coder_id in kept),
        conflict_of,
        n_outdated=sum(one.coder_id in kept for one in asked) - sum(one.coder_id in kept for one in judgements),
    )


def _require_readable(sources: Sources) -> None:
    broken = [
        i for i in sources.incidents if i.file.startswith("annotations/judgements/") and i.severity == "error"
    ]
    if broken:
        raise RefusedError(
            f"{len(broken)} problems in the judgements:\n{listed(broken)}",
            where=sources.root / "annotations" / "judgements",
            remedy="mend them first, see: standoff corpus check",
        )


def _tasks_of(root: Path, name: str, conflict_of: Mapping[str, str]) -> Callable[[str, tuple[str, ...]], bool]:
    """Return whether a coder's unit, or article of the round ``find``, is a task of the campaign.

    A round without a plan has all units or articles of the campaign's conflicts, for all its coders.
    """
    campaign = read_campaign(root, name)
    plans: dict[int, set[tuple[str, tuple[str, ...]]]] = {
        3: {(task.coder_id, task.key) for task in read_plan(root, name, Round.MAIN)},
        1: {(task.coder_id, (task.article_id,)) for task in read_plan(root, name, Round.FIND)},
    }

    def is_task(coder_id: str, task: tuple[str, ...]) -> bool:
        if plan := plans[len(task)]:
            return (coder_id, task) in plan
        return coder_id in campaign.coders and conflict_of.get(task[0]) in campaign.conflicts

    return is_task
