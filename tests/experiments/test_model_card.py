"""The card says what is known, in Markdown that no text of a task can break."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from standoff.experiments.config import RunConfig
from standoff.experiments.model_card import block, escape, link, make_card
from standoff.experiments.training import train
from standoff.tasks.task import Task

NASTY = (
    "<script>alert(1)</script> | `x` \n# Heading\n---\n![i](http://e) [t](javascript:a) "
    "*b* __c__ ~~d~~ &amp; \x1b[31m\u202e"
)


@pytest.fixture
def facts(tmp_path: Path, toy: Task) -> Any:
    return train(RunConfig(task=toy.name, baseline="tfidf_svm"), tmp_path / "m").facts


def front_and_body(card: str) -> tuple[dict[str, Any], str]:
    _, front, body = card.split("---\n", 2)
    return yaml.safe_load(front), body


def test_the_front_matter_is_what_model_hubs_read(facts: Any, toy: Task) -> None:
    front, _ = front_and_body(make_card(facts, toy))
    assert front["language"] == ["en"]
    assert front["license"] == "cc0-1.0"
    assert front["pipeline_tag"] == "text-classification"
    (index,) = front["model-index"]
    (result,) = index["results"]
    assert result["dataset"]["split"] == "official-test"
    assert result["dataset"]["revision"] == facts.task.digest
    assert [one["value"] for one in result["metrics"]] == [1.0, 1.0]


@pytest.mark.parametrize("licence", ["NOASSERTION", "OPL-UK-3.0 AND ODbL-1.0"])
def test_a_licence_that_hubs_do_not_know_is_named(facts: Any, toy: Task, licence: str) -> None:
    front, body = front_and_body(make_card(facts, replace(toy, licence=licence)))
    assert (front["license"], front["license_name"]) == ("other", licence)
    assert (f"Licence of the data: {licence}." in body) == (licence != "NOASSERTION")
    assert ("not stated by its makers" in body) == (licence == "NOASSERTION")


def test_the_card_says_who_labelled(facts: Any, toy: Task) -> None:
    human = make_card(facts, toy)
    assert "Who labelled it: people (`label_kind: human`)" in human
    assert "made by models" not in human
    task = facts.task.model_copy(update={"label_kind": "model"})
    model = make_card(facts.model_copy(update={"task": task}), toy)
    assert "Who labelled it: models, and no person (`label_kind: model`)" in model
    assert "> **The labels that it was trained and scored on are made by models, not by people.**" in model


def test_the_card_has_scores_with_intervals_and_the_floors(facts: Any, toy: Task) -> None:
    _, body = front_and_body(make_card(facts, toy))
    assert "| **tfidf\\_svm** | 100.0 [100.0, 100.0] | 100.0 [100.0, 100.0] |" in body
    assert "| tfidf\\_svm, on the 10 items of the slice intervention | 100.0" in body
    assert re.search(r"\| majority \(control\) \| 33\.3 \[[0-9.]+, [0-9.]+\] \| \|", body)
    assert "| stratified (control) |" in body
    assert "| neg | 100.0 [100.0, 100.0] | 100.0 [100.0, 100.0] | 100.0 [100.0, 100.0] | 10 |" in body
    assert f"```text\n{facts.scored.evaluation['signature']}\n```" in body


def test_the_card_says_what_the_model_knows(facts: Any, toy: Task) -> None:
    _, body = front_and_body(make_card(facts, toy))
    assert "official-train: 20 items in 5 groups" in body
    assert "| labels there | neg 10, pos 10 |" in body
    assert "trained on texts in the language en, from 2020 to 2024:" in body
    assert "have 1 different actor; 100 % of the scored items are about one of these" in body
    assert "The baseline `tfidf_svm` looks at `text`, `actor`, `target`." in body
    assert "an actor in it and a target, it answers with one of the labels neg, pos." in body
    assert 'load_task("toy").split("test")' in body
    assert "`id`, `text`, `actor`, `target`" in body
    assert facts.trained_on.ids_sha256 in body


def test_the_card_of_a_cross_validated_model_says_that_it_has_no_score(tmp_path: Path, toy: Task) -> None:
    facts = train(RunConfig(task="toy", baseline="majority", split_set="folds"), tmp_path / "m").facts
    _, body = front_and_body(make_card(facts, toy))
    assert "From cross-validation" in body
    assert "fitted on all 44 items, and has no score of its own" in body
    assert 'split("folds")' in body


def test_a_task_without_actors_targets_or_years_is_not_said_to_have_them(facts: Any, toy: Task) -> None:
    bare = facts.trained_on.model_copy(update={"actors": 0, "targets": 0, "years": None})
    _, body = front_and_body(
        make_card(facts.model_copy(update={"trained_on": bare}), replace(toy, holder="", target_kind=""))
    )
    assert "given a text, it answers" in body
    assert "different actor" not in body
    assert "different target" not in body
    assert "in the language en: other languages" in body


def test_numbers_of_actors_and_targets_are_grammatical(facts: Any, toy: Task) -> None:
    assert facts.trained_on.targets == 4
    assert "have 4 different targets." in make_card(facts, toy)
    other = facts.trained_on.model_copy(update={"actors": 2, "targets": 1})
    card = make_card(facts.model_copy(update={"trained_on": other}), toy)
    assert "have 2 different actors;" in card
    assert "have 1 different target." in card


def test_a_model_that_looks_at_nothing_says_so(facts: Any, toy: Task) -> None:
    card = make_card(facts.model_copy(update={"baseline": "majority", "columns": ()}), toy)
    assert "The baseline `majority` looks at no text at all." in card


@pytest.mark.parametrize(
    ("baseline", "parameters", "said"),
    [
        ("standoff_linear", {}, True),
        ("standoff_linear", {"adjustment": 0.0}, False),
        ("tfidf_logreg", {}, False),
        ("tfidf_svm", {}, False),
    ],
)
def test_the_card_says_where_the_most_probable_label_may_not_be_the_predicted_one(
    facts: Any, toy: Task, baseline: str, parameters: dict[str, Any], said: bool
) -> None:
    card = make_card(facts.model_copy(update={"baseline": baseline, "parameters": parameters}), toy)
    assert ("The most probable label is not always the one it predicts" in card) is said


def test_no_text_of_a_task_breaks_the_card(facts: Any, toy: Task) -> None:
    plain = make_card(facts, toy)
    nasty = replace(
        toy, title=NASTY, description=NASTY, annotators=NASTY, agreement=NASTY, licence=NASTY, terms=NASTY,
        homepage=NASTY, citation="```\n<script>alert(2)</script>\n````",
    )  # fmt: skip
    card = make_card(facts, nasty)
    front, body = front_and_body(card)
    assert front["model-index"][0]["results"][0]["dataset"]["name"].startswith("<script>")  # YAML: text, as it is
    outside = re.sub(r"^(`{3,})\w*\n.*?^\1$", "", body, flags=re.DOTALL | re.MULTILINE)
    assert "<script" not in outside
    assert "\x1b" not in card
    assert "\u202e" not in card
    headings = r"^#+ .*$"
    assert len(re.findall(headings, outside, flags=re.MULTILINE)) == 1 + len(
        re.findall(headings, plain.split("---\n", 2)[2], flags=re.MULTILINE)
    )  # the one more is the citation's own
    for row in re.findall(r"^\|.*$", outside, flags=re.MULTILINE):
        assert len(re.findall(r"(?<!\\)\|", row)) in {3, 4, 6}, row


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a  b\n\nc", "a b c"),
        ("<b>&lt;", "&lt;b&gt;&amp;lt;"),
        ("a|b", r"a\|b"),
        ("[x](y) ![z]", r"\[x\](y) \!\[z\]"),
        ("`c` *d* _e_ ~f~ #g $h$", r"\`c\` \*d\* \_e\_ \~f\~ \#g \$h\$"),
        ("back\\slash", r"back\\slash"),
        ("plain, with: dots. (and) 50 % «é»", "plain, with: dots. (and) 50 % «é»"),
    ],
)
def test_text_is_shown_as_it_is(text: str, shown: str) -> None:
    assert escape(text) == shown


def test_a_block_is_not_ended_by_what_is_in_it() -> None:
    assert block("a") == "```\na\n```"
    assert block("```\n`````\nx", "text") == "``````text\n```\n`````\nx\n``````"


def test_only_what_is_plainly_an_address_is_a_link() -> None:
    assert link("https://example.org/a?b=c#d") == "<https://example.org/a?b=c#d>"
    for text in ("javascript:alert(1)", "https://e> <script>", "ftp://x", "https://e\n", "x"):
        assert link(text) == text
