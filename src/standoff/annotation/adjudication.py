"""The round in which one person decides: which units, in which order, and the coders' answers side by side.

The adjudicator sees the text, the unit and the answers, and not whose they are. What is decided is recorded as a
:class:`~standoff.records.Decision` that names the judgements it was made on; the judgements stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from standoff.annotation.campaign.campaign import Assignment, Round, make_uid, read_plan
from standoff.annotation.differences import Stale, differing_units, stale_decisions
from standoff.errors import RefusedError
from standoff.files import sha256_text
from standoff.records import LABEL_FIELDS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from standoff.annotation.campaign.campaign import Campaign
    from standoff.corpus.sources import Sources
    from standoff.records import Labelled, UnitKey

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class ToDecide:
    """Where a campaign's adjudication stands.

    Attributes:
        undecided: Units on which coders differ, with all answers that are planned, and without a decision.
        waiting: Units on which coders differ while another coder's answer is still to come.
        unanswered: Units of the plan to which a coder's answer is still to come.
        stale: Decisions that were made on other judgements than there are today.
    """

    undecided: tuple[UnitKey, ...]
    waiting: tuple[UnitKey, ...]
    unanswered: tuple[UnitKey, ...]
    stale: tuple[Stale, ...]


def to_decide(sources: Sources, campaign: Campaign) -> ToDecide:
    """Return which of a campaign's units need a decision, and which decisions need another look.

    Raises:
        NotFoundError: A conflict of the campaign does not exist.
    """
    for conflict_id in campaign.conflicts:
        sources.require_conflict(conflict_id)
    answered = {(entry.record.coder_id, entry.record.key) for entry in sources.judgements}
    incomplete = {
        task.key
        for task in read_plan(sources.root, campaign.name, Round.MAIN)
        if task.coder_id in campaign.coders and (task.coder_id, task.key) not in answered
    }
    decided = {entry.record.key for entry in sources.decisions}
    differing = [key for key in differing_units(sources, campaign.conflicts) if key not in decided]
    return ToDecide(
        undecided=tuple(key for key in differing if key not in incomplete),
        waiting=tuple(key for key in differing if key in incomplete),
        unanswered=tuple(sorted(incomplete)),
        stale=tuple(stale_decisions(sources, campaign.conflicts)),
    )


def adjudication_plan(sources: Sources, campaign: Campaign) -> list[Assignment]:
    """Return the tasks of the round: those planned before as they are, then what has come since.

    What is new stands article by article, the articles in an order that follows from the campaign's seed. A unit
    whose decision is stale comes back once, as occurrence 2, with the answers of today. Where the campaign has
    got another adjudicator, what is undecided is planned for that one too. The caller stores the plan with
    :func:`~standoff.annotation.campaign.campaign.write_plan`.

    Raises:
        RefusedError: The campaign names no adjudicator, or this one has coded one of its conflicts.
        InputError: The adjudicator is not a coder of ``annotations/coders.yaml``.
        NotFoundError: A conflict of the campaign does not exist.
    """
    adjudicator = _adjudicator(sources, campaign)
    found = to_decide(sources, campaign)
    before = read_plan(sources.root, campaign.name, Round.ADJUDICATION)
    planned = {(task.key, task.occurrence) for task in before if task.coder_id == adjudicator}
    seen = {key for key, _ in planned}
    wanted = [(key, 1) for key in found.undecided]
    wanted += [(stale.decision.key, 2 if stale.decision.key in seen else 1) for stale in found.stale]
    new = sorted(
        (task for task in wanted if task not in planned),
        key=lambda task: sha256_text(f"{campaign.seed}|{task[0][0]}"),
    )
    articles = sources.articles_by_id
    return before + [
        Assignment(
            uid=make_uid(campaign.name, Round.ADJUDICATION, adjudicator, key, occurrence=occurrence),
            round=Round.ADJUDICATION,
            coder_id=adjudicator,
            position=position,
            article_id=key[0],
            actor_id=key[1],
            proposition_id=key[2],
            occurrence=occurrence,
            text_sha256=articles[key[0]].text_sha256,
        )
        for position, (key, occurrence) in enumerate(new, start=len(planned))
    ]


def _adjudicator(sources: Sources, campaign: Campaign) -> str:
    if campaign.adjudicator is None:
        raise RefusedError(
            "the campaign has nobody to decide",
            where=campaign.name,
            remedy='name a coder who has not coded its conflicts: adjudicator = "…" in campaign.toml',
        )
    sources.kind_of(campaign.adjudicator)  # who is not listed cannot decide
    articles = sources.articles_by_id
    coded = {
        articles[entry.record.article_id].conflict_id
        for entry in sources.judgements
        if entry.record.coder_id == campaign.adjudicator and entry.record.article_id in articles
    }
    if both := sorted(coded & set(campaign.conflicts)):
        raise RefusedError(
            f"the adjudicator {campaign.adjudicator} has coded {', '.join(both)}, and would decide on itself",
            where=campaign.name,
            remedy="name somebody else in campaign.toml",
        )
    return campaign.adjudicator


def from_judgements(sources: Sources, key: UnitKey, decided_at: dt.datetime) -> tuple[str, ...]:
    """Return the ids of the judgements that a decision of that time was made on, in coder order.

    What was given or changed later is not among them: the decision is stale then, and says so.
    """
    judged = (entry.record for entry in sources.judgements_by_unit().get(key, []))
    return tuple(one.judgement_id for one in judged if one.created_at <= decided_at)


def answers_html(answers: Sequence[Labelled], text: str | None, *, headings: Sequence[str] | None = None) -> str:
    """Return answers to one unit as an HTML table, a column each, without anybody's name or id.

    Label fields in which the answers differ are marked. Whatever a coder or a text says is escaped. Tags and
    attributes are plain, as the page that shows the table may drop styles.

    Args:
        answers: The answers, in the order in which they are shown: for an adjudicator that of
            :func:`~standoff.annotation.differences.in_hidden_order`.
        text: The article's text, from which the evidence is quoted; offsets are shown where it is None.
        headings: One for each column; A, B, … by default.

    Raises:
        ValueError: There are not as many headings as answers.
    """
    heads = LETTERS[: len(answers)] if headings is None else headings
    rows = []
    for name in LABEL_FIELDS:
        values = [getattr(answer, name) for answer in answers]
        cells = ["&ndash;" if value is None else escape(value) for value in values]
        rows.append((name, [f"<mark>{cell}</mark>" for cell in cells] if len(set(values)) > 1 else cells))
    rows.append(("evidence", [_quotes(answer, text) for answer in answers]))
    for name in ("confidence", "note", "reason"):  # a judgement has the first two, a decision the third
        said = [_lines(getattr(answer, name, "")) for answer in answers]
        rows += [(name, said)] if any(said) else []
    head = "".join(f"<th>{escape(head)}</th>" for head, _ in zip(heads, answers, strict=True))
    body = "".join(
        f'<tr><th align="left">{name}</th>' + "".join(f'<td valign="top">{cell}</td>' for cell in cells) + "</tr>"
        for name, cells in rows
    )
    return f'<table border="1" cellpadding="6" cellspacing="0"><tr><th></th>{head}</tr>{body}</table>'


def _quotes(answer: Labelled, text: str | None) -> str:
    quotes = (
        f"characters {span.start} to {span.end}" if text is None else f"“{_lines(text[span.start : span.end])}”"
        for span in answer.evidence
    )
    return "<br><br>".join(quotes) or "&ndash;"


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")
