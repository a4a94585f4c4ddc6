"""Agreement on evidence, and on what the round ``find`` yielded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from standoff.annotation.agreement.finding import Resampling
from standoff.annotation.agreement.found import FindingAgreement, evidence_agreement, find_agreement
from standoff.annotation.campaign.findings import Finding
from standoff.corpus.reader import read_sources
from standoff.records import Evidence, Judgement, Stance

MINI = Path(__file__).parents[2] / "data" / "mini"
FEW: Resampling = {"resamples": 100, "seed": 1}
CONFLICT = {f"a{n}": "c1" if n < 6 else "c2" for n in range(10)}


@pytest.fixture(scope="module")
def model() -> Judgement:
    """A judgement to change."""
    return read_sources(MINI).judgements[0].record


def spans(*offsets: tuple[int, int]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(start=start, end=end, quote_sha256="0" * 64, prefix="", suffix="") for start, end in offsets
    )


def judged(
    model: Judgement, article: str, coder: str, evidence: tuple[Evidence, ...], **changes: Any
) -> Judgement:
    return model.model_copy(update={"article_id": article, "coder_id": coder, "evidence": evidence, **changes})


def finding(article: str, coder: str, *statements: tuple[str, str, tuple[int, int]]) -> Finding:
    return Finding.model_validate(
        {
            "article_id": article,
            "coder_id": coder,
            "kind": "model",
            "statements": [
                {"actor": actor, "proposition_id": proposition, "evidence": spans(span)}
                for actor, proposition, span in statements
            ],
            "mentions": spans((0, 4)) if coder == "a" else spans((0, 5)),
            "codebook_version": "v1",
            "created_at": "2026-01-01T00:00:00Z",
            "lead_time_s": None,
            "export": {"file": "a/b.json", "sha256": "0" * 64, "annotation_id": "1"},
            "text_sha256": "0" * 64,
        }
    )


def by_name(agreements: list[FindingAgreement]) -> dict[tuple[str, str], FindingAgreement]:
    return {(one.found, one.criterion): one for one in agreements}


def test_evidence_is_compared_where_both_coders_see_a_position(model: Judgement) -> None:
    made = by_name(
        evidence_agreement(
            [
                judged(model, "a0", "a", spans((0, 10), (20, 30))),
                judged(model, "a0", "b", spans((0, 10), (25, 35))),
                judged(model, "a1", "a", spans((0, 10))),
                judged(model, "a1", "b", (), stance=Stance.NO_POSITION),
                judged(model, "a2", "a", spans((0, 10))),
            ],
            CONFLICT,
            resampling=FEW,
        )
    )
    assert {name: one.overall.value for name, one in made.items()} == {
        ("evidence", "overlap"): 1,
        ("evidence", "exact"): 2 * 1 / 4,
        ("evidence", "characters"): 2 * 15 / 40,
    }
    assert {one.overall.n_pairs for one in made.values()} == {1}


def test_units_of_one_article_are_resampled_together(model: Judgement) -> None:
    held = [
        judged(model, f"a{n}", coder, spans((0, 10)), actor_id=actor)
        for n in range(6)
        for coder in ("a", "b")
        for actor in ("x", "y")
    ]
    one = by_name(evidence_agreement(held, CONFLICT, resampling=FEW))["evidence", "exact"]
    assert (one.overall.n_documents, one.overall.n_groups) == (12, 6)


def test_no_position_no_evidence(model: Judgement) -> None:
    held = [judged(model, "a0", coder, (), stance=Stance.CANNOT_TELL) for coder in ("a", "b")]
    assert evidence_agreement(held, CONFLICT, resampling=FEW) == []


def test_statements_actors_and_spans_of_the_round_find() -> None:
    findings = [
        finding("a0", "a", ("x", "p", (0, 10)), ("y", "p", (20, 30)), ("y", "q", (20, 30))),
        finding("a0", "b", ("x", "p", (0, 10)), ("y", "r", (22, 30))),
        finding("a1", "a", ("x", "p", (0, 10))),
        finding("a1", "b"),
        finding("a2", "a", ("x", "p", (0, 10))),  # nobody else read it
    ]
    made = by_name(find_agreement(findings, CONFLICT, resampling=FEW))
    assert {name: one.overall.value for name, one in made.items()} == {
        ("statements", "same"): 2 * 1 / (3 + 2 + 1),
        ("actors", "same"): 2 * 2 / (2 + 2 + 1),
        ("spans", "overlap"): 2 * 2 / (2 + 2 + 1),
        ("spans", "exact"): 2 * 1 / (2 + 2 + 1),
        ("spans", "characters"): 2 * 18 / (20 + 18 + 10),
        ("mentions", "overlap"): 1,
        ("mentions", "exact"): 0,
        ("mentions", "characters"): 2 * 4 / 9,
    }
    assert {one.overall.n_documents for one in made.values()} == {2}


def test_parts_are_conflicts_and_pairs_and_add_up() -> None:
    findings = [
        finding(f"a{n}", coder, *([("x", "p", (0, 10))] if (n + ord(coder)) % 3 else []))
        for n in range(10)
        for coder in "abc"
    ]
    one = by_name(find_agreement(findings, CONFLICT, resampling=FEW))["statements", "same"]
    assert [part.conflict_id for part in one.by_conflict] == ["c1", "c2"]
    assert [part.f1.n_documents for part in one.by_conflict] == [6, 4]
    assert [part.f1.low is None for part in one.by_conflict] == [False, True]
    assert [part.coders for part in one.by_pair] == [("a", "b"), ("a", "c"), ("b", "c")]
    for parts in (one.by_conflict, one.by_pair):
        assert sum(part.f1.shared for part in parts) == one.overall.shared
        assert sum(part.f1.found for part in parts) == one.overall.found


def test_what_nobody_marked_is_not_reported() -> None:
    findings = [finding(f"a{n}", coder) for n in range(3) for coder in "ab"]
    assert {one.found for one in find_agreement(findings, CONFLICT, resampling=FEW)} == {"mentions"}
    assert find_agreement([], CONFLICT, resampling=FEW) == []
