"""Practice: the score by hand, who passes, and what coders are told."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.annotation.campaign.practised import known_rows, practised

from standoff.annotation.campaign.campaign import Campaign, Round, campaign_folder
from standoff.annotation.campaign.key import KnownAnswer, read_key
from standoff.annotation.campaign.practice import Score, author_note, feedback, overlap, read_readings, score
from standoff.corpus.sources import Sources
from standoff.corpus.text import make_evidence
from standoff.errors import InputError
from standoff.files import write_jsonl
from standoff.records import Attribution, Judgement, Stance

Practised = tuple[Sources, Campaign, list[KnownAnswer], list[Judgement]]


@pytest.fixture
def given(tmp_path: Path) -> Practised:
    """Key and readings: model-a answers as the key does, model-b not at all."""
    sources, campaign = practised(tmp_path)
    readings = [entry.record for entry in sources.judgements if entry.record.coder_id == "model-a"]
    key = read_key(sources, campaign)
    return sources, campaign, key, [one for one in readings if one.key in {known.key for known in key}]


def scored(given: Practised, **changed: object) -> Score:
    sources, campaign, key, readings = given
    first, *others = readings
    return score(key, [first.model_copy(update=changed), *others], campaign, sources)[0]


def test_answers_as_known_pass_with_an_interval(given: Practised) -> None:
    one = scored(given)
    n = len(known_rows())
    assert (one.coder_id, one.answered, one.passed, one.evidence) == ("model-a", n, True, 1.0)
    assert (one.fields["stance"].hits, one.fields["stance"].n) == (n, n)
    assert one.fields["stance"].interval is not None
    assert one.fields["stance"].interval[0] == pytest.approx(n / (n + 1.959963984540054**2))


def test_details_are_compared_where_both_see_a_position(given: Practised) -> None:
    positions = sum(row["evidence"] != [] for row in known_rows())
    one = scored(given, attribution=Attribution.HEADLINE_ONLY)
    assert (one.fields["attribution"].hits, one.fields["attribution"].n) == (positions - 1, positions)
    assert (one.fields["relay"].hits, one.fields["relay"].n) == (positions, positions)
    without = scored(given, stance=Stance.NO_POSITION)
    assert without.fields["relay"].n == positions - 1


@pytest.mark.parametrize(("mark", "passed"), [(0.66, True), (0.67, False)])
def test_the_mark_is_reached_or_not(given: Practised, mark: float, passed: bool) -> None:
    sources, campaign, key, readings = given
    assert len(key) == 3
    marked = campaign.model_copy(update={"pass_mark": mark})
    altered = scored((sources, marked, key, readings), stance=Stance.MIXED)
    assert (altered.fields["stance"].hits, altered.fields["stance"].n) == (2, 3)
    assert altered.passed is passed


def test_the_mark_itself_is_enough(given: Practised) -> None:
    sources, campaign, key, readings = given
    full = (sources, campaign.model_copy(update={"pass_mark": 1.0}), key, readings)
    assert scored(full).passed is True
    assert scored(full, stance=Stance.MIXED).passed is False


def test_nobody_has_passed_before_all_is_answered(given: Practised) -> None:
    sources, campaign, key, readings = given
    half, none = score(key, readings[:2], campaign, sources)
    assert (half.answered, half.passed) == (2, None)
    assert (none.coder_id, none.answered, none.passed, none.evidence) == ("model-b", 0, None, None)
    assert none.fields["stance"].interval is None


def test_the_last_answer_counts(given: Practised) -> None:
    sources, campaign, key, readings = given
    again = readings[0].model_copy(update={"stance": Stance.MIXED})
    assert score(key, [*readings, again], campaign, sources)[0].fields["stance"].hits == len(key) - 1


def test_a_coder_nobody_knows_is_refused(given: Practised) -> None:
    sources, campaign, key, readings = given
    with pytest.raises(InputError, match="no coder 'zoe'"):
        score(key, readings, campaign.model_copy(update={"coders": ("zoe",)}), sources)


def test_overlap_counts_characters_marked_by_both() -> None:
    text = "0123456789" * 3
    spans = [make_evidence(text, *place) for place in ((0, 10), (10, 20), (5, 15))]
    assert overlap([spans[0]], [spans[0]]) == 1
    assert overlap([spans[0]], [spans[1]]) == 0
    assert overlap([spans[0]], [spans[2]]) == pytest.approx(2 * 5 / 20)
    assert overlap(spans[:2], [spans[2]]) == pytest.approx(2 * 10 / 30)
    assert overlap([spans[0]], []) == 0
    assert overlap([], []) == 1


def test_readings_are_read_where_a_pull_leaves_them(given: Practised) -> None:
    sources, campaign, _, readings = given
    assert read_readings(sources.root, campaign.name, Round.PRACTICE) == []
    path = campaign_folder(sources.root, campaign.name) / "readings" / "practice.jsonl"
    write_jsonl(path, (one.to_json() for one in readings))
    assert read_readings(sources.root, campaign.name, Round.PRACTICE) == readings
    path.write_text('{"stance":"for"}\n')
    with pytest.raises(InputError, match=r"practice\.jsonl:1"):
        read_readings(sources.root, campaign.name, Round.PRACTICE)


# -- what coders are told -------------------------------------------------------------------------------


def told(given: Practised, **changed: object) -> str:
    sources, campaign, *_ = given
    return feedback(scored(given, **changed), campaign, sources)


def test_feedback_says_what_differs_why_and_where_to_read(given: Practised) -> None:
    text = told(given, stance=Stance.MIXED)
    changed = given[3][0]
    assert f"| stance | {next(k.stance for k in given[2] if k.key == changed.key)} | **mixed** |" in text
    assert f"Why: Rule of {changed.actor_id} (codebook v1, 1, rule 7)" in text
    assert text.count("stance differs") == 1
    assert text.count(": as known") == len(given[2]) - 1


def test_feedback_tells_details_that_differ_apart(given: Practised) -> None:
    text = told(given, attribution=Attribution.HEADLINE_ONLY)
    assert "stance as known, details differ" in text
    assert "**headline_only**" in text


def test_feedback_quotes_the_evidence(given: Practised) -> None:
    row = next(row for row in known_rows() if row["evidence"])
    assert f"“{row['evidence'][0]}”" in told(given)


def test_feedback_says_who_passed(given: Practised) -> None:
    sources, campaign, key, readings = given
    assert "Passed." in told(given)
    assert "Not passed" in told(given, stance=Stance.MIXED)
    half = score(key, readings[:2], campaign, sources)[0]
    assert "1 units are not answered yet" in feedback(half, campaign, sources)
    assert ": not answered" in feedback(half, campaign, sources)


def test_nothing_in_a_reason_becomes_markup(tmp_path: Path) -> None:
    rows = known_rows()
    rows[0]["reason"] = "a <b>bold</b> | *claim*\n# and more"
    sources, campaign = practised(tmp_path, rows)
    text = feedback(score(read_key(sources, campaign), [], campaign, sources)[0], campaign, sources)
    assert r"a \<b\>bold\</b\> \| \*claim\* \# and more" in text


def test_a_models_key_says_so(tmp_path: Path) -> None:
    sources, campaign = practised(tmp_path, known_rows(author="model-b"))
    note = author_note(read_key(sources, campaign))
    assert note == "Known answers by model-b (model). A model's answer is a reading to argue with, not the truth."


def test_a_persons_key_says_so_too(given: Practised) -> None:
    assert author_note(given[2]) == "Known answers by anna (human)."
