"""The assignment plan: who codes what in which order, made once and then only added to.

Articles are assigned, not units: whoever reads an article codes all its units, one after the other, so that it is
read once. Within an article the units stand proposition by proposition, in the order in which the article lists
propositions and actors: the wording of a proposition is what has to be kept in mind, and the actors beside each
other show who only carries a message. The order of the articles is each coder's own, so that what comes of order
(practice, fatigue) falls on different articles for different coders.

Repeated units come between two articles' runs, at least a third of the stream and one other article after their
first time. So they are of the first two thirds of the stream, and a stream of one article has none.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from standoff.annotation.campaign.allocation import allocate
from standoff.annotation.campaign.campaign import Assignment, Round, make_uid, planning_command
from standoff.annotation.campaign.key import read_key
from standoff.corpus.sources import units_of
from standoff.errors import InputError, Problem, RefusedError
from standoff.files import sha256_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from standoff.annotation.campaign.campaign import Campaign
    from standoff.annotation.campaign.key import KnownAnswer
    from standoff.corpus.sources import Sources

Task = tuple[str, ...]
"""A unit's three ids; in the round ``find`` the article's alone."""

MIN_DISTANCE = 1 / 3
"""How far after its first time a unit comes back, as a share of the coder's stream without repeats."""


def make_plan(sources: Sources, campaign: Campaign, round_: Round) -> list[Assignment]:
    """Return the tasks of a round, all coders', by coder and position.

    The rounds ``main`` and ``find`` take all articles of the campaign's conflicts, and give an article to the same
    coders; ``practice`` takes the units of the key, for every coder in the same order.

    Args:
        sources: The checked sources; the order in which they were read does not matter.
        campaign: What was decided.
        round_: ``practice``, ``find`` or ``main``.

    Raises:
        InputError: There is nothing to plan, or the practice key does not fit.
        NotFoundError: A conflict, or the practice key, does not exist.
        RefusedError: The round is ``adjudication``, which depends on answers; or a practice article is of a
            conflict of the campaign.
    """
    return extend_plan(sources, campaign, round_, [])


def extend_plan(
    sources: Sources,
    campaign: Campaign,
    round_: Round,
    plan: Sequence[Assignment],
    *,
    key: Sequence[KnownAnswer] | None = None,
) -> list[Assignment]:
    """Return ``plan`` as it is and, after each coder's last task, what has come since: articles, units, coders.

    Units new in a planned article go to that article's coders. Articles whose text is no longer the planned one
    get no new tasks: see :func:`stale_tasks`. An article of a coder who has left the campaign goes to another
    one, unless the coder had finished it (only in the round ``main``; elsewhere the coder counts on).

    Args:
        sources: The checked sources.
        campaign: What was decided.
        round_: The round.
        plan: What is planned of it.
        key: The known answers of practice; by default those in the campaign's folder.

    Raises:
        As :func:`make_plan`.
    """
    if round_ in {Round.FEEDBACK, Round.ADJUDICATION}:
        raise RefusedError(
            f"the round {round_} follows from the answers and cannot be planned ahead",
            remedy=f"when coders are done, run: {planning_command(campaign.name, round_)}",
        )
    practice = round_ is Round.PRACTICE
    tasks = _practice_tasks(sources, campaign, key) if practice else _tasks(sources, campaign, round_)
    articles = sources.articles_by_id
    shas = {article_id: articles[article_id].text_sha256 for article_id in tasks}
    conflict_of = {article_id: articles[article_id].conflict_id for article_id in tasks}
    for known in plan:
        if shas.get(known.article_id, known.text_sha256) != known.text_sha256:
            tasks.pop(known.article_id, None)
    readers = (
        {article_id: frozenset(campaign.coders) for article_id in tasks}
        if practice
        else _readers(sources, campaign, tasks, plan)
    )
    made = list(plan)
    for coder_id in sorted(campaign.coders):
        before = [known for known in plan if known.coder_id == coder_id]
        old = {_task(known) for known in before}
        mine = {article_id: found for article_id, found in tasks.items() if coder_id in readers[article_id]}
        runs = [run for found in mine.values() if (run := [task for task in found if task not in old])]
        own = f"{campaign.seed}|{round_}|{coder_id}"
        if not practice:
            runs.sort(key=lambda run: sha256_text(f"{own}|{run[0][0]}"))
        stream = with_repeats(runs, campaign.repeats if round_ is Round.MAIN else 0, conflict_of, own)
        start = max((known.position for known in before), default=-1) + 1
        made += [
            Assignment(
                uid=make_uid(campaign.name, round_, coder_id, task, occurrence=occurrence),
                round=round_,
                coder_id=coder_id,
                position=position,
                article_id=task[0],
                actor_id=None if round_ is Round.FIND else task[1],
                proposition_id=None if round_ is Round.FIND else task[2],
                occurrence=occurrence,
                text_sha256=shas[task[0]],
            )
            for position, (task, occurrence) in enumerate(stream, start=start)
        ]
    return sorted(made, key=lambda assignment: (assignment.coder_id, assignment.position))


def stale_tasks(sources: Sources, campaign: Campaign, plan: Iterable[Assignment]) -> list[Problem]:
    """Return what of a plan no longer fits: texts that changed, units that are gone, coders who left.

    Answers to such tasks are refused when they are pulled.
    """
    articles, units = sources.articles_by_id, sources.units
    found: dict[str, str] = {}
    for known in plan:
        article = articles.get(known.article_id)
        name = "/".join(_task(known))
        if article is None:
            found[known.article_id] = "the article is gone"
        elif article.text_sha256 != known.text_sha256:
            found[known.article_id] = (
                "the text is not the one that was planned: restore it, or code it in a new campaign"
            )
        elif known.actor_id is not None and known.key not in units:
            found[name] = "the unit is gone"
        if known.coder_id not in campaign.coders:
            found[known.coder_id] = "has tasks in the plan and is no longer a coder of the campaign"
    return [Problem(where, what) for where, what in sorted(found.items())]


def with_repeats(
    runs: Sequence[Sequence[Task]], share: float, conflict_of: Mapping[str, str], seed: str
) -> list[tuple[Task, int]]:
    """Return the stream of (task, occurrence): the runs in order, and between them units that come back.

    Args:
        runs: The tasks of each article, in the order in which they are shown.
        share: Repeats per task of ``runs``; conflicts have their shares of them.
        conflict_of: The conflict of each article.
        seed: Decides which units come back, and where.
    """
    ends = _ends(runs)
    # Where a unit may come back: after run j, far enough and with another article between.
    places: dict[Task, list[int]] = {}
    position = 0
    for number, run in enumerate(runs):
        for task in run:
            far = [j for j in range(number + 1, len(runs)) if ends[j] - position >= MIN_DISTANCE * ends[-1]]
            if far:
                places[task] = far
            position += 1
    wanted = int(share * position + 0.5)
    after: dict[int, list[Task]] = {number: [] for number in range(len(runs))}
    sizes = Counter(conflict_of[task[0]] for run in runs for task in run)
    chosen = _spread(places, wanted, sizes, conflict_of, seed)
    # Whoever has the fewest places chooses first, so that no place is taken twice where one is free.
    for task in sorted(chosen, key=lambda task: len(places[task])):
        emptiest = min(places[task], key=lambda j: (len(after[j]), sha256_text(f"{seed}|{j}|{'|'.join(task)}")))
        after[emptiest].append(task)
    return [
        entry
        for number, run in enumerate(runs)
        for entry in [*((task, 1) for task in run), *((task, 2) for task in after[number])]
    ]


def _ends(runs: Sequence[Sequence[Task]]) -> list[int]:
    ends, position = [], 0
    for run in runs:
        position += len(run)
        ends.append(position)
    return ends


def _spread(
    places: Iterable[Task], wanted: int, sizes: Counter[str], conflict_of: Mapping[str, str], seed: str
) -> list[Task]:
    """Return ``wanted`` tasks: from conflicts by their sizes, there from each article in turn, else by chance."""
    queues: dict[str, list[tuple[int, Task]]] = {}
    used: Counter[str] = Counter()
    for task in sorted(places, key=lambda task: sha256_text(f"{seed}|{'|'.join(task)}")):
        queues.setdefault(conflict_of[task[0]], []).append((used[task[0]], task))
        used[task[0]] += 1
    for queue in queues.values():
        queue.sort(key=lambda entry: entry[0], reverse=True)
    taken: Counter[str] = Counter()
    chosen: list[Task] = []
    while len(chosen) < wanted and (open_ := sorted(name for name, queue in queues.items() if queue)):
        # The conflict that is furthest behind its share (Webster's method of seats).
        behind = min(open_, key=lambda name: (2 * taken[name] + 1) / sizes[name])
        taken[behind] += 1
        chosen.append(queues[behind].pop()[1])
    return chosen


def _tasks(sources: Sources, campaign: Campaign, round_: Round) -> dict[str, list[Task]]:
    """Return the tasks of each article of the campaign's conflicts, articles by id."""
    for conflict_id in campaign.conflicts:
        sources.require_conflict(conflict_id)
    found: dict[str, list[Task]] = {}
    for article_id, article in sorted(sources.articles_by_id.items()):
        if article.conflict_id in campaign.conflicts and (units := list(units_of(article))):
            found[article_id] = [(article_id,)] if round_ is Round.FIND else list(units)
    if not found:
        raise InputError(
            "there is nothing to code", where=", ".join(campaign.conflicts), expected="articles with units"
        )
    return found


def _readers(
    sources: Sources, campaign: Campaign, tasks: Mapping[str, Sequence[Task]], plan: Sequence[Assignment]
) -> dict[str, frozenset[str]]:
    """Return who reads each article: those who do, and as many more as are missing."""
    judged = {(entry.record.coder_id, entry.record.key) for entry in sources.judgements}
    given: dict[tuple[str, str], list[Assignment]] = {}
    for known in plan:
        given.setdefault((known.article_id, known.coder_id), []).append(known)
    held: dict[str, set[str]] = {}
    for (article_id, coder_id), known_tasks in given.items():
        stays = coder_id in campaign.coders or known_tasks[0].round is not Round.MAIN
        if article_id in tasks and (stays or all((coder_id, known.key) in judged for known in known_tasks)):
            held.setdefault(article_id, set()).add(coder_id)
    # By units in the round `find` too, so that an article has the same coders in both rounds.
    sizes = {article_id: len(list(units_of(sources.articles_by_id[article_id]))) for article_id in tasks}
    return allocate(
        sizes,
        campaign.coders,
        campaign.coders_per_unit,
        seed=campaign.seed,
        held={article_id: frozenset(readers) for article_id, readers in held.items()},
    )


def _practice_tasks(
    sources: Sources, campaign: Campaign, key: Sequence[KnownAnswer] | None
) -> dict[str, list[Task]]:
    """Return the units of the key by article, articles and units in the order of the key."""
    found: dict[str, list[Task]] = {}
    for known in read_key(sources, campaign) if key is None else key:
        found.setdefault(known.article_id, []).append(known.key)
    articles = sources.articles_by_id
    seen = [article_id for article_id in found if articles[article_id].conflict_id in campaign.conflicts]
    if seen:
        raise RefusedError(
            "practice shows the known answers of articles that are coded in this campaign, and nobody codes "
            "blind what was shown before",
            where=campaign.practice,
            got=seen,
            expected=f"articles of other conflicts than {', '.join(campaign.conflicts)}",
            remedy="take these articles out of the practice key",
        )
    return found


def _task(known: Assignment) -> Task:
    return (known.article_id,) if known.actor_id is None else known.key


@dataclass(frozen=True, slots=True)
class Share:
    """What a plan gives one coder: tasks, among them ``repeats``, in so many articles."""

    coder_id: str
    tasks: int
    articles: int
    repeats: int


def shares(plan: Sequence[Assignment]) -> list[Share]:
    """Return what each coder has to do in one round, by coder."""
    return [
        Share(
            coder_id,
            tasks=len(mine := [known for known in plan if known.coder_id == coder_id]),
            articles=len({known.article_id for known in mine}),
            repeats=sum(known.occurrence > 1 for known in mine),
        )
        for coder_id in sorted({known.coder_id for known in plan})
    ]


def overlaps(plan: Iterable[Assignment]) -> dict[tuple[str, str], int]:
    """Return how many tasks each pair of coders has in common, repeats aside."""
    coders: dict[Task, set[str]] = {}
    for known in plan:
        coders.setdefault(_task(known), set()).add(known.coder_id)
    everyone = sorted({coder_id for found in coders.values() for coder_id in found})
    return {
        pair: sum(pair[0] in found and pair[1] in found for found in coders.values())
        for pair in combinations(everyone, 2)
    }
