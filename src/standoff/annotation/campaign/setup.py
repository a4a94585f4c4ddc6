"""Starting a campaign: what people decide is checked and written to ``campaign.toml``, which they edit later."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from standoff.annotation.campaign.campaign import FOLDER, Assignment, Campaign, Round, campaign_folder, read_plan
from standoff.errors import InputError, Problem, RefusedError, listed, unknown_name
from standoff.files import write_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from standoff.corpus.sources import Sources

TOML = """\
# What was decided before coding started. Edit it by hand, and run "standoff annotate plan {name}" again: what is
# planned already stays as it is; new coders, conflicts and articles are added.

name = {name_quoted}

# Conflicts whose articles are coded, and the codebook that coders follow (annotations/codebook).
conflicts = {conflicts}
codebook = {codebook}

# Who codes (annotations/coders.yaml), and how many of them code each unit without seeing each other's answers.
coders = {coders}
coders_per_unit = {coders_per_unit}

# Who decides where coders differ; nobody who codes.
{adjudicator}

# Decides what chance decides: who gets which article, and in which order.
seed = {seed}

# Share of a coder's units that come back once, unannounced: do coders agree with themselves?
repeats = {repeats}

# Units with known answers, a file in this folder, and the share of known stances from which a coder has passed.
{practice}
pass_mark = {pass_mark}
"""


def campaign_toml(campaign: Campaign) -> str:
    """Return the text of ``campaign.toml``, which reads back as the same campaign."""
    values = {name: _toml(value) for name, value in campaign.to_json().items()}
    for name, example in (("adjudicator", "dora"), ("practice", "practice.jsonl")):
        given = getattr(campaign, name)
        values[name] = f'# {name} = "{example}"' if given is None else f"{name} = {_toml(given)}"
    return TOML.format(name_quoted=values.pop("name"), name=campaign.name, **values)


def _toml(value: object) -> str:
    # JSON's strings, lists and numbers are TOML's, but for DEL, which TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def write_campaign(root: Path, campaign: Campaign) -> Path:
    """Write the ``campaign.toml`` of a new campaign, and return its path.

    Raises:
        RefusedError: There is one: people may have edited it.
    """
    path = campaign_folder(root, campaign.name) / "campaign.toml"
    if path.exists():
        raise RefusedError("exists already", where=path, remedy="edit it by hand")
    write_text(path, campaign_toml(campaign))
    return path


def check_campaign(campaign: Campaign, sources: Sources) -> None:
    """Raise unless all that a campaign names exists.

    Raises:
        NotFoundError: A conflict or the codebook's version does not exist.
        InputError: Coders who are not in ``annotations/coders.yaml``.
    """
    for conflict_id in campaign.conflicts:
        sources.require_conflict(conflict_id)
    if campaign.codebook not in sources.codebooks:
        raise unknown_name("codebook", campaign.codebook, sources.codebooks)
    known = {entry.record.coder_id for entry in sources.coders}
    asked = [*campaign.coders, *([campaign.adjudicator] if campaign.adjudicator else [])]
    if absent := [coder_id for coder_id in asked if coder_id not in known]:
        raise InputError(
            f"no coder {', '.join(absent)}",
            where="annotations/coders.yaml",
            expected=f"coders listed with their kind; there are: {', '.join(sorted(known)) or 'none'}",
            remedy="add them there: who labels is known before the first label",
        )


def refuse_double_work(campaign: Campaign, sources: Sources, plan: Iterable[Assignment]) -> None:
    """Raise where a coder would code again what it codes in another campaign, or has decided on.

    A coder has one judgement of a unit: the second campaign's would replace the first one's. Who has decided on a
    conflict has seen the answers.

    Raises:
        RefusedError: The first such coder.
    """
    own = [task for task in plan if task.round is Round.MAIN]
    keys = {(task.coder_id, task.key, task.text_sha256) for task in own}
    for path in sorted((sources.root / FOLDER).glob("*/campaign.toml")):
        other = path.parent.name
        if other == campaign.name:
            continue
        theirs = read_plan(sources.root, other, Round.MAIN)
        both = [task for task in theirs if (task.coder_id, task.key, task.text_sha256) in keys]
        if both:
            raise RefusedError(
                f"{both[0].coder_id} codes {len(both)} of these units in the campaign {other} already",
                where=campaign.name,
                got=" / ".join(both[0].key),
                expected="one campaign for each coder and unit: a second judgement would replace the first",
                remedy="name other coders or conflicts, or extend that campaign",
            )
    decided = {(entry.record.decided_by, entry.record.article_id) for entry in sources.decisions}
    for task in own:
        if (task.coder_id, task.article_id) in decided:
            raise RefusedError(
                f"{task.coder_id} has decided on {task.article_id}, and so has seen the answers",
                where=campaign.name,
                remedy="name a coder who has not",
            )


def refuse_contradictions(campaign: Campaign, asked: Mapping[str, Any], path: Path) -> None:
    """Raise :class:`RefusedError` where options say something else than the campaign; None says nothing."""
    stored = campaign.to_json()
    wrong = [
        Problem(name, f"{_toml(value)} is asked for, and the campaign has {_toml(stored[name])}")
        for name, value in asked.items()
        if value is not None and _plain(value) != _plain(stored[name])
    ]
    if wrong:
        raise RefusedError(
            f"the campaign was started otherwise:\n{listed(wrong)}",
            where=path,
            remedy="run the command with the campaign's name only; to change something, edit the file first",
        )


def _plain(value: object) -> object:
    """Return lists without an order, as the order of coders and conflicts means nothing."""
    return sorted(value) if isinstance(value, list | tuple) else value
