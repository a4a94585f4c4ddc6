"""What a coder is shown: an assignment as a task of Label Studio, with nothing in it that another coder said."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from standoff.annotation.adjudication import LETTERS, answers_html
from standoff.annotation.campaign.campaign import Round
from standoff.annotation.campaign.key import read_key
from standoff.annotation.campaign.practice import read_readings
from standoff.annotation.differences import in_hidden_order
from standoff.errors import InputError, NotFoundError, RefusedError
from standoff.files import read_jsonl, sha256_text
from standoff.records import LABEL_FIELDS, UNIT_FIELDS, CoderKind, Split

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from standoff.annotation.campaign.campaign import Assignment, Campaign
    from standoff.corpus.sources import Entry, Sources
    from standoff.records import Actor, Article, Judgement, Labelled, Proposition, UnitKey


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A model's reading of a unit, which the coder may start from."""

    coder_id: str
    labels: Mapping[str, str]
    spans: tuple[tuple[int, int], ...]


@dataclass(slots=True)
class Payload:
    """Makes the tasks of a campaign.

    Args:
        sources: The sources.
        campaign: The campaign.
        texts: Texts of bring-your-own articles, by id.
        suggestions: Models' readings of units in training data.
    """

    sources: Sources
    campaign: Campaign
    texts: Mapping[str, str] = field(default_factory=dict)
    suggestions: Mapping[UnitKey, Suggestion] = field(default_factory=dict)
    _articles: Mapping[str, Article] = field(init=False)
    _actors: Mapping[str, Actor] = field(init=False)
    _propositions: Mapping[str, Proposition] = field(init=False)
    _units: set[UnitKey] = field(init=False)
    _judgements: Mapping[UnitKey, list[Entry[Judgement]]] = field(init=False)

    def __post_init__(self) -> None:
        self._articles, self._units = self.sources.articles_by_id, self.sources.units
        self._actors, self._propositions = self.sources.actors_by_id, self.sources.propositions_by_id
        self._judgements = self.sources.judgements_by_unit()

    def text(self, assignment: Assignment) -> str:
        """Return the text that is shown.

        Raises:
            NotFoundError: The article is gone, or its text is not at hand.
            RefusedError: The text is not the one that was planned.
        """
        article = self._articles.get(assignment.article_id)
        if article is None:
            raise NotFoundError(
                f"the plan names {assignment.article_id}, which the corpus no longer has",
                remedy="plan the round again",
            )
        text = article.text or self.texts.get(article.article_id)
        if text is None:
            raise NotFoundError(
                f"the text of {article.article_id} is not in the corpus",
                remedy="get it with `standoff corpus hydrate`, and name its folder with --texts",
            )
        if sha256_text(text) != assignment.text_sha256:
            raise RefusedError(
                f"the text of {article.article_id} is not the one that was planned",
                got=f"sha256 {sha256_text(text)}",
                expected=f"sha256 {assignment.text_sha256}",
                remedy="restore the text, or plan the round again",
            )
        return text

    def data(self, assignment: Assignment) -> dict[str, Any]:
        """Return the data of a task. Errors as :meth:`text`, and :class:`NotFoundError` for an unknown unit."""
        text, article = self.text(assignment), self._articles[assignment.article_id]
        shown: dict[str, Any] = {
            "uid": assignment.uid,
            "article_id": article.article_id,
            "dateline": f"{article.outlet}, {article.published.day} {article.published:%B %Y}",
            "text": text,
            "text_sha256": assignment.text_sha256,
            "codebook": self.campaign.codebook,
        }
        if assignment.round is Round.FIND:
            return {**shown, **self._choices(article)}
        unit = self.unit(assignment)
        if assignment.round is Round.ADJUDICATION:
            shown["answers"] = self._to_decide_on(assignment, text)
        if assignment.round is Round.FEEDBACK:
            shown["answers"] = self._known_and_given(assignment, text)
        role = "; ".join(self._actors[assignment.key[1]].roles_on(article.published))
        return {**shown, **unit, "role": role}

    def task(self, assignment: Assignment) -> dict[str, Any]:
        """Return the task as the server takes it: its data, and a model's suggestion where there is one."""
        task: dict[str, Any] = {"data": self.data(assignment)}
        codes_units = assignment.round is Round.MAIN and assignment.occurrence == 1
        suggestion = self.suggestions.get(assignment.key) if codes_units else None
        if suggestion is not None:
            task["predictions"] = [_prediction(suggestion, task["data"]["text"])]
        return task

    def unit(self, assignment: Assignment) -> dict[str, str]:
        """Return what says on which unit a task is: ids and wording.

        Raises:
            NotFoundError: The corpus has no such unit, or article.
        """
        if assignment.round is Round.FIND and assignment.article_id in self._articles:
            return {"article_id": assignment.article_id}
        key = (assignment.article_id, assignment.actor_id or "", assignment.proposition_id or "")
        if key not in self._units:
            raise NotFoundError(
                f"{' / '.join(key)} is no longer a unit of the corpus", remedy="plan the round again"
            )
        return {
            **dict(zip(UNIT_FIELDS, key, strict=True)),
            "actor": self._actors[key[1]].name,
            "proposition": self._propositions[key[2]].text,
        }

    def _to_decide_on(self, assignment: Assignment, text: str) -> str:
        """Return the coders' answers side by side; of a unit that comes back the earlier decision too."""
        answers: list[Labelled] = [
            *in_hidden_order(entry.record for entry in self._judgements.get(assignment.key, []))
        ]
        headings = [*LETTERS[: len(answers)]]
        if assignment.occurrence == 2:
            before = [entry.record for entry in self.sources.decisions if entry.record.key == assignment.key]
            answers += before
            headings += ["decided before"] * len(before)
        return answers_html(answers, text, headings=headings)

    def _known_and_given(self, assignment: Assignment, text: str) -> str:
        """Return the known answer of a practice unit beside the coder's own."""
        known = [one for one in read_key(self.sources, self.campaign) if one.key == assignment.key]
        readings = read_readings(self.sources.root, self.campaign.name, Round.PRACTICE)
        own = [one for one in readings if (one.coder_id, one.key) == (assignment.coder_id, assignment.key)]
        headings = [*["known answer"] * len(known), *["yours"] * len(own)]
        return answers_html([*known, *own], text, headings=headings)

    def _choices(self, article: Article) -> dict[str, list[dict[str, str]]]:
        """Return the labels of the round ``find``: those of the whole conflict, so that they give nothing away."""
        ours = [other for other in self._articles.values() if other.conflict_id == article.conflict_id]
        actors = sorted({actor_id for other in ours for actor_id in other.actor_ids} & self._actors.keys())
        propositions = [found for found in self._propositions.values() if found.conflict_id == article.conflict_id]
        return {
            "actors": [{"value": self._actors[actor_id].name, "alias": actor_id} for actor_id in actors],
            "propositions": [{"value": found.text, "alias": found.proposition_id} for found in propositions],
        }


def read_suggestions(path: Path, sources: Sources) -> dict[UnitKey, Suggestion]:
    """Return a model's readings from a file of lines with the fields of a judgement.

    Of each line the three ids, ``coder_id``, the stance and its details, and ``evidence`` (``start`` and ``end``
    of each span) are used.

    Raises:
        InputError: A line lacks one of these, or its coder is not a model.
        RefusedError: A line is on an article outside the training data: who labels test data must not see what a
            model says of it.
    """
    articles = sources.articles_by_id
    in_training = {article_id for article_id, _ in sources.splits.get(Split.TRAIN, [])}
    models = {entry.record.coder_id for entry in sources.coders if entry.record.kind is CoderKind.MODEL}
    found: dict[UnitKey, Suggestion] = {}
    for number, row in read_jsonl(path):
        where = f"{path}:{number}"
        try:
            key = (str(row["article_id"]), str(row["actor_id"]), str(row["proposition_id"]))
            labels = {name: str(row[name]) for name in LABEL_FIELDS if row[name] is not None}
            spans = tuple((int(span["start"]), int(span["end"])) for span in row["evidence"])
            coder_id = str(row["coder_id"])
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"is no suggestion: {type(error).__name__} {error}",
                where=where,
                expected=", ".join((*UNIT_FIELDS, "coder_id", *LABEL_FIELDS, "evidence")),
            ) from None
        if coder_id not in models:
            raise InputError(
                "suggestions come from models only",
                where=where,
                got=coder_id,
                expected="a coder of kind model in annotations/coders.yaml",
            )
        if key[0] not in in_training:
            known = "is not in the training data" if key[0] in articles else "is not in the corpus"
            raise RefusedError(
                f"{key[0]} {known}: whoever labels test data must not see what a model says of it",
                where=where,
                remedy="leave out the lines of articles that corpus/sources/splits/train.txt does not list",
            )
        found[key] = Suggestion(coder_id, labels, spans)
    return found


def _prediction(suggestion: Suggestion, text: str) -> dict[str, Any]:
    """Return a suggestion as the server takes it; the spans must fit the text, which the server does not check."""
    results: list[dict[str, Any]] = [
        {"from_name": name, "to_name": "text", "type": "choices", "value": {"choices": [value]}}
        for name, value in suggestion.labels.items()
    ]
    for start, end in suggestion.spans:
        if not 0 <= start < end <= len(text):
            raise InputError(
                "a suggested span leaves the text", got=f"{start}:{end}", expected=f"within 0:{len(text)}"
            )
        value = {"start": start, "end": end, "text": text[start:end], "labels": ["evidence"]}
        results.append({"from_name": "evidence", "to_name": "text", "type": "labels", "value": value})
    for number, result in enumerate(results):
        result["id"] = f"s{number}"
    return {"model_version": suggestion.coder_id, "result": results}
