"""How pairs of labels that coders confuse look on a terminal of 80 columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from standoff.annotation.agreement.rounding import percent
from standoff.cli.options import print_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from standoff.annotation.confusions import Confusion


def print_confusions(found: Sequence[Confusion], whose: str) -> None:
    """Print a table per field, so that no label is broken on a terminal of 80 columns, and what was decided."""
    typer.echo(f"labels that coders confuse, {whose}")
    for field in dict.fromkeys(one.field for one in found):
        of_field = [one for one in found if one.field == field]
        print_table(
            field,
            ("rarer / other", "units", "of the rarer", "articles", "rate [95 %]", ""),
            (_confusion_row(one) for one in of_field),
        )
        for one in of_field:
            if one.decided:
                decided = ", ".join(f"{label} {n}" for label, n in one.decided.items())
                typer.echo(f"{_pair(one)}, decided: {decided}")
    if any(one.few_groups for one in found):
        typer.echo("few articles: such intervals come out too narrow")


def _pair(one: Confusion) -> str:
    other = one.labels[1] if one.rarer == one.labels[0] else one.labels[0]
    return f"{one.rarer} / {other}"


def _confusion_row(one: Confusion) -> tuple[object, ...]:
    span = "" if one.low is None or one.high is None else f" [{percent(one.low)}, {percent(one.high)}]"
    return (
        _pair(one),
        one.n,
        one.n_rarer,
        one.n_articles,
        f"{percent(one.rate)} %{span}",
        "*" if one.again_and_again else "",
    )
