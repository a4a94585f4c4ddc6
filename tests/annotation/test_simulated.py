"""The simulated coders: what they read, where they differ, and that nobody is told that they are people."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from standoff.annotation.demo import TOY, make_project
from standoff.annotation.simulated import CODERS, DETAILS, SENTENCE, Answer
from standoff.corpus.check import check
from standoff.corpus.reader import read_sources
from standoff.errors import RefusedError
from standoff.records import (
    DETAIL_FIELDS,
    POSITIONED,
    Attribution,
    CoderKind,
    Condition,
    Confidence,
    Relay,
    Stance,
)

SOURCES = read_sources(TOY)
ACTORS = SOURCES.actors_by_id


def answer(coder_id: str, article_id: str, actor_id: str) -> Answer:
    text = SOURCES.articles_by_id[article_id].text
    assert text is not None
    return CODERS[coder_id].answer(text, ACTORS[actor_id], list(ACTORS.values()))


def test_the_toy_project_is_sound_and_its_coders_are_programs(tmp_path: Path) -> None:
    make_project(tmp_path / "toy")
    report = check(tmp_path / "toy")
    assert {incident.rule for incident in report.incidents} == {"unit-uncoded"}
    sources = read_sources(tmp_path / "toy")
    assert {entry.record.coder_id: entry.record.kind for entry in sources.coders} == dict.fromkeys(
        CODERS, CoderKind.MODEL
    )
    assert sources.codebooks == ["v1"]


def test_a_project_is_not_written_over_another(tmp_path: Path) -> None:
    (tmp_path / "toy").mkdir()
    with pytest.raises(RefusedError, match="exists already"):
        make_project(tmp_path / "toy")
    assert not list((tmp_path / "toy").iterdir())


def test_a_clear_cue_in_a_sentence_on_the_actor_is_a_position() -> None:
    found = answer("rules-strict", "sudmark-2001-request", "tor-aske")
    text = SOURCES.articles_by_id["sudmark-2001-request"].text or ""
    assert (found.stance, found.details["attribution"]) == (Stance.OPPOSES, Attribution.DIRECT_QUOTE)
    ((start, end),) = found.evidence
    assert text[start:end] == "“Not one soldier,” Tor Aske told a crowd in the old market."


def test_who_is_named_second_is_talked_about() -> None:
    assert answer("rules-strict", "harlund-1999-practice", "norland").stance is Stance.OPPOSES
    assert answer("rules-strict", "sudmark-2001-envoy", "mara-lind").stance is Stance.NO_POSITION
    offer = answer("rules-strict", "sudmark-2001-envoy", "westland")
    assert offer.details["condition"] == Condition.QUID_PRO_QUO
    assert offer.details["relay"] == Relay.ANONYMOUS


def test_only_the_lenient_coder_takes_hints_and_only_two_follow_pronouns() -> None:
    hinted = [answer(coder_id, "sudmark-2001-column", "mara-lind") for coder_id in CODERS]
    assert [found.stance for found in hinted] == [Stance.NO_POSITION, Stance.SUPPORTS, Stance.NO_POSITION]
    assert hinted[1].confidence is Confidence.MEDIUM
    referred = [answer(coder_id, "sudmark-2001-leaflets", "mara-lind").stance for coder_id in CODERS]
    assert referred == [Stance.NO_POSITION, Stance.SEEKS, Stance.SEEKS]


def test_answers_hold_what_the_codebook_asks_for() -> None:
    assert tuple(DETAILS) == DETAIL_FIELDS
    differ = 0
    for article in SOURCES.articles_by_id.values():
        for actor_id in article.actor_ids:
            answers = [answer(coder_id, article.article_id, actor_id) for coder_id in CODERS]
            differ += answers[0].stance is not answers[1].stance
            for found in answers:
                assert (found.stance in POSITIONED) == bool(found.evidence) == (found.details.keys() == {*DETAILS})
    assert differ >= 5  # or there would be nothing to adjudicate


def test_sentences_cover_a_text_in_order_and_keep_closing_quotation_marks() -> None:
    text = SOURCES.articles_by_id["sudmark-2001-request"].text or ""
    found = [(match.start(), match.end()) for match in SENTENCE.finditer(text)]
    assert all(first[1] <= second[0] for first, second in pairwise(found))
    between = "".join(text[first[1] : second[0]] for first, second in pairwise(found))
    assert not between.strip()
    assert text[found[0][0] : found[0][1]] == "Lind turns to Norland as the Front nears the capital"
