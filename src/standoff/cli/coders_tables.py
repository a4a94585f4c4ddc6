"""How practice and progress look on a terminal of 80 columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from standoff.cli.options import print_table
from standoff.records import DETAIL_FIELDS, POSITIONED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from standoff.annotation.campaign.campaign import Campaign
    from standoff.annotation.campaign.drift import Drift, SelfAgreement
    from standoff.annotation.campaign.pace import Pace
    from standoff.annotation.campaign.practice import Score
    from standoff.annotation.campaign.progress import Work
    from standoff.annotation.campaign.resampled import Estimate


def print_practice(scores: Sequence[Score], campaign: Campaign) -> None:
    """Print how coders did in practice, by field."""
    passed = {True: "yes", False: "no", None: "not done"}
    print_table(
        f"practice: stance as known in {100 * campaign.pass_mark:.0f} % passes",
        ("coder", "kind", "answered", "stance [95 %]", "evidence", "passed"),
        (
            (
                one.coder_id,
                one.kind,
                f"{one.answered} of {len(one.attempts)}",
                one.fields["stance"],
                "none" if one.evidence is None else f"{100 * one.evidence:.0f}",
                passed[one.passed],
            )
            for one in scores
        ),
    )
    if not any(one.answered for one in scores):
        return
    print_table(
        "details as known, where the key and the coder see a position",
        ("coder", *DETAIL_FIELDS),
        (
            (one.coder_id, *(f"{one.fields[field].hits}/{one.fields[field].n}" for field in DETAIL_FIELDS))
            for one in scores
        ),
    )


def print_work(works: Sequence[Work], title: str) -> None:
    """Print where coders stand."""
    print_table(
        title,
        ("coder", "tasks", "done", "skip", "left", "s each", "hours", "h left", "last", "ends"),
        (
            (
                one.coder_id,
                one.assigned,
                one.done,
                one.skipped,
                one.remaining,
                "-" if one.median_s is None else round(one.median_s),
                f"{one.hours:.1f}",
                "-" if one.hours_left is None else f"{one.hours_left:.1f}",
                "-" if one.last is None else f"{one.last:%d %b}",
                "-" if one.forecast is None else f"{one.forecast:%d %b}",
            )
            for one in works
        ),
    )


def print_pace(paces: Sequence[Pace]) -> None:
    """Print how quick coders are."""
    if not paces:
        typer.echo("no times are known, so nothing on pace")
        return
    print_table(
        "pace: articles too quick to have been read, time against others', odd times",
        ("coder", "articles", "too quick", "of others' [95 %]", "odd", "the oddest"),
        (
            (
                one.coder_id,
                one.articles,
                len(one.quick),
                _estimate(one.against_others, "{:.2f}"),
                len(one.odd),
                f"{one.odd[0].uid} ({one.odd[0].seconds:.0f} s)" if one.odd else "-",
            )
            for one in paces
        ),
    )


def print_self_agreement(selves: Sequence[SelfAgreement]) -> None:
    """Print how alike coders coded units that came back."""
    if not selves:
        typer.echo("no repeated unit is answered twice yet, so nothing on self-agreement")
        return
    print_table(
        "units that came back: coded alike, of how many",
        ("coder", "stance [95 %]", *DETAIL_FIELDS),
        (
            (
                one.coder_id,
                one.fields["stance"],
                *(f"{one.fields[field].hits}/{one.fields[field].n}" for field in DETAIL_FIELDS),
            )
            for one in selves
        ),
    )


def print_drift(drifts: Sequence[Drift]) -> None:
    """Print each coder's stream in quarters, and its late half against the early one."""
    if not drifts:
        return
    print_table(
        "by quarters of each coder's stream",
        ("coder", "quarter", "units", "positions", "as others", "median s"),
        (
            (
                one.coder_id,
                number,
                block.units,
                round(100 * sum(block.stances[stance] for stance in POSITIONED)),
                "-" if block.agreement is None else round(100 * block.agreement),
                "-" if block.median_s is None else round(block.median_s),
            )
            for one in drifts
            for number, block in enumerate(one.blocks, start=1)
        ),
    )
    print_table(
        "late half less early half [95 %], in points; time as a factor",
        ("coder", "positions", "as others", "as decided", "time"),
        (
            (
                one.coder_id,
                *(
                    _estimate(one.changes[test], "{:+.0f}", 100)
                    for test in ("positions", "agreement", "decisions")
                ),
                _estimate(one.changes["pace"], "{:.2f}"),
            )
            for one in drifts
        ),
    )


def _estimate(one: Estimate | None, form: str, scale: float = 1) -> str:
    if one is None:
        return "too few"
    # Rounded before it is written, as -0.3 would be written as -0.
    numbers = (round(scale * number, 2 if scale == 1 else None) + 0 for number in (one.value, one.low, one.high))
    value, low, high = (form.format(number) for number in numbers)
    return f"{value} [{low}, {high}]"
