"""From judgements to statements: who agreed, what was adjudicated, what follows from a broader proposition."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from standoff.corpus.text import drop_overlaps
from standoff.records import (
    LABEL_FIELDS,
    POSITIONED,
    CoderKind,
    Decision,
    Judgement,
    Proposition,
    Stance,
    Statement,
    StatementKind,
    Status,
    UnitKey,
    Vote,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def majority(judgements: Sequence[Judgement]) -> list[Judgement] | None:
    """Return the judgements that a strict majority agrees with on stance and all details; None without one.

    Where people have judged, it has to be a majority of the people too: models do not outvote them.
    """
    values, count = Counter(judgement.label_values for judgement in judgements).most_common(1)[0]
    agreeing = [judgement for judgement in judgements if judgement.label_values == values]
    people, people_agreeing = (
        sum(judgement.kind is CoderKind.HUMAN for judgement in side) for side in (judgements, agreeing)
    )
    if count * 2 <= len(judgements) or (people and people_agreeing * 2 <= people):
        return None
    return agreeing


def agree(judgements: Sequence[Judgement], decision: Decision | None) -> Statement | None:
    """Return the statement of one unit; None where coders differ and nobody has decided.

    Args:
        judgements: All judgements of the unit, at least one, in coder order.
        decision: The adjudicated reading, if there is one.

    Returns:
        A statement of kind human only if everybody behind it is, the adjudicator included.
    """
    agreeing = majority(judgements)
    labels: Judgement | Decision
    behind = [judgement.kind for judgement in judgements]
    if decision is not None:
        status, labels, evidence = Status.ADJUDICATED, decision, decision.evidence
        rule = f"decided by {decision.decided_by}"
        behind.append(decision.kind)
    elif agreeing is not None:
        status = Status.MAJORITY if len(judgements) > 1 else Status.SINGLE
        labels = agreeing[0]
        evidence = drop_overlaps(span for judgement in agreeing for span in judgement.evidence)
        rule = f"{len(agreeing)} of {len(judgements)} coders agree on stance and details"
    else:
        return None
    human = all(kind is CoderKind.HUMAN for kind in behind)
    votes = Counter(judgement.stance for judgement in judgements)
    return Statement(
        article_id=labels.article_id,
        actor_id=labels.actor_id,
        proposition_id=labels.proposition_id,
        stance=labels.stance,
        attribution=labels.attribution,
        commitment=labels.commitment,
        condition=labels.condition,
        relay=labels.relay,
        time=labels.time,
        evidence=evidence,
        status=status,
        kind=StatementKind.HUMAN if human else StatementKind.MODEL,
        n_coders=len(judgements),
        votes=tuple(Vote(stance=stance, n=votes[stance]) for stance in Stance if votes[stance]),
        rule=rule,
    )


def ancestors(proposition_id: str, propositions: Mapping[str, Proposition]) -> list[str]:
    """Return the broader propositions above one, nearest first; a cycle ends the walk."""
    found: list[str] = []
    current = propositions[proposition_id].broader
    while current is not None and current in propositions and current not in found:
        found.append(current)
        current = propositions[current].broader
    return found


def derive(statements: Iterable[Statement], propositions: Mapping[str, Proposition]) -> list[Statement]:
    """Carry opposition to a broader proposition down to the narrower ones of the same article and actor.

    Only a coded ``no_position`` gives way, and the result has kind ``derived``, so that it is never scored as
    if coded. Support is not carried: who wants some intervention need not want this one. The nearest coded
    position above decides: whoever supports a form in between is not against what is below it.
    """
    coded = {statement.key: statement for statement in statements}
    return [_carried(statement, coded, propositions) for statement in coded.values()]


def _carried(
    statement: Statement, coded: Mapping[UnitKey, Statement], propositions: Mapping[str, Proposition]
) -> Statement:
    if statement.stance is not Stance.NO_POSITION:
        return statement
    for broader in ancestors(statement.proposition_id, propositions):
        above = coded.get((statement.article_id, statement.actor_id, broader))
        if above is None or above.stance not in POSITIONED:
            continue
        if above.stance is Stance.OPPOSES:
            return statement.model_copy(
                update={name: getattr(above, name) for name in (*LABEL_FIELDS, "evidence")}
                | {"kind": StatementKind.DERIVED, "rule": f"opposition carried down from {broader}"}
            )
        break
    return statement
