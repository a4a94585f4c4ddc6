"""The methods paragraph: every number is the report's, and nobody is called a person who is none."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from standoff.annotation.agreement.fields import Row, chosen_fields
from standoff.annotation.agreement.finding import Resampling
from standoff.annotation.agreement.gather import Gathered, gather
from standoff.annotation.agreement.intervals import Estimate
from standoff.annotation.agreement.methods import gaps, methods_paragraph, with_interval
from standoff.annotation.agreement.report import AgreementReport, report_on_judgements, report_on_table
from standoff.annotation.agreement.rounding import number
from standoff.annotation.campaign.findings import Finding
from standoff.corpus.reader import read_sources
from standoff.version import __version__

MINI = Path(__file__).parents[2] / "data" / "mini"
FEW: Resampling = {"resamples": 50, "seed": 3}
ESTIMATE = Estimate(
    coefficient="alpha_nominal",
    value=0.812,
    low=0.75,
    high=0.864,
    level=0.95,
    undefined=None,
    no_interval_because=None,
    few_groups=True,
    n_units=40,
    n_ratings=80,
    n_groups=10,
    n_coders=2,
    resamples=1000,
    left_out=0,
    seed=1,
)
NONE = replace(ESTIMATE, low=None, high=None)


def paragraph(report: AgreementReport) -> str:
    (kind,) = report.kinds
    return methods_paragraph(report, kind)


@pytest.fixture(scope="module")
def mini() -> Gathered:
    return gather(read_sources(MINI))


def reported(gathered: Gathered) -> AgreementReport:
    return report_on_judgements(gathered, chosen_fields(None), about="two made-up conflicts", resampling=FEW)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.812, ".81"),
        (-0.034, "-.03"),
        (1.0, "1.00"),
        (0.9961, ".996"),
        (0.0, ".00"),
        (0.5, ".50"),
        (-1.5, "-1.50"),
    ],
)
def test_numbers_have_no_leading_zero_and_do_not_round_up_to_one(value: float, text: str) -> None:
    assert number(value) == text


def test_an_interval_is_in_brackets_and_its_lack_in_words() -> None:
    assert with_interval(ESTIMATE) == ".81 [.75, .86]"
    assert with_interval(NONE) == ".81 (no interval)"
    assert with_interval(replace(NONE, value=None, undefined="only one value occurs")) == "undefined"


def test_gaps_give_each_reason_once_and_say_what_is_too_small() -> None:
    small = replace(NONE, n_groups=3, no_interval_because="3 groups")
    perfect = replace(ESTIMATE, value=1.0, low=1.0, high=1.0)
    never = replace(NONE, value=None, undefined="only one value occurs")
    named = [("a", ESTIMATE), ("b", small), ("c", perfect), ("d", small), ("e", never)]
    assert gaps([*named, ("f", replace(NONE, no_interval_because="it is rare"))]) == [
        (["b", "d"], "no interval, n too small, 3 groups"),
        (["c"], "nobody differs, and resampling cannot show how many would in more texts"),
        (["e"], "undefined, only one value occurs"),
        (["f"], "no interval, it is rare"),
    ]


def test_the_paragraph_on_models_calls_nobody_a_person(mini: Gathered) -> None:
    text = paragraph(reported(mini))
    assert text.startswith(
        "Two coders (model-a and model-b) coded 17 units (each an actor and a proposition in an article) in four "
        "articles (two made-up conflicts) by codebook v1; 17 of the units have two or more coders. The coders are "
        "not people but programs or language models."
    )
    assert "The coders are people" not in text
    assert text.endswith(f"Computed with standoff {__version__}.")


def test_every_alpha_and_f1_of_the_report_is_in_the_paragraph(mini: Gathered) -> None:
    report = reported(mini)
    text = paragraph(report)
    (kind,) = report.kinds
    for field in kind.fields:
        alpha = field.overall.alpha
        assert alpha.undefined or f"{with_interval(alpha)} for " in text, field.field
    for part in kind.finding:
        assert with_interval(part.overall) in text
    assert "Alpha for commitment and relay: undefined, only one value occurs." in text
    assert "no interval, n too small, 4 groups; resampling them needs at least 5." in text
    assert "a bootstrap over whole articles (50 resamples, seed 3)" in text
    assert "Finding apart from classifying, alpha is " in text
    assert not re.search(r"  |\.\.|\(\)|None", text)


def test_a_table_of_people() -> None:
    rows = [
        Row(f"u{unit}", coder, "tone", "yes" if (unit + (coder == "b")) % 5 else "no", f"u{unit}", "human")
        for unit in range(30)
        for coder in "abc"
    ]
    text = paragraph(report_on_table(rows, about="t.csv", order=["no", "yes"], none="no", resampling=FEW))
    assert text.startswith("Three coders (a, b and c) coded 30 units (t.csv); 30 of the units have two or more")
    assert "The coders are people." in text
    assert "for tone as ordinal, no < yes (30 units)" in text
    assert "for tone_found (30 units)" in text
    assert "tone_which: undefined, only one value occurs." in text
    assert "a bootstrap over units (50 resamples" in text


def test_only_the_round_find(mini: Gathered) -> None:
    evidence = mini.judgements[0].evidence
    findings = tuple(
        Finding(
            article_id=article,
            coder_id=coder,
            kind=mini.judgements[0].kind,
            statements=({"actor": "ada-berg", "proposition_id": "p", "evidence": evidence},),
            mentions=(),
            codebook_version="v1",
            created_at=mini.judgements[0].created_at,
            lead_time_s=None,
            export=mini.judgements[0].export,
            text_sha256="0" * 64,
        )
        for article in mini.conflict_of
        for coder in ("anna", "ben")
    )
    text = paragraph(reported(Gathered((), findings, mini.conflict_of)))
    assert text.startswith("Two coders (anna and ben) looked for statements in four articles (two made-up")
    assert (
        "In finding statements in four articles, pairwise F1 is 1.00 (no interval) for who takes a position"
        in text
    )
    assert "For the words that show them it is 1.00 (no interval) where overlapping spans" in text
    assert "alpha is" not in text
