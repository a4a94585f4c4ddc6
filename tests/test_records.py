from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from standoff.errors import InputError
from standoff.records import (
    BOARD_LABEL,
    DETAIL_FIELDS,
    LABEL_FIELDS,
    POSITIONED,
    Actor,
    ActorKind,
    Article,
    Attribution,
    BoardLabel,
    Coder,
    CoderKind,
    Commitment,
    Condition,
    Confidence,
    Conflict,
    Decision,
    Evidence,
    Export,
    Instrument,
    Judgement,
    Labelled,
    Origin,
    Proposition,
    Record,
    Relay,
    Role,
    Split,
    Stance,
    Statement,
    StatementKind,
    Status,
    TextAvailability,
    Time,
    Unit,
)

if TYPE_CHECKING:
    from enum import StrEnum

# -- inventories ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inventory", "values"),
    [
        (Stance, "seeks supports opposes mixed no_position cannot_tell"),
        (Attribution, "direct_quote indirect reported_act inferred headline_only"),
        (Commitment, "asserted hedged"),
        (Condition, "none if_clause quid_pro_quo scope_or_time_limit"),
        (Relay, "none named anonymous"),
        (Time, "current past prospective"),
        (Confidence, "low medium high"),
        (CoderKind, "human model"),
        (StatementKind, "human model derived"),
        (Status, "adjudicated majority single"),
        (BoardLabel, "support oppose none"),
        (Split, "train validation test"),
        (ActorKind, "person government armed-group party international-organisation civil-society"),
        (Instrument, "any troops air-strikes arms peacekeeping sanctions mediation safe-passage"),
        (Origin, "dispatch newswire public-record"),
        (TextAvailability, "included bring-your-own"),
    ],
)
def test_the_closed_inventories(inventory: type[StrEnum], values: str) -> None:
    assert [member.value for member in inventory] == values.split()


def test_the_board_has_a_label_for_every_stance_that_is_scored() -> None:
    assert {stance.value: label and label.value for stance, label in BOARD_LABEL.items()} == {
        "seeks": "support",
        "supports": "support",
        "opposes": "oppose",
        "mixed": None,
        "no_position": "none",
        "cannot_tell": None,
    }
    assert {stance.value for stance in POSITIONED} == {"seeks", "supports", "opposes", "mixed"}


LABELLED = "article_id actor_id proposition_id stance attribution commitment condition relay time evidence"
FIELDS: dict[type[Record], str] = {
    Article: """
        article_id conflict_id title text text_sha256 language published outlet url sources origin
        text_availability license cluster_id split actor_ids proposition_ids paragraphs
    """,
    Actor: "actor_id name aliases kind country wikidata roles",
    Proposition: "proposition_id conflict_id text intervener place beneficiary instrument broader",
    Conflict: "conflict_id name place start end summary",
    Judgement: f"""
        {LABELLED} judgement_id coder_id kind confidence note codebook_version created_at lead_time_s
        suggestion_shown export text_sha256
    """,
    Decision: f"{LABELLED} decided_by kind decided_at reason from_judgements codebook_version export text_sha256",
    Statement: f"{LABELLED} status kind n_coders votes rule",
    Evidence: "start end quote_sha256 prefix suffix",
    Coder: "coder_id kind description",
}


@pytest.mark.parametrize("record", FIELDS)
def test_fields_in_stored_order(record: type[Record]) -> None:
    assert list(record.model_fields) == FIELDS[record].split()


def test_label_fields_stand_together_in_stored_order() -> None:
    assert ("stance", *DETAIL_FIELDS) == LABEL_FIELDS
    assert list(Labelled.model_fields) == [*Unit.model_fields, *LABEL_FIELDS, "evidence"]


# -- fields ---------------------------------------------------------------------------------------------

ROLE = {"role": "Mayor", "from": "2000-01-01", "to": None}
ACTOR: dict[str, Any] = {
    "actor_id": "ada-berg",
    "name": "Ada Berg",
    "aliases": [],
    "kind": "person",
    "country": "NO",
    "wikidata": "Q1",
    "roles": [ROLE],
}
SPAN = {"start": 0, "end": 1, "quote_sha256": "0" * 64, "prefix": "", "suffix": ""}


def refusal(record: type[Record], data: object) -> str:
    with pytest.raises(InputError) as caught:
        record.parse(data, where="actors.yaml:3")
    return str(caught.value)


def test_the_error_lists_field_value_and_expectation() -> None:
    kinds = [repr(kind.value) for kind in ActorKind]
    data = {**ACTOR, "kind": "militia", "country": "no", "roles": [ROLE, {**ROLE, "from": "soon"}]}
    assert refusal(Actor, data).split("\n") == [
        "actors.yaml:3: is not a valid actor record:",
        f"  - kind: Input should be {', '.join(kinds[:-1])} or {kinds[-1]} (got 'militia')",
        "  - country: String should match pattern '^[A-Z]{2}$' (got 'no')",
        "  - roles.1.from: Value error, a day is written YYYY-MM-DD, a time YYYY-MM-DDTHH:MM:SSZ (got 'soon')",
        "  what to do: correct the fields named above",
    ]


def test_what_is_no_record_at_all() -> None:
    assert "(record): Input should be a valid dictionary" in refusal(Actor, ["ada-berg"])
    assert "(got None)" in refusal(Actor, None)


@pytest.mark.parametrize(
    "day", [20241208, "20241208", "86400", 0, 1.5, True, "2024-13-01", "2024-12-8", "8.12.2024", "", "2024-12-08 "]
)
def test_what_is_not_a_day(day: object) -> None:
    assert "roles.0.from: " in refusal(Actor, {**ACTOR, "roles": [{**ROLE, "from": day}]})


def test_a_day_is_a_date_or_its_iso_text() -> None:
    day = dt.date(2024, 12, 8)
    assert Role.parse({**ROLE, "from": "2024-12-08"}, where="x") == Role(role="Mayor", from_=day, to=None)


@pytest.mark.parametrize("moment", ["2024-12-08T12:00:00Z", "2024-12-08T12:00:00+00:00"])
def test_a_time_is_in_utc(moment: str) -> None:
    assert decided(decided_at=moment).to_json()["decided_at"] == "2024-12-08T12:00:00Z"


@pytest.mark.parametrize(
    "moment", ["2024-12-08T12:00:00", "2024-12-08T12:00:00+01:00", "2024-12-08", "1733616000", 1733616000]
)
def test_what_is_not_a_time_in_utc(moment: object) -> None:
    with pytest.raises(ValidationError, match="decided_at"):
        decided(decided_at=moment)


def decided(**changes: Any) -> Decision:
    data: dict[str, Any] = {
        **dict.fromkeys(("article_id", "actor_id", "proposition_id", "decided_by"), "a"),
        **dict.fromkeys(DETAIL_FIELDS),
        "kind": "model",
        "stance": "no_position",
        "evidence": [],
        "decided_at": "2024-12-08T12:00:00Z",
        "reason": "So it says.",
        "from_judgements": [],
        "codebook_version": "v1",
        "export": {"file": "c/a.jsonl", "sha256": "0" * 64, "annotation_id": "1"},
        "text_sha256": "0" * 64,
    }
    return Decision.model_validate({**data, **changes})


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("actor_id", ["Ada", "ada_berg", "ada--berg", "-ada", "ada berg", "", "å", "a" * 97, 5, None]),
        ("name", ["", " ", " Ada", "Ada ", "A\nB", "A\u2028B", "A\x1b[2JB", "\x9bA", "a" * 501, "\ud800", None]),
        ("aliases", [None, "Berg", [" "], [5]]),
        ("country", ["no", "NOR", "N", "", 5]),
        ("wikidata", ["Q0", "q1", "1", "Q01", "https://www.wikidata.org/wiki/Q1"]),
    ],
)
def test_what_an_actor_may_not_be(field: str, bad: list[object]) -> None:
    Actor.parse(ACTOR, where="x")
    for value in bad:
        assert f"- {field}" in refusal(Actor, {**ACTOR, field: value})


@pytest.mark.parametrize("file", ["a.jsonl", "syria-2024/model-a.jsonl", "a_b/C.2024.json"])
def test_an_export_is_below_its_folder(file: str) -> None:
    Export(file=file, sha256="0" * 64, annotation_id="1")


@pytest.mark.parametrize(
    "file", ["../coders.yaml", "a/../../b", "/etc/passwd", "a//b", ".hidden", "a/", "", "a\\b", "x" * 201]
)
def test_an_export_is_nowhere_else(file: str) -> None:
    with pytest.raises(ValidationError, match="file"):
        Export(file=file, sha256="0" * 64, annotation_id="1")


@pytest.mark.parametrize("number", [float("inf"), float("nan"), -1.0])
def test_lead_time_is_a_number_of_seconds(number: float) -> None:
    assert "- lead_time_s: " in refusal(Judgement, {"lead_time_s": number})
    assert "- lead_time_s: " not in refusal(Judgement, {"lead_time_s": 1.5})


@pytest.mark.parametrize(("start", "end"), [(1, 1), (2, 1), (-1, 1), (0, 0)])
def test_a_span_has_a_length(start: int, end: int) -> None:
    Evidence.parse(SPAN, where="x")
    assert "is not a valid evidence record" in refusal(Evidence, {**SPAN, "start": start, "end": end})


def test_a_conflict_and_a_role_end_after_they_start() -> None:
    conflict = {"conflict_id": "c", "name": "C", "place": "NO", "start": "2001-01-01", "summary": ""}
    assert Conflict.parse({**conflict, "end": "2001-01-01"}, where="x").start == dt.date(2001, 1, 1)
    assert "a conflict ends after it starts (start 2001-01-01, end 2000-12-31)" in refusal(
        Conflict, {**conflict, "end": "2000-12-31"}
    )
    for end in ("2000-01-01", "1999-12-31"):
        assert f"a role ends after it starts (from 2000-01-01, to {end})" in refusal(Role, {**ROLE, "to": end})


# -- roles ----------------------------------------------------------------------------------------------

TRUMP = Actor(
    actor_id="donald-trump",
    name="Donald Trump",
    aliases=("Trump",),
    kind=ActorKind.PERSON,
    country="US",
    wikidata=None,
    roles=(
        Role(role="President of the United States", from_=dt.date(2017, 1, 20), to=dt.date(2021, 1, 20)),
        Role(role="President-elect of the United States", from_=dt.date(2024, 11, 6), to=dt.date(2025, 1, 20)),
        Role(role="President of the United States", from_=dt.date(2025, 1, 20), to=None),
        Role(role="Owner", from_=None, to=dt.date(2017, 1, 20)),
    ),
)


@pytest.mark.parametrize(
    ("day", "roles"),
    [
        ("1990-01-01", ["Owner"]),
        ("2017-01-19", ["Owner"]),
        ("2017-01-20", ["President of the United States"]),
        ("2021-01-19", ["President of the United States"]),
        ("2021-01-20", []),
        ("2024-11-05", []),
        ("2024-11-06", ["President-elect of the United States"]),
        ("2024-12-08", ["President-elect of the United States"]),
        ("2025-01-19", ["President-elect of the United States"]),
        ("2025-01-20", ["President of the United States"]),
        ("2090-01-01", ["President of the United States"]),
    ],
)
def test_a_role_is_looked_up_on_a_day(day: str, roles: list[str]) -> None:
    assert TRUMP.roles_on(dt.date.fromisoformat(day)) == tuple(roles)


def test_a_role_without_days_holds_always() -> None:
    always = Role(role="Actor", from_=None, to=None)
    assert always.holds_on(dt.date.min)
    assert always.holds_on(dt.date.max)


def test_names_are_the_name_and_the_aliases() -> None:
    assert TRUMP.names == ("Donald Trump", "Trump")
