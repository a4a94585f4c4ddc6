"""``standoff annotate adjudicate``, ``aggregate``, ``confusions``, ``next``: what follows from coders' answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from standoff.annotation.choosing import SEED, By
from standoff.cli.options import Format, Output, Root, Texts, print_json, print_table

if TYPE_CHECKING:
    from standoff.annotation.adjudication import ToDecide
    from standoff.annotation.aggregation import Aggregated, Agreement
    from standoff.annotation.choosing import Choice, Pool
    from standoff.records import Decision, Judgement, UnitKey

HERE = Path()
DECISIONS = "decisions"
MAX_CODERS = 20
"""More coders than this are not printed one by one."""

Conflicts = Annotated[
    list[str] | None, typer.Argument(help="Conflicts of the corpus; all by default.", show_default=False)
]


class Whose(StrEnum):
    """Whose judgements are looked at together."""

    HUMAN = "human"
    MODEL = "model"
    ALL = "all"


Kind = Annotated[
    Whose | None,
    typer.Option(help="Whose judgements: human, model or all. Needed where there are both.", show_default=False),
]


def adjudicate_command(
    name: Annotated[str, typer.Argument(help="The campaign's name: a folder of annotations/campaigns.")],
    root: Root = HERE,
    output: Output = Format.TEXT,
) -> None:
    """Plan the round in which one person decides where coders differ; what is new is added at the end.

    Example: standoff annotate adjudicate pilot
    """
    from standoff.annotation.adjudication import adjudication_plan, to_decide
    from standoff.annotation.campaign.campaign import Round, plan_file, read_campaign, read_plan, write_plan
    from standoff.corpus.reader import read_sources

    sources, campaign = read_sources(root), read_campaign(root, name)
    before = read_plan(root, name, Round.ADJUDICATION)
    plan, found = adjudication_plan(sources, campaign), to_decide(sources, campaign)
    if len(plan) > len(before):
        write_plan(root, name, Round.ADJUDICATION, plan)
    if output is Format.JSON:
        print_json(_adjudication_json(found, len(before), len(plan)))
        return
    for line in _adjudication_lines(found):
        typer.echo(line)
    kinds = {entry.record.coder_id: entry.record.kind.value for entry in sources.coders}
    typer.echo(
        f"{plan_file(root, name, Round.ADJUDICATION)}: {len(plan)} tasks, {len(plan) - len(before)} of them new; "
        f"{campaign.adjudicator} ({kinds[str(campaign.adjudicator)]}) decides"
    )
    if found.undecided or found.stale:
        typer.echo(f"next: standoff annotate push {name} adjudication")


def _adjudication_lines(found: ToDecide) -> list[str]:
    articles = {key[0] for key in found.undecided}
    lines = [f"{len(found.undecided)} units in {len(articles)} articles are to be decided"]
    if found.waiting:
        lines.append(
            f"{len(found.waiting)} units wait: coders differ, and another coder's answer is still to come"
        )
    if found.unanswered:
        lines.append(
            f"{len(found.unanswered)} units of the plan are not answered by all of their coders yet: run this "
            "again when they are (see: standoff annotate status)"
        )
    for stale in found.stale:
        unit = " / ".join(stale.decision.key)
        lines.append(f"to be looked at again: {unit}, decided by {stale.decision.decided_by}: {stale.why}")
    return lines


def _adjudication_json(found: ToDecide, n_before: int, n_tasks: int) -> dict[str, Any]:
    return {
        "tasks": n_tasks,
        "new": n_tasks - n_before,
        "undecided": [_unit(key) for key in found.undecided],
        "waiting": [_unit(key) for key in found.waiting],
        "unanswered": [_unit(key) for key in found.unanswered],
        "stale": [
            {**_unit(stale.decision.key), "decided_by": stale.decision.decided_by, "why": stale.why}
            for stale in found.stale
        ],
    }


def aggregate_command(
    conflicts: Conflicts = None,
    method: Annotated[
        list[str] | None,
        typer.Option(help="majority, dawid-skene or mace; may be given again.", show_default="all three"),
    ] = None,
    field: Annotated[str, typer.Option(help="The label field.")] = "stance",
    kind: Kind = None,
    seed: Annotated[int, typer.Option(help="Of MACE's starting points.", min=0)] = SEED,
    out: Annotated[
        Path | None, typer.Option(help="Write each unit's labels to this CSV file.", dir_okay=False)
    ] = None,
    root: Root = HERE,
    output: Output = Format.TEXT,
) -> None:
    """Compare ways to make one label of several coders'; a comparison, never the labels of the corpus.

    Example: standoff annotate aggregate syria-2024 --field stance --out compared.csv
    """
    from standoff.annotation.aggregation import METHODS, aggregate, agreements, ratings_of
    from standoff.annotation.selection import judgements_of_kind
    from standoff.corpus.reader import read_sources

    sources = read_sources(root)
    if out is not None:
        _refuse_inside(root, out)
    judgements = judgements_of_kind(sources, conflicts or (), kind=kind)
    ratings = ratings_of(judgements, field, lambda judgement: judgement.coder_id)
    found = [aggregate(ratings, name, seed=seed) for name in dict.fromkeys(method or METHODS)]
    judged = {judgement.key for judgement in judgements}
    made = [entry.record for entry in sources.decisions if entry.record.key in judged]
    decided = {one.unit: one.label for one in ratings_of(made, field, lambda decision: decision.decided_by)}
    compared = agreements({**{one.method: one.labels for one in found}, DECISIONS: decided})
    if out is not None:
        _write_csv(out, judgements, field, found, decided)
    if output is Format.JSON:
        print_json(_aggregate_json(judgements, field, found, compared))
        return
    _print_aggregated(judgements, field, found, compared)
    typer.echo(f"{DECISIONS}: {_whose_decisions(made)}")
    if out is not None:
        typer.echo(f"each unit's labels: {out}")


def _print_aggregated(
    judgements: Sequence[Judgement], field: str, found: Sequence[Aggregated], compared: Sequence[Agreement]
) -> None:
    from standoff.annotation.agreement.rounding import percent

    print_table(
        f"{field}, {_whose(judgements)}",
        ("method", "units", "with a label", "tie", "no majority"),
        (
            (
                one.method,
                len(one.units),
                len(one.labels),
                *(sum(unit.why_none == why for unit in one.units.values()) for why in ("tie", "no majority")),
            )
            for one in found
        ),
    )
    print_table(
        "agreement, where both have a label",
        ("one", "other", "units", "same", "share"),
        (
            (one.first, one.second, one.n, one.same, f"{percent(one.same / one.n, 1)} %" if one.n else "")
            for one in compared
        ),
    )
    coders = sorted({judgement.coder_id for judgement in judgements})
    if len(coders) <= MAX_CODERS:
        print_table(
            "coders: share with the majority; probability of the true label; of knowing it",
            ("coder", *(one.method for one in found)),
            ((coder, *(_quality(one, coder) for one in found)) for coder in coders),
        )
    if min(unit.n_coders for unit in found[0].units.values()) < 3:
        typer.echo(
            "With two coders on a unit nothing tells who errs: models break ties by coders' habits elsewhere."
        )


def _quality(one: Aggregated, coder: str) -> str:
    from standoff.annotation.agreement.rounding import rounded

    quality = next((row.quality for row in one.coders if row.coder == coder), None)
    return "" if quality is None else rounded(quality, 3)


def _aggregate_json(
    judgements: Sequence[Judgement], field: str, found: Sequence[Aggregated], compared: Sequence[Agreement]
) -> dict[str, Any]:
    from standoff.annotation.selection import kinds

    return {
        "field": field,
        "kinds": [kind.value for kind in kinds(judgements)],
        "methods": [
            {
                "method": one.method,
                "units": len(one.units),
                "with_label": len(one.labels),
                "coders": [
                    {"coder": row.coder, "n": row.n, "quality": row.quality, "confusion": row.confusion}
                    for row in one.coders
                ],
            }
            for one in found
        ],
        "agreement": [one._asdict() for one in compared],
    }


def _write_csv(
    out: Path,
    judgements: Sequence[Judgement],
    field: str,
    found: Sequence[Aggregated],
    decided: Mapping[tuple[str, ...], str],
) -> None:
    """Write a row per unit: what each method makes of it, how probable that is, and what was decided."""
    import csv
    import io

    from standoff.annotation.selection import kinds
    from standoff.files import write_text
    from standoff.records import UNIT_FIELDS

    by_unit: dict[UnitKey, list[Judgement]] = {}
    for judgement in judgements:
        by_unit.setdefault(judgement.key, []).append(judgement)
    methods = [name for one in found for name in (one.method, f"{one.method}_probability")]
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([*UNIT_FIELDS, "field", "coders", "kind", *methods, DECISIONS])
    for unit, first in found[0].units.items():
        behind = " and ".join(kind.value for kind in kinds(by_unit[unit[0], unit[1], unit[2]]))
        chosen = [one.units[unit] for one in found]
        cells = [cell for one in chosen for cell in (one.label or one.why_none, f"{one.probability:.4f}")]
        writer.writerow([*unit, field, first.n_coders, behind, *cells, decided.get(unit, "")])
    write_text(out, buffer.getvalue())


def _refuse_inside(root: Path, out: Path) -> None:
    """Refuse a file among the sources or the labels: there it would be taken for one of them."""
    from standoff.errors import RefusedError

    for folder in ("annotations", "corpus"):
        if out.resolve().is_relative_to((root / folder).resolve()):
            raise RefusedError(
                f"a comparison is not kept in {folder}/, among what is published",
                where=out,
                remedy="name a file elsewhere",
            )


def confusions_command(
    conflicts: Conflicts = None,
    kind: Kind = None,
    propose: Annotated[
        Path | None,
        typer.Option(
            help="Write proposals to this file, such as annotations/codebook/proposals-pilot.md.", dir_okay=False
        ),
    ] = None,
    root: Root = HERE,
    output: Output = Format.TEXT,
) -> None:
    """Show the pairs of labels that coders confuse, and propose where the codebook could tell them apart.

    Example: standoff annotate confusions haiti-2022 --propose annotations/codebook/proposals-haiti-2022.md
    """
    from standoff.annotation.confusions import RULE, confusions, proposals
    from standoff.annotation.selection import judgements_of_kind
    from standoff.cli.confusions_text import print_confusions
    from standoff.corpus.reader import read_sources
    from standoff.files import refuse_existing, write_text

    sources = read_sources(root)
    judgements = judgements_of_kind(sources, conflicts or (), kind=kind)
    judged = {judgement.key for judgement in judgements}
    made = [entry.record for entry in sources.decisions if entry.record.key in judged]
    found = confusions(judgements, made)
    repeated = sum(one.again_and_again for one in found)
    written = propose is not None and repeated > 0
    if propose is not None and written:
        # What editors wrote beside the proposals would be lost.
        refuse_existing(propose)
        write_text(propose, proposals(found, sources, judgements))
    if output is Format.JSON:
        print_json([one.to_json() for one in found])
        return
    print_confusions(found, _whose(judgements))
    typer.echo(f"decided: {_whose_decisions(made)}\nagain and again (*): {RULE}")
    if propose is not None:
        typer.echo(f"proposals: {propose}" if written else "no pair is; no proposals were written")


def next_command(
    split: Annotated[str, typer.Option(help="train; every other split is refused.")] = "train",
    by: Annotated[By, typer.Option(help="What makes a unit worth coding.")] = By.MIX,
    n: Annotated[int, typer.Option("-n", help="How many.", min=1)] = 20,
    whole_articles: Annotated[bool, typer.Option("--articles", help="Rank whole articles.")] = False,
    kind: Kind = None,
    seed: Annotated[int, typer.Option(help="Of the committee of models.", min=0)] = SEED,
    out: Annotated[Path | None, typer.Option(help="Write the units to this JSONL file.", dir_okay=False)] = None,
    root: Root = HERE,
    texts: Texts = None,
    output: Output = Format.TEXT,
) -> None:
    """Rank what nobody has coded yet in the training articles by what a model would learn from it.

    Example: standoff annotate next --split train --by uncertainty -n 20
    """
    from standoff.annotation.choosing import choose, make_pool
    from standoff.annotation.selection import judgements_of_kind
    from standoff.corpus.load import read_texts
    from standoff.corpus.reader import read_sources
    from standoff.files import write_jsonl

    sources = read_sources(root)
    at_hand = read_texts(texts) if texts else {}
    pool = make_pool(sources, split, at_hand)
    judgements = judgements_of_kind(sources, kind=kind) if sources.judgements else []
    chosen = choose(
        sources, judgements, by=by, n=n, split=split, texts=at_hand, whole_articles=whole_articles, seed=seed
    )
    if out is not None:
        write_jsonl(out, (_unit(key) for one in chosen for key in one.units))
    if output is Format.JSON:
        print_json([one.to_json() for one in chosen])
        return
    _print_choices(chosen, by, pool, judgements)
    if out is not None:
        typer.echo(f"the units: {out}")


def _print_choices(chosen: Sequence[Choice], by: By, pool: Pool, judgements: Sequence[Judgement]) -> None:
    trained = [one for one in judgements if one.key in set(pool.coded)]
    whose = f"trained on {_whose(trained)}" if trained else "nothing is coded yet"
    print_table(
        f"next by {by}, {len(pool.open)} training units without a judgement; {whose}",
        ("", "article", "actor", "proposition", "score", "uncertain", "disputed", "far"),
        (
            (
                number,
                one.units[0][0],
                *(one.units[0][1:] if len(one.units) == 1 else (f"{len(one.units)} units", "")),
                f"{one.score:.3f}",
                *("" if value is None else f"{value:.3f}" for value in (one.uncertainty, one.disagreement)),
                f"{one.distance:.3f}",
            )
            for number, one in enumerate(chosen, start=1)
        ),
    )
    for articles, why in (
        (pool.without_text, "their texts are not at hand (--texts)"),
        (pool.without_split, "they belong to no split, and may come to be test data"),
    ):
        if articles:
            typer.echo(f"left out, as {why}: {', '.join(articles)}")


def _whose(judgements: Sequence[Judgement]) -> str:
    """Return how many judgements there are and what their coders are, for a title."""
    kinds = {judgement.coder_id: judgement.kind.value for judgement in judgements}
    coders = ", ".join(f"{coder} ({kind})" for coder, kind in sorted(kinds.items()))
    return f"{len(judgements)} judgements by {coders if len(kinds) <= MAX_CODERS else f'{len(kinds)} coders'}"


def _whose_decisions(decisions: Sequence[Decision]) -> str:
    kinds = {decision.decided_by: decision.kind.value for decision in decisions}
    whose = ", ".join(f"{coder} ({kind})" for coder, kind in sorted(kinds.items()))
    return f"{len(decisions)} units" + (f", by {whose}" if whose else "")


def _unit(key: UnitKey) -> dict[str, str]:
    from standoff.records import UNIT_FIELDS

    return dict(zip(UNIT_FIELDS, key, strict=True))
