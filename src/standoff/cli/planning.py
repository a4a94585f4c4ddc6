"""``standoff annotate plan``, ``practice`` and ``progress``: who codes what, how practice went, how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from standoff.annotation.campaign.campaign import Campaign, Round
from standoff.cli.options import Format, Output, Root, print_json, print_table

if TYPE_CHECKING:
    from standoff.annotation.campaign.campaign import Assignment
    from standoff.annotation.campaign.drift import SelfAgreement
    from standoff.annotation.campaign.key import KnownAnswer
    from standoff.corpus.sources import Sources
    from standoff.errors import Problem

HERE = Path()
SHOWN_PAIRS = 10
"""More pairs of coders than this are summed up."""

Name = Annotated[str, typer.Argument(help="The campaign's name: a folder of annotations/campaigns.")]


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan of one round: its tasks, how many are new, and what no longer fits."""

    round: Round
    tasks: list[Assignment]
    new: int
    stale: list[Problem]


def plan_command(
    name: Name,
    conflict: Annotated[list[str] | None, typer.Option(help="A conflict to code; may be given again.")] = None,
    coder: Annotated[
        list[str] | None, typer.Option(help="Who codes, of annotations/coders.yaml; may be given again.")
    ] = None,
    coders_per_unit: Annotated[
        int | None, typer.Option(help="How many coders code each unit.", show_default="2")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Decides what chance decides.", show_default="0")] = None,
    repeats: Annotated[
        float | None, typer.Option(help="Share of a coder's units that come back.", show_default="0.05")
    ] = None,
    practice: Annotated[
        Path | None, typer.Option(help="File of units with known answers; it is copied.", dir_okay=False)
    ] = None,
    pass_mark: Annotated[
        float | None, typer.Option(help="Share of known stances that passes practice.", show_default="0.8")
    ] = None,
    adjudicator: Annotated[str | None, typer.Option(help="Who decides where coders differ.")] = None,
    codebook: Annotated[str | None, typer.Option(help="The codebook version.", show_default="the newest")] = None,
    rounds: Annotated[
        list[Round] | None,
        typer.Option("--round", help="A round to plan; may be given again.", show_default="practice if any, main"),
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(help="Seconds a unit takes, for the expected hours.", min=0)
    ] = None,
    root: Root = HERE,
    output: Output = Format.TEXT,
) -> None:
    """Plan who codes what in which order; of an existing campaign, show the plan and add what is new.

    Example: standoff annotate plan pilot --conflict syria-2024 --coder anna --coder ben
    """
    from standoff.annotation.campaign.campaign import campaign_folder, read_campaign, write_plan
    from standoff.annotation.campaign.key import KEY_FILE
    from standoff.annotation.campaign.setup import (
        check_campaign,
        refuse_contradictions,
        refuse_double_work,
        write_campaign,
    )
    from standoff.corpus.reader import read_sources
    from standoff.files import read_bytes, write_bytes

    sources, folder = read_sources(root), campaign_folder(root, name)
    asked: dict[str, Any] = {
        "conflicts": conflict or None,
        "coders": coder or None,
        "coders_per_unit": coders_per_unit,
        "seed": seed,
        "repeats": repeats,
        "practice": KEY_FILE if practice else None,
        "pass_mark": pass_mark,
        "adjudicator": adjudicator,
        "codebook": codebook,
    }
    fresh = not (folder / "campaign.toml").is_file()
    if fresh:
        campaign = _new_campaign(name, asked, sources)
    else:
        campaign = read_campaign(root, name)
        refuse_contradictions(campaign, asked, folder / "campaign.toml")
    check_campaign(campaign, sources)
    key = None if practice is None else _given_key(sources, practice, folder / KEY_FILE)
    planned = _extend(sources, campaign, rounds, key)
    refuse_double_work(campaign, sources, (task for one in planned for task in one.tasks))
    # Everything fits. The campaign is written first: if what follows is cut short, the same command completes it.
    if fresh:
        if practice is not None:
            write_bytes(folder / KEY_FILE, read_bytes(practice))
        write_campaign(root, campaign)
    for one in planned:
        if one.new:
            write_plan(root, name, one.round, one.tasks)
    if output is Format.JSON:
        print_json({"campaign": campaign.to_json(), "rounds": {one.round.value: _to_json(one) for one in planned}})
        return
    for one in planned:
        _print_plan(one, campaign, sources, seconds if seconds is not None else _usual_seconds(sources))
    first = next((one.round for one in planned if one.new), Round.MAIN)
    typer.echo(f"campaign and plan: {folder}\nnext: standoff annotate push {name} {first}")


def _extend(
    sources: Sources, campaign: Campaign, rounds: Sequence[Round] | None, key: Sequence[KnownAnswer] | None
) -> list[Planned]:
    """Return the plans of the rounds that are asked for, and of those that there are."""
    from standoff.annotation.campaign.campaign import read_plan
    from standoff.annotation.campaign.plan import extend_plan, stale_tasks

    wanted = rounds or [*([Round.PRACTICE] if campaign.practice else []), Round.MAIN]
    found = []
    for round_ in Round:
        before = read_plan(sources.root, campaign.name, round_)
        # The plans of feedback and adjudication follow from answers: they are made elsewhere, and refused here.
        if round_ in wanted or (before and round_ not in {Round.FEEDBACK, Round.ADJUDICATION}):
            tasks = extend_plan(sources, campaign, round_, before, key=key)
            stale = stale_tasks(sources, campaign, tasks)
            found.append(Planned(round_, tasks, len(tasks) - len(before), stale))
    return found


def _new_campaign(name: str, asked: dict[str, Any], sources: Sources) -> Campaign:
    from standoff.annotation.codebook import newest
    from standoff.errors import InputError

    missing = [f"--{option}" for option in ("conflict", "coder") if not asked[f"{option}s"]]
    if missing:
        raise InputError(
            f"there is no campaign {name!r}, and a new one needs {' and '.join(missing)}",
            remedy=f"standoff annotate plan {name} --conflict … --coder … --coder …",
        )
    defaults = {"coders_per_unit": 2, "seed": 0, "codebook": newest(sources.codebooks)}
    given = {field: value for field, value in asked.items() if value is not None}
    return Campaign.parse({"name": name, **defaults, **given}, where="the options")


def _given_key(sources: Sources, given: Path, kept: Path) -> list[KnownAnswer]:
    """Return the known answers of the file that was given, unless another one is kept already."""
    from standoff.annotation.campaign.key import read_known_answers
    from standoff.errors import RefusedError
    from standoff.files import sha256_file

    key = read_known_answers(sources, given)
    if kept.is_file() and sha256_file(kept) != sha256_file(given):
        raise RefusedError(
            "the campaign keeps another practice key", where=kept, got=str(given), remedy="edit the kept one"
        )
    return key


def _usual_seconds(sources: Sources) -> float | None:
    """Return the mean time of the judgements that are timed."""
    times = [entry.record.lead_time_s for entry in sources.judgements if entry.record.lead_time_s is not None]
    return sum(times) / len(times) if times else None


def _print_plan(planned: Planned, campaign: Campaign, sources: Sources, seconds: float | None) -> None:
    from standoff.annotation.campaign.plan import overlaps, shares
    from standoff.errors import listed

    kinds = {entry.record.coder_id: entry.record.kind.value for entry in sources.coders}
    rows, find = shares(planned.tasks), planned.round is Round.FIND
    # How long a unit takes says nothing of an article in which statements are sought.
    hours = None if find or seconds is None else seconds / 3600
    n_units = len({(one.article_id, one.actor_id, one.proposition_id) for one in planned.tasks})
    by = "every coder" if planned.round is Round.PRACTICE else f"{campaign.coders_per_unit} coders"
    print_table(
        f"{planned.round}: {n_units} {'articles' if find else 'units'}, each by {by}; new tasks: {planned.new}",
        ("coder", "kind", "tasks", "articles", "repeats", *(() if hours is None else ("hours",))),
        (
            (
                *(row.coder_id, kinds.get(row.coder_id), row.tasks, row.articles, row.repeats),
                *(() if hours is None else (round(row.tasks * hours, 1),)),
            )
            for row in rows
        ),
    )
    if hours is not None:
        typer.echo(f"hours at {seconds:.0f} seconds a task")
    if idle := sorted(set(campaign.coders) - {row.coder_id for row in rows}):
        typer.echo(f"no tasks for {', '.join(idle)}: every unit has its {campaign.coders_per_unit} coders")
    if planned.round is Round.MAIN:
        _print_overlaps(overlaps(planned.tasks), [row.tasks - row.repeats for row in rows])
    if planned.stale:
        typer.echo(f"{len(planned.stale)} in this plan no longer fit:\n{listed(planned.stale)}")


def _print_overlaps(pairs: dict[tuple[str, str], int], loads: Sequence[int]) -> None:
    typer.echo(f"units per coder, repeats aside, differ by at most {max(loads) - min(loads)}")
    if not pairs:
        return
    if len(pairs) <= SHOWN_PAIRS:
        shown = ", ".join(f"{one} and {other} {n}" for (one, other), n in pairs.items())
        typer.echo(f"units that two coders have in common: {shown}")
    else:
        typer.echo(f"units that two coders have in common: {min(pairs.values())} to {max(pairs.values())}")
    apart = [f"{one} and {other}" for (one, other), n in pairs.items() if n == 0]
    if apart:
        typer.echo(f"nothing in common, so no agreement to compute: {', '.join(apart)}")


def _to_json(planned: Planned) -> dict[str, Any]:
    from standoff.annotation.campaign.plan import overlaps, shares

    return {
        "new": planned.new,
        "coders": [asdict(row) for row in shares(planned.tasks)],
        "pairs": [{"coders": list(pair), "tasks": n} for pair, n in overlaps(planned.tasks).items()],
        "stale": [asdict(problem) for problem in planned.stale],
    }


def practice_command(
    name: Name,
    feedback: Annotated[
        Path | None, typer.Option(help="Write what each coder is told to this folder.", file_okay=False)
    ] = None,
    root: Root = HERE,
    output: Output = Format.TEXT,
) -> None:
    """Compare the practice answers that were pulled with the known ones: who has passed, and why not.

    Example: standoff annotate practice pilot --feedback feedback
    """
    from standoff.annotation.campaign.campaign import read_campaign, write_plan
    from standoff.annotation.campaign.key import read_key
    from standoff.annotation.campaign.practice import author_note, feedback_plan, read_readings, score
    from standoff.annotation.campaign.practice import feedback as told
    from standoff.cli.coders_tables import print_practice
    from standoff.corpus.reader import read_sources
    from standoff.files import write_text

    sources, campaign = read_sources(root), read_campaign(root, name)
    key = read_key(sources, campaign)
    scores = score(key, read_readings(root, name, Round.PRACTICE), campaign, sources)
    for one in scores:
        if feedback is not None and one.answered:
            write_text(feedback / f"{one.coder_id}.md", told(one, campaign, sources))
    if plan := feedback_plan(sources, campaign):
        write_plan(root, name, Round.FEEDBACK, plan)
    if output is Format.JSON:
        print_json({"campaign": name, "key": author_note(key), "coders": [one.to_json() for one in scores]})
        return
    print_practice(scores, campaign)
    typer.echo(author_note(key))
    if plan:
        typer.echo(f"next, for the coders to read: standoff annotate push {name} {Round.FEEDBACK}")
    if feedback is not None:
        typer.echo(f"what coders are told: {feedback}")


def progress_command(
    name: Name,
    round_: Annotated[Round, typer.Option("--round", help="The round to look at.")] = Round.MAIN,
    root: Root = HERE,
    output: Output = Format.TEXT,
) -> None:
    """Show from what was pulled how far coders are, how quick, how steady, and whom to ask about it.

    Example: standoff annotate progress pilot
    """
    from standoff.annotation.campaign.campaign import planning_command, read_campaign, read_plan
    from standoff.annotation.campaign.drift import drift, self_agreement
    from standoff.annotation.campaign.pace import pace
    from standoff.annotation.campaign.progress import read_answers, read_done, work
    from standoff.cli.coders_tables import print_drift, print_pace, print_self_agreement, print_work
    from standoff.corpus.reader import read_sources
    from standoff.errors import NotFoundError

    sources, campaign = read_sources(root), read_campaign(root, name)
    plan = read_plan(root, name, round_)
    if not plan:
        raise NotFoundError(
            f"the round {round_} of {name} is not planned",
            remedy=planning_command(name, round_),
        )
    answers = read_answers(sources, campaign, round_, plan)
    words = {
        article_id: sum(paragraph.words for paragraph in article.paragraphs)
        for article_id, article in sources.articles_by_id.items()
    }
    decisions = {entry.record.key: entry.record.stance for entry in sources.decisions}
    works = work(plan, read_done(sources, campaign, round_, plan))
    paces = pace(answers, words, seed=campaign.seed)
    selves = self_agreement(answers)
    # Practice and finding are too short for an early and a late half.
    drifts = drift(answers, decisions, seed=campaign.seed) if round_ is Round.MAIN else []
    flags = [
        {"coder_id": one.coder_id, "what": what}
        for part in (paces, selves, drifts)
        for one in part
        for what in one.flags
    ]
    n_tests = sum(value is not None for one in drifts for value in one.changes.values())
    if output is Format.JSON:
        print_json(
            {
                "campaign": name,
                "round": round_.value,
                "work": [_dated(asdict(one)) for one in works],
                "pace": [asdict(one) for one in paces],
                "self_agreement": [_self_json(one) for one in selves],
                "drift": [asdict(one) for one in drifts],
                "drift_tests": n_tests,
                "flags": flags,
            }
        )
        return
    print_work(works, f"{name}, {round_}: what was pulled")
    print_pace(paces)
    print_self_agreement(selves)
    print_drift(drifts)
    for flag in flags:
        typer.echo(f"ask {flag['coder_id']}: {flag['what']}")
    if n_tests:
        typer.echo(
            f"{n_tests} comparisons of late with early were made, each with an interval of 95 %: where nobody "
            "changes, about one in twenty still looks as if"
        )


def _dated(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in row.items()}


def _self_json(one: SelfAgreement) -> dict[str, Any]:
    return {
        "coder_id": one.coder_id,
        "fields": {name: share.to_json() for name, share in one.fields.items()},
        "changed": [{"unit": list(key), "first": a.value, "second": b.value} for key, a, b in one.changed],
    }
