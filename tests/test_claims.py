"""What the documents say about scores in words, where no generated table says it."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from standoff.baselines.first_level import PARTS
from standoff.experiments.analysis.results import read_document
from standoff.experiments.board import read_runs

if TYPE_CHECKING:
    from standoff.experiments.board import Row

ROOT = Path(__file__).resolve().parents[1]
ANALYSES = ROOT / "experiments" / "analysis"


@pytest.fixture(scope="module")
def intervention() -> dict[str, Row]:
    """The rows of the board of the corpus, by system."""
    (board,) = (one for one in read_runs(ROOT / "experiments" / "runs") if one.task.startswith("intervention"))
    return {row.system: row for row in board.rows}


def test_the_aim_is_missed_as_the_page_says() -> None:
    found = read_document(ANALYSES / "against.json")
    human = [one for one in found["on_tasks"] if one["label_kind"] == "human"]
    assert len(human) == 8
    mean = found["mean"]["best_anchor"]
    assert 0 < mean["low"] < mean["value"] < 0.05
    assert [one["task"] for one in human if one["best_anchor"]["difference"]["value"] < 0] == ["gwsd"]
    ahead = {
        one["task"]: one["best_rival"]["system"] for one in human if one["best_rival"]["difference"]["value"] < 0
    }
    assert ahead == {"gwsd": ahead["gwsd"], "seesaw": "actor_blind"}


def test_why_it_is_not_more_as_the_page_says() -> None:
    found = read_document(ANALYSES / "ablation.json")
    means = {one["name"]: one["mean"]["value"] for one in found["without"]}
    parts = {*PARTS, "cues", "priors and paths"}
    assert min(parts, key=lambda name: means[name]) == "priors and paths"
    (names,) = (one["tasks"] for one in found["without"] if one["name"] == "priors and paths")
    human = {name for name in names if not name.startswith("intervention")}
    assert {name for name in human if names[name]["value"] < -0.02} == {
        "heating",
        "polstance",
        "rusentrel",
        "seesaw",
    }
    assert names["gwsd"]["value"] == 0
    neighbours = [one for one in found["without"] if one["name"].endswith("instead)")]
    assert len(neighbours) == 4
    assert all(-0.01 < one["mean"]["value"] < 0 for one in neighbours)
    (more,) = (one for one in found["without"] if one["name"] == "leaving out a machine on cues alone")
    assert more["mean"]["low"] < 0 < more["mean"]["high"]


def test_the_learning_curves_are_as_the_page_says() -> None:
    curves = {
        (one["baseline"], one["task"]): one["points"]
        for one in read_document(ANALYSES / "curve.json")["curves"]
        if one["label_kind"] == "human"
    }
    ours = [points for (name, _), points in curves.items() if name == "standoff_linear"]
    assert len(ours) == 8
    assert all(points[-1]["mean"] > points[-2]["mean"] for points in ours)
    lead = curves["standoff_linear", "seesaw"][-1]["mean"] - curves["tfidf_svm", "seesaw"][-1]["mean"]
    (tested,) = (one for one in read_document(ANALYSES / "against.json")["on_tasks"] if one["task"] == "seesaw")
    assert lead > tested["best_anchor"]["difference"]["value"]


def test_on_the_corpus_nothing_is_clearly_better_than_chance(intervention: dict[str, Row]) -> None:
    chance = intervention["stratified"].spread
    assert chance
    mean = intervention["stratified"].value
    others = [row for name, row in intervention.items() if name != "stratified"]
    assert all(row.low is not None and row.low < mean + 2 * chance.deviation for row in others)
    ours = intervention["standoff_linear"].value
    assert sorted(row.value for row in intervention.values()).index(ours) <= 2


def test_the_functions_of_the_analyses_are_there() -> None:
    page = (ROOT / "docs" / "analysis.md").read_text(encoding="utf-8")
    sentence = page[page.index("Each is a function of") :].partition("\n")[0]
    named = re.findall(r"`(\w+)\.(\w+)`", sentence.replace("`standoff.experiments.analysis`", ""))
    assert len(named) == 7
    for module, function in named:
        assert callable(getattr(import_module(f"standoff.experiments.analysis.{module}"), function))


def test_what_is_lost_under_stress_is_as_the_page_says() -> None:
    drops = {
        (one["system"], one["task"], score["stress"]): score["originals"]
        for one in read_document(ANALYSES / "stress.json")["results"]
        for score in one["stresses"]
        if score["originals"]
    }

    def drop(system: str, task: str, stress: str) -> float:
        return float(drops[system, task, stress]["drop"]["value"])

    for task in ("dse", "newsmtsc"):
        assert drop("tfidf_svm", task, "names_masked") > drop("standoff_linear", task, "names_masked") + 0.05
    masked = {
        (system, task): drop(system, task, stress) for system, task, stress in drops if stress == "names_masked"
    }
    for system in ("tfidf_svm", "standoff_linear"):
        ranked = sorted((task for name, task in masked if name == system), key=lambda task: -masked[system, task])
        assert set(ranked[:2]) == {"polstance", "rusentrel"}
        assert drops[system, "gwsd", "target_negated"]["n_followed"] == 0
        assert drops[system, "intervention:0.1.0", "target_negated"]["n_followed"] == 0
    for (_, task, stress), found in drops.items():
        if (
            stress in {"spelling_noise", "quotation_marks_removed"}
            and found["drop"]
            and "intervention" not in task
        ):
            assert found["drop"]["value"] < 0.02
