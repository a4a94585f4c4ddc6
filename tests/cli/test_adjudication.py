"""The commands that follow from coders' answers: adjudicate, aggregate, confusions, next."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.annotation import made
from typer.testing import CliRunner

from standoff.annotation.campaign.campaign import Round, read_plan
from standoff.cli import adjudication
from standoff.corpus.check import check
from standoff.errors import NotFoundError, RefusedError
from standoff.files import read_jsonl

app = typer.Typer()
for name, command in (
    ("adjudicate", adjudication.adjudicate_command),
    ("aggregate", adjudication.aggregate_command),
    ("confusions", adjudication.confusions_command),
    ("next", adjudication.next_command),
):
    app.command(name)(command)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = made.copy(tmp_path)
    made.write_campaign(root, made.campaign())
    return root


def run(root: Path, *arguments: object, width: int = 200) -> str:
    result = CliRunner(env={"COLUMNS": str(width)}).invoke(
        app, [*map(str, arguments), "--root", str(root)], catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    return result.output


def as_json(root: Path, *arguments: object) -> Any:
    return json.loads(run(root, *arguments, "--format", "json"))


def contents(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


# -- adjudicate -----------------------------------------------------------------------------------------


def test_adjudicate_plans_the_round_and_says_what_comes_next(root: Path) -> None:
    made.undecided(root)
    before = contents(root)
    output = run(root, "adjudicate", "pilot")
    assert "2 units in 2 articles are to be decided" in output
    assert "2 tasks, 2 of them new; anna (human) decides" in output
    assert output.endswith("next: standoff annotate push pilot adjudication\n")
    assert {task.key for task in read_plan(root, "pilot", Round.ADJUDICATION)} == {made.HARBOUR, made.SPRING}
    after = contents(root)
    assert "2 tasks, 0 of them new" in run(root, "adjudicate", "pilot")
    assert contents(root) == after
    assert {*after} - {*before} == {"annotations/campaigns/pilot/plan/adjudication.jsonl"}


def test_adjudicate_with_nothing_to_decide_writes_nothing(root: Path) -> None:
    before = contents(root)
    output = run(root, "adjudicate", "pilot")
    assert "0 units in 0 articles are to be decided" in output
    assert "next:" not in output
    assert contents(root) == before


def test_adjudicate_reports_stale_decisions(root: Path) -> None:
    made.change(root, "judgements/norland-2001/model-a.jsonl", made.HARBOUR, created_at="2002-06-01T08:00:00Z")
    output = run(root, "adjudicate", "pilot")
    assert (
        "to be looked at again: norland-2001-harbour / westland / norland-2001-troops, decided by anna: " in output
    )
    assert "model-a answered anew on 2002-06-01 08:00 UTC" in output
    (stale,) = as_json(root, "adjudicate", "pilot")["stale"]
    assert stale["decided_by"] == "anna"


def test_adjudicate_as_json(root: Path) -> None:
    made.undecided(root)
    found = as_json(root, "adjudicate", "pilot")
    assert (found["tasks"], found["new"], found["waiting"], found["stale"]) == (2, 2, [], [])
    assert {tuple(unit.values()) for unit in found["undecided"]} == {made.HARBOUR, made.SPRING}


def test_adjudicate_an_unknown_campaign(root: Path) -> None:
    with pytest.raises(NotFoundError, match="no campaign named 'pilots'"):
        run(root, "adjudicate", "pilots")


# -- aggregate ------------------------------------------------------------------------------------------


def test_aggregate_compares_the_methods_and_the_decisions(root: Path) -> None:
    output = run(root, "aggregate", "--method", "majority", "--method", "dawid-skene")
    assert "stance, 34 judgements by model-a (model), model-b (model)" in output
    assert "decisions: 2 units, by anna (human)" in output
    assert "With two coders on a unit nothing tells who errs" in output
    assert "mace" not in output


def test_aggregate_as_json(root: Path) -> None:
    found = as_json(root, "aggregate", "norland-2001", "--method", "majority", "--field", "condition")
    assert (found["field"], found["kinds"]) == ("condition", ["model"])
    (majority,) = found["methods"]
    assert (majority["method"], majority["units"], majority["with_label"]) == ("majority", 10, 9)
    assert {row["coder"] for row in majority["coders"]} == {"model-a", "model-b"}
    # On the one unit whose condition is in dispute there is no majority; on the other one coder sees a position.
    assert found["agreement"] == [{"first": "majority", "second": "decisions", "n": 1, "same": 1}]


def test_aggregate_writes_each_units_labels(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "compared.csv"
    run(root, "aggregate", "--out", out)
    with out.open(newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert len(rows) == 17
    assert {row["kind"] for row in rows} == {"model"}
    assert {row["coders"] for row in rows} == {"2"}
    by_unit = {(row["article_id"], row["actor_id"], row["proposition_id"]): row for row in rows}
    spring = by_unit[made.SPRING]
    assert (spring["majority"], spring["majority_probability"]) == ("tie", "0.5000")
    assert {"dawid-skene", "mace", "mace_probability"} <= spring.keys()
    assert spring["decisions"] != ""
    assert sum(row["decisions"] != "" for row in rows) == 2


@pytest.mark.parametrize("folder", ["annotations", "annotations/judgements/norland-2001", "corpus/sources"])
def test_aggregate_writes_nothing_among_what_is_published(root: Path, folder: str) -> None:
    before = contents(root)
    with pytest.raises(RefusedError, match="a comparison is not kept in"):
        run(root, "aggregate", "--method", "majority", "--out", root / folder / "labels.csv")
    assert contents(root) == before


def test_kinds_are_mixed_only_when_asked(root: Path) -> None:
    made.add_coder(root, "ben", "human")
    made.copy_answers(root, "ben", kind="human")
    for command in ("aggregate", "confusions", "next"):
        with pytest.raises(RefusedError, match="human and model coders are not mixed unasked"):
            run(root, command)
    output = run(root, "aggregate", "--kind", "all", "--method", "majority")
    assert "ben (human), model-a (model), model-b (model)" in output
    assert "ben" not in run(root, "aggregate", "--kind", "model", "--method", "majority")


# -- confusions -----------------------------------------------------------------------------------------


def test_confusions_are_shown_with_what_was_decided(root: Path) -> None:
    output = run(root, "confusions")
    assert "labels that coders confuse, 34 judgements by model-a (model), model-b (model)" in output
    assert "if_clause" in output
    assert "decided: 2 units, by anna (human)" in output
    found = as_json(root, "confusions")
    assert {(row["field"], *row["labels"]) for row in found} == {
        ("stance", "supports", "no_position"),
        ("condition", "if_clause", "scope_or_time_limit"),
    }
    assert not any(row["again_and_again"] for row in found)
    assert as_json(root, "confusions", "ostmark-2002") == []


@pytest.mark.parametrize("name", ["root", "repository"])
def test_confusions_fit_eighty_columns_and_break_no_label(name: str, root: Path) -> None:
    where = root if name == "root" else REPOSITORY
    found = as_json(where, "confusions")
    output = run(where, "confusions", width=80)
    for row in found:
        other = next(label for label in row["labels"] if label != row["rarer"])
        assert f"{row['rarer']} / {other} " in output
    tables = [line for line in output.splitlines() if " / " in line and "decided" not in line]
    assert len(tables) == len(found) + len({row["field"] for row in found})
    assert max(map(len, tables)) <= 80
    few = any(row["few_groups"] for row in found)
    assert ("few articles: such intervals come out too narrow" in output) == few


def test_no_proposals_are_written_without_a_reason(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "proposals.md"
    assert "no pair is; no proposals were written" in run(root, "confusions", "--propose", out)
    assert not out.exists()


REPOSITORY = Path(__file__).parents[2]


def test_proposals_of_our_own_coders_change_nothing_and_are_not_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "proposals.md"
    output = run(REPOSITORY, "confusions", "--propose", out)
    assert f"proposals: {out}" in output.replace("\n", "") or out.name in output
    text = out.read_text()
    assert "(model)" in text
    assert "## commitment: `asserted` or `hedged`?" in text
    with pytest.raises(RefusedError, match="exists already"):
        run(REPOSITORY, "confusions", "--propose", out)
    assert out.read_text() == text


# -- next -----------------------------------------------------------------------------------------------


def test_next_ranks_training_units_and_writes_them(root: Path, tmp_path: Path) -> None:
    made.add_article(root, "plea", "Ada Berg asks Westland for two battalions.", split="train")
    made.add_article(root, "unlisted", "Ada Berg asks Westland for two more battalions.", split=None)
    out = tmp_path / "units.jsonl"
    output = run(root, "next", "--by", "uncertainty", "-n", "1", "--out", out)
    assert "next by uncertainty, 2 training units without a judgement" in output
    assert "trained on 22 judgements by model-a (model), model-b (model)" in output
    assert "left out, as their texts are not at hand (--texts): norland-2001-news" in output
    assert "left out, as they belong to no split, and may come to be test data: norland-2001-unlisted" in output
    (unit,) = (row for _, row in read_jsonl(out))
    assert list(unit) == ["article_id", "actor_id", "proposition_id"]
    assert unit["article_id"] == "norland-2001-plea"
    found = as_json(root, "next", "--articles", "--by", "mix")
    assert [len(one["units"]) for one in found] == [2]


@pytest.mark.parametrize("split", ["test", "validation"])
def test_next_refuses_what_is_not_training_data(root: Path, split: str) -> None:
    with pytest.raises(RefusedError, match="a model chooses training data only"):
        run(root, "next", "--split", split)


def test_next_where_nothing_is_coded_yet(root: Path) -> None:
    for path in (root / "annotations" / "judgements").rglob("*.jsonl"):
        path.unlink()
    output = run(root, "next", "--by", "diversity", "-n", "3")
    assert "nothing is coded yet" in output


def test_nothing_here_makes_the_corpus_invalid(root: Path, tmp_path: Path) -> None:
    run(root, "adjudicate", "pilot")
    run(root, "aggregate", "--method", "majority", "--out", tmp_path / "x.csv")
    run(root, "confusions")
    assert check(root).incidents == ()


def test_every_command_gives_an_example() -> None:
    for name in ("adjudicate", "aggregate", "confusions", "next"):
        command = getattr(adjudication, f"{name}_command")
        assert f"Example: standoff annotate {name}" in str(command.__doc__)
