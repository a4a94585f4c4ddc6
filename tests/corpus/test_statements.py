from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from standoff.corpus.reader import read_sources
from standoff.corpus.statements import agree, ancestors, derive, majority
from standoff.corpus.text import make_evidence
from standoff.records import (
    Attribution,
    BoardLabel,
    CoderKind,
    Commitment,
    Condition,
    Confidence,
    Decision,
    Evidence,
    Export,
    Instrument,
    Judgement,
    Proposition,
    Relay,
    Stance,
    Statement,
    StatementKind,
    Status,
    Time,
    Vote,
)

MINI = Path(__file__).parents[1] / "data" / "mini"
TEXT = "Ada Berg asked for two battalions, and asked once more for the soldiers to stay until the autumn."
SHA = "0" * 64
NOW = dt.datetime(2002, 5, 20, tzinfo=dt.UTC)
KINDS = {
    "anna": CoderKind.HUMAN,
    "ben": CoderKind.HUMAN,
    "model-a": CoderKind.MODEL,
    "model-b": CoderKind.MODEL,
    "model-c": CoderKind.MODEL,
}
DETAILS: dict[str, Any] = {
    "attribution": Attribution.INDIRECT,
    "commitment": Commitment.ASSERTED,
    "condition": Condition.NONE,
    "relay": Relay.NONE,
    "time": Time.CURRENT,
}
NO_DETAILS: dict[str, Any] = dict.fromkeys(DETAILS)


def labels(stance: Stance, *spans: tuple[int, int], **changes: Any) -> dict[str, Any]:
    details = NO_DETAILS if stance in {Stance.NO_POSITION, Stance.CANNOT_TELL} else DETAILS
    return {
        "article_id": "c-a",
        "actor_id": "ada-berg",
        "proposition_id": "c-troops",
        "stance": stance,
        **details,
        "evidence": tuple(make_evidence(TEXT, *span) for span in spans),
        **changes,
    }


def judgement(coder_id: str, stance: Stance, *spans: tuple[int, int], **changes: Any) -> Judgement:
    return Judgement(
        **labels(stance, *spans, **changes),
        judgement_id=f"{coder_id}-1",
        coder_id=coder_id,
        kind=KINDS[coder_id],
        confidence=Confidence.HIGH,
        note="",
        codebook_version="v1",
        created_at=NOW,
        lead_time_s=None,
        suggestion_shown=False,
        export=Export(file=f"c/{coder_id}.jsonl", sha256=SHA, annotation_id="1"),
        text_sha256=SHA,
    )


def decision(decided_by: str, stance: Stance, *spans: tuple[int, int], **changes: Any) -> Decision:
    return Decision(
        **labels(stance, *spans, **changes),
        decided_by=decided_by,
        kind=KINDS[decided_by],
        decided_at=NOW,
        reason="The text says so.",
        from_judgements=("model-a-1", "model-b-1"),
        codebook_version="v1",
        export=Export(file=f"c/{decided_by}.decisions.jsonl", sha256=SHA, annotation_id="1"),
        text_sha256=SHA,
    )


def agreed(*judgements: Judgement, by: Decision | None = None) -> Statement:
    statement = agree(judgements, by)
    assert statement is not None
    return statement


def offsets(evidence: tuple[Evidence, ...]) -> list[tuple[int, int]]:
    return [(span.start, span.end) for span in evidence]


SEEKS, SUPPORTS, OPPOSES, NONE = Stance.SEEKS, Stance.SUPPORTS, Stance.OPPOSES, Stance.NO_POSITION


# -- agreement ------------------------------------------------------------------------------------------


def test_two_of_three_agree() -> None:
    statement = agreed(
        judgement("model-a", OPPOSES), judgement("model-b", SEEKS, (9, 33)), judgement("model-c", SEEKS, (0, 14))
    )
    assert (statement.stance, statement.status) == (SEEKS, Status.MAJORITY)
    assert (statement.n_coders, statement.rule) == (3, "2 of 3 coders agree on stance and details")
    assert statement.votes == (Vote(stance=SEEKS, n=2), Vote(stance=OPPOSES, n=1))
    assert statement.key == ("c-a", "ada-berg", "c-troops")
    assert statement.attribution is Attribution.INDIRECT
    # The spans of those who agree, the first coder's before an overlapping one.
    assert offsets(statement.evidence) == [(9, 33)]


def test_the_evidence_is_that_of_all_who_agree() -> None:
    one, other = judgement("model-a", SEEKS, (39, 54)), judgement("model-b", SEEKS, (9, 33))
    assert offsets(agreed(one, other).evidence) == [(9, 33), (39, 54)]


def test_one_coder_is_single() -> None:
    statement = agreed(judgement("model-a", NONE))
    assert (statement.status, statement.n_coders) == (Status.SINGLE, 1)
    assert statement.rule == "1 of 1 coders agree on stance and details"
    assert {getattr(statement, name) for name in DETAILS} == {None}


@pytest.mark.parametrize(
    "judgements",
    [
        [judgement("model-a", SEEKS), judgement("model-b", SUPPORTS)],
        [judgement("model-a", SEEKS), judgement("model-b", SEEKS, relay=Relay.NAMED)],
        [judgement("model-a", SEEKS), judgement("model-b", OPPOSES), judgement("model-c", NONE)],
        [
            judgement("model-a", SEEKS),
            judgement("anna", SEEKS),
            judgement("model-b", NONE),
            judgement("ben", NONE),
        ],
    ],
)
def test_no_strict_majority_is_no_decision(judgements: list[Judgement]) -> None:
    assert majority(judgements) is None
    assert agree(judgements, None) is None


@pytest.mark.parametrize("detail", list(DETAILS))
def test_every_detail_counts(detail: str) -> None:
    other: dict[str, Any] = {
        "attribution": Attribution.INFERRED,
        "commitment": Commitment.HEDGED,
        "condition": Condition.IF_CLAUSE,
        "relay": Relay.ANONYMOUS,
        "time": Time.PAST,
    }
    one, two = judgement("model-a", SEEKS), judgement("model-b", SEEKS, **{detail: other[detail]})
    assert majority([one, two]) is None
    assert majority([one, two, judgement("model-c", SEEKS)]) == [one, judgement("model-c", SEEKS)]


def test_evidence_confidence_and_note_do_not_count() -> None:
    one = judgement("model-a", SEEKS, (9, 33))
    other = judgement("model-b", SEEKS, (0, 8), (39, 54)).model_copy(update={"note": "x", "confidence": "low"})
    assert majority([one, other]) == [one, other]


def test_a_decision_goes_before_the_judgements() -> None:
    judgements = [judgement("model-a", SEEKS, (9, 33)), judgement("model-b", NONE)]
    statement = agreed(*judgements, by=decision("anna", SUPPORTS, (39, 54)))
    assert (statement.stance, statement.status) == (SUPPORTS, Status.ADJUDICATED)
    assert (statement.n_coders, statement.rule) == (2, "decided by anna")
    assert statement.votes == (Vote(stance=SEEKS, n=1), Vote(stance=NONE, n=1))
    assert offsets(statement.evidence) == [(39, 54)]


def test_a_decision_overrules_agreement() -> None:
    judgements = [judgement("model-a", SEEKS), judgement("model-b", SEEKS)]
    assert agreed(*judgements, by=decision("anna", NONE)).stance is NONE


def test_votes_stand_in_the_order_of_the_inventory() -> None:
    coders = zip(KINDS, (NONE, NONE, SEEKS, NONE, OPPOSES), strict=True)
    statement = agreed(*(judgement(coder, stance) for coder, stance in coders))
    assert [(vote.stance, vote.n) for vote in statement.votes] == [(SEEKS, 1), (OPPOSES, 1), (NONE, 3)]


@pytest.mark.parametrize(
    ("coders", "decider", "kind"),
    [
        (["anna", "ben"], None, StatementKind.HUMAN),
        (["anna"], None, StatementKind.HUMAN),
        (["anna", "model-a"], None, StatementKind.MODEL),
        (["model-a", "model-b"], None, StatementKind.MODEL),
        (["anna", "ben"], "anna", StatementKind.HUMAN),
        (["anna", "ben"], "model-a", StatementKind.MODEL),
        # A person who decides between models does not make their labels human.
        (["model-a", "model-b"], "anna", StatementKind.MODEL),
    ],
)
def test_human_only_if_everybody_behind_it_is(coders: list[str], decider: str | None, kind: StatementKind) -> None:
    by = None if decider is None else decision(decider, SEEKS)
    assert agreed(*(judgement(coder, SEEKS) for coder in coders), by=by).kind is kind


def test_models_do_not_outvote_people() -> None:
    models = [judgement("model-a", SEEKS), judgement("model-b", SEEKS)]
    assert majority([judgement("anna", NONE), *models]) is None
    assert majority([judgement("anna", SEEKS), *models]) is not None
    assert majority([judgement("anna", SEEKS), judgement("ben", NONE), *models]) is None


def test_a_coder_in_the_minority_is_behind_it_too() -> None:
    judgements = [judgement("anna", SEEKS), judgement("ben", SEEKS), judgement("model-a", NONE)]
    assert agreed(*judgements).kind is StatementKind.MODEL


@pytest.mark.parametrize(
    ("stance", "label"),
    [
        (Stance.SEEKS, BoardLabel.SUPPORT),
        (Stance.SUPPORTS, BoardLabel.SUPPORT),
        (Stance.OPPOSES, BoardLabel.OPPOSE),
        (Stance.NO_POSITION, BoardLabel.NONE),
        (Stance.MIXED, None),
        (Stance.CANNOT_TELL, None),
    ],
)
def test_the_label_on_the_board(stance: Stance, label: BoardLabel | None) -> None:
    assert agreed(judgement("model-a", stance)).board_label is label


# -- what follows from a broader proposition ------------------------------------------------------------


def tree(**broader: str | None) -> dict[str, Proposition]:
    """Propositions c-<name>, each with the one above it."""
    return {
        f"c-{name}": Proposition(
            proposition_id=f"c-{name}",
            conflict_id="c",
            text="x",
            intervener=None,
            place="AT",
            beneficiary=None,
            instrument=Instrument.ANY,
            broader=None if above is None else f"c-{above}",
        )
        for name, above in broader.items()
    }


TREE = tree(any=None, troops="any", peacekeeping="troops", arms="any")


def derived(unit: tuple[str, str] = ("c-a", "ada-berg"), **stances: Stance) -> dict[str, Statement]:
    """Statements on c-<name>, after derivation, by name."""
    coded = [
        agreed(
            judgement("anna", stance, (9, 33), article_id=unit[0], actor_id=unit[1], proposition_id=f"c-{name}")
        )
        if stance is not NONE
        else agreed(judgement("anna", NONE, article_id=unit[0], actor_id=unit[1], proposition_id=f"c-{name}"))
        for name, stance in stances.items()
    ]
    found = derive(coded, TREE)
    assert [statement.key for statement in found] == [statement.key for statement in coded]
    return {statement.proposition_id.removeprefix("c-"): statement for statement in found}


def stances_of(found: dict[str, Statement]) -> dict[str, Stance]:
    return {name: statement.stance for name, statement in found.items()}


def test_opposition_is_carried_down_with_details_and_evidence() -> None:
    found = derived(any=OPPOSES, troops=NONE)["troops"]
    assert (found.stance, found.kind) == (OPPOSES, StatementKind.DERIVED)
    assert found.rule == "opposition carried down from c-any"
    assert {name: getattr(found, name) for name in DETAILS} == DETAILS
    assert offsets(found.evidence) == [(9, 33)]
    # How the unit itself was coded stays visible.
    assert (found.status, found.n_coders, found.votes) == (Status.SINGLE, 1, (Vote(stance=NONE, n=1),))


def test_opposition_is_not_carried_up_or_across() -> None:
    assert stances_of(derived(any=NONE, troops=OPPOSES, arms=NONE)) == {
        "any": NONE,
        "troops": OPPOSES,
        "arms": NONE,
    }


@pytest.mark.parametrize("stance", [stance for stance in Stance if stance is not OPPOSES])
def test_no_other_stance_is_carried(stance: Stance) -> None:
    found = derived(any=stance, troops=NONE)["troops"]
    assert (found.stance, found.kind) == (NONE, StatementKind.HUMAN)


@pytest.mark.parametrize("stance", [stance for stance in Stance if stance is not NONE])
def test_only_no_position_gives_way(stance: Stance) -> None:
    found = derived(any=OPPOSES, troops=stance)["troops"]
    assert (found.stance, found.kind) == (stance, StatementKind.HUMAN)


def test_two_levels_down() -> None:
    found = derived(any=OPPOSES, troops=NONE, peacekeeping=NONE, arms=NONE)
    assert stances_of(found) == {"any": OPPOSES, "troops": OPPOSES, "peacekeeping": OPPOSES, "arms": OPPOSES}
    assert found["peacekeeping"].rule == "opposition carried down from c-any"


def test_a_level_that_was_not_coded_is_passed_over() -> None:
    assert derived(any=OPPOSES, peacekeeping=NONE)["peacekeeping"].stance is OPPOSES


def test_the_nearest_opposition_counts() -> None:
    assert derived(any=OPPOSES, troops=OPPOSES, peacekeeping=NONE)["peacekeeping"].rule == (
        "opposition carried down from c-troops"
    )


@pytest.mark.parametrize("between", [Stance.SUPPORTS, Stance.SEEKS, Stance.MIXED])
def test_a_position_in_between_stops_it(between: Stance) -> None:
    """Against war in general, for peacekeepers: nothing follows for what lies below peacekeepers."""
    found = derived(any=OPPOSES, troops=between, peacekeeping=NONE)
    assert (found["peacekeeping"].stance, found["peacekeeping"].kind) == (NONE, StatementKind.HUMAN)


@pytest.mark.parametrize("between", [NONE, Stance.CANNOT_TELL])
def test_no_position_in_between_does_not_stop_it(between: Stance) -> None:
    assert derived(any=OPPOSES, troops=between, peacekeeping=NONE)["peacekeeping"].stance is OPPOSES


def test_order_does_not_matter() -> None:
    down = derived(any=OPPOSES, troops=NONE, peacekeeping=NONE)
    up = derived(peacekeeping=NONE, troops=NONE, any=OPPOSES)
    assert down == up


def test_another_actor_and_another_article_are_not_touched() -> None:
    above = agreed(judgement("anna", OPPOSES, proposition_id="c-any"))
    for changes in ({"actor_id": "noel-amari"}, {"article_id": "c-b"}):
        below = agreed(judgement("anna", NONE, **changes))
        assert derive([above, below], TREE) == [above, below]


def test_ancestors_nearest_first() -> None:
    assert ancestors("c-peacekeeping", TREE) == ["c-troops", "c-any"]
    assert ancestors("c-any", TREE) == []
    assert ancestors("c-x", tree(x="gone")) == []


def test_a_cycle_ends_the_walk() -> None:
    assert ancestors("c-a", tree(a="b", b="a")) == ["c-b", "c-a"]
    assert ancestors("c-a", tree(a="a")) == ["c-a"]
    assert ancestors("c-x", tree(x="a", a="b", b="a")) == ["c-a", "c-b"]


# -- the made-up corpus ---------------------------------------------------------------------------------


def test_the_statements_of_the_made_up_corpus() -> None:
    sources = read_sources(MINI)
    decisions = {entry.record.key: entry.record for entry in sources.decisions}
    coded = [
        agree([entry.record for entry in entries], decisions.get(key))
        for key, entries in sources.judgements_by_unit().items()
    ]
    found = derive((statement for statement in coded if statement is not None), sources.propositions_by_id)
    assert len(found) == 17
    assert {statement.key for statement in found if statement.status is Status.ADJUDICATED} == {
        ("norland-2001-harbour", "westland", "norland-2001-troops"),
        ("norland-2001-spring", "westland", "norland-2001-troops"),
    }
    (carried,) = (statement for statement in found if statement.kind is StatementKind.DERIVED)
    assert carried.key == ("norland-2001-harbour", "noel-amari", "norland-2001-troops")
    assert {statement.kind for statement in found} == {StatementKind.MODEL, StatementKind.DERIVED}
