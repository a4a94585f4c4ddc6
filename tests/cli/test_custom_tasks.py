"""``standoff tasks check`` in the terminal."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.testing import CliRunner

from standoff.cli.custom_tasks import SHOWN, check_command, lines, marked
from standoff.errors import InputError
from standoff.tasks.custom.check import Check

if TYPE_CHECKING:
    from pathlib import Path

TOML = """name = "made"
language = "en"
label_kind = "human"
[labels]
order = ["against", "for"]
drop = ["?"]
[[files]]
path = "*.csv"
[columns]
group = "g"
text = "t"
actor = "who"
label = "l"
actor_spans = { find = "who" }
[splits]
column = "s"
"""
DATA = """g,t,who,l,s
1,Ann backs it.,Ann,for,train
2,Bo fights it.,Bo,against,train
3,Cy hopes for it.,Cy,for,test
4,No.,,?,test
"""


def run(folder: Path, *arguments: str) -> Any:
    app = typer.Typer()
    app.command()(check_command)
    return CliRunner().invoke(app, [str(folder / "task.toml"), *arguments], env={"COLUMNS": "100"})


@pytest.fixture
def made(tmp_path: Path) -> Path:
    (tmp_path / "task.toml").write_text(TOML, encoding="utf-8")
    (tmp_path / "a.csv").write_text(DATA, encoding="utf-8")
    return tmp_path


def test_a_check_is_a_page_to_read(made: Path) -> None:
    done = run(made)
    assert done.exit_code == 0, done.output
    for part in (
        "made: audited splits, items by label",
        "made: official splits, items by label",
        "3 items in 3 groups, from a.csv: 4 rows",
        "left out: the label is '?': 1 rows",
        "spans: actor in 3 items, target in 0 items",
        "first of train: a|2 (group '1')",
        "  actor: Ann\n  label: for\n  text: ⟦actor: Ann⟧ backs it.",
        "warning: official splits: against never occurs in test",
    ):
        assert part in done.output
    assert done.output.count("first of ") == 2
    assert re.search(r"train\D+1\D+1\D+2\D+test", done.output)


def test_a_check_as_json(made: Path) -> None:
    done = run(made, "--format", "json")
    found = json.loads(done.output)
    assert found["counts"]["official"]["train"] == {"against": 1, "for": 1}
    assert found["first"]["train"]["actor_spans"] == [[0, 3]]


def test_problems_end_it(made: Path) -> None:
    (made / "a.csv").write_text("g,t,who,l,s\n1,x,Ann,maybe,test\n", encoding="utf-8")
    done = run(made)
    assert isinstance(done.exception, InputError)
    assert "the label 'maybe' (1 rows) is not one of against, for" in str(done.exception)


def test_the_name_of_a_built_in_task_is_taken(made: Path) -> None:
    (made / "task.toml").write_text(TOML.replace('"made"', '"seesaw"'), encoding="utf-8")
    assert "name 'seesaw' is that of a built-in task" in str(run(made).exception)


def item(text: str, actor: list[tuple[int, int]], target: list[tuple[int, int]]) -> dict[str, Any]:
    return {"text": text, "actor_spans": actor, "target_spans": target}


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (item("Ann backs Bo", [(0, 3)], [(10, 12)]), "⟦actor: Ann⟧ backs ⟦target: Bo⟧"),
        (item("AnnBo", [(0, 3)], [(3, 5)]), "⟦actor: Ann⟧⟦target: Bo⟧"),
        (item("Ann's Bo", [(0, 8)], [(6, 8)]), "⟦actor: Ann's ⟦target: Bo⟧⟧"),
        (item("Ann", [(0, 3)], [(0, 3)]), "⟦actor: ⟦target: Ann⟧⟧"),
        (item("Ann", [], []), "Ann"),
    ],
)
def test_spans_are_marked(shown: dict[str, Any], expected: str) -> None:
    assert marked(shown) == expected


def test_a_long_text_is_cut_and_its_length_told() -> None:
    text = "Ann " + "x" * 2_000 + " Bo"
    shown = marked(item(text, [(0, 3)], [(2_005, 2_007)]))
    assert shown.startswith("⟦actor: Ann⟧ x")
    assert shown.endswith("x … (2007 characters)")
    assert len(shown) < SHOWN + 50


def test_many_files_are_counted_and_controls_are_escaped() -> None:
    found = Check(
        name="made",
        digest="0" * 64,
        labels=("a", "b"),
        files={f"{number}.json": 2 for number in range(8)},
        dropped={},
        counts={},
        n_items=16,
        n_groups=16,
        n_spans={"actor": 0, "target": 0},
        first={"test": {"id": "i\x1b[2J", "group": "g", **item("x\x07\ny", [], []), "outlet": "\x1b]0;"}},
        warnings=("w\x1b",),
    )
    shown = list(lines(found))
    assert "4.json: 2 rows; … and 3 more files, 16 rows in all" in shown[0]
    assert not any("\x1b" in line or "\x07" in line for line in shown)
    assert shown[-2] == "  text: x\\x07\n    y"
    assert not any(line.startswith("left out") for line in shown)
