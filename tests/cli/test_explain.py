from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from typer.testing import CliRunner, Result

from standoff.baselines import registry
from standoff.baselines.saving import load_model
from standoff.cli.app import app
from standoff.errors import InputError, NotFoundError, RefusedError, StandoffError
from standoff.experiments.config import RunConfig
from standoff.experiments.training import train
from standoff.tasks.registry import load_task

OFFER = "syria-2024-assad-offer"
BROUGHT = "syria-2024-voz-assad-begs"


class Cue(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """One word speaks for each label: easy to follow in an article."""

    def fit(self, X: pd.DataFrame, y: Sequence[str]) -> Self:  # noqa: N803 - scikit-learn's name
        self.groups_ = set(X["group"])
        self.classes_ = np.unique(np.asarray(y))
        return self

    def decision_function(self, X: pd.DataFrame) -> npt.NDArray[np.float64]:  # noqa: N803
        words = ("United", "nothing", "help")
        return np.array([[len(re.findall(word, text)) for word in words] for text in X["text"]], dtype=float)

    def predict(self, X: pd.DataFrame) -> npt.NDArray[np.str_]:  # noqa: N803
        predicted: npt.NDArray[np.str_] = self.classes_[self.decision_function(X).argmax(axis=1)]
        return predicted


@pytest.fixture(autouse=True)
def cue(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("toy_cue_module")
    module.__dict__["Cue"] = Cue
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(registry.BASELINES, "cue", registry.Baseline("toy_cue_module:Cue", "ours", ("text",)))


def call(*arguments: object) -> Result:
    found = CliRunner().invoke(app, ["explain", *map(str, arguments)], env={"COLUMNS": "200"})
    if isinstance(found.exception, StandoffError):
        raise found.exception
    assert found.exit_code == 0, found.output
    return found


def test_an_article_is_explained_for_each_actor() -> None:
    found = json.loads(call("cue", "--article", OFFER, "--format", "json").stdout)
    explanations = found["explanations"]
    assert {one["actor"] for one in explanations} >= {"Bashar al-Assad", "Donald Trump"}
    assert {one["group"] for one in explanations} == {OFFER}
    for one in explanations:
        assert one["gold_kind"] == "model"
        for word in one["words"]:
            assert one["text"][word["start"] : word["end"]] == word["word"]
        moved = {word["word"] for word in one["words"] if word["weight"]}
        assert moved
        assert all(re.search("United|nothing|help", word) for word in moved)
    assert any("made by models" in note for note in found["notes"])
    assert any("trained without this article" in note for note in found["notes"])


def test_the_terminal_has_brackets_and_signs_without_colour() -> None:
    found = call("cue", "--article", OFFER, "--actor", "Donald Trump").stdout
    assert "\x1b[" not in found
    assert re.search(r"\[\+\w", found)
    assert "Donald Trump toward The United States" in " ".join(found.split())
    assert re.search(r"predicted: \w+, [0-9.]+ ahead of \w+ \(decision\); gold: \w+, by a model", found)
    assert "speak for it: " in found
    assert "Bashar al-Assad toward" not in found


def test_a_text_is_printed_whole_once_and_marked_for_each_statement() -> None:
    found = " ".join(call("cue", "--article", OFFER).stdout.split())
    explanations = json.loads(call("cue", "--article", OFFER, "--format", "json").stdout)["explanations"]
    assert len(explanations) > 10
    assert found.count("Bashar al-Assad has offered to cut loose two of the partners") == 1
    assert found.count("speak for it: ") == found.count("predicted: ") == len(explanations)
    # Every statement has its own marks: those of the cue, with the words around them.
    statements = found.split("predicted: ")[1:]
    assert all(re.search(r"\[[+-]\w", statement.split("speak for it: ")[0]) for statement in statements)
    assert all("\u2026" in statement.split("speak for it: ")[0] for statement in statements[1:])
    assert "is printed whole for the first of them; for the others, the marked words stand with" in found
    # Of each, JSON has the whole text.
    assert all(one["text"] == explanations[0]["text"] for one in explanations)


def test_what_is_left_out_between_marked_words_is_no_half_word(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    text = f"{'start ' * 20}help {'middle ' * 30}help{' stop' * 20}"
    file.write_text("".join(f'{{"id": {place}, "text": "{text}"}}\n' for place in range(2)))
    found = " ".join(call("cue", "--file", file, "--task", "intervention").stdout.split())
    start, middle, stop = ("start " * 7).strip(), "middle " * 6, " stop" * 8
    assert re.search(
        f"\u2026 {start} \\[[+-]help\\] {middle}\u2026 {middle}\\[[+-]help\\]{stop} \u2026 speak for", found
    ), found


def test_one_statement_has_its_text_and_no_word_of_others() -> None:
    arguments = (
        "cue",
        "--article",
        OFFER,
        "--actor",
        "Donald Trump",
        "--proposition",
        "syria-2024-us-involvement",
    )
    found = call(*arguments).stdout
    assert "has offered to cut loose" in found
    assert "is printed whole" not in found


def test_texts_that_differ_are_each_printed(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    first, second = (f"{cue} {'and so ' * 20}{end}" for cue, end in (("nothing", "first"), ("help", "second")))
    texts = [first, first, second, first]
    file.write_text("".join(f'{{"id": {place}, "text": "{text}"}}\n' for place, text in enumerate(texts)))
    found = call("cue", "--file", file, "--task", "intervention").stdout
    assert found.count("[") == 4
    printed = re.findall("first|second", found.replace("for the first of them", ""))
    assert printed == ["first", "second", "first"]


def test_being_told_the_names_comes_before_the_text_and_the_words(tmp_path: Path) -> None:
    train(RunConfig(task="intervention", baseline="tfidf_svm"), tmp_path / "model")
    arguments = (tmp_path / "model", "--article", OFFER, "--actor", "Donald Trump", "--proposition")
    found = call(*arguments, "syria-2024-us-involvement").stdout
    places = [
        found.index(part)
        for part in (
            "predicted: ",
            "being told the actor: ",
            "being told the target: ",
            "With rebels",
            "speak for it",
        )
    ]
    assert places == sorted(places)
    assert not re.search(r"-0\.0+[, \n]", found)  # words that weigh next to nothing have digits too


def test_a_long_id_is_printed_whole(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps({"id": "x" * 150, "text": "nothing"}) + "\n")
    assert "x" * 150 in call("cue", "--file", file, "--task", "intervention").stdout


def test_marks_are_as_many_as_asked_for() -> None:
    def marks(words: int) -> int:
        arguments = ("cue", "--article", OFFER, "--actor", "Donald Trump", "--words", words)
        return len(re.findall(r"\[\+", call(*arguments).stdout))

    assert marks(1) * 2 == marks(2) > 0


def test_a_page_of_html_is_one_file() -> None:
    page = call("cue", "--article", OFFER, "--format", "html").stdout
    assert page.startswith("<!doctype html>")
    assert '<mark class="for"' in page
    assert "cue, trained on intervention" in page


def test_items_of_a_file_are_explained(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    rows = [
        {"id": "a", "text": "There is nothing to [red]help[/red] here.", "label": "x"},
        {"id": "b", "text": "help\x1b[31m, help!", "actor": "help", "actor_spans": [[0, 5]]},
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = call("cue", "--file", file, "--task", "intervention")
    assert "no gold label" in found.stdout
    assert "[red][+help][/red]" in found.stdout or "[red][-help][/red]" in found.stdout
    assert "\x1b" not in found.stdout
    assert "the text as a whole" in found.stdout
    assert re.search(r"help\\x1b -?\+?[\d.]+ \(mention of the actor\)", found.stdout)
    told = json.loads(call("cue", "--file", file, "--task", "intervention", "--format", "json").stdout)
    assert [one["id"] for one in told["explanations"]] == ["a", "b"]
    assert [one["gold"] for one in told["explanations"]] == [None, None]


def test_a_saved_model_is_explained_and_says_what_it_has_seen(tmp_path: Path) -> None:
    train(RunConfig(task="intervention", baseline="tfidf_svm"), tmp_path / "model")

    def explained(article: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(
            call(tmp_path / "model", "--article", article, "--format", "json").stdout
        )
        return found

    known, held_out = explained(OFFER), explained("haiti-2022-blue-helmets")
    assert any("was trained on this article" in note for note in known["notes"])
    assert not any("trained" in note for note in held_out["notes"])
    model = load_model(tmp_path / "model")
    frame = load_task("intervention").split("test")
    items = frame[frame["group"] == "haiti-2022-blue-helmets"]
    predicted = dict(zip(items["id"], model.predict(items), strict=True))
    assert predicted == {one["id"]: one["predicted"] for one in held_out["explanations"] if one["id"] in predicted}


def test_what_cannot_be_explained_is_said(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match=r"bring-your-own[\s\S]*standoff corpus hydrate"):
        call("cue", "--article", BROUGHT)
    with pytest.raises(RefusedError, match="majority does not look at the text"):
        call("majority", "--article", OFFER)
    with pytest.raises(NotFoundError, match="no article named"):
        call("cue", "--article", "nowhere")
    with pytest.raises(NotFoundError, match="no model or baseline"):
        call("nothing", "--article", OFFER)
    with pytest.raises(NotFoundError, match="no model or baseline named 'cu'\n  expected: did you mean cue"):
        call("cu", "--article", OFFER)
    with pytest.raises(NotFoundError, match="no saved model"):
        call(tmp_path, "--article", OFFER)
    with pytest.raises(NotFoundError, match="did you mean seesaw"):
        call("cue", "--article", OFFER, "--task", "seesw")
    with pytest.raises(NotFoundError, match="no such file"):
        call("cue", "--file", tmp_path / "x.jsonl", "--task", "intervention")
    for arguments in ((), ("--article", OFFER, "--file", tmp_path / "x.jsonl")):
        with pytest.raises(InputError, match="either an article or a file"):
            call("cue", *arguments)
    with pytest.raises(InputError, match="choose from an article"):
        call("cue", "--file", tmp_path / "x.jsonl", "--actor", "Ada", "--task", "intervention")
    with pytest.raises(InputError, match="names a baseline and no task"):
        call("cue", "--file", tmp_path / "x.jsonl")
