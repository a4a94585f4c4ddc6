"""``standoff annotate coders``: the list of coders, with and without a server."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from standoff.cli.coders import coders_app
from standoff.corpus.reader import read_sources
from standoff.errors import InputError, RefusedError

ROOT = Path(__file__).resolve().parents[2]
ANNA = ("--kind", "human", "--description", "A student: reads German; trained on v1")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with this repository's list of coders, and nothing else."""
    (tmp_path / "annotations").mkdir()
    (tmp_path / "corpus" / "sources").mkdir(parents=True)
    shutil.copy(ROOT / "annotations" / "coders.yaml", tmp_path / "annotations")
    return tmp_path


def run(root: Path, *words: str) -> Result:
    return CliRunner().invoke(coders_app, [*words, "--root", str(root)])


def listed(root: Path) -> str:
    return (root / "annotations" / "coders.yaml").read_text(encoding="utf-8")


def test_a_new_coder_is_written_at_the_end_and_the_rest_stays(root: Path) -> None:
    before = listed(root)
    result = run(root, "add", "anna", *ANNA)
    assert result.exit_code == 0, result.output
    assert listed(root).startswith(before)
    assert yaml.safe_load(listed(root))[-1] == {"coder_id": "anna", "kind": "human", "description": ANNA[3]}
    assert [entry.record.coder_id for entry in read_sources(root).coders][-1] == "anna"
    assert "standoff annotate serve" in result.output
    assert not (root / ".labelstudio").exists()


def test_adding_a_listed_coder_again_changes_nothing(root: Path) -> None:
    run(root, "add", "anna", *ANNA)
    before = listed(root)
    for words in ((), ANNA):
        result = run(root, "add", "anna", *words)
        assert result.exit_code == 0
        assert "is listed" not in result.output
        assert listed(root) == before


@pytest.mark.parametrize("words", [(), ("--kind", "human"), ("--description", "somebody")])
def test_nobody_guesses_what_a_new_coder_is(root: Path, words: tuple[str, ...]) -> None:
    before = listed(root)
    result = run(root, "add", "anna", *words)
    assert isinstance(result.exception, InputError)
    assert "--kind human or --kind model" in str(result.exception)
    assert listed(root) == before


@pytest.mark.parametrize(("option", "value"), [("kind", "human"), ("description", "Another story")])
def test_a_listed_coder_is_not_made_another(root: Path, option: str, value: str) -> None:
    before = listed(root)
    result = run(root, "add", "model-a", f"--{option}", value)
    assert isinstance(result.exception, RefusedError)
    assert f"listed with another {option}" in str(result.exception)
    assert listed(root) == before


@pytest.mark.parametrize("coder_id", ["Anna", "anna b", "../anna", ""])
def test_an_id_that_does_not_fit_is_refused(root: Path, coder_id: str) -> None:
    before = listed(root)
    result = run(root, "add", coder_id, *ANNA)
    assert isinstance(result.exception, InputError)
    assert listed(root) == before


def test_the_first_coder_makes_the_list(root: Path) -> None:
    (root / "annotations" / "coders.yaml").unlink()
    assert run(root, "add", "anna", *ANNA).exit_code == 0
    assert [entry.record.coder_id for entry in read_sources(root).coders] == ["anna"]


def test_a_list_that_ends_in_a_block_of_text_is_added_to(root: Path) -> None:
    text = "- coder_id: x\n  kind: model\n  description: |\n    y\n# the end\n"
    (root / "annotations" / "coders.yaml").write_text(text, encoding="utf-8")
    assert run(root, "add", "anna", *ANNA).exit_code == 0
    assert [entry.record.coder_id for entry in read_sources(root).coders] == ["x", "anna"]


def test_a_list_in_brackets_is_left_to_its_writer(root: Path) -> None:
    text = "[{coder_id: x, kind: model, description: y}]\n"
    (root / "annotations" / "coders.yaml").write_text(text, encoding="utf-8")
    result = run(root, "add", "anna", *ANNA)
    assert isinstance(result.exception, InputError)
    assert "- coder_id: anna" in str(result.exception)
    assert listed(root) == text


def test_a_broken_list_is_mended_first(root: Path) -> None:
    path = root / "annotations" / "coders.yaml"
    path.write_text("- coder_id: x\n  kind: robot\n  description: y\n", encoding="utf-8")
    assert isinstance(run(root, "add", "anna", *ANNA).exception, RefusedError)
    assert isinstance(run(root, "list").exception, RefusedError)


def test_what_would_fail_later_is_refused_before_anything_is_written(root: Path) -> None:
    before = listed(root)
    (root / "card.txt").write_text("mine")
    assert isinstance(run(root, "add", "anna", *ANNA, "--handout", str(root / "card.txt")).exception, RefusedError)
    assert isinstance(run(root, "add", "anna", *ANNA, "--email", "anna").exception, InputError)
    assert listed(root) == before
    assert (root / "card.txt").read_text() == "mine"


def test_the_list_shows_who_has_no_room(root: Path) -> None:
    run(root, "add", "anna", *ANNA)
    rows = json.loads(run(root, "list", "--format", "json").output)
    assert [row["coder_id"] for row in rows] == ["model-a", "model-b", "model-c", "anna"]
    assert rows[-1] == {
        "coder_id": "anna",
        "kind": "human",
        "description": ANNA[3],
        "email": None,
        "room": False,
    }
    assert "anna" in run(root, "list").output
