from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import pytest

from standoff.annotation.campaign.campaign import Assignment, Campaign, Round, make_uid
from standoff.annotation.campaign.findings import Finding
from standoff.annotation.campaign.labels import RULES, Maker, merge_records, say_what_stays
from standoff.annotation.studio.results import Read, Reading, Refusal, Region
from standoff.corpus.check import check
from standoff.corpus.reader import read_sources
from standoff.errors import InputError, RefusedError
from standoff.files import read_jsonl, write_text
from standoff.records import CoderKind, Confidence, Decision, Export, Judgement, Stance

MINI = Path(__file__).parents[2] / "data" / "mini"
NEWS = "norland-2001-news"
COAL = "ostmark-2002-coal"
KEY = (COAL, "ada-berg", "ostmark-2002-sanctions")
AT = dt.datetime(2002, 6, 1, 9, 0, 0, tzinfo=dt.UTC)
EXPORT = Export(file="campaigns/pilot/main.anna.0123.json", sha256="a" * 64, annotation_id="0")
CAMPAIGN = Campaign(
    name="pilot",
    conflicts=("norland-2001", "ostmark-2002"),
    codebook="v1",
    coders=("model-a", "model-b"),
    coders_per_unit=2,
    seed=1,
    adjudicator="anna",
)
DETAILS = {
    "attribution": "indirect",
    "commitment": "asserted",
    "condition": "none",
    "relay": "none",
    "time": "current",
}
OPPOSES = {"stance": "opposes", **DETAILS, "confidence": "high"}
NO_POSITION = {"stance": "no_position", "confidence": "high"}
QUOTE = "to drop the ban"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = Path(shutil.copytree(MINI, tmp_path / "mini"))
    for name in ("judgements", "adjudicated"):
        shutil.rmtree(root / "annotations" / name)
    return root


def text_of(root: Path, article_id: str = COAL) -> str:
    text = read_sources(root).articles_by_id[article_id].text
    return text or (MINI.parent / f"{article_id}.txt").read_text().removesuffix("\n")


def reading(
    root: Path,
    values: dict[str, str],
    quotes: tuple[str, ...] = (),
    *,
    key: tuple[str, ...] = KEY,
    round_: Round = Round.MAIN,
    coder: str = "anna",
    occurrence: int = 1,
    **changes: Any,
) -> Reading:
    text = text_of(root, key[0])
    assignment = Assignment(
        uid=make_uid("pilot", round_, coder, key, occurrence=occurrence),
        round=round_,
        coder_id=coder,
        position=0,
        article_id=key[0],
        actor_id=key[1] if len(key) > 1 else None,
        proposition_id=key[2] if len(key) > 1 else None,
        occurrence=occurrence,
        text_sha256=read_sources(root).articles_by_id[key[0]].text_sha256,
    )
    spans = [(text.index(quote), text.index(quote) + len(quote)) for quote in quotes]
    given = {"given_at": AT, "lead_time_s": 12.5, "suggestion_shown": False, "annotation_id": "7", **changes}
    return Reading(assignment, task_id=40, values=values, spans=spans, text=text, **given)


def make(
    root: Path,
    *readings: Reading,
    round_: Round = Round.MAIN,
    coder: str = "anna",
    kind: CoderKind = CoderKind.HUMAN,
    export: Export = EXPORT,
) -> tuple[Maker, int]:
    maker = Maker(read_sources(root), CAMPAIGN, round_, coder, kind)
    maker.make(Read(list(readings)), export)
    return maker, maker.write()


def contents(root: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in root.rglob("*") if path.is_file()}


# -- judgements -----------------------------------------------------------------------------------------


def test_a_reading_becomes_a_judgement_of_the_corpus(root: Path) -> None:
    _, changed = make(root, reading(root, {**OPPOSES, "note": "Her letter."}, (QUOTE,)))
    (entry,) = read_sources(root).judgements
    judgement = entry.record
    assert (changed, entry.file) == (1, "annotations/judgements/ostmark-2002/anna.jsonl")
    assert (judgement.key, judgement.stance, judgement.confidence) == (KEY, Stance.OPPOSES, Confidence.HIGH)
    assert judgement.label_values == ("opposes", *DETAILS.values())
    assert (judgement.note, judgement.lead_time_s, judgement.created_at) == ("Her letter.", 12.5, AT)
    assert (judgement.codebook_version, judgement.suggestion_shown) == ("v1", False)
    assert judgement.export == EXPORT.model_copy(update={"annotation_id": "7"})
    (span,) = judgement.evidence
    assert text_of(root)[span.start : span.end] == QUOTE
    assert {incident.rule for incident in check(root).incidents} == {"export-missing", "unit-uncoded"}


@pytest.mark.parametrize("kind", CoderKind)
def test_the_kind_is_what_the_corpus_says_of_the_coder(root: Path, kind: CoderKind) -> None:
    make(root, reading(root, NO_POSITION), kind=kind)
    assert [entry.record.kind for entry in read_sources(root).judgements] == [kind]


def test_what_follows_again_from_a_later_export_changes_nothing(root: Path) -> None:
    make(root, reading(root, OPPOSES, (QUOTE,)))
    before = contents(root)
    later = EXPORT.model_copy(update={"file": "campaigns/pilot/main.anna.4567.json", "sha256": "b" * 64})
    _, changed = make(root, reading(root, OPPOSES, (QUOTE,)), export=later)
    assert (changed, contents(root)) == (0, before)


def test_a_changed_answer_replaces_the_stored_one(root: Path) -> None:
    make(root, reading(root, OPPOSES, (QUOTE,)))
    later = dt.datetime(2002, 6, 2, tzinfo=dt.UTC)
    _, changed = make(root, reading(root, NO_POSITION, given_at=later))
    (entry,) = read_sources(root).judgements
    assert (changed, entry.record.stance, entry.record.created_at) == (1, Stance.NO_POSITION, later)


def test_a_hidden_repeat_is_kept_beside_the_corpus(root: Path) -> None:
    make(root, reading(root, OPPOSES, (QUOTE,)), reading(root, NO_POSITION, occurrence=2))
    assert [entry.record.stance for entry in read_sources(root).judgements] == [Stance.OPPOSES]
    ((_, row),) = read_jsonl(root / "annotations/campaigns/pilot/readings/main.jsonl")
    assert Judgement.parse(row, where="row").stance is Stance.NO_POSITION


def test_practice_is_kept_beside_the_corpus_all_coders_in_one_file(root: Path) -> None:
    make(root, reading(root, NO_POSITION, round_=Round.PRACTICE), round_=Round.PRACTICE)
    ben = reading(root, OPPOSES, (QUOTE,), round_=Round.PRACTICE, coder="model-b")
    make(root, ben, round_=Round.PRACTICE, coder="model-b", kind=CoderKind.MODEL)
    assert read_sources(root).judgements == []
    rows = [row for _, row in read_jsonl(root / "annotations/campaigns/pilot/readings/practice.jsonl")]
    assert [(row["coder_id"], row["stance"]) for row in rows] == [("anna", "no_position"), ("model-b", "opposes")]


# -- what is refused ------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[dict[str, str], tuple[str, ...], str, str]] = {
    "no confidence": ({"stance": "no_position"}, (), "confidence-missing", "no confidence was given"),
    "an unknown stance": ({**NO_POSITION, "stance": "against"}, (), "unknown-value", "stance: Input should be"),
    "an unknown detail": ({**OPPOSES, "time": "now"}, (QUOTE,), "unknown-value", "time: Input should be"),
    "a detail too few": (
        {name: value for name, value in OPPOSES.items() if name != "relay"},
        (QUOTE,),
        "details-missing",
        "opposes without relay",
    ),
    "details without a position": (
        {**NO_POSITION, "time": "past"},
        (),
        "details-unneeded",
        "no_position with time; expected no details without a position",
    ),
    "no evidence": (OPPOSES, (), "evidence-missing", "opposes without evidence"),
    "evidence without a position": (NO_POSITION, (QUOTE,), "evidence-unneeded", "1 spans"),
    "spans that overlap": (OPPOSES, (QUOTE, "drop the ban and"), "evidence-overlap", ""),
    "no note where one is needed": ({**NO_POSITION, "confidence": "low"}, (), "note-missing", ""),
    "a quote without marks": (
        {**OPPOSES, "attribution": "direct_quote"},
        (QUOTE,),
        "quote-without-marks",
        "direct_quote",
    ),
}


@pytest.mark.parametrize(("values", "quotes", "rule", "message"), REFUSED.values(), ids=REFUSED)
def test_a_reading_that_breaks_a_rule_of_the_corpus(
    root: Path, values: dict[str, str], quotes: tuple[str, ...], rule: str, message: str
) -> None:
    other = (COAL, "westland", "ostmark-2002-sanctions")
    maker, changed = make(root, reading(root, values, quotes), reading(root, NO_POSITION, key=other))
    (refusal,) = maker.refusals
    assert (refusal.rule, refusal.coder_id, refusal.task_id, refusal.annotation_id) == (rule, "anna", 40, "7")
    assert refusal.message.startswith(message)
    assert changed == 1
    assert [entry.record.key for entry in read_sources(root).judgements] == [other]


def test_the_rules_are_those_of_the_corpus() -> None:
    assert {"details-missing", "evidence-overlap", "note-missing", "label-text-changed"} <= RULES.keys()
    assert not {"text-missing", "text-not-ours"} & RULES.keys()


def test_spans_of_a_text_that_is_not_shipped_are_checked_as_well(root: Path) -> None:
    key = (NEWS, "ada-berg", "norland-2001-troops")
    quoted = {**OPPOSES, "attribution": "direct_quote"}
    title = text_of(root, NEWS)[:10]
    maker, _ = make(root, reading(root, quoted, (title,), key=key))
    assert [refusal.rule for refusal in maker.refusals] == ["quote-without-marks"]


def test_a_text_that_has_changed_since_it_was_planned(root: Path) -> None:
    made = reading(root, NO_POSITION)
    made.assignment = made.assignment.model_copy(update={"text_sha256": "0" * 64})
    maker, _ = make(root, made)
    assert [refusal.rule for refusal in maker.refusals] == ["label-text-changed"]


def test_a_suggestion_may_be_shown_in_training_data_only(root: Path) -> None:
    training = ("norland-2001-harbour", "ada-berg", "norland-2001-troops")
    maker, changed = make(
        root,
        reading(root, NO_POSITION, suggestion_shown=True),
        reading(root, NO_POSITION, key=training, suggestion_shown=True),
    )
    assert [(one.rule, one.uid) for one in maker.refusals] == [
        ("suggestion-shown", reading(root, NO_POSITION).assignment.uid)
    ]
    assert changed == 1
    (entry,) = read_sources(root).judgements
    assert (entry.record.key, entry.record.suggestion_shown) == (training, True)


def test_a_refusal_takes_no_earlier_judgement_away_and_says_so(root: Path) -> None:
    make(root, reading(root, OPPOSES, (QUOTE,)))
    before = contents(root)
    broken = reading(root, OPPOSES)
    maker, changed = make(root, broken)
    assert (changed, contents(root)) == (0, before)
    (told,) = say_what_stays(maker.refusals, read_sources(root), [broken.assignment])
    assert told.message.endswith("; the judgement pulled earlier stays")


def test_what_was_never_pulled_is_not_said_to_stay(root: Path) -> None:
    broken = reading(root, OPPOSES)
    again = reading(root, OPPOSES, occurrence=2)
    refusals = [Refusal(one.assignment.uid, "anna", 1, "1", "offsets", "why") for one in (broken, again)]
    plan = [broken.assignment, again.assignment]
    assert say_what_stays(refusals, read_sources(root), plan) == refusals
    make(root, reading(root, OPPOSES, (QUOTE,)))
    told = say_what_stays(refusals, read_sources(root), plan)
    assert [one.message for one in told] == ["why; the judgement pulled earlier stays", "why"]


def test_labels_that_cannot_be_read_are_not_lost(root: Path) -> None:
    make(root, reading(root, NO_POSITION))
    path = root / "annotations/judgements/ostmark-2002/anna.jsonl"
    write_text(path, path.read_text().replace('"no_position"', '"none"'))
    before = contents(root)
    with pytest.raises(RefusedError, match="cannot be read and would be lost"):
        make(root, reading(root, NO_POSITION))
    assert contents(root) == before


# -- decisions ------------------------------------------------------------------------------------------


@pytest.fixture
def judged(root: Path) -> Path:
    shutil.copytree(MINI / "annotations/judgements", root / "annotations/judgements")
    return root


def decide(root: Path, values: dict[str, str], **changes: Any) -> tuple[Maker, int]:
    made = reading(root, values, round_=Round.ADJUDICATION, **changes)
    return make(root, made, round_=Round.ADJUDICATION)


def test_a_decision_names_what_it_was_made_on(judged: Path) -> None:
    decide(judged, {"stance": "no_position", "reason": "She wrote of another ban."})
    (entry,) = read_sources(judged).decisions
    decision = entry.record
    assert isinstance(decision, Decision)
    assert (decision.decided_by, decision.kind, decision.decided_at) == ("anna", CoderKind.HUMAN, AT)
    assert decision.reason == "She wrote of another ban."
    on = [one.record.judgement_id for one in read_sources(judged).judgements_by_unit()[KEY]]
    assert (len(on), list(decision.from_judgements)) == (2, on)


def test_a_decision_needs_its_reason(judged: Path) -> None:
    maker, changed = decide(judged, {"stance": "no_position"})
    assert ([one.rule for one in maker.refusals], changed) == (["reason-missing"], 0)


def test_what_a_stored_decision_was_made_on_does_not_change(judged: Path) -> None:
    decide(judged, {"stance": "no_position", "reason": "Because."})
    made_on = read_sources(judged).decisions[0].record.from_judgements
    make(judged, reading(judged, NO_POSITION, coder="anna"))
    _, changed = decide(judged, {"stance": "no_position", "reason": "Because."})
    assert (changed, read_sources(judged).decisions[0].record.from_judgements) == (0, made_on)


def test_a_decision_that_was_asked_for_again_replaces_the_first(judged: Path) -> None:
    first = reading(judged, {"stance": "no_position", "reason": "First."}, round_=Round.ADJUDICATION)
    again = reading(judged, {"stance": "no_position", "reason": "Again."}, round_=Round.ADJUDICATION, occurrence=2)
    make(judged, again, first, round_=Round.ADJUDICATION)
    assert [entry.record.reason for entry in read_sources(judged).decisions] == ["Again."]


def test_a_decision_that_is_confirmed_in_the_same_words_is_a_new_one(judged: Path) -> None:
    words = {"stance": "no_position", "reason": "Because."}
    decide(judged, words)
    later = AT + dt.timedelta(days=1)
    _, changed = decide(judged, words, occurrence=2, given_at=later)
    assert (changed, read_sources(judged).decisions[0].record.decided_at) == (1, later)


def test_two_who_decide_in_one_pull_lose_nothing(judged: Path) -> None:
    sources, other = read_sources(judged), (COAL, "westland", "ostmark-2002-sanctions")
    words = {"stance": "no_position", "reason": "Because."}
    for coder, key in (("anna", KEY), ("model-b", other)):
        maker = Maker(sources, CAMPAIGN, Round.ADJUDICATION, coder, CoderKind.MODEL)
        made = reading(judged, words, round_=Round.ADJUDICATION, coder=coder, key=key)
        maker.make(Read([made]), EXPORT)
        assert maker.write() == 1
    assert {entry.record.key for entry in read_sources(judged).decisions} == {KEY, other}


def test_what_was_read_in_feedback_is_taken_and_leaves_nothing(root: Path) -> None:
    before = contents(root)
    maker, changed = make(root, reading(root, {"read": "read"}, round_=Round.FEEDBACK), round_=Round.FEEDBACK)
    assert (maker.refusals, changed, contents(root)) == ([], 0, before)


# -- findings -------------------------------------------------------------------------------------------


def found(root: Path, *regions: tuple[str, dict[str, str]]) -> tuple[Maker, int]:
    made = reading(root, {}, key=(COAL,), round_=Round.FIND)
    for quote, labels in regions:
        start = made.text.index(quote)
        made.regions.append(Region(start, start + len(quote), labels))
    return make(root, made, round_=Round.FIND)


def finding(root: Path) -> Finding:
    ((_, row),) = read_jsonl(root / "annotations/findings/ostmark-2002/anna.jsonl")
    return Finding.parse(row, where="row")


def test_regions_become_statements_and_mentions(root: Path) -> None:
    position = {"proposition": "ostmark-2002-sanctions"}
    found(
        root,
        ("Mine owners warned", {**position, "actor": "other", "name": "mine owners"}),
        (QUOTE, {**position, "actor": "ada-berg"}),
        ("Punishing a neighbour", {**position, "actor": "ada-berg"}),
        ("Westland", {"actor": "westland"}),
    )
    one, text = finding(root), text_of(root)
    assert [(said.actor, said.proposition_id, len(said.evidence)) for said in one.statements] == [
        ("ada-berg", "ostmark-2002-sanctions", 2),
        ("mine owners", "ostmark-2002-sanctions", 1),
    ]
    assert [text[span.start : span.end] for span in one.mentions] == ["Westland"]
    assert (one.article_id, one.coder_id, one.kind, one.created_at) == (COAL, "anna", CoderKind.HUMAN, AT)


def test_an_article_in_which_nobody_takes_a_position_is_a_finding_too(root: Path) -> None:
    assert found(root)[1] == 1
    assert (finding(root).statements, finding(root).mentions) == ((), ())
    assert found(root)[1] == 0


@pytest.mark.parametrize(
    ("labels", "rule"),
    [
        ({"proposition": "ostmark-2002-sanctions"}, "statement-incomplete"),
        ({"proposition": "ostmark-2002-sanctions", "actor": "other"}, "statement-incomplete"),
        ({"proposition": "ostmark-2002-ghost", "actor": "ada-berg"}, "unknown-value"),
    ],
)
def test_a_region_that_says_too_little(root: Path, labels: dict[str, str], rule: str) -> None:
    maker, changed = found(root, (QUOTE, labels))
    assert ([one.rule for one in maker.refusals], changed) == ([rule], 0)


# -- what is expected, and what is kept -----------------------------------------------------------------


def test_a_unit_that_is_gone_is_not_expected(root: Path) -> None:
    there = reading(root, NO_POSITION).assignment
    gone = there.model_copy(update={"uid": "0" * 16, "actor_id": "river-front"})
    maker = Maker(read_sources(root), CAMPAIGN, Round.MAIN, "anna", CoderKind.HUMAN)
    expected = maker.expected([there, gone])
    assert expected.keys() == {there.uid}
    assert expected[there.uid]["actor"] == "Ada Berg"
    assert expected[there.uid]["proposition_id"] == "ostmark-2002-sanctions"


def test_records_beside_others_are_kept_and_a_broken_line_is_not_written_over(tmp_path: Path, root: Path) -> None:
    make(root, reading(root, NO_POSITION))
    record = read_sources(root).judgements[0].record
    path = tmp_path / "readings.jsonl"
    other = record.model_copy(update={"coder_id": "model-a"})

    def merged(*records: Judgement) -> int:
        return merge_records(path, Judgement, records, lambda one: (one.coder_id, *one.key))

    assert (merged(other), merged(record), merged(record, other)) == (1, 1, 0)
    assert len(path.read_text().splitlines()) == 2
    path.write_text("{}\n")
    with pytest.raises(InputError, match="is not a valid judgement record"):
        merged(record)
    assert path.read_text() == "{}\n"
