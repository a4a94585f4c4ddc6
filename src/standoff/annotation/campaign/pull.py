"""Fetching a round from the server: the raw exports first, then the labels that follow from them.

A pull can be stopped anywhere and run again: an export is kept before anything is made of it, every file is
written whole or not at all, and what is stored already stays as it is. Pulling twice changes nothing.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from standoff.annotation.campaign.campaign import Round, read_plan_by_coder, refused_file
from standoff.annotation.campaign.fetch import fetch, keep
from standoff.annotation.campaign.labels import Maker, say_what_stays
from standoff.annotation.campaign.progress import Done, Work, work
from standoff.annotation.campaign.push import locked
from standoff.errors import NotFoundError, RefusedError
from standoff.files import write_jsonl
from standoff.records import Export

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from standoff.annotation.campaign.campaign import Assignment, Campaign
    from standoff.annotation.campaign.fetch import Fetched
    from standoff.annotation.studio.results import Refusal
    from standoff.annotation.studio.seats import Seat
    from standoff.annotation.studio.server import Desk
    from standoff.corpus.sources import Sources

TRIAL = Export(file="none", sha256="0" * 64, annotation_id="0")
"""Stands for the export where nothing is kept."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull found of one coder.

    Args:
        coder_id: The coder.
        export: The export that is kept; None when nothing is annotated yet.
        assigned: How many tasks the plan has.
        taken: How many annotations became labels.
        changed: How many labels are new or changed.
        withdrawn: How many labels, pulled earlier, stay though their answer is no longer on the server.
        refusals: What was not taken.
        links: The address of each refused task, by its number on the server.
    """

    coder_id: str
    export: Export | None
    assigned: int
    taken: int
    changed: int
    withdrawn: int
    refusals: tuple[Refusal, ...]
    links: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a coder stands, by the server.

    Args:
        work: What is done and how long it took; what a pull would refuse is not done.
        sent: How many tasks are on the server; None when the round was not pushed to the coder.
        refusals: What a pull would refuse and the coder can mend: skipped tasks are counted in ``work``.
        links: The address of each refused task, by its number on the server.
    """

    work: Work
    sent: int | None
    refusals: tuple[Refusal, ...]
    links: Mapping[int, str]


def pull(
    sources: Sources, campaign: Campaign, round_: Round, desk: Desk, seats: Mapping[str, Seat]
) -> list[Pulled]:
    """Fetch what the coders of a round did, and keep it: exports, labels, and what was refused and why.

    Args:
        sources: The sources, as they are stored now.
        campaign: The campaign.
        round_: Which of its rounds.
        desk: Where the server is.
        seats: Who sits where, of all coders of the round, by coder.

    Raises:
        NotFoundError: The round is not planned, or was not pushed to a coder.
        InputError: A coder is not in ``annotations/coders.yaml``.
        RefusedError: A file of labels has lines that cannot be read; the server refuses.
        NoAnswerError: The server does not answer.
    """
    plan = read_plan_by_coder(sources.root, campaign.name, round_)
    kinds = {coder_id: sources.kind_of(coder_id) for coder_id in plan}
    with _exporting(desk):
        fetched, failed = _fetch_all(campaign, round_, plan, seats)
        _require_pushed(fetched, campaign, round_)
        plan = {coder_id: plan[coder_id] for coder_id in fetched}
        exports = {one: keep(fetched[one], sources, campaign, round_, plan[one]) for one in plan}
        found = []
        for coder_id, assignments in plan.items():
            maker = Maker(sources, campaign, round_, coder_id, kinds[coder_id])
            export = exports[coder_id]
            taken = _make(maker, fetched[coder_id], assignments, export) if export else []
            refusals = _sorted(maker, assignments)
            links = {one.task_id: fetched[coder_id].link(one.task_id) for one in refusals}
            seen = {one.uid for one in taken} | {one.uid for one in refusals}
            found.append(
                Pulled(
                    coder_id,
                    export,
                    assigned=len(assignments),
                    taken=len(taken),
                    changed=maker.write(),
                    withdrawn=_count_withdrawn(sources, campaign, assignments, seen),
                    refusals=refusals,
                    links=links,
                )
            )
        refused = [refusal.to_json() for pulled in found for refusal in pulled.refusals]
        write_jsonl(refused_file(sources.root, campaign.name, round_), refused)
    if failed:
        coder_id, error = failed[0]
        raise RefusedError(
            f"what {coder_id} did cannot be had: {error.what}",
            where=error.where,
            got=error.got,
            remedy=f"{error.remedy or 'see the log of the server'}; the labels of {len(found)} others are stored",
        ) from error
    return found


@contextmanager
def _exporting(desk: Desk) -> Iterator[None]:
    """Let one command at a time export, and remove the copies that our server leaves of all texts and labels."""
    with locked(desk):
        try:
            yield
        finally:
            if desk.own:
                for path in (desk.folder / "export").glob("*.json"):
                    path.unlink(missing_ok=True)


def _count_withdrawn(
    sources: Sources, campaign: Campaign, plan: Iterable[Assignment], seen: Container[str]
) -> int:
    """Return how many judgements of the campaign have no answer on the server any more: see :class:`Pulled`."""
    uids = {
        (task.coder_id, task.key): task.uid for task in plan if task.round is Round.MAIN and task.occurrence == 1
    }
    return sum(
        uid not in seen
        for entry in sources.judgements
        if (uid := uids.get((entry.record.coder_id, entry.record.key)))
        and f"/{campaign.name}/" in f"/{entry.record.export.file}"
    )


def _fetch_all(
    campaign: Campaign, round_: Round, plan: Iterable[str], seats: Mapping[str, Seat]
) -> tuple[dict[str, Fetched], list[tuple[str, RefusedError]]]:
    """Fetch what can be had of each coder; what the server refuses of one is no reason to lose the others'."""
    fetched, failed = {}, []
    for coder_id in plan:
        try:
            fetched[coder_id] = fetch(campaign, round_, seats[coder_id])
        except RefusedError as error:
            failed.append((coder_id, error))
    return fetched, failed


def status(
    sources: Sources, campaign: Campaign, round_: Round, desk: Desk, seats: Mapping[str, Seat]
) -> list[Standing]:
    """Return where each coder of a round stands on the server now; nothing is stored.

    Arguments and errors as :func:`pull`, but a round that was not pushed is no error.
    """
    plan = read_plan_by_coder(sources.root, campaign.name, round_)
    kinds = {coder_id: sources.kind_of(coder_id) for coder_id in plan}
    with _exporting(desk):
        exported = {coder_id: fetch(campaign, round_, seats[coder_id]) for coder_id in plan}
    found = []
    for coder_id, assignments in plan.items():
        fetched = exported[coder_id]
        maker = Maker(sources, campaign, round_, coder_id, kinds[coder_id])
        done = _make(maker, fetched, assignments, TRIAL)
        refusals = _sorted(maker, assignments)
        done += [
            Done(one.uid, coder_id, at=None, lead_time_s=None, skipped=True)
            for one in refusals
            if one.rule == "skipped"
        ]
        to_mend = tuple(one for one in refusals if one.rule != "skipped")
        found.append(
            Standing(
                work=work(assignments, done)[0],
                sent=None if fetched.project_id is None else fetched.n_tasks,
                refusals=to_mend,
                links={one.task_id: fetched.link(one.task_id) for one in to_mend},
            )
        )
    return found


def _make(maker: Maker, fetched: Fetched, plan: Sequence[Assignment], export: Export) -> list[Done]:
    """Make labels of what was fetched; return the tasks that are done."""
    taken = maker.make(fetched.read(plan, maker.expected(plan)), export)
    return [
        Done(one.assignment.uid, maker.coder_id, one.given_at, one.lead_time_s, skipped=False) for one in taken
    ]


def _sorted(maker: Maker, plan: Sequence[Assignment]) -> tuple[Refusal, ...]:
    told = say_what_stays(maker.refusals, maker.sources, plan)
    return tuple(sorted(told, key=lambda refusal: (refusal.task_id, int(refusal.annotation_id))))


def _require_pushed(fetched: Mapping[str, Fetched], campaign: Campaign, round_: Round) -> None:
    if missing := [coder_id for coder_id, one in fetched.items() if one.project_id is None]:
        raise NotFoundError(
            f"the round {round_} of {campaign.name} is not on the server for {', '.join(missing)}",
            where=fetched[missing[0]].url,
            remedy=f"standoff annotate push {campaign.name} {round_}",
        )
