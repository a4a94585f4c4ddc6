from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import pytest
from tests.annotation.campaign.practised import practised

from standoff.annotation.campaign.campaign import (
    Assignment,
    Campaign,
    Round,
    campaign_folder,
    make_uid,
    write_plan,
)
from standoff.annotation.campaign.key import read_key
from standoff.annotation.campaign.practice import feedback_plan
from standoff.annotation.studio.payload import Payload, Suggestion, read_suggestions
from standoff.corpus.reader import read_sources
from standoff.errors import InputError, NotFoundError, RefusedError
from standoff.files import sha256_text, write_jsonl
from standoff.records import UNIT_FIELDS

MINI = Path(__file__).parents[2] / "data" / "mini"
NEWS = "norland-2001-news"
HARBOUR = ("norland-2001-harbour", "ada-berg", "norland-2001-troops")
COAL = ("ostmark-2002-coal", "ada-berg", "ostmark-2002-sanctions")
CAMPAIGN = Campaign(
    name="pilot",
    conflicts=("norland-2001", "ostmark-2002"),
    codebook="v1",
    coders=("model-a",),
    coders_per_unit=1,
    seed=1,
)
Raw = dict[str, Any]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MINI, tmp_path / "mini"))


def payload(root: Path = MINI, **given: Any) -> Payload:
    return Payload(read_sources(root), CAMPAIGN, **given)


def assignment(key: tuple[str, ...], round_: Round = Round.MAIN, **changes: Any) -> Assignment:
    article = read_sources(MINI).articles_by_id[key[0]]
    fields = {
        "uid": make_uid("pilot", round_, "model-a", key),
        "round": round_,
        "coder_id": "model-a",
        "position": 0,
        "article_id": key[0],
        "actor_id": key[1] if len(key) > 1 else None,
        "proposition_id": key[2] if len(key) > 1 else None,
        "occurrence": 1,
        "text_sha256": article.text_sha256,
    }
    return Assignment.model_validate({**fields, **changes})


# -- what is shown --------------------------------------------------------------------------------------


def test_a_unit_is_shown_with_its_wording_and_the_text_byte_for_byte() -> None:
    sources, planned = read_sources(MINI), assignment(COAL)
    data = payload().data(planned)
    article = sources.articles_by_id[COAL[0]]
    assert data == {
        "uid": planned.uid,
        "article_id": COAL[0],
        "dateline": "standoff, 6 May 2002",
        "text": article.text,
        "text_sha256": article.text_sha256,
        "codebook": "v1",
        "actor_id": COAL[1],
        "proposition_id": COAL[2],
        "actor": "Ada Berg",
        "proposition": sources.propositions_by_id[COAL[2]].text,
        "role": "; ".join(sources.actors_by_id["ada-berg"].roles_on(article.published)),
    }


def test_roles_are_those_of_the_articles_day(root: Path) -> None:
    path = root / "corpus/sources/actors/ada-berg.yaml"
    kept = path.read_text().split("roles:")[0]
    path.write_text(
        kept + "roles:\n"
        "  - {role: envoy, from: null, to: 2002-05-06}\n"
        "  - {role: prime minister, from: 2002-05-06, to: null}\n"
        "  - {role: head of her party, from: 2002-01-01, to: null}\n"
    )
    assert payload(root).data(assignment(COAL))["role"] == "prime minister; head of her party"


def test_that_a_unit_comes_back_is_not_told() -> None:
    first, again = payload().data(assignment(COAL)), payload().data(assignment(COAL, occurrence=2, uid="0" * 16))
    assert {**first, "uid": ""} == {**again, "uid": ""}


def test_a_bring_your_own_text_comes_from_the_user() -> None:
    text = (MINI.parent / f"{NEWS}.txt").read_text().removesuffix("\n")
    planned = assignment((NEWS, "ada-berg", "norland-2001-troops"))
    assert payload(texts={NEWS: text}).data(planned)["text"] == text
    with pytest.raises(NotFoundError, match="name its folder with --texts"):
        payload().data(planned)
    with pytest.raises(RefusedError, match="is not the one that was planned"):
        payload(texts={NEWS: text + " "}).data(planned)


def test_in_the_round_find_the_labels_are_the_whole_conflicts() -> None:
    data = payload().data(assignment((HARBOUR[0],), Round.FIND))
    assert data.keys() == {
        *("uid", "article_id", "dateline", "text", "text_sha256", "codebook", "actors", "propositions")
    }
    ours = [entry.record for entry in read_sources(MINI).articles if entry.record.conflict_id == "norland-2001"]
    assert {one["alias"] for one in data["actors"]} == {actor for article in ours for actor in article.actor_ids}
    assert {"value": "Ada Berg", "alias": "ada-berg"} in data["actors"]
    assert all(one["alias"].startswith("norland-2001-") for one in data["propositions"])


def test_the_adjudicator_sees_answers_without_names_and_other_coders_never_do() -> None:
    data = payload().data(assignment(COAL, Round.ADJUDICATION))
    assert data["answers"].startswith("<table")
    assert "model-" not in data["answers"]
    for round_ in (Round.MAIN, Round.PRACTICE):
        assert "answers" not in payload().data(assignment(COAL, round_))


def test_what_the_corpus_no_longer_has() -> None:
    with pytest.raises(NotFoundError, match="which the corpus no longer has"):
        payload().data(assignment(COAL, article_id="ostmark-2002-gone"))
    with pytest.raises(NotFoundError, match="is no longer a unit of the corpus"):
        payload().data(assignment(COAL, actor_id="river-front"))
    with pytest.raises(NotFoundError, match="is no longer a unit of the corpus"):
        payload().unit(assignment(COAL, Round.FIND, article_id="ostmark-2002-gone"))


# -- suggestions ----------------------------------------------------------------------------------------


def suggestion(spans: tuple[tuple[int, int], ...] = ((0, 7),)) -> Suggestion:
    return Suggestion("model-b", {"stance": "opposes", "time": "current"}, spans)


def test_a_suggestion_goes_with_its_unit_alone() -> None:
    maker = payload(suggestions={HARBOUR: suggestion()})
    task = maker.task(assignment(HARBOUR))
    text = task["data"]["text"]
    (made,) = task["predictions"]
    assert made["model_version"] == "model-b"
    assert [result["value"] for result in made["result"]] == [
        {"choices": ["opposes"]},
        {"choices": ["current"]},
        {"start": 0, "end": 7, "text": text[:7], "labels": ["evidence"]},
    ]
    assert len({result["id"] for result in made["result"]}) == 3
    assert "predictions" not in maker.task(assignment(COAL))


@pytest.mark.parametrize("changes", [{"occurrence": 2}, {"round": Round.PRACTICE}, {"round": Round.ADJUDICATION}])
def test_neither_repeats_nor_other_rounds_get_suggestions(changes: Raw) -> None:
    assert "predictions" not in payload(suggestions={HARBOUR: suggestion()}).task(assignment(HARBOUR, **changes))


@pytest.mark.parametrize("span", [(0, 10**6), (-1, 3), (3, 3)])
def test_a_suggested_span_must_fit(span: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="a suggested span leaves the text"):
        payload(suggestions={HARBOUR: suggestion((span,))}).task(assignment(HARBOUR))


def line(key: tuple[str, str, str] = HARBOUR, **changes: Any) -> Raw:
    labels = dict.fromkeys(("attribution", "commitment", "condition", "relay", "time"))
    return {
        **dict(zip(("article_id", "actor_id", "proposition_id"), key, strict=True)),
        **labels,
        "stance": "no_position",
        "evidence": [],
        "coder_id": "model-b",
        **changes,
    }


def read(path: Path, *rows: Raw) -> dict[tuple[str, str, str], Suggestion]:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return read_suggestions(path, read_sources(MINI))


def test_suggestions_are_read_from_lines_like_judgements(tmp_path: Path) -> None:
    rows = [line(stance="opposes", time="past", evidence=[{"start": 3, "end": 9, "prefix": ""}], kind="model")]
    assert read(tmp_path / "made.jsonl", *rows) == {
        HARBOUR: Suggestion("model-b", {"stance": "opposes", "time": "past"}, ((3, 9),))
    }


REFUSED: list[tuple[Callable[[], Raw], type[Exception], str]] = [
    (lambda: line(COAL), RefusedError, "is not in the training data: whoever labels test data must not see"),
    (lambda: line(("norland-2001-ghost", *HARBOUR[1:])), RefusedError, "is not in the corpus"),
    (lambda: line(coder_id="anna"), InputError, "suggestions come from models only"),
    (lambda: line(coder_id="eve"), InputError, "suggestions come from models only"),
    (lambda: line(evidence=None), InputError, "is no suggestion"),
    (lambda: line(evidence=[{"start": 1}]), InputError, "is no suggestion"),
    (lambda: {name: value for name, value in line().items() if name != "time"}, InputError, "KeyError 'time'"),
]


@pytest.mark.parametrize(("row", "kind", "message"), REFUSED)
def test_what_is_no_suggestion(
    tmp_path: Path, row: Callable[[], Raw], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind) as caught:
        read(tmp_path / "made.jsonl", line(), row())
    assert message in str(caught.value)
    assert "made.jsonl:2" in str(caught.value)


def test_the_text_is_hashed_as_it_is_shown() -> None:
    data = payload().data(assignment(COAL))
    assert sha256_text(data["text"]) == data["text_sha256"]


# -- answers beside each other --------------------------------------------------------------------------


def test_feedback_shows_the_known_answer_beside_the_coders_own(tmp_path: Path) -> None:
    sources, campaign = practised(tmp_path)
    key = read_key(sources, campaign)[0]
    (judged,) = [entry.record for entry in sources.judgements if entry.record.judgement_id.startswith("model-b")][
        :1
    ]
    given = judged.model_copy(
        update=dict(zip(UNIT_FIELDS, key.key, strict=True)) | {"note": "mine <b>", "coder_id": "model-a"}
    )
    readings = campaign_folder(sources.root, "pilot") / "readings" / "practice.jsonl"
    write_jsonl(readings, [given.to_json()])
    write_plan(sources.root, "pilot", Round.PRACTICE, [assignment(key.key, Round.PRACTICE)])
    (task,) = feedback_plan(sources, campaign)
    assert (task.round, task.key) == (Round.FEEDBACK, key.key)
    assert task.uid != assignment(key.key, Round.PRACTICE).uid
    shown = Payload(sources, campaign).data(task)["answers"]
    assert "<th>known answer</th><th>yours</th>" in shown
    assert key.reason in shown
    assert "mine &lt;b&gt;" in shown


def test_there_is_no_feedback_on_what_is_not_answered(tmp_path: Path) -> None:
    sources, campaign = practised(tmp_path)
    key = read_key(sources, campaign)[0]
    write_plan(sources.root, "pilot", Round.PRACTICE, [assignment(key.key, Round.PRACTICE)])
    assert feedback_plan(sources, campaign) == []


def test_a_unit_that_comes_back_is_shown_with_the_decision_before() -> None:
    decided = read_sources(MINI).decisions[0].record
    first, second = (
        payload().data(assignment(decided.key, Round.ADJUDICATION, occurrence=occurrence))["answers"]
        for occurrence in (1, 2)
    )
    assert "<th>A</th><th>B</th></tr>" in first
    assert "<th>A</th><th>B</th><th>decided before</th></tr>" in second
    assert decided.reason not in first
    assert escape(decided.reason) in second
