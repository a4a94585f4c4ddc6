"""The page: what is said where, and that no text of others is obeyed on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from standoff.cli.app import app
from standoff.experiments.board import NOTICE
from standoff.experiments.leaderboard import page, store
from standoff.experiments.leaderboard.build import build
from standoff.experiments.leaderboard.standing import Settings
from standoff.files import pretty_json


def test_labels_by_models_stand_apart_and_it_is_said(made: Path) -> None:
    text = (made / store.PAGE).read_text()
    before, after = text.split("## Labels by models")
    assert "intervention" not in before
    assert NOTICE.split(":")[0] in after
    assert after.index("| floor | ") > after.index("| 1 | ")
    assert "standoff:" in after.split("`")[1]


def test_every_system_is_on_the_page_with_what_is_declared(made: Path) -> None:
    declared = (made / store.PAGE).read_text().split("## The systems")[1]
    for system in store.read(made)["systems"]:
        assert f"| {system} |" in declared
    assert "the task's own training items, nothing else" in declared


def test_a_hole_is_named_and_unranked() -> None:
    row = {"system": "whole", "role": "anchor", "rank": 1, "better_than": 0, "worse_than": 0}
    overall = {
        "tasks": {"one": 40, "two": 50},
        "rows": [{**row, "value": 0.5, "low": 0.4, "high": 0.6}],
        "holes": {"holed": ["two"]},
        "few_groups": {"one": 7},
        "pairs": [],
    }
    document = {"overall": overall, "intervention": None, "settings": {"alpha": 0.05, "min_items": 30}}
    _, (table,) = next(iter(page.sections({**document, "boards": [], "systems": {}})))
    assert table.rows == (
        ("1", "whole", "50.0 [40.0, 60.0]", "0, 0"),
        ("unranked", "holed", "-", ""),
    )
    assert "holed has no result on two." in table.notes
    assert "Intervals of the mean may be too narrow, as groups are few: one (7)." in table.notes


def test_few_items_are_counted_only() -> None:
    assert page.on_part({"n": 12, "n_right": 5, "value": None, "low": None, "high": None}) == "5 of 12 right"
    assert page.on_part({"n": 30, "n_right": 5, "value": 0.5, "low": 0.4, "high": 0.6}) == "50.0 [40.0, 60.0]"
    assert page.on_part(None) == "-"


def invoke(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(one) for one in arguments])
    return done.exit_code, done.output


def test_the_commands_build_check_freeze_and_compare(experiments: Path) -> None:
    root = experiments.parent
    before = pretty_json(build(experiments, settings=Settings()))
    code, printed = invoke("leaderboard", "build", "--root", root)
    assert code == 0
    assert "intervention:0.1.0, official-test" in printed
    assert (experiments / store.DOCUMENT).read_text() == before
    code, printed = invoke("leaderboard", "check", "--root", root)
    assert (code, printed.splitlines()[-1]) == (0, "the leaderboard is current, every number computed again")
    code, printed = invoke("leaderboard", "freeze", "first", "--because", "Labels change.", "--root", root)
    assert code == 0
    code, printed = invoke("leaderboard", "diff", experiments / "boards" / "first", experiments)
    assert (code, printed) == (0, "no rank and no score moved\n")
    (experiments / "runs" / "majority-intervention" / "scores.json").write_text("{}")
    code, printed = invoke("leaderboard", "check", "--root", root)
    assert code == 1
    assert "runs/majority-intervention/scores.json: is not the file" in printed


@pytest.mark.parametrize("words", [("diff", "nowhere"), ("build", "--root", "nowhere")])
def test_what_is_not_there_is_one_message(words: tuple[str, ...], tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["leaderboard", *words[:-1], str(tmp_path / words[-1])])
    assert done.exit_code != 0
    assert "no such file" in str(done.exception) or "no runs" in str(done.exception)
