from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from standoff import records
from standoff.errors import InputError
from standoff.records import (
    Actor,
    ActorKind,
    Article,
    Attribution,
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
    Paragraph,
    Proposition,
    Record,
    Relay,
    Role,
    Source,
    Split,
    Stance,
    Statement,
    StatementKind,
    Status,
    TextAvailability,
    Time,
    Unit,
    Vote,
)

IDS = st.from_regex(r"[a-z0-9]{1,6}(-[a-z0-9]{1,6}){0,2}", fullmatch=True)
SHAS = st.text("0123456789abcdef", min_size=64, max_size=64)
LETTERS = st.characters(exclude_categories=["C", "Z"])
LINES = st.text(LETTERS, min_size=1, max_size=20) | st.sampled_from(["Noël Amari", "🚢 ships", "«x», “y”"])
PROSE = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
DAYS = st.dates(dt.date(1900, 1, 1))
MOMENTS = st.datetimes(dt.datetime(1900, 1, 1), timezones=st.just(dt.UTC))  # noqa: DTZ001 - the strategy adds it
URLS = st.from_regex(r"https?://[a-z]{1,5}\.org/[a-z0-9/?=&%]{0,8}", fullmatch=True)
COUNTRIES = st.from_regex(r"[A-Z]{2}", fullmatch=True)

PARAGRAPHS = st.builds(Paragraph, words=st.integers(1), sha256=SHAS)
SOURCES = st.builds(Source, url=URLS, publisher=LINES, published=st.none() | DAYS, accessed=DAYS)
SPANS = st.builds(
    lambda start, length, **rest: Evidence(start=start, end=start + length, **rest),
    st.integers(0, 999),
    st.integers(1, 99),
    quote_sha256=SHAS,
    prefix=PROSE,
    suffix=PROSE,
)
ROLES = st.builds(
    lambda role, days: Role(role=role, from_=min(days), to=max(days)),
    LINES,
    st.lists(DAYS, min_size=2, max_size=2, unique=True),
) | st.builds(Role, role=LINES, from_=st.none() | DAYS, to=st.none())


def several(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, max_size=3).map(tuple)


LABELS: dict[str, st.SearchStrategy[Any]] = {
    "article_id": IDS,
    "actor_id": IDS,
    "proposition_id": IDS,
    "stance": st.sampled_from(Stance),
    "attribution": st.none() | st.sampled_from(Attribution),
    "commitment": st.none() | st.sampled_from(Commitment),
    "condition": st.none() | st.sampled_from(Condition),
    "relay": st.none() | st.sampled_from(Relay),
    "time": st.none() | st.sampled_from(Time),
    "evidence": several(SPANS),
}
EXPORTS = st.builds(Export, file=st.just("c/a.jsonl"), sha256=SHAS, annotation_id=LINES)

RECORDS: list[st.SearchStrategy[Record]] = [
    st.builds(
        Article,
        article_id=IDS,
        conflict_id=IDS,
        title=LINES,
        text=st.none() | PROSE,
        text_sha256=SHAS,
        language=st.sampled_from(["en", "es", "pt-BR", "zh-Hant-TW"]),
        published=DAYS,
        outlet=LINES,
        url=st.none() | URLS,
        sources=several(SOURCES),
        origin=st.sampled_from(Origin),
        text_availability=st.sampled_from(TextAvailability),
        license=LINES,
        cluster_id=IDS,
        split=st.none() | st.sampled_from(Split),
        actor_ids=several(IDS),
        proposition_ids=several(IDS),
        paragraphs=several(PARAGRAPHS),
    ),
    st.builds(
        Actor,
        actor_id=IDS,
        name=LINES,
        aliases=several(LINES),
        kind=st.sampled_from(ActorKind),
        country=st.none() | COUNTRIES,
        wikidata=st.none() | st.integers(1).map("Q{}".format),
        roles=several(ROLES),
    ),
    st.builds(
        Proposition,
        proposition_id=IDS,
        conflict_id=IDS,
        text=LINES,
        intervener=st.none() | IDS,
        place=COUNTRIES,
        beneficiary=st.none() | IDS,
        instrument=st.sampled_from(Instrument),
        broader=st.none() | IDS,
    ),
    st.builds(
        lambda days, **rest: Conflict(start=min(days), end=max(days), **rest),
        st.lists(DAYS, min_size=2, max_size=2),
        conflict_id=IDS,
        name=LINES,
        place=COUNTRIES,
        summary=PROSE,
    ),
    st.builds(
        Judgement,
        **LABELS,
        judgement_id=IDS,
        coder_id=IDS,
        kind=st.sampled_from(CoderKind),
        confidence=st.sampled_from(Confidence),
        note=PROSE,
        codebook_version=st.integers(1, 99).map("v{}".format),
        created_at=MOMENTS,
        lead_time_s=st.none() | st.floats(0, allow_infinity=False),
        suggestion_shown=st.booleans(),
        export=EXPORTS,
        text_sha256=SHAS,
    ),
    st.builds(
        Decision,
        **LABELS,
        decided_by=IDS,
        kind=st.sampled_from(CoderKind),
        decided_at=MOMENTS,
        reason=LINES,
        from_judgements=several(IDS),
        codebook_version=st.just("v1"),
        export=EXPORTS,
        text_sha256=SHAS,
    ),
    st.builds(
        Statement,
        **LABELS,
        status=st.sampled_from(Status),
        kind=st.sampled_from(StatementKind),
        n_coders=st.integers(1, 9),
        votes=several(st.builds(Vote, stance=st.sampled_from(Stance), n=st.integers(1, 9))),
        rule=LINES,
    ),
    st.builds(Coder, coder_id=IDS, kind=st.sampled_from(CoderKind), description=LINES),
]


@settings(derandomize=True, deadline=None, database=None, max_examples=300)
@given(record=st.one_of(RECORDS))
def test_every_record_survives_json(record: Record) -> None:
    data = json.loads(json.dumps(record.to_json()))
    again = type(record).parse(data, where="here")
    assert again == record
    assert again.to_json() == data == record.to_json()
    assert list(data) == [field.alias or name for name, field in type(record).model_fields.items()]


@pytest.mark.parametrize("strategy", RECORDS, ids=range(len(RECORDS)))
def test_records_are_closed_and_frozen(strategy: st.SearchStrategy[Record]) -> None:
    @settings(derandomize=True, deadline=None, database=None, max_examples=3)
    @given(record=strategy)
    def closed_and_frozen(record: Record) -> None:
        first, *_ = data = record.to_json()
        with pytest.raises(InputError, match="colour: Extra inputs are not permitted"):
            type(record).parse({**data, "colour": "red"}, where="here")
        with pytest.raises(InputError, match=f"{first}: Field required"):
            type(record).parse({name: data[name] for name in data if name != first}, where="here")
        with pytest.raises(ValidationError, match="Instance is frozen"):
            setattr(record, first, data[first])

    closed_and_frozen()


def test_every_record_is_among_them() -> None:
    # Parts of records are built inside them; Unit and Labelled are their beginnings.
    parts = {Record, Source, Paragraph, Role, Evidence, Export, Vote, Unit, Labelled}
    everything = {one for one in vars(records).values() if isinstance(one, type) and issubclass(one, Record)}
    assert everything - parts == {Article, Actor, Proposition, Conflict, Judgement, Decision, Statement, Coder}
    assert len(RECORDS) == 8
